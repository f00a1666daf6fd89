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
from roundsman.storage.cursor import Cursor
from roundsman.storage.dialects import Statement
from roundsman.storage.kept import Kept
from roundsman.storage.postponed import MOST, Postponed, as_json

if TYPE_CHECKING:
    from concurrent.futures import Future

type Unit[T] = Callable[[Tx], T]
type Bell = Callable[[str], None]

FACTS = "facts"
FIXES = "fixes"
LIVE = "live"
DELIVERIES = "deliveries"
PLANS = "plans"


class Tx:
    """An open transaction with its `now`. It cannot commit; who opened it does.

    Units that share a commit have a `Tx` each, over one cursor, `kept` and `postponed`.
    """

    __slots__ = (
        "_adapt",
        "_cursor",
        "_dialect",
        "_kept",
        "_postponed",
        "has_changed",
        "now",
        "rung",
    )

    def __init__(
        self,
        cursor: Cursor,
        dialect: str,
        now: datetime,
        adapt: Callable[[dict[str, Any]], dict[str, Any]],
        kept: Kept,
        postponed: Postponed | None = None,
    ) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._adapt = adapt
        self._kept = kept
        self._postponed = postponed
        self.now = now
        self.rung: set[tuple[str, str]] = set()
        # Whether the database was told of a change; inserts that wait are none yet.
        self.has_changed = False

    @property
    def dialect(self) -> str:
        """Return the database's name; only `storage` may care."""
        return self._dialect

    def rows(self, statement: Statement, /, **params: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        if statement.keep:
            return self._kept.ask(statement, params, lambda: self._look(statement, params))
        return self._look(statement, params)

    def row(self, statement: Statement, /, **params: Any) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None."""
        if statement.keep:
            found = self.rows(statement, **params)
            return found[0] if found else None
        self._execute(statement, params)
        return self._cursor.fetchone()

    def run(self, statement: Statement, /, **params: Any) -> None:
        """Run a change."""
        self._change(statement, [params])

    def count(self, statement: Statement, /, **params: Any) -> int:
        """Run a change and return how many rows it touched."""
        self._change_now(statement, params)
        return self._cursor.rowcount

    def run_many(self, statement: Statement, many: Sequence[Mapping[str, Any]], /) -> None:
        """Run a change once for each set of parameters."""
        if many:
            self._change(statement, many)

    def add_new(self, statement: Statement, many: Sequence[Mapping[str, Any]], /) -> list[bool]:
        """Insert the rows whose keys are free, and tell of each row whether it was inserted.

        The statement is an upsert that changes nothing; no two rows may have the same key.
        """
        text = statement.bulk(self._dialect, returning=True)
        if not text or len(many) <= 1:
            return [self.count(statement, **row) > 0 for row in many]
        self._before_change(statement)
        added: set[tuple[Any, ...]] = set()
        for first in range(0, len(many), MOST):
            params = {"rows": as_json(statement, many[first : first + MOST])}
            self._cursor.execute(text, params)
            added.update(self._cursor.fetchall())
        return [statement.key_of(row) in added for row in many]

    def ring(self, bell: str, company: str) -> None:
        """Wake those who wait for `bell` once this transaction is committed."""
        self.rung.add((bell, company))

    def _look(self, statement: Statement, params: dict[str, Any]) -> list[tuple[Any, ...]]:
        self._execute(statement, params)
        return self._cursor.fetchall()

    def _change(self, statement: Statement, many: Sequence[Mapping[str, Any]]) -> None:
        bulk = statement.bulk(self._dialect)
        if bulk and not statement.keys and self._postponed is not None:
            self._kept.forget(statement.tables)
            self._postponed.add(statement, many)
        elif len(many) == 1:
            self._change_now(statement, dict(many[0]))
        elif bulk and len({statement.key_of(row) for row in many}) == len(many):
            self._before_change(statement)
            for first in range(0, len(many), MOST):
                rows = as_json(statement, many[first : first + MOST])
                self._cursor.execute(bulk, {"rows": rows})
        else:
            sql, own = statement.compiled(self._dialect)
            self._before_change(statement)
            self._cursor.executemany(sql, [{**own, **params} for params in many] if own else many)

    def _change_now(self, statement: Statement, params: dict[str, Any]) -> None:
        statement.compiled(self._dialect)
        self._before_change(statement)
        self._execute(statement, params)

    def _before_change(self, statement: Statement) -> None:
        self.has_changed = True
        self._kept.forget(statement.tables)
        if self._postponed is not None:
            self._postponed.settle(statement.tables)

    def _execute(self, statement: Statement, params: dict[str, Any]) -> None:
        sql, own = statement.compiled(self._dialect)
        if self._postponed is not None:
            self._postponed.settle(statement.tables)
        self._cursor.execute(sql, self._adapt({**own, **params} if own else params))


class Engine(Protocol):
    """A database: SQLite or PostgreSQL."""

    dialect: str

    def submit[T](
        self,
        unit: Unit[T],
        *,
        writes: bool,
        loop: asyncio.AbstractEventLoop | None,
        lane: str = "",
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

    async def write[T](self, unit: Unit[T], *, lane: str = "") -> T:
        """Run a unit that may change; when this returns, the change is durable.

        Units that wait in one lane are run in their order and may share a commit. Give one to what
        comes often and is short; what is long goes without.
        """
        loop = asyncio.get_running_loop()
        result: T = await self.engine.submit(unit, writes=True, loop=loop, lane=lane)
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
