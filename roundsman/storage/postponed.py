"""Inserts that wait until something looks at their table, and then go out together.

A round trip for each row is what a change costs on PostgreSQL. Rows of one statement are sent as
one JSON document that the database takes apart; who reads a table, or changes it in another way,
has its waiting rows sent first, so nobody can tell that they waited.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from roundsman.storage.cursor import Cursor
from roundsman.storage.dialects import ROWS, Statement

# So many rows make one document at most, and go out when they are together.
MOST = 1000

type Row = Mapping[str, Any]

_encode = msgspec.json.Encoder().encode


def as_json(statement: Statement, rows: Sequence[Row]) -> str:
    """Return rows as the JSON array of a statement's bulk form, bytes in PostgreSQL's hex."""
    with_bytes = statement.with_bytes
    if with_bytes:
        rows = [{**row, **{name: f"\\x{row[name].hex()}" for name in with_bytes}} for row in rows]
    return _encode(rows).decode()


class Postponed:
    """The waiting inserts of one transaction.

    Only plain inserts wait. An upsert takes the lock of an old row, and locks must be taken in the
    order in which the unit asks for them, or two transactions could wait for each other.
    """

    def __init__(self, dialect: str, cursor: Cursor) -> None:
        self._dialect = dialect
        self._cursor = cursor
        self._waiting: dict[Statement, list[Row]] = {}
        self._tables: frozenset[str] = frozenset()
        self._sent = 0

    def add(self, statement: Statement, rows: Iterable[Row]) -> None:
        """Let rows wait. They must hold every column, and nobody may change them any more."""
        waiting = self._waiting.get(statement)
        if waiting is None:
            # Two statements that write one table keep their order.
            self.settle(statement.tables)
            waiting = self._waiting[statement] = []
            self._tables |= statement.tables
        waiting.extend(rows)
        if len(waiting) >= MOST:
            self.settle(statement.tables)

    def settle(self, tables: frozenset[str]) -> None:
        """Send the rows that wait for any of these tables."""
        if self._tables.isdisjoint(tables):
            return
        wanted = [one for one in self._waiting if not one.tables.isdisjoint(tables)]
        waiting = [(one, rows) for one in wanted if (rows := self._waiting.pop(one))]
        if waiting:
            self._flush(waiting)
        self._tables = frozenset(name for one in self._waiting for name in one.tables)

    def settle_all(self) -> None:
        """Send everything that waits."""
        self.settle(self._tables)

    def mark(self) -> tuple[int, dict[Statement, int]]:
        """Return a place to which `undo` can go back."""
        return self._sent, {statement: len(rows) for statement, rows in self._waiting.items()}

    def undo(self, mark: tuple[int, dict[Statement, int]]) -> bool:
        """Forget the rows added since a mark; False when some rows were sent meanwhile."""
        sent, counts = mark
        if sent != self._sent:
            return False
        for statement, rows in self._waiting.items():
            del rows[counts.get(statement, 0) :]
        return True

    def _flush(self, waiting: list[tuple[Statement, list[Row]]]) -> None:
        self._sent += 1
        if len(waiting) == 1 and len(waiting[0][1]) == 1:
            statement, rows = waiting[0]
            self._cursor.execute(statement.compiled(self._dialect)[0], dict(rows[0]))
            return
        while waiting:
            # One round trip for all tables, in portions that are no burden to anybody.
            text = _together(self._dialect, tuple(statement for statement, _ in waiting))
            params = {
                f"rows{number}": as_json(statement, rows[:MOST])
                for number, (statement, rows) in enumerate(waiting)
            }
            self._cursor.execute(text, params)
            waiting = [(statement, rows[MOST:]) for statement, rows in waiting if rows[MOST:]]


@cache
def _together(dialect: str, statements: tuple[Statement, ...]) -> str:
    """Return one statement that runs the bulk forms of several, each with rows of its own."""
    texts = [
        statement.bulk(dialect).replace(ROWS, f"%(rows{number})s")
        for number, statement in enumerate(statements)
    ]
    if len(texts) == 1:
        return texts[0]
    parts = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(texts))
    return f"WITH {parts} SELECT"
