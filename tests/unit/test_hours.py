"""Working hours: how a week is read, and whose hours count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.accounts.hours import FORGOTTEN, merged, of_member, of_team, read_week
from roundsman.accounts.model import WEEKDAYS, Company, Hours, Member, Shift, Team
from roundsman.accounts.rights import Role
from roundsman.core.errors import BadFormat, BadValue
from roundsman.core.ids import CompanyId, MemberId, TeamId

NOW = datetime(2026, 1, 5, tzinfo=UTC)
EARLY, LATE = Shift(360, 840), Shift(840, 1320)


def read(start: Any, end: Any) -> Shift | None:
    return read_week({"monday": {"start": start, "end": end}}, "working_hours")["monday"]


@pytest.mark.parametrize(
    ("start", "end", "shift"),
    [
        (480, 1020, Shift(480, 1020)),
        (0, 0, Shift(0, 0)),
        (480, 480, Shift(0, 0)),
        (0, 1440, Shift(0, 1440)),
        (800, 1400, Shift(800, 1400)),
        (300, 2130, Shift(180, 1290)),
        (800, 1700, Shift(480, 1020)),
        (0, 2400, Shift(0, 1440)),
        (2200, 600, Shift(1320, 360)),
        (1320, 360, Shift(1320, 360)),
        (1441, 1500, Shift(881, 900)),
        (2460, 100, None),
        (1799, 2000, None),
        (1440, 1441, Shift(880, 881)),
        (1440, 1461, None),
        (-1, 100, None),
        (100, 10_000, None),
        ("480", "1020", Shift(480, 1020)),
        (480.0, 1020, Shift(480, 1020)),
    ],
)
def test_a_pair_is_minutes_where_it_can_be_and_else_clock_time(
    start: Any, end: Any, shift: Shift | None
) -> None:
    if shift is None:
        with pytest.raises(BadValue):
            read(start, end)
    else:
        assert read(start, end) == shift


@pytest.mark.parametrize("wrong", [True, 1.5, "early", "-5", None, [480], {}])
def test_a_time_must_be_a_whole_number(wrong: Any) -> None:
    with pytest.raises(BadFormat):
        read(wrong, 1020)


@pytest.mark.parametrize("wrong", [480, "480-1020", [480, 1020], {"start": 480}, {"end": 1020}, {}])
def test_a_weekday_needs_both_ends(wrong: Any) -> None:
    with pytest.raises(BadFormat):
        read_week({"monday": wrong}, "working_hours")


def test_weekdays_are_read_whatever_their_case_and_the_source_is_ignored() -> None:
    week = read_week({" Monday": {"start": 1, "end": 2}, "source": "team"}, "working_hours")
    assert week == {"monday": Shift(1, 2)}


def test_a_word_that_is_no_weekday_is_refused_by_name() -> None:
    with pytest.raises(BadValue, match="funday"):
        read_week({"funday": {"start": 1, "end": 2}}, "working_hours")


@given(st.integers(0, 1440), st.integers(0, 1440))
def test_what_is_answered_can_be_sent_back(start: int, end: int) -> None:
    once = read(start, end)
    assert once is not None
    assert read(once.start, once.end) == once


# --- merging --------------------------------------------------------------------------------------


def test_days_that_are_not_named_stay_and_null_forgets() -> None:
    hours: Hours = {"monday": EARLY, "tuesday": EARLY}
    assert merged(hours, {"tuesday": LATE, "monday": None, "friday": None}) == {"tuesday": LATE}
    assert merged(hours, {}) == hours
    assert merged(hours, FORGOTTEN) == {}


def test_a_week_begins_on_monday_whatever_the_order() -> None:
    week = merged({"sunday": EARLY}, {"friday": LATE, "monday": EARLY})
    assert list(week) == ["monday", "friday", "sunday"]


# --- whose hours count ----------------------------------------------------------------------------


def member(*teams: int, hours: Hours | None = None) -> Member:
    return Member(
        id=MemberId("wandax"),
        username="wanda",
        name="Wanda",
        role=Role.WORKER,
        created_at=NOW,
        teams=[TeamId(team) for team in teams],
        hours=hours or {},
    )


def company(*teams: Team, hours: Hours | None = None) -> Company:
    return Company(
        id=CompanyId("acme00"),
        username="acme",
        name="Acme",
        created_at=NOW,
        teams=list(teams),
        hours=hours or {},
    )


NORTH = Team(id=TeamId(1), name="North", hours={"monday": EARLY, "tuesday": EARLY})
SOUTH = Team(id=TeamId(2), name="South", hours={"monday": LATE})
PLAIN = Team(id=TeamId(3), name="Plain")


def test_a_team_has_its_own_hours_or_none() -> None:
    assert of_team(NORTH).source == "team"
    assert of_team(NORTH).hours == NORTH.hours
    assert of_team(PLAIN).source == "default"
    assert of_team(PLAIN).hours == {}


def test_own_hours_stand_over_the_team_s_day_by_day() -> None:
    week = of_member(member(1, hours={"monday": LATE}), company(NORTH))
    assert week.source == "individual"
    assert week.hours == {"monday": LATE, "tuesday": EARLY}


def test_the_first_team_with_hours_counts() -> None:
    week = of_member(member(3, 2, 1), company(NORTH, SOUTH, PLAIN))
    assert (week.source, week.hours) == ("team", {"monday": LATE})


def test_team_hours_stand_over_the_company_s() -> None:
    acme = company(SOUTH, hours=dict.fromkeys(WEEKDAYS, EARLY))
    week = of_member(member(2), acme)
    assert week.source == "team"
    assert week.hours == {**dict.fromkeys(WEEKDAYS, EARLY), "monday": LATE}


def test_without_team_hours_the_company_s_count_and_without_these_none() -> None:
    everyday: Hours = dict.fromkeys(WEEKDAYS, EARLY)
    for one in (member(), member(3), member(99)):
        week = of_member(one, company(PLAIN, hours=everyday))
        assert (week.source, week.hours) == ("default", everyday)
        assert of_member(one, company(PLAIN)).hours == {}
