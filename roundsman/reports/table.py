"""What a report is before it becomes a file: columns, and rows that come as they are read. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct

# A time is naive: it is wall-clock time in the company's zone, as it is printed.
type Cell = str | int | float | date | datetime | None
type Row = Sequence[Cell]

CELL_LENGTH = 32_767
# With these a spreadsheet takes a text for a formula (OWASP, CSV injection).
_RISKY = frozenset({"=", "+", "-", "@", "\t", "\r"})


class Wish(Struct, frozen=True, kw_only=True):
    """A column a caller asks for: its key and, if given, the heading to use."""

    key: str
    title: str = ""


class Wanted(Struct, frozen=True, kw_only=True):
    """What a report is to cover: days from `first` to `last`, members or places, columns.

    `accounts` are user names or ids, empty for all; `columns` empty are the report's own.
    """

    first: date
    last: date
    accounts: Sequence[str] = ()
    columns: Sequence[Wish] = ()


class Column(Struct, frozen=True, kw_only=True):
    """A column of a table. `width` is in characters, for formats that have one."""

    key: str
    title: str
    width: int = 16


class Table(Struct, frozen=True, kw_only=True):
    """A report: a title, a line about its period and zone, columns, and rows read once."""

    title: str
    about: str
    columns: Sequence[Column]
    rows: Iterator[Row]


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, and that fits a cell."""
    if text[:1] in _RISKY:
        text = "'" + text
    return text if len(text) <= CELL_LENGTH else text[:CELL_LENGTH]
