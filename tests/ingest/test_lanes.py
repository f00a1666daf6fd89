"""Many phones at once: their deliveries share a commit, and each gets its own answer."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import State
from roundsman.core.clock import to_ms
from roundsman.ingest.endpoints import LANES, LONG, SMALL_BYTES, lane_of
from roundsman.tracking.queries import fixes, live
from roundsman.tracking.receiving import DevicePass
from tests.phones import Phone

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from roundsman.tracking.model import Fix
    from tests.world import Person, World

pytestmark = pytest.mark.anyio
PHONES = 24


def values(world: World, number: int) -> dict[str, object]:
    return {
        "lat": 48.2 + number / 1000,
        "lon": 16.3,
        "timestamp": to_ms(world.now) // 1000 - number,
        "accuracy": 5,
    }


def fixes_of(world: World, person: Person) -> list[Fix]:
    return world.db.read_now(lambda tx: fixes.after(tx, person.company, person.id, 0, 2 * LONG))


async def test_what_many_phones_send_at_once_is_all_stored_and_shown(world: World) -> None:
    people = (world.wanda, world.willi, world.otto)
    phones = [Phone(world, people[number % 3]) for number in range(PHONES)]
    assert {lane_of(DevicePass(phone.token)) for phone in phones} <= set(range(LANES))
    answers = await asyncio.gather(
        *(phone.get(**values(world, number)) for number, phone in enumerate(phones))
    )
    assert {answer.status_code for answer in answers} == {200}
    stored = 0
    for person in people:
        rows = fixes_of(world, person)
        stored += len(rows)
        newest = max(rows, key=lambda fix: fix.ts_ms)
        shown = world.db.read_now(lambda tx: live.live_states(tx, world.acme))
        assert shown[person.id].ts_ms == newest.ts_ms
        assert shown[person.id].lat_e7 == newest.lat_e7
    assert stored == PHONES


async def test_one_that_is_refused_takes_no_other_with_it(world: World) -> None:
    phones = [Phone(world, world.wanda) for _ in range(PHONES)]
    idle = Phone(world, world.willi)

    def remove(tx: Tx) -> None:
        member = accounts.get_member(tx, world.acme, world.willi.id)
        accounts.save_member(tx, world.acme, structs.replace(member, state=State.DEACTIVATED))

    world.db.write_now(remove)
    wrong = world.http.get("/ingest/osmand/nobodys-token?id=x&lat=1&lon=2&timestamp=1")
    answers = await asyncio.gather(
        wrong,
        idle.get(**values(world, 0)),
        *(phone.get(**values(world, number)) for number, phone in enumerate(phones)),
    )
    assert [answer.status_code for answer in answers] == [401, 503] + [200] * PHONES
    rows = world.db.read_now(lambda tx: fixes.after(tx, world.wanda.company, world.wanda.id, 0, 99))
    assert len(rows) == PHONES


async def test_a_fix_sent_twice_at_once_is_stored_once(world: World) -> None:
    phone = Phone(world, world.wanda)
    answers = await asyncio.gather(*(phone.get(**values(world, 0)) for _ in range(PHONES)))
    assert {answer.status_code for answer in answers} == {200}
    rows = world.db.read_now(lambda tx: fixes.after(tx, world.wanda.company, world.wanda.id, 0, 99))
    assert len(rows) == 1


async def test_a_long_request_is_stored_whole_and_needs_a_good_token(world: World) -> None:
    phone = Phone(world, world.wanda)
    now_ms = to_ms(world.now)
    batch = [
        {"id": phone.id, "lat": 48.2, "lon": 16.3, "timestamp": now_ms - 1000 * second}
        for second in range(LONG + 1)
    ]
    assert len(json.dumps(batch)) > SMALL_BYTES
    answer = await phone.post(json=batch)
    assert answer.status_code == 200
    assert len(fixes_of(world, world.wanda)) == LONG + 1
    wrong = await world.http.post("/ingest/osmand/nobodys-token", json=batch)
    assert wrong.status_code == 401
