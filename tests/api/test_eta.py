from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.arrivals import queries as arrivals
from roundsman.arrivals.model import EVERY
from roundsman.arrivals.watch import Watch
from roundsman.core.clock import from_ms, to_ms
from roundsman.dispatch.travel import great_circle
from roundsman.events.catalogue import EtaChanged
from roundsman.tracking.live import LiveState
from roundsman.tracking.queries import live
from tests.facts import told_of

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY = 20260105
MINUTE = 60_000
# Ten kilometres by road (1.3 times the straight line) are 15 minutes at 40 km/h.
STOPS = ((48.20, 16.40), (48.20, 16.45), (48.20, 16.50))


async def add(world: World, person: Person, where: tuple[float, float], **job: Any) -> str:
    wish = {
        "day": TODAY,
        "worker": person.username,
        "destinationLat": where[0],
        "destinationLng": where[1],
        "onSiteSeconds": 1200,
        **job,
    }
    answer = await world.ada.post("createjobs", jobs=[wish])
    assert answer["status"] == 0, answer
    return str(answer["jobs"][0]["id"])


async def route(world: World, person: Person) -> list[str]:
    """Create three jobs for a person who has a tracker; look at them."""
    jobs = [await add(world, person, where) for where in STOPS]
    await world.settle()
    return jobs


async def etas(world: World, who: Person | None = None, **data: Any) -> list[dict[str, Any]]:
    answer = await (who or world.ada).post("eta", **data)
    assert answer["status"] == 0, answer
    return list(answer["etas"])


async def later(world: World, **delta: float) -> None:
    world.pass_time(**delta)
    await world.settle()


def stand(world: World, person: Person, where: tuple[float, float], moving: str = "") -> None:
    """Let a member's phone have told where they are, now."""
    state = LiveState(
        member=person.id,
        ts_ms=to_ms(world.now),
        lat_e7=round(where[0] * 1e7),
        lng_e7=round(where[1] * 1e7),
        moving=moving,
        updated_us=to_ms(world.now) * 1000,
    )
    world.db.write_now(lambda tx: live.save(tx, person.company, state))


def clock(ms: int) -> datetime:
    return from_ms(ms)


async def test_it_says_when_people_are_expected_where(world: World) -> None:
    jobs = await route(world, world.wanda)
    found = await etas(world)
    assert [one["job"] for one in found] == jobs
    leg = found[1]["eta"] - found[0]["leave"]
    assert 6.5 * MINUTE < leg < 8 * MINUTE
    first = found[0]
    assert first["eta"] == to_ms(world.now)
    assert first["leave"] - first["eta"] == 20 * MINUTE
    assert first["low"] <= first["eta"] < first["high"]
    assert (first["worker"], first["workerName"]) == (world.wanda.username, "Wanda")
    assert (first["basis"], first["roads"]) == ("plan", "great_circle")
    assert (first["at"], first["age"]) == (to_ms(world.now), 0)
    assert (first["scheduledStart"], "minutesLate" in first) == (0, False)


async def test_later_stops_shift_by_the_clock_alone_when_an_earlier_one_runs_late(
    world: World,
) -> None:
    jobs = await route(world, world.wanda)
    await world.ada.post("editjobs", jobs={jobs[0]: {"tsCheckIn": to_ms(world.now)}})
    await later(world, minutes=1)
    on_time = await etas(world)
    assert [one["job"] for one in on_time] == jobs[1:]
    await later(world, minutes=49)  # half an hour longer than planned
    late = await etas(world)
    assert {one["basis"] for one in late} == {"job"}
    for before, after in zip(on_time, late, strict=True):
        assert after["eta"] - before["eta"] == 30 * MINUTE


async def test_the_position_says_so(world: World) -> None:
    jobs = await route(world, world.wanda)
    stand(world, world.wanda, (48.20, 16.30), "ontheway")
    await later(world, seconds=31)
    far = await etas(world)
    assert far[0]["basis"] == "position"
    assert far[0]["eta"] - to_ms(world.now) > 12 * MINUTE
    stand(world, world.wanda, (48.20, 16.399), "ontheway")
    await later(world, seconds=31)
    near = await etas(world)
    assert near[0]["eta"] - to_ms(world.now) < MINUTE
    assert [one["job"] for one in near] == jobs


async def test_what_is_planned_is_never_overwritten(world: World) -> None:
    jobs = await route(world, world.wanda)
    await world.ada.post("optimizeroute", day=TODAY, account=world.wanda.username)
    before = (await world.ada.post("getjobs", ids=jobs))["jobs"]
    await later(world, hours=2)
    assert (await world.ada.post("getjobs", ids=jobs))["jobs"] == before
    found = await etas(world)
    assert found[0]["scheduledStart"] == min(job["scheduledStart"] for job in before)
    assert found[0]["minutesLate"] == 120


async def test_the_window_says_how_late_where_nothing_is_planned(world: World) -> None:
    await add(world, world.wanda, STOPS[0], windowStart=700, windowEnd=730)
    await later(world, minutes=1)
    assert [one["minutesLate"] for one in await etas(world)] == [31]


