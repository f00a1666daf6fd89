"""applyplan: an extension that writes a plan somebody has looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.line import job, made, place_of, plan, routes, settle_in, stored

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_it_writes_what_was_shown(world: World) -> None:
    settle_in(world)
    near, far = await made(world, job(2), job(35))
    shown = await plan(world)
    answer = await world.otto.post("applyplan", id=shown["id"])
    assert answer["plan"]["state"] == "applied"
    assert sorted(answer["plan"]["changed"]) == sorted([near, far])
    for one, name, at in ((near, "wanda", 0), (far, "willi", 1)):
        start = shown["persons"][at]["stops"][0]["start"]
        assert await place_of(world, one) == (name, 1, start)


async def test_applying_twice_changes_nothing(world: World) -> None:
    settle_in(world)
    ids = await made(world, job(2), job(35))
    shown = await plan(world, apply=True)
    before = await stored(world, ids)
    world.pass_time(minutes=5)
    answer = await world.otto.post("applyplan", id=shown["id"])
    assert answer["plan"] == shown
    assert await stored(world, ids) == before


async def test_a_plan_whose_jobs_changed_is_overtaken(world: World) -> None:
    settle_in(world)
    one, two = await made(world, job(2), job(35))
    for change in ({"priority": 9}, {"onSiteSeconds": 60}, {"worker": world.willi.username}):
        shown = await plan(world)
        await world.ada.post("editjobs", jobs={one: change})
        before = await stored(world, [one, two])
        answer = await world.otto.post("applyplan", id=shown["id"])
        assert (answer["status"], answer["code"]) == (-7, "overtaken"), change
        assert await stored(world, [one, two]) == before
    shown = await plan(world)
    await made(world, job(3))
    assert (await world.otto.post("applyplan", id=shown["id"]))["code"] == "overtaken"
    shown = await plan(world, jobs=[two])
    await world.ada.post("deletejobs", jobs=[two])
    assert (await world.otto.post("applyplan", id=shown["id"]))["code"] == "overtaken"


async def test_another_note_overtakes_nothing(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(2))
    shown = await plan(world)
    await world.ada.post("editjobs", jobs={one: {"textDispatcher": "Ring twice."}})
    assert (await world.otto.post("applyplan", id=shown["id"]))["plan"]["state"] == "applied"
    assert (await stored(world, [one]))[one]["textDispatcher"] == "Ring twice."


async def test_an_undone_plan_may_be_applied_again(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(2))
    shown = await plan(world, apply=True)
    await world.otto.post("undoplan", id=shown["id"])
    assert (await place_of(world, one))[:2] == ("", 0)
    await world.otto.post("applyplan", id=shown["id"])
    assert (await place_of(world, one))[:2] == ("wanda", 1)


async def test_it_refuses_strangers_workers_and_plans_that_are_none(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(2))
    shown = await plan(world)
    assert (await world.zoe.post("applyplan", id=shown["id"]))["code"] == "unknown_thing"
    assert (await world.wanda.post("applyplan", id=shown["id"]))["code"] == "not_allowed"
    assert (await world.otto.post("applyplan"))["status"] == -1
    waiting = await plan(world, background=True)
    assert (await world.otto.post("applyplan", id=waiting["id"]))["code"] == "bad_value"
    assert (await place_of(world, one))[:2] == ("", 0)
    assert routes(shown)["wanda"] == [one]
