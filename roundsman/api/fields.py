"""The properties of a job on the wire, one line each, and how each is read.

The same table drives reading, the API document and the contract tests. Values of the wrong JSON
type are BadFormat; well-formed values that cannot be right are BadValue.
"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from roundsman.core.clock import MAX_MS, MINUTES_A_DAY, from_ms, from_yyyymmdd
from roundsman.core.errors import BadFormat, BadValue

TEXT_LIMIT = 20_000
# An external id is a key of an index, and PostgreSQL holds no index row over 2704 bytes.
EXTERNAL_ID_LIMIT = 255
LONG = 2**63
DAY_S = 86_400
# Beyond these lies no working day; they also keep every zone's midnight within the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 9998
LAST_DAY = 99_981_231

type Read = Callable[[str, Any], Any]

# Python's int() and float() take more than JSON knows: blanks, underscores, digits of all scripts.
_DIGITS = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")


def a_text(name: str, value: Any, most: int = TEXT_LIMIT) -> str:
    """Read a text of at most so many characters; null is the empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(name, "a text", value)
    if len(value) > most:
        problem = f"{name} is longer than {most} characters."
        raise BadValue(problem, field=name)
    return value


def a_value(name: str, value: Any) -> str:
    """Read the text of a custom field; clients send numbers and flags too, as their text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return a_text(name, value)


def an_external_id(name: str, value: Any) -> str:
    """Read the caller's own id of a job."""
    return a_text(name, value, EXTERNAL_ID_LIMIT)


def an_int(least: int = -LONG, most: int = LONG - 1) -> Read:
    """Return a reader of whole numbers in a range; digits in a text will do, null is 0."""

    def read(name: str, value: Any) -> int:
        number = _whole(name, value)
        if not least <= number <= most:
            problem = f"{name} must be between {least} and {most}, not {number}."
            raise BadValue(problem, field=name)
        return number

    return read


