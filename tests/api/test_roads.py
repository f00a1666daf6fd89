"""Plans follow the streets of the imported map, and say whose roads they are made of."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.streets.model import ATTRIBUTION
from roundsman.streets.store import Store
from tests.town import at, import_town

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

pytestmark = pytest.mark.anyio

DAY = 20260105
STRAIGHT: dict[str, Any] = {
    "source": "great_circle",
    "note": "No map is imported.",
    "far": [],
    "attribution": "",
}
STREETS: dict[str, Any] = {"source": "osrm:town", "note": "", "far": [], "attribution": ATTRIBUTION}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the map folder of an installation that has imported the town."""
    data = tmp_path_factory.mktemp("town")
    import_town(data, "car", "truck")
    return data / "map"


def move_in(world: World, town: Path) -> None:
    """Give the running server the map, as an import beside it does."""
    shutil.copytree(town, world.app.settings.data / "map")


async def jobs_at(world: World, *spots: tuple[int, int], **each: Any) -> list[str]:
    places = [at(*spot) for spot in spots]
    sent = [
        {"destinationName": f"{spot}", "destinationLat": place.lat, "destinationLng": place.lng}
        | {"day": DAY, **each}
        for spot, place in zip(spots, places, strict=True)
    ]
    made: list[dict[str, Any]] = (await world.ada.post("createjobs", jobs=sent))["jobs"]
    return [job["id"] for job in made]


async def optimise(world: World, **more: Any) -> dict[str, Any]:
    return await world.otto.post("optimizeroute", day=DAY, account=world.wanda.username, **more)


def ids(answer: dict[str, Any]) -> list[str]:
    return [job["id"] for job in answer["jobs"]]


async def test_optimizeroute_follows_the_streets(world: World, town: Path) -> None:
    world.set_member(world.wanda, route_start=at(1000, 0))
    west, east = await jobs_at(world, (200, 300), (800, 300), worker=world.wanda.username)
    by_crow = await optimise(world)
    assert (ids(by_crow), by_crow["roads"]) == ([east, west], STRAIGHT)
    # By street both are reached from the west only: the one-way street leads past west to east.
    move_in(world, town)
    answer = await optimise(world)
    assert (ids(answer), answer["roads"]) == ([west, east], STREETS)
    assert answer["route_updated"] is True
    again = await optimise(world)
    assert (ids(again), again["route_updated"]) == ([west, east], False)
    first, second = answer["jobs"]
    driven_s = (second["scheduledStart"] - first["scheduledEnd"]) / 1000
    assert driven_s > 600 / (50 / 3.6)  # 600 m of a residential street


async def test_a_truck_gets_a_trucks_times(world: World, town: Path) -> None:
    move_in(world, town)
    world.set_member(world.wanda, route_start=at(500, 0))
    await jobs_at(world, (500, -400), (500, 0), worker=world.wanda.username)
    began: list[int] = []
    for mode in ("car", "truck"):
        world.set_member(world.wanda, travel_mode=mode)
        answer = await optimise(world)
        assert answer["roads"] == STREETS
        began.append(answer["jobs"][-1]["scheduledStart"])
    assert began[1] - began[0] > 60_000


async def test_what_no_street_leads_to_is_left_out_when_solved(world: World, town: Path) -> None:
    move_in(world, town)
    world.set_member(world.wanda, route_start=at(0, 0))
    island, near = await jobs_at(world, (5100, 0), (200, 0), worker=world.wanda.username)
    answer = await optimise(world, solve=True)
    assert ids(answer) == [near]
    assert answer["reasons"] == {island: "unreachable"}


async def test_jobs_off_every_street_are_named(world: World, town: Path) -> None:
    move_in(world, town)
    world.set_member(world.wanda, route_start=at(0, 0))
    lake, near = await jobs_at(world, (-3000, 0), (200, 0), worker=world.wanda.username)
    answer = await optimise(world)
    assert sorted(ids(answer)) == sorted([lake, near])
    assert answer["roads"] == {**STREETS, "far": [lake]}


async def test_a_mode_without_streets_is_said(world: World, town: Path) -> None:
    move_in(world, town)
    world.set_member(world.wanda, route_start=at(0, 0), travel_mode="bicycle")
    await jobs_at(world, (200, 0), (800, 0), worker=world.wanda.username)
    note = "No imported map has streets for bicycle."
    assert (await optimise(world))["roads"] == {**STRAIGHT, "note": note}


async def test_autoassign_goes_by_streets(world: World, town: Path) -> None:
    # South of the river: 400 m over the bridge for a car, 2.6 km around for a truck.
    world.set_member(world.wanda, route_start=at(500, -10), travel_mode="truck")
    world.set_member(world.willi, route_start=at(1000, -300), travel_mode="car")
    workers = [world.wanda.username, world.willi.username]
    (job,) = await jobs_at(world, (500, -400))
    by_crow = await world.otto.post("autoassign", jobs=[job], workers=workers)
    assert by_crow["jobs"][0]["worker"] == world.wanda.username
    assert by_crow["roads"] == STRAIGHT
    move_in(world, town)
    by_street = await world.otto.post("autoassign", jobs=[job], workers=workers)
    assert by_street["jobs"][0]["worker"] == world.willi.username
    assert by_street["roads"] == STREETS


async def test_a_heavy_plan_carries_its_streets_to_another_process(
    world: World, town: Path
) -> None:
    move_in(world, town)
    world.set_member(world.wanda, route_start=at(1000, 0))
    spots = [(east, 300) for east in range(900, 0, -60)]
    made = await jobs_at(world, *spots, worker=world.wanda.username)
    answer = await optimise(world)
    assert (ids(answer), answer["roads"]) == (made[::-1], STREETS)


async def test_createjobs_with_autoassign_goes_by_streets(world: World, town: Path) -> None:
    move_in(world, town)
    world.set_member(world.wanda, route_start=at(500, -10), travel_mode="truck")
    world.set_member(world.willi, route_start=at(1000, -300), travel_mode="car")
    place = at(500, -400)
    sent = {"destinationLat": place.lat, "destinationLng": place.lng, "day": DAY}
    answer = await world.ada.post("createjobs", jobs=[sent], autoassign=True)
    assert answer["jobs"][0]["worker"] == world.willi.username


async def test_an_import_is_found_without_a_restart(world: World, town: Path) -> None:
    assert Store(world.app.settings.data).regions() == []
    move_in(world, town)
    assert [region.name for region in Store(world.app.settings.data).regions()] == ["town"]
    assert world.app.roads.table([at(0, 0), at(1000, 0)], "car").roads == "osrm:town"
