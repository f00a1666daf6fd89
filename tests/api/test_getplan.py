"""getplan: an extension that tells how far a plan is and what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import State
from roundsman.dispatch.runs.actions import MOST_WORKING
from tests.line import TOMORROW, job, made, place_of, plan, planned, routes, settle_in

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def get(world: World, plan_id: str) -> dict[str, Any]:
    answer = await world.otto.post("getplan", id=plan_id)
    assert answer["status"] == 0, answer
    (found,) = answer["plans"]
    return dict(found)


async def test_it_returns_the_plan_that_was_made(world: World) -> None:
    settle_in(world)
    await made(world, job(2), job(35))
    found = await plan(world)
    assert await get(world, found["id"]) == found


async def test_a_plan_in_the_background_is_made_by_the_standing_work(world: World) -> None:
    settle_in(world)
    ids = await made(world, *(job(step) for step in range(1, 21)))
    asked = await plan(world, background=True, iterations=2000)
    assert asked["state"] == "waiting"
    assert "persons" not in asked
    assert (await get(world, asked["id"]))["state"] == "waiting"
    await world.settle()
    done = await get(world, asked["id"])
    assert (done["state"], done["stopped"], done["iterations"]) == ("done", "done", 2000)
    assert done["progress"]["iterations"] == 2000
    assert done["progress"]["elapsedMs"] > 0
    assert sorted(planned(done)) == sorted(ids)
    waited_for = await plan(world, iterations=2000)
    assert routes(waited_for) == routes(done)


async def test_a_plan_in_the_background_may_be_written_at_once(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(3))
    asked = await plan(world, background=True, apply=True)
    await world.settle()
    done = await get(world, asked["id"])
    assert (done["state"], done["changed"]) == ("applied", [one])
    assert (await place_of(world, one))[:2] == ("wanda", 1)


async def test_the_plans_of_a_day_come_newest_first_without_what_they_hold(world: World) -> None:
    settle_in(world)
    first = await plan(world)
    world.pass_time(seconds=1)
    second = await plan(world)
    answer = await world.otto.post("getplan", day=TOMORROW)
    assert [one["id"] for one in answer["plans"]] == [second["id"], first["id"]]
    assert "persons" not in answer["plans"][0]
    assert (await world.otto.post("getplan", day=20260110))["plans"] == []


async def test_who_asked_and_left_gets_no_plan(world: World) -> None:
    settle_in(world)
    asked = await plan(world, background=True)
    world.set_member(world.otto, state=State.DEACTIVATED)
    await world.settle()
    (failed,) = (await world.ada.post("getplan", id=asked["id"]))["plans"]
    assert failed["state"] == "failed"
    assert failed["progress"]["code"] == "not_allowed"
    assert failed["progress"]["message"]


async def test_jobs_that_went_while_it_waited_fail_it(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(3))
    asked = await plan(world, background=True, jobs=[one])
    await world.ada.post("deletejobs", jobs=[one])
    await world.settle()
    failed = await get(world, asked["id"])
    assert (failed["state"], failed["progress"]["code"]) == ("failed", "unknown_job")


async def test_only_so_many_wait_at_once(world: World) -> None:
    for _ in range(MOST_WORKING):
        await plan(world, background=True)
    answer = await world.otto.post("planday", day=TOMORROW, background=True)
    assert (answer["status"], answer["code"]) == (-9, "throttled")
    assert (await plan(world, by=world.zoe, background=True))["state"] == "waiting"


async def test_a_plan_is_forgotten_after_two_days(world: World) -> None:
    found = await plan(world)
    world.pass_time(days=1, hours=23)
    await world.settle()
    assert (await get(world, found["id"]))["keptUntil"] == found["keptUntil"]
    world.pass_time(hours=2)
    await world.settle()
    assert (await world.otto.post("getplan", id=found["id"]))["code"] == "unknown_thing"


async def test_it_refuses_strangers_workers_and_nonsense(world: World) -> None:
    found = await plan(world)
    assert (await world.zoe.post("getplan", id=found["id"]))["code"] == "unknown_thing"
    assert (await world.zoe.post("getplan", day=TOMORROW))["plans"] == []
    assert (await world.wanda.post("getplan", id=found["id"]))["code"] == "not_allowed"
    assert (await world.wanda.post("getplan", day=TOMORROW))["code"] == "not_allowed"
    assert (await world.otto.post("getplan"))["field"] == "day"
    assert (await world.otto.post("getplan", id="plan_0"))["code"] == "unknown_thing"
    assert (await world.otto.post("getplan", id=["x"]))["status"] == -1


async def test_a_dispatcher_of_one_team_sees_their_own_plans_only(world: World) -> None:
    found = await plan(world, by=world.ada)
    world.set_policy(switches={"operators_see_other_teams": False})
    assert (await world.otto.post("getplan", id=found["id"]))["code"] == "unknown_thing"
    assert (await world.otto.post("getplan", day=TOMORROW))["plans"] == []
    own = await plan(world)
    assert (await get(world, own["id"]))["id"] == own["id"]
