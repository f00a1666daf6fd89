"""The contract of autoassign, and of autoassign in createjobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import Shift, State, Team
from roundsman.core.geo import Point
from roundsman.core.ids import TeamId
from roundsman.events import queries as facts

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

DAY = 20260105
TOMORROW = 20260106
WEST, EAST = Point(48.2, 16.0), Point(48.2, 16.4)


def job(step: float, **more: Any) -> dict[str, Any]:
    """Return a job so many hundredths of a degree east of Wanda's home."""
    place = {"destinationLat": WEST.lat, "destinationLng": WEST.lng + step / 100}
    return {"destinationName": f"at {step}", **place, **more}


async def made(world: World, *jobs: dict[str, Any]) -> list[str]:
    return [one["id"] for one in (await world.ada.post("createjobs", jobs=list(jobs)))["jobs"]]


async def assign(
    world: World, jobs: list[str], by: Person | None = None, **more: Any
) -> dict[str, Any]:
    world.set_member(world.wanda, route_start=WEST)
    world.set_member(world.willi, route_start=EAST)
    workers = [world.wanda.username, world.willi.id]
    return await (by or world.otto).post("autoassign", **{"jobs": jobs, "workers": workers} | more)


def takers(answer: dict[str, Any]) -> list[str]:
    return [one["worker"].partition("@")[0] for one in answer["jobs"]]


async def test_each_job_goes_to_whom_it_adds_least(world: World) -> None:
    ids = await made(world, job(35), job(3), job(30), job(8))
    answer = await assign(world, ids)
    assert answer["status"] == 0
    assert answer["assignedJobs"] == ids
    assert answer["unassignedJobs"] == []
    assert answer["reasons"] == {}
    assert takers(answer) == ["willi", "wanda", "willi", "wanda"]
    assert [one["number"] for one in answer["jobs"]] == [1, 1, 2, 2]
    assert {one["day"] for one in answer["jobs"]} == {DAY}
    stored = await world.otto.post("getjobs", ids=ids)
    assert sorted(one["id"] for one in stored["jobs"]) == sorted(ids)
    assert all(one in stored["jobs"] for one in answer["jobs"])


async def test_it_appends_to_the_day_there_is(world: World) -> None:
    await made(world, job(1, worker=world.wanda.username, day=DAY))
    answer = await assign(world, await made(world, job(2)))
    assert answer["jobs"][0]["number"] == 2


async def test_a_job_keeps_its_own_day(world: World) -> None:
    ids = await made(world, job(2, day=TOMORROW), job(3))
    answer = await assign(world, ids)
    assert [one["day"] for one in answer["jobs"]] == [TOMORROW, DAY]
    assert [one["number"] for one in answer["jobs"]] == [1, 1]
    later = await assign(world, await made(world, job(4)), day=20260110)
    assert later["jobs"][0]["day"] == 20260110


async def test_size_balances(world: World) -> None:
    ids = await made(world, *(job(step) for step in range(1, 7)))
    answer = await assign(world, ids, method="size")
    assert sorted(takers(answer)) == ["wanda"] * 3 + ["willi"] * 3


async def test_zones_stay_with_one_worker(world: World) -> None:
    ids = await made(world, *(job(step, linkedZones="z7,z8") for step in (2, 38, 4, 30)))
    assert len(set(takers(await assign(world, ids)))) == 2
    fresh = await made(world, *(job(step, linkedZones="z7", day=TOMORROW) for step in (2, 38, 4)))
    assert len(set(takers(await assign(world, fresh, method="zones")))) == 1


async def test_capacities_are_per_worker_and_day(world: World) -> None:
    await made(world, job(1, worker=world.wanda.username, day=DAY, itemsToPickup=2))
    ids = await made(world, *(job(step, itemsToPickup=2) for step in (2, 3, 4)))
    answer = await assign(world, ids, pickupCapacity=4)
    assert sorted(takers(answer)) == ["wanda", "willi", "willi"]
    heavy = await made(world, job(5, itemsToDropoff=9))
    answer = await assign(world, heavy, dropoffCapacity=8)
    assert answer["unassignedJobs"] == heavy
    assert answer["reasons"] == {heavy[0]: "capacity"}
    assert answer["jobs"][0]["worker"] == ""


