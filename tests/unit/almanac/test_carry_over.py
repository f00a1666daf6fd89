"""Unfinished jobs move on by the clock of their company."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import String, select, text

from roundsman.accounts.hours import CLOSED
from roundsman.accounts.model import Holiday, Shift
from roundsman.almanac.nights import begin_days
from roundsman.chores.runner import settle
from roundsman.core.clock import day_bounds, to_ms
from roundsman.core.ids import JobId
from roundsman.diary import queries as diary
from roundsman.diary.model import What
from roundsman.events.catalogue import JobCarriedOver, RouteChanged
from roundsman.storage import migrate
from roundsman.storage.database import open_database
from roundsman.storage.dialects import Statement
from roundsman.storage.schema import job as table
from roundsman.storage.schema import mail
from tests.facts import kinds_of, told_of
from tests.servers import fresh_database
from tests.world import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from roundsman.storage.database import Tx
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY, TOMORROW = 20260105, 20260106
AT = {"destinationLat": 48.2, "destinationLng": 16.37}


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing_yet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'roundsman.db'}"
        return
    with fresh_database() as url:
        yield url


async def add(world: World, **job: Any) -> str:
    wish = {"day": TODAY, "worker": world.wanda.username, **AT, **job}
    answer = await world.ada.post("createjobs", jobs=[wish])
    assert answer["status"] == 0, answer
    return str(answer["jobs"][0]["id"])


async def shown(person: Person, job: str) -> dict[str, Any]:
    return dict((await person.post("getjobs", id=job))["jobs"][0])


async def pass_nights(world: World, nights: int = 1) -> None:
    for _ in range(nights):
        world.pass_time(days=1)
        await world.settle()


def mails(world: World) -> list[str]:
    rows = world.db.read_now(lambda tx: tx.rows(Statement(mail.select().order_by(mail.c.mail_id))))
    return [str(row[mail.c.keys().index("body")]) for row in rows]


async def test_an_unfinished_job_moves_to_the_new_day_with_its_person(world: World) -> None:
    first = await add(world, priority=8, windowStart=900)
    waiting = await add(world, day=TOMORROW)
    assert (await shown(world.ada, first)).get("carriedOver") is None
    await pass_nights(world)
    job = await shown(world.ada, first)
    assert (job["day"], job["priority"], job["windowStart"]) == (TOMORROW, 8, 900)
    assert job["worker"] == world.wanda.username
    assert (await shown(world.ada, waiting))["number"] == 1
    assert job["number"] == 2, "it goes to the end of the route"
    assert (job["carriedOver"], job["carriedFrom"]) == (1, TODAY)
    told = told_of(world, f"job:{first}")[-1]
    assert told.event == JobCarriedOver(JobId(first), day_before=TODAY, day=TOMORROW, times=1)
    assert told.by.means == "system"


async def test_it_happens_just_after_midnight_of_the_company_and_not_before(world: World) -> None:
    job = await add(world)
    await world.settle()
    midnight = day_bounds(date(2026, 1, 6), "Europe/Vienna")[0]
    world.now = midnight - timedelta(seconds=1)
    await world.settle()
    assert (await shown(world.ada, job))["day"] == TODAY
    world.now = midnight
    await world.settle()
    assert (await shown(world.ada, job))["day"] == TOMORROW


async def test_doing_it_twice_changes_nothing(world: World) -> None:
    job = await add(world)
    await pass_nights(world)
    before, facts = await shown(world.ada, job), kinds_of(world, job)

    def again(tx: Tx) -> None:
        diary.put(tx, world.acme, What.DAY, world.now)

    world.db.write_now(again)
    await world.settle()
    assert await shown(world.ada, job) == before
    assert kinds_of(world, job) == facts == ["job_created", "job_carried_over"]


async def test_nights_that_were_missed_are_caught_up_by_one_move(world: World) -> None:
    job = await add(world)
    await world.settle()
    world.pass_time(days=5)
    await world.settle()
    moved = await shown(world.ada, job)
    assert (moved["day"], moved["carriedOver"], moved["carriedFrom"]) == (20260110, 1, TODAY)


async def test_a_job_somebody_is_at_stays_until_they_leave(world: World) -> None:
    job = await add(world)
    await world.ada.post("editjobs", jobs={job: {"tsCheckIn": to_ms(world.now)}})
    await pass_nights(world)
    assert (await shown(world.ada, job))["day"] == TODAY
    await world.ada.post("editjobs", jobs={job: {"tsCheckOut": to_ms(world.now)}})
    await pass_nights(world)
    assert (await shown(world.ada, job))["day"] == 20260107


async def test_what_is_done_failed_archived_or_not_to_be_carried_stays(world: World) -> None:
    ended = [
        await add(world, tsDoneSuccess=to_ms(MONDAY)),
        await add(world, tsDoneFailed=to_ms(MONDAY)),
        await add(world, carryOver=0),
    ]
    hidden = await add(world)
    await world.ada.post("archivejobs", jobs=[hidden])
    undated = await add(world, day=0)
    await pass_nights(world)
    for job in (*ended, hidden):
        assert (await shown(world.ada, job))["day"] == TODAY
    assert (await shown(world.ada, undated))["day"] == 0


async def test_an_unassigned_job_moves_too(world: World) -> None:
    job = await add(world, worker="")
    await pass_nights(world)
    assert (await shown(world.ada, job))["day"] == TOMORROW


async def test_it_moves_to_the_next_working_day_of_its_person(world: World) -> None:
    week = {"tuesday": CLOSED, "wednesday": CLOSED, "thursday": Shift(480, 1020)}
    world.set_member(world.wanda, hours=week)
    world.set_company(holidays=[Holiday(day=date(2020, 1, 8), name="Founding day", yearly=True)])
    hers, his = await add(world), await add(world, worker=world.willi.username)
    await pass_nights(world)
    assert (await shown(world.ada, hers))["day"] == 20260109, "Thursday is a holiday"
    assert (await shown(world.ada, his))["day"] == TOMORROW
    await pass_nights(world)
    assert (await shown(world.ada, hers))["carriedOver"] == 1, "it waits for its day"


async def test_who_never_works_gets_it_on_the_new_day(world: World) -> None:
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    world.set_member(world.wanda, hours=dict.fromkeys(days, CLOSED))
    job = await add(world)
    await pass_nights(world)
    assert (await shown(world.ada, job))["day"] == TOMORROW


async def test_a_route_keeps_its_order_at_the_end_of_the_next_one(world: World) -> None:
    jobs = [await add(world) for _ in range(3)]
    await world.ada.post("editjobs", jobs={jobs[0]: {"number": 9}})
    next_day = await add(world, day=TOMORROW)
    await pass_nights(world)
    order = await world.ada.post("getjobs", day=TOMORROW, worker=world.wanda.username)
    assert [job["id"] for job in order["jobs"]] == [next_day, jobs[1], jobs[2], jobs[0]]
    routes = [told.event for told in told_of(world, f"member:{world.wanda.id}")]
    assert routes.count(RouteChanged(world.wanda.id, TOMORROW)) == 1


async def test_planned_times_of_the_day_that_is_over_no_longer_hold(world: World) -> None:
    job = await add(world)
    await world.ada.post("optimizeroute", day=TODAY, account=world.wanda.username)
    assert (await shown(world.ada, job))["scheduledStart"] > 0
    await pass_nights(world)
    assert (await shown(world.ada, job))["scheduledStart"] == 0


async def test_it_stops_after_as_many_moves_as_the_company_says(world: World) -> None:
    await world.ada.post("editcompany", settings={"carry_over_max": 2})
    job, other = await add(world, destinationName="Boiler"), await add(world, tsDoneSuccess=1)
    unsent = [chore for chore in world.app.chores if chore.name != "mail"]
    for _ in range(5):
        world.pass_time(days=1)
        await settle(unsent)
    left = await shown(world.ada, job)
    assert (left["day"], left["carriedOver"]) == (20260107, 2)
    kinds = ["job_created", "job_carried_over", "job_carried_over", "job_left_behind"]
    assert kinds_of(world, job) == kinds, "and it is raised once"
    bodies = mails(world)
    assert len(bodies) == 1, "Ada is told once"
    assert "Boiler, on 07 January 2026" in bodies[0]
    assert "carried over 2 times" in bodies[0]
    assert kinds_of(world, other)[-1] == "job_completed"


async def test_who_gives_a_job_another_day_begins_to_count_anew(world: World) -> None:
    await world.ada.post("editcompany", settings={"carry_over_max": 1})
    job = await add(world)
    await pass_nights(world, 3)
    assert kinds_of(world, job)[-1] == "job_left_behind"
    await world.otto.post("editjobs", jobs={job: {"day": 20260108}})
    assert "carriedOver" not in await shown(world.ada, job)
    await pass_nights(world)
    assert (await shown(world.ada, job))["day"] == 20260109


async def test_a_worker_may_still_move_a_job_that_was_carried_over(world: World) -> None:
    world.set_policy(switches={"workers_reassign_date": True})
    job = await add(world)
    await pass_nights(world)
    answer = await world.wanda.post("editjobs", jobs={job: {"day": 20260109}})
    assert answer["status"] == 0, answer


async def test_nothing_is_carried_where_the_company_wants_none_of_it(world: World) -> None:
    await world.ada.post("editcompany", settings={"carry_over_max": 0})
    job = await add(world)
    await pass_nights(world)
    assert (await shown(world.ada, job))["day"] == TODAY


async def test_each_company_has_its_own_midnight(world: World) -> None:
    assert (await world.zoe.post("editcompany", timezone="Pacific/Auckland"))["status"] == 0
    ours = await add(world)
    made = await world.zoe.post("createjobs", jobs=[{"day": TODAY}])
    theirs = made["jobs"][0]["id"]
    world.now = datetime(2026, 1, 5, 11, 30, tzinfo=UTC)  # half past midnight in Auckland
    await world.settle()
    assert (await shown(world.zoe, theirs))["day"] == TOMORROW
    assert (await shown(world.ada, ours))["day"] == TODAY


async def test_a_company_that_moves_to_another_zone_is_looked_at_at_once(world: World) -> None:
    job = await add(world)
    await world.settle()
    world.now = datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
    await world.ada.post("editcompany", timezone="Asia/Tokyo")  # where it is tomorrow
    await world.settle()
    assert (await shown(world.ada, job))["day"] == TOMORROW


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Vienna", date(2026, 3, 29), 23),
        ("Europe/Vienna", date(2026, 10, 25), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # the clocks jump at midnight itself
        ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
async def test_days_of_any_length_change_once(
    world: World, zone: str, day: date, hours: float
) -> None:
    world.set_company(timezone=zone)
    begin, end = day_bounds(day, zone)
    assert (end - begin) == timedelta(hours=hours)
    world.now = begin + timedelta(hours=12)
    await world.settle()
    job = await add(world, day=int(f"{day:%Y%m%d}"))
    world.now = begin + timedelta(hours=13)
    seen: list[int] = []
    while world.now < end + timedelta(hours=2):
        await world.settle()
        seen.append((await shown(world.ada, job))["day"])
        world.pass_time(minutes=30)
    tomorrow = int(f"{day + timedelta(days=1):%Y%m%d}")
    assert sorted(set(seen)) == [int(f"{day:%Y%m%d}"), tomorrow]
    assert seen.index(tomorrow) == (end - begin - timedelta(hours=13)) / timedelta(minutes=30)
    assert (await shown(world.ada, job))["carriedOver"] == 1


async def test_two_processes_move_each_job_once(world: World) -> None:
    jobs = [await add(world) for _ in range(5)]
    await world.settle()
    beside = open_database(world.app.settings.url, clock=lambda: world.now)
    world.pass_time(days=1)
    try:
        await asyncio.gather(*(begin_days(db) for db in (world.db, beside, world.db, beside)))
    finally:
        beside.close()
    for job in jobs:
        assert kinds_of(world, job) == ["job_created", "job_carried_over"]
    day = await world.ada.post("getjobs", day=TOMORROW)
    assert sorted(job["number"] for job in day["jobs"]) == [1, 2, 3, 4, 5]


def test_an_older_database_begins_with_the_jobs_of_the_last_week(nothing_yet: str) -> None:
    now = datetime.now(UTC)
    recent, old = (int(f"{now - timedelta(days=days):%Y%m%d}") for days in (2, 30))
    migrate.upgrade(nothing_yet, to="0001")
    rows = {
        "recent": (recent, "{}"),
        "old": (old, "{}"),
        "staying": (recent, '{"carry_over":false}'),
        "speaking": (recent, r'{"note":"say \"carry_over\":false"}'),
    }
    with contextlib.closing(open_database(nothing_yet)) as db:
        db.write_now(lambda tx: fill(tx, rows))
    migrate.upgrade(nothing_yet)
    with contextlib.closing(open_database(nothing_yet)) as db:
        found = db.read_now(lambda tx: tx.rows(Statement(select(table.c.job_id, table.c.carries))))
        due = db.read_now(lambda tx: diary.due(tx, What.DAY, 10))
    assert dict(found) == {"recent": 1, "old": 0, "staying": 0, "speaking": 1}
    assert [one.company for one in due] == ["acme01"]


# Columns that the first schema had not.
LATER = {"carries", "inexact", "seek_us"}


def fill(tx: Tx, rows: dict[str, tuple[int, str]]) -> None:
    """Write a company and jobs as a program of the first schema did."""
    tx.run(Statement(text("INSERT INTO company VALUES ('acme01', 1, '{}')")))
    names = [column.name for column in table.columns if column.name not in LATER]
    insert = Statement(
        text(f"INSERT INTO job ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})")  # noqa: S608 - names of columns
    )
    for name, (day, doc) in rows.items():
        values = {n: "" if isinstance(table.c[n].type, String) else 0 for n in names}
        tx.run(insert, **{**values, "company_id": "acme01", "job_id": name, "day": day, "doc": doc})
