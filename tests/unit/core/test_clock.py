from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.core.clock import (
    MAX_MS,
    at_local,
    day_bounds,
    from_ms,
    from_us,
    from_yyyymmdd,
    local_day,
    to_ms,
    to_us,
    to_yyyymmdd,
)

VIENNA = "Europe/Vienna"


@given(st.integers(0, MAX_MS))
def test_milliseconds_survive_the_round_trip(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_microseconds_survive_the_round_trip(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


@given(st.dates())
def test_a_day_survives_its_integer(day: date) -> None:
    assert from_yyyymmdd(to_yyyymmdd(day)) == day


def test_zero_is_no_day_and_no_moment() -> None:
    assert from_yyyymmdd(0) is None
    assert to_yyyymmdd(None) == 0
    assert to_ms(None) == 0


@pytest.mark.parametrize("number", [20260230, 1, 20261301, -20260101])
def test_what_is_no_day_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=r"year|month|day"):
        from_yyyymmdd(number)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 1, 5), 24)]
)
def test_days_have_23_24_or_25_hours(day: date, hours: int) -> None:
    first, after = day_bounds(day, VIENNA)
    assert after - first == timedelta(hours=hours)


def test_wall_clock_time_survives_the_change_to_summer() -> None:
    assert at_local(date(2026, 3, 28), 480, VIENNA) == datetime(2026, 3, 28, 7, tzinfo=UTC)
    assert at_local(date(2026, 3, 29), 480, VIENNA) == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_the_end_of_a_day_is_the_next_midnight() -> None:
    assert at_local(date(2026, 1, 5), 1440, VIENNA) == day_bounds(date(2026, 1, 5), VIENNA)[1]


def test_today_depends_on_the_zone() -> None:
    moment = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    assert local_day(moment, VIENNA) == date(2026, 1, 6)
    assert local_day(moment, "America/New_York") == date(2026, 1, 5)