async def test_a_job_without_position_cannot_be_given(world: World) -> None:
    ids = await made(world, {"destinationName": "somewhere"}, job(1))
    answer = await assign(world, ids)
    assert answer["assignedJobs"] == ids[1:]
    assert answer["unassignedJobs"] == ids[:1]
    assert answer["reasons"] == {ids[0]: "no_location"}
    assert answer["jobs"][0]["day"] == 0


async def test_what_has_begun_or_ended_stays_as_it_is(world: World) -> None:
    ids = await made(world, *(job(step) for step in (1, 2, 3, 4)))
    stamp = 1767600000000
    await world.ada.post(
        "editjobs",
        jobs={
            ids[0]: {"tsDoneSuccess": stamp},
            ids[1]: {"tsDoneFailed": stamp},
            ids[2]: {"tsCheckIn": stamp},
        },
    )
    await world.ada.post("archivejobs", jobs=ids[3:])
    before = (await world.otto.post("getjobs", ids=ids))["jobs"]
    answer = await assign(world, ids)
    assert answer["assignedJobs"] == []
    assert answer["unassignedJobs"] == ids
    assert (await world.otto.post("getjobs", ids=ids))["jobs"] == before


async def test_a_job_moves_to_who_is_nearer(world: World) -> None:
    ids = await made(world, job(39, worker=world.wanda.username, day=DAY))
    answer = await assign(world, ids)
    assert takers(answer) == ["willi"]
    assert answer["jobs"][0]["tsAccepted"] == 0


async def test_doing_it_twice_changes_nothing(world: World) -> None:
    ids = await made(world, *(job(step) for step in (1, 2, 30, 33)))
    first = await assign(world, ids)
    await world.settle()
    world.pass_time(minutes=1)
    second = await assign(world, ids)
    assert second == first
    assert not world.db.read_now(lambda tx: facts.pending(tx, 10))


async def test_each_assigned_job_is_told_and_today_the_worker(world: World) -> None:
    ids = await made(world, job(1), job(2, day=TOMORROW))
    await world.settle()
    await assign(world, ids)
    told = world.db.read_now(lambda tx: facts.pending(tx, 10))
    assert sorted(fact.event.kind for fact in told) == [
        "job_updated",
        "job_updated",
        "route_changed",
    ]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"jobs": []}, -11),
        ({"workers": []}, -11),
        ({"jobs": ["65a1b2c3d4e5f60718293a4b"]}, -11),
        ({"jobs": "65a1b2c3d4e5f60718293a4b"}, -1),
        ({"jobs": [7]}, -1),
        ({"workers": ["nobody@acme.example"]}, -2),
        ({"workers": ["zoe@zeta.example"]}, -2),
        ({"method": "luck"}, -11),
        ({"pickupCapacity": -1}, -11),
        ({"dropoffCapacity": -1}, -11),
        ({"pickupCapacity": 0, "dropoffCapacity": 0}, 0),
        ({"day": 20260230}, -11),
        ({"day": "20260106", "method": "SIZE"}, 0),
    ],
)
async def test_it_refuses_what_it_cannot_do(
    world: World, data: dict[str, Any], status: int
) -> None:
    asked = {"jobs": await made(world, job(1, itemsToPickup=3)), "workers": ["wandax"]}
    assert (await world.otto.post("autoassign", **asked | data))["status"] == status


async def test_both_lists_are_needed(world: World) -> None:
    assert (await world.otto.post("autoassign", workers=["wandax"]))["status"] == -1
    assert (await world.otto.post("autoassign", jobs=["x"]))["status"] == -1


async def test_workers_may_not_assign(world: World) -> None:
    assert (await assign(world, await made(world, job(1)), by=world.wanda))["status"] == -5


async def test_another_companys_job_does_not_exist(world: World) -> None:
    ids = await made(world, job(1))
    mine = {"jobs": ids, "workers": [world.zoe.username]}
    assert (await world.zoe.post("autoassign", **mine))["status"] == -11


