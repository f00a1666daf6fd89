"""A demo worker's day: in order of time, on the streets, and at every job."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from roundsman.core.clock import at_local, to_ms
from roundsman.core.geo import Point, distance_m
from roundsman.demo import city
from roundsman.demo.cast import DAY, LATE, TIMEZONE, WORKERS
from roundsman.demo.driving import Fix, dice
from roundsman.demo.riding import Happening, Plan, Ride, Tap, Task, Where, town_of

MONDAY = date(2026, 11, 23)
ANA = next(person for person in WORKERS if person.team == DAY)
LEONOR = next(person for person in WORKERS if person.team == LATE)
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def graph() -> city.Graph:
    return city.load()


def tasks_in(graph: city.Graph, count: int, on_site_s: int = 1500) -> list[Task]:
    houses = graph.addresses(count, dice("houses"), 2_000, Point(41.16, -8.625))
    return [
        Task(id=str(number), name=f"job {number}", at=house.point, on_site_s=on_site_s)
        for number, house in enumerate(houses)
    ]


def ms_of(hour: float) -> int:
    return to_ms(at_local(MONDAY, round(hour * 60), TIMEZONE))


def ride_of(graph: city.Graph, plan: Plan, hour: float = 0, person: object = ANA) -> Ride:
    assert isinstance(person, type(ANA))
    home = graph.nearest_node(person.lat, person.lng)
    return Ride(town_of(graph), person, MONDAY, plan, Where(home, ms_of(hour)))


def taps_of(happenings: list[Happening]) -> list[Tap]:
    return [one for one in happenings if isinstance(one, Tap)]


def fixes_of(happenings: list[Happening]) -> list[Fix]:
    return [one for one in happenings if isinstance(one, Fix)]


def test_a_day_happens_in_order_and_ends_at_midnight(graph: city.Graph) -> None:
    ride = ride_of(graph, Plan(tasks_in(graph, 12)))
    happenings = list(ride.happenings())
    times = [one.ts_ms for one in happenings]
    assert times == sorted(times)
    measured = [fix.ts_ms for fix in fixes_of(happenings)]
    assert len(set(measured)) == len(measured)
    assert ms_of(0) <= times[0]
    assert times[-1] <= ride.now.ts_ms == ms_of(24)
    assert ride.now.node == ride.home


def test_the_same_day_is_lived_the_same_twice(graph: city.Graph) -> None:
    plan = tasks_in(graph, 8)
    once = list(ride_of(graph, Plan(plan)).happenings())
    assert list(ride_of(graph, Plan(plan)).happenings()) == once


def test_every_job_is_reached_worked_on_and_ended(graph: city.Graph) -> None:
    tasks = tasks_in(graph, 12)
    happenings = list(ride_of(graph, Plan(tasks)).happenings())
    ended = {tap.job: tap for tap in taps_of(happenings) if tap.ends_job}
    fixes = fixes_of(happenings)
    assert len(ended) >= 10
    for task in tasks:
        tap = ended.get(task.id)
        if tap is None or "tsRejected" in tap.changes:
            continue
        assert task.at is not None
        near = [
            fix
            for fix in fixes
            if distance_m(fix.lat, fix.lng, task.at.lat, task.at.lng) < 50
            and fix.ts_ms <= tap.ts_ms
        ]
        stay_s = (near[-1].ts_ms - near[0].ts_ms) / 1000
        assert stay_s >= 5 * 60
        assert next(value for name, value in tap.changes.items() if name.startswith("ts")) > 0


def test_nobody_works_before_the_shift_and_jobs_are_seen_before_they_are_done(
    graph: city.Graph,
) -> None:
    happenings = list(ride_of(graph, Plan(tasks_in(graph, 12))).happenings())
    taps = taps_of(happenings)
    assert taps[0].ts_ms == ms_of(8)
    seen: set[str] = set()
    for tap in taps:
        if tap.ends_job:
            assert tap.job in seen or "tsRejected" in tap.changes
        seen.add(tap.job)


def test_a_van_keeps_to_the_streets_and_to_believable_speeds(graph: city.Graph) -> None:
    fixes = fixes_of(list(ride_of(graph, Plan(tasks_in(graph, 8))).happenings()))
    for a, b in pairwise(fixes):
        seconds = (b.ts_ms - a.ts_ms) / 1000
        metres = distance_m(a.lat, a.lng, b.lat, b.lng)
        assert metres <= 25 + 30 * seconds
    for fix in fixes[:: len(fixes) // 40]:
        node = graph.points[graph.nearest_node(fix.lat, fix.lng)]
        assert distance_m(fix.lat, fix.lng, node.lat, node.lng) < 400
    assert {fix.charging for fix in fixes} == {True, False}
    assert all(10 <= fix.battery_pct <= 100 for fix in fixes)


def test_moving_phones_report_every_ten_seconds(graph: city.Graph) -> None:
    fixes = fixes_of(list(ride_of(graph, Plan(tasks_in(graph, 6))).happenings()))
    moving = [(a, b) for a, b in pairwise(fixes) if a.speed_mps > 3 and b.speed_mps > 3]
    assert len(moving) > 50
    assert all(b.ts_ms - a.ts_ms <= 10_000 for a, b in moving)


def test_nobody_arrives_long_before_the_planned_time(graph: city.Graph) -> None:
    (task,) = tasks_in(graph, 1)
    planned_ms = ms_of(11)
    late = Task(id="1", name="j", at=task.at, on_site_s=1200, scheduled_ms=planned_ms)
    happenings = list(ride_of(graph, Plan([late])).happenings())
    assert task.at is not None
    there = [
        fix.ts_ms
        for fix in fixes_of(happenings)
        if distance_m(fix.lat, fix.lng, task.at.lat, task.at.lng) < 40
    ]
    assert planned_ms - 7 * 60_000 <= there[0] <= planned_ms + 60_000


def test_work_does_not_begin_before_the_customer_is_there(graph: city.Graph) -> None:
    (task,) = tasks_in(graph, 1)
    waiting = Task(id="1", name="j", at=task.at, on_site_s=1200, window_start_ms=ms_of(10))
    (_, ended) = taps_of(list(ride_of(graph, Plan([waiting])).happenings()))
    assert ended.ts_ms >= ms_of(10) + 9 * 60_000


def test_a_day_goes_on_where_it_was_left(graph: city.Graph) -> None:
    tasks = tasks_in(graph, 6)
    ride = ride_of(graph, Plan(tasks), hour=13)
    happenings = list(ride.happenings())
    assert happenings[0].ts_ms >= ms_of(13)
    assert len([tap for tap in taps_of(happenings) if tap.ends_job]) >= 4


def test_what_is_over_is_left_alone(graph: city.Graph) -> None:
    first, second = tasks_in(graph, 2)
    over = Task(id=first.id, name=first.name, at=first.at, on_site_s=1200, over=True)
    taps = taps_of(list(ride_of(graph, Plan([over, second])).happenings()))
    assert {tap.job for tap in taps} == {second.id}


def test_a_job_that_comes_in_meanwhile_is_done_too(graph: city.Graph) -> None:
    first, second = tasks_in(graph, 2)
    plan = Plan([first])
    taps: list[Tap] = []
    for happening in ride_of(graph, plan).happenings():
        if isinstance(happening, Tap):
            taps.append(happening)
        if happening.ts_ms > ms_of(12):
            plan.tasks = [first, second]
    assert {tap.job for tap in taps if tap.ends_job} == {first.id, second.id}
    assert min(tap.ts_ms for tap in taps if tap.job == second.id) > ms_of(12)


def test_late_work_ends_before_the_next_day_belongs_to_others(graph: city.Graph) -> None:
    tasks = tasks_in(graph, 40)
    ride = ride_of(graph, Plan(tasks), hour=14, person=LEONOR)
    happenings = list(ride.happenings())
    assert happenings[-1].ts_ms < ms_of(24) + HOUR_MS
    assert len([tap for tap in taps_of(happenings) if tap.ends_job]) < len(tasks)
