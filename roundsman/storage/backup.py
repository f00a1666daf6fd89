"""A backup of everything in one file that fits both databases.

The file is gzip around JSON lines: a header, then for each table its columns and its rows, last the
row counts and the SHA-256 of all lines before. The database is read in one snapshot, also while the
server runs. `storage.restore` reads the file.
"""

import contextlib
import gzip
import hashlib
import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
import psycopg
from msgspec import Struct
from sqlalchemy import LargeBinary, Table

from roundsman.core.errors import BadBackup, NotReady, OldSchema, UnknownThing
from roundsman.storage import migrate
from roundsman.storage.files import written_whole
from roundsman.storage.schema import metadata

FORMAT = 1
# Rows that are on their way between a database and the file at once.
ROWS_AT_ONCE = 2_000
# Over four fifths of the best compression at a fifth of its time.
_LEVEL = 5


class Header(Struct, frozen=True, tag_field="line", tag="header"):
    """The first line: what the file is."""

    roundsman_backup: int
    schema: str
    made_at: datetime


class TableHead(Struct, frozen=True, tag_field="line", tag="table"):
    """The line before a table's rows; columns of `binary` are base64 in them."""

    name: str
    columns: list[str]
    binary: list[str]


class End(Struct, frozen=True, tag_field="line", tag="end"):
    """The last line: rows by table, and the SHA-256 of every line before it."""

    rows: dict[str, int]
    sha256: str


class Summary(Struct, frozen=True):
    """What a backup holds; `size` is the file's length in bytes."""

    schema: str
    made_at: datetime
    rows: dict[str, int]
    size: int


type Row = Sequence[Any]
type Read = Callable[[Table], Iterable[Row]]

_encode = msgspec.json.Encoder().encode


# --- writing --------------------------------------------------------------------------------------


def back_up(url: str, path: Path) -> Summary:
    """Write the database's content to a new file, readable by its owner only.

    UnknownThing when there is no database yet, BadBackup when the file exists already, OldSchema
    for a database of an older or newer program, NotReady when a disk or server is not up to it.
    """
    schema = migrate.found(url)
    if not schema:
        problem = "There is no database here yet, so there is nothing to back up."
        raise UnknownThing(problem)
    if path.exists():
        problem = f"{path} exists already. Choose another name."
        raise BadBackup(problem)
    migrate.check_known(schema)
    if schema != migrate.newest():
        needed = migrate.newest()
        problem = f"The database has schema {schema}, not {needed}. Run: roundsman migrate"
        raise OldSchema(problem)
    header = Header(FORMAT, schema, datetime.now(UTC))
    try:
        with written_whole(path) as part, _opened_to_write(part) as out, _snapshot(url) as read:
            rows = _write(out, header, read)
        size = path.stat().st_size
    except OSError as error:
        problem = f"The backup cannot be written to {path}: {error.strerror or error}."
        raise NotReady(problem) from error
    except sqlite3.Error as error:
        raise migrate.unopened(error) from error
    return Summary(schema, header.made_at, rows, size)


@contextlib.contextmanager
def _opened_to_write(path: Path) -> Generator[BinaryIO]:
    """Open a private file through gzip."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(number, "wb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
    ):
        yield cast("BinaryIO", packed)


def _write(out: BinaryIO, header: Header, read: Read) -> dict[str, int]:
    digest = hashlib.sha256()

    def put(line: object) -> None:
        text = _encode(line) + b"\n"
        digest.update(text)
        out.write(text)

    put(header)
    counts: dict[str, int] = {}
    for table in metadata.sorted_tables:
        put(_head(table))
        count = 0
        for row in read(table):
            put(row)
            count += 1
        counts[str(table.name)] = count
    out.write(_encode(End(counts, digest.hexdigest())) + b"\n")
    return counts


def _head(table: Table) -> TableHead:
    binary = [str(one.name) for one in table.columns if isinstance(one.type, LargeBinary)]
    # The schema's names are of a text type of its own.
    return TableHead(str(table.name), [str(one.name) for one in table.columns], binary)


@contextlib.contextmanager
def _snapshot(url: str) -> Generator[Read]:
    """Yield a reader of tables that sees one moment, whatever is written meanwhile."""
    if url.startswith("sqlite:///"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        try:
            file.execute("PRAGMA query_only=ON")
            file.execute("BEGIN")
            yield lambda table: file.execute(_select(table))
        finally:
            file.close()
        return
    with connected(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield lambda table: _streamed(connection, table)


def _streamed(connection: psycopg.Connection[Any], table: Table) -> Iterator[Row]:
    with connection.cursor("backup", binary=True) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(_select(table).encode())
        yield from cursor


def _select(table: Table) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
    return f'SELECT {columns} FROM "{table.name}" ORDER BY {keys}'  # noqa: S608 - names of our schema


@contextlib.contextmanager
def connected(url: str) -> Generator[psycopg.Connection[Any]]:
    """Connect to PostgreSQL and commit at a clean end; NotReady when the server cannot be used."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            yield connection
    except psycopg.Error as error:
        raise migrate.unreached(error) from error
