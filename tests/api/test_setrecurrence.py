from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.hours import CLOSED
from roundsman.almanac import making
from roundsman.almanac import queries as recurrences
from roundsman.almanac.model import Recurrence
from roundsman.core.ids import JobId
from roundsman.storage.database import open_database
from tests.facts import kinds_of
from tests.series import AT, TODAY, days_of, jobs_of, pass_nights, series, template

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_jobs_are_made_for_today_and_fourteen_days(world: World) -> None:
    made = await template(world.ada, priority=7, custom_PO="17", notes="Ring twice")
    answer = await world.ada.post(
        "setrecurrence",
        template=made,
        recurrence={"rrule": "FREQ=WEEKLY;BYDAY=MO,TH", "worker": world.wanda.username},
    )
    assert answer["status"] == 0
    assert answer["recurrence"] == {
        "template": made,
        "title": "Boiler",
        "rrule": "FREQ=WEEKLY;BYDAY=MO,TH",
        "start": TODAY,
        "until": 0,
        "count": 0,
        "exdates": [],
        "holidays": "skip",
        "worker": world.wanda.username,
        "workerName": "Wanda",
        "nextDays": [20260105, 20260108, 20260112, 20260115, 20260119],
    }
    found = await jobs_of(world.ada)
    assert found == answer["jobs"]
    assert [job["day"] for job in found] == [20260105, 20260108, 20260112, 20260115, 20260119]
    for job in found:
        assert job["recurrenceTemplate"] == made
        assert job["recurrenceDay"] == job["day"]
        assert job["worker"] == world.wanda.username
        assert (job["priority"], job["windowStart"], job["number"]) == (7, 900, 1)
        assert job["customFields"] == [{"key": "PO", "val": "17"}]
        assert job["textDispatcher"] == "Ring twice"
        assert kinds_of(world, job["id"]) == ["job_created"]


async def test_a_template_may_say_how_it_repeats_when_it_is_created(world: World) -> None:
    boiler = {"destinationName": "Boiler", "recurrence": {"rrule": "FREQ=DAILY;COUNT=3"}}
    answer = await world.ada.post("createjobs", jobs=[boiler, AT], template=True)
    assert answer["status"] == 0
    assert await days_of(world.ada, answer["jobs"][0]["id"]) == [20260105, 20260106, 20260107]
    assert await days_of(world.ada, answer["jobs"][1]["id"]) == []
    for wrong, status in (
        ({"rrule": "FREQ=HOURLY"}, -11),
        ({"rrule": 5}, -1),
        ("daily", -1),
        ({}, -11),
    ):
        refused = await world.ada.post("createjobs", jobs=[{"recurrence": wrong}], template=True)
        assert refused["status"] == status, wrong
    refused = await world.ada.post("createjobs", jobs=[boiler])
    assert (refused["status"], refused["field"]) == (-11, "jobs[0].recurrence")


async def test_nights_top_the_jobs_up_and_change_nothing_else(world: World) -> None:
    made = await series(world.ada)
    before = await jobs_of(world.ada, made)
    assert len(before) == 15
    await pass_nights(world, 3)
    after = await jobs_of(world.ada, made)
    assert [job["recurrenceDay"] for job in after[-3:]] == [20260120, 20260121, 20260122]
    assert len(after) == 18
    untouched = {job["id"]: job for job in before if job["day"] > 20260108}
    assert {job["id"]: job for job in after if job["id"] in untouched} == untouched


async def test_nights_that_were_missed_make_no_jobs_of_days_that_are_over(world: World) -> None:
    made = await series(world.ada, "FREQ=WEEKLY;BYDAY=MO")
    await world.settle()
    world.pass_time(days=40)
    await world.settle()
    originals = [job["recurrenceDay"] for job in await jobs_of(world.ada, made)]
    assert originals == [20260105, 20260112, 20260119, 20260216, 20260223]


async def test_doing_it_twice_changes_nothing(world: World) -> None:
    made = await series(world.ada, worker=world.wanda.username)
    before = await jobs_of(world.ada, made)
    again = await world.ada.post("setrecurrence", template=made, recurrence={"rrule": "FREQ=DAILY"})
    assert again["jobs"] == []
    assert await jobs_of(world.ada, made) == before


