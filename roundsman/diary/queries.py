"""All SQL about appointments.

The table is a directory (ADR 20): its key begins with what is due when, so that a look costs as
much as there is to do, however many companies there are.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from roundsman.core.clock import to_us
from roundsman.core.ids import CompanyId
from roundsman.diary.model import Appointment, What
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, upsert
from roundsman.storage.schema import appointment as table

_c = table.c
_ONE = (
    _c.company_id == bindparam("company"),
    _c.what == bindparam("what"),
    _c.subject == bindparam("subject"),
)
_PUT = upsert(table, keys=["company_id", "what", "subject"], change=["due_us"])
_ADD = upsert(table, keys=["company_id", "what", "subject"], change=[])
_DUE = Statement(
    select(_c.company_id, _c.subject, _c.due_us)
    .where(_c.what == bindparam("what"), _c.due_us <= bindparam("now"))
    .order_by(_c.due_us, _c.company_id, _c.subject)
    .limit(bindparam("most"))
)
_LOCKED = Statement(select(_c.due_us).where(*_ONE).with_for_update())
_HASTEN = Statement(
    update(table).where(*_ONE, _c.due_us > bindparam("limit")).values(due_us=bindparam("at"))
)
_DROP = Statement(delete(table).where(*_ONE))


def put(tx: Tx, company: CompanyId, what: What, at: datetime, subject: str = "") -> None:
    """Make an appointment, or move the one that is there."""
    tx.run(_PUT, company_id=company, what=what.value, subject=subject, due_us=to_us(at))


def add(tx: Tx, company: CompanyId, what: What, at: datetime, subject: str = "") -> None:
    """Make an appointment unless there is one."""
    tx.run(_ADD, company_id=company, what=what.value, subject=subject, due_us=to_us(at))


def hasten(
    tx: Tx, company: CompanyId, what: What, subject: str, *, unless_within: timedelta
) -> None:
    """Make an appointment for now, or move one here that is farther off than that."""
    add(tx, company, what, tx.now, subject)
    tx.run(
        _HASTEN,
        company=company,
        what=what.value,
        subject=subject,
        at=to_us(tx.now),
        limit=to_us(tx.now + unless_within),
    )


def due(tx: Tx, what: What, most: int) -> list[Appointment]:
    """Return what is due by now, of all companies, the longest waiting first."""
    rows = tx.rows(_DUE, what=what.value, now=to_us(tx.now), most=most)
    return [Appointment(CompanyId(row[0]), row[1], int(row[2])) for row in rows]


def is_due(tx: Tx, company: CompanyId, what: What, subject: str = "") -> bool:
    """Tell whether an appointment is due by now; nobody else keeps it before this one ends."""
    row = tx.row(_LOCKED, company=company, what=what.value, subject=subject)
    return row is not None and int(row[0]) <= to_us(tx.now)


def drop(tx: Tx, company: CompanyId, what: What, subject: str = "") -> None:
    """Forget an appointment."""
    tx.run(_DROP, company=company, what=what.value, subject=subject)
