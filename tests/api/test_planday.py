"""planday: an extension that plans the day of many workers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.accounts.model import State, Team
from roundsman.core.ids import RunId, TeamId
from roundsman.events.catalogue import PlanChanged
from tests.facts import kinds_of, told_of
from tests.line import (
    DAY,
    TOMORROW,
    job,
    made,
    place_of,
    plan,
    routes,
    settle_in,
    stored,
)

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

# Tomorrow at 13:00 in Vienna.
ONE_O_CLOCK = 1_767_700_800_000
HOUR = 3_600_000


async def test_a_dry_run_says_everything_and_changes_nothing(world: World) -> None:
    settle_in(world)
    near, far, middle = await made(world, job(2), job(35), job(6, itemsToPickup=3))
    before = await stored(world, [near, far, middle])
    found = await plan(world)
    assert routes(found) == {"wanda": [near, middle], "willi": [far]}
    assert await stored(world, [near, far, middle]) == before
    assert found["state"] == "done"
    assert found["unserved"] == []
    assert found["unservedBefore"] == 3
    wanda = found["persons"][0]
    stop = wanda["stops"][0]
    assert wanda["begin"] <= stop["arrival"] == stop["start"] == stop["leaving"] - 720_000
    assert stop["slackSeconds"] > 0
    assert wanda["end"] == wanda["stops"][-1]["leaving"]
    sums = wanda["sums"]
    assert sums["jobs"] == 2
    assert sums["workSeconds"] == 1440
    assert sums["durationSeconds"] == sums["drivingSeconds"] + 1440
    assert (sums["waitingSeconds"], sums["lateSeconds"], sums["overtimeSeconds"]) == (0, 0, 0)
    assert found["before"]["jobs"] == 0
    assert found["after"]["jobs"] == 3
    assert found["after"]["metres"] == sum(one["sums"]["metres"] for one in found["persons"])
    assert found["roads"]["source"] == "great_circle"
    assert (found["engine"], found["stopped"], found["seed"]) == ("exact", "done", 1)
    assert 0 <= found["matrixShare"] <= 1
    assert found["minimised"] == "time"


async def test_it_writes_the_plan_and_tells_of_it(world: World) -> None:
    settle_in(world)
    near, far, middle = await made(world, job(2), job(35), job(6))
    found = await plan(world, apply=True)
    assert found["state"] == "applied"
    assert sorted(found["changed"]) == sorted([near, far, middle])
    after = await stored(world, [near, far, middle])
    for name, person in zip(("wanda", "willi"), found["persons"], strict=True):
        for number, stop in enumerate(person["stops"], start=1):
            assert await place_of(world, stop["job"]) == (name, number, stop["start"])
            assert after[stop["job"]]["scheduledEnd"] == stop["leaving"]
    assert kinds_of(world, near) == ["job_created", "job_updated"]
    told = told_of(world, f"plan:{found['id']}")
    assert [one.event for one in told] == [PlanChanged(RunId(found["id"]), "applied")]


async def test_equal_questions_get_equal_plans(world: World) -> None:
    settle_in(world)
    await made(world, *(job(step * 1.7 % 40, priority=step % 11) for step in range(30)))
    first, again = [await plan(world, iterations=3000, seed=7) for _ in range(2)]
    assert routes(first) == routes(again)
    assert first["engine"] == "ruin_and_recreate"
    assert (first["iterations"], first["stopped"]) == (3000, "done")


async def test_it_plans_named_workers_and_named_jobs_only(world: World) -> None:
    settle_in(world)
    one, two, other = await made(world, job(30), job(35), job(3))
    found = await plan(world, workers=[world.wanda.username], jobs=[one, two])
    assert routes(found) == {"wanda": [one, two]}
    assert (await plan(world, workers=[world.willi.id]))["after"]["jobs"] == 3
    del other


async def test_jobs_that_are_not_named_stay_with_their_worker(world: World) -> None:
    settle_in(world)
    mine, free = await made(world, job(30, worker=world.wanda.username), job(35))
    assert routes(await plan(world, jobs=[free]))["wanda"] == [mine]
    assert routes(await plan(world))["wanda"] == []


async def test_a_job_without_a_day_is_put_on_the_day(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(3, day=0))
    assert routes(await plan(world))["wanda"] == []
    await plan(world, jobs=[one], apply=True)
    assert (await stored(world, [one]))[one]["day"] == TOMORROW


async def test_keeping_the_assignment_frees_only_the_order(world: World) -> None:
    settle_in(world)
    far, near, free = await made(
        world,
        job(36, worker=world.wanda.username),
        job(3, worker=world.wanda.username),
        job(39),
    )
    found = await plan(world, keep="assignment")
    assert routes(found) == {"wanda": [near, far], "willi": [free]}
    assert routes(await plan(world)) == {"wanda": [near], "willi": [free, far]}


async def test_keeping_everything_only_puts_in_what_nobody_has(world: World) -> None:
    settle_in(world)
    far, near, free = await made(
        world,
        job(9, worker=world.wanda.username),
        job(3, worker=world.wanda.username),
        job(8),
    )
    assert routes(await plan(world, keep="everything"))["wanda"] == [free, far, near]
    found = await plan(world, keep="everything", apply=True)
    assert [await place_of(world, one) for one in (free, far, near)] == [
        ("wanda", number, stop["start"])
        for number, stop in enumerate(found["persons"][0]["stops"], start=1)
    ]


async def test_a_worker_is_kept_where_changing_costs_more(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(30, worker=world.wanda.username))
    assert routes(await plan(world))["willi"] == [one]
    kept = await plan(world, weights={"samePerson": 7200})
    assert routes(kept) == {"wanda": [one], "willi": []}


async def test_what_does_not_fit_says_why_and_who_comes_closest(world: World) -> None:
    settle_in(world)
    late, heavy, nowhere, team = await made(
        world,
        job(3, windowStart=500, windowEnd=600),
        job(4, itemsToDropoff=20),
        {"destinationName": "somewhere", "day": TOMORROW},
        job(5, teamId=9),
    )
    for one in (world.wanda, world.willi):
        world.set_member(one, vehicle_capacity=5)
    world.set_company(teams=[Team(id=TeamId(9), name="Heights")])
    left = {one["job"]: one for one in (await plan(world))["unserved"]}
    assert {one: left[one]["reason"] for one in left} == {
        late: "time_window",
        heavy: "capacity",
        nowhere: "no_location",
        team: "skill",
    }
    assert left[late]["worker"] == world.wanda.username
    # Wanda begins at eight and drives for some minutes: two hours too late for the window.
    assert 7200 < left[late]["by"] < 8000
    assert left[heavy]["by"] == 15
    assert left[late]["adds"] > 0
    assert (left[nowhere]["worker"], left[nowhere]["adds"]) == ("", None)


async def test_more_than_the_hours_hold_is_left_to_nobody(world: World) -> None:
    settle_in(world)
    ids = await made(
        world,
        *(job(step, onSiteSeconds=3 * 3600, worker=world.wanda.username) for step in range(1, 8)),
    )
    found = await plan(world, apply=True, workers=[world.wanda.username])
    assert len(routes(found)["wanda"]) == 2
    assert {one["reason"] for one in found["unserved"]} == {"working_hours"}
    assert found["before"]["overtimeSeconds"] > 0
    assert found["after"]["overtimeSeconds"] == 0
    assert [one["worker"] for one in (await stored(world, ids)).values()].count("") == 5
    bound = await plan(world, constraints={"max_jobs": 1}, workers=[world.wanda.username])
    assert len(routes(bound)["wanda"]) == 1


async def test_a_job_that_keeps_its_worker_stays_though_it_does_not_fit(world: World) -> None:
    settle_in(world)
    mine = {"worker": world.wanda.username, "windowStart": 500, "windowEnd": 600}
    one, two = await made(world, job(3, **mine), job(4, worker=world.wanda.username))
    found = await plan(world, keep="assignment", apply=True)
    assert found["persons"][0]["rest"] == [one]
    assert [left["job"] for left in found["unserved"]] == [one]
    assert await place_of(world, one) == ("wanda", 2, 0)
    assert (await place_of(world, two))[:2] == ("wanda", 1)


async def test_pins_hold(world: World) -> None:
    settle_in(world)
    mine = {"worker": world.wanda.username}
    first, second, third, timed, free = await made(
        world,
        job(20, **mine),
        job(9, **mine, pin={"position": True}),
        job(30, **mine, pin={"person": True}),
        job(35, pin={"time": ONE_O_CLOCK}),
        job(5, **mine),
    )
    found = await plan(world, apply=True)
    assert routes(found)["wanda"][:2] == [first, second]
    assert set(routes(found)["wanda"]) >= {third, free}
    assert routes(found)["willi"] == [timed]
    assert await place_of(world, timed) == ("willi", 1, ONE_O_CLOCK)
    assert (await place_of(world, second))[:2] == ("wanda", 2)
    assert (await place_of(world, third))[0] == "wanda"


async def test_a_pinned_job_that_cannot_be_planned_stays_as_it_is(world: World) -> None:
    settle_in(world)
    mine = {"worker": world.wanda.username}
    (one,) = await made(world, job(3, **mine, pin={"time": ONE_O_CLOCK - 8 * HOUR}))
    before = (await stored(world, [one]))[one]
    found = await plan(world, apply=True)
    assert [left["reason"] for left in found["unserved"]] == ["time_window"]
    assert (await stored(world, [one]))[one] == before


async def test_what_has_begun_stays_and_the_rest_of_today_begins_now(world: World) -> None:
    settle_in(world)
    world.pass_time(hours=5)
    mine = {"worker": world.wanda.username, "day": DAY}
    done, on, free = await made(world, job(3, **mine), job(9, **mine), job(2, **mine))
    at = int(world.now.timestamp() * 1000)
    stamps = {done: {"tsDoneSuccess": at - HOUR}, on: {"tsCheckIn": at - HOUR // 4}}
    await world.ada.post("editjobs", jobs=stamps)
    found = await plan(world, day=DAY, apply=True)
    assert routes(found)["wanda"] == [free]
    stop = found["persons"][0]["stops"][0]
    assert stop["arrival"] > at
    assert [(await place_of(world, one))[:2] for one in (done, on, free)] == [
        ("wanda", 1),
        ("wanda", 2),
        ("wanda", 3),
    ]


async def test_it_refuses_what_cannot_be_asked(world: World) -> None:
    (today,) = await made(world, job(1, day=DAY))
    for field, status, wrong in (
        ("day", -11, {"day": 0}),
        ("day", -11, {"day": 20261345}),
        ("keep", -11, {"keep": "some"}),
        ("weights.minimise", -11, {"weights": {"minimise": "fuel"}}),
        ("weights.samePerson", -11, {"weights": {"samePerson": -1}}),
        ("seconds", -11, {"seconds": 0}),
        ("seconds", -11, {"seconds": 21}),
        ("seconds", -11, {"seconds": 601, "background": True}),
        ("iterations", -11, {"iterations": 0}),
        ("seed", -11, {"seed": -1}),
        ("constraints.max_jobs", -11, {"constraints": {"max_jobs": -1}}),
        ("jobs", -11, {"jobs": [today]}),
        ("jobs", -11, {"jobs": ["x"] * 1001}),
        ("workers", -2, {"workers": ["nobody"]}),
        ("data.jobs", -1, {"jobs": "all"}),
    ):
        answer = await world.otto.post("planday", **{"day": TOMORROW} | wrong)
        assert (answer["status"], answer["field"]) == (status, field), wrong
    assert (await world.otto.post("planday"))["status"] == -1


async def test_workers_may_not_plan(world: World) -> None:
    answer = await world.wanda.post("planday", day=TOMORROW)
    assert answer["code"] == "not_allowed"


async def test_zoe_plans_nothing_of_acme(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(3))
    assert (await world.zoe.post("planday", day=TOMORROW, jobs=[one]))["code"] == "unknown_job"
    answer = await world.zoe.post("planday", day=TOMORROW, workers=[world.wanda.username])
    assert answer["code"] == "unknown_member"
    answer = await world.zoe.post("planday", day=TOMORROW, workers=[world.wanda.id], apply=True)
    assert answer["code"] == "unknown_member"
    assert (await plan(world, by=world.zoe))["persons"] == []


async def test_people_who_left_are_not_planned(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(3))
    world.set_member(world.wanda, state=State.DEACTIVATED)
    assert routes(await plan(world)) == {"willi": [one]}


async def test_an_empty_day_is_a_plan(world: World) -> None:
    found = await plan(world)
    assert found["after"]["jobs"] == 0
    assert routes(found) == {"wanda": [], "willi": []}
