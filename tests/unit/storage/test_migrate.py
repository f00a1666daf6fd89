"""Raising a database: a backup first, never down, never behind other processes' backs."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from roundsman.core.errors import NotReady, OldSchema
from roundsman.core.ids import CompanyId, MemberId
from roundsman.places import queries as places
from roundsman.places.areas import FOREVER_MS
from roundsman.storage import migrate
from roundsman.storage.condition import condition
from roundsman.storage.database import open_database
from roundsman.storage.dialects import Statement
from roundsman.storage.schema import DIRECTORIES, metadata
from tests.later import LATER, WAIT_S, Later
from tests.project import ROOT
from tests.servers import fresh_database, template_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

    from roundsman.storage.database import Tx


@pytest.fixture
def later(tmp_path: Path) -> Later:
    return Later(tmp_path / "later")


def test_a_new_directory_gets_a_database_of_the_newest_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'data' / 'roundsman.db'}"
    assert "new database" in migrate.make_ready(url)
    assert migrate.found(url) == migrate.newest()


def test_a_current_database_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'roundsman.db'}"
    migrate.make_ready(url)
    assert migrate.make_ready(url) == ""


def versions_beside(path: Path) -> list[str]:
    """Return the schema of every copy that was made of a database before it was raised."""
    return [migrate.found(f"sqlite:///{copy}") for copy in path.parent.glob("roundsman-schema*.db")]


@pytest.fixture
def older(tmp_path: Path, empty_sqlite: Path) -> Path:
    """Return a SQLite file of this program, which is older than the later one."""
    path = tmp_path / "data" / "roundsman.db"
    path.parent.mkdir()
    shutil.copy(empty_sqlite, path)
    return path


def test_an_older_sqlite_file_is_raised_after_a_backup_copy(older: Path, later: Later) -> None:
    url = f"sqlite:///{older}"
    code, said = later.run(url, "migrate")
    assert (code, migrate.found(url)) == (0, LATER)
    assert f"from schema {migrate.newest()} to {LATER}; the old one is kept as" in said
    assert versions_beside(older) == [migrate.newest()]
    code, said = later.run(url, "migrate")
    assert "already" in said
    assert len(versions_beside(older)) == 1


def test_an_older_postgresql_is_raised_by_hand_only(later: Later) -> None:
    with fresh_database(template_database("schema", migrate.upgrade)) as url:
        code, said = later.run(url, "serve", "--port", "0")
        assert (code, migrate.found(url)) == (1, migrate.newest())
        assert "Run: roundsman migrate" in said
        code, said = later.run(url, "migrate")
        assert (code, migrate.found(url)) == (0, LATER)
        assert f"from schema {migrate.newest()} to {LATER}." in said


# Lines that make a program die when it is about to do something, or in the middle of writing.
DIES = """
import os, resource, signal

def die(event, args):
    if {moment}:
        {how}

