"""Raising a database: a backup first, never down, never behind other processes' backs."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from roundsman.core.errors import NotReady, OldSchema
from roundsman.storage import migrate
from roundsman.storage.schema import DIRECTORIES, metadata
from tests.project import ROOT
from tests.servers import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Table


def test_a_new_directory_gets_a_database_of_the_newest_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'roundsman.db'}"
    assert "new database" in migrate.make_ready(url)
    assert migrate.found(url) == migrate.newest()


def test_a_current_database_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'roundsman.db'}"
    migrate.make_ready(url)
    assert migrate.make_ready(url) == ""


def test_an_older_sqlite_file_is_raised_after_a_backup_copy(tmp_path: Path) -> None:
    path = tmp_path / "roundsman.db"
    url = f"sqlite:///{path}"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('0000')")
        connection.execute("CREATE TABLE keepsake (word TEXT)")
        connection.execute("INSERT INTO keepsake VALUES ('kept')")
    connection.close()
    with pytest.raises(
        Exception, match="0000"
    ):  # Alembic knows no such step: the copy is there all the same
        migrate.make_ready(url)
    copies = list(tmp_path.glob("roundsman-schema0000-*.db"))
    assert len(copies) == 1
    copy = sqlite3.connect(copies[0])
    assert copy.execute("SELECT word FROM keepsake").fetchall() == [("kept",)]
    copy.close()


def test_an_older_postgresql_is_refused_with_the_command_to_run() -> None:
    with fresh_database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            connection.execute("INSERT INTO alembic_version VALUES ('0000')")
        with pytest.raises(OldSchema, match="roundsman migrate"):
            migrate.make_ready(url)


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "roundsman.db"
    migrate.make_ready(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(OldSchema, match="newer"):
        migrate.make_ready(f"sqlite:///{path}")


def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotReady, match="doctor"):
        migrate.found("postgresql://nobody@127.0.0.1:1/nothing")


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_key_and_index_begins_with_the_company(table: Table) -> None:
    if table.name in DIRECTORIES:
        return
    assert next(iter(table.primary_key.columns)).name == "company_id"
    for index in table.indexes:
        assert next(iter(index.columns)).name == "company_id", index.name


# Raises the database of the first argument and, at the statement whose number is the second, dies.
RAISE = """
import os, signal, sys
from sqlalchemy import Engine, event
from roundsman.storage import migrate

left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

migrate.upgrade(sys.argv[1])
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing_yet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'roundsman.db'}"
        return
    with fresh_database() as url:
        yield url


def raising(url: str, dies_after: int = 0) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RAISE, url, str(dies_after)], cwd=ROOT)


@pytest.mark.parametrize("statements", [3, 40])
def test_a_raise_that_is_killed_is_begun_anew(nothing_yet: str, statements: int) -> None:
    assert raising(nothing_yet, statements).wait() == -signal.SIGKILL
    assert migrate.found(nothing_yet) == ""
    migrate.upgrade(nothing_yet)
    assert migrate.found(nothing_yet) == migrate.newest()


def test_two_programs_that_start_together_raise_it_once(nothing_yet: str) -> None:
    both = [raising(nothing_yet), raising(nothing_yet)]
    assert [one.wait() for one in both] == [0, 0]
    assert migrate.found(nothing_yet) == migrate.newest()