def _whole(name: str, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(name, "a whole number", value)
    return value


def a_float(name: str, value: Any) -> float:
    """Read a number; a numeric text will do, null is 0."""
    if value is None:
        return 0.0
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise _wrong(name, "a number", value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        problem = f"{name} is too large a number."
        raise BadValue(problem, field=name)
    return number


def a_degree(most: float) -> Read:
    """Return a reader of degrees from -most to most."""

    def read(name: str, value: Any) -> float:
        number = a_float(name, value)
        if abs(number) > most:
            problem = f"{name} must be between {-most:g} and {most:g} degrees, not {number:g}."
            raise BadValue(problem, field=name)
        return number

    return read


def a_flag(name: str, value: Any) -> bool:
    """Read a flag: 0 or 1, also as text, or true or false."""
    if isinstance(value, bool):
        return value
    number = _whole(name, value)
    if number not in {0, 1}:
        problem = f"{name} must be 0 or 1, not {number}."
        raise BadValue(problem, field=name)
    return number == 1


def a_day(name: str, value: Any) -> date | None:
    """Read a day such as 20260105; 0 is none."""
    number = _whole(name, value)
    try:
        day = from_yyyymmdd(number) if 0 <= number <= LAST_DAY else date.min
    except ValueError:
        day = date.min
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        problem = f"{name} must be a day such as 20260105, or 0 for none, not {number}."
        raise BadValue(problem, field=name)
    return day


def a_time_of_day(name: str, value: Any) -> int:
    """Read a wall-clock time such as 1430 as minutes since midnight; 2400 is the day's end."""
    number = _whole(name, value)
    hour, minute = divmod(number, 100)
    minutes = hour * 60 + minute
    if number < 0 or minute > 59 or minutes > MINUTES_A_DAY:  # noqa: PLR2004 - minutes of an hour
        problem = f"{name} must be a time such as 930 or 1745, from 0 to 2400, not {number}."
        raise BadValue(problem, field=name)
    return minutes


def a_moment(name: str, value: Any) -> datetime | None:
    """Read milliseconds since 1970 UTC; 0 has not happened."""
    number = _whole(name, value)
    if not 0 <= number <= MAX_MS:
        problem = f"{name} must be milliseconds since 1970, or 0, not {number}."
        raise BadValue(problem, field=name)
    return from_ms(number) if number else None


def _wrong(name: str, expected: str, value: object) -> BadFormat:
    kinds: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        type(None): "null",
    }
    found = kinds.get(type(value), "a number")
    return BadFormat(f"{name} must be {expected}, not {found}.", field=name)


class JobField(Struct, frozen=True, kw_only=True):
    """One writable property: its wire name, our attribute, JSON type, reader, and its meaning."""

    wire: str
    name: str
    kind: str
    read: Read
    about: str


def _f(wire: str, name: str, kind: str, read: Read, about: str) -> JobField:
    return JobField(wire=wire, name=name, kind=kind, read=read, about=about)


_count = an_int(0, 1_000_000)

# Properties that map to one attribute of the job. Where two are sent for one attribute (label and
# labels, notes and textDispatcher) the later line wins.
JOB_FIELDS: tuple[JobField, ...] = (
    _f(
        "uidSecondary",
        "external_id",
        "string",
        an_external_id,
        "Your own id; creating with a known one updates that job.",
    ),
    _f("type", "kind", "integer", an_int(0, 2), "0 work, 1 pickup, 2 dropoff."),
    _f("teamId", "team", "integer", _count, "Team number; 0 is no particular team."),
    _f("orderId", "order_number", "integer", an_int(), "Free order number."),
    _f("fileNumber", "file_number", "string", a_text, "File number or reference code."),
    _f("label", "labels", "string", a_text, "Older name of labels."),
    _f("labels", "labels", "string", a_text, "Labels, separated by commas."),
    _f("priority", "priority", "integer", an_int(0, 10), "0 (lowest) to 10 (highest)."),
    _f("destinationName", "title", "string", a_text, "Title of the job, one line."),
    _f("destinationText", "address", "string", a_text, "Address."),
    _f("placeUid", "place", "string", a_text, "The place to visit."),
    _f("contactName", "contact_name", "string", a_text, "Contact at the site."),
    _f("contactPhone", "contact_phone", "string", a_text, "The contact's phone."),
    _f("contactEmail", "contact_email", "string", a_text, "The contact's e-mail address."),
    _f(
        "confirmationEmails",
        "confirmation_emails",
        "string",
        a_text,
        "Who gets the completion confirmation, separated by commas.",
    ),
    _f("day", "day", "integer", a_day, "Day such as 20260105; 0 is no date."),
    _f("number", "number", "integer", _count, "Position in the worker's day, from 1."),
    _f(
        "windowStart",
        "window_start",
        "integer",
        a_time_of_day,
        "Earliest arrival such as 930; 0 is none.",
    ),
    _f(
        "windowEnd",
        "window_end",
        "integer",
        a_time_of_day,
        "Latest arrival such as 1745; 0 and 2400 are open.",
    ),
    _f(
        "onSiteSeconds",
        "on_site_s",
        "integer",
        an_int(0, 7 * DAY_S),
        "Assumed time on site, seconds.",
    ),
    _f(
        "carryOver",
        "carry_over",
        "integer",
        a_flag,
        "1 moves the unfinished job to the following day.",
    ),
    _f("itemsToDropoff", "items_dropoff", "integer", _count, "Items to drop off, used as load."),
    _f("itemsToPickup", "items_pickup", "integer", _count, "Items to pick up, used as load."),
    _f("notes", "note", "string", a_text, "Other name of textDispatcher, for requests only."),
    _f("textDispatcher", "note", "string", a_text, "Instructions by the dispatcher."),
    _f("textReceiver", "reply", "string", a_text, "The worker's reply."),
    _f("tsCreated", "created_at", "integer", a_moment, "When the job was created, ms."),
    _f("tsAccepted", "accepted_at", "integer", a_moment, "When the worker accepted, ms."),
    _f("tsRejected", "rejected_at", "integer", a_moment, "When the worker rejected, ms."),
    _f("tsCheckIn", "checked_in_at", "integer", a_moment, "Arrival, ms."),
    _f("tsCheckOut", "checked_out_at", "integer", a_moment, "Departure, ms."),
    _f("tsCheckNFC1", "nfc1_at", "integer", a_moment, "First NFC check, ms."),
    _f("tsCheckNFC2", "nfc2_at", "integer", a_moment, "Second NFC check, ms."),
    _f("tsDoneSuccess", "done_at", "integer", a_moment, "Marked done, ms."),
    _f("tsDoneFailed", "failed_at", "integer", a_moment, "Marked as issue, ms."),
    _f(
        "linkedForms",
        "linked_forms",
        "string",
        a_text,
        "Ids of forms to fill in, separated by commas.",
    ),
    _f("linkedZones", "linked_zones", "string", a_text, "Ids of zones, separated by commas."),
)

# Properties that are read in ways of their own; see `api.job_shapes`.
SPECIAL_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("destinationLat", "number", "Latitude in degrees; 0/0 is no position."),
    ("destinationLng", "number", "Longitude in degrees."),
    ("worker", "string", "User name of the assigned worker; empty is unassigned."),
    ("receiverUid", "string", "Id of the assigned worker; worker wins when both are sent."),
    (
        "helpers",
        "array",
        "Who helps (extension): user names or ids, the whole list; they see the job and check in.",
    ),
    ("dispatcherUid", "string", "Id of the dispatcher."),
    (
        "customFields",
        "array",
        'All custom fields as [{"key": "PO", "val": "17"}]; replaces the whole set.',
    ),
    (
        "pin",
        "object",
        "What no automatic step may change (extension): person, position, time. See createjobs.",
    ),
)
