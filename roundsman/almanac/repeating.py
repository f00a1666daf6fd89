"""On which days something repeats: RRULEs of RFC 5545 and holidays. Pure.

Only days repeat: a rule that speaks of hours is refused, since the time of day of a job is its
window, on the wall clock of the company.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from roundsman.accounts.hours import WorkingWeek
from roundsman.accounts.model import Company
from roundsman.almanac.model import OnHolidays, Recurrence
from roundsman.almanac.rules import working_day_from
from roundsman.core.errors import BadValue

RULE_LENGTH = 500
COUNT_MOST = 10_000
EXCEPTIONS_MOST = 1000
# Every rule is counted from its start, so that does not lie farther back than this.
START_BACK_DAYS = 3660
START_AHEAD_DAYS = 3660

_DAY = r"(MO|TU|WE|TH|FR|SA|SU)"
_NTH_DAY = rf"([+-]?[1-9]\d?)?{_DAY}"
_NUMBER = r"[+-]?[1-9]\d{0,2}"
_PARTS: Mapping[str, re.Pattern[str]] = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"[1-9]\d{0,3}"),
    "BYDAY": re.compile(f"{_NTH_DAY}(,{_NTH_DAY})*"),
    "BYMONTH": re.compile(r"(1[0-2]|[1-9])(,(1[0-2]|[1-9]))*"),
    "BYMONTHDAY": re.compile(f"{_NUMBER}(,{_NUMBER})*"),
    "BYYEARDAY": re.compile(f"{_NUMBER}(,{_NUMBER})*"),
    "BYWEEKNO": re.compile(f"{_NUMBER}(,{_NUMBER})*"),
    "BYSETPOS": re.compile(f"{_NUMBER}(,{_NUMBER})*"),
    "WKST": re.compile(_DAY),
}
_COUNT = re.compile(r"[1-9]\d{0,5}")
_UNTIL = re.compile(r"(\d{8})(T\d{6}Z?)?")
_WITH_NTH_DAYS = frozenset({"MONTHLY", "YEARLY"})


class Rule:
    """An RRULE as somebody wrote it, taken apart: the rule without its end, and the end."""

    __slots__ = ("count", "rule", "until")

    def __init__(self, rule: str, until: date | None, count: int) -> None:
        self.rule = rule
        self.until = until
        self.count = count


def read_rule(text: str, field: str) -> Rule:
    """Return an RRULE such as `FREQ=WEEKLY;BYDAY=MO,TH;COUNT=10`. BadValue for what is none."""
    parts: dict[str, str] = {}
    body = text.strip().upper().removeprefix("RRULE:")
    if len(body) > RULE_LENGTH:
        raise BadValue(f"{field} is longer than {RULE_LENGTH} characters.", field=field)
    for part in filter(None, body.split(";")):
        name, _, value = part.partition("=")
        if name in parts:
            raise BadValue(f"{field} says {name[:20]} twice.", field=field)
        parts[name] = value
    count, until = parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    if count and until:
        raise BadValue(f"{field} may have COUNT or UNTIL, not both.", field=field)
    _check_parts(parts, field)
    rule = ";".join(f"{name}={parts[name]}" for name in _PARTS if name in parts)
    try:
        rrulestr(rule, dtstart=datetime(2000, 1, 1))  # noqa: DTZ001 - days have no zone
    except ValueError as error:
        raise BadValue(f"{field} is no RRULE of RFC 5545: {error}.", field=field) from error
    return Rule(rule, _until(until, field) if until else None, _count(count, field))


def _check_parts(parts: Mapping[str, str], field: str) -> None:
    for name, value in parts.items():
        shape = _PARTS.get(name)
        if shape is None:
            known = ", ".join([*_PARTS, "COUNT", "UNTIL"])
            raise BadValue(
                f"{field}: {name[:20]!r} is no part that days repeat by. Use {known}.", field=field
            )
        if not shape.fullmatch(value):
            raise BadValue(f"{field}: {name}={value[:40]} cannot be right.", field=field)
    if "FREQ" not in parts:
        raise BadValue(f"{field} needs a FREQ, such as FREQ=WEEKLY;BYDAY=MO.", field=field)
    if re.search(r"\d", parts.get("BYDAY", "")) and parts["FREQ"] not in _WITH_NTH_DAYS:
        raise BadValue(
            f"{field}: the nth weekday (BYDAY={parts['BYDAY'][:20]}) goes with FREQ=MONTHLY or "
            "FREQ=YEARLY.",
            field=field,
        )


def _count(text: str, field: str) -> int:
    if not text:
        return 0
    if not _COUNT.fullmatch(text) or int(text) > COUNT_MOST:
        raise BadValue(f"{field}: COUNT must be from 1 to {COUNT_MOST}.", field=field)
    return int(text)


def _until(text: str, field: str) -> date:
    found = _UNTIL.fullmatch(text)
    try:
        return datetime.strptime(found[1] if found else "", "%Y%m%d").date()  # noqa: DTZ007 - a day
    except ValueError as error:
        raise BadValue(
            f"{field}: UNTIL must be a day such as 20261231, not {text[:20]}.", field=field
        ) from error


def check(recurrence: Recurrence, today: date) -> None:
    """Refuse a recurrence that cannot be: two ends, an end before its start, one long ago."""
    if recurrence.until and recurrence.count:
        raise BadValue("A recurrence has until or count, not both.", field="recurrence.until")
    if recurrence.until and recurrence.until < recurrence.start:
        raise BadValue("A recurrence must not end before it starts.", field="recurrence.until")
    if not 0 <= recurrence.count <= COUNT_MOST:
        raise BadValue(f"count must be from 1 to {COUNT_MOST}.", field="recurrence.count")
    first, last = today - timedelta(START_BACK_DAYS), today + timedelta(START_AHEAD_DAYS)
    if not first <= recurrence.start <= last:
        raise BadValue(
            f"start must be a day from {first:%Y%m%d} to {last:%Y%m%d}.", field="recurrence.start"
        )
    if len(recurrence.except_on) > EXCEPTIONS_MOST:
        raise BadValue(
            f"A recurrence leaves out at most {EXCEPTIONS_MOST} days.", field="recurrence.exdates"
        )


def on_paper(recurrence: Recurrence) -> str:
    """Return the whole RRULE with its end."""
    if recurrence.until:
        return f"{recurrence.rule};UNTIL={recurrence.until:%Y%m%d}"
    return f"{recurrence.rule};COUNT={recurrence.count}" if recurrence.count else recurrence.rule


def days(recurrence: Recurrence, first: date, last: date) -> list[date]:
    """Return the days from first to last on which it repeats, holidays not looked at."""
    left_out = set(recurrence.except_on)
    return [day for day in _all(recurrence, last) if day >= first and day not in left_out]


def times_before(recurrence: Recurrence, day: date) -> int:
    """Return how often it repeated before a day, exceptions counted as RFC 5545 counts them."""
    return sum(1 for _ in _all(recurrence, day - timedelta(days=1)))


def _all(recurrence: Recurrence, last: date) -> Iterator[date]:
    """Yield the days of the rule from its start to the last."""
    # A rule that never fits (30 February) would be looked for until the year 9999.
    end = min(recurrence.until or last, last)
    if end < recurrence.start:
        return
    made = rrulestr(recurrence.rule, dtstart=_midnight(recurrence.start))
    if not isinstance(made, rrule):
        raise TypeError(recurrence.rule)
    bounded = made.replace(until=_midnight(end))
    for moment in islice(bounded, recurrence.count or None):
        yield moment.date()


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - days have no zone


def placed(
    recurrence: Recurrence, company: Company, week: WorkingWeek, originals: Sequence[date]
) -> dict[date, date]:
    """Return the day on which each original day's job takes place; skipped ones are left out."""
    places: dict[date, date] = {}
    for day in originals:
        if recurrence.holidays is OnHolidays.KEEP or not company.is_holiday(day):
            places[day] = day
        elif recurrence.holidays is OnHolidays.MOVE:
            places[day] = working_day_from(week, company, day)
    return places
