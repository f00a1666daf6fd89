"""The contract of distributejobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.geo import Point

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def made(world: World, *places: tuple[float, float], **more: Any) -> list[str]:
    sent = [{"destinationLat": lat, "destinationLng": lng, **more} for lat, lng in places]
    return [one["id"] for one in (await world.ada.post("createjobs", jobs=sent))["jobs"]]


async def test_neighbours_share_a_cluster(world: World) -> None:
    west = await made(world, (48.2, 16.0), (48.21, 16.0), (48.2, 16.02))
    east = await made(world, (48.2, 17.0), (48.21, 17.0))
    answer = await world.otto.post("distributejobs", jobs=[*west, *east], regions=2)
    assert answer["status"] == 0
    clusters = answer["clusters"]
    assert [(one["id"], one["name"]) for one in clusters] == [(1, "Cluster 1"), (2, "Cluster 2")]
    assert sorted(one["jobs"] for one in clusters) == sorted([west, east])
    center = next(one for one in clusters if one["jobs"] == east)
    assert center["center_lat"] == pytest.approx(48.205, abs=1e-4)
    assert center["center_lng"] == pytest.approx(17.0, abs=1e-6)
    again = await world.otto.post("distributejobs", jobs=[*west, *east], regions=2)
    assert again == answer


async def test_empty_clusters_are_at_the_company(world: World) -> None:
    world.set_company(position=Point(47.4, 9.7))
    ids = await made(world, (48.2, 16.0))
    answer = await world.otto.post("distributejobs", jobs=ids, regions=3)
    assert [one["jobs"] for one in answer["clusters"]] == [ids, [], []]
    assert answer["clusters"][2]["center_lat"] == 47.4
    assert answer["clusters"][2]["center_lng"] == 9.7


async def test_no_cluster_is_larger_than_allowed(world: World) -> None:
    ids = await made(world, *((48.2 + step / 1000, 16.0) for step in range(60)))
    usual = await world.otto.post("distributejobs", jobs=ids, regions=2)
    assert [len(one["jobs"]) for one in usual["clusters"]] == [28, 28]
    small = await world.otto.post("distributejobs", jobs=ids, regions=3, max=5)
    assert sorted(len(one["jobs"]) for one in small["clusters"]) == [5, 5, 5]


async def test_size_balances_and_zones_hold_together(world: World) -> None:
    west = await made(world, *((48.2, 16 + step / 100) for step in range(5)), linkedZones="3")
    east = await made(world, (48.2, 17.0), linkedZones="3")
    even = await world.otto.post("distributejobs", jobs=[*west, *east], regions=2, method="size")
    assert [len(one["jobs"]) for one in even["clusters"]] == [3, 3]
    zones = await world.otto.post("distributejobs", jobs=[*west, *east], regions=2, method="zones")
    assert sorted(len(one["jobs"]) for one in zones["clusters"]) == [0, 6]


async def test_jobs_without_position_are_left_out(world: World) -> None:
    ids = await made(world, (48.2, 16.0), (0, 0))
    answer = await world.otto.post("distributejobs", jobs=ids, regions=1)
    assert answer["clusters"][0]["jobs"] == ids[:1]


async def test_nothing_is_changed(world: World) -> None:
    ids = await made(world, (48.2, 16.0), (48.3, 16.0))
    before = await world.otto.post("getjobs", ids=ids)
    await world.otto.post("distributejobs", jobs=ids, regions=2)
    assert await world.otto.post("getjobs", ids=ids) == before


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"regions": 0}, -11),
        ({"regions": -1}, -11),
        ({"regions": 1001}, -11),
        ({"regions": "two"}, -1),
        ({"max": 0}, -11),
        ({"method": "luck"}, -11),
        ({"jobs": ["65a1b2c3d4e5f60718293a4b"]}, -11),
        ({"jobs": 5}, -1),
        ({"jobs": []}, 0),
        ({"regions": "2"}, 0),
    ],
)
async def test_it_refuses_what_it_cannot_do(
    world: World, data: dict[str, Any], status: int
) -> None:
    ids = await made(world, (48.2, 16.0))
    asked = {"jobs": ids, "regions": 1} | data
    assert (await world.otto.post("distributejobs", **asked))["status"] == status


async def test_regions_are_needed(world: World) -> None:
    assert (await world.otto.post("distributejobs", jobs=[]))["status"] == -1


async def test_workers_and_other_companies_may_not(world: World) -> None:
    ids = await made(world, (48.2, 16.0))
    assert (await world.wanda.post("distributejobs", jobs=ids, regions=1))["status"] == -5
    assert (await world.zoe.post("distributejobs", jobs=ids, regions=1))["status"] == -11
