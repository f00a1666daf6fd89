"""Answers that hold for the rest of a transaction.

Many units of a group ask who holds the same key, and many facts of a batch whether anybody wants to
hear of them. A statement that says so (`Statement(..., keep=True)`) is asked once, and asked again
only after one of its tables was written in this transaction.
"""

from collections.abc import Callable
from typing import Any

from roundsman.storage.dialects import Statement

type Answer = list[tuple[Any, ...]]


class Kept:
    """The kept answers of one transaction."""

    def __init__(self) -> None:
        self._answers: dict[Statement, dict[tuple[Any, ...], Answer]] = {}
        self._tables: set[str] = set()

    def ask(
        self, statement: Statement, params: dict[str, Any], look: Callable[[], Answer]
    ) -> Answer:
        """Return the kept answer, or look and keep it. The parameters must be hashable."""
        key = tuple(params.values())
        found = self._answers.get(statement, {}).get(key)
        if found is None:
            found = look()
            self._answers.setdefault(statement, {})[key] = found
            self._tables |= statement.tables
        return found

    def forget(self, tables: frozenset[str]) -> None:
        """Drop the answers that a change of these tables may have made untrue."""
        if self._tables.isdisjoint(tables):
            return
        for statement in [one for one in self._answers if not one.tables.isdisjoint(tables)]:
            del self._answers[statement]
        self._tables = {name for one in self._answers for name in one.tables}

    def forget_all(self) -> None:
        """Drop every answer: something was undone."""
        self._answers.clear()
        self._tables.clear()
