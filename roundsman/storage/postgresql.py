"""PostgreSQL: a pool of threads, each with its own connection.

Units of one lane that wait for each other are run in one transaction: one commit, and one insert
for the rows of all of them, serve many requests. Where a unit of a group fails in a way that it
cannot undo alone, every unit is run again in a transaction of its own.

Changing units run at READ COMMITTED and lock what they load for a change; reading ones see one
snapshot (REPEATABLE READ) and can change nothing. A unit that collides with
another (deadlock, serialization, a key that was just taken) is run again from the start.
"""

import asyncio
import contextlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString, cast

import psycopg
import structlog
from psycopg import errors

from roundsman.core.errors import NotReady, TookTooLong
from roundsman.storage.database import Bells, Tx, Unit
from roundsman.storage.dialects import POSTGRESQL
from roundsman.storage.group import GROUP_LIMIT, Work, answer, bells_of
from roundsman.storage.kept import Kept
from roundsman.storage.notify import Notifier
from roundsman.storage.postponed import Postponed

if TYPE_CHECKING:
    from roundsman.storage.cursor import Cursor

THREADS = 8
ATTEMPTS = 6
_BEGIN_READ: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEGIN_WRITE: LiteralString = "BEGIN"
# A group holds the locks of all its units; one that waits for another's gives up and is run apart.
_BEGIN_GROUP: LiteralString = "BEGIN; SET LOCAL lock_timeout = '200ms'"
_log = structlog.get_logger()
_BUSY = (errors.DeadlockDetected, errors.SerializationFailure)
_COLLISIONS = (*_BUSY, errors.UniqueViolation)


