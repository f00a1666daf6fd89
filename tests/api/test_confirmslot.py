"""confirmslot: an extension that makes a job of a reserved window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.line import TOMORROW, job, made, place_of, settle_in, stored
from tests.slots import reserve, suggest, windows

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_it_becomes_a_job_in_its_window_where_it_goes_best(world: World) -> None:
    settle_in(world)
    (later,) = await made(world, job(9, worker=world.wanda.username))
    held = await reserve(world)
    answer = await world.otto.post(
        "confirmslot", hold=held["id"], job={"contactName": "Ms Huber", "uidSecondary": "E1"}
    )
    assert answer["status"] == 0, answer
    (one,) = answer["jobs"]
    assert (one["day"], one["windowStart"], one["windowEnd"]) == (TOMORROW, 800, 1000)
    assert (one["destinationName"], one["contactName"]) == ("New kitchen", "Ms Huber")
    assert one["onSiteSeconds"] == 7500
    assert await place_of(world, one["id"]) == (
        "wanda",
        1,
        answer["alternatives"][0]["start"],
    )
    assert (await place_of(world, later))[:2] == ("wanda", 2)
    again = await world.otto.post("confirmslot", hold=held["id"])
    assert again["code"] == "unknown_thing"
    assert (800, 1000) not in windows(await suggest(world, workers=[world.wanda.username]))


async def test_a_promise_is_kept_though_it_does_not_fit_any_more(world: World) -> None:
    settle_in(world)
    held = await reserve(world, workers=[world.wanda.username])
    await made(
        world, job(9, worker=world.wanda.username, onSiteSeconds=7 * 3600, pin={"position": True})
    )
    answer = await world.otto.post("confirmslot", hold=held["id"], workers=[world.wanda.username])
    (one,) = answer["jobs"]
    assert (one["worker"], one["day"], one["windowStart"]) == ("", TOMORROW, 800)
    assert answer["unserved"]["reason"] == "time_window"
    assert answer["plan"] == ""


async def test_it_refuses_what_is_over_what_is_promised_and_strangers(world: World) -> None:
    settle_in(world)
    held = await reserve(world, minutes=10)
    assert (await world.zoe.post("confirmslot", hold=held["id"]))["code"] == "unknown_thing"
    assert (await world.wanda.post("confirmslot", hold=held["id"]))["code"] == "not_allowed"
    for name in ("windowStart", "windowEnd", "day"):
        answer = await world.otto.post("confirmslot", hold=held["id"], job={name: 1200})
        assert (answer["code"], answer["field"]) == ("bad_value", f"job.{name}")
    answer = await world.otto.post("confirmslot", hold=held["id"], job={"priority": 11})
    assert answer["field"] == "job.priority"
    assert (await world.otto.post("confirmslot"))["status"] == -1
    world.pass_time(minutes=10)
    assert (await world.otto.post("confirmslot", hold=held["id"]))["code"] == "unknown_thing"
    assert await stored(world, []) == {}
