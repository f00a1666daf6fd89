"""All SQL about the outbox."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update

from roundsman.core.ids import CompanyId, EventId, MemberId
from roundsman.events.catalogue import By, Fact, Told
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in
from roundsman.storage.schema import outbox

HANDLED, PENDING, FAILED = 0, 1, 2

_decode = msgspec.json.Decoder(Fact).decode

_INSERT = Statement(insert(outbox))
_COLUMNS = (
    outbox.c.company_id,
    outbox.c.event_id,
    outbox.c.at_us,
    outbox.c.actor,
    outbox.c.means,
    outbox.c.doc,
    outbox.c.snapshot,
)
_PENDING = Statement(
    select(*_COLUMNS)
    .where(outbox.c.pending == PENDING)
    .order_by(outbox.c.event_id)
    .limit(bindparam("most"))
)
_SETTLE = Statement(
    update(outbox)
    .where(is_in(outbox.c.company_id, "companies"), is_in(outbox.c.event_id, "events"))
    .values(pending=bindparam("state"))
)
_HISTORY = Statement(
    select(*_COLUMNS)
    .where(outbox.c.company_id == bindparam("company"), outbox.c.subject == bindparam("subject"))
    .order_by(outbox.c.event_id.desc())
    .limit(bindparam("most"))
)


def save(tx: Tx, row: dict[str, Any]) -> None:
    """Write one fact."""
    tx.run(_INSERT, **row)


def pending(tx: Tx, most: int) -> list[Told]:
    """Return the oldest facts of all companies that nobody has handled yet."""
    return [_told(row) for row in tx.rows(_PENDING, most=most)]


def settle(tx: Tx, told: Sequence[Told], state: int = HANDLED) -> None:
    """Mark facts as handled, or as failed for an administrator to look at."""
    if told:
        companies = sorted({one.by.company for one in told})
        tx.run(_SETTLE, companies=companies, events=[one.id for one in told], state=state)


def history(tx: Tx, company: CompanyId, subject: str, most: int) -> list[Told]:
    """Return the newest facts about a subject, newest first."""
    return [_told(row) for row in tx.rows(_HISTORY, company=company, subject=subject, most=most)]


def _told(row: tuple[Any, ...]) -> Told:
    company, event_id, at_us, actor, means, doc, snapshot = row
    by = By(CompanyId(company), MemberId(actor), means)
    return Told(EventId(event_id), by, at_us, _decode(doc), snapshot)


_SUBJECTS_SINCE = Statement(
    select(outbox.c.subject)
    .where(
        outbox.c.company_id == bindparam("company"),
        outbox.c.event_id > bindparam("after"),
        outbox.c.subject.startswith(bindparam("prefix"), autoescape=False),
    )
    .distinct()
)


def subjects_since(tx: Tx, company: CompanyId, number: int, prefix: str) -> list[str]:
    """Return whose facts were written after a number, of the subjects that begin so."""
    rows = tx.rows(_SUBJECTS_SINCE, company=company, after=f"{number:014x}", prefix=prefix)
    return [str(row[0]) for row in rows]


def newest_number() -> int:
    """Return the number that facts written from now on will exceed: microseconds of this moment."""
    return time.time_ns() // 1000
