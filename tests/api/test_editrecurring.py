from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.clock import to_ms
from tests.series import days_of, jobs_of, pass_nights, series

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

UNKNOWN = "65a1b2c3d4e5f60718293a4b"


async def titles(world: World) -> dict[int, str]:
    return {job["recurrenceDay"]: job["destinationName"] for job in await jobs_of(world.ada)}


async def test_this_job_alone_changes_and_is_left_alone_from_then_on(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=3")
    second = (await jobs_of(world.ada, made))[1]
    answer = await world.otto.post(
        "editrecurring", job=second["id"], scope="this", changes={"destinationName": "Attic"}
    )
    assert answer["status"] == 0
    assert [job["id"] for job in answer["jobs"]] == [second["id"]]
    await world.otto.post(
        "editrecurring", job=second["id"], scope="all", changes={"destinationName": "Cellar"}
    )
    assert await titles(world) == {20260105: "Cellar", 20260106: "Attic", 20260107: "Cellar"}


async def test_a_job_that_was_edited_as_any_other_is_left_alone_too(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=4")
    jobs = [job["id"] for job in await jobs_of(world.ada, made)]
    await world.otto.post("editjobs", jobs={jobs[1]: {"windowStart": 1100}})
    await world.otto.post("editjobs", jobs={jobs[2]: {"tsDoneSuccess": to_ms(world.now)}})
    await world.otto.post("editjobs", jobs={jobs[3]: {"number": 5}})  # that is the route's
    changes = {"destinationName": "Cellar", "windowStart": 1400}
    await world.otto.post("editrecurring", job=jobs[0], scope="all", changes=changes)
    found = await jobs_of(world.ada, made)
    assert [(job["destinationName"], job["windowStart"]) for job in found] == [
        ("Cellar", 1400),
        ("Boiler", 1100),
        ("Boiler", 900),
        ("Cellar", 1400),
    ]


async def test_all_future_ones_change_and_those_that_are_made_later(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY", worker=world.wanda.username)
    await pass_nights(world, 2)
    middle = (await jobs_of(world.ada, made))[5]
    changes = {"destinationName": "Cellar", "worker": world.willi.username, "custom_PO": "9"}
    answer = await world.ada.post("editrecurring", job=middle["id"], scope="all", changes=changes)
    assert answer["jobs"][0]["recurrenceDay"] == 20260107
    await pass_nights(world)
    for job in await jobs_of(world.ada, made):
        is_future = job["recurrenceDay"] >= 20260107
        assert job["destinationName"] == ("Cellar" if is_future else "Boiler")
        assert job["worker"] == (world.willi if is_future else world.wanda).username
    assert (await jobs_of(world.ada, made))[-1]["recurrenceDay"] == 20260122


async def test_this_and_the_following_go_on_as_a_series_of_their_own(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=20", worker=world.wanda.username)
    before = await jobs_of(world.ada, made)
    kept = before[10]
    await world.otto.post("editjobs", jobs={kept["id"]: {"notes": "By hand"}})
    answer = await world.ada.post(
        "editrecurring",
        job=before[4]["id"],
        scope="following",
        changes={"destinationName": "Attic"},
    )
    heir = answer["recurrence"]
    assert heir["template"] != made
    assert (heir["start"], heir["count"], heir["worker"]) == (20260109, 16, world.wanda.username)
    cards = (await world.ada.post("getrecurrences"))["recurrences"]
    old = next(card for card in cards if card["template"] == made)
    assert (old["until"], old["count"], old["title"]) == (20260108, 0, "Boiler")
    assert len(await days_of(world.ada, made)) == 4
    assert len(await days_of(world.ada, heir["template"])) == 11
    by_day = await titles(world)
    assert (by_day[20260108], by_day[20260109]) == ("Boiler", "Attic")
    assert by_day[kept["recurrenceDay"]] == "Boiler", "somebody changed that one"
    ids = [job["id"] for job in await jobs_of(world.ada)]
    assert ids == [job["id"] for job in before], "the jobs are the same ones"
    await pass_nights(world, 14)
    found = await days_of(world.ada, heir["template"])
    assert len(found) == 16, "and the count goes on"
    assert len(await days_of(world.ada)) == 20


async def test_a_series_that_moves_to_another_weekday_leaves_nothing_behind(world: World) -> None:
    made = await series(world.ada, "FREQ=WEEKLY;BYDAY=MO")
    second = (await jobs_of(world.ada, made))[1]
    answer = await world.ada.post(
        "editrecurring",
        job=second["id"],
        scope="following",
        recurrence={"rrule": "FREQ=WEEKLY;BYDAY=WE", "holidays": "move"},
    )
    assert answer["status"] == 0
    assert await days_of(world.ada) == [20260105, 20260114]
    assert [job["day"] for job in answer["jobs"]] == [20260114]


async def test_the_following_of_the_first_are_all(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=3")
    first = (await jobs_of(world.ada, made))[0]
    answer = await world.ada.post(
        "editrecurring", job=first["id"], scope="following", changes={"priority": 9}
    )
    assert answer["recurrence"]["template"] == made
    assert [job["priority"] for job in await jobs_of(world.ada, made)] == [9, 9, 9]


async def test_a_template_edited_by_itself_counts_for_jobs_made_later(world: World) -> None:
    made = await series(world.ada)
    await world.ada.post("editjobs", jobs={made: {"destinationName": "Cellar"}})
    await pass_nights(world)
    found = await titles(world)
    assert (found[20260119], found[20260120]) == ("Boiler", "Cellar")


async def test_a_moved_job_is_where_somebody_put_it(world: World) -> None:
    made = await series(world.ada, "FREQ=WEEKLY;BYDAY=MO")
    second = (await jobs_of(world.ada, made))[1]
    await world.ada.post("editjobs", jobs={second["id"]: {"day": 20260113}})
    await world.ada.post(
        "editrecurring", job=second["id"], scope="all", changes={"destinationName": "Cellar"}
    )
    await pass_nights(world)
    found = (await jobs_of(world.ada, made))[1]
    assert (found["day"], found["recurrenceDay"]) == (20260113, 20260112)
    assert found["destinationName"] == "Boiler"


async def test_what_cannot_be_is_refused_and_changes_nothing(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=3")
    before = await jobs_of(world.ada)
    job = before[1]["id"]
    plain = (await world.ada.post("createjobs", jobs=[{}]))["jobs"][0]["id"]
    wrong: list[tuple[dict[str, Any], int]] = [
        ({"job": UNKNOWN, "scope": "all"}, -11),
        ({"job": plain, "scope": "all"}, -11),
        ({"job": made, "scope": "all"}, -11),
        ({"job": job, "scope": "some"}, -11),
        ({"job": job}, -1),
        ({"job": job, "scope": "this", "recurrence": {"rrule": "FREQ=DAILY"}}, -11),
        ({"job": job, "scope": "all", "changes": {"day": 20260201}}, -11),
        ({"job": job, "scope": "all", "changes": {"uidSecondary": "X"}}, -11),
        ({"job": job, "scope": "all", "changes": {"priority": 11}}, -11),
        ({"job": job, "scope": "all", "changes": {"worker": "nobody"}}, -2),
        ({"job": job, "scope": "following", "recurrence": {"rrule": "FREQ=NEVER"}}, -11),
        ({"job": job, "scope": "all", "changes": "x"}, -1),
    ]
    for data, status in wrong:
        answer = await world.ada.post("editrecurring", **data)
        assert answer["status"] == status, (data, answer)
    assert await jobs_of(world.ada) == before
    assert len((await world.ada.post("getrecurrences"))["recurrences"]) == 1


async def test_strangers_and_workers_may_not(world: World) -> None:
    made = await series(world.ada, "FREQ=DAILY;COUNT=3", worker=world.wanda.username)
    job = (await jobs_of(world.ada, made))[0]["id"]
    for scope in ("this", "following", "all"):
        for person, status in ((world.zoe, -11), (world.wanda, -5)):
            answer = await person.post(
                "editrecurring", job=job, scope=scope, changes={"priority": 1}
            )
            assert answer["status"] == status, (person.name, scope)
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[2])
    await world.ada.post("editjobs", jobs={job: {"teamId": 1}})
    answer = await world.otto.post("editrecurring", job=job, scope="all", changes={"priority": 1})
    assert answer["status"] == -11
    assert {one["priority"] for one in await jobs_of(world.ada, made)} == {5}
