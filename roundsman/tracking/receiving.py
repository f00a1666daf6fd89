"""Taking what devices send: stored, marked for the fold and shown, many requests at a time."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct, structs

from roundsman.accounts import queries as accounts
from roundsman.accounts.credentials import digest
from roundsman.core.clock import to_ms, to_us
from roundsman.core.errors import BadLogin, NotAllowed, NotReady, Refusal, UnknownThing
from roundsman.core.ids import CompanyId, DeviceId, MemberId
from roundsman.storage.database import FIXES, LIVE, Tx
from roundsman.tracking.devices import QUARANTINE_BYTES, Opening, Quarantined, assigned_at
from roundsman.tracking.live import LiveState
from roundsman.tracking.model import Fix, Flag, Heartbeat, Message, PushToken, Unreadable
from roundsman.tracking.plausibility import prefer
from roundsman.tracking.queries import devices, fixes, folds
from roundsman.tracking.queries import live as live_states

# When a device was last heard is written this often: it only has to tell days apart.
TOUCH_MS = 3_600_000
# A phone of a removed member keeps what it has for this long, then it is told to stop.
PATIENCE_MS = 14 * 86_400_000
# A position this coarse does not replace one that is at most this old.
SHOWN_ACC_M = 500.0
SHOWN_MS = 600_000

type _Whose = tuple[CompanyId, MemberId]


class DevicePass(Struct, frozen=True):
    """A device token as it was sent, and the user name beside it, if any."""

    token: str
    user: str = ""


class Delivery(Struct, frozen=True, kw_only=True):
    """What a device sent: decoded, and as it came. `query` is without secrets."""

    opened: DevicePass
    messages: Sequence[Message]
    origin: str
    rcv_ms: int
    content_type: str = ""
    query: str = ""
    body: bytes = b""


class _Taken(Struct, frozen=True):
    """A delivery whose sender is known and takes part."""

    by: Opening
    what: Delivery


def receive(tx: Tx, deliveries: Sequence[Delivery]) -> list[Refusal | None]:
    """Store what devices sent; when this is committed, it may be acknowledged.

    Returns for each delivery None, or why it was not taken: BadLogin for a token that opens
    nothing, UnknownThing for messages of another device, NotReady (NotAllowed after two weeks)
    while the member or company takes no part.
    """
    openings = devices.openings(tx, {digest(each.opened.token) for each in deliveries})
    outcomes: list[Refusal | None] = []
    taken: list[_Taken] = []
    for each in deliveries:
        try:
            opening = openings.get(digest(each.opened.token))
            taken.append(_Taken(_checked(tx, opening, each), each))
            outcomes.append(None)
        except Refusal as refusal:
            outcomes.append(refusal)
    _store_fixes(tx, taken)
    _show(tx, taken)
    for one in taken:
        _follow_device(tx, one)
    return outcomes


def check_pass(tx: Tx, opened: DevicePass) -> None:
    """Refuse a token that opens nothing (BadLogin), or whose member takes no part."""
    secret = digest(opened.token)
    nothing = Delivery(opened=opened, messages=(), origin="", rcv_ms=0)
    _checked(tx, devices.openings(tx, [secret]).get(secret), nothing)


def _checked(tx: Tx, by: Opening | None, delivery: Delivery) -> Opening:
    """Return whose the token is. A user name beside it must be the device's or its member's."""
    if by is None or not _is_user(tx, by, delivery.opened.user):
        raise BadLogin("The device token is wrong. Copy the address of the device again.")
    if any(each.device not in {"", by.device.id} for each in delivery.messages):
        problem = f"The token belongs to the device {by.device.id}. Set this id in the app."
        raise UnknownThing(problem)
    if not by.takes_part:
        heard_ms = max(by.heard_ms, by.device.created_ms)
        if to_ms(tx.now) - heard_ms > PATIENCE_MS:
            raise NotAllowed("The member of this device was removed. Stop sending.")
        problem = "The member of this device takes no part right now. Keep the data, try later."
        raise NotReady(problem)
    return by


def _is_user(tx: Tx, by: Opening, user: str) -> bool:
    if user in {"", by.device.id}:
        return True
    member = accounts.find_named(tx, by.company, user)
    return member is not None and member.id == by.device.member


# --- fixes ----------------------------------------------------------------------------------------


def _store_fixes(tx: Tx, taken: Iterable[_Taken]) -> None:
    """Write fixes under the member the device measured at their time, and mark what changed."""
    by_member: dict[_Whose, list[Fix]] = {}
    for one in taken:
        for each in one.what.messages:
            if isinstance(each, Fix):
                given = assigned_at(one.by.assignments, each.ts_ms)
                own = structs.replace(each, device=one.by.device.id, rank=given.rank)
                by_member.setdefault((one.by.company, given.member), []).append(own)
    marks: list[tuple[CompanyId, MemberId, int]] = []
    for (company, member), changed in _store_new(tx, by_member).items():
        moments = [each.ts_ms for each in changed if not each.flags & Flag.SUSPECT_CLOCK]
        if moments:
            marks.append((company, member, min(moments)))
            tx.ring(FIXES, company)
    folds.mark_many(tx, marks, to_us(tx.now))


def _store_new(tx: Tx, sent: dict[_Whose, list[Fix]]) -> dict[_Whose, list[Fix]]:
    """Write what is new or better than what is stored; return it. A repeat changes nothing."""
    best: dict[_Whose, dict[tuple[DeviceId, int], Fix]] = {}
    for whose, own_fixes in sorted(sent.items()):
        chosen = best.setdefault(whose, {})
        for fix in own_fixes:
            before = chosen.get((fix.device, fix.ts_ms))
            chosen[fix.device, fix.ts_ms] = prefer(before, fix) if before else fix
    rows = [(*whose, fix) for whose, chosen in best.items() for fix in chosen.values()]
    changed: dict[_Whose, list[Fix]] = {}
    known: dict[_Whose, list[Fix]] = {}
    for (company, member, fix), is_new in zip(rows, fixes.add_new(tx, rows), strict=True):
        (changed if is_new else known).setdefault((company, member), []).append(fix)
    for whose, repeated in known.items():
        better = _better(tx, whose, repeated)
        fixes.put_many(tx, *whose, better)
        changed.setdefault(whose, []).extend(better)
    return changed


def _better(tx: Tx, whose: _Whose, repeated: list[Fix]) -> list[Fix]:
    """Return those fixes that say more than what is stored of their device and time."""
    better: list[Fix] = []
    repeated.sort(key=lambda fix: fix.device)
    for device, group in groupby(repeated, key=lambda fix: fix.device):
        own_fixes = list(group)
        stored = fixes.at(tx, *whose, device, [fix.ts_ms for fix in own_fixes])
        better += [fix for fix in own_fixes if prefer(stored[fix.ts_ms], fix) is fix]
    return better


# --- what is seen at once -------------------------------------------------------------------------


def _show(tx: Tx, taken: Iterable[_Taken]) -> None:
    """Let the newest believable position be seen at once, without waiting for the fold."""
    by_member: dict[CompanyId, dict[MemberId, list[_Taken]]] = {}
    for one in taken:
        of_company = by_member.setdefault(one.by.company, {})
        of_company.setdefault(one.by.device.member, []).append(one)
    for company, members in sorted(by_member.items()):
        shown = live_states.get_many_locked(tx, company, members)
        seen: list[LiveState] = []
        for member, own in members.items():
            after = shown[member]
            for one in own:
                after = _seen(after, one)
            if after != shown[member]:
                seen.append(structs.replace(after, updated_us=to_us(tx.now)))
        live_states.save_many(tx, company, seen)
        if seen:
            tx.ring(LIVE, company)


def _seen(before: LiveState, one: _Taken) -> LiveState:
    """Return a member's state after a delivery."""
    after = structs.replace(before, signal_ms=max(before.signal_ms, one.what.rcv_ms))
    for each in sorted(_signs(one.what.messages), key=lambda sign: sign.ts_ms):
        if isinstance(each, Fix) and _is_shown_instead(each, after):
            after = structs.replace(
                after,
                device=one.by.device.id,
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
    return after


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


# --- the device itself ----------------------------------------------------------------------------


def _follow_device(tx: Tx, one: _Taken) -> None:
    """Remember that a device was heard, what it said of itself, and what nobody could read."""
    company, device, delivery = one.by.company, one.by.device, one.what
    if delivery.rcv_ms - one.by.heard_ms >= TOUCH_MS:
        devices.touch(tx, company, device.id, delivery.rcv_ms)
    for each in delivery.messages:
        if isinstance(each, PushToken) and each.token != device.push_token:
            devices.save(tx, company, structs.replace(device, push_token=each.token))
    reasons = sorted({each.reason for each in delivery.messages if isinstance(each, Unreadable)})
    if not reasons:
        return
    devices.keep_aside(
        tx,
        company,
        Quarantined(
            device=device.id,
            rcv_ms=delivery.rcv_ms,
            origin=delivery.origin,
            reason=",".join(reasons),
            content_type=delivery.content_type,
            query=delivery.query[:QUARANTINE_BYTES],
            body=delivery.body[:QUARANTINE_BYTES],
        ),
    )
