"""Visits that tracking tells of become check-ins and check-outs of jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from roundsman.core.clock import to_ms
from roundsman.events.catalogue import (
    AreaEntered,
    AreaEvent,
    AreaLeft,
    AreaVisitRetracted,
    By,
    JobCheckedIn,
    JobUpdated,
)
from roundsman.events.outbox import emit, relay_once
from roundsman.jobs.checkin import EXIT_NOTICE_MS
from roundsman.jobs.presence import look_again
from roundsman.reactions import react
from roundsman.tracking.identity import OPEN, StoredVisit
from roundsman.tracking.model import Visit
from roundsman.tracking.queries import segments
from tests.facts import kinds_of, told_of
from tests.world import MONDAY

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

DAY = 20260105
MINUTE = 60_000
START = to_ms(MONDAY)


def at(minutes: float) -> int:
    """Return the time so many minutes after the world's morning."""
    return START + int(minutes * MINUTE)


async def settle(world: World) -> None:
    """Let reactions and second looks come to rest; the fold would find that nobody moved."""
    while await relay_once(world.db, react) + await look_again(world.db):
        pass


class Tracker:
    """Says what tracking would say: writes the visits, then the facts, in one transaction."""

    def __init__(self, world: World, person: Person) -> None:
        self.world = world
        self.person = person

    async def tell(self, *happenings: tuple[str, str, float, float], **more: bool) -> None:
        """Tell (job, visit, minute of entry, minute of leaving or 0) of visits, and settle."""
        await self._tell(list(happenings), **more)

    async def _tell(
        self, happenings: list[tuple[str, str, float, float]], *, corrects: bool = False
    ) -> None:
        def write(tx: Tx) -> None:
            visits = [self.visit(*one) for one in happenings]
            segments.save_visits(tx, self.person.company, visits)
            for job, visit, enter, leave in happenings:
                if not leave or corrects:
                    self.emit(tx, AreaEntered, job, visit, at(enter), corrects=corrects)
                if leave:
                    self.emit(tx, AreaLeft, job, visit, at(leave), corrects=corrects)

        self.world.db.write_now(write)
        await settle(self.world)

    async def retract(self, job: str, visit: str, enter: float) -> None:
        """Tell that a visit never was."""

        def write(tx: Tx) -> None:
            segments.remove_visits(tx, self.person.company, [visit])
            self.emit(tx, AreaVisitRetracted, job, visit, at(enter), corrects=True)

        self.world.db.write_now(write)
        await settle(self.world)

    def visit(self, job: str, visit: str, enter: float, leave: float) -> StoredVisit:
        what = Visit(
            area=f"job:{job}",
            enter_ms=at(enter),
            exit_ms=at(leave) if leave else 0,
            estimated=False,
            fixes=9,
            acc_m=5.0,
            first_ms=at(enter),
            last_ms=at(leave or enter),
            confirmed_ms=at(enter + 2),
            left_ms=at(leave) if leave else 0,
        )
        return StoredVisit(visit, self.person.id, OPEN, what)

    def emit(
        self, tx: Tx, kind: type[AreaEvent], job: str, visit: str, at_ms: int, **more: bool
    ) -> None:
        event = kind(
            area_kind="job", of=job, member=self.person.id, visit=visit, at_ms=at_ms, **more
        )
        emit(tx, By(self.person.company, self.person.id, "geofence"), event)


@pytest.fixture
def wanda(world: World) -> Tracker:
    return Tracker(world, world.wanda)


async def add(world: World, **job: Any) -> str:
    wish = {
        "day": DAY,
        "worker": "wanda@acme.example",
        "destinationLat": 48.2,
        "destinationLng": 16,
    }
    answer = await world.otto.post("createjobs", jobs=[wish | job])
    assert answer["status"] == 0, answer
    return str(answer["jobs"][0]["id"])


async def stamps(world: World, job: str) -> tuple[float | None, float | None]:
    """Return check-in and check-out in minutes after the world's morning."""
    (found,) = (await world.ada.post("getjobs", ids=[job]))["jobs"]
    sent = (found["tsCheckIn"], found["tsCheckOut"])
    first, last = [(one - START) / MINUTE if one else None for one in sent]
    return first, last


async def test_an_arrival_and_a_departure_are_stamped_with_their_true_times(
    world: World, wanda: Tracker
) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 0))
    assert await stamps(world, job) == (10, None)
    await wanda.tell((job, "v1", 10, 42))
    assert await stamps(world, job) == (10, 42)
    assert kinds_of(world, job) == ["job_created", "job_checked_in", "job_checked_out"]
    told = told_of(world, f"job:{job}")[1]
    assert isinstance(told.event, JobCheckedIn)
    assert told.event.at_ms == at(10)
    assert (told.by.member, told.by.means) == (world.wanda.id, "geofence")
    assert "checked_out_at" not in msgspec.json.decode(told.snapshot)