class PostgresEngine:
    """A database on a server."""

    dialect = POSTGRESQL

    def __init__(
        self, url: str, clock: Callable[[], datetime], bells: Bells, unit_timeout_s: float
    ) -> None:
        self._url = url
        self._clock = clock
        self._bells = bells
        self._timeout_s = unit_timeout_s
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Any]] = []
        self._closed = False
        self._threads = ThreadPoolExecutor(THREADS, "postgresql")
        self._notifier: Notifier | None = None
        self._lock = threading.Lock()
        self._lanes: dict[str, deque[Work]] = {}

    def submit[T](
        self,
        unit: Unit[T],
        *,
        writes: bool,
        loop: asyncio.AbstractEventLoop | None,
        lane: str = "",
    ) -> Any:
        """Run a unit in a database thread; return a future of the loop, or of a thread."""
        if self._closed:
            problem = "The server is shutting down. Try again in a moment."
            raise NotReady(problem)
        if lane and writes:
            waiting: asyncio.Future[T] | Future[T] = loop.create_future() if loop else Future()
            self._queue_up(lane, Work(unit, waiting, loop, self._timeout_s))
            return waiting
        future = self._threads.submit(self._write if writes else self._read, unit)
        return asyncio.wrap_future(future, loop=loop) if loop else future

    def share_bells(self) -> None:
        """Let bells that ring in other processes sound here, and ours there."""
        if self._notifier is None and not self._closed:
            self._notifier = Notifier(self._url, self._bells.sound)

    def close(self) -> None:
        """Finish what runs and close every connection."""
        if self._closed:
            return
        self._closed = True
        self._threads.shutdown(wait=True)
        if self._notifier is not None:
            self._notifier.close()
        for connection in self._connections:
            connection.close()

    def _connection(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed or connection.broken:
            if connection is not None and connection in self._connections:
                self._connections.remove(connection)
            connection = psycopg.connect(
                self._url,
                autocommit=True,  # transactions begin with our own words
                prepare_threshold=2,
                connect_timeout=10,
                options=f"-c statement_timeout={int(self._timeout_s * 1000)} -c timezone=UTC",
            )
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    # --- lanes ------------------------------------------------------------------------------------

    def _queue_up(self, lane: str, work: Work) -> None:
        with self._lock:
            waiting = self._lanes.get(lane)
            if waiting is not None:
                waiting.append(work)
                return
            self._lanes[lane] = deque([work])
        self._threads.submit(self._drain, lane)

    def _drain(self, lane: str) -> None:
        """Commit what waits in a lane, together; then let the other lanes have their turn."""
        while True:
            with self._lock:
                waiting = self._lanes[lane]
                if not waiting:
                    del self._lanes[lane]
                    return
                group = [waiting.popleft() for _ in range(min(len(waiting), GROUP_LIMIT))]
            self._commit_group(group)
            answer(group)
            with contextlib.suppress(RuntimeError):  # shut down meanwhile: what waits is finished
                self._threads.submit(self._drain, lane)
                return

    def _commit_group(self, group: list[Work]) -> None:
        """Run units in one transaction; where that fails, each in one of its own."""
        in_time = [work for work in group if not work.is_too_late()]
        if len(in_time) > 1:
            try:
                self._attempt_group(in_time)
            except Exception:  # noqa: BLE001 - each unit is run again alone and says what is wrong
                _log.debug("group_undone", units=len(in_time))
            else:
                self._sound(bells_of(in_time))
                return
        for work in in_time:
            work.error = None
            try:
                work.result = self._write(work.unit)
            except Exception as error:  # noqa: BLE001 - it is handed to who asked
                work.error = error

    def _attempt_group(self, group: list[Work]) -> None:
        """Run units one after the other and commit. What one cannot undo alone undoes all."""
        connection = self._begin(_BEGIN_GROUP)
        try:
            with connection.cursor(binary=True) as cursor:
                kept = Kept()
                postponed = _postponed(cursor)
                for work in group:
                    _run_in_group(work, cursor, kept, postponed, self._clock())
                postponed.settle_all()
            connection.commit()
        except BaseException:
            _roll_back(connection)
            raise

    # --- alone ------------------------------------------------------------------------------------

    def _read[T](self, unit: Unit[T]) -> T:
        result, _ = self._attempt(unit, _BEGIN_READ)
        return result

    def _write[T](self, unit: Unit[T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                result, rung = self._attempt(unit, _BEGIN_WRITE)
            except _COLLISIONS as error:
                if attempt + 1 == ATTEMPTS:
                    if isinstance(error, _BUSY):
                        problem = "Too much happens at once in the database. Try again in a moment."
                        raise NotReady(problem) from error
                    raise
                # Two that collided must not meet again in step.
                time.sleep(random.uniform(0.001, 0.01) * (attempt + 1))  # noqa: S311 - no secret
            else:
                self._sound(rung)
                return result
        raise AssertionError  # the loop returns or raises

    def _sound(self, rung: set[tuple[str, str]]) -> None:
        self._bells.sound(rung)
        if rung and self._notifier is not None:
            self._notifier.tell(rung)

    def _begin(self, words: LiteralString) -> psycopg.Connection[Any]:
        """Begin a transaction on this thread's connection, in one round trip."""
        connection = self._connection()
        connection.execute(words)
        return connection

    def _attempt[T](self, unit: Unit[T], words: LiteralString) -> tuple[T, set[tuple[str, str]]]:
        try:
            connection = self._begin(words)
            try:
                with connection.cursor(binary=True) as cursor:
                    postponed = _postponed(cursor)
                    tx = _tx(cursor, self._clock(), Kept(), postponed)
                    result = unit(tx)
                    postponed.settle_all()
                connection.commit()
            except BaseException:
                _roll_back(connection)
                raise
        except errors.QueryCanceled as error:
            problem = "The request took too long. Ask for less data."
            raise TookTooLong(problem) from error
        except _COLLISIONS:
            raise
        except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
            reason = str(error).strip().splitlines()[0]
            problem = f"The database cannot be reached right now ({reason}). Try again in a moment."
            raise NotReady(problem) from error
        return result, tx.rung


class _CannotUndo(Exception):
    """A unit failed after it had changed something, so its whole group must be undone."""


def _run_in_group(
    work: Work, cursor: psycopg.Cursor[Any], kept: Kept, postponed: Postponed, now: datetime
) -> None:
    """Run one unit of a group; its refusal undoes only itself. _CannotUndo where it cannot."""
    tx = _tx(cursor, now, kept, postponed)
    mark = postponed.mark()
    try:
        work.result = work.unit(tx)
        work.rung = tx.rung
    except psycopg.Error:
        raise
    except Exception as error:
        if tx.has_changed or not postponed.undo(mark):
            raise _CannotUndo from error
        kept.forget_all()
        work.error = error


def _tx(cursor: psycopg.Cursor[Any], now: datetime, kept: Kept, postponed: Postponed) -> Tx:
    return Tx(cast("Cursor", cursor), POSTGRESQL, now, _same, kept, postponed)


def _postponed(cursor: psycopg.Cursor[Any]) -> Postponed:
    return Postponed(POSTGRESQL, cast("Cursor", cursor))


def _roll_back(connection: psycopg.Connection[Any]) -> None:
    """Undo what is open; a broken connection has nothing open any more."""
    if not connection.closed:
        with contextlib.suppress(psycopg.Error):
            connection.rollback()


def _same(params: dict[str, Any]) -> dict[str, Any]:
    return params