sys.addaudithook(die)
"""
AT_ONCE = "os.kill(os.getpid(), signal.SIGKILL)"
TOO_LONG = (
    "signal.signal(signal.SIGXFSZ, signal.SIG_DFL),"
    " resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
)


@pytest.mark.parametrize(
    ("moment", "how"),
    [
        ("event == 'sqlite3.connect' and str(args[0]).endswith('.part')", AT_ONCE),
        ("event == 'sqlite3.connect' and str(args[0]).endswith('.part')", TOO_LONG),
        ("event == 'open' and str(args[0]).endswith('.part')", AT_ONCE),
        ("event == 'os.rename'", AT_ONCE),
    ],
    ids=["before", "amid", "written", "synced"],
)
def test_a_copy_that_was_cut_off_never_looks_whole(
    moment: str, how: str, older: Path, later: Later
) -> None:
    url = f"sqlite:///{older}"
    with later.start(url, "migrate", prelude=DIES.format(moment=moment, how=how)) as killed:
        killed.communicate(timeout=WAIT_S)
    assert killed.returncode in {-signal.SIGKILL, -signal.SIGXFSZ}
    assert migrate.found(url) == migrate.newest()
    assert versions_beside(older) == []
    later.run(url, "migrate")
    assert migrate.found(url) == LATER
    assert versions_beside(older) == [migrate.newest()]
    assert not list(older.parent.glob("*.part*"))


def test_of_two_programs_that_start_on_an_older_file_both_come_up(
    older: Path, later: Later
) -> None:
    url = f"sqlite:///{older}"
    with later.start(url, "migrate") as one, later.start(url, "migrate") as other:
        said = [one.communicate(timeout=WAIT_S), other.communicate(timeout=WAIT_S)]
    assert (one.returncode, other.returncode) == (0, 0), said
    assert migrate.found(url) == LATER
    assert set(versions_beside(older)) == {migrate.newest()}


def test_a_newer_database_is_refused(database: str, later: Later) -> None:
    later.run(database, "migrate")
    for by_hand in (False, True):
        with pytest.raises(OldSchema, match="Start a newer Roundsman"):
            migrate.make_ready(database, by_hand=by_hand)


def test_a_schema_that_never_was_is_refused_and_copied_nowhere(database: str) -> None:
    with contextlib.closing(open_database(database)) as db:
        db.write_now(
            lambda tx: tx.run(Statement(text("UPDATE alembic_version SET version_num = '0000'")))
        )
    for by_hand in (False, True):
        with pytest.raises(OldSchema, match="which Roundsman never had"):
            migrate.make_ready(database, by_hand=by_hand)
    if database.startswith("sqlite"):
        assert versions_beside(Path(database.removeprefix("sqlite:///"))) == []


# --- what cannot be used --------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/proc/none", "{file}", "{file}/below"])
def test_a_directory_that_cannot_be_is_said_so(place: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    url = f"sqlite:///{place.format(file=file)}/roundsman.db"
    with pytest.raises(NotReady, match="doctor"):
        migrate.make_ready(url)


# Makes the database of the first argument where no file may grow beyond 50 kB.
MADE_ON_A_FULL_DISK = """
import resource, sys
from roundsman.core.errors import NotReady
from roundsman.storage import migrate

resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    migrate.make_ready(sys.argv[1])
except NotReady as refusal:
    sys.exit(refusal.message)
