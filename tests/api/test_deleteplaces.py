from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.places import queries as places

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

HERE = {"lat": 48.31, "lng": 14.29}


async def _place(world: World, **sent: Any) -> str:
    answer = await world.ada.post("createplace", **{"name": "Depot", **sent})
    uid: str = answer["uid"]
    return uid


async def _left(world: World) -> list[str]:
    return [place["uid"] for place in (await world.ada.post("getplaces"))["places"]]


async def test_it_deletes_a_place_for_good(world: World) -> None:
    uid = await _place(world)
    assert await world.ada.post("deleteplaces", uid=uid) == {"status": 0}
    assert await _left(world) == []
    assert (await world.ada.post("deleteplaces", uid=uid))["status"] == -11


async def test_it_deletes_several_and_skips_those_that_do_not_exist(world: World) -> None:
    uids = [await _place(world) for _ in range(3)]
    answer = await world.ada.post("deleteplaces", uids=[uids[0], "nowher", uids[2], uids[0]])
    assert answer["status"] == 0
    assert await _left(world) == [uids[1]]
    assert (await world.ada.post("deleteplaces", uids=[]))["status"] == 0
    assert await _left(world) == [uids[1]]


async def test_jobs_keep_what_they_copied_and_lose_the_place(world: World) -> None:
    uid = await _place(world, location=HERE, radius=70, address="Hafen 1", city="Linz")
    sent = {"placeUid": uid, "worker": world.wanda.username, "day": 20260105}
    done = {**sent, "tsDoneSuccess": 1767596400000}
    made = (await world.ada.post("createjobs", jobs=[sent, done, {}]))["jobs"]
    templates = (await world.ada.post("createjobs", jobs=[sent], template=True))["jobs"]
    await world.ada.post("deleteplaces", uid=uid)
    ids = [job["id"] for job in (*made, *templates)]
    found = (await world.ada.post("getjobs", ids=ids))["jobs"]
    assert {job["placeUid"] for job in found} == {""}, "at once"
    await world.settle()
    found = (await world.ada.post("getjobs", ids=ids))["jobs"]
    assert {job["placeUid"] for job in found} == {""}
    assert {job["placeName"] for job in found} == {""}
    kept = [job for job in found if job["id"] != made[2]["id"]]
    assert {job["destinationText"] for job in kept} == {made[0]["destinationText"]}
    assert {(job["destinationLat"], job["destinationLng"]) for job in kept} == {(48.31, 14.29)}
    area = world.db.read_now(
        lambda tx: places.area_versions(tx, world.acme, f"job:{made[0]['id']}")
    )
    assert [one.radius_m for one in area] == [100], "the job is no longer as wide as its place"


async def test_the_circle_around_the_place_goes_with_it(world: World) -> None:
    uid = await _place(world, location=HERE)
    await world.settle()
    await world.ada.post("deleteplaces", uid=uid)
    await world.settle()
    assert world.db.read_now(lambda tx: places.area_versions(tx, world.acme, f"place:{uid}")) == []


async def test_operators_delete_places_and_workers_do_not(world: World) -> None:
    uid = await _place(world)
    world.set_policy(switches={"workers_create_places": True})
    assert (await world.wanda.post("deleteplaces", uid=uid))["status"] == -5
    assert (await world.wanda.post("deleteplaces", uids=[uid]))["status"] == -5
    assert (await world.otto.post("deleteplaces", uid=uid))["status"] == 0


async def test_places_of_another_company_do_not_exist(world: World) -> None:
    uid = await _place(world)
    assert (await world.zoe.post("deleteplaces", uid=uid))["status"] == -11
    assert (await world.zoe.post("deleteplaces", uids=[uid]))["status"] == 0
    assert await _left(world) == [uid]


async def test_it_must_be_said_which_place(world: World) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"uid": ""},
        {"uid": None},
        {"uid": 5},
        {"uids": "depot1"},
        {"uids": [5]},
    )
    for which in wrong:
        assert (await world.ada.post("deleteplaces", **which))["status"] == -1, which
    many = [f"u{number}" for number in range(1001)]
    assert (await world.ada.post("deleteplaces", uids=many))["status"] == -11
