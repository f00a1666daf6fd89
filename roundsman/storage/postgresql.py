"""PostgreSQL: a pool of threads, each with its own connection.

Changing units run at READ COMMITTED and lock what they load for a change; reading ones see one
snapshot (REPEATABLE READ) and can change nothing. A unit that collides with
another (deadlock, serialization, a key that was just taken) is run again from the start.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, cast

import psycopg
from psycopg import IsolationLevel, errors

from roundsman.core.errors import NotReady, TookTooLong
from roundsman.storage.database import Bells, Cursor, Tx, Unit
from roundsman.storage.dialects import POSTGRESQL
from roundsman.storage.notify import Notifier

THREADS = 8
ATTEMPTS = 6
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
        self._timeout_ms = int(unit_timeout_s * 1000)
        self._local = threading.local()
        self._connections: list[psycopg.Connection[Any]] = []
        self._closed = False
        self._threads = ThreadPoolExecutor(THREADS, "postgresql")
        self._notifier: Notifier | None = None

    def submit[T](
        self, unit: Unit[T], *, writes: bool, loop: asyncio.AbstractEventLoop | None
    ) -> Any:
        """Run a unit in a database thread; return a future of the loop, or of a thread."""
        if self._closed:
            problem = "The server is shutting down. Try again in a moment."
            raise NotReady(problem)
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
                autocommit=False,
                prepare_threshold=2,
                connect_timeout=10,
                options=f"-c statement_timeout={self._timeout_ms} -c timezone=UTC",
            )
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    def _read[T](self, unit: Unit[T]) -> T:
        result, _ = self._attempt(unit, IsolationLevel.REPEATABLE_READ)
        return result

    def _write[T](self, unit: Unit[T]) -> T:
        for attempt in range(ATTEMPTS):
            try:
                result, rung = self._attempt(unit, IsolationLevel.READ_COMMITTED)
            except _COLLISIONS as error:
                if attempt + 1 == ATTEMPTS:
                    if isinstance(error, _BUSY):
                        problem = "Too much happens at once in the database. Try again in a moment."
                        raise NotReady(problem) from error
                    raise
                # Two that collided must not meet again in step.
                time.sleep(random.uniform(0.001, 0.01) * (attempt + 1))  # noqa: S311 - no secret
            else:
                self._bells.sound(rung)
                if rung and self._notifier is not None:
                    self._notifier.tell(rung)
                return result
        raise AssertionError  # the loop returns or raises

    def _attempt[T](
        self, unit: Unit[T], isolation: IsolationLevel
    ) -> tuple[T, set[tuple[str, str]]]:
        try:
            connection = self._connection()
            # Both go into the BEGIN that follows and cost no round trip.
            connection.isolation_level = isolation
            connection.read_only = isolation is IsolationLevel.REPEATABLE_READ
            with connection.transaction(), connection.cursor(binary=True) as cursor:
                tx = Tx(cast("Cursor", cursor), POSTGRESQL, self._clock(), _same)
                return unit(tx), tx.rung
        except errors.QueryCanceled as error:
            problem = "The request took too long. Ask for less data."
            raise TookTooLong(problem) from error
        except _COLLISIONS:
            raise
        except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
            reason = str(error).strip().splitlines()[0]
            problem = f"The database cannot be reached right now ({reason}). Try again in a moment."
            raise NotReady(problem) from error


def _same(params: dict[str, Any]) -> dict[str, Any]:
    return params
