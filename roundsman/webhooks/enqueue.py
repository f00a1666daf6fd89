"""Reactions: a fact that somebody outside wants to hear of becomes a delivery."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Company, Member
from roundsman.core.clock import from_ms, from_us, to_us
from roundsman.core.ids import CompanyId, DeliveryId, PlaceId, new_delivery_id
from roundsman.events.catalogue import (
    AreaEntered,
    AreaEvent,
    AreaLeft,
    Event,
    JobArchived,
    JobCarriedOver,
    JobCheckedIn,
    JobCheckedOut,
    JobCompleted,
    JobCreated,
    JobDeleted,
    JobEvent,
    JobUpdated,
    Told,
)
from roundsman.jobs import queries as jobs
from roundsman.jobs.wire import names_of, on_wire
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.places.wire import all_on_wire as places_on_wire
from roundsman.storage.database import DELIVERIES, Tx
from roundsman.webhooks import samples
from roundsman.webhooks.model import KINDS, Delivery, Hook, Kind, Message
from roundsman.webhooks.queries import deliveries, hooks, lanes

# A visit that is told this long after it happened is marked as late (tracking.md 6.5).
LATE_AFTER = timedelta(minutes=15)

_JOB_KEYS: Mapping[type[Event], str] = {
    JobCreated: "job_created",
    JobUpdated: "job_updated",
    JobCarriedOver: "job_updated",
    JobCompleted: "job_completed",
    JobArchived: "job_archived",
    JobDeleted: "job_deleted",
    JobCheckedIn: "job_checkin",
    JobCheckedOut: "job_checkout",
}
_PLACE_KEYS: Mapping[type[Event], str] = {AreaEntered: "place_checkin", AreaLeft: "place_checkout"}


def tell_of_job(tx: Tx, told: Told) -> None:
    """Send the job as it was after the change to who wants to hear of such changes."""
    event = told.event
    kind = KINDS[_JOB_KEYS[type(event)]]
    hook = _wanted(tx, told, kind)
    if hook is None or not isinstance(event, JobEvent):
        return
    company = accounts.get_company(tx, told.by.company)
    job = jobs.from_snapshot(told.snapshot)
    wire = on_wire(job, names_of(tx, company, [job]))
    at = from_us(told.at_us)
    message = _message(company, kind, event.job, at, [wire])
    _enqueue(tx, told.by.company, hook, message, event.subject, told.id)


def tell_of_visit(tx: Tx, told: Told) -> None:
    """Send a member's arrival at a place, or departure, to who wants to hear of it."""
    event = told.event
    if not isinstance(event, AreaEvent) or event.area_kind != "place":
        return
    kind = KINDS[_PLACE_KEYS[type(event)]]
    hook = _wanted(tx, told, kind)
    if hook is None:
        return
    company = accounts.get_company(tx, told.by.company)
    place = places.find_many(tx, company.id, [event.of]).get(PlaceId(event.of))
    who = accounts.find_member(tx, company.id, event.member)
    if place is None or who is None or not company.policy.auto_checkin:
        return
    at = from_us(told.at_us)
    data = _visit_data(tx, company, place, who, event, at)
    side = "in" if isinstance(event, AreaEntered) else "out"
    message = _message(company, kind, f"{event.visit}-{side}", at, data)
    _enqueue(tx, company.id, hook, message, event.subject, told.id)


def _visit_data(
    tx: Tx, company: Company, place: Place, who: Member, event: AreaEvent, told_at: datetime
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "place": places_on_wire(tx, company.id, [place])[0],
        "who": {"uid": who.id, "name": who.name, "username": who.username},
        "ts": event.at_ms,
        "type": "in" if isinstance(event, AreaEntered) else "out",
    }
    if told_at - from_ms(event.at_ms) > LATE_AFTER:
        data["late"] = True
    return data


def send_sample(tx: Tx, company: Company, hook: Hook, by: Member) -> DeliveryId:
    """Send made-up data of a key's own form, so that a receiver can be tried out."""
    kind = KINDS[hook.key]
    subject, data = samples.sample_of(kind, company, by, tx.now)
    message = _message(company, kind, subject, tx.now, data)
    return _enqueue(tx, company.id, hook, message, f"test:{subject}", f"{to_us(tx.now):014x}")


def _wanted(tx: Tx, told: Told, kind: Kind) -> Hook | None:
    hook = hooks.find(tx, told.by.company, kind.key)
    return hook if hook is not None and hook.url else None


def _message(company: Company, kind: Kind, subject: str, at: datetime, data: object) -> Message:
    legacy = company.policy.legacy_action_names and kind.legacy
    return Message(
        account=company.username,
        id=subject,
        action=kind.legacy if legacy else kind.action,
        type=kind.type,
        at=at,
        data=msgspec.json.encode(data).decode(),
    )


def _enqueue(
    tx: Tx, company: CompanyId, hook: Hook, message: Message, subject: str, order: str
) -> DeliveryId:
    one = Delivery(
        id=new_delivery_id(tx.now),
        company=company,
        key=hook.key,
        lane=lane_of(hook.url),
        subject=subject,
        order=order,
        attempts=0,
        message=message,
    )
    deliveries.add(tx, one)
    lanes.wake(tx, company, one.lane, tx.now)
    tx.ring(DELIVERIES, company)
    return one.id


def lane_of(url: str) -> str:
    """Return the name of the queue in front of a URL."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]
