"""Webhooks: where a company wants to hear of what, and what is on its way there."""

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum

from msgspec import Struct

from roundsman.core.ids import CompanyId, DeliveryId


class Kind(Struct, frozen=True, kw_only=True):
    """One thing others can hear of.

    `key` names its setting, `action` what is delivered, `legacy` the action of older receivers
    where it differed, `type` the name in the JSON format.
    """

    key: str
    action: str
    type: str
    legacy: str = ""


def _kind(key: str, type_: str, legacy: str = "") -> Kind:
    return Kind(key=key, action=key.replace("_", ""), type=type_, legacy=legacy)


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        _kind("job_created", "job.created"),
        _kind("job_updated", "job.updated"),
        _kind("job_completed", "job.completed"),
        _kind("job_archived", "job.archived"),
        _kind("job_deleted", "job.deleted"),
        _kind("alert_triggered", "alert.triggered"),
        _kind("job_checkin", "job.checkin", "jobchecked"),
        _kind("job_checkout", "job.checkout", "jobchecked"),
        _kind("place_checkin", "place.checkin", "placechecked"),
        _kind("place_checkout", "place.checkout", "placechecked"),
    )
}

FORM, JSON = "form", "json"
FORMATS = (FORM, JSON)


class Hook(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The setting of one key; an empty `url` is off.

    `secret` signs each call; after a change `old_secret` signs along until `old_secret_until`.
    `failing_since` is the first failure since the last success. `off_because` says why the house
    itself switched the key off: gone, or silent.
    """

    key: str
    url: str = ""
    headers: dict[str, str] = {}
    format: str = FORM
    secret: str = ""
    old_secret: str = ""
    old_secret_until: datetime | None = None
    failing_since: datetime | None = None
    off_because: str = ""


class State(IntEnum):
    """How far a delivery is. Values are stored."""

    FRESH = 0
    RETRYING = 1
    DELIVERED = 2
    DEAD = 3
    SWITCHED_OFF = 4


WAITING = (State.FRESH, State.RETRYING)


class Message(Struct, frozen=True, kw_only=True):
    """What a delivery says, fixed at the moment of its event; `data` is JSON text."""

    account: str
    id: str
    action: str
    type: str
    at: datetime
    data: str


class Delivery(Struct, frozen=True, kw_only=True):
    """One event on its way to one receiver.

    `lane` stands for the receiver's URL, `subject` for whose event it is: events of one subject
    never travel together. `order` sorts deliveries like their events. `attempts` were made.
    """

    id: DeliveryId
    company: CompanyId
    key: str
    lane: str
    subject: str
    order: str
    attempts: int
    message: Message


class Lane(Struct, frozen=True):
    """The queue in front of one URL of a company."""

    company: CompanyId
    id: str


class Result(Struct, frozen=True, kw_only=True):
    """What came of an attempt: an HTTP status, or 0 and an error; `pause_until` as it asked."""

    status: int = 0
    error: str = ""
    ms: int = 0
    pause_until: datetime | None = None


class Line(Struct, frozen=True, kw_only=True):
    """A delivery as it is listed for an administrator."""

    id: DeliveryId
    key: str
    action: str
    subject_id: str
    state: State
    attempts: int
    status: int
    error: str
    created_at: datetime
    due_at: datetime | None
    done_at: datetime | None


class Attempt(Struct, frozen=True, kw_only=True):
    """One call that was made for a delivery; `number` counts from 1."""

    number: int
    at: datetime
    status: int
    error: str
    ms: int


class Health(Struct, frozen=True, kw_only=True):
    """How a key is doing: the last attempt, and how many deliveries wait or were given up."""

    last_status: int = 0
    last_error: str = ""
    last_attempt: datetime | None = None
    pending: int = 0
    failed: int = 0
