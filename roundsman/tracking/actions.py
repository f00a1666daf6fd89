"""Devices, and what they send."""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import secrets
from roundsman.accounts.credentials import Kind, digest
from roundsman.accounts.model import Actor, State
from roundsman.accounts.rights import Right
from roundsman.core.clock import to_ms, to_us
from roundsman.core.errors import BadLogin, BadValue, NotAllowed, NotReady, UnknownThing
from roundsman.core.ids import CompanyId, DeviceId, MemberId, new_short_id
from roundsman.storage.database import FIXES, LIVE, Tx
from roundsman.tracking.devices import (
    QUARANTINE_BYTES,
    Assignment,
    Device,
    Quarantined,
    assigned_at,
)
from roundsman.tracking.live import LiveState
from roundsman.tracking.model import Fix, Flag, Heartbeat, Message, PushToken, Unreadable
from roundsman.tracking.plausibility import prefer
from roundsman.tracking.queries import devices, fixes, folds
from roundsman.tracking.queries import live as live_states

DEVICE_ID_LENGTH = 128
# When a device was last heard is written this often.
TOUCH_MS = 60_000
# A phone of a removed member keeps what it has for this long, then it is told to stop.
PATIENCE_MS = 14 * 86_400_000
# A position this coarse does not replace one that is at most this old.
SHOWN_ACC_M = 500.0
SHOWN_MS = 600_000


class DevicePass(Struct, frozen=True):
    """A device token as it was sent, and the user name beside it, if any."""

    token: str
    user: str = ""


class Delivery(Struct, frozen=True, kw_only=True):
    """What a device sent: decoded, and as it came. `query` is without secrets."""

    messages: Sequence[Message]
    origin: str
    rcv_ms: int
    content_type: str = ""
    query: str = ""
    body: bytes = b""


# --- devices --------------------------------------------------------------------------------------


class NewDevice(Struct, frozen=True):
    """A device just made, with its token, which is shown only now."""

    id: DeviceId
    token: str


def create_device(tx: Tx, actor: Actor, member: MemberId, device: str = "") -> NewDevice:
    """Make a device of a member, with the given id or one of its own.

    It measures its first member from the beginning of time: what it recorded before it was made
    known here is not lost.
    """
    actor.require(Right.MANAGE_MEMBERS)
    person = accounts.get_member(tx, actor.company, member)
    wanted = device.strip() or _fresh_id(tx, actor.company)
    if len(wanted) > DEVICE_ID_LENGTH or not wanted.isprintable():
        raise BadValue(
            f"A device id has at most {DEVICE_ID_LENGTH} printable characters.", field="id"
        )
    if devices.find(tx, actor.company, wanted) is not None:
        raise BadValue(f"There is a device {wanted} already. Choose another id.", field="id")
    made = Device(id=DeviceId(wanted), member=person.id, created_ms=to_ms(tx.now))
    devices.save(tx, actor.company, made)
    given = Assignment(from_ms=0, member=person.id, rank=to_us(tx.now))
    devices.assign(tx, actor.company, made.id, given)
    return NewDevice(made.id, secrets.make_device_token(tx, actor.by, made.id, person.name))


def hand_over(tx: Tx, actor: Actor, device: str, member: MemberId, from_ms: int) -> None:
    """Let a device measure another member from a moment on; what it measured before stays."""
    actor.require(Right.MANAGE_MEMBERS)
    person = accounts.get_member(tx, actor.company, member)
    found = devices.find(tx, actor.company, device)
    if found is None:
        raise UnknownThing(f"No device {device}.")
    devices.save(tx, actor.company, structs.replace(found, member=person.id))
    given = Assignment(from_ms=from_ms, member=person.id, rank=to_us(tx.now))
    devices.assign(tx, actor.company, found.id, given)


def _fresh_id(tx: Tx, company: CompanyId) -> str:
    while True:
        drawn = new_short_id()
        if devices.find(tx, company, drawn) is None:
            return drawn


# --- receiving ------------------------------------------------------------------------------------


def receive(tx: Tx, opened: DevicePass, delivery: Delivery) -> None:
    """Store what a device sent; when this is committed, it may be acknowledged.

    BadLogin for a token that opens nothing, UnknownThing for messages of another device, NotReady
    (NotAllowed after two weeks) while the member or company takes no part.
    """
    company, device = _open(tx, opened)
    if any(each.device not in {"", device.id} for each in delivery.messages):
        raise UnknownThing(f"The token belongs to the device {device.id}. Set this id in the app.")
    _check_takes_part(tx, company, device)
    devices.touch(tx, company, device.id, delivery.rcv_ms, grain_ms=TOUCH_MS)
    positions = [each for each in delivery.messages if isinstance(each, Fix)]
    _store_fixes(tx, company, device, positions)
    _show(tx, company, device.member, device.id, delivery)
    for each in delivery.messages:
        if isinstance(each, PushToken) and each.token != device.push_token:
            devices.save(tx, company, structs.replace(device, push_token=each.token))
    _keep_unreadable(tx, company, device.id, delivery)


