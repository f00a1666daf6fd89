"""Tables become files that other programs read as they were meant."""

from __future__ import annotations

import csv as csv_reader
import io
from datetime import date, datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.core.errors import BadValue
from roundsman.reports.table import CELL_LENGTH, Column, Row, Table, safe_text
from roundsman.reports.writers import csv, xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = datetime(2026, 1, 5, 12, 30, 15)


def table(rows: Iterable[Row], *titles: str) -> Table:
    return Table(
        title="Jobs",
        about="Acme & Co, 2026-01-05 - 2026-01-05, Europe/Vienna",
        columns=[Column(key=title, title=title) for title in titles],
        rows=iter(rows),
    )


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv_reader.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[list[object]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


ROW: Row = ("text", 5, 2.5, None, "", date(2026, 1, 5), NOON, -3)


def test_csv_writes_each_kind_of_cell() -> None:
    content = csv.write(table([ROW], *"abcdefgh"))
    assert content == (
        b"\xef\xbb\xbfa,b,c,d,e,f,g,h\r\ntext,5,2.5,,,2026-01-05,2026-01-05 12:30:15,-3\r\n"
    )


def test_xlsx_writes_each_kind_of_cell() -> None:
    heading, row = read_xlsx(xlsx.write(table([ROW], *"abcdefgh")))
    assert heading == list("abcdefgh")
    midnight = datetime(2026, 1, 5)
    assert row == ["text", 5, 2.5, None, None, midnight, NOON, -3]


def test_xlsx_takes_no_text_for_anything_else() -> None:
    texts = ["=1+1", "https://example.org", "007", "1e5", "<b>&amp;", "a\x01b", "{=SUM(A1)}"]
    content = xlsx.write(table([[text] for text in texts], "a"))
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    cells = [sheet.cell(row, 1) for row in range(2, len(texts) + 2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.hyperlink for cell in cells] == [None] * len(texts)
    assert [cell.value for cell in cells][:5] == ["'=1+1", *texts[1:5]]


def test_a_sheet_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS_MOST", 3)
    assert len(read_xlsx(xlsx.write(table([["a"]] * 3, "a")))) == 4
    with pytest.raises(BadValue, match="csv"):
        xlsx.write(table([["a"]] * 4, "a"))


def test_a_table_without_columns_is_a_file_all_the_same() -> None:
    assert read_csv(csv.write(table([]))) == [[]]
    assert xlsx.write(table([])).startswith(b"PK")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_looks_like_a_formula_is_made_harmless(start: str) -> None:
    assert safe_text(start + "cmd|' /C calc'!A0") == "'" + start + "cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["", "a=1", " =1", "5", "'=1", "ok"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_a_text_fits_a_cell() -> None:
    assert len(safe_text("x" * 40_000)) == CELL_LENGTH
    assert len(safe_text("=" + "x" * 40_000)) == CELL_LENGTH


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))))
def test_csv_gives_back_what_went_in(texts: list[str]) -> None:
    rows = [[text, "end"] for text in texts]
    content = csv.write(table(rows, "a", "b"))
    assert read_csv(content)[1:] == [[safe_text(text), "end"] for text in texts]
