from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import State
from tests.job_table import MOMENT_MS, each

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY, TOMORROW = 20260105, 20260106


async def create(person: Person, *jobs: dict[str, Any], **more: Any) -> list[str]:
    """Create jobs and return their ids."""
    answer = await person.post("createjobs", jobs=list(jobs), **more)
    assert answer["status"] == 0, answer
    return [job["id"] for job in answer["jobs"]]


async def names(person: Person, **filters: Any) -> list[str]:
    """Return the titles of the jobs of a query, in the order of the answer."""
    answer = await person.post("getjobs", **filters)
    assert answer["status"] == 0, answer
    return [job["destinationName"] for job in answer["jobs"]]


def job(name: str, **more: Any) -> dict[str, Any]:
    return {"destinationName": name, **more}


# --- day ------------------------------------------------------------------------------------------


async def test_it_answers_todays_jobs_of_everybody(world: World) -> None:
    await create(
        world.ada,
        job("mine", day=TODAY, worker=world.wanda.username),
        job("free", day=TODAY),
        job("tomorrow", day=TOMORROW),
        job("undated"),
    )
    assert sorted(await names(world.ada)) == ["free", "mine"]
    assert sorted(await names(world.ada, worker="*")) == ["free", "mine"]
    assert await names(world.ada, day=TOMORROW) == ["tomorrow"]
    assert await names(world.ada, day=str(TOMORROW)) == ["tomorrow"]
    assert await names(world.ada, day=0) == ["undated"]


async def test_no_match_is_no_mistake(world: World) -> None:
    assert await world.ada.post("getjobs") == {"status": 0, "jobs": []}


async def test_today_is_counted_in_the_companys_zone(world: World) -> None:
    await create(world.ada, job("monday", day=TODAY), job("tuesday", day=TOMORROW))
    world.pass_time(hours=15, minutes=59)  # 23:59 in Vienna
    assert await names(world.ada) == ["monday"]
    world.pass_time(minutes=1)
    assert await names(world.ada) == ["tuesday"]
    world.set_company(timezone="America/New_York")
    assert await names(world.ada) == ["monday"]


async def test_it_refuses_days_that_are_none(world: World) -> None:
    for name in ("day", "from", "until"):
        for wrong in (20260230, 2026, -1, 10**9, 2**60, 2**70):
            answer = await world.ada.post("getjobs", **{name: wrong})
            assert answer["status"] == -11, (name, wrong)
        for wrong in each(("monday", [], {}, 1.5, True)):
            assert (await world.ada.post("getjobs", **{name: wrong}))["status"] == -1, (name, wrong)


async def test_a_range_of_days_is_our_extension(world: World) -> None:
    await create(
        world.ada,
        *[job(str(day), day=day) for day in (20260101, 20260103, 20260105, 20261231)],
        job("undated"),
    )
    assert await names(world.ada, **{"from": 20260102, "until": 20260105}) == [
        "20260103",
        "20260105",
    ]
    assert await names(world.ada, **{"from": "20260104"}) == ["20260105", "20261231"]
    assert await names(world.ada, until=20260101) == ["20260101"]
    assert await names(world.ada, day=20260103, until=20260101) == []
    answer = await world.ada.post("getjobs", **{"from": 20260105, "until": 20260104})
    assert answer["status"] == -11


# --- people and teams -----------------------------------------------------------------------------


async def test_a_worker_is_named_by_user_name_or_uid_and_nobody_by_nothing(world: World) -> None:
    await create(
        world.ada,
        job("wanda", day=TODAY, worker=world.wanda.username),
        job("willi", day=TODAY, worker=world.willi.username),
        job("free", day=TODAY),
    )
    assert await names(world.ada, worker=world.wanda.username) == ["wanda"]
    assert await names(world.ada, worker=world.willi.id) == ["willi"]
    assert await names(world.ada, worker="") == ["free"]
    assert len(await names(world.ada, worker=None)) == 3
    world.set_member(world.wanda, state=State.DEACTIVATED)
    assert await names(world.ada, worker=world.wanda.username) == ["wanda"]


