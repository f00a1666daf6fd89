"""On which days something repeats, held against a calendar that is walked day by day."""

from __future__ import annotations

import contextlib
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.accounts.hours import CLOSED, WorkingWeek
from roundsman.accounts.model import Company, Holiday
from roundsman.almanac import repeating
from roundsman.almanac.model import OnHolidays, Recurrence
from roundsman.core.errors import BadValue
from roundsman.core.ids import CompanyId, JobId

if TYPE_CHECKING:
    from collections.abc import Callable

START = date(2026, 1, 5)  # a Monday
NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def every(rule: str, *, start: date = START, last: date = date(2027, 12, 31)) -> list[date]:
    read = repeating.read_rule(rule, "rrule")
    one = Recurrence(
        template=JobId("tpl-1"), rule=read.rule, start=start, until=read.until, count=read.count
    )
    return repeating.days(one, start, last)


def walked(fits: Callable[[date], bool], *, start: date, last: date) -> list[date]:
    """Return the days from start to last that fit, one by one."""
    ahead = (last - start).days + 1
    return [day for n in range(ahead) if fits(day := start + timedelta(days=n))]


starts = st.dates(date(2024, 1, 1), date(2028, 12, 31))
spans = st.integers(0, 800).map(lambda days: timedelta(days=days))


@given(starts, spans, st.integers(1, 40))
def test_every_so_many_days(start: date, span: timedelta, interval: int) -> None:
    found = every(f"FREQ=DAILY;INTERVAL={interval}", start=start, last=start + span)
    assert found == walked(
        lambda day: (day - start).days % interval == 0, start=start, last=start + span
    )


@given(starts, spans, st.integers(1, 6), st.sets(st.integers(0, 6), min_size=1))
def test_on_weekdays_of_every_so_many_weeks(
    start: date, span: timedelta, interval: int, weekdays: set[int]
) -> None:
    monday = start - timedelta(days=start.weekday())

    def fits(day: date) -> bool:
        week = (day - monday).days // 7
        return week % interval == 0 and day.weekday() in weekdays

    names = ",".join(NAMES[one] for one in sorted(weekdays))
    found = every(f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={names}", start=start, last=start + span)
    assert found == walked(fits, start=start, last=start + span)


@given(starts, spans, st.integers(-5, 5).filter(bool), st.integers(0, 6))
def test_on_the_nth_weekday_of_each_month(
    start: date, span: timedelta, nth: int, weekday: int
) -> None:
    def fits(day: date) -> bool:
        left = monthrange(day.year, day.month)[1] - day.day
        counted = (day.day - 1) // 7 + 1 if nth > 0 else -(left // 7 + 1)
        return day.weekday() == weekday and counted == nth

    found = every(f"FREQ=MONTHLY;BYDAY={nth}{NAMES[weekday]}", start=start, last=start + span)
    assert found == walked(fits, start=start, last=start + span)


@given(starts, spans, st.integers(-31, 31).filter(bool))
def test_on_a_day_of_each_month_that_has_it(start: date, span: timedelta, number: int) -> None:
    def fits(day: date) -> bool:
        length = monthrange(day.year, day.month)[1]
        return day.day == (number if number > 0 else length + 1 + number)

    found = every(f"FREQ=MONTHLY;BYMONTHDAY={number}", start=start, last=start + span)
    assert found == walked(fits, start=start, last=start + span)


@given(starts, st.integers(1, 60), st.integers(1, 9))
def test_a_count_ends_it_and_a_last_day_too(start: date, count: int, interval: int) -> None:
    rule = f"FREQ=DAILY;INTERVAL={interval}"
    ahead = start + timedelta(days=1000)
    counted = every(f"{rule};COUNT={count}", start=start, last=ahead)
    assert len(counted) == count
    assert every(f"{rule};UNTIL={counted[-1]:%Y%m%d}", start=start, last=ahead) == counted


def test_a_yearly_day_of_february_waits_for_leap_years() -> None:
    found = every("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", last=date(2037, 1, 1))
    assert found == [date(2028, 2, 29), date(2032, 2, 29), date(2036, 2, 29)]


def test_a_rule_that_never_fits_finds_nothing_soon() -> None:
    assert every("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30") == []


def test_exceptions_are_left_out_and_still_count() -> None:
    read = repeating.read_rule("FREQ=DAILY;COUNT=3", "rrule")
    one = Recurrence(
        template=JobId("tpl-1"),
        rule=read.rule,
        start=START,
        count=read.count,
        except_on=[date(2026, 1, 6)],
    )
    assert repeating.days(one, START, date(2026, 2, 1)) == [START, date(2026, 1, 7)]
    assert repeating.times_before(one, date(2026, 1, 7)) == 2


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "needs a FREQ"),
        ("every monday", "no part"),
        ("FREQ=HOURLY", "cannot be right"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
        ("FREQ=DAILY;BYEASTER=0", "BYEASTER"),
        ("FREQ=DAILY;INTERVAL=0", "cannot be right"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=99999", "COUNT"),
        ("FREQ=DAILY;UNTIL=20270230", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=1MO", "nth weekday"),
        ("FREQ=WEEKLY;BYDAY=XX", "cannot be right"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "cannot be right"),
        ("FREQ=DAILY" + ";BYMONTH=1" * 100, "longer"),
    ],
)
def test_what_is_no_rule_is_said_so(rule: str, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        repeating.read_rule(rule, "rrule")


@given(st.text(alphabet="FREQ=WEKLYDAIMONTH;BY,12-+0:TUSP", max_size=60))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    with contextlib.suppress(BadValue):
        every(text)


def test_what_is_written_the_common_ways_is_understood() -> None:
    plain = every("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260119")
    assert plain == [date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)]
    assert every("RRULE:freq=weekly;byday=mo;until=20260119T235959Z") == plain


COMPANY = Company(
    id=CompanyId("acme01"),
    username="acme",
    name="Acme",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    holidays=[
        Holiday(day=date(2026, 1, 6), name="Epiphany", yearly=True),
        Holiday(day=date(2026, 1, 9)),
    ],
)
WEEK = WorkingWeek({"saturday": CLOSED, "sunday": CLOSED}, "default")
DAYS = [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 9), date(2027, 1, 6)]


@pytest.mark.parametrize(
    ("on_holidays", "places"),
    [
        (OnHolidays.KEEP, DAYS),
        (OnHolidays.SKIP, [date(2026, 1, 5), None, None, None]),
        (
            OnHolidays.MOVE,
            [date(2026, 1, 5), date(2026, 1, 7), date(2026, 1, 12), date(2027, 1, 7)],
        ),
    ],
)
def test_holidays_are_skipped_moved_or_kept(
    on_holidays: OnHolidays, places: list[date | None]
) -> None:
    one = Recurrence(template=JobId("tpl-1"), rule="FREQ=DAILY", start=START, holidays=on_holidays)
    found = repeating.placed(one, COMPANY, WEEK, DAYS)
    assert [found.get(day) for day in DAYS] == places
