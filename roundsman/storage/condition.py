"""What a database says about itself when somebody asks how it is."""

import sqlite3
import time
from pathlib import Path

from msgspec import Struct

from roundsman.core.clock import EPOCH, to_us, utc_now
from roundsman.core.errors import NotReady
from roundsman.storage import migrate
from roundsman.storage.backup import connected
from roundsman.storage.schema import outbox

# Reading through a larger file would keep people waiting.
CHECKED_BYTES = 512 * 1024 * 1024


class Condition(Struct, frozen=True, kw_only=True):
    """How a database is.

    `schema` is empty where there is none yet. `ahead_s` is how far the database's clock (on SQLite:
    the newest fact written) is ahead of this machine's, negative when behind; 0 when unknown.
    `damage` is what SQLite found wrong in its file.
    """

    schema: str
    server: str
    ahead_s: float = 0.0
    answer_ms: float = 0.0
    damage: str = ""


def condition(url: str) -> Condition:
    """Look at the database without changing it. NotReady when it cannot be reached."""
    if not url.startswith("sqlite:///"):
        return _of_postgresql(url)
    return _of_sqlite(Path(url.removeprefix("sqlite:///")))


def _of_postgresql(url: str) -> Condition:
    with connected(url) as connection:
        connection.read_only = True
        started = time.perf_counter()
        row = connection.execute(
            "SELECT clock_timestamp(), current_setting('server_version'), "
            "has_schema_privilege(current_schema(), 'CREATE')"
        )
        now, version, may_create = row.fetchone() or (EPOCH, "", True)
        ahead_s = (now - utc_now()).total_seconds()
        answer_ms = (time.perf_counter() - started) * 1000
    schema = migrate.found(url)
    if not schema and not may_create:
        problem = "The database is empty and our role may not make tables: grant it CREATE."
        raise NotReady(problem)
    return Condition(
        schema=schema,
        server=f"PostgreSQL {version}",
        ahead_s=ahead_s,
        answer_ms=answer_ms,
    )


def _of_sqlite(path: Path) -> Condition:
    server = f"SQLite {sqlite3.sqlite_version}"
    schema = migrate.found(f"sqlite:///{path}")
    if not schema:
        return Condition(schema="", server=server)
    file = sqlite3.connect(path)
    try:
        file.execute("PRAGMA query_only=ON")
        started = time.perf_counter()
        newest = f"SELECT at_us FROM {outbox.name} ORDER BY rowid DESC LIMIT 1"  # noqa: S608 - our table
        newest_us = (file.execute(newest).fetchone() or (0,))[0]
        answer_ms = (time.perf_counter() - started) * 1000
        damage = ""
        if path.stat().st_size <= CHECKED_BYTES:
            said = file.execute("PRAGMA quick_check(1)").fetchone()[0]
            damage = "" if said == "ok" else str(said)
    except sqlite3.Error as error:
        problem = f"The database {path} cannot be read ({error})."
        raise NotReady(problem) from error
    finally:
        file.close()
    ahead_s = max(0.0, (newest_us - to_us(utc_now())) / 1_000_000)
    return Condition(
        schema=schema, server=server, ahead_s=ahead_s, answer_ms=answer_ms, damage=damage
    )
