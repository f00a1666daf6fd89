"""Units of work on both databases: all or nothing, alone among others, durable when answered."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from roundsman.core.clock import utc_now
from roundsman.core.errors import BadValue, NotReady, TookTooLong
from roundsman.core.ids import CompanyId, PlaceId
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.storage.database import Db, Tx, open_database
from roundsman.storage.dialects import Statement
from roundsman.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACME = CompanyId("acme00")
SLEEP = Statement(text("SELECT pg_sleep(1)"))
pytestmark = pytest.mark.anyio


@pytest.fixture
def db(database: str) -> Iterator[Db]:
    opened = open_database(database)
    yield opened
    opened.close()


def add(tx: Tx, name: str) -> str:
    places.save(tx, ACME, Place(id=PlaceId(name), name=name))
    return name


def adding(name: str) -> Callable[[Tx], str]:
    return lambda tx: add(tx, name)


def names(tx: Tx) -> list[str]:
    return [place.name for place in places.places(tx, ACME)]


async def test_a_unit_that_returns_is_there_for_every_reader(db: Db) -> None:
    await db.write(lambda tx: add(tx, "depot"))
    assert await db.read(names) == ["depot"]


async def test_a_unit_that_refuses_leaves_nothing(db: Db) -> None:
    def refuse(tx: Tx) -> None:
        add(tx, "depot")
        raise BadValue("No.")

    with pytest.raises(BadValue):
        await db.write(refuse)
    assert await db.read(names) == []


async def test_a_unit_that_refuses_undoes_only_itself_in_a_group(db: Db) -> None:
    def refuse(tx: Tx) -> str:
        add(tx, "never")
        raise BadValue("No.")

    units = [refuse if index % 3 == 0 else adding(f"p{index:02}") for index in range(30)]
    results = await asyncio.gather(*(db.write(unit) for unit in units), return_exceptions=True)
    assert sum(isinstance(result, BadValue) for result in results) == 10
    assert await db.read(names) == [f"p{index:02}" for index in range(30) if index % 3]


async def test_a_bell_rings_after_the_commit_and_not_for_a_refusal(db: Db) -> None:
    heard: list[str] = []
    db.bells.listen("news", heard.append)

    def ring(tx: Tx) -> None:
        tx.ring("news", "acme00")

    def ring_and_refuse(tx: Tx) -> None:
        ring(tx)
        raise BadValue("No.")

    with pytest.raises(BadValue):
        await db.write(ring_and_refuse)
    assert heard == []
    await db.write(ring)
    await db.write(lambda _tx: None)
    assert heard == ["acme00"]


async def test_a_closed_database_asks_for_patience(db: Db) -> None:
    db.close()
    with pytest.raises(NotReady):
        await db.read(names)


async def test_two_units_that_take_the_same_key_meet_and_the_later_finds_the_earlier(
    db: Db,
) -> None:
    def count_and_add(tx: Tx) -> int:
        found = places.find_many(tx, ACME, ["one"], lock=True)
        add(tx, "one")
        return len(found)

    results = await asyncio.gather(*(db.write(count_and_add) for _ in range(8)))
    assert len(results) == 8
    assert await db.read(names) == ["one"]


async def test_a_reader_sees_one_moment(db: Db) -> None:
    """Two looks of one unit agree on SQLite, whatever is written between them."""
    if db.engine.dialect != "sqlite":
        return  # READ COMMITTED by choice: units there lock what they are going to change
    await db.write(lambda tx: add(tx, "a"))
    loop = asyncio.get_running_loop()

    def look_twice(tx: Tx) -> tuple[list[str], list[str]]:
        first = names(tx)
        asyncio.run_coroutine_threadsafe(db.write(lambda inner: add(inner, "b")), loop).result(10)
        return first, names(tx)

    assert await db.read(look_twice) == (["a"], ["a"])
    assert await db.read(names) == ["a", "b"]


async def test_a_full_disk_refuses_and_loses_nothing_that_was_there(
    tmp_path: object, empty_sqlite: object
) -> None:
    path = f"{tmp_path}/full.db"
    with (
        closing(sqlite3.connect(str(empty_sqlite))) as source,
        closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
    db = open_database(f"sqlite:///{path}")
    await db.write(lambda tx: add(tx, "before"))
    engine = db.engine
    assert isinstance(engine, SqliteEngine)
    engine.limit_pages(1)
    big = "x" * 2_000_000
    with pytest.raises(NotReady, match="full"):
        await db.write(lambda tx: places.save(tx, ACME, Place(id=PlaceId("big"), name=big)))
    assert await db.read(names) == ["before"]
    engine.limit_pages(0)
    await db.write(lambda tx: add(tx, "then"))
    assert await db.read(names) == ["before", "then"]
    db.close()


async def test_a_unit_that_waited_too_long_is_not_begun(database: str) -> None:
    db = open_database(database, unit_timeout_s=0.0 if database.startswith("sqlite") else 0.001)
    try:
        if database.startswith("sqlite"):
            with pytest.raises(NotReady, match="waited too long"):
                await db.write(lambda tx: add(tx, "late"))
        else:
            with pytest.raises(TookTooLong):
                await db.write(lambda tx: tx.rows(SLEEP))
    finally:
        db.close()


def test_now_is_the_units_own_moment(db: Db) -> None:
    before = utc_now()
    assert before <= db.read_now(lambda tx: tx.now) <= utc_now()