def _open(tx: Tx, opened: DevicePass) -> tuple[CompanyId, Device]:
    """Return whose the token is. A user name beside it must be the device's or its member's."""
    credential = accounts.find_credential(tx, digest(opened.token))
    if (
        credential is not None
        and credential.kind is Kind.DEVICE
        and credential.is_good(tx.now)
        and (device := devices.find(tx, credential.company, credential.subject)) is not None
    ):
        member = accounts.find_named(tx, credential.company, opened.user) if opened.user else None
        is_members = member is not None and member.id == device.member
        if opened.user in {"", device.id} or is_members:
            return credential.company, device
    raise BadLogin("The device token is wrong. Copy the address of the device again.")


def _check_takes_part(tx: Tx, company: CompanyId, device: Device) -> None:
    member = accounts.find_member(tx, company, device.member)
    suspended = accounts.get_company(tx, company).suspended
    if member is not None and member.state is State.ACTIVE and not suspended:
        return
    heard_ms = max(devices.last_heard_ms(tx, company, device.id), device.created_ms)
    if to_ms(tx.now) - heard_ms > PATIENCE_MS:
        raise NotAllowed("The member of this device was removed. Stop sending.")
    raise NotReady("The member of this device takes no part right now. Keep the data, try later.")


def _store_fixes(tx: Tx, company: CompanyId, device: Device, positions: list[Fix]) -> None:
    """Write fixes under the member the device measured at their time, and mark what changed."""
    if not positions:
        return
    assignments = devices.assignments(tx, company, device.id)
    by_member: dict[MemberId, list[Fix]] = {}
    for fix in positions:
        given = assigned_at(assignments, fix.ts_ms)
        own = structs.replace(fix, device=device.id, rank=given.rank)
        by_member.setdefault(given.member, []).append(own)
    for member, own_fixes in sorted(by_member.items()):
        changed = [
            each.ts_ms
            for each in _store_new(tx, company, member, own_fixes)
            if not each.flags & Flag.SUSPECT_CLOCK
        ]
        if changed:
            folds.mark(tx, company, member, min(changed), to_us(tx.now))
            tx.ring(FIXES, company)


def _store_new(tx: Tx, company: CompanyId, member: MemberId, own_fixes: list[Fix]) -> Iterable[Fix]:
    """Write what is new or better than what is stored; return it. A repeat changes nothing."""
    if len(own_fixes) == 1 and fixes.add(tx, company, member, own_fixes[0]):
        return own_fixes
    moments = [fix.ts_ms for fix in own_fixes]
    stored = fixes.at(tx, company, member, own_fixes[0].device, moments)
    better: dict[int, Fix] = {}
    for fix in own_fixes:
        before = better.get(fix.ts_ms) or stored.get(fix.ts_ms)
        if before is None or prefer(before, fix) is not before:
            better[fix.ts_ms] = fix
    fixes.put_many(tx, company, member, better.values())
    return better.values()


def _show(
    tx: Tx, company: CompanyId, member: MemberId, device: DeviceId, delivery: Delivery
) -> None:
    """Let the newest believable position be seen at once, without waiting for the fold."""
    before = live_states.get_locked(tx, company, member)
    after = structs.replace(before, signal_ms=max(before.signal_ms, delivery.rcv_ms))
    for each in sorted(_signs(delivery.messages), key=lambda sign: sign.ts_ms):
        if isinstance(each, Fix) and _is_shown_instead(each, after):
            after = structs.replace(
                after,
                device=device,
                ts_ms=each.ts_ms,
                lat_e7=each.lat_e7,
                lng_e7=each.lng_e7,
                acc_m=each.acc_m,
                speed_mps=each.speed_mps,
                bearing_deg=each.bearing_deg,
            )
        if each.battery_pct is not None and each.ts_ms >= after.battery_ms:
            after = structs.replace(
                after,
                battery_pct=each.battery_pct,
                charging=each.charging,
                battery_ms=each.ts_ms,
            )
    if after != before:
        live_states.save(tx, company, structs.replace(after, updated_us=to_us(tx.now)))
        tx.ring(LIVE, company)


def _signs(messages: Iterable[Message]) -> list[Fix | Heartbeat]:
    """Return what has a believable time."""
    return [
        each
        for each in messages
        if isinstance(each, Heartbeat)
        or (isinstance(each, Fix) and not each.flags & Flag.SUSPECT_CLOCK)
    ]


def _is_shown_instead(fix: Fix, shown: LiveState) -> bool:
    if fix.ts_ms <= shown.ts_ms or fix.flags & Flag.COARSE:
        return False
    is_fine = fix.acc_m is None or fix.acc_m <= SHOWN_ACC_M
    return is_fine or fix.ts_ms - shown.ts_ms > SHOWN_MS


def _keep_unreadable(tx: Tx, company: CompanyId, device: DeviceId, delivery: Delivery) -> None:
    """Keep a request that was not understood whole, once."""
    reasons = sorted({each.reason for each in delivery.messages if isinstance(each, Unreadable)})
    if not reasons:
        return
    devices.keep_aside(
        tx,
        company,
        Quarantined(
            device=device,
            rcv_ms=delivery.rcv_ms,
            origin=delivery.origin,
            reason=",".join(reasons),
            content_type=delivery.content_type,
            query=delivery.query[:QUARANTINE_BYTES],
            body=delivery.body[:QUARANTINE_BYTES],
        ),
    )
