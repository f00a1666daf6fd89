"""What happens to a job when somebody wants something of it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import asdict, replace

from roundsman.core.errors import BadValue
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId
from roundsman.jobs.model import Job, Outcome, Progress, Wish
from roundsman.places import pins
from roundsman.places.pins import NO_PIN, Pin, PinState, Sent, Spot

CUSTOM_LIMIT = 200

# What a worker may change in a job of their own: progress, reply and inputs.
WORKERS_FIELDS = frozenset(
    {
        "accepted_at",
        "rejected_at",
        "checked_in_at",
        "checked_out_at",
        "nfc1_at",
        "nfc2_at",
        "done_at",
        "failed_at",
        "reply",
        "numbers",
        "texts",
        # Planned times follow from day and person; nobody writes them.
        "scheduled_start",
        "scheduled_end",
        "scheduled_at",
        # So does how often the job was carried over.
        "carried",
        "carried_from",
        "carry_stopped",
    }
)

# What only those who dispatch may write.
PINS = frozenset({"pin_person", "pin_position", "pin_time"})

# Planned times hold in the day of the person they were made for.
_UNPLANNED: Mapping[str, Any] = {
    "scheduled_start": None,
    "scheduled_end": None,
    "scheduled_at": None,
}

# Who gives a job another day begins to count anew how often it is carried over.
_NOT_CARRIED: Mapping[str, Any] = {"carried": 0, "carried_from": None, "carry_stopped": False}

# What a template does not keep: it belongs to no day, no person, and has not happened.
_NOT_IN_TEMPLATES: Mapping[str, Any] = {
    "day": None,
    "number": 0,
    "member": MemberId(""),
    "assigned_at": None,
    "accepted_at": None,
    "rejected_at": None,
    "checked_in_at": None,
    "checked_out_at": None,
    "check_in_said_at": None,
    "check_out_said_at": None,
    "nfc1_at": None,
    "nfc2_at": None,
    "done_at": None,
    "failed_at": None,
    **_UNPLANNED,
}

# What follows from other changes and is none of its own.
_BOOKKEEPING = frozenset({"saved_at", "pin", "check_in_said_at", "check_out_said_at"})

# Changes nobody outside is told of.
_QUIET = frozenset({"saved_at", "scheduled_start", "scheduled_end", "scheduled_at"})


def new(
    job: JobId, wish: Wish, *, member: MemberId, dispatcher: MemberId, on_site_s: int, at: datetime
) -> Job:
    """Return a fresh job as wished."""
    blank = Job(id=job, created_at=at, saved_at=at, on_site_s=on_site_s)
    made = change(blank, wish, member=member, dispatcher=dispatcher, at=at)
    return replace(made, saved_at=at)


def change(
    job: Job, wish: Wish, *, member: MemberId | None, dispatcher: MemberId | None, at: datetime
) -> Job:
    """Return the job as wished; the same job when the wish changes nothing.

    `member` and `dispatcher` are the ids behind the wish's names, None where it names nobody.
    """
    values: dict[str, Any] = dict(wish.values)
    _settle_outcome(job, values)
    if wish.labels:
        values["labels"] = _labels(job, wish.labels)
    values |= _moved(job, wish, at)
    if wish.custom is not None or wish.custom_set:
        values["custom"] = _custom(job, wish)
    if wish.numbers:
        values["numbers"] = {**job.numbers, **wish.numbers}
    if wish.texts:
        values["texts"] = {**job.texts, **wish.texts}
    if dispatcher is not None:
        values["dispatcher"] = dispatcher
    if member is not None and member != job.member:
        # Clients send whole jobs back: what the former person answered is no news of the new one.
        news = {name: value for name, value in values.items() if value != getattr(job, name)}
        values = {**_reassigned(job, member, at), **news, "member": member}
    values |= _planned(job, values)
    values = {**_left_with_its_route(job, values), **values}
    values |= _said(job, values, at)
    if job.is_template:
        values |= _NOT_IN_TEMPLATES
    after = replace(job, **values)
    return job if after == job else replace(after, saved_at=at)


def _planned(job: Job, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rest of a planned begin that was written on its own."""
    start = values.get("scheduled_start")
    if start is None or "scheduled_end" in values:
        return {}
    on_site = timedelta(seconds=values.get("on_site_s", job.on_site_s))
    return {"scheduled_end": start + on_site, "scheduled_at": start}


