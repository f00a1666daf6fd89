"""Tables become files that other programs read as they were meant."""

from __future__ import annotations

import csv as csv_reader
import io
import re
import tempfile
import zipfile
from datetime import datetime
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.core.errors import BadValue
from roundsman.reports.table import CELL_LENGTH, Block, Cell, Column, Kind, Table, safe_text
from roundsman.reports.writers import csv, xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NOON = datetime(2026, 1, 5, 12, 30, 15)
MIDNIGHT = datetime(2026, 1, 5)
SHEET = "xl/worksheets/sheet1.xml"
FORMULA_STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


def table(
    rows: Iterable[Sequence[Cell]],
    *kinds: Kind,
    title: str = "Jobs",
    about: str = "Acme & Co, 2026-01-05 - 2026-01-05, Europe/Vienna",
    block: int = 2,
) -> Table:
    """Return a table of these rows, in blocks of two, whose headings are a, b, c ..."""
    all_rows = list(rows)
    parts = [all_rows[start : start + block] for start in range(0, len(all_rows), block)]
    blocks: list[Block] = [list(zip(*part, strict=True)) for part in parts]
    columns = [
        Column(key=letter.lower(), title=letter, kind=kind)
        for letter, kind in zip(ascii_uppercase, kinds, strict=False)
    ]
    return Table(title=title, about=about, columns=columns, blocks=iter(blocks))


def texts(*cells: str) -> Table:
    return table([[cell] for cell in cells], Kind.TEXT)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv_reader.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[list[Any]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def cells_of(content: bytes) -> list[Any]:
    """Return the cells of the first column below its heading."""
    return [row[0] for row in read_xlsx(content)[1:]]


KINDS = (Kind.TEXT, Kind.NUMBER, Kind.NUMBER, Kind.NUMBER, Kind.TEXT, Kind.DAY, Kind.MOMENT)
ROW = ("text", 5, 2.5, None, "", MIDNIGHT.date(), NOON)
EMPTY = ("", None, None, None, "", None, None)
ROWS = [ROW, EMPTY, ROW]


# --- csv ------------------------------------------------------------------------------------------


def test_csv_writes_each_kind_of_cell() -> None:
    line = b"text,5,2.5,,,2026-01-05,2026-01-05 12:30:15\r\n"
    content = csv.write(table(ROWS, *KINDS))
    assert content == b"\xef\xbb\xbfA,B,C,D,E,F,G\r\n" + line + b",,,,,,\r\n" + line


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("Größe 5 µm", "Größe 5 µm"),
        ("a,b", '"a,b"'),
        ("a;b", '"a;b"'),
        ("a\tb", '"a\tb"'),
        ("a\nb", '"a\nb"'),
        ("a\r\nb", '"a\r\nb"'),
        ('say "hi"', '"say ""hi"""'),
        ("=1;2", '"\'=1;2"'),
    ],
)
def test_csv_quotes_what_would_be_split(text: str, written: str) -> None:
    for row in (text, "x"), ("x", text):
        content = csv.write(table([row, ("y", "z")], Kind.TEXT, Kind.TEXT))
        first = ",".join(written if cell == text else cell for cell in row)
        assert content.decode("utf-8-sig") == f"A,B\r\n{first}\r\ny,z\r\n"


def test_csv_keeps_a_row_whose_only_cell_is_empty() -> None:
    content = csv.write(texts("", "a", ""))
    assert content == b'\xef\xbb\xbfA\r\n""\r\na\r\n""\r\n'
    assert read_csv(content) == [["A"], [""], ["a"], [""]]


@given(st.lists(st.tuples(TEXTS, TEXTS)), st.integers(1, 5))
def test_csv_gives_back_what_went_in(rows: list[tuple[str, str]], block: int) -> None:
    content = csv.write(table(rows, Kind.TEXT, Kind.TEXT, block=block))
    assert read_csv(content)[1:] == [[safe_text(cell) for cell in row] for row in rows]


@given(st.lists(TEXTS))
def test_csv_never_begins_a_cell_like_a_formula(cells: list[str]) -> None:
    read = [row[0] for row in read_csv(csv.write(texts(*cells)))[1:]]
    assert not [cell for cell in read if cell[:1] in FORMULA_STARTS]


