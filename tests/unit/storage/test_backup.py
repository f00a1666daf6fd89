"""Backups: one file that holds everything, fits both databases, and is believed only when whole."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import itertools
import re
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import BigInteger, Float, Integer, LargeBinary, Table, insert, select

from roundsman.core.errors import BadBackup, NotEmpty, OldSchema, UnknownThing
from roundsman.storage import migrate
from roundsman.storage.backup import back_up
from roundsman.storage.database import Db, Tx, open_database
from roundsman.storage.dialects import Statement
from roundsman.storage.restore import check, restore
from roundsman.storage.schema import metadata
from tests.conftest import DATABASES, database_of
from tests.later import LATER, Later
from tests.project import ROOT
from tests.servers import fresh_database

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

ROWS = 3
TEXTS = ('Ærø "quoted", línea', "日本語 \\ back\\slash\ttab\nline", "")
NUMBERS = (0, -1, 2**53)
FLOATS = (0.1 + 0.2, -1.5e-300, 1e15)
BLOBS = (b"", b"\x00\xff\n[", bytes(range(256)))


@contextlib.contextmanager
def opened(url: str) -> Generator[Db]:
    db = open_database(url)
    yield db
    db.close()


def row_of(table: Table, number: int) -> dict[str, Any]:
    """Return a row that differs in every key column from those of other numbers."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if column.nullable and number == ROWS - 1:
            row[column.name] = None
        elif isinstance(column.type, Float):
            row[column.name] = FLOATS[number]
        elif isinstance(column.type, LargeBinary):
            row[column.name] = BLOBS[number]
        elif isinstance(column.type, BigInteger):
            row[column.name] = NUMBERS[number]
        elif isinstance(column.type, Integer):
            row[column.name] = number
        elif column.primary_key or column.name.endswith("_id"):
            row[column.name] = f"{column.name}-{number}"
        else:
            row[column.name] = TEXTS[number]
    return row


def fill(tx: Tx) -> None:
    for table in metadata.sorted_tables:
        tx.run_many(Statement(insert(table)), [row_of(table, number) for number in range(ROWS)])


def content(db: Db) -> dict[str, list[tuple[Any, ...]]]:
    def read(tx: Tx) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table.name: sorted(tx.rows(Statement(select(table))), key=str)
            for table in metadata.sorted_tables
        }

    return db.read_now(read)


@pytest.fixture
def saved(tmp_path: Path, empty_sqlite: Path) -> Path:
    """Return a backup file of a filled SQLite database."""
    folder = tmp_path / "source"
    folder.mkdir()
    path = tmp_path / "saved.backup"
    with database_of("sqlite", folder, empty_sqlite) as url, opened(url) as db:
        db.write_now(fill)
        back_up(url, path)
    return path


@pytest.mark.parametrize(("source", "target"), list(itertools.product(DATABASES, DATABASES)))
def test_it_carries_every_row_of_every_table_from_one_database_to_another(
    source: str, target: str, tmp_path: Path, empty_sqlite: Path
) -> None:
    folders = [tmp_path / "source", tmp_path / "target"]
    for folder in folders:
        folder.mkdir()
    path = tmp_path / "saved.backup"
    with (
        database_of(source, folders[0], empty_sqlite) as from_url,
        database_of(target, folders[1], empty_sqlite) as to_url,
        opened(from_url) as before,
        opened(to_url) as after,
    ):
        before.write_now(fill)
        written = back_up(from_url, path)
        read = restore(to_url, path)
        assert content(after) == content(before)
    assert written == read
    assert written.rows == dict.fromkeys((table.name for table in metadata.sorted_tables), ROWS)
    assert written.size == path.stat().st_size


def test_it_makes_the_database_it_restores_into(saved: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'roundsman.db'}"
    restore(url, saved)
    assert migrate.found(url) == migrate.newest()
    with opened(url) as db:
        assert all(len(rows) == ROWS for rows in content(db).values())


def test_it_makes_the_tables_in_an_empty_postgresql(saved: Path) -> None:
    with fresh_database() as url:
        restore(url, saved)
        with opened(url) as db:
            assert all(len(rows) == ROWS for rows in content(db).values())


def test_it_sees_one_moment_while_others_write(database: str, tmp_path: Path) -> None:
    with opened(database) as db:
        db.write_now(fill)
        summary = back_up(database, tmp_path / "first.backup")
        assert set(summary.rows.values()) == {ROWS}