def _settle_outcome(job: Job, values: dict[str, Any]) -> None:
    """Let done clear issue and the other way round; success wins where both are newly sent."""
    done, failed = values.get("done_at"), values.get("failed_at")
    if done and done != job.done_at:
        values["failed_at"] = None
    elif failed and failed != job.failed_at:
        values["done_at"] = None
    elif done and failed:
        values["failed_at"] = None


def _labels(job: Job, sent: Sequence[str]) -> str:
    """Return what counts of labels sent under both names.

    Clients send whole jobs back with one name changed: what the job carries already is no news,
    and a text more likely was meant than its absence.
    """
    news = [labels for labels in sent if labels != job.labels]
    return next((labels for labels in news if labels), news[0] if news else job.labels)


def _moved(job: Job, wish: Wish, at: datetime) -> dict[str, Any]:
    """Return what address and coordinates of a wish do to the position."""
    is_told = wish.lat is not None or wish.lng is not None
    if not is_told and not wish.is_placed and "address" not in wish.values:
        return {}
    if wish.is_placed:
        position = _position(job, wish) if is_told else None
        return {"position": position, "pin": Pin(state=PinState.PLACE)}
    sent = Sent(_position(job, wish)) if is_told else None
    address = (str(wish.values.get("address", job.address)).strip(), "")
    before = job.spot
    if job.pin.state is PinState.PLACE and not wish.values.get("place", job.place):
        before = replace(before, pin=NO_PIN)
    after = pins.moved(before, address, sent=sent, answers=wish.answers, at=at)
    return {"position": after.position, "pin": after.pin}


def repinned(job: Job, spot: Spot, at: datetime) -> Job:
    """Return the job with another position, or another state of it."""
    after = replace(job, position=spot.position, pin=spot.pin)
    return job if after == job else replace(after, saved_at=at)


def _position(job: Job, wish: Wish) -> Point | None:
    before = job.position or Point(0.0, 0.0)
    lat = before.lat if wish.lat is None else wish.lat
    lng = before.lng if wish.lng is None else wish.lng
    return None if lat == 0 and lng == 0 else Point(lat, lng)


def _custom(job: Job, wish: Wish) -> dict[str, str]:
    fields = dict(job.custom if wish.custom is None else wish.custom)
    for key, value in wish.custom_set.items():
        if value:
            fields[key] = value
        else:
            fields.pop(key, None)
    if len(fields) > CUSTOM_LIMIT:
        problem = f"A job holds at most {CUSTOM_LIMIT} custom fields."
        raise BadValue(problem, field="customFields")
    return fields


def _reassigned(job: Job, member: MemberId, at: datetime) -> dict[str, Any]:
    """Return what a new person does to a job: the former one's answers no longer count."""
    return {
        "assigned_at": at if member else None,
        "accepted_at": None,
        "rejected_at": None,
        "check_in_said_at": None,
        "check_out_said_at": None,
        # Who answers for a job no longer helps at it.
        "helpers": [helper for helper in job.helpers if helper.member != member],
    }


