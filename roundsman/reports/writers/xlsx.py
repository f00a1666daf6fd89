"""Office Open XML workbooks: one sheet, written row by row, so that memory does not grow."""

import io
from datetime import date, datetime
from typing import Any

from roundsman.core.errors import BadValue
from roundsman.reports.table import Cell, Table, safe_text

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet holds 2^20 rows, one of them the headings.
ROWS_MOST = 1_048_575
# Texts are written as texts: nothing is guessed to be a formula, a link or a number.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_SHEET_NAME_LENGTH = 31


def write(table: Table) -> bytes:
    """Return the file. Days and moments are dates of the sheet, numbers are numbers."""
    import xlsxwriter  # noqa: PLC0415 - a server starts without it, the first report loads it

    content = io.BytesIO()
    made: Any = xlsxwriter.Workbook(content, _OPTIONS)  # the library ships no types
    with made as book:
        book.set_properties({"title": table.title, "comments": table.about})
        sheet = book.add_worksheet(table.title[:_SHEET_NAME_LENGTH])
        formats: dict[type, Any] = {
            date: book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
        }
        _write_heading(book, sheet, table)
        number = 0
        for number, row in enumerate(table.rows, start=1):
            if number > ROWS_MOST:
                problem = f"The report has more than {ROWS_MOST} rows. Ask for csv or fewer days."
                raise BadValue(problem, field="format")
            for place, cell in enumerate(row):
                _write_cell(sheet, number, place, cell, formats)
        if table.columns:
            sheet.autofilter(0, 0, number, len(table.columns) - 1)
    return content.getvalue()


def _write_heading(book: Any, sheet: Any, table: Table) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{table.about.replace('&', '&&')}&R&P / &N")
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, safe_text(column.title), bold)


def _write_cell(sheet: Any, row: int, place: int, cell: Cell, formats: dict[type, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, safe_text(cell))
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, cell, formats[type(cell)])
    else:
        sheet.write_number(row, place, cell)
