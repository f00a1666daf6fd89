from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.facts import kinds_of
from tests.series import days_of, jobs_of, pass_nights, series, template

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_it_withdraws_what_nobody_touched_and_makes_no_more(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY")
    found = {job["day"]: job["id"] for job in await jobs_of(world.ada, made)}
    await world.otto.post("editjobs", jobs={found[20260107]: {"priority": 9}})
    await pass_nights(world)
    assert await world.otto.post("endrecurrence", template=made) == {"status": 0}
    assert await days_of(world.ada, made) == [20260106, 20260107], "carried over, and changed"
    assert kinds_of(world, found[20260108]) == ["job_created", "job_deleted"]
    await pass_nights(world, 3)
    assert len(await days_of(world.ada, made)) == 2
    assert (await world.ada.post("getrecurrences"))["recurrences"] == []


async def test_ending_twice_or_what_never_repeated_changes_nothing(world: World) -> None:
    made = await template(world.ada)
    for _ in range(2):
        assert await world.ada.post("endrecurrence", template=made) == {"status": 0}


async def test_a_series_can_begin_again(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=2")
    await world.ada.post("endrecurrence", template=made)
    await world.ada.post("setrecurrence", template=made, recurrence={"rrule": "FREQ=DAILY;COUNT=2"})
    assert await days_of(world.ada, made) == [20260105, 20260106]


async def test_strangers_and_workers_may_not(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=2")
    job = (await jobs_of(world.ada, made))[0]["id"]
    assert (await world.zoe.post("endrecurrence", template=made))["status"] == -11
    assert (await world.wanda.post("endrecurrence", template=made))["status"] == -5
    assert (await world.ada.post("endrecurrence", template=job))["status"] == -11
    assert len(await days_of(world.ada, made)) == 2
