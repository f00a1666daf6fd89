"""SQLite: one writer thread that commits in groups, and a few reader threads.

Group commit: all writes that wait are run in one transaction, each inside a savepoint, and
answered after the one fsync. Durability is `synchronous=FULL` in WAL mode.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from queue import SimpleQueue
from time import monotonic
from typing import Any

import msgspec

from roundsman.core.errors import NotReady, Refusal, TookTooLong
from roundsman.storage.database import Bells, Tx, Unit
from roundsman.storage.dialects import SQLITE
from roundsman.storage.group import GROUP_LIMIT, Work, answer, bells_of
from roundsman.storage.kept import Kept

READERS = 3
BUSY_TIMEOUT_MS = 10_000
# Instructions of SQLite's virtual machine between two looks at the clock.
PROGRESS_STEPS = 200_000


class SqliteEngine:
    """A database in one file."""

    dialect = SQLITE

    def __init__(
        self, path: str, clock: Callable[[], datetime], bells: Bells, unit_timeout_s: float
    ) -> None:
        self._path = path
        self._clock = clock
        self._bells = bells
        self._timeout_s = unit_timeout_s
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._closed = False
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        try:
            self._writer_connection = self._connect()
        except sqlite3.Error as error:
            raise _refusal(error) from error
        self._writer = threading.Thread(target=self._write_loop, name="sqlite-writer", daemon=True)
        self._writer.start()

    def submit[T](
        self,
        unit: Unit[T],
        *,
        writes: bool,
        loop: asyncio.AbstractEventLoop | None,
        lane: str = "",  # noqa: ARG002 - one writer is one lane
    ) -> Any:
        """Run a unit in a database thread; return a future of the loop, or of a thread."""
        if self._closed:
            problem = "The server is shutting down. Try again in a moment."
            raise NotReady(problem)
        if not writes:
            future = self._readers.submit(self._read, unit)
            return asyncio.wrap_future(future, loop=loop) if loop else future
        waiting: asyncio.Future[T] | Future[T] = loop.create_future() if loop else Future()
        self._queue.put(Work(unit, waiting, loop, self._timeout_s))
        return waiting

    def share_bells(self) -> None:
        """Do nothing: other processes see what changed in the file when they look by the clock."""

    def close(self) -> None:
        """Finish what runs and close every connection."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown(wait=True)
        for connection in self._connections:
            connection.close()

    def limit_pages(self, more: int) -> None:
        """Let the file grow by at most `more` pages from now on; 0 takes the limit away."""
        have = int(self._writer_connection.execute("PRAGMA page_count").fetchone()[0])
        most = have + more if more else 2**31 - 2
        self._writer_connection.execute(f"PRAGMA max_page_count={most}")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
            timeout=BUSY_TIMEOUT_MS / 1000,
        )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "mmap_size=268435456",
            "cache_size=-32768",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
        self._connections.append(connection)
        return connection

    def _read[T](self, unit: Unit[T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            connection.execute("PRAGMA query_only=ON")
        deadline = monotonic() + self._timeout_s
        connection.set_progress_handler(lambda: monotonic() > deadline, PROGRESS_STEPS)
        try:
            connection.execute("BEGIN")
            return unit(Tx(connection.cursor(), SQLITE, self._clock(), _adapt, Kept()))
        except sqlite3.OperationalError as error:
            raise _refusal(error) from error
        finally:
            connection.set_progress_handler(None, 0)
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _write_loop(self) -> None:
        running = True
        while running:
            work = self._queue.get()
            group: list[Work] = []
            while work is not None:
                group.append(work)
                if len(group) == GROUP_LIMIT or self._queue.empty():
                    break
                work = self._queue.get()
            running = work is not None
            if group:
                self._commit_group(group)

    def _commit_group(self, group: list[Work]) -> None:
        connection = self._writer_connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            alone = len(group) == 1
            kept = Kept()
            for work in group:
                self._run(connection, work, kept, alone=alone)
            if connection.in_transaction:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            failure = _refusal(error)
            for work in group:
                work.error = work.error or failure
        finally:
            connection.set_progress_handler(None, 0)
        answer(group)
        self._bells.sound(bells_of(group))

    def _run(self, connection: sqlite3.Connection, work: Work, kept: Kept, *, alone: bool) -> None:
        """Run one unit of the group; its refusal undoes only itself.

        sqlite3.Error leaves here only when SQLite gave up the whole transaction (disk full).
        """
        if work.is_too_late():
            return
        deadline = work.deadline
        connection.set_progress_handler(lambda: monotonic() > deadline, PROGRESS_STEPS)
        cursor = connection.cursor()
        if not alone:
            cursor.execute("SAVEPOINT unit")
        tx = Tx(cursor, SQLITE, self._clock(), _adapt, kept)
        try:
            work.result = work.unit(tx)
            work.rung = tx.rung
        except sqlite3.OperationalError as error:
            if not connection.in_transaction:
                raise
            work.error = _refusal(error)
        except Exception as error:  # noqa: BLE001 - it is handed to who asked
            work.error = error
        if alone:
            if work.error is not None:
                cursor.execute("ROLLBACK")
        else:
            if work.error is not None:
                cursor.execute("ROLLBACK TO unit")
                kept.forget_all()
            cursor.execute("RELEASE unit")


def _adapt(params: dict[str, Any]) -> dict[str, Any]:
    """Turn list parameters into the JSON that `is_in` reads."""
    for value in params.values():
        if isinstance(value, list):
            break
    else:
        return params
    return {
        name: msgspec.json.encode(value).decode() if isinstance(value, list) else value
        for name, value in params.items()
    }


def _refusal(error: sqlite3.Error) -> Refusal:
    """Say for people what went wrong with the file."""
    if "interrupted" in str(error):
        return TookTooLong("The request took too long. Ask for less data.")
    return NotReady(f"The database cannot be used right now ({error}). Try again in a moment.")
