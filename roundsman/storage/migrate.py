"""The schema's version: told, raised, and never lowered.

SQLite files are raised at start, after a backup copy beside them. A PostgreSQL database is raised
by `roundsman migrate` only, since other processes may be using it.
"""

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from roundsman.core.errors import NotReady, OldSchema
from roundsman.storage.files import written_whole

if TYPE_CHECKING:
    import psycopg

ASK_THE_DOCTOR = " Run: roundsman doctor"

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
# How long a second program waits for the first to copy the database.
_WAIT_S = 600.0


def newest() -> str:
    """Return the schema version this program needs: the number of its last migration."""
    return max(known())


def known() -> set[str]:
    """Return every schema version that Roundsman had up to this program."""
    return {path.stem.split("_", 1)[0] for path in _VERSIONS.glob("[0-9]*.py")}


def found(url: str) -> str:
    """Return the schema version of a database, empty when it has none yet.

    NotReady when the database cannot be opened.
    """
    if url.startswith("sqlite:///"):
        return _sqlite_version(Path(url.removeprefix("sqlite:///")))
    return _postgresql_version(url)


def _sqlite_version(path: Path) -> str:
    try:
        if not path.exists():
            return ""
        with contextlib.closing(sqlite3.connect(path)) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
            if not tables[0]:
                return ""
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else ""
    except (OSError, sqlite3.Error) as error:
        raise unopened(error) from error


def _postgresql_version(url: str) -> str:
    import psycopg  # noqa: PLC0415 - the embedded database starts without it in half the time

    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            there = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
            if there is None or there[0] is None:
                return ""
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else ""
    except psycopg.Error as error:
        raise unreached(error) from error


def unreached(error: "psycopg.Error") -> NotReady:
    """Return the refusal for what PostgreSQL or the way to it said.

    An address that cannot be read may hold a password, so it is not repeated.
    """
    import psycopg  # noqa: PLC0415 - likewise

    if isinstance(error, psycopg.ProgrammingError) and error.sqlstate is None:
        problem = "ROUNDSMAN_DATABASE_URL cannot be read. Write it as postgresql://user@host/name."
        return NotReady(problem)
    return unopened(error)


def unopened(error: Exception) -> NotReady:
    """Return the refusal for what a disk or a database server said, on one line."""
    said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
    reason = (said.strip() or type(error).__name__).splitlines()[0]
    return NotReady(f"The database cannot be used ({reason}).{ASK_THE_DOCTOR}")


def make_ready(url: str, *, by_hand: bool = False) -> str:
    """Bring the database to the needed version where that may happen at start.

    `by_hand` means that somebody asked for it, who may raise PostgreSQL too. Returns what was
    done: an empty text, or a sentence. OldSchema for a PostgreSQL database that needs `roundsman
    migrate`, and for a schema that this program cannot raise; NotReady when the database cannot be
    opened or written.
    """
    version, needed = found(url), newest()
    is_sqlite = url.startswith("sqlite:///")
    if is_sqlite:
        _check_writable(Path(url.removeprefix("sqlite:///")))
    if version == needed:
        return ""
    check_known(version)
    if version and not (is_sqlite or by_hand):
        problem = f"The database has schema {version}, not {needed}. Run: roundsman migrate"
        raise OldSchema(problem)
    copy = _copied(Path(url.removeprefix("sqlite:///")), version) if version and is_sqlite else None
    upgrade(url)
    if not version:
        return f"Made a new database with schema {needed}."
    kept = f"; the old one is kept as {copy}" if copy else ""
    return f"Raised the database from schema {version} to {needed}{kept}."


def check_known(version: str) -> None:
    """Refuse with OldSchema what this program cannot raise; an empty text is a new database."""
    if not version or version in known():
        return
    if version > newest():
        problem = (
            f"The database has schema {version}, this program knows {newest()}."
            " Start a newer Roundsman."
        )
    else:
        problem = (
            f"The database has schema {version}, which Roundsman never had."
            " Restore a backup into a new, empty database."
        )
    raise OldSchema(problem)


def _check_writable(path: Path) -> None:
    """Refuse a file that only somebody else may write, or that a full disk keeps from it."""
    if not path.exists():
        return
    if not os.access(path, os.W_OK):
        problem = f"{path} belongs to another user or may not be written.{ASK_THE_DOCTOR}"
        raise NotReady(problem)
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")  # which makes two files beside it
    except sqlite3.Error as error:
        raise unopened(error) from error


def upgrade(url: str, to: str = "head") -> None:
    """Raise a database to a schema, the newest by default; a current one stays as it is.

    NotReady when the directory cannot be made or the database does not take it.
    """
    from alembic import command  # noqa: PLC0415 - half a second that a current database need not pay
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(_VERSIONS.parent))
    config.attributes["url"] = url
    try:
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        command.upgrade(config, to)
    except OSError as error:
        raise unopened(error) from error
    except DBAPIError as error:
        raise unopened(error.orig if isinstance(error.orig, Exception) else error) from error


def _copied(path: Path, version: str) -> Path | None:
    """Copy a database file of that version, whoever else has it open; None if it was just raised.

    The copy is named after the version and the time. Nobody writes while it is made, so that what
    an earlier try left half done is nobody's any more.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.stem}-schema{version}-{stamp}{path.suffix}")
    try:
        with (
            contextlib.closing(sqlite3.connect(path, _WAIT_S, isolation_level=None)) as alone,
            contextlib.closing(sqlite3.connect(path)) as source,
        ):
            alone.execute("BEGIN IMMEDIATE")
            if _sqlite_version(path) != version:
                return None
            for left in path.parent.glob(f"{path.stem}-schema*.part*"):
                left.unlink()
            with written_whole(copy) as part, contextlib.closing(sqlite3.connect(part)) as target:
                source.backup(target)
    except (OSError, sqlite3.Error) as error:
        raise unopened(error) from error
    return copy