def test_the_file_is_for_its_owner_only_and_never_half_there(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert not list(saved.parent.glob("*.part"))


def test_it_refuses_to_overwrite_a_file(saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(BadBackup, match="exists already"):
        back_up(f"sqlite:///{tmp_path / 'source' / 'roundsman.db'}", saved)
    assert saved.read_bytes() == before


def test_it_refuses_to_back_up_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnknownThing, match="no database here yet"):
        back_up(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_it_refuses_to_back_up_an_older_schema(database: str, tmp_path: Path) -> None:
    code, said = Later(tmp_path / "later").run(database, "backup", str(tmp_path / "file"))
    assert code == 1
    assert "Run: roundsman migrate" in said
    assert not (tmp_path / "file").exists()


def test_it_refuses_to_back_up_a_newer_schema(database: str, tmp_path: Path) -> None:
    Later(tmp_path / "later").run(database, "migrate")
    with pytest.raises(OldSchema, match="Start a newer Roundsman"):
        back_up(database, tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_file_of_an_older_program_is_raised_after_it_was_restored(
    saved: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'roundsman.db'}"
    code, said = Later(tmp_path / "later").run(url, "restore", str(saved))
    assert code == 0, said
    assert migrate.found(url) == LATER
    with opened(url) as db:
        assert all(len(rows) == ROWS for rows in content(db).values())


def test_it_refuses_to_restore_over_data(database: str, saved: Path) -> None:
    with opened(database) as db:
        table = metadata.tables["company"]
        db.write_now(lambda tx: tx.run(Statement(insert(table)), **row_of(table, 0)))
        before = content(db)
        with pytest.raises(NotEmpty, match=r"holds data already \(table company\)"):
            restore(database, saved)
        assert content(db) == before


def test_a_restore_that_fails_leaves_the_database_empty(database: str, saved: Path) -> None:
    lines = gzip.decompress(saved.read_bytes()).splitlines(keepends=True)
    twice = next(index for index, line in enumerate(lines) if line.startswith(b"["))
    lines.insert(twice, lines[twice])
    with opened(database) as db:
        with pytest.raises(BadBackup):
            restore(database, rewritten(saved, b"".join(lines)))
        assert not any(content(db).values())


@pytest.mark.parametrize(
    ("schema", "why"), [(LATER, "Use a newer one"), ("0000", "never had its schema 0000")]
)
def test_it_refuses_a_backup_of_a_schema_that_is_not_known_here(
    schema: str, why: str, saved: Path, tmp_path: Path
) -> None:
    lines = gzip.decompress(saved.read_bytes()).splitlines(keepends=True)
    head = f'"schema":"{migrate.newest()}"'.encode()
    assert head in lines[0]
    lines[0] = lines[0].replace(head, f'"schema":"{schema}"'.encode())
    digest = hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    lines[-1] = re.sub(rb'"sha256":"[0-9a-f]+"', f'"sha256":"{digest}"'.encode(), lines[-1])
    new = tmp_path / "new" / "roundsman.db"
    with pytest.raises(BadBackup, match=why):
        restore(f"sqlite:///{new}", rewritten(saved, b"".join(lines)))
    assert not new.exists()


# Restores the file of the second argument where no file may grow beyond what the third allows.
RESTORED_ON_A_FULL_DISK = """
import pathlib, resource, sys
from roundsman.core.errors import NotReady
from roundsman.storage.restore import restore

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    restore(sys.argv[1], pathlib.Path(sys.argv[2]))
except NotReady as refusal:
    sys.exit(refusal.message)
"""


def test_a_disk_that_fills_up_leaves_the_database_empty(
    saved: Path, tmp_path: Path, empty_sqlite: Path
) -> None:
    target = tmp_path / "target.db"
    shutil.copy(empty_sqlite, target)
    url = f"sqlite:///{target}"
    ended = subprocess.run(
        [sys.executable, "-c", RESTORED_ON_A_FULL_DISK, url, str(saved), "8192"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "Run: roundsman doctor" in ended.stderr
    with opened(url) as db:
        assert not any(content(db).values())
    restore(url, saved)


@pytest.mark.parametrize("where", [0.0, 0.001, 0.3, 0.6, 0.9, 0.95, 0.98, 0.9999])
def test_it_notices_a_changed_byte_anywhere(where: float, saved: Path) -> None:
    plain = bytearray(gzip.decompress(saved.read_bytes()))
    plain[int(len(plain) * where)] ^= 1
    with pytest.raises(BadBackup):
        check(rewritten(saved, bytes(plain)))


@pytest.mark.parametrize("left", [0, 1, 20, 200])
def test_it_notices_a_file_that_was_cut_off(left: int, saved: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:left])
    with pytest.raises(BadBackup, match="no complete backup"):
        check(saved)


def test_it_notices_a_missing_end(saved: Path) -> None:
    lines = gzip.decompress(saved.read_bytes()).splitlines(keepends=True)
    with pytest.raises(BadBackup, match="its end is missing"):
        check(rewritten(saved, b"".join(lines[:-1])))


def test_it_notices_something_after_the_end(saved: Path) -> None:
    plain = gzip.decompress(saved.read_bytes())
    with pytest.raises(BadBackup, match="something follows its end"):
        check(rewritten(saved, plain + b'["company", "x"]\n'))


def test_it_refuses_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    with pytest.raises(BadBackup, match="There is no file"):
        check(path)
    path.write_bytes(b"\xff\xd8\xff\xe0 no gzip")
    with pytest.raises(BadBackup, match="cut off or was changed"):
        check(path)
    with pytest.raises(BadBackup, match="lines of another kind"):
        check(rewritten(path, b'{"line":"header"}\n'))


def test_a_backup_holds_every_table_and_column_of_the_schema(saved: Path) -> None:
    plain = gzip.decompress(saved.read_bytes()).decode()
    for table in metadata.sorted_tables:
        columns = ",".join(f'"{column.name}"' for column in table.columns)
        assert f'"name":"{table.name}","columns":[{columns}]' in plain


def test_no_table_draws_numbers_that_a_restore_would_not_set() -> None:
    assert [
        table.name for table in metadata.sorted_tables if table.autoincrement_column is not None
    ] == []


def rewritten(path: Path, plain: bytes) -> Path:
    changed = path.with_name("changed.backup")
    changed.write_bytes(gzip.compress(plain))
    return changed