async def test_it_refuses_a_worker_it_does_not_know(world: World) -> None:
    for name in ("nobody", world.zoe.username, world.zoe.id):
        assert (await world.ada.post("getjobs", worker=name))["status"] == -2
    for wrong in each((5, [], {}, True)):
        assert (await world.ada.post("getjobs", worker=wrong))["status"] == -1


async def test_it_filters_by_team(world: World) -> None:
    await create(world.ada, job("one", day=TODAY, teamId=1), job("none", day=TODAY))
    assert await names(world.ada, team=1) == ["one"]
    assert await names(world.ada, team=0) == ["none"]
    assert await names(world.ada, team=2) == []
    for wrong in each(("x", [], {}, 1.5)):
        assert (await world.ada.post("getjobs", team=wrong))["status"] == -1


# --- ids and order numbers ------------------------------------------------------------------------


async def test_ids_select_on_their_own_whatever_the_day(world: World) -> None:
    first, second = await create(world.ada, job("a", day=TOMORROW), job("b"))
    assert await names(world.ada, id=first) == ["a"]
    assert sorted(await names(world.ada, ids=[first, second, first])) == ["a", "b"]
    assert await names(world.ada, id=first, ids=[second]) == []
    assert await names(world.ada, id=first, ids=[first, second]) == ["a"]
    assert await names(world.ada, ids=[]) == []
    assert await names(world.ada, id="") == []
    for unknown in ("nobody", "65a1b2c3d4e5f60718293a4b", "tpl-", "%", "'", "x" * 10_000):
        assert await names(world.ada, id=unknown) == []


async def test_a_day_or_worker_that_is_sent_narrows_the_ids(world: World) -> None:
    (one,) = await create(world.ada, job("a", day=TOMORROW, worker=world.wanda.username))
    assert await names(world.ada, id=one, day=TODAY) == []
    assert await names(world.ada, id=one, day=TOMORROW) == ["a"]
    assert await names(world.ada, id=one, worker="") == []
    assert await names(world.ada, id=one, worker="*") == ["a"]
    assert await names(world.ada, id=one, team=9) == []


async def test_order_numbers_select_on_their_own(world: World) -> None:
    big = 2**62
    await create(world.ada, job("a", orderId=5, day=TOMORROW), job("b", orderId=big), job("c"))
    assert await names(world.ada, orderId=5) == ["a"]
    assert await names(world.ada, orderId=str(big)) == ["b"]
    assert sorted(await names(world.ada, orderIds=[5, "5", big, -1])) == ["a", "b"]
    assert await names(world.ada, orderId=5, orderIds=[big]) == []
    assert await names(world.ada, orderIds=[]) == []
    assert await names(world.ada, orderId=5, day=TODAY) == []
    assert (await world.ada.post("getjobs", orderId=2**63))["status"] == -11
    for wrong in (
        {"orderId": "x"},
        {"orderIds": ["x"]},
        {"orderIds": 5},
        {"ids": "x"},
        {"ids": [5]},
        {"id": 5},
    ):
        assert (await world.ada.post("getjobs", **wrong))["status"] == -1, wrong


async def test_it_looks_for_a_thousand_ids_or_order_numbers_and_no_more(world: World) -> None:
    (one,) = await create(world.ada, job("a", orderId=5, day=TOMORROW))
    assert await names(world.ada, ids=[one, *(f"x{n}" for n in range(999))]) == ["a"]
    assert await names(world.ada, orderIds=list(range(1000))) == ["a"]
    for name, asked in (("ids", [one] * 1001), ("orderIds", list(range(1001)))):
        answer = await world.ada.post("getjobs", **{name: asked})
        assert (answer["status"], answer["field"]) == (-11, name)


# --- progress -------------------------------------------------------------------------------------


