"""The clock on the wall shows what the zone says, for every moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.reports.wall import Wall, written

# With offsets of hours, halves and quarters, with and without summer time, across the date line.
ZONES = (
    "UTC",
    "Europe/Vienna",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize("name", ZONES)
@given(moments=st.lists(MOMENTS, max_size=5))
def test_it_agrees_with_the_zone(name: str, moments: list[datetime]) -> None:
    zone = ZoneInfo(name)
    wall = Wall(zone)
    wanted = [f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in moments]
    for _ in ("asked", "known"):
        assert written(wall.shown(moments)) == wanted


@pytest.mark.parametrize("name", ZONES)
def test_it_agrees_with_the_zone_through_a_year_of_quarters_of_an_hour(name: str) -> None:
    zone = ZoneInfo(name)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [begin + timedelta(minutes=15 * number, seconds=7) for number in range(4 * 24 * 366)]
    shown = [at for at in Wall(zone).shown(moments) if at is not None]
    wanted = [at.astimezone(zone) for at in moments]
    assert [at.replace(tzinfo=None) for at in shown] == [at.replace(tzinfo=None) for at in wanted]


def test_nothing_is_shown_where_nothing_is_known() -> None:
    assert written(Wall(ZoneInfo("Europe/Vienna")).shown([None])) == [""]


def test_it_shows_the_ends_of_what_a_client_may_send() -> None:
    ends = [datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, 0, 0, tzinfo=UTC)]
    assert written(Wall(ZoneInfo("America/New_York")).shown(ends)) == [
        "1969-12-31 19:00:00",
        "9999-12-29 19:00:00",
    ]