async def test_being_told_again_changes_nothing(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 0))
    for _ in range(3):
        await wanda.tell((job, "v1", 10, 42), (job, "v2", 50, 0), (job, "v2", 50, 55))
    assert await stamps(world, job) == (10, 55)
    assert kinds_of(world, job) == ["job_created", "job_checked_in", "job_checked_out"]


async def test_a_visit_told_whole_is_an_arrival_and_then_a_departure(
    world: World, wanda: Tracker
) -> None:
    job = await add(world)
    world.pass_time(hours=5)
    await wanda.tell((job, "v1", 10, 42))
    assert await stamps(world, job) == (10, 42)
    assert kinds_of(world, job)[1:] == ["job_checked_in", "job_checked_out"]


async def test_of_jobs_at_one_address_the_route_decides_and_the_next_follows(
    world: World, wanda: Tracker
) -> None:
    second = await add(world, number=2)
    first = await add(world, number=1)
    world.pass_time(minutes=30)
    await wanda.tell((second, "v2", 10, 0), (first, "v1", 10, 0))
    assert await stamps(world, first) == (10, None)
    assert await stamps(world, second) == (None, None)
    assert "job_checked_in" not in kinds_of(world, second)
    await world.wanda.post("editjobs", jobs={first: {"tsDoneSuccess": at(25)}})
    await settle(world)
    assert await stamps(world, first) == (10, 25)
    assert await stamps(world, second) == (25, None)
    world.pass_time(minutes=30)
    await wanda.tell((second, "v2", 10, 50), (first, "v1", 10, 50))
    assert await stamps(world, first) == (10, 25)
    assert await stamps(world, second) == (25, 50)


async def test_another_order_of_the_route_does_not_move_a_check_in(
    world: World, wanda: Tracker
) -> None:
    first, second = await add(world, number=1), await add(world, number=2)
    world.pass_time(minutes=60)
    await wanda.tell((first, "v1", 10, 0), (second, "v2", 10, 0))
    await world.otto.post("editjobs", jobs={first: {"number": 9}})
    await wanda.tell((first, "v1", 10, 50), (second, "v2", 10, 50))
    assert await stamps(world, first) == (10, 50)
    assert await stamps(world, second) == (None, None)


async def test_a_check_in_of_a_persons_own_stays(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await world.wanda.post("editjobs", jobs={job: {"tsCheckIn": at(12)}})
    await wanda.tell((job, "v1", 10, 0))
    assert await stamps(world, job) == (12, None)
    await wanda.tell((job, "v1", 10, 50))
    assert await stamps(world, job) == (12, 50)
    await world.otto.post("editjobs", jobs={job: {"tsCheckOut": at(47)}})
    await wanda.tell((job, "v1", 9, 51), corrects=True)
    assert await stamps(world, job) == (12, 47)


async def test_a_check_in_that_a_person_took_away_stays_away(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 0))
    await world.otto.post("editjobs", jobs={job: {"tsCheckIn": 0}})
    await wanda.tell((job, "v1", 10, 55))
    assert await stamps(world, job) == (None, None)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v2", 90, 0))
    assert await stamps(world, job) == (90, None)


async def test_a_job_sent_back_whole_is_no_statement_about_its_stamps(
    world: World, wanda: Tracker
) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 0))
    (whole,) = (await world.ada.post("getjobs", ids=[job]))["jobs"]
    await world.ada.post("editjobs", jobs={job: {**whole, "priority": 9}})
    await wanda.tell((job, "v1", 9, 40), corrects=True)
    assert await stamps(world, job) == (9, 40)


async def test_late_data_corrects_a_stamp_and_tells_an_update(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 0))
    await wanda.tell((job, "v1", 10, 40))
    await wanda.tell((job, "v1", 8, 43), corrects=True)
    assert await stamps(world, job) == (8, 43)
    told = told_of(world, f"job:{job}")[3:]
    assert all(isinstance(one.event, JobUpdated) for one in told)
    fields = {
        name for one in told if isinstance(one.event, JobUpdated) for name in one.event.fields
    }
    assert fields == {"checked_in_at", "checked_out_at"}


async def test_a_visit_that_never_was_takes_its_check_in_along(
    world: World, wanda: Tracker
) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 40))
    await wanda.retract(job, "v1", 10)
    assert await stamps(world, job) == (None, None)
    assert kinds_of(world, job)[-1] == "job_updated"


async def test_a_departure_that_never_was_is_corrected(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 40))

    def still_inside(tx: Tx) -> None:
        segments.save_visits(tx, world.acme, [wanda.visit(job, "v1", 10, 0)])
        wanda.emit(tx, AreaEntered, job, "v1", at(10), corrects=True)

    world.db.write_now(still_inside)
    await settle(world)
    assert await stamps(world, job) == (10, None)
    assert kinds_of(world, job)[-1] == "job_updated"