async def test_it_filters_by_progress(world: World) -> None:
    done, *_ = await create(
        world.ada,
        job("done", day=TODAY, tsDoneSuccess=MOMENT_MS),
        job("issue", day=TODAY, tsDoneFailed=MOMENT_MS),
        job("arrived", day=TODAY, tsCheckIn=MOMENT_MS),
        job("open", day=TODAY),
    )
    assert await names(world.ada, progressSuccess=1) == ["done"]
    assert sorted(await names(world.ada, progressActive=1)) == ["arrived", "open"]
    assert await names(world.ada, progressSuccess=1, progressActive=1) == []
    assert len(await names(world.ada, progressSuccess=0, progressActive="0")) == 4
    assert await names(world.ada, id=done, progressActive=1) == []
    for name in ("progressSuccess", "progressActive"):
        for wrong in each(("x", [], {}, 1.5)):
            assert (await world.ada.post("getjobs", **{name: wrong}))["status"] == -1


# --- archive and templates ------------------------------------------------------------------------


async def test_archived_jobs_are_answered_by_id_only(world: World) -> None:
    kept, gone = await create(
        world.ada, job("kept", day=TODAY, orderId=7), job("gone", day=TODAY, orderId=7)
    )
    await world.ada.post("archivejobs", jobs=[gone])
    assert await names(world.ada) == ["kept"]
    assert await names(world.ada, orderId=7) == ["kept"]
    answer = await world.ada.post("getjobs", ids=[kept, gone])
    assert {one["destinationName"]: one.get("status") for one in answer["jobs"]} == {
        "kept": None,
        "gone": "archived",
    }
    assert await names(world.ada, ids=[kept, gone], progressActive=1) == ["kept"]


async def test_templates_are_answered_by_id_only(world: World) -> None:
    (one,) = await create(world.ada, job("a", orderId=7), template=True)
    for filters in ({}, {"day": 0}, {"orderId": 7}, {"from": 19000101}, {"worker": ""}):
        assert await names(world.ada, **filters) == []
    assert await names(world.ada, id=one) == ["a"]
    assert await names(world.ada, ids=[one]) == ["a"]


# --- order and pages ------------------------------------------------------------------------------


async def test_the_order_is_day_then_number_then_creation(world: World) -> None:
    worker = {"worker": world.wanda.username}
    await create(world.ada, job("e", day=TOMORROW, number=1, **worker))
    await create(world.ada, job("d", day=TODAY, number=9, **worker))
    await create(world.ada, job("c", day=TODAY, number=2, tsCreated=2000))
    await create(world.ada, job("b", day=TODAY, number=2, tsCreated=1000))
    await create(world.ada, job("a", day=TODAY))
    assert await names(world.ada, until=TOMORROW) == ["a", "b", "c", "d", "e"]
    assert await names(world.ada, until=TOMORROW, limit=2) == ["a", "b"]
    assert await names(world.ada, until=TOMORROW, limit=2, skip=3) == ["d", "e"]
    assert await names(world.ada, until=TOMORROW, skip=4) == ["e"]
    assert await names(world.ada, until=TOMORROW, skip=2**50) == []
    assert len(await names(world.ada, until=TOMORROW, limit=2**50, skip="1")) == 4


async def test_jobs_of_one_request_keep_its_order(world: World) -> None:
    await create(world.ada, *[job(str(number), day=TODAY) for number in range(30)])
    assert await names(world.ada) == [str(number) for number in range(30)]


async def test_it_sorts_by_any_property_both_ways(world: World) -> None:
    await create(
        world.ada,
        job("b", day=TODAY, priority=3, number=1),
        job("a", day=TODAY, priority=3, number=2),
        job("c", day=TODAY, priority=9, number=3),
    )
    for sort, expected in (
        ("destinationName", ["a", "b", "c"]),
        ("-destinationName", ["c", "b", "a"]),
        ("-priority", ["c", "b", "a"]),
        ("priority", ["b", "a", "c"]),
        ("-priority,destinationName", ["c", "a", "b"]),
        ({"priority": 1, "destinationName": 1}, ["a", "b", "c"]),
        ({"priority": -1, "number": "-1"}, ["c", "a", "b"]),
        ("status", ["b", "a", "c"]),
        ("extra_number_1_val", ["b", "a", "c"]),
        ("", ["b", "a", "c"]),
    ):
        assert await names(world.ada, sort=sort) == expected, sort
    assert await names(world.ada, sort="-priority", limit=1, skip=1) == ["b"]


