"""insertjob: an extension that puts one urgent job into the routes of a day."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.line import DAY, TOMORROW, job, made, place_of, settle_in, stored

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

# Tomorrow at 13:00 in Vienna.
ONE_O_CLOCK = 1_767_700_800_000


async def insert(
    world: World, one: str | dict[str, Any], by: Person | None = None, **more: Any
) -> dict[str, Any]:
    answer = await (by or world.otto).post("insertjob", **{"job": one, "day": TOMORROW} | more)
    assert answer["status"] == 0, answer
    return answer


async def a_day(world: World) -> tuple[list[str], list[str]]:
    """Give Wanda three jobs near her home and Willi two near his."""
    settle_in(world)
    wanda = await made(world, *(job(s, worker=world.wanda.username) for s in (2, 4, 8)))
    willi = await made(world, *(job(s, worker=world.willi.username) for s in (38, 36)))
    return wanda, willi


def best(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["worker"].partition("@")[0], one["number"]) for one in answer["alternatives"]]


async def test_it_answers_everybodys_best_place_and_changes_nothing(world: World) -> None:
    wanda, _ = await a_day(world)
    (urgent,) = await made(world, job(6))
    before = await stored(world, [urgent, *wanda])
    answer = await insert(world, urgent)
    assert best(answer) == [("wanda", 3), ("willi", 3)]
    first, second = answer["alternatives"]
    # On the way: nothing is driven for it, and the day ends later by what is worked there.
    assert first["addsMetres"] < 20
    assert first["laterSeconds"] in range(718, 724)
    assert second["adds"] == second["addsSeconds"] > 1000
    assert first["arrival"] == first["start"] == first["leaving"] - 720_000
    assert first["slackSeconds"] > 0
    assert answer["unserved"] is None
    assert answer["plan"] == ""
    assert [one["id"] for one in answer["jobs"]] == [urgent]
    assert answer["roads"]["source"] == "great_circle"
    assert await stored(world, [urgent, *wanda]) == before
    assert best(await insert(world, urgent, alternatives=1)) == [("wanda", 3)]


async def test_it_puts_the_job_in_and_moves_nobody_elses_day(world: World) -> None:
    wanda, willi = await a_day(world)
    (urgent,) = await made(world, job(6))
    others = await stored(world, willi)
    answer = await insert(world, urgent, apply=True)
    assert [(await place_of(world, one))[:2] for one in (*wanda[:2], urgent, wanda[2])] == [
        ("wanda", number) for number in (1, 2, 3, 4)
    ]
    assert (await place_of(world, urgent))[2] == answer["alternatives"][0]["start"]
    assert await stored(world, willi) == others
    undone = await world.otto.post("undoplan", id=answer["plan"])
    assert urgent in undone["restored"]
    assert (await place_of(world, urgent))[0] == ""
    assert (await place_of(world, wanda[2]))[1] == 3


async def test_a_described_job_is_created_where_it_goes_best(world: World) -> None:
    wanda, _ = await a_day(world)
    urgent = job(37, destinationName="Burst pipe", priority=10)
    dry = await insert(world, urgent)
    assert best(dry)[0] == ("willi", 2)
    assert dry["jobs"] == []
    answer = await insert(world, urgent, apply=True)
    (created,) = answer["jobs"]
    assert (created["destinationName"], created["priority"]) == ("Burst pipe", 10)
    assert await place_of(world, created["id"]) == (
        "willi",
        2,
        answer["alternatives"][0]["start"],
    )
    assert (await place_of(world, wanda[0]))[1] == 1


async def test_a_job_that_somebody_has_may_go_to_a_better_place(world: World) -> None:
    wanda, willi = await a_day(world)
    assert best(await insert(world, willi[0])) == [("willi", 1), ("wanda", 4)]
    answer = await insert(world, wanda[0], workers=[world.willi.username], apply=True)
    assert best(answer) == [("willi", 3)]
    assert (await place_of(world, wanda[0]))[:2] == ("willi", 3)
    await insert(world, wanda[0], apply=True)
    assert (await place_of(world, wanda[0]))[:2] == ("wanda", 1)


async def test_what_fits_nowhere_says_why(world: World) -> None:
    await a_day(world)
    (late,) = await made(world, job(6, windowStart=400, windowEnd=500))
    answer = await insert(world, late, apply=True)
    assert answer["alternatives"] == []
    assert answer["unserved"]["reason"] == "time_window"
    assert answer["unserved"]["worker"] == world.wanda.username
    assert answer["unserved"]["by"] > 3 * 3600
    assert (await place_of(world, late))[0] == ""
    nowhere = await made(world, {"destinationName": "somewhere", "day": TOMORROW})
    assert (await insert(world, nowhere[0]))["unserved"]["reason"] == "no_location"


async def test_pins_hold(world: World) -> None:
    wanda, _ = await a_day(world)
    await world.otto.post(
        "editjobs",
        jobs={wanda[1]: {"pin": {"position": True}}, wanda[2]: {"pin": {"time": ONE_O_CLOCK}}},
    )
    (urgent,) = await made(world, job(1))
    answer = await insert(world, urgent, apply=True, workers=[world.wanda.username])
    assert best(answer) == [("wanda", 3)]
    assert (await place_of(world, wanda[1]))[:2] == ("wanda", 2)
    assert await place_of(world, wanda[2]) == ("wanda", 4, ONE_O_CLOCK)
    refused = await world.otto.post("insertjob", job=wanda[1], day=TOMORROW)
    assert (refused["code"], refused["field"]) == ("bad_value", "job")


async def test_today_it_goes_behind_what_has_begun(world: World) -> None:
    settle_in(world)
    world.pass_time(hours=2)
    mine = {"worker": world.wanda.username, "day": DAY}
    done, ahead = await made(world, job(2, **mine), job(9, **mine))
    at = int(world.now.timestamp() * 1000)
    await world.ada.post("editjobs", jobs={done: {"tsDoneSuccess": at - 600_000}})
    answer = await insert(world, job(1, day=DAY), day=0, workers=[world.wanda.username])
    assert best(answer) == [("wanda", 2)]
    assert answer["alternatives"][0]["arrival"] > at
    del ahead


async def test_it_refuses_what_cannot_be_asked(world: World) -> None:
    wanda, _ = await a_day(world)
    await world.ada.post("editjobs", jobs={wanda[0]: {"tsCheckIn": ONE_O_CLOCK}})
    for field, status, wrong in (
        ("job", -11, {"job": "nothing"}),
        ("job", -11, {"job": wanda[0]}),
        ("day", -11, {"job": wanda[1], "day": DAY}),
        ("job", -11, {"job": {"destinationName": "somewhere"}}),
        ("job.priority", -11, {"job": job(1, priority=11)}),
        ("data.job", -1, {"job": 7}),
        ("day", -11, {"day": 20261340}),
        ("alternatives", -11, {"alternatives": 0}),
        ("alternatives", -11, {"alternatives": 51}),
        ("workers", -2, {"workers": ["nobody"]}),
    ):
        asked = {"day": TOMORROW, "job": wanda[1]} | wrong
        answer = await world.otto.post("insertjob", **asked)
        assert (answer["status"], answer["field"]) == (status, field), wrong
    await made(world, job(1, uidSecondary="E1"))
    answer = await world.otto.post("insertjob", day=TOMORROW, job=job(1, uidSecondary="E1"))
    assert answer["field"] == "job.uidSecondary"


async def test_workers_may_not_and_zoe_finds_nobody(world: World) -> None:
    wanda, _ = await a_day(world)
    assert (await world.wanda.post("insertjob", job=wanda[0]))["code"] == "not_allowed"
    answer = await world.zoe.post("insertjob", job=wanda[0], day=TOMORROW)
    assert answer["code"] == "unknown_job"
    own = await insert(world, job(3), by=world.zoe)
    assert own["alternatives"] == []
    assert own["unserved"]["reason"] == "no_worker_available"


async def test_callers_at_once_never_get_one_position_twice(world: World) -> None:
    settle_in(world)
    asked = {"day": TOMORROW, "workers": [world.wanda.username], "apply": True}
    answers = await asyncio.gather(
        *(world.otto.post("insertjob", job=job(step), **asked) for step in range(1, 5))
    )
    assert {one.get("code") for one in answers} <= {None, "overtaken"}
    written = [one["jobs"][0]["id"] for one in answers if one["status"] == 0]
    after = (await world.ada.post("getjobs", day=TOMORROW))["jobs"]
    assert sorted(one["id"] for one in after) == sorted(written)
    assert sorted(one["number"] for one in after) == list(range(1, len(written) + 1))
