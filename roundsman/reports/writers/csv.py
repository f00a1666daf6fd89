"""Comma-separated values: UTF-8 with a byte order mark, lines end with CR LF (RFC 4180)."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from roundsman.reports.table import CELL_LENGTH, RISKY, Kind, Table, safe_text
from roundsman.reports.wall import written

MEDIA_TYPE = "text/csv; charset=utf-8"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_END = "\r\n"
# With one of these a text is quoted: a semicolon or a tab too, since programs that are asked to
# separate by more than commas would split there.
_QUOTED = '",;\t\r\n'
_STARTS = frozenset(RISKY)
_HARD = ('"', "\t", "\r")
_LINE_STARTS = tuple(f"\n{mark}" for mark in RISKY)
_is_plain = re.compile(
    rf"(?:[^{re.escape(RISKY + _QUOTED)}][^{_QUOTED}]{{0,{CELL_LENGTH - 1}}})?"
).fullmatch


def write(table: Table) -> bytes:
    """Return the file: a row of headings, then the rows; moments as 2026-01-05 14:30:00."""
    content = io.BytesIO()
    content.write(BYTE_ORDER_MARK)
    content.write(_lines([[text] for text in _texts([column.title for column in table.columns])]))
    forms = [_FORMS[column.kind] for column in table.columns]
    for block in table.blocks:
        content.write(_lines([form(cells) for form, cells in zip(forms, block, strict=True)]))
    return content.getvalue()


def _lines(columns: Sequence[Sequence[str]]) -> bytes:
    """Return the rows of some columns; a line that would be empty holds an empty text."""
    if len(columns) == 1:
        columns = [[text or '""' for text in columns[0]]]
    rows = list(map(",".join, zip(*columns, strict=True))) if columns else [""]
    return (_LINE_END.join(rows) + _LINE_END).encode() if rows else b""


def _texts(cells: Sequence[Any]) -> Sequence[str]:
    # What is special is looked for in all cells of a column at once, which is ten times as fast;
    # nearly all columns hold nothing special, and addresses only commas.
    joined = "\n".join(cells)
    if _is_hard(joined, len(cells)) or max(map(len, cells)) > CELL_LENGTH:
        return [cell if _is_plain(cell) else _quoted(cell) for cell in cells]
    if "," in joined or ";" in joined:
        return [f'"{cell}"' if "," in cell or ";" in cell else cell for cell in cells]
    return cells


def _is_hard(joined: str, count: int) -> bool:
    """Tell whether one of some texts, joined by line feeds, needs more than quotes around it."""
    return (
        joined.count("\n") != count - 1
        or any(mark in joined for mark in _HARD)
        or joined[:1] in _STARTS
        or any(start in joined for start in _LINE_STARTS)
    )


def _quoted(text: str) -> str:
    doubled = safe_text(text).replace('"', '""')
    return f'"{doubled}"'


def _numbers(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]


def _days(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else cell.isoformat() for cell in cells]


_FORMS: Mapping[Kind, Callable[[Sequence[Any]], Sequence[str]]] = {
    Kind.TEXT: _texts,
    Kind.NUMBER: _numbers,
    Kind.DAY: _days,
    Kind.MOMENT: written,
}