async def test_it_refuses_sorting_and_paging_that_cannot_be(world: World) -> None:
    for status, wrong in each(
        (
            (-11, {"sort": "nothing"}),
            (-11, {"sort": {"day": 2}}),
            (-11, {"sort": ",".join(["day"] * 9)}),
            (-11, {"limit": 0}),
            (-11, {"limit": -1}),
            (-11, {"skip": -1}),
            (-11, {"limit": 2**70}),
            (-1, {"sort": 5}),
            (-1, {"sort": ["day"]}),
            (-1, {"sort": {"day": "up"}}),
            (-1, {"limit": "x"}),
            (-1, {"limit": 1.5}),
            (-1, {"skip": {}}),
        )
    ):
        assert (await world.ada.post("getjobs", **wrong))["status"] == status, wrong


# --- who may --------------------------------------------------------------------------------------


async def test_a_worker_sees_only_own_jobs(world: World) -> None:
    mine, *others = await create(
        world.ada,
        job("mine", day=TODAY, worker=world.wanda.username),
        job("willi", day=TODAY, worker=world.willi.username),
        job("free", day=TODAY),
    )
    assert await names(world.wanda) == ["mine"]
    assert await names(world.wanda, ids=[mine, *others]) == ["mine"]
    assert await names(world.wanda, worker="") == []
    assert await names(world.wanda, worker=world.willi.username) == []
    assert await names(world.wanda, worker="*", **{"from": 19000101}) == ["mine"]


async def test_a_worker_without_the_calendar_sees_only_today(world: World) -> None:
    own = {"worker": world.wanda.username}
    yesterday = TODAY - 1
    days = (0, yesterday, TODAY, TOMORROW)
    ids = await create(world.ada, *(job(str(day), day=day, **own) for day in days))
    assert sorted(await names(world.wanda, ids=ids)) == sorted(map(str, days))
    world.set_policy(switches={"workers_access_calendar": False})
    assert await names(world.wanda) == [str(TODAY)]
    assert await names(world.wanda, ids=ids) == [str(TODAY)]
    assert await names(world.wanda, **{"from": yesterday, "until": TOMORROW}) == [str(TODAY)]
    for hidden in ({"day": 0}, {"day": TOMORROW}, {"from": TOMORROW}, {"until": yesterday}):
        assert await names(world.wanda, **hidden) == []
    assert len(await names(world.otto, ids=ids)) == len(days)
    late = await world.wanda.post("editjobs", jobs={ids[1]: {"tsDoneSuccess": MOMENT_MS}})
    assert late["status"] == 0


async def test_an_operator_of_some_teams_sees_those_and_no_team(world: World) -> None:
    one, two, none = await create(
        world.ada,
        job("one", day=TODAY, teamId=1),
        job("two", day=TODAY, teamId=2),
        job("none", day=TODAY),
    )
    world.set_member(world.otto, teams=[1])
    assert len(await names(world.otto)) == 3
    world.set_policy(switches={"operators_see_other_teams": False})
    assert sorted(await names(world.otto)) == ["none", "one"]
    assert sorted(await names(world.otto, ids=[one, two, none])) == ["none", "one"]
    assert await names(world.otto, team=2) == []


async def test_nobody_sees_another_company(world: World) -> None:
    here = job("ours", day=TODAY, orderId=7, uidSecondary="A")
    (ours,) = await create(world.ada, here)
    (template,) = await create(world.ada, here, template=True)
    for filters in (
        {},
        {"id": ours},
        {"ids": [ours, template]},
        {"orderId": 7},
        {"from": 19000101},
        {"worker": ""},
        {"sort": "day"},
    ):
        assert await names(world.zoe, **filters) == []
