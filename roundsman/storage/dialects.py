"""The words in which SQLite and PostgreSQL differ, so that queries are written once."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    LargeBinary,
    Table,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import Boolean

from roundsman.storage.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    from roundsman.storage.database import Tx

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

# The words of a statement, without texts and the names of parameters (`:name`, `%(name)s`).
_WORD: Final = re.compile(r"'[^']*'|%\(\w+\)s|:\w+|(\w+)")

# How PostgreSQL's texts name the JSON array of a bulk form.
ROWS: Final = "%(rows)s"

type Build = Callable[[str], ClauseElement]


@cache
def _dialect(name: str) -> Dialect:
    if name == SQLITE:
        return sqlite.dialect(paramstyle="named")
    from sqlalchemy.dialects.postgresql.psycopg import (  # noqa: PLC0415 - an eighth of the start
        dialect,
    )

    return dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types


class _IsIn(ColumnElement[bool]):
    """`column IN (a list that is one parameter)`, so that the statement is compiled once."""

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.list: BindParameter[Any] = bindparam(name)

    def self_group(self, against: object = None) -> "_IsIn":  # noqa: ARG002 - SQLAlchemy's signature
        """Return itself: the default adds `= 1` on SQLite, and then no index is used."""
        return self


@compiles(_IsIn, SQLITE)
def _is_in_sqlite(element: _IsIn, compiler: SQLCompiler, **_: object) -> str:
    column, values = compiler.process(element.column), compiler.process(element.list)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both were compiled


@compiles(_IsIn, POSTGRESQL)
def _is_in_postgresql(element: _IsIn, compiler: SQLCompiler, **_: object) -> str:
    return f"{compiler.process(element.column)} = ANY({compiler.process(element.list)})"


def is_in(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that the column's value is in the list parameter `name`."""
    return _IsIn(column, name)


class Statement:
    """A statement that is compiled once per database and then run with named parameters.

    Where the databases differ it is given as a function from the dialect's name to the clause.
    With `keep` its answer holds for the rest of a transaction (`storage.kept`); `keys` are the
    columns by which an upsert finds the old row.
    """

    __slots__ = ("_bulk", "_clause", "_compiled", "keep", "keys", "tables", "with_bytes")

    def __init__(
        self, clause: ClauseElement | Build, *, keep: bool = False, keys: Iterable[str] = ()
    ) -> None:
        self._clause = clause
        self._compiled: dict[str, tuple[str, dict[str, Any]]] = {}
        self._bulk: dict[tuple[str, bool], str] = {}
        # Its table's columns of bytes, known once there is a bulk form.
        self.with_bytes: list[str] = []
        self.keep = keep
        self.keys = tuple(keys)
        # Every table it names, known once it was compiled.
        self.tables: frozenset[str] = frozenset()

    def compiled(self, dialect: str) -> tuple[str, dict[str, Any]]:
        """Return the SQL text and the values of its own (limits and constants)."""
        found = self._compiled.get(dialect)
        if found is None:
            made = self._in(dialect).compile(dialect=_dialect(dialect))
            own = {name: value for name, value in (made.params or {}).items() if value is not None}
            found = self._compiled[dialect] = (str(made), own)
            # A column may be called like a table; to name one table too many does no harm.
            self.tables = frozenset(_WORD.findall(found[0])) & metadata.tables.keys()
        return found

    def key_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the key of a row that this upsert writes."""
        return tuple(row[name] for name in self.keys)

    def bulk(self, dialect: str, *, returning: bool = False) -> str:
        """Return the text that inserts a JSON array of whole rows (`rows`), empty if there is none.

        Only PostgreSQL gains by it, and only plain inserts and upserts can. With `returning` it
        answers the keys of the rows that were written.
        """
        found = self._bulk.get((dialect, returning))
        if found is None:
            self.compiled(dialect)
            clause = self._in(dialect)
            found = ""
            if dialect != SQLITE and isinstance(clause, Insert) and _takes_whole_rows(self, clause):
                table = cast("Table", clause.table)
                self.with_bytes = [
                    each.name for each in table.columns if isinstance(each.type, LargeBinary)
                ]
                whole = _from_json(clause, table)
                if returning:
                    whole = whole.returning(*(table.c[name] for name in self.keys))
                found = str(whole.compile(dialect=_dialect(dialect)))
            self._bulk[dialect, returning] = found
        return found

    def _in(self, dialect: str) -> ClauseElement:
        of = self._clause
        return of if isinstance(of, ClauseElement) else of(dialect)


def _takes_whole_rows(statement: Statement, clause: Insert) -> bool:
    """Tell whether the insert's parameters are the columns of its table and nothing else."""
    _, constants = statement.compiled(POSTGRESQL)
    is_plain = type(clause) is Insert or bool(statement.keys)
    return is_plain and clause.select is None and not constants


def _from_json(clause: Insert, table: Table) -> Insert:
    names = [each.name for each in table.columns]
    rows = text(f"json_populate_recordset(NULL::{table.name}, CAST(:rows AS json))")
    return clause.from_select(names, select(*map(column, names)).select_from(rows))


def insert_into(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert of a database's own, which knows what to do where a key is taken."""
    if dialect == SQLITE:
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see _dialect

    return postgresql.insert(table)


def upsert(table: Table, *, keys: Iterable[str], change: Iterable[str] | None = None) -> Statement:
    """Return an insert of a whole row that, where `keys` are taken, sets the columns of `change`.

    Without `change` every column but the keys is set; with an empty one the old row stays.
    """
    key_names = list(keys)
    names = [each.name for each in table.columns]
    changing = [name for name in names if name not in key_names] if change is None else list(change)

    def build(dialect: str) -> ClauseElement:
        insert = insert_into(table, dialect)
        if not changing:
            return insert.on_conflict_do_nothing(index_elements=key_names)
        return insert.on_conflict_do_update(
            index_elements=key_names,
            set_={name: insert.excluded[name] for name in changing},
        )

    return Statement(build, keys=key_names)


_TURN = Statement(select(func.pg_try_advisory_xact_lock(func.hashtext(bindparam("name")))))


def take_turn(tx: "Tx", name: str) -> bool:
    """Tell whether this transaction alone may do the work of that name until it ends.

    SQLite has one writer, so there it is always so; PostgreSQL keeps an advisory lock.
    """
    if tx.dialect == SQLITE:
        return True
    row = tx.row(_TURN, name=name)
    return row is not None and bool(row[0])


_WAIT = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name"), 0))))


def wait_turn(tx: "Tx", name: str) -> None:
    """Wait until no other transaction has the turn of that name, and keep it until this one ends.

    Who takes several turns takes them in the order of their names.
    """
    if tx.dialect != SQLITE:
        tx.run(_WAIT, name=name)


_ONE: ColumnElement[int] = literal_column("1")
PROBE = Statement(select(_ONE))
