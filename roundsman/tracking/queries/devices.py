"""All SQL about devices, whom they measure, and what of their sending nobody could read."""

import secrets
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, literal_column, select, update

from roundsman.accounts.credentials import Kind
from roundsman.accounts.model import Company, State
from roundsman.core.clock import to_us
from roundsman.core.ids import CompanyId, DeviceId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import assignment, credential, member, quarantine
from roundsman.storage.schema import company as company_table
from roundsman.storage.schema import device as table
from roundsman.tracking.devices import Assignment, Device, Opening, Quarantined

_c = table.c
_encode = msgspec.json.Encoder().encode
_device = msgspec.json.Decoder(Device).decode
_company = msgspec.json.Decoder(Company).decode

_OURS = _c.company_id == bindparam("company")
_ONE = Statement(select(_c.doc).where(_OURS, _c.device_id == bindparam("device")), keep=True)
_OF_MEMBER = Statement(
    select(_c.doc).where(_OURS, _c.member_id == bindparam("member")).order_by(_c.device_id)
)
_SAVE = upsert(table, keys=["company_id", "device_id"], change=["member_id", "doc"])
_TOUCH = Statement(
    update(table)
    .where(_OURS, _c.device_id == bindparam("device"), _c.last_ms < bindparam("at"))
    .values(last_ms=bindparam("at"))
)
_ASSIGN = upsert(assignment, keys=["company_id", "device_id", "from_ms"])
_OPENINGS = Statement(
    select(
        credential.c.digest,
        credential.c.company_id,
        _c.doc,
        _c.last_ms,
        member.c.state,
        company_table.c.doc,
        assignment.c.from_ms,
        assignment.c.member_id,
        assignment.c.rank,
    )
    .join(
        table, (_c.company_id == credential.c.company_id) & (_c.device_id == credential.c.subject)
    )
    .join(company_table, company_table.c.company_id == _c.company_id)
    .join(
        assignment,
        (assignment.c.company_id == _c.company_id) & (assignment.c.device_id == _c.device_id),
    )
    .join(
        member,
        (member.c.company_id == _c.company_id) & (member.c.member_id == _c.member_id),
        isouter=True,
    )
    .where(
        is_in(credential.c.digest, "digests"),
        credential.c.kind == bindparam("kind"),
        credential.c.revoked_us == literal_column("0"),
        (credential.c.expires_us == literal_column("0"))
        | (credential.c.expires_us > bindparam("now_us")),
    )
    .order_by(credential.c.digest, assignment.c.from_ms)
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


def openings(tx: Tx, digests: Iterable[str]) -> dict[str, Opening]:
    """Return what good device tokens (by digest) open; others are left out."""
    rows = tx.rows(_OPENINGS, digests=sorted(digests), kind=Kind.DEVICE.value, now_us=to_us(tx.now))
    found: dict[str, Opening] = {}
    takes_part: dict[str, bool] = {}
    for digest, group in groupby(rows, key=itemgetter(0)):
        first, *others = group
        _, company_id, doc, last_ms, state, company_doc = first[:6]
        if company_doc not in takes_part:
            takes_part[company_doc] = not _company(company_doc).suspended
        found[digest] = Opening(
            company=CompanyId(company_id),
            device=_device(doc),
            assignments=[
                Assignment(from_ms=row[6], member=MemberId(row[7]), rank=row[8])
                for row in (first, *others)
            ],
            heard_ms=last_ms,
            takes_part=takes_part[company_doc] and state == State.ACTIVE.value,
        )
    return found


def touch(tx: Tx, company: CompanyId, device: DeviceId, at_ms: int) -> None:
    """Remember when a device was last heard."""
    tx.run(_TOUCH, company=company, device=device, at=at_ms)


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