async def test_coming_back_opens_the_job_again(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=120)
    await wanda.tell((job, "v1", 10, 40))
    await wanda.tell((job, "v2", 60, 0))
    assert await stamps(world, job) == (10, None)
    await wanda.tell((job, "v2", 60, 90))
    assert await stamps(world, job) == (10, 90)
    assert kinds_of(world, job)[1:] == ["job_checked_in", "job_checked_out"] * 2


async def test_a_stay_of_days_ends_without_touching_the_visit_before_it(
    world: World, wanda: Tracker
) -> None:
    job, hour = await add(world), 60
    world.pass_time(hours=90)
    await wanda.tell((job, "v1", 10, 40))
    await wanda.tell((job, "v2", 20 * hour, 0))
    await wanda.tell((job, "v2", 20 * hour, 80 * hour))
    assert await stamps(world, job) == (10, 80 * hour)
    assert kinds_of(world, job)[1:] == ["job_checked_in", "job_checked_out"] * 2


async def test_a_finished_job_is_not_checked_into(world: World, wanda: Tracker) -> None:
    job = await add(world, tsDoneSuccess=at(1))
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 40))
    assert await stamps(world, job) == (None, None)


async def test_done_before_the_check_in_was_known_keeps_it(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 0))
    await world.wanda.post("editjobs", jobs={job: {"tsDoneSuccess": 1}})
    await wanda.tell((job, "v1", 10, 40))
    assert await stamps(world, job) == (10, 40)


async def test_a_job_of_another_day_is_not_checked_into(world: World, wanda: Tracker) -> None:
    tomorrow = await add(world, day=DAY + 1)
    unplanned = await add(world, day=0)
    world.pass_time(minutes=60)
    await wanda.tell((tomorrow, "v1", 10, 40), (unplanned, "v2", 10, 40))
    assert await stamps(world, tomorrow) == (None, None)
    assert await stamps(world, unplanned) == (None, None)


async def test_a_job_of_somebody_else_is_not_checked_into(world: World, wanda: Tracker) -> None:
    job = await add(world, worker="willi@acme.example")
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 40))
    assert await stamps(world, job) == (None, None)


async def test_the_new_worker_of_a_job_is_checked_in_anew(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=120)
    await wanda.tell((job, "v1", 10, 40))
    await world.otto.post("editjobs", jobs={job: {"worker": "willi@acme.example"}})
    await settle(world)
    assert await stamps(world, job) == (10, 40)
    await Tracker(world, world.willi).tell((job, "w1", 70, 95))
    assert await stamps(world, job) == (70, 95)


async def test_an_archived_job_is_left_alone(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 0))
    await world.otto.post("archivejobs", jobs=[job])
    await wanda.tell((job, "v1", 10, 40))
    assert await stamps(world, job) == (10, None)


async def test_a_deleted_job_does_not_hold_up_the_others(world: World, wanda: Tracker) -> None:
    gone, kept = await add(world, number=1), await add(world, number=2)
    world.pass_time(minutes=60)
    await world.ada.post("deletejobs", jobs=[gone])
    await wanda.tell((gone, "v1", 10, 40), (kept, "v2", 10, 40))
    assert await stamps(world, kept) == (10, 40)


async def test_automatic_check_in_can_be_switched_off(world: World, wanda: Tracker) -> None:
    world.set_policy(auto_checkin=False)
    job = await add(world)
    world.pass_time(minutes=60)
    await wanda.tell((job, "v1", 10, 40))
    assert await stamps(world, job) == (None, None)


async def test_who_goes_on_to_a_neighbour_is_checked_in_there_after_a_while(
    world: World, wanda: Tracker
) -> None:
    first, neighbour = await add(world, number=1), await add(world, number=2)
    world.pass_time(minutes=31)
    await wanda.tell((first, "v1", 10, 0), (neighbour, "v2", 15, 0))
    await wanda.tell((first, "v1", 10, 30))
    assert await stamps(world, first) == (10, 30)
    assert await stamps(world, neighbour) == (None, None)
    world.pass_time(minutes=1)
    await settle(world)
    assert await stamps(world, neighbour) == (None, None)
    world.pass_time(seconds=timedelta(milliseconds=EXIT_NOTICE_MS).total_seconds())
    await settle(world)
    assert await stamps(world, neighbour) == (30, None)


async def test_places_check_nobody_in_at_jobs(world: World, wanda: Tracker) -> None:
    job = await add(world)
    world.pass_time(minutes=60)

    def enter_a_place(tx: Tx) -> None:
        event = AreaEntered(
            area_kind="place", of=job, member=world.wanda.id, visit="v1", at_ms=at(10)
        )
        emit(tx, By(world.acme, world.wanda.id, "geofence"), event)

    world.db.write_now(enter_a_place)
    await settle(world)
    assert await stamps(world, job) == (None, None)
    assert wanda.person is world.wanda
