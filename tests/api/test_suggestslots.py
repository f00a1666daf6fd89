"""suggestslots: an extension that offers the cheapest windows for a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.accounts.model import Team
from roundsman.core.ids import TeamId
from tests.line import DAY, TOMORROW, job, made, settle_in, stored
from tests.slots import VISIT, suggest, windows

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

WHOLE_DAY = [(800, 1000), (1000, 1200), (1200, 1400), (1400, 1600)]


async def test_the_cheapest_windows_come_first(world: World) -> None:
    settle_in(world)
    near, far = await made(
        world,
        job(3.2, worker=world.wanda.username, windowStart=1200, windowEnd=1300),
        job(30, worker=world.wanda.username, windowStart=800, windowEnd=930),
    )
    before = await stored(world, [near, far])
    slots = await suggest(world)
    costs = [one["place"]["adds"] for one in slots]
    assert costs == sorted(costs)
    assert (slots[0]["windowStart"], slots[0]["day"]) == (1200, TOMORROW)
    assert slots[0]["place"]["worker"] == world.wanda.username
    assert slots[0]["place"]["addsMetres"] < slots[-1]["place"]["addsMetres"]
    assert len(await suggest(world, slots=2)) == 2
    assert await stored(world, [near, far]) == before


async def test_windows_are_the_companys(world: World) -> None:
    settle_in(world)
    assert windows(await suggest(world)) == WHOLE_DAY[:3]
    world.set_policy(slot_minutes=60, slots_from_minutes=540, slots_until_minutes=720)
    assert windows(await suggest(world)) == [(900, 1000), (1000, 1100), (1100, 1200)]
    assert windows(await suggest(world, minutes=90)) == [(900, 1030), (1030, 1200)]


async def test_it_looks_at_the_days_ahead_on_which_somebody_works(world: World) -> None:
    settle_in(world)
    slots = await suggest(world, days=7)
    assert sorted({one["day"] for one in slots}) == [TOMORROW, 20260107, 20260112]


async def test_today_offers_what_has_not_begun(world: World) -> None:
    settle_in(world)
    world.pass_time(hours=1, minutes=30)
    assert windows(await suggest(world, day=0)) == WHOLE_DAY[1:3]
    assert (await suggest(world, day=0))[0]["day"] == DAY


async def test_a_full_day_offers_nothing(world: World) -> None:
    settle_in(world)
    for one in (world.wanda, world.willi):
        await made(world, *(job(9, worker=one.username, onSiteSeconds=6000) for _ in range(4)))
    assert await suggest(world) == []


async def test_a_team_of_its_own_takes_its_own_work(world: World) -> None:
    settle_in(world)
    world.set_company(teams=[Team(id=TeamId(9), name="Heights")])
    assert await suggest(world, job={**VISIT, "teamId": 9}) == []
    world.set_member(world.willi, teams=[TeamId(9)])
    assert {one["place"]["worker"] for one in await suggest(world, job={**VISIT, "teamId": 9})} == {
        world.willi.username
    }
    assert await suggest(world, workers=[world.wanda.username], job={**VISIT, "teamId": 9}) == []


async def test_it_refuses_what_cannot_be_asked(world: World) -> None:
    for field, status, wrong in (
        ("job", -11, {"job": {"destinationName": "somewhere"}}),
        ("data.job", -1, {"job": "x"}),
        ("job.onSiteSeconds", -11, {"job": {**VISIT, "onSiteSeconds": -1}}),
        ("job", -11, {"job": {**VISIT, "placeUid": "nobody"}}),
        ("days", -11, {"days": 0}),
        ("days", -11, {"days": 15}),
        ("slots", -11, {"slots": 0}),
        ("minutes", -11, {"minutes": 10}),
        ("day", -11, {"day": 1}),
        ("workers", -2, {"workers": ["nobody"]}),
    ):
        answer = await world.otto.post("suggestslots", **{"job": VISIT} | wrong)
        assert answer["status"] == status, wrong
        assert field in {answer["field"], "job"}, wrong


async def test_workers_may_not_and_zoe_is_offered_nothing_of_acme(world: World) -> None:
    settle_in(world)
    assert (await world.wanda.post("suggestslots", job=VISIT))["code"] == "not_allowed"
    assert await suggest(world, by=world.zoe) == []
    answer = await world.zoe.post("suggestslots", job=VISIT, workers=[world.wanda.id])
    assert answer["code"] == "unknown_member"