async def test_two_processes_make_each_job_once(world: World) -> None:
    made = await template(world.ada)
    house = world.actor(world.ada)
    one = Recurrence(template=JobId(made), rule="FREQ=DAILY", start=date(2026, 1, 5))
    world.db.write_now(lambda tx: recurrences.save(tx, world.acme, one))
    beside = open_database(world.app.settings.url, clock=lambda: world.now)

    def make(tx: Tx) -> int:
        return len(making.make(tx, house, one))

    try:
        counts = await asyncio.gather(*(db.write(make) for db in (world.db, beside) * 4))
    finally:
        beside.close()
    assert sum(counts) == 15
    assert len(await days_of(world.ada, made)) == len(set(await days_of(world.ada, made))) == 15


async def test_the_time_of_day_stays_when_the_clocks_change(world: World) -> None:
    world.pass_time(days=80)  # to the end of March; summer time begins on the 29th
    made = await series(world.ada, "FREQ=DAILY", worker=world.wanda.username)
    found = await jobs_of(world.ada, made)
    days = [job["day"] for job in found]
    assert days[0] == 20260326
    assert len(set(days)) == len(days) == 15
    assert {job["windowStart"] for job in found} == {900}


async def test_deleted_jobs_are_not_made_again(world: World) -> None:
    made = await series(world.ada)
    second = (await jobs_of(world.ada, made))[1]
    await world.ada.post("deletejobs", jobs=[second["id"]])
    await pass_nights(world)
    assert second["day"] not in [job["recurrenceDay"] for job in await jobs_of(world.ada, made)]


async def test_a_new_rule_withdraws_what_it_does_not_want_but_nothing_anybody_touched(
    world: World,
) -> None:
    made = await series(world.ada)
    found = {job["day"]: job["id"] for job in await jobs_of(world.ada, made)}
    await world.otto.post("editjobs", jobs={found[20260107]: {"destinationName": "Mine"}})
    await world.otto.post("editjobs", jobs={found[20260105]: {"tsCheckIn": 1767600000000}})
    await world.ada.post("archivejobs", jobs=[found[20260110]])
    answer = await world.ada.post(
        "setrecurrence", template=made, recurrence={"rrule": "FREQ=WEEKLY;BYDAY=TU"}
    )
    assert answer["status"] == 0
    assert await days_of(world.ada, made) == [20260105, 20260106, 20260107, 20260113]
    assert kinds_of(world, found[20260108]) == ["job_created", "job_deleted"]
    assert (await world.ada.post("getjobs", id=found[20260110]))["jobs"]
    back = await world.ada.post("setrecurrence", template=made, recurrence={"rrule": "FREQ=DAILY"})
    assert 20260108 in [job["day"] for job in back["jobs"]], "what was withdrawn may come back"


