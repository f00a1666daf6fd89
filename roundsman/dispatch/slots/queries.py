"""All SQL about visits that are held for customers."""

from datetime import date

import msgspec
from sqlalchemy import bindparam, delete, select

from roundsman.core.clock import to_us, to_yyyymmdd
from roundsman.core.errors import UnknownThing
from roundsman.core.ids import CompanyId, HoldId, MemberId
from roundsman.dispatch.fleet.model import Held
from roundsman.dispatch.slots.model import Hold
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, upsert
from roundsman.storage.schema import slot_hold as table

_encode = msgspec.json.Encoder().encode
_hold = msgspec.json.Decoder(Hold).decode
_c = table.c

_SAVE = upsert(table, keys=["company_id", "hold_id"])
_ONE = (_c.company_id == bindparam("company"), _c.hold_id == bindparam("hold"))
_LIVE = (*_ONE, _c.until_us > bindparam("now"))
_FIND = Statement(select(_c.doc).where(*_LIVE))
_FIND_LOCKED = Statement(select(_c.doc).where(*_LIVE).with_for_update())
_OF_DAY = Statement(
    select(_c.doc)
    .where(
        _c.company_id == bindparam("company"),
        _c.day == bindparam("day"),
        _c.until_us > bindparam("now"),
    )
    .order_by(_c.hold_id)
)
_COUNT = Statement(
    select(_c.hold_id).where(_c.company_id == bindparam("company"), _c.until_us > bindparam("now"))
)
_DELETE = Statement(delete(table).where(*_ONE))
_FORGET = Statement(delete(table).where(_c.until_us <= bindparam("now")))


def save(tx: Tx, company: CompanyId, member: MemberId, hold: Hold) -> None:
    """Write a hold."""
    tx.run(
        _SAVE,
        company_id=company,
        hold_id=hold.visit.id,
        member_id=member,
        day=to_yyyymmdd(hold.day),
        until_us=to_us(hold.until),
        doc=_encode(hold).decode(),
    )


def get(tx: Tx, company: CompanyId, hold: str, *, lock: bool = False) -> Hold:
    """Return a hold whose time is not over; UnknownThing for any other."""
    found = _FIND_LOCKED if lock else _FIND
    row = tx.row(found, company=company, hold=hold, now=to_us(tx.now))
    if row is None:
        problem = f"No reserved slot {hold[:80]}: it has expired or was never there."
        raise UnknownThing(problem, field="hold")
    return _hold(row[0])


def of_day(tx: Tx, company: CompanyId, day: date) -> list[Held]:
    """Return the visits that are held on a day now."""
    rows = tx.rows(_OF_DAY, company=company, day=to_yyyymmdd(day), now=to_us(tx.now))
    return [_hold(row[0]).visit for row in rows]


def count(tx: Tx, company: CompanyId) -> int:
    """Return how many visits of the company are held now."""
    return len(tx.rows(_COUNT, company=company, now=to_us(tx.now)))


def remove(tx: Tx, company: CompanyId, hold: HoldId) -> None:
    """Let go of a visit."""
    tx.run(_DELETE, company=company, hold=hold)


def forget(tx: Tx) -> int:
    """Delete the holds whose time is over; return how many."""
    return tx.count(_FORGET, now=to_us(tx.now))
