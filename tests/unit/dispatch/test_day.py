from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from roundsman.accounts.model import Company, Member, Shift, Team
from roundsman.accounts.rights import Role
from roundsman.core.geo import Point
from roundsman.core.ids import CompanyId, JobId, MemberId, TeamId
from roundsman.dispatch.day import Ends, Hours, ends_of, hours_of, mode_of, moment_of, windows_of
from roundsman.dispatch.model import OPEN_END_S, Window
from roundsman.jobs.model import Job

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONDAY = date(2026, 1, 5)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)  # the clocks of Vienna change
HOUR = 3600
ACME = Company(
    id=CompanyId("acme"),
    username="acme",
    name="Acme",
    created_at=LONG_AGO,
    timezone="Europe/Vienna",
    teams=[
        Team(id=TeamId(1), name="no hours", route_end=Point(3, 3)),
        Team(
            id=TeamId(2), name="early", hours={"monday": Shift(360, 840)}, route_start=Point(2, 2)
        ),
    ],
)


def member(**values: Any) -> Member:
    wanda = Member(
        id=MemberId("wanda"), username="wanda", name="Wanda", role=Role.WORKER, created_at=LONG_AGO
    )
    return replace(wanda, **values)


def job(**values: Any) -> Job:
    return replace(Job(id=JobId("job"), created_at=LONG_AGO, saved_at=LONG_AGO), **values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Hours(8 * HOUR, OPEN_END_S, works=True)),
        ({"hours": {"monday": Shift(540, 1020)}}, Hours(9 * HOUR, 17 * HOUR, works=True)),
        ({"teams": [TeamId(1), TeamId(2)]}, Hours(6 * HOUR, 14 * HOUR, works=True)),
        ({"hours": {"monday": Shift(0, 0)}}, Hours(8 * HOUR, OPEN_END_S, works=False)),
        ({"hours": {"monday": Shift(1320, 360)}}, Hours(22 * HOUR, 30 * HOUR, works=True)),
        (
            {"hours": {"monday": Shift(540, 1020)}, "route_start_minutes": 450},
            Hours(27000, 17 * HOUR, works=True),
        ),
        (
            {"hours": {"monday": Shift(540, 1020)}, "route_start_minutes": 1200},
            Hours(20 * HOUR, 20 * HOUR, works=True),
        ),
        (
            {"hours": {"monday": Shift(540, 1020)}, "timezone": "Europe/London"},
            Hours(10 * HOUR, 18 * HOUR, works=True),
        ),
        (
            {
                "hours": {"monday": Shift(0, 0)},
                "ignore_hours_until": datetime(2026, 1, 5, 12, tzinfo=UTC),
            },
            Hours(8 * HOUR, OPEN_END_S, works=True),
        ),
        (
            {
                "hours": {"monday": Shift(540, 1020)},
                "ignore_hours_until": datetime(2026, 1, 4, 12, tzinfo=UTC),
            },
            Hours(9 * HOUR, 17 * HOUR, works=True),
        ),
    ],
)
def test_hours_are_own_before_teams_and_follow_every_rule(
    values: dict[str, Any], expected: Hours
) -> None:
    assert hours_of(member(**values), ACME, MONDAY) == expected


def test_hours_are_wall_clock_when_the_clocks_change() -> None:
    week = {"sunday": Shift(540, 1020)}
    assert hours_of(member(hours=week), ACME, SPRING).start_s == 8 * HOUR
    assert hours_of(member(hours=week), ACME, AUTUMN).start_s == 10 * HOUR


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Ends(None, None)),
        ({"teams": [TeamId(2)]}, Ends(Point(2, 2), Point(2, 2))),
        ({"teams": [TeamId(1)]}, Ends(None, Point(3, 3))),
        ({"teams": [TeamId(2)], "route_start": Point(1, 1)}, Ends(Point(1, 1), Point(2, 2))),
        ({"route_start": Point(1, 1)}, Ends(Point(1, 1), None)),
        ({"route_end": Point(1, 1), "teams": [TeamId(9)]}, Ends(None, Point(1, 1))),
    ],
)
def test_a_route_starts_and_ends_at_the_members_place_else_the_teams(
    values: dict[str, Any], expected: Ends
) -> None:
    assert ends_of(member(**values), ACME) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 1440, ()),
        (0, 0, ()),
        (540, 1440, (Window(9 * HOUR),)),
        (540, 0, (Window(9 * HOUR),)),
        (0, 600, (Window(0, 10 * HOUR),)),
        (540, 600, (Window(9 * HOUR, 10 * HOUR),)),
        (1320, 120, (Window(22 * HOUR, 26 * HOUR),)),
    ],
)
def test_a_window_is_open_where_it_says_nothing(
    start: int, end: int, expected: tuple[Window, ...]
) -> None:
    assert windows_of(job(window_start=start, window_end=end), ACME, MONDAY) == expected


def test_windows_are_wall_clock_when_the_clocks_change() -> None:
    noon = job(window_start=720, window_end=780)
    for day, first in ((SPRING, 11), (AUTUMN, 13)):
        (window,) = windows_of(noon, ACME, day)
        assert window == Window(first * HOUR, (first + 1) * HOUR)
        local = moment_of(window.start_s, ACME, day)
        assert local.astimezone(UTC).hour in {10, 11}


def test_an_unknown_way_to_travel_is_by_car() -> None:
    assert mode_of(member(travel_mode="truck")) == "truck"
    assert mode_of(member(travel_mode="sledge")) == "car"
