"""A geocoder that gives no answer delays positions and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from roundsman.jobs.seeking import QUEUE, REST, TURN
from tests.servers import Answer, Inbox, free_port, hook_receiver
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.world import Person, World

pytestmark = pytest.mark.anyio

# The form of an answer of Nominatim, jsonv2.
HOUSE = {
    "lat": "49.5150677",
    "lon": "11.2761145",
    "address": {
        "house_number": "5",
        "road": "Kunigundenstraße",
        "town": "Lauf an der Pegnitz",
        "postcode": "91207",
        "country_code": "de",
    },
}
FOUND = Answer(body=msgspec.json.encode([HOUSE]))
AWAY = Answer(status=503)


@pytest.fixture
def nominatim() -> Iterator[Inbox]:
    with hook_receiver() as opened:
        opened.answer = FOUND
        yield opened


@pytest.fixture
async def world(database: str, tmp_path: Path, nominatim: Inbox) -> AsyncIterator[World]:
    made = make_world(
        database, tmp_path, geocoder="nominatim", geocoder_url=nominatim.url, geocoder_rate=0
    )
    yield made
    await made.close()


def wake(world: World) -> None:
    """Let the geocoder's own rest after a failure be over."""
    world.app.geocoder.health()


async def created(person: Person, *addresses: str, **more: Any) -> list[dict[str, Any]]:
    jobs = [{"destinationText": address, **more} for address in addresses]
    answer = await person.post("createjobs", jobs=jobs)
    assert answer["status"] == 0, answer
    made: list[dict[str, Any]] = answer["jobs"]
    return made


async def lats(person: Person, jobs: list[dict[str, Any]]) -> list[float]:
    answer = await person.post("getjobs", ids=[job["id"] for job in jobs])
    found = {job["id"]: job["destinationLat"] for job in answer["jobs"]}
    return [found[job["id"]] for job in jobs]


async def test_a_job_is_stored_at_once_and_found_later(world: World, nominatim: Inbox) -> None:
    nominatim.answer = AWAY
    made = await created(world.ada, "Kunigundenstr. 5, Lauf", day=20260105)
    assert made[0]["destinationLat"] == 0
    await world.settle()
    assert await lats(world.ada, made) == [0]
    assert (await world.ada.post("getunlocated"))["jobs"] == []  # nobody need look at it yet

    nominatim.answer = FOUND
    wake(world)
    await world.settle()
    assert await lats(world.ada, made) == [0]  # it rests
    world.pass_time(seconds=REST.total_seconds() + 1)
    await world.settle()
    assert await lats(world.ada, made) == [49.5150677]


async def test_a_place_is_stored_at_once_and_found_later(world: World, nominatim: Inbox) -> None:
    nominatim.answer = AWAY
    answer = await world.ada.post("createplace", name="Depot", address="Kunigundenstr. 5")
    uid = answer["uid"]
    # A job at the place takes the position over as soon as there is one.
    jobs = [{"placeUid": uid, "day": 20260105, "worker": world.wanda.username}]
    at_place = (await world.ada.post("createjobs", jobs=jobs))["jobs"]
    await world.settle()
    nominatim.answer = FOUND
    wake(world)
    world.pass_time(minutes=1)
    await world.settle()
    (place,) = (await world.ada.post("getplaces", uids=[uid]))["places"]
    assert place["location"]["lat"] == 49.5150677
    assert await lats(world.ada, at_place) == [49.5150677]


async def test_what_never_gets_an_answer_is_asked_less_and_less_often(
    world: World, nominatim: Inbox
) -> None:
    wake(world)  # its answer is kept: from now on this asks nobody
    nominatim.answer = AWAY
    await created(world.ada, "Kunigundenstr. 5, Lauf")
    for _ in range(48):  # twelve hours
        wake(world)
        world.pass_time(minutes=15)
        await world.settle()
    searches = sum("search" in one.path for one in nominatim.requests)
    assert 5 <= searches <= 10


async def test_an_address_that_breaks_the_server_holds_up_nobody_else(
    world: World, nominatim: Inbox
) -> None:
    nominatim.answer = AWAY
    broken = await created(world.ada, "Poison 1")
    other = await created(world.ada, "Kunigundenstr. 5, Lauf")
    nominatim.answer = FOUND
    wake(world)
    nominatim.answers_first.append(AWAY)
    world.pass_time(seconds=20)
    await world.settle()  # the broken one comes first, and the server rests
    assert await lats(world.ada, [*broken, *other]) == [0, 0]
    wake(world)
    nominatim.answers_first.extend([FOUND, AWAY])
    world.pass_time(seconds=REST.total_seconds() + 1)
    await world.settle()
    assert await lats(world.ada, [*broken, *other]) == [0, 49.5150677]


async def test_an_import_waits_in_line_and_leaves_others_their_turn(
    world: World, nominatim: Inbox
) -> None:
    nominatim.answer = AWAY
    many = await created(world.ada, *(f"Kunigundenstr. {n}, Lauf" for n in range(QUEUE + 30)))
    nominatim.answer = FOUND
    wake(world)
    before = len(nominatim.requests)
    await created(world.ada, "Kunigundenstr. 500, Lauf")
    assert len(nominatim.requests) == before  # it waits behind the others
    (zoes,) = await created(world.zoe, "Kunigundenstr. 600, Lauf")
    assert zoes["destinationLat"] == 49.5150677  # Zoe has no queue

    zoes_too = await created(world.zoe, *(f"Markt {n}, Lauf" for n in range(3)))
    assert all(job["destinationLat"] for job in zoes_too)
    await world.app.seeker.seek_due()
    found = [lat for lat in await lats(world.ada, many) if lat]
    assert len(found) == TURN
    await world.settle()
    assert 0 not in await lats(world.ada, many)


async def test_what_changed_meanwhile_is_left_alone(world: World, nominatim: Inbox) -> None:
    nominatim.answer = AWAY
    (job,) = await created(world.ada, "Kunigundenstr. 5, Lauf")
    here = {"destinationLat": 48, "destinationLng": 16}
    await world.ada.post("editjobs", jobs={job["id"]: here})
    nominatim.answer = FOUND
    wake(world)
    world.pass_time(minutes=1)
    await world.settle()
    assert await lats(world.ada, [job]) == [48]


@pytest.fixture
async def lonely(database: str, tmp_path: Path) -> AsyncIterator[World]:
    url = f"http://127.0.0.1:{free_port()}"
    made = make_world(database, tmp_path, geocoder="photon", geocoder_url=url, geocoder_rate=0)
    yield made
    await made.close()


async def test_a_server_that_does_not_exist_refuses_nothing(lonely: World) -> None:
    (job,) = await created(lonely.ada, "Kunigundenstr. 5, Lauf")
    assert job["destinationLat"] == 0
    answer = await lonely.ada.post("editjobs", jobs={job["id"]: {"destinationText": "Lauf 3"}})
    assert answer["status"] == 0
    await lonely.settle()


async def test_every_company_has_its_turn_in_a_round(world: World, nominatim: Inbox) -> None:
    nominatim.answer = AWAY
    adas = await created(world.ada, *(f"Kunigundenstr. {n}, Lauf" for n in range(2 * TURN)))
    zoes = await created(world.zoe, *(f"Marktplatz {n}, Lauf" for n in range(2 * TURN)))
    nominatim.answer = FOUND
    wake(world)
    for turns in (1, 2):
        assert await world.app.seeker.seek_due() == 2 * TURN
        for person, jobs in ((world.ada, adas), (world.zoe, zoes)):
            assert sum(lat > 0 for lat in await lats(person, jobs)) == turns * TURN
