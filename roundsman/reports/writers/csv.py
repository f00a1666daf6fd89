"""Comma-separated values: UTF-8 with a byte order mark, lines end with CR LF."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from roundsman.reports.table import Table, safe_text

MEDIA_TYPE = "text/csv; charset=utf-8"


def write(table: Table) -> bytes:
    """Return the file: a row of headings, then the rows; moments as 2026-01-05 14:30:00."""
    content = io.BytesIO()
    text = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_text(column.title) for column in table.columns])
    as_text = _AS_TEXT
    writer.writerows(
        [as_text[type(cell)](cell) if type(cell) in as_text else cell for cell in row]
        for row in table.rows
    )
    text.flush()
    return content.getvalue()


def _moment(cell: datetime) -> str:
    return cell.isoformat(" ", "seconds")


# Numbers and nothing at all are left to the csv writer. Looked up by type, since millions of cells
# pass here.
_AS_TEXT: Mapping[type, Callable[[Any], str]] = {
    str: safe_text,
    datetime: _moment,
    date: date.isoformat,
}