async def test_nothing_is_assigned_when_one_job_is_unknown(world: World) -> None:
    ids = await made(world, job(1))
    assert (await assign(world, [*ids, "65a1b2c3d4e5f60718293a4b"]))["status"] == -11
    assert (await world.otto.post("getjobs", ids=ids))["jobs"][0]["worker"] == ""


async def test_many_jobs_are_shared_out_in_a_process_of_its_own(world: World) -> None:
    ids = await made(world, *(job(step) for step in range(1, 41)))
    answer = await assign(world, ids)
    assert answer["assignedJobs"] == ids
    assert set(takers(answer)) == {"wanda", "willi"}


# --- createjobs with autoassign -------------------------------------------------------------------


async def create(world: World, *jobs: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    world.set_member(world.wanda, route_start=WEST)
    world.set_member(world.willi, route_start=EAST)
    answer = await world.ada.post("createjobs", jobs=list(jobs), autoassign=True, **more)
    assert answer["status"] == 0
    jobs_made: list[dict[str, Any]] = answer["jobs"]
    return jobs_made


async def test_new_jobs_find_the_nearest_worker(world: World) -> None:
    jobs = await create(world, job(5), job(36), job(4, worker=world.willi.username, day=DAY))
    assert takers({"jobs": jobs}) == ["wanda", "willi", "willi"]
    assert {one["day"] for one in jobs} == {DAY}
    assert all(one["tsAssigned"] for one in jobs)


async def test_a_new_job_that_finds_its_worker_is_told_once(world: World) -> None:
    await world.settle()
    await create(world, job(5))
    told = world.db.read_now(lambda tx: facts.pending(tx, 10))
    assert [fact.event.kind for fact in told] == ["job_created"]


async def test_only_workers_on_duty_with_time_left_are_asked(world: World) -> None:
    off = {"monday": Shift(0, 0)}
    short = {"monday": Shift(480, 540)}
    world.set_member(world.wanda, hours=off)
    world.set_member(world.willi, hours=short)
    first, second = await create(
        world, job(38, onSiteSeconds=3000), job(37, onSiteSeconds=3000), sendRouteChange=True
    )
    assert sorted([first["worker"], second["worker"]]) == ["", world.willi.username]
    world.set_member(world.wanda, hours={}, state=State.DEACTIVATED)
    assert takers({"jobs": await create(world, job(1, onSiteSeconds=3000))}) == [""]


async def test_a_teams_job_stays_in_the_team(world: World) -> None:
    world.set_company(teams=[Team(id=TeamId(1), name="East")])
    world.set_member(world.willi, teams=[TeamId(1)])
    assert takers({"jobs": await create(world, job(2))}) == ["wanda"]
    assert takers({"jobs": await create(world, job(1, teamId=1))}) == ["willi"]


async def test_a_job_at_a_place_is_where_the_place_is(world: World) -> None:
    place = await world.ada.post(
        "createplace", name="Depot", location={"lat": EAST.lat, "lng": EAST.lng - 0.01}
    )
    (one,) = await create(world, {"placeUid": place["uid"]})
    assert one["worker"] == world.willi.username


async def test_an_upsert_keeps_the_worker_it_has(world: World) -> None:
    await made(world, job(1, uidSecondary="A", worker=world.willi.username, day=DAY))
    await made(world, job(2, uidSecondary="B", day=TOMORROW))
    known, free = await create(world, {"uidSecondary": "A"}, {"uidSecondary": "B"})
    assert known["worker"] == world.willi.username
    assert (free["worker"], free["day"]) == (world.wanda.username, TOMORROW)


async def test_jobs_nobody_can_take_stay_unassigned(world: World) -> None:
    (one,) = await create(world, {"destinationName": "nowhere"})
    assert (one["worker"], one["day"]) == ("", DAY)


async def test_templates_are_given_to_nobody(world: World) -> None:
    (one,) = await create(world, job(1), template=True)
    assert (one["worker"], one["day"]) == ("", 0)