def _left_with_its_route(job: Job, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what no longer holds where the values put the job into another route or day."""
    if values.get("day", job.day) != job.day:
        return {**_UNPLANNED, **_NOT_CARRIED}
    return _UNPLANNED if values.get("member", job.member) != job.member else {}


def _said(job: Job, values: Mapping[str, Any], at: datetime) -> dict[str, datetime]:
    """Return that a person wrote the check-in or check-out, where they did."""
    return {
        said: at
        for stamp, said in (
            ("checked_in_at", "check_in_said_at"),
            ("checked_out_at", "check_out_said_at"),
        )
        if stamp in values and values[stamp] != getattr(job, stamp)
    }


def carry_over(job: Job, day: date, at: datetime) -> Job:
    """Return the job on a later day: it keeps its person, what was planned no longer holds."""
    return replace(
        job, day=day, carried=job.carried + 1, carried_from=job.day, saved_at=at, **_UNPLANNED
    )


# What a job has of its own, whatever template it is made of.
_OF_ITS_OWN = frozenset(
    {
        "id",
        "created_at",
        "saved_at",
        "external_id",
        "day",
        "number",
        "member",
        "template",
        "original_day",
        "by_hand",
        "archived_at",
        "signed_at",
        "signature_name",
        "signature_svg",
        "signature_pdf",
        "submitted_forms",
        "manual_checks",
        *WORKERS_FIELDS,
        *_NOT_IN_TEMPLATES,
    }
)
_KEPT_OF_TEMPLATES = tuple(name for name in Job.__struct_fields__ if name not in _OF_ITS_OWN)
# What a person changes in a job that makes it theirs: anything but its progress and its place in
# the route.
_MAKES_IT_OWN = frozenset(Job.__struct_fields__) - WORKERS_FIELDS - {"number", "assigned_at"}


def made_of(template: Job, job: JobId, day: date, original_day: date, at: datetime) -> Job:
    """Return the job that a template is made into for a day."""
    kept = {name: getattr(template, name) for name in _KEPT_OF_TEMPLATES}
    return Job(
        id=job,
        created_at=at,
        saved_at=at,
        day=day,
        template=template.id,
        original_day=original_day,
        **kept,
    )


def made_anew(job: Job, template: Job, at: datetime) -> Job:
    """Return a job with what its template says now; what is the job's own stays."""
    kept = {name: getattr(template, name) for name in _KEPT_OF_TEMPLATES}
    after = replace(job, template=template.id, **kept)
    return job if after == job else replace(after, saved_at=at)


def is_as_made(job: Job) -> bool:
    """Tell whether a job still is what its template made it: unchanged, not begun, not ended."""
    return not (
        job.by_hand
        or job.outcome is not Outcome.OPEN
        or job.archived_at
        or job.checked_in_at
        or job.carried
        or any(helper.checked_in_at for helper in job.helpers)
    )


def by_hand(before: Job, after: Job) -> Job:
    """Return the job marked as changed by a person, if what they changed makes it theirs."""
    if not after.template or after.by_hand:
        return after
    is_own = _MAKES_IT_OWN.intersection(changed_fields(before, after))
    return replace(after, by_hand=True) if is_own else after


def is_at_work(job: Job) -> bool:
    """Tell whether somebody is at the job: checked in, not out again, and not finished."""
    return job.progress is Progress.IN_PROGRESS


def archive(job: Job, at: datetime) -> Job:
    """Return the job hidden from every list. The first archiving counts."""
    return job if job.archived_at else replace(job, archived_at=at, saved_at=at)


def restore(job: Job, at: datetime) -> Job:
    """Return the job back in the lists. Restoring what is there changes nothing."""
    return replace(job, archived_at=None, saved_at=at) if job.archived_at else job


def changed_fields(before: Job, after: Job) -> list[str]:
    """Return the names of what differs, bookkeeping left out."""
    old, new_ = asdict(before), asdict(after)
    return [name for name, value in new_.items() if value != old[name] and name not in _BOOKKEEPING]


def pins_anew(wish: Wish, before: Job | None, after: Job) -> bool:
    """Tell whether the wish pins or releases something, or moves a pinned time."""
    if before is None:
        return any(getattr(after, name) for name in PINS)
    moved = "scheduled_start" in wish.values and after.scheduled_start != before.scheduled_start
    return moved or any(getattr(after, name) != getattr(before, name) for name in PINS)


def is_worth_telling(fields: list[str]) -> bool:
    """Tell whether a change is one that others hear of; planned times alone are not."""
    return any(name not in _QUIET for name in fields)
