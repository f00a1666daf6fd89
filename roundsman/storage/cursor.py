"""What both database drivers have in common."""

from typing import Any, Protocol


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
