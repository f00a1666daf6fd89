"""Filling an empty database from a backup file (`storage.backup`).

Nothing is written before the whole file has been read once and its checksum found to fit.
"""

import base64
import contextlib
import gzip
import hashlib
import re
import sqlite3
import zlib
from collections.abc import Callable, Generator, Iterator
from itertools import batched
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from roundsman.core.errors import BadBackup, NotEmpty
from roundsman.storage import migrate
from roundsman.storage.backup import (
    FORMAT,
    ROWS_AT_ONCE,
    End,
    Header,
    Row,
    Summary,
    TableHead,
    connected,
)

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_END = b'{"line":"end",'

_header = msgspec.json.Decoder(Header).decode
_head = msgspec.json.Decoder(TableHead).decode
_end = msgspec.json.Decoder(End).decode
_row = msgspec.json.Decoder(list[Any]).decode


def restore(url: str, path: Path) -> Summary:
    """Fill an empty database from a backup, in one transaction.

    BadBackup for a file that is no complete backup or comes from a newer program, NotEmpty for a
    database that holds anything, NotReady when the database cannot be made or written.
    """
    summary = check(path)
    newest = migrate.newest()
    if summary.schema > newest:
        problem = (
            f"The backup has schema {summary.schema}, this program knows {newest}. Use a newer one."
        )
        raise BadBackup(problem)
    if summary.schema not in migrate.known():
        raise _broken(path, f"Roundsman never had its schema {summary.schema}")
    there = migrate.found(url)
    if not there:
        migrate.upgrade(url, to=summary.schema)
    elif there != summary.schema:
        raise _not_empty(f"has schema {there}, the backup {summary.schema}")
    with _target(url) as (holds_rows, put):
        for name in summary.rows:
            if holds_rows(name):
                raise _not_empty(f"holds data already (table {name})")
        for head, rows in _tables(path):
            put(head, rows)
    migrate.upgrade(url)
    return summary


def _not_empty(why: str) -> NotEmpty:
    return NotEmpty(f"The database {why}. Restore into a new, empty database.")


# --- the file -------------------------------------------------------------------------------------


def check(path: Path) -> Summary:
    """Return what a backup holds, having read all of it and compared the checksum."""
    lines = _lines(path)
    first = next(lines, b"")
    header = _decoded(path, _header, first)
    if header.roundsman_backup != FORMAT:
        raise _broken(path, f"its format {header.roundsman_backup} is not known here")
    digest = hashlib.sha256(first)
    rows: dict[str, int] = {}
    table, last = "", b""
    for line in lines:
        if last:
            raise _broken(path, "something follows its end")
        if line.startswith(_END):
            last = line
            continue
        digest.update(line)
        if line.startswith(b"["):
            rows[table] = rows.get(table, 0) + 1
        else:
            table = _decoded(path, _head, line).name
            rows[table] = 0
    if not last:
        raise _broken(path, "its end is missing")
    end = _decoded(path, _end, last)
    if end.sha256 != digest.hexdigest():
        raise _broken(path, "its checksum does not fit")
    if end.rows != rows or not all(map(_NAME.fullmatch, rows)):
        raise _broken(path, "its tables are not those it counts")
    return Summary(header.schema, header.made_at, end.rows, path.stat().st_size)


def _decoded[T](path: Path, decode: Callable[[bytes], T], line: bytes) -> T:
    try:
        return decode(line)
    except msgspec.DecodeError as error:
        raise _broken(path, "it holds lines of another kind") from error


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            yield from file
    except FileNotFoundError as error:
        problem = f"There is no file {path}."
        raise BadBackup(problem) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _broken(path, "it is cut off or was changed") from error
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror or error}."
        raise BadBackup(problem) from error


def _broken(path: Path, why: str) -> BadBackup:
    return BadBackup(f"{path} is no complete backup of Roundsman: {why}.")


def _tables(path: Path) -> Iterator[tuple[TableHead, Iterator[Row]]]:
    """Return each table of a file that was checked, with its rows; take them in this order."""
    lines = _lines(path)
    next(lines)  # the header
    waiting = next(lines)

    def rows(head: TableHead) -> Iterator[Row]:
        nonlocal waiting
        places = [head.columns.index(name) for name in head.binary]
        for line in lines:
            if not line.startswith(b"["):
                waiting = line
                return
            row = _row(line)
            for place in places:
                row[place] = None if row[place] is None else base64.b64decode(row[place])
            yield row

    while not waiting.startswith(_END):
        head = _head(waiting)
        if not all(map(_NAME.fullmatch, [head.name, *head.columns])):
            raise _broken(path, "it names a table that cannot be")
        yield head, rows(head)


# --- the database ---------------------------------------------------------------------------------

type HoldsRows = Callable[[str], bool]
type Put = Callable[[TableHead, Iterator[Row]], None]


@contextlib.contextmanager
def _target(url: str) -> Generator[tuple[HoldsRows, Put]]:
    """Yield a test whether a table holds rows and a writer of rows, inside one transaction."""
    if not url.startswith("sqlite:///"):
        with connected(url) as connection:
            yield _postgresql(connection)
        return
    try:
        with contextlib.closing(
            sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        ) as file:
            file.execute("PRAGMA synchronous=FULL")
            file.execute("BEGIN IMMEDIATE")
            yield _sqlite(file)
            file.execute("COMMIT")
    except sqlite3.Error as error:
        raise migrate.unopened(error) from error


def _sqlite(file: sqlite3.Connection) -> tuple[HoldsRows, Put]:
    def holds_rows(name: str) -> bool:
        ask = f'SELECT 1 FROM "{name}" LIMIT 1'  # noqa: S608 - a name that was checked
        return file.execute(ask).fetchone() is not None

    def put(head: TableHead, rows: Iterator[Row]) -> None:
        columns = ", ".join(f'"{name}"' for name in head.columns)
        marks = ", ".join("?" for _ in head.columns)
        insert = f'INSERT INTO "{head.name}" ({columns}) VALUES ({marks})'  # noqa: S608 - likewise
        for some in batched(rows, ROWS_AT_ONCE):
            file.executemany(insert, some)

    return holds_rows, put


def _postgresql(connection: psycopg.Connection[Any]) -> tuple[HoldsRows, Put]:
    def holds_rows(name: str) -> bool:
        ask = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))
        return connection.execute(ask).fetchone() is not None

    def put(head: TableHead, rows: Iterator[Row]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, head.columns))
        copying = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(head.name), names)
        with connection.cursor() as cursor, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)

    return holds_rows, put
