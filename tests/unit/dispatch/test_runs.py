"""Plans in the background survive whoever works on them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.dispatch.pool import Pool
from roundsman.dispatch.runs.work import LEASE, MOST_TRIES, PlanRuns
from tests.line import job, made, plan, routes, settle_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.world import World

pytestmark = pytest.mark.anyio

WAIT_S = 60


@pytest.fixture
async def asked(world: World) -> str:
    """Return the id of a plan that waits, long enough to be disturbed."""
    settle_in(world)
    await made(world, *(job(step / 2) for step in range(1, 31)))
    return str((await plan(world, background=True, iterations=20_000_000, seed=3))["id"])


@pytest.fixture
async def other(world: World) -> AsyncIterator[PlanRuns]:
    """Yield the planner of a second server over the same database."""
    pool = Pool(1)
    made_here = PlanRuns(world.db, pool)
    yield made_here
    await made_here.close()
    pool.close()


async def state_of(world: World, plan_id: str) -> dict[str, Any]:
    return dict((await world.otto.post("getplan", id=plan_id))["plans"][0])


async def working_until(
    world: World, holds: Callable[[dict[str, Any]], bool], plan_id: str, *planners: PlanRuns
) -> dict[str, Any]:
    async with asyncio.timeout(WAIT_S):
        while True:
            for planner in planners:
                await planner.make_due()
            found = await state_of(world, plan_id)
            if holds(found):
                return found


def is_under_way(found: dict[str, Any]) -> bool:
    return bool(found["progress"]["iterations"])


def children() -> list[int]:
    """Return the processes that plan for this test."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())],  # noqa: S607 - as a person would
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        int(line.split()[0])
        for line in listed.stdout.splitlines()
        if "roundsman.dispatch.pool" in line
    ]


async def test_a_run_whose_server_died_is_taken_up_by_another(
    world: World, asked: str, other: PlanRuns
) -> None:
    await working_until(world, is_under_way, asked, world.app.plans)
    # The first server is gone without a word: nobody renews its lease.
    for work in world.app.plans.under_way():
        work.cancel()
    world.pass_time(seconds=LEASE.total_seconds() - 5)
    assert await other.make_due() == 0
    world.pass_time(seconds=6)
    assert await other.make_due() == 1
    again = await working_until(world, is_under_way, asked, other)
    assert again["state"] == "running"


async def test_a_server_that_ends_in_order_leaves_its_runs_to_others_at_once(
    world: World, asked: str, other: PlanRuns
) -> None:
    await working_until(world, is_under_way, asked, world.app.plans)
    await world.app.plans.close()
    assert (await state_of(world, asked))["state"] == "waiting"
    assert await other.make_due() == 1
    await world.otto.post("cancelplan", id=asked)
    done = await working_until(world, lambda found: found["state"] == "cancelled", asked, other)
    assert sum(map(len, routes(done).values())) == 30


async def test_a_planner_that_dies_over_a_plan_is_tried_again_and_then_given_up(
    world: World, asked: str
) -> None:
    deaths = 0
    async with asyncio.timeout(WAIT_S):
        while (found := await state_of(world, asked))["state"] != "failed":
            await world.app.plans.make_due()
            if found["state"] == "running":
                for child in children():
                    os.kill(child, signal.SIGKILL)
                    deaths += 1
    assert deaths >= MOST_TRIES
    assert found["progress"]["code"] == "not_ready"
    assert "planner" in found["progress"]["message"]
