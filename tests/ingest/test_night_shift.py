"""A job that lasts longer than its day: the day bounds arriving, never staying."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from roundsman.core.clock import from_ms
from roundsman.events.catalogue import AreaEvent, AreaLeft
from roundsman.tracking.queries import live
from tests import days
from tests.facts import kinds_of, told_of
from tests.folding import Pencil, at_s
from tests.phones import Phone, visits_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from roundsman.tracking.model import Fix
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

DAY = 20260302
HOUR = 3600
# Seconds of the generator's morning, which begins at six: nobody may arrive any more a day later.
TEN_AT_NIGHT, SIX = 16 * HOUR, 24 * HOUR


@pytest.fixture
def night(world: World) -> World:
    """Return the world in the evening before a night shift."""
    world.set_company(timezone="UTC")
    world.now = datetime(2026, 3, 2, 21, tzinfo=UTC)
    return world


async def add_job(world: World, person: Person | None = None) -> str:
    """Give a person, or else Wanda, a job 2 km from home."""
    lat, lng = days.on_earth(2000, 0)
    job = {
        "day": DAY,
        "worker": (person or world.wanda).username,
        "destinationLat": lat,
        "destinationLng": lng,
        "carryOver": 0,
    }
    answer = await world.otto.post("createjobs", jobs=[job])
    await world.settle()
    return str(answer["jobs"][0]["id"])


def stamped(world: World, job: str) -> list[str]:
    """Return the facts about a job, but those about when somebody is expected."""
    return [kind for kind in kinds_of(world, job) if kind != "eta_changed"]


async def stamps(world: World, job: str) -> list[float]:
    """Return check-in and check-out in seconds of the morning, those that there are."""
    (found,) = (await world.ada.post("getjobs", ids=[job]))["jobs"]
    return [at_s(found[name]) for name in ("tsCheckIn", "tsCheckOut") if found[name]]


async def live_through(world: World, phone: Phone, fixes: list[Fix]) -> None:
    """Send each fix when it was measured, and let it be thought over."""
    for fix in fixes:
        world.now = max(world.now, from_ms(fix.ts_ms + 1000))
        await phone.send([fix])
        await world.settle()


async def until(world: World, seconds: int) -> None:
    """Let time pass until a second of the morning."""
    world.now = from_ms(days.MORNING_MS + seconds * 1000)
    await world.settle()


def at_night(seconds: int = 300) -> Pencil:
    """Leave home so long before ten, and arrive."""
    pencil = Pencil()
    pencil.now_s = TEN_AT_NIGHT - seconds
    return pencil.stand(120, every_s=60).go(2000, 0, every_s=20)


def left(world: World) -> list[AreaLeft]:
    told = told_of(world, f"member:{world.wanda.id}")
    return [each.event for each in told if isinstance(each.event, AreaLeft)]


@pytest.mark.parametrize("hours", [9, 15, 60])
async def test_who_works_past_six_is_checked_out_when_they_leave(night: World, hours: int) -> None:
    job, phone = await add_job(night), Phone(night, night.wanda)
    shift = at_night().stand(hours * HOUR, every_s=900)
    leaves_s = shift.now_s
    here = list(shift.fixes)
    away = shift.go(5000, 0).stand(120).fixes[len(here) :]

    await live_through(night, phone, here)
    assert await stamps(night, job) == [pytest.approx(TEN_AT_NIGHT, abs=30)]
    await live_through(night, phone, away)

    assert leaves_s > SIX
    assert await stamps(night, job) == [
        pytest.approx(TEN_AT_NIGHT, abs=30),
        pytest.approx(leaves_s, abs=15),
    ]
    assert stamped(night, job) == ["job_created", "job_checked_in", "job_checked_out"]
    assert [event.estimated for event in left(night)] == [False]


async def test_silence_over_six_keeps_who_is_found_inside_again(night: World) -> None:
    job, phone = await add_job(night), Phone(night, night.wanda)
    shift = at_night().stand(600)
    await live_through(night, phone, shift.fixes)
    checked_in = await stamps(night, job)
    for silent_s in (SIX - 60, SIX, SIX + 60, SIX + 3 * HOUR):
        await until(night, silent_s)
        assert await stamps(night, job) == checked_in
    assert at_of(night) == f"job:{job}"

    before = len(shift.fixes)
    shift.now_s = SIX + 4 * HOUR
    await live_through(night, phone, shift.stand(120).fixes[before:])

    assert await stamps(night, job) == checked_in
    assert stamped(night, job) == ["job_created", "job_checked_in"]
    assert at_of(night) == f"job:{job}"


def at_of(world: World) -> str:
    """Return the area in which Wanda is shown."""
    states = world.db.read_now(lambda tx: live.live_states(tx, world.acme))
    return states[world.wanda.id].at


async def test_silence_over_six_is_dated_back_from_where_it_ends(night: World) -> None:
    job, phone = await add_job(night), Phone(night, night.wanda)
    shift = at_night().stand(600)
    await live_through(night, phone, shift.fixes)
    before = len(shift.fixes)
    shift.now_s = SIX + 4 * HOUR
    shift.jump(2700, 0).go(6000, 0).stand(120)

    await live_through(night, phone, shift.fixes[before:])

    # 600 m beyond the boundary at 6 m/s.
    assert (await stamps(night, job))[1:] == [SIX + 4 * HOUR - 100]
    assert [event.estimated for event in left(night)] == [True]


async def test_who_comes_after_six_comes_too_late(night: World) -> None:
    job, phone = await add_job(night), Phone(night, night.wanda)
    late = Pencil()
    late.now_s = SIX - 60
    late.stand(120, every_s=60).go(2000, 0, every_s=20).stand(1200, every_s=60)

    await live_through(night, phone, late.fixes)

    assert await stamps(night, job) == []
    assert visits_of(night, night.wanda) == []


async def test_a_night_that_comes_late_and_shuffled_is_the_night_that_came_in_time(
    night: World,
) -> None:
    lived, heard = await add_job(night), await add_job(night, night.willi)
    fixes = at_night().stand(9 * HOUR, every_s=900).go(5000, 0).stand(120).fixes
    await live_through(night, Phone(night, night.wanda), fixes)
    phone = Phone(night, night.willi)

    for part in (fixes[1::3], fixes[2::3], fixes[::3]):
        await phone.send(part[::-1])
        await night.settle()

    assert len(await stamps(night, lived)) == 2
    assert await stamps(night, heard) == await stamps(night, lived)


async def move(world: World, job: str, x: float) -> None:
    lat, lng = days.on_earth(x, 0)
    await world.ada.post("editjobs", jobs={job: {"destinationLat": lat, "destinationLng": lng}})


async def delete(world: World, job: str) -> None:
    await world.ada.post("deletejobs", jobs=[job])


@pytest.mark.parametrize("end", [delete, partial(move, x=9000)], ids=["deleted", "moved"])
async def test_a_job_that_goes_after_six_is_left_then_by_who_is_inside(
    night: World, end: Callable[[World, str], Awaitable[None]]
) -> None:
    job, phone = await add_job(night), Phone(night, night.wanda)
    await live_through(night, phone, at_night().stand(600).fixes)
    await until(night, SIX + HOUR)

    await end(night, job)
    shift = Pencil().jump(2000, 0)
    shift.now_s = SIX + 2 * HOUR
    await live_through(night, phone, shift.stand(300).fixes)

    assert [at_s(event.at_ms) for event in left(night)] == [SIX + HOUR]
    assert at_of(night) == ""


async def test_a_job_moved_a_little_after_six_keeps_who_is_inside(night: World) -> None:
    job, phone = await add_job(night), Phone(night, night.wanda)
    await live_through(night, phone, at_night().stand(600).fixes)
    await until(night, SIX + HOUR)

    await move(night, job, 2020)
    await until(night, SIX + 2 * HOUR)

    assert left(night) == []
    assert at_of(night) == f"job:{job}"


async def test_a_job_archived_after_six_is_still_found_by_a_night_that_comes_late(
    night: World,
) -> None:
    job, phone = await add_job(night), Phone(night, night.wanda)
    await until(night, SIX + HOUR)
    await night.ada.post("archivejobs", jobs=[job])

    await phone.send(at_night().stand(7200, every_s=60).go(5000, 0).stand(120).fixes)
    await night.settle()

    (visit,) = visits_of(night, night.wanda)
    assert visit.what.area == f"job:{job}"
    assert isinstance(told_of(night, f"member:{night.wanda.id}")[-1].event, AreaEvent)
