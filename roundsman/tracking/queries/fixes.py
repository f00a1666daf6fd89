"""All SQL about fixes."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, or_, select, update

from roundsman.core.ids import CompanyId, DeviceId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import fix as table
from roundsman.tracking.model import Dropped, Fix, Flag, Hint, Trigger, Verdict

_c = table.c
_encode = msgspec.json.Encoder().encode
_attributes = msgspec.json.Decoder(dict[str, str]).decode

_KEYS = ["company_id", "member_id", "ts_ms", "device_id"]
_OURS = (_c.company_id == bindparam("company"), _c.member_id == bindparam("member"))
_BELIEVABLE = _c.flags.bitwise_and(Flag.SUSPECT_CLOCK.value) == 0
_USED = _c.verdict == Verdict.USED.value
_COLUMNS = (
    _c.device_id,
    _c.ts_ms,
    _c.rcv_ms,
    _c.lat_e7,
    _c.lng_e7,
    _c.acc_m,
    _c.speed_mps,
    _c.bearing_deg,
    _c.alt_m,
    _c.battery_pct,
    _c.charging,
    _c.hint,
    _c.origin,
    _c.cause,
    _c.flags,
    _c.msg_id,
    _c.attributes,
    _c.rank,
)
_ADD = upsert(table, keys=_KEYS, change=[])
_REPLACE = upsert(table, keys=_KEYS)
_AT = Statement(
    select(*_COLUMNS).where(*_OURS, _c.device_id == bindparam("device"), is_in(_c.ts_ms, "moments"))
)
_AFTER = Statement(
    select(*_COLUMNS)
    .where(*_OURS, _c.ts_ms > bindparam("after"), _BELIEVABLE)
    .order_by(_c.ts_ms, _c.device_id)
    .limit(bindparam("most"))
)
_PATH = Statement(
    select(_c.ts_ms, _c.lat_e7, _c.lng_e7, _c.alt_m)
    .where(
        *_OURS,
        _c.ts_ms >= bindparam("since"),
        _c.ts_ms <= bindparam("until"),
        _USED,
        _c.flags.bitwise_and((Flag.SUSPECT_CLOCK | Flag.COARSE).value) == 0,
        or_(_c.acc_m.is_(None), _c.acc_m <= bindparam("coarsest")),
    )
    .order_by(_c.ts_ms)
    .limit(bindparam("most"))
)
_FORGIVE_AFTER = Statement(
    update(table)
    .where(*_OURS, _c.ts_ms > bindparam("after"), _c.verdict != Verdict.USED.value)
    .values(verdict=Verdict.USED.value)
)
_FORGIVE = Statement(
    update(table)
    .where(*_OURS, is_in(_c.ts_ms, "moments"), _c.verdict != Verdict.USED.value)
    .values(verdict=Verdict.USED.value)
)
_JUDGE = Statement(
    update(table)
    .where(*_OURS, _c.ts_ms == bindparam("at"), _c.device_id == bindparam("device"))
    .values(verdict=bindparam("why"))
)


def add_new(tx: Tx, fixes: Iterable[tuple[CompanyId, MemberId, Fix]]) -> list[bool]:
    """Write the fixes whose device and time are new, and tell of each whether it was.

    No two of them may be of one device and time.
    """
    return tx.add_new(_ADD, [_row(*each) for each in fixes])


def put_many(tx: Tx, company: CompanyId, member: MemberId, fixes: Iterable[Fix]) -> None:
    """Write fixes over those of the same device and time."""
    tx.run_many(_REPLACE, [_row(company, member, fix) for fix in fixes])


def at(
    tx: Tx, company: CompanyId, member: MemberId, device: DeviceId, moments: Iterable[int]
) -> dict[int, Fix]:
    """Return the fixes of a device at these times."""
    wanted = sorted(set(moments))
    rows = tx.rows(_AT, company=company, member=member, device=device, moments=wanted)
    return {row[1]: _fix(row) for row in rows}


def after(tx: Tx, company: CompanyId, member: MemberId, ts_ms: int, most: int) -> list[Fix]:
    """Return up to `most` believable fixes later than a time, in the order of the fold."""
    rows = tx.rows(_AFTER, company=company, member=member, after=ts_ms, most=most)
    return [_fix(row) for row in rows]


def path(
    tx: Tx,
    company: CompanyId,
    member: MemberId,
    span_ms: tuple[int, int],
    *,
    coarsest_m: float,
    most: int,
) -> list[tuple[int, int, int, float | None]]:
    """Return time, latitude, longitude (1e-7 degrees) and height of the used fixes of a span."""
    rows = tx.rows(
        _PATH,
        company=company,
        member=member,
        since=span_ms[0],
        until=span_ms[1],
        coarsest=coarsest_m,
        most=most,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def judge(
    tx: Tx,
    company: CompanyId,
    member: MemberId,
    after_ms: int,
    undecided: Sequence[int],
    dropped: Iterable[Dropped],
) -> None:
    """Write which fixes the fold left out; what was said of later or undecided ones is void."""
    tx.run(_FORGIVE_AFTER, company=company, member=member, after=after_ms)
    if undecided:
        tx.run(_FORGIVE, company=company, member=member, moments=list(undecided))
    tx.run_many(
        _JUDGE,
        [
            {
                "company": company,
                "member": member,
                "at": each.ts_ms,
                "device": each.device,
                "why": each.verdict.value,
            }
            for each in dropped
        ],
    )


def _row(company: CompanyId, member: MemberId, fix: Fix) -> dict[str, Any]:
    return {
        "company_id": company,
        "member_id": member,
        "ts_ms": fix.ts_ms,
        "device_id": fix.device,
        "rcv_ms": fix.rcv_ms,
        "lat_e7": fix.lat_e7,
        "lng_e7": fix.lng_e7,
        "acc_m": fix.acc_m,
        "speed_mps": fix.speed_mps,
        "bearing_deg": fix.bearing_deg,
        "alt_m": fix.alt_m,
        "battery_pct": fix.battery_pct,
        "charging": None if fix.charging is None else int(fix.charging),
        "hint": fix.hint.value,
        "cause": fix.trigger.value,
        "flags": fix.flags.value,
        "verdict": Verdict.USED.value,
        "rank": fix.rank,
        "origin": fix.origin,
        "msg_id": fix.msg_id,
        "attributes": _encode(fix.attributes).decode() if fix.attributes else "",
    }


_HINTS = {hint.value: hint for hint in Hint}
_TRIGGERS = {trigger.value: trigger for trigger in Trigger}


def _fix(row: Sequence[Any]) -> Fix:
    return Fix(
        device=row[0],
        ts_ms=row[1],
        rcv_ms=row[2],
        lat_e7=row[3],
        lng_e7=row[4],
        acc_m=row[5],
        speed_mps=row[6],
        bearing_deg=row[7],
        alt_m=row[8],
        battery_pct=row[9],
        charging=None if row[10] is None else bool(row[10]),
        hint=_HINTS[row[11]],
        origin=row[12],
        trigger=_TRIGGERS[row[13]],
        flags=Flag(row[14]),
        msg_id=row[15],
        attributes=_attributes(row[16]) if row[16] else {},
        rank=row[17],
    )
