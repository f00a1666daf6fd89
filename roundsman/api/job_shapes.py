"""What a request says of a job; how jobs are answered is in `jobs.wire`."""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from roundsman.api.fields import (
    JOB_FIELDS,
    a_degree,
    a_flag,
    a_float,
    a_moment,
    a_text,
    a_value,
)
from roundsman.core.errors import BadFormat, BadValue
from roundsman.core.geo import MAX_LATITUDE, MAX_LONGITUDE
from roundsman.jobs.model import Wish
from roundsman.jobs.wire import CUSTOM

CUSTOM_KEY_LIMIT = 255
SLOTS = range(1, 8)
_INPUT = re.compile(r"extra_(number|text)_([1-7])_val")
PINS: Mapping[str, str] = {
    "person": "pin_person",
    "position": "pin_position",
    "time": "pin_time",
}
_FLAGS = (True, False, 0, 1, "0", "1", None)
_LABELS = ("labels", "label")
_latitude, _longitude = a_degree(MAX_LATITUDE), a_degree(MAX_LONGITUDE)


def wished(sent: object, where: str) -> Wish:
    """Return what a job object in a request asks for. Read-only and unknown members are ignored."""
    if not isinstance(sent, dict):
        problem = f"{where} must be a job object."
        raise BadFormat(problem, field=where)
    job = cast("dict[str, Any]", sent)
    try:
        return _wish(job)
    except (BadFormat, BadValue) as refusal:
        raise type(refusal)(
            f"{where}: {refusal.message}", field=f"{where}.{refusal.field}"
        ) from refusal


def _wish(job: dict[str, Any]) -> Wish:
    values: dict[str, Any] = {}
    for line in JOB_FIELDS:
        if line.wire in job:
            value = line.read(line.wire, job[line.wire])
            if line.name == "created_at" and value is None:
                continue
            # An empty text does not wipe out what its alias says.
            if value == "" and values.get(line.name) and line.name == "note":
                continue
            values[line.name] = value
    if "pin" in job:
        values |= _pins(job["pin"])
    return Wish(
        values=values,
        assignee=_assignee(job),
        dispatcher=a_text("dispatcherUid", job["dispatcherUid"])
        if "dispatcherUid" in job
        else None,
        lat=_latitude("destinationLat", job["destinationLat"]) if "destinationLat" in job else None,
        lng=_longitude("destinationLng", job["destinationLng"])
        if "destinationLng" in job
        else None,
        custom=_custom(job["customFields"]) if "customFields" in job else None,
        custom_set={
            _custom_key(name.removeprefix(CUSTOM)): a_value(name, value)
            for name, value in job.items()
            if name.startswith(CUSTOM) and name != CUSTOM
        },
        numbers=_inputs(job, "number", a_float),
        texts=_inputs(job, "text", a_text),
        helpers=_helpers(job["helpers"]) if "helpers" in job else None,
        labels=tuple(a_text(name, job[name]) for name in _LABELS)
        if all(name in job for name in _LABELS)
        else (),
    )


def _pins(sent: object) -> dict[str, Any]:
    """Return what a pin object changes: what it does not name stays, null releases everything."""
    if sent is None:
        return dict.fromkeys(PINS.values(), False)
    if not isinstance(sent, dict):
        problem = 'pin must be an object such as {"person": true, "time": true}.'
        raise BadFormat(problem, field="pin")
    pin = cast("dict[str, Any]", sent)
    for name in pin:
        if name not in PINS:
            problem = f"There is no pin {name[:40]!r}. The pins are person, position and time."
            raise BadValue(problem, field="pin")
    values: dict[str, Any] = {}
    for name, value in pin.items():
        if name == "time" and value not in _FLAGS:
            values |= {"pin_time": True, "scheduled_start": a_moment("pin.time", value)}
        else:
            values[PINS[name]] = a_flag(f"pin.{name}", value)
    return values


def _helpers(sent: object) -> list[str]:
    """Return the names of helpers: user names or ids, or the objects that answers carry."""
    if sent is None:
        return []
    if not isinstance(sent, list):
        problem = 'helpers must be a list of user names or ids, such as ["wanda@acme.example"].'
        raise BadFormat(problem, field="helpers")
    names: list[str] = []
    for one in cast("list[object]", sent):
        name = cast("dict[str, Any]", one).get("uid") if isinstance(one, dict) else one
        names.append(a_text("helpers", name))
    return names


def _assignee(job: dict[str, Any]) -> str | None:
    """Return who is to do the job: a worker's name wins over an id when it is not empty."""
    worker = a_text("worker", job["worker"]) if "worker" in job else None
    receiver = a_text("receiverUid", job["receiverUid"]) if "receiverUid" in job else None
    return worker or (worker if receiver is None else receiver)


def _custom(sent: object) -> dict[str, str]:
    if sent is None:
        return {}
    if not isinstance(sent, list):
        problem = 'customFields must be a list such as [{"key": "PO", "val": "17"}].'
        raise BadFormat(problem, field="customFields")
    fields: dict[str, str] = {}
    entries = cast("list[object]", sent)
    for entry in entries:
        if not isinstance(entry, dict) or "key" not in entry:
            problem = 'Each of customFields must be an object with "key" and "val".'
            raise BadFormat(problem, field="customFields")
        pair = cast("dict[str, Any]", entry)
        fields[_custom_key(pair["key"])] = a_value("customFields.val", pair.get("val"))
    return fields


def _custom_key(key: object) -> str:
    name = a_text("customFields.key", key, CUSTOM_KEY_LIMIT)
    if not name:
        problem = "A custom field needs a key."
        raise BadValue(problem, field="customFields.key")
    return name


def _inputs[T](job: dict[str, Any], kind: str, read: Callable[[str, Any], T]) -> dict[str, T]:
    return {
        match[2]: read(name, value)
        for name, value in job.items()
        if name.startswith("extra_") and (match := _INPUT.fullmatch(name)) and match[1] == kind
    }
