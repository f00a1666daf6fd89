from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.series import series, template

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_it_tells_what_repeats_and_when_next(world: World) -> None:
    every_month = await series(world.ada, "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3")
    weekly = await series(world.ada, "FREQ=WEEKLY;BYDAY=WE", start=20260201)
    await template(world.ada)
    answer = await world.otto.post("getrecurrences")
    assert answer["horizon"] == 14
    found = {card["template"]: card for card in answer["recurrences"]}
    assert set(found) == {every_month, weekly}
    assert found[every_month]["rrule"] == "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3"
    assert found[every_month]["nextDays"] == [20260130, 20260227, 20260327]
    assert found[weekly]["nextDays"][:2] == [20260204, 20260211]
    alone = await world.otto.post("getrecurrences", templates=[weekly, "tpl-none"])
    assert alone["recurrences"] == [found[weekly]]


async def test_days_of_the_past_are_not_next(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=3")
    world.pass_time(days=2)
    card = (await world.ada.post("getrecurrences", templates=[made]))["recurrences"][0]
    assert card["nextDays"] == [20260107]


async def test_strangers_see_none_and_workers_may_not_ask(world: World) -> None:
    made = await series(world.ada)
    assert (await world.zoe.post("getrecurrences", templates=[made]))["recurrences"] == []
    assert (await world.zoe.post("getrecurrences"))["recurrences"] == []
    assert (await world.wanda.post("getrecurrences"))["status"] == -5
    assert (await world.ada.post("getrecurrences", templates="x"))["status"] == -1
    many = ["x"] * 1001
    assert (await world.ada.post("getrecurrences", templates=many))["status"] == -11


async def test_an_operator_of_some_teams_sees_those_of_their_teams(world: World) -> None:
    made = await series(world.ada)
    await world.ada.post("editjobs", jobs={made: {"teamId": 2}})
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    assert (await world.otto.post("getrecurrences"))["recurrences"] == []
