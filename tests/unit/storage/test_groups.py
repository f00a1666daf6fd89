"""Units that wait in one lane share a commit, and nobody can tell."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import BigInteger, Double, Integer, LargeBinary, Table, insert, select

from roundsman.core.errors import BadValue
from roundsman.core.ids import CompanyId, MemberId, PlaceId
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.storage.database import Db, Tx, open_database
from roundsman.storage.dialects import Statement, upsert
from roundsman.storage.schema import metadata, outbox
from roundsman.storage.schema import place as place_table
from roundsman.tracking.queries import folds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACME = CompanyId("acme00")
ADD_PLACE = Statement(insert(place_table))
PLACES_KEPT = Statement(select(place_table.c.place_id).order_by(place_table.c.place_id), keep=True)
TRICKY = ('"', "\\", "Größe 5 \u20ac", "a\nb\tc", "{}", "😀", "null", "'; --", "")
pytestmark = pytest.mark.anyio


@pytest.fixture
def db(database: str) -> Iterator[Db]:
    opened = open_database(database)
    yield opened
    opened.close()


def row_of_place(name: str) -> dict[str, Any]:
    state = {"inexact": 0, "seek_us": 0}
    return {"company_id": ACME, "place_id": name, "name_key": name, **state, "doc": "{}"}


def adding(name: str) -> Callable[[Tx], str]:
    def add(tx: Tx) -> str:
        tx.run(ADD_PLACE, **row_of_place(name))
        return name

    return add


def ids(tx: Tx) -> list[str]:
    return [row[0] for row in tx.rows(PLACES_KEPT)]


async def in_one_group(db: Db, units: list[Callable[[Tx], Any]]) -> list[Any]:
    """Run units in one lane, all of them waiting before the first begins."""
    gate = threading.Event()
    first = asyncio.create_task(db.write(lambda _tx: gate.wait(10), lane="acme"))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(db.write(unit, lane="acme")) for unit in units]
    await asyncio.sleep(0.05)
    gate.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_units_of_a_lane_see_what_those_before_them_wrote(db: Db) -> None:
    seen = await in_one_group(db, [adding("a"), ids, adding("b"), ids])
    assert seen == ["a", ["a"], "b", ["a", "b"]]


async def test_a_refusal_undoes_only_its_own_unit(db: Db) -> None:
    def refuse(tx: Tx) -> None:
        adding("never")(tx)
        raise BadValue("No.")

    results = await in_one_group(db, [adding("a"), refuse, adding("b"), ids])
    assert isinstance(results[1], BadValue)
    assert results[3] == ["a", "b"]
    assert await db.read(ids) == ["a", "b"]


async def test_a_refusal_after_a_look_at_its_own_rows_undoes_only_its_own_unit(db: Db) -> None:
    """The rows were sent already, so the group is undone and each unit run again."""

    def look_and_refuse(tx: Tx) -> None:
        adding("never")(tx)
        assert "never" in ids(tx)
        raise BadValue("No.")

    results = await in_one_group(db, [adding("a"), look_and_refuse, adding("b"), ids])
    assert isinstance(results[1], BadValue)
    assert results[3] == ["a", "b"]


async def test_a_key_that_is_taken_fails_its_own_unit_alone(db: Db) -> None:
    await db.write(adding("taken"))
    results = await in_one_group(db, [adding("a"), adding("taken"), adding("b")])
    assert results[0] == "a"
    assert results[2] == "b"
    assert isinstance(results[1], Exception)
    assert await db.read(ids) == ["a", "b", "taken"]


async def test_a_lane_keeps_the_order_of_its_units(db: Db) -> None:
    order: list[int] = []

    def noting(number: int) -> Callable[[Tx], None]:
        return lambda _tx: order.append(number)

    await in_one_group(db, [noting(number) for number in range(40)])
    assert order == list(range(40))


async def test_bells_of_a_group_ring_after_its_commit_and_not_for_refusals(db: Db) -> None:
    heard: list[str] = []
    db.bells.listen("news", heard.append)

    def ring(tx: Tx) -> None:
        tx.ring("news", "acme00")

    def ring_and_refuse(tx: Tx) -> None:
        tx.ring("news", "zoe000")
        raise BadValue("No.")

    await in_one_group(db, [ring, ring_and_refuse, adding("a")])
    await db.write(lambda _tx: None)
    assert heard == ["acme00"]


async def test_two_lanes_that_lock_crosswise_both_come_through(database: str) -> None:
    """Each group gives up its locks when it meets the other's, and is done one by one."""
    db = open_database(database)

    def make(tx: Tx) -> None:
        for name in ("x", "y"):
            places.save(tx, ACME, Place(id=PlaceId(name), name=name))

    await db.write(make)

    def touching(name: str, mark: str) -> Callable[[Tx], None]:
        def touch(tx: Tx) -> None:
            found = places.find_many(tx, ACME, [name], lock=True)[PlaceId(name)]
            places.save(tx, ACME, Place(id=found.id, name=found.name + mark))

        return touch

    async def lane(name: str, order: str) -> None:
        units = [touching(one, name) for one in order]
        await asyncio.gather(*(db.write(unit, lane=name) for unit in units))

    await asyncio.gather(lane("1", "xy" * 10), lane("2", "yx" * 10))
    known = await db.read(lambda tx: [place.name for place in places.places(tx, ACME)])
    assert sorted(len(name) for name in known) == [21, 21]
    db.close()


