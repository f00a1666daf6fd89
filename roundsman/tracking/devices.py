"""Devices, whom they measure and when, and requests nobody could read (pure)."""

from collections.abc import Sequence

from msgspec import Struct

from roundsman.core.ids import CompanyId, DeviceId, MemberId

# How much of an unreadable request is kept.
QUARANTINE_BYTES = 64 * 1024


class Device(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A phone or tracker. `push_token` is where its app can be woken, if it told."""

    id: DeviceId
    member: MemberId
    created_ms: int
    push_token: str = ""


class Assignment(Struct, frozen=True, kw_only=True):
    """Whom a device measures from a moment on. The newer device of a member outranks."""

    from_ms: int
    member: MemberId
    rank: int


class Opening(Struct, frozen=True, kw_only=True):
    """What a device token opens. `assignments` are in order of time; `heard_ms` is 0 for never."""

    company: CompanyId
    device: Device
    assignments: Sequence[Assignment]
    heard_ms: int
    takes_part: bool


class Quarantined(Struct, frozen=True, kw_only=True):
    """A request that nobody could use: why, and the beginning of it."""

    device: DeviceId
    rcv_ms: int
    origin: str
    reason: str
    content_type: str
    query: str
    body: bytes


def assigned_at(assignments: Sequence[Assignment], ts_ms: int) -> Assignment:
    """Return whom the device measured at a time; before the first assignment, already the first.

    `assignments` are in order of time, at least one.
    """
    valid = assignments[0]
    for each in assignments[1:]:
        if each.from_ms <= ts_ms:
            valid = each
    return valid
