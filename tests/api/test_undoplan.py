"""undoplan: an extension that puts back what a plan changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.accounts.model import State
from tests.line import job, made, place_of, plan, settle_in, stored

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

NOT_PUT_BACK = ("tsSaved", "tsAssigned", "tsScheduled")


async def test_everything_is_as_it_was(world: World) -> None:
    settle_in(world)
    ids = await made(
        world,
        job(36, worker=world.wanda.username),
        job(3, worker=world.wanda.username),
        job(20),
        job(21, day=0),
    )
    before = await stored(world, ids)
    applied = await plan(world, apply=True, jobs=ids)
    assert await stored(world, ids) != before
    answer = await world.otto.post("undoplan", id=applied["id"])
    assert sorted(answer["restored"]) == sorted(applied["changed"])
    assert answer["kept"] == {}
    assert answer["plan"]["state"] == "undone"
    after = await stored(world, ids)
    for one in ids:
        for name in NOT_PUT_BACK:
            before[one][name] = after[one][name]
    assert after == before
    again = await world.otto.post("undoplan", id=applied["id"])
    assert (again["status"], again["restored"]) == (0, [])


async def test_what_somebody_changed_since_stays_and_is_told(world: World) -> None:
    settle_in(world)
    moved, begun, gone, hidden, noted, back = await made(
        world, *(job(step) for step in range(1, 7))
    )
    applied = await plan(world, apply=True)
    await world.ada.post(
        "editjobs",
        jobs={
            moved: {"worker": world.willi.username},
            begun: {"tsCheckIn": 1_767_686_400_000},
            noted: {"textDispatcher": "Ring twice."},
        },
    )
    await world.ada.post("deletejobs", jobs=[gone])
    await world.ada.post("archivejobs", jobs=[hidden])
    answer = await world.otto.post("undoplan", id=applied["id"])
    assert answer["kept"] == {
        moved: "changed",
        begun: "begun",
        gone: "gone",
        hidden: "archived",
    }
    assert sorted(answer["restored"]) == sorted([noted, back])
    assert (await place_of(world, moved))[0] == "willi"
    assert (await place_of(world, noted)) == ("", 0, 0)
    assert (await stored(world, [noted]))[noted]["textDispatcher"] == "Ring twice."


async def test_a_job_does_not_go_back_to_somebody_who_left(world: World) -> None:
    settle_in(world)
    (one,) = await made(world, job(35, worker=world.wanda.username))
    applied = await plan(world, apply=True)
    world.set_member(world.wanda, state=State.DEACTIVATED)
    answer = await world.otto.post("undoplan", id=applied["id"])
    assert answer["kept"] == {one: "person_gone"}
    assert (await place_of(world, one))[0] == "willi"


async def test_it_refuses_strangers_workers_and_plans_that_are_not_applied(world: World) -> None:
    settle_in(world)
    await made(world, job(3))
    shown = await plan(world)
    assert (await world.otto.post("undoplan", id=shown["id"]))["code"] == "bad_value"
    await world.otto.post("applyplan", id=shown["id"])
    assert (await world.zoe.post("undoplan", id=shown["id"]))["code"] == "unknown_thing"
    assert (await world.wanda.post("undoplan", id=shown["id"]))["code"] == "not_allowed"
    assert (await world.otto.post("undoplan", id=7))["status"] == -1
