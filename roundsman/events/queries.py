"""All SQL about the outbox."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update

from roundsman.core.ids import CompanyId, EventId, MemberId
from roundsman.events.catalogue import By, Fact, Told
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement
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
    select(*_COLUMNS).where(outbox.c.pending == PENDING).order_by(outbox.c.event_id).limit(bindparam("most"))
)
_SETTLE = Statement(
    update(outbox)
    .where(outbox.c.company_id == bindparam("company"), outbox.c.event_id == bindparam("event"))
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
    tx.run_many(_SETTLE, [{"company": one.by.company, "event": one.id, "state": state} for one in told])


def history(tx: Tx, company: CompanyId, subject: str, most: int) -> list[Told]:
    """Return the newest facts about a subject, newest first."""
    return [_told(row) for row in tx.rows(_HISTORY, company=company, subject=subject, most=most)]


def _told(row: tuple[Any, ...]) -> Told:
    company, event_id, at_us, actor, means, doc, snapshot = row
    by = By(CompanyId(company), MemberId(actor), means)
    return Told(EventId(event_id), by, at_us, _decode(doc), snapshot)
