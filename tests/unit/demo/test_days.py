"""The work of the demo company: believable, and the same for the same day."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.geo import Point, distance_m
from roundsman.demo import city
from roundsman.demo.cast import BOSS, EVERYBODY, LATE, TEAMS, WORKERS
from roundsman.demo.customers import COLORS, customers, is_served
from roundsman.demo.days import APART_M, house_near, jobs_of_day
from roundsman.demo.planning import teams_by_need
from roundsman.demo.work import works

if TYPE_CHECKING:
    from roundsman.demo.cast import Team

MONDAY = date(2026, 11, 23)
PLACES = {one.name: f"uid{number:03}" for number, one in enumerate(customers())}


@pytest.fixture(scope="module")
def graph() -> city.Graph:
    return city.load()


@pytest.fixture(scope="module")
def day(graph: city.Graph) -> dict[Team, list[dict[str, Any]]]:
    return jobs_of_day(graph, MONDAY, PLACES)


def test_twelve_people_work_in_three_teams() -> None:
    assert len(EVERYBODY) == 12
    assert len({person.username for person in EVERYBODY}) == 12
    assert BOSS in EVERYBODY
    assert {person.team for person in WORKERS} == set(TEAMS)
    assert len({person.color for person in WORKERS}) == len(WORKERS)


def test_somebody_is_on_the_road_at_every_minute_of_the_day() -> None:
    for minute in range(24 * 60):
        at_work = [person for person in WORKERS if person.team.start <= minute < person.team.end]
        assert len(at_work) >= 3


@pytest.mark.parametrize("minute", [0, 9 * 60, 13 * 60, 17 * 60, 23 * 60 + 59])
def test_the_teams_at_work_are_planned_first(minute: int) -> None:
    order = teams_by_need(minute)
    at_work = [team.start <= minute < team.end for team in order]
    assert at_work == sorted(at_work, reverse=True)
    assert set(order) == set(TEAMS)


def test_a_day_has_150_jobs_for_three_teams(day: dict[Team, list[dict[str, Any]]]) -> None:
    assert {team: len(jobs) for team, jobs in day.items()} == {team: team.jobs for team in TEAMS}
    assert sum(len(jobs) for jobs in day.values()) == 150
    ids = [job["uidSecondary"] for jobs in day.values() for job in jobs]
    assert len(set(ids)) == 150


def test_the_same_day_is_the_same_twice_and_days_differ(
    graph: city.Graph, day: dict[Team, list[dict[str, Any]]]
) -> None:
    assert jobs_of_day(graph, MONDAY, PLACES) == day
    tuesday = jobs_of_day(graph, date(2026, 11, 24), PLACES)
    assert [job["destinationText"] for job in tuesday[LATE]] != [
        job["destinationText"] for job in day[LATE]
    ]


def test_jobs_of_one_team_stand_outside_of_each_others_circles(
    day: dict[Team, list[dict[str, Any]]],
) -> None:
    for jobs in day.values():
        for a, b in combinations(jobs, 2):
            apart = distance_m(
                a["destinationLat"], a["destinationLng"], b["destinationLat"], b["destinationLng"]
            )
            assert apart >= APART_M


def test_every_job_is_something_one_would_send_somebody_for(
    day: dict[Team, list[dict[str, Any]]],
) -> None:
    for team, jobs in day.items():
        for job in jobs:
            assert job["destinationName"]
            assert job["destinationText"].count(",") >= 1
            assert is_served(Point(job["destinationLat"], job["destinationLng"]))
            assert 10 * 60 <= job["onSiteSeconds"] <= 45 * 60
            assert job["contactPhone"].startswith("+3519000")
            if "windowEnd" in job:
                start, end = job["windowStart"], job["windowEnd"]
                assert team.start <= start // 100 * 60 + start % 100
                assert end // 100 * 60 + end % 100 <= team.end
    assert sum("windowEnd" in job for jobs in day.values() for job in jobs) > 30
    assert sum("placeUid" in job for jobs in day.values() for job in jobs) > 40


def test_nobody_is_visited_at_home_in_the_night(day: dict[Team, list[dict[str, Any]]]) -> None:
    at_home = {work.title for work in works() if work.at == "home"}
    for jobs in day.values():
        for job in jobs:
            if job["destinationName"] in at_home and "windowStart" in job:
                assert job["windowStart"] >= 700


def test_every_kind_of_place_has_work_and_a_colour() -> None:
    kinds = {one.kind for one in customers()} - {"office", "supplier"}
    assert kinds <= {work.at for work in works()}
    assert {one.kind for one in customers()} == set(COLORS)
    assert len(customers()) == len({one.name for one in customers()}) >= 40


def test_every_customer_lives_on_a_street(graph: city.Graph) -> None:
    for one in customers():
        house = house_near(graph, one.lat, one.lng, one.name)
        assert house.street
        assert distance_m(one.lat, one.lng, house.point.lat, house.point.lng) < 350