# --- xlsx -----------------------------------------------------------------------------------------


def test_xlsx_writes_each_kind_of_cell() -> None:
    heading, *rows = read_xlsx(xlsx.write(table(ROWS, *KINDS)))
    assert heading == list("ABCDEFG")
    read = ["text", 5, 2.5, None, None, MIDNIGHT, NOON]
    assert rows == [read, [None] * 7, read]


def test_xlsx_takes_no_text_for_anything_else() -> None:
    hostile = ["=1+1", "https://example.org", "007", "1e5", "<b>&amp;", "{=SUM(A1)}", "'", "TRUE"]
    (sheet,) = openpyxl.load_workbook(io.BytesIO(xlsx.write(texts(*hostile)))).worksheets
    cells = [sheet.cell(row, 1) for row in range(2, len(hostile) + 2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.hyperlink for cell in cells] == [None] * len(hostile)
    assert [cell.value for cell in cells] == ["'=1+1", *hostile[1:]]


@pytest.mark.parametrize(
    "text",
    [
        "<r><t>rich</t></r>",
        "<r></t></is></c><c r='B9'><f>1+1</f></c><c><is><t></r>",
        "<r></r>",
        "<r>_</r>",
        "]]>&lt;![CDATA[",
        '"><x y="',
    ],
)
def test_xlsx_takes_no_text_for_mark_up(text: str) -> None:
    content = xlsx.write(texts(text, "after"))
    assert cells_of(content) == [text, "after"]
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    assert sheet.dimensions == "A1:A3"


def test_xlsx_takes_no_heading_for_mark_up() -> None:
    heading = "<r><t>rich</t></r>"
    columns = [Column(key="custom:a", title=heading)]
    content = xlsx.write(Table(title="Jobs", about="", columns=columns, blocks=iter([])))
    assert read_xlsx(content) == [[heading]]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<r>" + "x" * 40_000 + "</r>", "<r>" + "x" * (CELL_LENGTH - 3)),
        ("<r>" + "🚚" * 20_000 + "</r>", "<r>" + "🚚" * ((CELL_LENGTH - 3) // 2)),
        ("<r>" + "x" * (CELL_LENGTH - 7) + "</r>, cut", "<r>" + "x" * (CELL_LENGTH - 7) + "</r>"),
    ],
)
def test_xlsx_takes_no_long_text_for_mark_up(text: str, kept: str) -> None:
    assert cells_of(xlsx.write(texts(text))) == [kept]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\x01b\x1f", "a_x0001_b_x001F_"),
        ("a\uffffb", "a_xFFFF_b"),
        ("not _x0041_ but that", "not _x005F_x0041_ but that"),
        ("_x_", "_x_"),
        ("<r>_x0041_x0042_</r>", "<r>_x0041_x0042_</r>"),
        ("two\r\nlines", "two\nlines"),
        ("  kept \n ", "  kept \n "),
        ("🚚 Größe", "🚚 Größe"),
    ],
)
def test_xlsx_keeps_every_character(text: str, written: str) -> None:
    assert cells_of(xlsx.write(texts(text))) == [written]


@given(st.lists(TEXTS.filter(bool)))
def test_xlsx_is_well_formed_whatever_its_texts(cells: list[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx.write(texts(*cells)))) as file:
        assert file.testzip() is None
        sheet = ET.fromstring(file.read(SHEET))  # noqa: S314 - we wrote it
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    read = [cell.findtext(f"{main}is/{main}t") for cell in sheet.iter(f"{main}c")][1:]
    assert len(read) == len(cells)
    back = [
        re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), one or "") for one in read
    ]
    assert back == [safe_text(cell.replace("\r\n", "\n")) for cell in cells]


