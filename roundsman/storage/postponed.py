"""Inserts that wait until something looks at their table, and then go out together.

A round trip for each row is what a change costs on PostgreSQL. Rows of one statement are sent as
one JSON document that the database takes apart; who reads a table, or changes it in another way,
has its waiting rows sent first, so nobody can tell that they waited.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from roundsman.storage.cursor import Cursor
from roundsman.storage.dialects import Statement

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
        for statement in [one for one in self._waiting if not one.tables.isdisjoint(tables)]:
            self._flush(statement, self._waiting.pop(statement))
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

    def _flush(self, statement: Statement, rows: list[Row]) -> None:
        if not rows:
            return
        self._sent += 1
        if len(rows) == 1:
            self._cursor.execute(statement.compiled(self._dialect)[0], dict(rows[0]))
            return
        for first in range(0, len(rows), MOST):
            part = rows[first : first + MOST]
            self._cursor.execute(statement.bulk(self._dialect), {"rows": as_json(statement, part)})
