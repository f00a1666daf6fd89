"""Office Open XML workbooks: one sheet, written row by row, so that memory does not grow."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from roundsman.core.errors import BadValue
from roundsman.reports.table import CELL_LENGTH, RISKY, Kind, Table, safe_text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet holds 2^20 rows, one of them the headings.
ROWS_MOST = 1_048_575
# Beyond it the sizes in a zip file need an extension that not every program reads.
SHEET_BYTES_MOST = 2**31 - 2**27
# Numbers are doubles and shown with 15 digits; longer ones are identifiers, so they are texts.
NUMBER_MOST = 10**15 - 1
_DAY_ZERO = date(1899, 12, 30).toordinal()
_DAY_S = 86_400
_SHEET_NAME_LENGTH = 31
_FOOTER_LENGTH = 115
_UTF16 = "utf-16-le"
_FORMATS = {Kind.DAY: r"yyyy\-mm\-dd", Kind.MOMENT: r"yyyy\-mm\-dd\ hh:mm:ss"}
_LINE_STARTS = tuple(f"\n{mark}" for mark in RISKY)
_RICH_START, _RICH_END = "<r>", "</r>"
_inside_escapes = re.compile("(?<=_)(?=x[0-9a-fA-F]{4}_)")

# The library ships no types: its workbooks, sheets and formats are Any. A function that writes
# takes row and place, counted from 0, the cell and its format.
type _Write = Callable[[int, int, Any, Any], object]
type _Cells = Sequence[Any]
type _Way = tuple[_Write, _Cells]


def write(table: Table, *, bytes_most: int = SHEET_BYTES_MOST) -> bytes:
    """Return the file. Days and moments are dates of the sheet, numbers are numbers.

    BadValue for more than a sheet holds, or more than `bytes_most` of it.
    """
    import xlsxwriter  # noqa: PLC0415 - a server starts without it, the first report loads it
    from xlsxwriter.exceptions import FileSizeError  # noqa: PLC0415 - likewise

    content = io.BytesIO()
    with TemporaryDirectory(prefix="roundsman-report-") as folder:
        # Without columns there is nothing to keep on disk, and the library would not close it.
        options = {"constant_memory": bool(table.columns), "tmpdir": folder}
        made: Any = xlsxwriter.Workbook(content, options)
        try:
            with made as book:
                _write_sheet(book, table, Path(folder), bytes_most)
        except FileSizeError as problem:
            raise _too_much() from problem
    return content.getvalue()


def _too_much() -> BadValue:
    problem = (
        f"The report has more than a sheet holds ({ROWS_MOST} rows, 2 GB). "
        "Ask for csv or fewer days."
    )
    return BadValue(problem, field="format")


def _write_sheet(book: Any, table: Table, folder: Path, bytes_most: int) -> None:
    book.set_properties({"title": table.title, "comments": table.about})
    sheet = book.add_worksheet(table.title[:_SHEET_NAME_LENGTH])
    _write_heading(book, sheet, table)
    formats = {
        kind: book.add_format({"num_format": form, "align": "left"})
        for kind, form in _FORMATS.items()
    }
    styles = [formats.get(column.kind) for column in table.columns]
    last = 0
    for block in table.blocks:
        first, last = last + 1, last + (len(block[0]) if block else 0)
        # What is written so far stands in the folder.
        size = sum(file.stat().st_size for file in folder.iterdir())
        if last > ROWS_MOST or size > bytes_most:
            raise _too_much()
        ways = [
            _way(sheet, column.kind, cells)
            for column, cells in zip(table.columns, block, strict=True)
        ]
        _write_block(first, ways, styles)
    if table.columns:
        sheet.autofilter(0, 0, last, len(table.columns) - 1)


def _write_block(first: int, ways: Sequence[_Way], styles: Sequence[Any]) -> None:
    writes, columns = [write for write, _ in ways], [cells for _, cells in ways]
    places = range(len(ways))
    for row, cells in enumerate(zip(*columns, strict=True), first):
        for place, write_cell, cell, style in zip(places, writes, cells, styles, strict=True):
            if cell or cell == 0:
                write_cell(row, place, cell, style)


def _write_heading(book: Any, sheet: Any, table: Table) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    # A footer takes 255 characters at most, and & begins a code in it; the end names days and zone.
    footer = table.about[-_FOOTER_LENGTH:].replace("&", "&&")
    sheet.set_footer(f"&L{footer}&R&P / &N")
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)
        _text_writer(sheet)(0, place, _fitting(column.title), bold)


def _way(sheet: Any, kind: Kind, cells: _Cells) -> _Way:
    """Return what writes the cells of a column, and these as it takes them.

    The library's own functions where all cells of a block allow it, since one around them would be
    called millions of times. Dates are numbers to a sheet and worked out here, in a tenth of the
    time.
    """
    if kind is Kind.TEXT:
        if _has_special(cells):
            return _text_writer(sheet), [_fitting(cell) for cell in cells]
        return sheet.write_string, cells
    if kind is Kind.NUMBER:
        short = all(cell is None or -NUMBER_MOST <= cell <= NUMBER_MOST for cell in cells)
        return sheet.write_number if short else _number_writer(sheet), cells
    serial = _day_serial if kind is Kind.DAY else _moment_serial
    return sheet.write_number, [None if cell is None else serial(cell) for cell in cells]


def _day_serial(day: date) -> int:
    """Return a day as sheets count them."""
    return day.toordinal() - _DAY_ZERO


def _moment_serial(at: datetime) -> float:
    """Return a moment as sheets count them; the time of day is a fraction."""
    second = at.hour * 3600 + at.minute * 60 + at.second
    return at.toordinal() - _DAY_ZERO + second / _DAY_S


def _has_special(cells: _Cells) -> bool:
    """Tell whether a text among these may not be written just as it is."""
    joined = "\n".join(filter(None, cells))
    return (
        joined.startswith(tuple(RISKY))
        or any(start in joined for start in _LINE_STARTS)
        or "\r" in joined
        or _RICH_START in joined
        or max(map(len, cells), default=0) > CELL_LENGTH // 2
    )


def _fitting(text: str) -> str:
    """Return a text that is no formula and fits a cell, which measures in units of UTF-16."""
    text = safe_text(text.replace("\r\n", "\n"))
    if len(text) <= CELL_LENGTH // 2:
        return text
    return text.encode(_UTF16)[: CELL_LENGTH * 2].decode(_UTF16, "ignore")


def _text_writer(sheet: Any) -> _Write:
    def write_text(row: int, place: int, text: str, style: Any) -> None:
        # The library takes such a text for mark-up and writes it as it stands; the parts of a text
        # with several formats it escapes. It escapes the escapes in them twice: none may be whole.
        if text.startswith(_RICH_START) and text.endswith(_RICH_END):
            parts = [text[:1], text[1:3], *_inside_escapes.split(text[3:])]
            sheet.write_rich_string(row, place, *parts, *([style] if style else []))
        else:
            sheet.write_string(row, place, text, style)

    return write_text


def _number_writer(sheet: Any) -> _Write:
    def write_number(row: int, place: int, number: float, style: Any) -> None:
        if -NUMBER_MOST <= number <= NUMBER_MOST:
            sheet.write_number(row, place, number, style)
        else:
            sheet.write_string(row, place, str(number), style)

    return write_number