"""


def test_a_disk_that_is_full_is_said_so_and_leaves_no_half_of_a_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'roundsman.db'}"
    ended = subprocess.run(
        [sys.executable, "-c", MADE_ON_A_FULL_DISK, url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "Run: roundsman doctor" in ended.stderr
    assert migrate.found(url) == ""
    assert "new database" in migrate.make_ready(url)


def test_a_file_of_another_kind_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "roundsman.db"
    path.write_bytes(b"a photo" * 1000)
    with pytest.raises(NotReady, match="not a database"):
        migrate.make_ready(f"sqlite:///{path}")


def test_a_file_of_another_user_is_said_so_before_anything_is_served(
    tmp_path: Path, empty_sqlite: Path
) -> None:
    path = tmp_path / "roundsman.db"
    shutil.copy(empty_sqlite, path)
    path.chmod(0o444)
    words = [sys.executable, "-m", "roundsman", "serve", "--port", "0", "--data", str(tmp_path)]
    if os.geteuid() == 0:  # root may write everything, unless it lays its powers down
        words = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", *words]
    ended = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=WAIT_S
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        f"{path} belongs to another user or may not be written. Run: roundsman doctor\n"
    )


def test_a_role_that_may_not_make_tables_is_told_so() -> None:
    with fresh_database() as url:
        role = f"weak_{secrets.token_hex(4)}"
        with psycopg.connect(url, autocommit=True) as door:
            door.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        try:
            with pytest.raises(NotReady, match="permission denied"):
                migrate.make_ready(url.replace("//postgres@", f"//{role}@"))
            with pytest.raises(NotReady, match="grant it CREATE"):
                condition(url.replace("//postgres@", f"//{role}@"))
            migrate.upgrade(url)
            with pytest.raises(NotReady, match="permission denied"):
                migrate.make_ready(url.replace("//postgres@", f"//{role}@"))
        finally:
            with psycopg.connect(url, autocommit=True) as door:
                door.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize("rest", ["[bad", "u:hush@h/x?colour=red", "u:%zz@h/x"])
def test_an_address_that_cannot_be_read_is_not_repeated(rest: str) -> None:
    with pytest.raises(NotReady, match="ROUNDSMAN_DATABASE_URL cannot be read") as refusal:
        migrate.found(f"postgresql://{rest}")
    assert rest not in refusal.value.message


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


# --- what a raise makes of the rows ---------------------------------------------------------------

SIX = 1_772_514_000_000  # 2026-03-03 06:00 in Vienna, when nobody could enter any more
AREA = (
    "INSERT INTO area (company_id, area_id, kind, subject, member_id, lat_e7, lng_e7, radius_m,"
    " from_ms, until_ms) VALUES ('acme', '{kind}:1', '{kind}', '1', 'wanda', 0, 0, 100,"
    " {from_ms}, {until_ms})"
)
CELL = (
    "INSERT INTO area_cell (company_id, cell, until_ms, area_id, member_id, from_ms)"
    " VALUES ('acme', 7, {until_ms}, 'job:1', 'wanda', {from_ms})"
)


def run(url: str, *statements: str) -> None:
    def write(tx: Tx) -> None:
        for statement in statements:
            tx.run(Statement(text(statement)))

    with contextlib.closing(open_database(url)) as db:
        db.write_now(write)


def test_the_end_of_a_days_job_becomes_the_end_of_entering_it(nothing_yet: str) -> None:
    migrate.upgrade(nothing_yet, "0001")
    # Moved at some moment of the day, as nobody ever does on a whole quarter of an hour.
    moved = SIX - 50_000_123
    run(
        nothing_yet,
        AREA.format(kind="job", from_ms=1, until_ms=moved),
        AREA.format(kind="job", from_ms=moved, until_ms=SIX),
        AREA.format(kind="place", from_ms=0, until_ms=FOREVER_MS),
        CELL.format(from_ms=moved, until_ms=SIX),
    )

    migrate.upgrade(nothing_yet)

    acme, wanda = CompanyId("acme"), MemberId("wanda")
    with contextlib.closing(open_database(nothing_yet)) as db:
        named = db.read_now(lambda tx: places.areas_named(tx, acme, wanda, ["job:1", "place:1"]))
        near = db.read_now(lambda tx: places.areas_in_cells(tx, acme, wanda, [7], SIX - 1))
        over = db.read_now(lambda tx: places.areas_in_cells(tx, acme, wanda, [7], SIX))
    assert sorted((area.id, area.until_ms, area.enter_until_ms) for area in named) == [
        ("job:1", moved, moved),
        ("job:1", FOREVER_MS, SIX),
        ("place:1", FOREVER_MS, FOREVER_MS),
    ]
    assert [area.from_ms for area in near] == [moved]
    assert over == []


@pytest.mark.parametrize("statements", [5, 8])
def test_a_raise_from_the_first_schema_that_is_killed_is_begun_anew(
    nothing_yet: str, statements: int
) -> None:
    migrate.upgrade(nothing_yet, "0001")
    run(nothing_yet, AREA.format(kind="job", from_ms=1, until_ms=SIX))
    assert raising(nothing_yet, statements).wait() == -signal.SIGKILL
    assert migrate.found(nothing_yet) == "0001"
    migrate.upgrade(nothing_yet)
    assert migrate.found(nothing_yet) == migrate.newest()


def test_two_programs_that_start_together_raise_it_once(nothing_yet: str) -> None:
    both = [raising(nothing_yet), raising(nothing_yet)]
    assert [one.wait() for one in both] == [0, 0]
    assert migrate.found(nothing_yet) == migrate.newest()
