"""reserveslot: an extension that holds a window for a customer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.clock import to_ms
from tests.line import TOMORROW, job, made, plan, routes, settle_in
from tests.slots import VISIT, reserve, suggest, windows

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_window_that_is_held_is_offered_to_nobody_else(world: World) -> None:
    settle_in(world)
    wanda: dict[str, Any] = {"workers": [world.wanda.username]}
    assert windows(await suggest(world, **wanda)) == [(800, 1000), (1000, 1200), (1200, 1400)]
    held = await reserve(world, **wanda)
    assert (held["day"], held["windowStart"], held["windowEnd"]) == (TOMORROW, 800, 1000)
    assert held["worker"] == world.wanda.username
    assert held["until"] == to_ms(world.now) + 30 * 60_000
    assert (800, 1000) not in windows(await suggest(world, **wanda))
    again = {"job": VISIT, "day": TOMORROW, "windowStart": 800, "windowEnd": 1000, **wanda}
    answer = await world.otto.post("reserveslot", **again)
    assert (answer["status"], answer["code"]) == (-11, "slot_taken")
    listed = await world.otto.post("getjobs", day=TOMORROW)
    assert listed["jobs"] == []


async def test_it_is_free_again_when_its_time_is_over(world: World) -> None:
    settle_in(world)
    wanda: dict[str, Any] = {"workers": [world.wanda.username]}
    await reserve(world, **wanda, minutes=5)
    world.pass_time(minutes=4, seconds=59)
    assert (800, 1000) not in windows(await suggest(world, **wanda))
    world.pass_time(seconds=1)
    assert (800, 1000) in windows(await suggest(world, **wanda))
    await world.settle()
    await reserve(world, **wanda)


async def test_plans_leave_room_for_it(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(3, windowStart=800, windowEnd=830))
    held = await reserve(world, workers=[world.wanda.username])
    for keep in ("nothing", "everything"):
        found = await plan(world, workers=[world.wanda.username], keep=keep)
        assert routes(found) == {"wanda": [one, held["id"]]}
    applied = await plan(world, apply=True, workers=[world.wanda.username])
    assert applied["changed"] == [one]


async def test_two_callers_at_once_get_one_window_once(world: World) -> None:
    settle_in(world)
    asked = {"job": VISIT, "day": TOMORROW, "windowStart": 800, "windowEnd": 1000}
    answers = await asyncio.gather(
        *(world.otto.post("reserveslot", **asked, workers=[world.wanda.username]) for _ in range(4))
    )
    assert sum(one["status"] == 0 for one in answers) == 1
    assert {one["code"] for one in answers if one["status"]} <= {"slot_taken", "overtaken"}


async def test_it_refuses_what_cannot_be_held(world: World) -> None:
    settle_in(world)
    for field, status, wrong in (
        ("windowEnd", -11, {"windowStart": 1000, "windowEnd": 900}),
        ("windowStart", -11, {"windowStart": 2501}),
        ("minutes", -11, {"minutes": 0}),
        ("minutes", -11, {"minutes": 10_081}),
        ("job", -11, {"job": {"destinationName": "somewhere"}}),
        ("day", -11, {"day": 20261340}),
        ("data.windowStart", -1, {"windowStart": "early"}),
        ("windowStart", -11, {"windowStart": 300, "windowEnd": 500}),
    ):
        asked = {"job": VISIT, "day": TOMORROW, "windowStart": 800, "windowEnd": 1000} | wrong
        answer = await world.otto.post("reserveslot", **asked)
        assert (answer["status"], answer["field"]) == (status, field), wrong


async def test_workers_may_not_and_zoe_holds_nothing_of_acme(world: World) -> None:
    settle_in(world)
    asked = {"job": VISIT, "day": TOMORROW, "windowStart": 800, "windowEnd": 1000}
    assert (await world.wanda.post("reserveslot", **asked))["code"] == "not_allowed"
    assert (await world.zoe.post("reserveslot", **asked))["code"] == "slot_taken"
    answer = await world.zoe.post("reserveslot", **asked, workers=[world.wanda.username])
    assert answer["code"] == "unknown_member"
