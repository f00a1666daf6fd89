"""The outbox: a change and its fact are written in one transaction, told afterwards.

The relay hands facts to the reactions at least once and in order per subject. Reactions write to
the same database, so a fact and what follows from it are settled by one commit: killed at any
point, the relay starts again where the last commit left it.
"""

import secrets
import threading
import time
from collections.abc import Callable
from functools import partial

import msgspec
import structlog

from roundsman.core.errors import NotReady
from roundsman.core.ids import EventId
from roundsman.events import queries
from roundsman.events.catalogue import By, Event, Told
from roundsman.storage.database import FACTS, Db, Tx
from roundsman.storage.dialects import take_turn

RELAY_BATCH = 200

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger()


class _EventClock:
    """Gives each fact of this process a later number than the one before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1000)
            return self._last


_clock = _EventClock()


def emit(tx: Tx, by: By, event: Event, snapshot: str = "") -> EventId:
    """Write a fact with the change it tells of, and wake the relay after the commit.

    The id is drawn at this moment, after the change's row is locked, so that facts about one
    subject sort in the order in which they happened.
    """
    event_id = EventId(f"{_clock.next():014x}{secrets.randbits(32):08x}")
    queries.save(
        tx,
        {
            "company_id": by.company,
            "event_id": event_id,
            "kind": event.kind,
            "subject": event.subject,
            "at_us": int(tx.now.timestamp() * 1_000_000),
            "actor": by.member,
            "means": by.means,
            "pending": queries.PENDING,
            "doc": _encode(event).decode(),
            "snapshot": snapshot,
        },
    )
    tx.ring(FACTS, by.company)
    return event_id


type React = Callable[[Tx, Told], None]


async def relay_once(db: Db, react: React) -> int:
    """Hand the oldest waiting facts to the reactions; return how many were settled.

    A fact whose reaction breaks is set aside and logged; those behind it go on. NotReady when the
    database cannot be used: then all of them wait.
    """

    def together(tx: Tx) -> int:
        if not take_turn(tx, "relay"):
            return 0
        waiting = queries.pending(tx, RELAY_BATCH)
        for told in waiting:
            react(tx, told)
        queries.settle(tx, waiting)
        return len(waiting)

    try:
        return await db.write(together)
    except NotReady:
        raise
    except Exception:  # noqa: BLE001 - the facts are done again one by one
        _log.exception("relay_batch_failed")
        return await _one_by_one(db, react)


def _set_aside(told: Told, tx: Tx) -> None:
    queries.settle(tx, [told], queries.FAILED)


async def _one_by_one(db: Db, react: React) -> int:
    def read(tx: Tx) -> list[Told]:
        return queries.pending(tx, RELAY_BATCH)

    waiting = await db.read(read)
    for told in waiting:

        def alone(tx: Tx, told: Told = told) -> None:
            if take_turn(tx, "relay"):
                react(tx, told)
                queries.settle(tx, [told])

        try:
            await db.write(alone)
        except NotReady:
            raise
        except Exception:  # noqa: BLE001 - a broken reaction must not stop the others
            _log.exception("reaction_failed", event_id=told.id, kind=told.event.kind)
            await db.write(partial(_set_aside, told))
    return len(waiting)
