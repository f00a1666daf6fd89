"""What a report is before it becomes a file: columns, and blocks of rows as they are read. Pure.

A block holds its rows column by column. A report has millions of cells; a column whose cells are
all of one kind is worked out, and in csv written, in one go: in less than half the time that one
cell after the other takes (`benchmarks/reports.py`).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

# Of a moment only its date and time of day count, which are those on the company's wall.
type Cell = str | int | float | date | datetime | None
type Block = Sequence[Sequence[Cell]]

CELL_LENGTH = 32_767
# With these a spreadsheet takes a text for a formula, some of them in single languages only (OWASP,
# CSV injection).
RISKY = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


class Kind(StrEnum):
    """What stands in the cells of a column; all but texts may be None for nothing."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"


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
    kind: Kind = Kind.TEXT


class Table(Struct, frozen=True, kw_only=True):
    """A report: a title, a line about its period and zone, columns, and blocks read once.

    Each block has as many columns as the table, of its kinds and of one length.
    """

    title: str
    about: str
    columns: Sequence[Column]
    blocks: Iterator[Block]


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, and that fits a cell."""
    if text[:1] and text[0] in RISKY:
        text = "'" + text
    return text if len(text) <= CELL_LENGTH else text[:CELL_LENGTH]