async def test_what_waits_in_a_lane_is_done_when_the_database_closes(db: Db) -> None:
    gate = threading.Event()
    first = asyncio.create_task(db.write(lambda _tx: gate.wait(10), lane="acme"))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(db.write(adding(name), lane="acme")) for name in "ab"]
    await asyncio.sleep(0.05)
    closing = asyncio.create_task(asyncio.to_thread(db.close))
    await asyncio.sleep(0.05)
    gate.set()
    await closing
    assert await first
    assert await asyncio.gather(*waiting) == ["a", "b"]


# --- kept answers ---------------------------------------------------------------------------------


def test_a_kept_answer_is_asked_again_after_its_table_was_written(db: Db) -> None:
    def look(tx: Tx) -> list[list[str]]:
        seen = [ids(tx)]
        adding("a")(tx)
        seen.append(ids(tx))
        tx.run_many(ADD_PLACE, [row_of_place("b"), row_of_place("c")])
        seen.append(ids(tx))
        return seen

    assert db.write_now(look) == [[], ["a"], ["a", "b", "c"]]


def test_a_statement_knows_the_tables_it_names_and_no_others() -> None:
    statement = Statement(select(outbox.c.doc).where(outbox.c.company_id == "member"))
    statement.compiled("postgresql")
    assert statement.tables == {"outbox"}


# --- rows in bulk ---------------------------------------------------------------------------------


def rows_of(table: Table) -> list[dict[str, Any]]:
    """Return rows with everything that is hard to write, each with another key."""
    rows: list[dict[str, Any]] = []
    for number, text in enumerate(TRICKY):
        row: dict[str, Any] = {}
        for column in table.columns:
            kind = column.type
            if isinstance(kind, LargeBinary):
                row[column.name] = bytes(range(number, 256, 7))
            elif isinstance(kind, Double):
                row[column.name] = None if number == 0 else 0.1 * number
            elif isinstance(kind, BigInteger):
                row[column.name] = 2**53 + 1 + number
            elif isinstance(kind, Integer):
                row[column.name] = number % 2
            elif column.primary_key:
                row[column.name] = f"{column.name}{number}{text}"
            else:
                row[column.name] = text
        rows.append(row)
    return rows


def contents(tx: Tx, table: Table) -> list[tuple[Any, ...]]:
    keys = list(table.primary_key.columns)
    return [tuple(row) for row in tx.rows(Statement(select(table).order_by(*keys)))]


@pytest.mark.parametrize("name", sorted(metadata.tables))
def test_rows_in_bulk_are_the_rows_one_by_one(db: Db, name: str) -> None:
    table = metadata.tables[name]
    keys = [column.name for column in table.primary_key.columns]
    rows = rows_of(table)
    one_by_one = Statement(insert(table))
    expected = sorted(tuple(row[column.name] for column in table.columns) for row in rows)
    for statement in (one_by_one, upsert(table, keys=keys)):

        def write(tx: Tx, statement: Statement = statement) -> list[tuple[Any, ...]]:
            tx.run_many(statement, rows)
            return contents(tx, table)

        assert sorted(db.write_now(write)) == expected
        if statement is one_by_one:
            before = db.read_now(lambda tx: contents(tx, table))
            assert sorted(before) == expected


def test_add_new_tells_which_rows_were_new(db: Db) -> None:
    add = upsert(place_table, keys=["company_id", "place_id"], change=[])
    db.write_now(adding("b"))
    names = ["a", "b", "c"]

    def write(tx: Tx) -> list[bool]:
        return tx.add_new(add, [row_of_place(name) for name in names])

    assert db.write_now(write) == [True, False, True]
    assert db.write_now(lambda tx: tx.add_new(add, [])) == []
    assert db.read_now(ids) == names


def test_an_upsert_of_one_key_twice_keeps_the_later(db: Db) -> None:
    save = upsert(place_table, keys=["company_id", "place_id"])
    rows = [{**row_of_place("a"), "name_key": name} for name in ("first", "second")]

    def write(tx: Tx) -> list[tuple[Any, ...]]:
        tx.run_many(save, rows)
        return tx.rows(Statement(select(place_table.c.name_key)))

    assert db.write_now(write) == [("second",)]


def test_many_marks_keep_the_earliest_of_each_member(db: Db) -> None:
    wanda, willi = MemberId("wanda0"), MemberId("willi0")

    def write(tx: Tx) -> list[int]:
        folds.mark_many(tx, [(ACME, wanda, 50), (ACME, willi, 70)], 1)
        folds.mark_many(tx, [(ACME, wanda, 60), (ACME, willi, 30)], 2)
        found = [folds.find(tx, ACME, member) for member in (wanda, willi)]
        return [mark.dirty_ms for mark in found if mark]

    assert db.write_now(write) == [50, 30]
