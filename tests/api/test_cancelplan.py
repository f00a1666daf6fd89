"""cancelplan: an extension that ends a plan in the background and keeps the best so far."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.line import job, made, plan, planned, settle_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import World

pytestmark = pytest.mark.anyio

WAIT_S = 60


async def state_of(world: World, plan_id: str) -> dict[str, Any]:
    return dict((await world.otto.post("getplan", id=plan_id))["plans"][0])


async def working_until(world: World, holds: Callable[[dict[str, Any]], bool], plan_id: str) -> Any:
    """Do the standing work until the plan is as wanted, and return it."""
    async with asyncio.timeout(WAIT_S):
        while True:
            await world.app.plans.make_due()
            found = await state_of(world, plan_id)
            if holds(found):
                return found


async def test_one_that_waits_is_cancelled_at_once(world: World) -> None:
    asked = await plan(world, background=True)
    answer = await world.otto.post("cancelplan", id=asked["id"])
    assert answer["plan"]["state"] == "cancelled"
    await world.settle()
    assert (await state_of(world, asked["id"]))["state"] == "cancelled"
    assert (await world.otto.post("applyplan", id=asked["id"]))["code"] == "bad_value"


async def test_one_that_runs_tells_how_it_goes_and_keeps_the_best_so_far(world: World) -> None:
    settle_in(world)
    ids = await made(world, *(job(step / 2) for step in range(1, 31)))
    asked = await plan(world, background=True, seconds=600)
    running = await working_until(
        world, lambda found: bool(found["progress"]["iterations"]), asked["id"]
    )
    assert running["state"] == "running"
    assert running["progress"]["cost"] > 0
    answer = await world.otto.post("cancelplan", id=asked["id"])
    assert answer["plan"]["state"] == "running"
    done = await working_until(world, lambda found: found["state"] != "running", asked["id"])
    assert (done["state"], done["stopped"]) == ("cancelled", "cancelled")
    assert sorted(planned(done)) == sorted(ids)
    applied = await world.otto.post("applyplan", id=asked["id"])
    assert applied["plan"]["state"] == "applied"
    assert sorted(applied["plan"]["changed"]) == sorted(ids)


async def test_one_that_is_done_stays_as_it_is(world: World) -> None:
    done = await plan(world)
    answer = await world.otto.post("cancelplan", id=done["id"])
    assert answer["plan"] == done


async def test_it_refuses_strangers_and_workers(world: World) -> None:
    asked = await plan(world, background=True)
    assert (await world.zoe.post("cancelplan", id=asked["id"]))["code"] == "unknown_thing"
    assert (await world.wanda.post("cancelplan", id=asked["id"]))["code"] == "not_allowed"
    assert (await state_of(world, asked["id"]))["state"] == "waiting"