async def test_it_starts_ends_and_leaves_days_out_as_told(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY", start=20260107, until=20260110, exdates=[20260108])
    assert await days_of(world.ada, made) == [20260107, 20260109, 20260110]
    await world.ada.post("setrecurrence", template=made, recurrence={"count": 2})
    assert await days_of(world.ada, made) == [20260107]
    await world.ada.post("setrecurrence", template=made, recurrence={"exdates": []})
    assert await days_of(world.ada, made) == [20260107, 20260108]


async def test_holidays_come_and_go_with_the_companys_calendar(world: World) -> None:
    world.set_company(hours={"saturday": CLOSED, "sunday": CLOSED})
    rule = "FREQ=WEEKLY;BYDAY=TU,FR;COUNT=3"
    skips = await series(world.ada, rule)
    moves = await series(world.ada, rule, holidays="move")
    keeps = await series(world.ada, rule, holidays="keep")
    plain = [20260106, 20260109, 20260113]
    moved = {job["day"]: job["id"] for job in await jobs_of(world.ada, moves)}
    edited = await world.ada.post(
        "editcompany", holidays=[{"day": 20250106, "yearly": True}, {"day": 20260109}]
    )
    assert edited["company"]["holidays"][0] == {"day": 20250106, "name": "", "yearly": True}
    await world.settle()
    assert await days_of(world.ada, skips) == [20260113]
    assert await days_of(world.ada, moves) == [20260107, 20260112, 20260113]
    assert await days_of(world.ada, keeps) == plain
    assert {job["id"] for job in await jobs_of(world.ada, moves)} == set(moved.values())
    await world.ada.post("editcompany", holidays=[])
    await world.settle()
    assert await days_of(world.ada, skips) == plain
    assert {job["day"]: job["id"] for job in await jobs_of(world.ada, moves)} == moved


async def test_unfinished_ones_are_carried_over_and_not_made_again(world: World) -> None:
    made = await series(world.ada, "FREQ=WEEKLY;BYDAY=MO")
    first = (await jobs_of(world.ada, made))[0]
    await pass_nights(world, 2)
    found = await jobs_of(world.ada, made)
    assert [job["recurrenceDay"] for job in found] == [20260105, 20260112, 20260119]
    assert (found[0]["id"], found[0]["day"]) == (first["id"], 20260107)


async def test_jobs_of_a_person_who_left_are_nobodys(world: World) -> None:
    made = await series(world.ada, worker=world.willi.username)
    await world.ada.post("deleteaccount", uid=world.willi.id)
    await pass_nights(world)
    assert (await jobs_of(world.ada, made))[-1]["worker"] == ""


async def test_another_person_gets_the_jobs_that_nobody_touched(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=3", worker=world.wanda.username)
    found = await jobs_of(world.ada, made)
    await world.ada.post("editjobs", jobs={found[1]["id"]: {"worker": world.ada.username}})
    recurrence = {"worker": world.willi.username}
    answer = await world.ada.post("setrecurrence", template=made, recurrence=recurrence)
    assert answer["recurrence"]["worker"] == world.willi.username
    workers = [job["worker"] for job in await jobs_of(world.ada, made)]
    assert workers == [world.willi.username, world.ada.username, world.willi.username]


async def test_a_template_that_is_deleted_or_archived_makes_no_more_jobs(world: World) -> None:
    gone, hidden = await series(world.ada), await series(world.ada)
    await world.ada.post("deletejobs", jobs=[gone])
    await world.ada.post("archivejobs", jobs=[hidden])
    await pass_nights(world)
    assert 20260120 not in await days_of(world.ada)
    cards = (await world.ada.post("getrecurrences"))["recurrences"]
    assert [card["template"] for card in cards] == [hidden]


async def test_the_external_id_of_a_template_is_its_own(world: World) -> None:
    made = await template(world.ada, uidSecondary="ERP-1")
    answer = await world.ada.post(
        "setrecurrence", template=made, recurrence={"rrule": "FREQ=DAILY;COUNT=2"}
    )
    assert [job["uidSecondary"] for job in answer["jobs"]] == ["", ""]


async def test_what_cannot_be_is_refused(world: World) -> None:
    made = await template(world.ada)
    job = (await world.ada.post("createjobs", jobs=[{}]))["jobs"][0]["id"]
    wrong: list[tuple[Any, int]] = [
        ({}, -11),
        ({"rrule": "FREQ=DAILY;UNTIL=20250101"}, -11),
        ({"rrule": "FREQ=DAILY", "start": 0}, -11),
        ({"rrule": "FREQ=DAILY", "start": 19990101}, -11),
        ({"rrule": "FREQ=DAILY", "start": 20260230}, -11),
        ({"rrule": "FREQ=DAILY", "start": 99981231}, -11),
        ({"rrule": "FREQ=DAILY", "count": -1}, -11),
        ({"rrule": "FREQ=DAILY", "count": 2, "until": 20270101}, -11),
        ({"rrule": "FREQ=DAILY", "holidays": "dance"}, -11),
        ({"rrule": "FREQ=DAILY", "worker": "nobody"}, -2),
        ({"rrule": "FREQ=DAILY", "exdates": "x"}, -1),
        (None, -1),
    ]
    for recurrence, status in wrong:
        answer = await world.ada.post("setrecurrence", template=made, recurrence=recurrence)
        assert answer["status"] == status, (recurrence, answer)
    answer = await world.ada.post("setrecurrence", template=job, recurrence={"rrule": "FREQ=DAILY"})
    assert (answer["status"], answer["field"]) == (-11, "job")
    assert (await world.ada.post("getrecurrences"))["recurrences"] == []


async def test_strangers_and_workers_may_not(world: World) -> None:
    made = await template(world.ada)
    rule = {"rrule": "FREQ=DAILY"}
    for person, status in ((world.zoe, -11), (world.wanda, -5), (world.otto, 0)):
        answer = await person.post("setrecurrence", template=made, recurrence=rule)
        assert answer["status"] == status, person.name
    assert (await world.zoe.post("getjobs", **{"from": 20260101, "until": 20270101}))["jobs"] == []
