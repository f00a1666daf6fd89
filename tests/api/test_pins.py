"""Pins on jobs: an extension of ours that keeps automatic steps off what somebody decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.geo import Point

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

DAY = 20260105
HOME = Point(48.2, 16.0)
# Monday 13:00 in Vienna.
ONE_O_CLOCK = 1_767_614_400_000
BOTH = {"person": True, "position": False, "time": True}


def job(step: float, **more: Any) -> dict[str, Any]:
    place = {"destinationLat": HOME.lat, "destinationLng": HOME.lng + step / 100}
    return {"destinationName": f"at {step}", **place, **more}


async def made(world: World, *jobs: dict[str, Any]) -> list[str]:
    return [one["id"] for one in (await world.ada.post("createjobs", jobs=list(jobs)))["jobs"]]


async def of_wanda(world: World, *steps: float, **more: Any) -> list[str]:
    world.set_member(world.wanda, route_start=HOME)
    return await made(
        world, *(job(step, worker=world.wanda.username, day=DAY, **more) for step in steps)
    )


async def pin(world: World, job_id: str, pins: Any) -> dict[str, Any]:
    answer = await world.otto.post("editjobs", jobs={job_id: {"pin": pins}})
    assert answer["status"] == 0, answer
    changed: dict[str, Any] = answer["jobs"][0]
    return changed


async def test_a_pin_is_answered_only_where_there_is_one(world: World) -> None:
    (one,) = await of_wanda(world, 1)
    assert "pin" not in (await world.otto.post("getjobs", id=one))["jobs"][0]
    assert (await pin(world, one, {"person": True, "time": ONE_O_CLOCK}))["pin"] == BOTH
    kept = await pin(world, one, {})
    assert kept["pin"] == BOTH
    assert (kept["scheduledStart"], kept["scheduledEnd"]) == (ONE_O_CLOCK, ONE_O_CLOCK + 720_000)
    assert (await pin(world, one, kept["pin"])) == kept
    assert (await pin(world, one, {"time": False}))["pin"] == BOTH | {"time": False}
    assert "pin" not in await pin(world, one, None)


async def test_a_job_may_be_made_with_a_pin(world: World) -> None:
    answer = await world.otto.post(
        "createjobs", jobs=[job(1, day=DAY, pin={"person": 1, "time": ONE_O_CLOCK})]
    )
    assert answer["jobs"][0]["pin"] == BOTH
    assert answer["jobs"][0]["scheduledStart"] == ONE_O_CLOCK


@pytest.mark.parametrize(
    ("pins", "status"),
    [("person", -1), (["person"], -1), ({"who": 1}, -11), ({"time": -5}, -11), ({"time": [1]}, -1)],
)
async def test_it_refuses_what_is_no_pin(world: World, pins: Any, status: int) -> None:
    (one,) = await of_wanda(world, 1)
    answer = await world.otto.post("editjobs", jobs={one: {"pin": pins}})
    assert answer["status"] == status
    assert answer["field"].endswith("pin") or answer["field"].endswith("pin.time")


async def test_workers_pin_nothing_and_send_back_what_they_were_given(world: World) -> None:
    (one,) = await of_wanda(world, 1)
    whole = await pin(world, one, {"time": ONE_O_CLOCK})
    for pins in ({"person": True}, {"time": ONE_O_CLOCK + 60_000}, None):
        answer = await world.wanda.post("editjobs", jobs={one: {"pin": pins}})
        assert (answer["status"], answer["code"]) == (-5, "not_allowed")
    back = await world.wanda.post("editjobs", jobs={one: whole | {"textReceiver": "done soon"}})
    assert back["status"] == 0
    world.set_policy(switches={"workers_create_jobs": True})
    answer = await world.wanda.post("createjobs", jobs=[job(1, pin={"person": True})])
    assert answer["code"] == "not_allowed"


async def test_zoe_pins_no_job_of_acme(world: World) -> None:
    (one,) = await of_wanda(world, 1)
    answer = await world.zoe.post("editjobs", jobs={one: {"pin": {"person": True}}})
    assert answer["code"] == "unknown_job"


async def test_autoassign_leaves_pinned_jobs_where_they_are(world: World) -> None:
    one, two, three = await of_wanda(world, 1, 2, 3)
    (free,) = await made(world, job(4, day=DAY))
    await pin(world, one, {"person": True})
    await pin(world, two, {"position": True})
    await pin(world, free, {"time": ONE_O_CLOCK})
    answer = await world.otto.post(
        "autoassign", jobs=[one, two, three, free], workers=[world.willi.username], day=DAY
    )
    assert answer["assignedJobs"] == [three]
    assert [one["worker"] for one in answer["jobs"]] == [
        world.wanda.username,
        world.wanda.username,
        world.willi.username,
        "",
    ]


async def test_optimizeroute_moves_nothing_up_to_a_pinned_position(world: World) -> None:
    far, near, middle, nearest = await of_wanda(world, 9, 3, 6, 1)
    await pin(world, near, {"position": True})
    answer = await world.otto.post("optimizeroute", day=DAY, account=world.wanda.username)
    assert [one["id"] for one in answer["jobs"]] == [far, near, nearest, middle]


@pytest.mark.parametrize("solve", [False, True])
async def test_optimizeroute_keeps_a_pinned_time(world: World, *, solve: bool) -> None:
    near, far = await of_wanda(world, 1, 5)
    await pin(world, near, {"time": ONE_O_CLOCK})
    answer = await world.otto.post(
        "optimizeroute", day=DAY, account=world.wanda.username, solve=solve
    )
    assert [one["id"] for one in answer["jobs"]] == [near, far]
    first, second = answer["jobs"]
    assert first["scheduledStart"] == ONE_O_CLOCK
    assert second["scheduledStart"] > ONE_O_CLOCK + 720_000


async def test_optimizeroute_unassigns_no_pinned_job(world: World) -> None:
    one, two, three = await of_wanda(world, 1, 2, 3, windowStart=700, windowEnd=730)
    await pin(world, one, {"person": True})
    await pin(world, two, {"time": ONE_O_CLOCK - 8 * 3_600_000})
    answer = await world.otto.post(
        "optimizeroute", day=DAY, account=world.wanda.username, solve=True
    )
    assert sorted(one["id"] for one in answer["jobs"]) == sorted([one, two])
    assert set(answer["reasons"]) == {one, two, three}
    after = {one["id"]: one for one in (await world.otto.post("getjobs", ids=[two]))["jobs"]}
    assert after[two]["scheduledStart"] == ONE_O_CLOCK - 8 * 3_600_000
