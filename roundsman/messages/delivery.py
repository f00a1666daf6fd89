"""Sending what is queued: claim, send, and try again later what was not taken."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from roundsman.gateways.notices import Letter, MailDelayed, MailRefused, Send
from roundsman.messages import queries
from roundsman.messages.model import Mail
from roundsman.storage.database import Db, Tx

BATCH = 20
PARALLEL = 4
# A mail that was claimed by a process that died is taken up again after this time.
LEASE = timedelta(minutes=5)
# Waits before each further attempt; after the last one the mail is given up (about two days).
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
PROBLEM_LENGTH = 500

_log = structlog.get_logger()


async def send_due(db: Db, send: Send) -> int:
    """Send the mails whose time has come; return how many were tried.

    A mail may go out twice when the process dies between sending and noting it; its Message-ID
    is then the same.
    """
    mails = await db.write(lambda tx: queries.claim_due(tx, BATCH, tx.now + LEASE))
    gate = asyncio.Semaphore(PARALLEL)
    await asyncio.gather(*(_send(db, send, one, gate) for one in mails))
    return len(mails)


async def _send(db: Db, send: Send, one: Mail, gate: asyncio.Semaphore) -> None:
    letter = Letter(id=one.id, recipient=one.recipient, subject=one.subject, body=one.body)
    attempt = one.attempts + 1
    async with gate:
        try:
            await send(letter)
        except MailRefused as error:
            await _fail(db, one, str(error), ())
        except MailDelayed as error:
            await _fail(db, one, str(error), WAITS[one.attempts :])
        else:
            await db.write(lambda tx: queries.remove(tx, one.company, one.id))
            _log.info("mail_sent", company=one.company, mail=one.id, attempt=attempt)


async def _fail(db: Db, one: Mail, problem: str, waits: Sequence[timedelta]) -> None:
    """Note a failed attempt; without a wait to come the mail is given up."""
    why = problem[:PROBLEM_LENGTH]

    def note(tx: Tx) -> None:
        if waits:
            queries.postpone(tx, one.company, one.id, tx.now + waits[0], why)
        else:
            queries.give_up(tx, one.company, one.id, why)

    await db.write(note)
    _log.warning(
        "mail_failed" if waits else "mail_given_up",
        company=one.company,
        mail=one.id,
        attempt=one.attempts + 1,
        problem=why,
    )