async def test_a_move_beyond_the_threshold_is_told_once(world: World) -> None:
    await world.ada.post("editcompany", settings={"eta_change_s": 600})
    jobs = await route(world, world.wanda)
    await world.ada.post("editjobs", jobs={jobs[0]: {"tsCheckIn": to_ms(world.now)}})
    await world.settle()

    def told() -> list[EtaChanged]:
        events = [one.event for one in told_of(world, f"job:{jobs[1]}")]
        return [event for event in events if isinstance(event, EtaChanged)]

    await later(world, minutes=29)
    assert told() == []
    await later(world, minutes=3)
    first = told()
    assert len(first) == 1
    assert first[0].eta_ms - first[0].before_ms == 12 * MINUTE
    assert first[0].member == world.wanda.id
    assert first[0].low_ms < first[0].eta_ms < first[0].high_ms
    await later(world, minutes=5)
    assert len(told()) == 1
    await later(world, minutes=6)
    assert len(told()) == 2
    assert told()[1].before_ms == first[0].eta_ms


async def test_ranges_come_from_how_far_off_earlier_arrivals_were(world: World) -> None:
    for _ in range(20):
        job = await add(world, world.willi, STOPS[0])
        await later(world, seconds=31)
        expected = (await etas(world, worker=world.willi.username))[0]["eta"]
        arrived = from_ms(expected) + timedelta(minutes=9)
        world.now = max(world.now, arrived)
        await world.ada.post(
            "editjobs", jobs={job: {"tsCheckIn": to_ms(arrived), "tsDoneSuccess": to_ms(arrived)}}
        )
        await world.settle()
    counts = world.db.read_now(lambda tx: arrivals.errors(tx, world.acme))
    assert {lead: sum(of) for lead, of in counts.items()} == {0: 20}
    await add(world, world.wanda, STOPS[0], number=1)
    stand(world, world.wanda, (48.20, 16.32), "ontheway")
    await later(world, seconds=31)
    found = (await etas(world, worker=world.wanda.username))[0]
    assert found["high"] - found["eta"] == 10 * MINUTE


async def test_nobody_is_expected_where_they_have_been_or_need_not_go(world: World) -> None:
    jobs = await route(world, world.wanda)
    await world.ada.post("editjobs", jobs={jobs[0]: {"tsDoneSuccess": to_ms(world.now)}})
    await world.ada.post("archivejobs", jobs=[jobs[1]])
    await later(world, seconds=31)
    assert [one["job"] for one in await etas(world)] == [jobs[2]]
    await world.ada.post("editjobs", jobs={jobs[2]: {"worker": world.willi.username}})
    await later(world, seconds=31)
    found = await etas(world)
    assert [(one["job"], one["worker"]) for one in found] == [(jobs[2], world.willi.username)]
    await world.ada.post("deletejobs", jobs=[jobs[2]])
    await later(world, minutes=3)
    assert await etas(world) == []
    left = world.db.read_now(lambda tx: arrivals.of_day(tx, world.acme, TODAY))
    assert left == {}, "and nothing is left behind"


async def test_a_member_is_looked_at_at_most_every_half_minute_and_only_with_jobs(
    world: World,
) -> None:
    asked: list[int] = []

    def counted(points: Any, modes: Any) -> Any:
        asked.append(len(points))
        return great_circle(points, modes)

    await route(world, world.wanda)
    await add(world, world.willi, STOPS[0], day=20260106)
    watch = Watch(world.db, counted)
    stand(world, world.wanda, STOPS[0], "ontheway")
    world.pass_time(minutes=5)
    looks = 0
    for _ in range(60):
        looks += await watch.look()
        world.pass_time(seconds=5)
    assert looks == 60 * 5 / EVERY.total_seconds()
    assert len(asked) == 2 * looks, "one table of the stops, one for the way to the first"


async def test_the_night_brings_the_new_day(world: World) -> None:
    tomorrow = await add(world, world.wanda, STOPS[0], day=20260106)
    await later(world, seconds=31)
    assert await etas(world) == []
    await later(world, hours=17)  # an hour after midnight
    found = await etas(world)
    assert [one["job"] for one in found] == [tomorrow]
    assert clock(found[0]["eta"]).hour == 7, "her route begins at eight in Vienna"
    await later(world, hours=24)
    days = world.db.read_now(
        lambda tx: (
            arrivals.of_day(tx, world.acme, 20260106),
            arrivals.of_day(tx, world.acme, 20260107),
        )
    )
    assert [len(day) for day in days] == [0, 1], "carried over, and yesterday is forgotten"
    kinds = [one.event.kind for one in told_of(world, f"job:{tomorrow}")]
    assert kinds == ["job_created", "job_carried_over"], "another day is no other time"


async def test_people_see_what_they_see_of_jobs(world: World) -> None:
    hers = await add(world, world.wanda, STOPS[0], teamId=1)
    his = await add(world, world.willi, STOPS[1], teamId=2)
    await world.settle()
    assert [one["job"] for one in await etas(world, world.wanda)] == [hers]
    assert [one["job"] for one in await etas(world, worker=world.willi.username)] == [his]
    assert [one["job"] for one in await etas(world, jobs=[his, "x"])] == [his]
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    assert [one["job"] for one in await etas(world, world.otto)] == [hers]
    assert await etas(world, world.zoe, jobs=[hers, his]) == []
    assert (await world.zoe.post("eta", worker=world.wanda.username))["status"] == -2
    assert (await world.ada.post("eta", jobs="x"))["status"] == -1
    assert (await world.ada.post("eta", jobs=["x"] * 1001))["status"] == -11


async def test_a_suspended_company_is_left_alone(world: World) -> None:
    await add(world, world.wanda, STOPS[0])
    world.set_company(suspended=True)
    await world.settle()
    left = world.db.read_now(lambda tx: arrivals.of_day(tx, world.acme, TODAY))
    assert left == {}