def test_xlsx_cuts_a_text_where_the_cell_ends() -> None:
    """A cell measures in UTF-16 units, of which a character outside the first plane takes two."""
    long = cells_of(xlsx.write(texts("x" * 40_000, "🚚" * 20_000, "&" * 40_000)))
    assert long == ["x" * CELL_LENGTH, "🚚" * (CELL_LENGTH // 2), "&" * CELL_LENGTH]


def test_xlsx_keeps_every_digit_of_a_long_number() -> None:
    """A sheet has doubles, which show 15 digits; order numbers have up to 19."""
    numbers = [10**15 - 1, 10**15, 2**63 - 1, -(10**15), 0, -2.5]
    content = xlsx.write(table([[number] for number in numbers], Kind.NUMBER))
    assert cells_of(content) == [
        999999999999999,
        "1000000000000000",
        "9223372036854775807",
        "-1000000000000000",
        0,
        -2.5,
    ]


@pytest.mark.parametrize("second", [0, 1, 59, 3599, 43_199, 86_399])
def test_xlsx_keeps_every_second(second: int) -> None:
    at = datetime(2026, 3, 29, second // 3600, second // 60 % 60, second % 60)
    assert cells_of(xlsx.write(table([[at]], Kind.MOMENT))) == [at]


def test_xlsx_says_what_it_is() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(xlsx.write(table(ROWS, *KINDS, title="Aufträge", about="Ä & B <C>, 2026")))
    )
    (sheet,) = book.worksheets
    assert sheet.title == "Aufträge"
    assert (book.properties.title, book.properties.description) == ("Aufträge", "Ä & B <C>, 2026")
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G4"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"
    assert "Ä && B <C>, 2026" in str(sheet.oddFooter)
    assert sheet["A1"].font.bold
    assert sheet["F2"].number_format == r"yyyy\-mm\-dd"
    assert sheet["G2"].number_format == r"yyyy\-mm\-dd\ hh:mm:ss"


def test_xlsx_keeps_its_footer_within_what_programs_read() -> None:
    about = "&" * 200 + ", 2026-01-05 - 2026-01-06, Europe/Vienna"
    content = xlsx.write(table([], Kind.TEXT, about=about))
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sheet = ET.fromstring(file.read(SHEET))  # noqa: S314 - we wrote it
    (footer,) = (one.text or "" for one in sheet.iter() if one.tag.endswith("oddFooter"))
    assert len(footer) <= 255
    assert "2026-01-05 - 2026-01-06, Europe/Vienna&R" in footer
    assert (len(footer) - len(footer.replace("&&", ""))) % 2 == 0


def test_a_sheet_has_an_end() -> None:
    full = Table(
        title="Jobs",
        about="",
        columns=[Column(key="a", title="a")],
        blocks=iter([[[""] * (xlsx.ROWS_MOST - 1)], [["y"]], [["z"]]]),
    )
    with pytest.raises(BadValue, match="csv"):
        xlsx.write(full)
    assert next(full.blocks, None) is None, "it stopped at the row that is one too many"


def test_a_sheet_ends_before_a_zip_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = [["x" * 10_000]] * 100
    assert len(cells_of(xlsx.write(table(rows, Kind.TEXT), bytes_most=1_010_000))) == 100
    with pytest.raises(BadValue, match="csv"):
        xlsx.write(table(rows, Kind.TEXT), bytes_most=900_000)
    assert not list(tmp_path.iterdir()), "nothing is left on the disk"


# --- both -----------------------------------------------------------------------------------------


def test_a_table_without_columns_is_a_file_all_the_same() -> None:
    assert read_csv(csv.write(table([]))) == [[]]
    assert read_xlsx(xlsx.write(table([]))) == [[None]] or read_xlsx(xlsx.write(table([]))) == []


def test_a_table_without_rows_is_its_heading() -> None:
    assert read_csv(csv.write(table([], Kind.TEXT, Kind.DAY))) == [["A", "B"]]
    assert read_xlsx(xlsx.write(table([], Kind.TEXT, Kind.DAY))) == [["A", "B"]]


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_text_that_looks_like_a_formula_is_made_harmless(start: str) -> None:
    hostile = start + "cmd|' /C calc'!A0"
    assert safe_text(hostile) == "'" + hostile
    assert [row[0] for row in read_csv(csv.write(texts(hostile)))[1:]] == ["'" + hostile]


@pytest.mark.parametrize("text", ["", "a=1", " =1", "5", "'=1", "ok"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_a_text_fits_a_cell() -> None:
    assert len(safe_text("x" * 40_000)) == CELL_LENGTH
    assert len(safe_text("=" + "x" * 40_000)) == CELL_LENGTH
    assert read_csv(csv.write(texts("x" * 40_000)))[1:] == [["x" * CELL_LENGTH]]
