"""All SQL about devices, whom they measure, and what of their sending nobody could read."""

import secrets
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from roundsman.core.ids import CompanyId, DeviceId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, upsert
from roundsman.storage.schema import assignment, quarantine
from roundsman.storage.schema import device as table
from roundsman.tracking.devices import Assignment, Device, Quarantined

_c = table.c
_encode = msgspec.json.Encoder().encode
_device = msgspec.json.Decoder(Device).decode

_OURS = _c.company_id == bindparam("company")
_ONE = Statement(select(_c.doc).where(_OURS, _c.device_id == bindparam("device")))
_OF_MEMBER = Statement(
    select(_c.doc).where(_OURS, _c.member_id == bindparam("member")).order_by(_c.device_id)
)
_SAVE = upsert(table, keys=["company_id", "device_id"], change=["member_id", "doc"])
_HEARD = Statement(select(_c.last_ms).where(_OURS, _c.device_id == bindparam("device")))
_TOUCH = Statement(
    update(table)
    .where(_OURS, _c.device_id == bindparam("device"), _c.last_ms < bindparam("before"))
    .values(last_ms=bindparam("at"))
)
_ASSIGN = upsert(assignment, keys=["company_id", "device_id", "from_ms"])
_ASSIGNMENTS = Statement(
    select(assignment.c.from_ms, assignment.c.member_id, assignment.c.rank)
    .where(
        assignment.c.company_id == bindparam("company"),
        assignment.c.device_id == bindparam("device"),
    )
    .order_by(assignment.c.from_ms)
)
_QUARANTINE = Statement(insert(quarantine))
_QUARANTINED = Statement(
    select(func.count()).where(
        quarantine.c.company_id == bindparam("company"),
        quarantine.c.device_id == bindparam("device"),
    )
)
_HELD = Statement(
    select(
        quarantine.c.device_id,
        quarantine.c.rcv_ms,
        quarantine.c.origin,
        quarantine.c.reason,
        quarantine.c.content_type,
        quarantine.c.query,
        quarantine.c.body,
    )
    .where(quarantine.c.company_id == bindparam("company"))
    .order_by(quarantine.c.quarantine_id.desc())
    .limit(bindparam("most"))
)


def find(tx: Tx, company: CompanyId, device: str) -> Device | None:
    """Return the device of that id, or None."""
    row = tx.row(_ONE, company=company, device=device)
    return _device(row[0]) if row else None


def of_member(tx: Tx, company: CompanyId, member: MemberId) -> list[Device]:
    """Return the devices that measure a member now."""
    return [_device(row[0]) for row in tx.rows(_OF_MEMBER, company=company, member=member)]


def save(tx: Tx, company: CompanyId, device: Device) -> None:
    """Write a device."""
    tx.run(
        _SAVE,
        company_id=company,
        device_id=device.id,
        member_id=device.member,
        last_ms=0,
        doc=_encode(device).decode(),
    )


def touch(tx: Tx, company: CompanyId, device: DeviceId, at_ms: int, *, grain_ms: int) -> None:
    """Remember when a device was last heard, once in `grain_ms`."""
    tx.run(_TOUCH, company=company, device=device, at=at_ms, before=at_ms - grain_ms)


def last_heard_ms(tx: Tx, company: CompanyId, device: DeviceId) -> int:
    """Return when something of a device was last accepted, about; 0 for never."""
    row = tx.row(_HEARD, company=company, device=device)
    return int(row[0]) if row else 0


def assign(tx: Tx, company: CompanyId, device: DeviceId, given: Assignment) -> None:
    """Write whom a device measures from a moment on."""
    tx.run(
        _ASSIGN,
        company_id=company,
        device_id=device,
        from_ms=given.from_ms,
        member_id=given.member,
        rank=given.rank,
    )


def assignments(tx: Tx, company: CompanyId, device: DeviceId) -> list[Assignment]:
    """Return whom a device measured and measures, oldest first."""
    rows = tx.rows(_ASSIGNMENTS, company=company, device=device)
    return [Assignment(from_ms=row[0], member=MemberId(row[1]), rank=row[2]) for row in rows]


def keep_aside(tx: Tx, company: CompanyId, held: Quarantined) -> None:
    """Write a request that nobody could read."""
    row: dict[str, Any] = {
        "company_id": company,
        "quarantine_id": f"{held.rcv_ms:013d}{secrets.token_hex(6)}",
        "device_id": held.device,
        "rcv_ms": held.rcv_ms,
        "origin": held.origin,
        "reason": held.reason,
        "content_type": held.content_type,
        "query": held.query,
        "body": held.body,
    }
    tx.run(_QUARANTINE, **row)


def count_kept_aside(tx: Tx, company: CompanyId, device: DeviceId) -> int:
    """Return how many requests of a device nobody could read."""
    row = tx.row(_QUARANTINED, company=company, device=device)
    return int(row[0]) if row else 0


def kept_aside(tx: Tx, company: CompanyId, most: int) -> list[Quarantined]:
    """Return the newest requests that nobody could read."""
    return [
        Quarantined(
            device=DeviceId(row[0]),
            rcv_ms=row[1],
            origin=row[2],
            reason=row[3],
            content_type=row[4],
            query=row[5],
            body=bytes(row[6]),
        )
        for row in tx.rows(_HELD, company=company, most=most)
    ]
