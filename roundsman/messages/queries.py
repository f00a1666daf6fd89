"""All SQL about mails."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from roundsman.core.clock import to_us
from roundsman.core.ids import CompanyId, MailId
from roundsman.messages.model import Mail, MailState
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement
from roundsman.storage.schema import mail as table

_c = table.c
_COLUMNS = (
    _c.company_id,
    _c.mail_id,
    _c.recipient,
    _c.subject,
    _c.body,
    _c.state,
    _c.attempts,
    _c.problem,
)
_THIS = (_c.company_id == bindparam("of_company"), _c.mail_id == bindparam("of_mail"))

_INSERT = Statement(insert(table))
_DUE = Statement(
    select(*_COLUMNS)
    .where(_c.state == MailState.WAITING.value, _c.due_us <= bindparam("now"))
    .order_by(_c.due_us, _c.mail_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = Statement(
    update(table).where(*_THIS).values(due_us=bindparam("until"), attempts=bindparam("attempt"))
)
_POSTPONE = Statement(
    update(table).where(*_THIS).values(due_us=bindparam("until"), problem=bindparam("why"))
)
# A mail that failed for good keeps no text: it may hold a link that opens an account.
_GIVE_UP = Statement(
    update(table)
    .where(*_THIS)
    .values(state=MailState.FAILED.value, body="", problem=bindparam("why"))
)
_DELETE = Statement(delete(table).where(*_THIS))
_FAILED = Statement(
    select(*_COLUMNS)
    .where(_c.company_id == bindparam("company"), _c.state == MailState.FAILED.value)
    .order_by(_c.mail_id.desc())
    .limit(bindparam("most"))
)


def add(tx: Tx, one: Mail) -> None:
    """Write a new mail, due at once."""
    tx.run(
        _INSERT,
        company_id=one.company,
        mail_id=one.id,
        recipient=one.recipient,
        subject=one.subject,
        body=one.body,
        state=one.state.value,
        attempts=0,
        due_us=to_us(tx.now),
        created_us=to_us(tx.now),
        problem="",
    )


def claim_due(tx: Tx, most: int, until: datetime) -> list[Mail]:
    """Return waiting mails whose time has come, put off so that nobody else takes them."""
    found = [_mail(row) for row in tx.rows(_DUE, now=to_us(tx.now), most=most)]
    tx.run_many(
        _CLAIM,
        [
            {
                "of_company": one.company,
                "of_mail": one.id,
                "until": to_us(until),
                "attempt": one.attempts + 1,
            }
            for one in found
        ],
    )
    return found


def postpone(tx: Tx, company: CompanyId, mail: MailId, until: datetime, problem: str) -> None:
    """Let a mail wait for its next attempt."""
    tx.run(_POSTPONE, of_company=company, of_mail=mail, until=to_us(until), why=problem)


def give_up(tx: Tx, company: CompanyId, mail: MailId, problem: str) -> None:
    """Keep a mail as failed, without its text."""
    tx.run(_GIVE_UP, of_company=company, of_mail=mail, why=problem)


def remove(tx: Tx, company: CompanyId, mail: MailId) -> None:
    """Forget a mail that was sent."""
    tx.run(_DELETE, of_company=company, of_mail=mail)


def failed(tx: Tx, company: CompanyId, most: int) -> list[Mail]:
    """Return the company's mails that never arrived, newest first."""
    return [_mail(row) for row in tx.rows(_FAILED, company=company, most=most)]


def _mail(row: Sequence[Any]) -> Mail:
    company, mail, recipient, subject, body, state, attempts, problem = row
    return Mail(
        company=CompanyId(company),
        id=MailId(mail),
        recipient=recipient,
        subject=subject,
        body=body,
        state=MailState(state),
        attempts=attempts,
        problem=problem,
    )
