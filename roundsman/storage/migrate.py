"""The schema's version: told, raised, and never lowered.

SQLite files are raised at start, after a backup copy beside them. A PostgreSQL database is raised
by `roundsman migrate` only, since other processes may be using it.
"""

import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from roundsman.core.errors import NotReady, OldSchema

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """Return the schema version this program needs: the number of its last migration."""
    return max(path.stem.split("_", 1)[0] for path in _VERSIONS.glob("[0-9]*.py"))


def found(url: str) -> str:
    """Return the schema version of a database, empty when it has none yet."""
    if url.startswith("sqlite:///"):
        return _sqlite_version(Path(url.removeprefix("sqlite:///")))
    return _postgresql_version(url)


def _sqlite_version(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            tables = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
            if not tables[0]:
                return ""
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else ""
    except sqlite3.Error as error:
        raise _unopened(error) from error


def _postgresql_version(url: str) -> str:
    import psycopg  # noqa: PLC0415 - the embedded database starts without it in half the time

    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            there = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
            if there is None or there[0] is None:
                return ""
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else ""
    except psycopg.OperationalError as error:
        raise _unopened(error) from error


def _unopened(error: Exception) -> NotReady:
    reason = str(error).strip().splitlines()[0]
    return NotReady(f"The database cannot be opened ({reason}). Run: roundsman doctor")


def make_ready(url: str) -> str:
    """Bring the database to the needed version where that may happen at start.

    Returns what was done: an empty text, or a sentence. OldSchema for a PostgreSQL database that
    needs `roundsman migrate`, and for any database newer than this program.
    """
    version, needed = found(url), newest()
    if version == needed:
        return ""
    if version > needed:
        problem = (
            f"The database has schema {version}, this program knows {needed}. Start a newer one."
        )
        raise OldSchema(problem)
    if version and not url.startswith("sqlite:///"):
        problem = f"The database has schema {version}, not {needed}. Run: roundsman migrate"
        raise OldSchema(problem)
    copied = _back_up(Path(url.removeprefix("sqlite:///")), version) if version else None
    upgrade(url)
    if copied is None:
        return f"Made a new database with schema {needed}."
    return (
        f"Raised the database from schema {version} to {needed}; the old one is kept as {copied}."
    )


def upgrade(url: str, to: str = "head") -> None:
    """Raise a database to a schema, the newest by default; a current one stays as it is."""
    from alembic import command  # noqa: PLC0415 - half a second that a current database need not pay
    from alembic.config import Config  # noqa: PLC0415 - likewise

    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(_VERSIONS.parent))
    config.attributes["url"] = url
    command.upgrade(config, to)


def _back_up(path: Path, version: str) -> Path:
    """Copy a database file, whoever else has it open, to a name with its version and the time."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.stem}-schema{version}-{stamp}{path.suffix}")
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return copy
