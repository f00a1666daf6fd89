"""One function, one transaction: `Db.read` and `Db.write`.

A unit of work is a plain function over a `Tx`. It runs whole in a database thread: on SQLite all
writes go through one thread that commits them in groups, on PostgreSQL through a pool of
connections. A unit may be run again after a collision, so it has no side effects outside the
transaction; what must happen after the commit is announced with `Tx.ring`.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from roundsman.core.clock import utc_now
from roundsman.storage.dialects import Statement

if TYPE_CHECKING:
    from concurrent.futures import Future

type Unit[T] = Callable[[Tx], T]
type Bell = Callable[[str], None]

FACTS = "facts"
FIXES = "fixes"
LIVE = "live"
DELIVERIES = "deliveries"


class Cursor(Protocol):
    """What a `Tx` needs of a database driver's cursor."""

    @property
    def rowcount(self) -> int:
        """Return how many rows the last statement touched."""
        ...

    def execute(self, sql: str, params: Any, /) -> Any:
        """Run a statement."""
        ...

    def executemany(self, sql: str, params: Any, /) -> Any:
        """Run a statement for each set of parameters."""
        ...

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        ...

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row."""
        ...


class Tx:
    """An open transaction with its `now`. It cannot commit; who opened it does."""

    __slots__ = ("_adapt", "_cursor", "_dialect", "now", "rung")

    def __init__(
        self,
        cursor: Cursor,
        dialect: str,
        now: datetime,
        adapt: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._adapt = adapt
        self.now = now
        self.rung: set[tuple[str, str]] = set()

    @property
    def dialect(self) -> str:
        """Return the database's name; only `storage` may care."""
        return self._dialect

    def rows(self, statement: Statement, /, **params: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        self._execute(statement, params)
        return self._cursor.fetchall()

    def row(self, statement: Statement, /, **params: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""
        self._execute(statement, params)
        return self._cursor.fetchone()

    def run(self, statement: Statement, /, **params: Any) -> None:
        """Run a change."""
        self._execute(statement, params)

    def count(self, statement: Statement, /, **params: Any) -> int:
        """Run a change and return how many rows it touched."""
        self._execute(statement, params)
        return self._cursor.rowcount

    def run_many(self, statement: Statement, many: Sequence[Mapping[str, Any]], /) -> None:
        """Run a change once for each set of parameters."""
        if len(many) == 1:
            self._execute(statement, dict(many[0]))
        if len(many) <= 1:
            return
        sql, own = statement.compiled(self._dialect)
        self._cursor.executemany(sql, [{**own, **params} for params in many] if own else many)

    def ring(self, bell: str, company: str) -> None:
        """Wake those who wait for `bell` once this transaction is committed."""
        self.rung.add((bell, company))

    def _execute(self, statement: Statement, params: dict[str, Any]) -> None:
        sql, own = statement.compiled(self._dialect)
        self._cursor.execute(sql, self._adapt({**own, **params} if own else params))


class Engine(Protocol):
    """A database: SQLite or PostgreSQL."""

    dialect: str

    def submit[T](
        self, unit: Unit[T], *, writes: bool, loop: asyncio.AbstractEventLoop | None
    ) -> Any:
        """Run a unit in a database thread; return a future of the loop, or of a thread."""

    def share_bells(self) -> None:
        """Let bells that ring in other processes sound here, and ours there."""

    def close(self) -> None:
        """Finish what runs and close every connection."""


class Bells:
    """Who is to be woken after a commit. Listeners are called in a database thread: be quick."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Bell]] = {}

    def listen(self, bell: str, listener: Bell) -> None:
        """Call `listener(company_id)` after each commit that rang `bell`."""
        self._listeners.setdefault(bell, []).append(listener)

    def sound(self, rung: Iterable[tuple[str, str]]) -> None:
        """Call the listeners of what was rung."""
        for bell, company in rung:
            for listener in self._listeners.get(bell, ()):
                listener(company)


class Db:
    """The database of this process."""

    def __init__(self, engine: Engine, bells: Bells) -> None:
        self.engine = engine
        self.bells = bells

    async def read[T](self, unit: Unit[T]) -> T:
        """Run a unit that only reads, on one snapshot."""
        result: T = await self.engine.submit(unit, writes=False, loop=asyncio.get_running_loop())
        return result

    async def write[T](self, unit: Unit[T]) -> T:
        """Run a unit that may change; when this returns, the change is durable."""
        result: T = await self.engine.submit(unit, writes=True, loop=asyncio.get_running_loop())
        return result

    def read_now[T](self, unit: Unit[T]) -> T:
        """Run a reading unit and wait for it in this thread."""
        future: Future[T] = self.engine.submit(unit, writes=False, loop=None)
        return future.result()

    def write_now[T](self, unit: Unit[T]) -> T:
        """Run a changing unit and wait for it in this thread."""
        future: Future[T] = self.engine.submit(unit, writes=True, loop=None)
        return future.result()

    def share_bells(self) -> None:
        """Let bells that ring in other processes sound here, and ours there, where that is known.

        Without it, and always on SQLite, only the commits of this process ring.
        """
        self.engine.share_bells()

    def close(self) -> None:
        """Finish what runs and close every connection."""
        self.engine.close()


def open_database(
    url: str, *, clock: Callable[[], datetime] = utc_now, unit_timeout_s: float = 30.0
) -> Db:
    """Open the database of a URL: `sqlite:///path/to/file` or `postgresql://...`.

    The schema must be there (see `storage.migrate`). ValueError for any other URL.
    """
    bells = Bells()
    if url.startswith("sqlite:///"):
        from roundsman.storage.sqlite import SqliteEngine  # noqa: PLC0415 - only what is used is loaded

        return Db(SqliteEngine(url.removeprefix("sqlite:///"), clock, bells, unit_timeout_s), bells)
    if url.startswith(("postgresql://", "postgres://")):
        from roundsman.storage.postgresql import PostgresEngine  # noqa: PLC0415 - likewise

        return Db(PostgresEngine(url, clock, bells, unit_timeout_s), bells)
    problem = "The database URL must start with sqlite:/// or postgresql://."
    raise ValueError(problem)
