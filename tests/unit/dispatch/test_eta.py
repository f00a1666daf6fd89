"""When people are expected at what is still ahead of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roundsman.accounts.model import Company, Member, Shift
from roundsman.accounts.rights import Role
from roundsman.core.geo import Point
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.dispatch import eta
from roundsman.dispatch.eta import Fix, Ride
from roundsman.jobs.model import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = date(2026, 1, 5)
EIGHT = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)  # in Vienna
MINUTE = timedelta(minutes=1)
COMPANY = Company(
    id=CompanyId("acme01"),
    username="acme",
    name="Acme",
    created_at=EIGHT,
    timezone="Europe/Vienna",
    hours={"monday": Shift(480, 1020)},
)
HOME, HERE = Point(48.1, 16.3), Point(48.2, 16.4)
WANDA = Member(
    id=MemberId("wanda1"),
    username="wanda",
    name="Wanda",
    role=Role.WORKER,
    created_at=EIGHT,
    route_start=HOME,
)


def at(minutes: float) -> datetime:
    """Return the moment so many minutes after eight o'clock."""
    return EIGHT + minutes * MINUTE


def job(number: int, **values: Any) -> Job:
    plain = Job(
        id=JobId(f"{number:024x}"),
        created_at=EIGHT,
        saved_at=EIGHT,
        day=DAY,
        number=number,
        member=WANDA.id,
        position=HERE,
        on_site_s=1200,
    )
    return replace(plain, **values)


def ride(*jobs: Job, now: float = 0, fix: Fix | None = None, **values: Any) -> Ride:
    return Ride(company=COMPANY, member=WANDA, day=DAY, now=at(now), jobs=jobs, fix=fix, **values)


def expected(one: Ride, *legs_min: float) -> list[float]:
    """Return the expected arrivals in minutes after eight."""
    origin = eta.origin_of(one)
    found = eta.arrivals(one, origin, [int(leg * 60) for leg in legs_min])
    return [(arrival.arrive - EIGHT) / MINUTE for arrival in found]


def test_a_day_that_has_not_begun_follows_the_plan() -> None:
    one = ride(job(1), job(2), now=-60)
    assert eta.origin_of(one) == eta.Origin(HOME, at(0), "plan")
    assert expected(one, 15, 10) == [15, 45]


def test_who_is_not_on_their_way_yet_arrives_no_earlier_than_now() -> None:
    assert expected(ride(job(1), job(2), now=30), 15, 10) == [30, 60]


def test_somebody_at_a_job_leaves_when_their_time_is_over() -> None:
    here = job(1, checked_in_at=at(10))
    one = ride(here, job(2), now=15)
    assert eta.origin_of(one) == eta.Origin(HERE, at(30), "job")
    assert expected(one, 10) == [40]


def test_later_stops_shift_while_somebody_stays_too_long() -> None:
    here = job(1, checked_in_at=at(10))
    assert expected(ride(here, job(2), job(3), now=50), 10, 5) == [60, 85]
    assert expected(ride(here, job(2), job(3), now=70), 10, 5) == [80, 105]


def test_who_drives_goes_on_from_the_last_position() -> None:
    done = job(1, checked_in_at=at(10), done_at=at(30))
    there = Fix(Point(48.3, 16.5), at(40), moving=True)
    one = ride(done, job(2), now=41, fix=there)
    assert eta.origin_of(one) == eta.Origin(there.position, at(40), "position")
    assert expected(one, 12) == [52]


def test_who_stands_still_has_the_whole_way_ahead() -> None:
    done = job(1, checked_in_at=at(10), done_at=at(30))
    there = Fix(Point(48.3, 16.5), at(35), moving=False)
    assert expected(ride(done, job(2), now=60, fix=there), 12) == [72]


def test_a_position_that_is_old_or_older_than_the_last_stamp_says_nothing() -> None:
    done = job(1, checked_in_at=at(10), done_at=at(30))
    before = Fix(HOME, at(20), moving=True)
    assert eta.origin_of(ride(done, job(2), now=40, fix=before)).basis == "stamp"
    old = Fix(HOME, at(31), moving=True)
    one = ride(done, job(2), now=100, fix=old)
    assert eta.origin_of(one) == eta.Origin(HERE, at(30), "stamp")
    assert expected(one, 12) == [100], "expected any moment now"


def test_standing_at_home_before_work_waits_for_the_begin_of_the_route() -> None:
    at_home = Fix(HOME, at(-120), moving=False)
    one = ride(job(1), now=-90, fix=at_home)
    assert expected(one, 15) == [15]
    early = Fix(HOME, at(-90), moving=True)
    assert expected(ride(job(1), now=-90, fix=early), 15) == [-75]


def test_windows_are_waited_for() -> None:
    late = job(1, window_start=600, window_end=720)  # ten to noon
    assert expected(ride(late, job(2)), 15, 10) == [15, 150]


def test_what_is_done_left_archived_or_declined_is_not_ahead() -> None:
    jobs = (
        job(1, done_at=at(1)),
        job(2, checked_in_at=at(1), checked_out_at=at(2)),
        job(3, archived_at=at(1)),
        job(4, rejected_at=at(1)),
        job(5, rejected_at=at(1), accepted_at=at(2)),
        job(6, failed_at=at(1)),
    )
    assert [one.number for one in eta.ahead(ride(*jobs, now=10))] == [5]


def test_a_stamp_of_another_day_is_no_departure() -> None:
    closed_late = job(1, done_at=at(-24 * 60))
    assert eta.origin_of(ride(closed_late, job(2))).basis == "plan"


def test_how_late_is_said_against_the_plan_or_the_window() -> None:
    def late(one: Job, minutes: float) -> int | None:
        return eta.minutes_late(DAY, COMPANY, one, at(minutes))

    planned = job(1, scheduled_start=at(60), window_start=480, window_end=500)
    assert (late(planned, 72), late(planned, 50)) == (12, -10)
    windowed = job(1, window_start=540, window_end=600)  # nine to ten
    assert [late(windowed, minutes) for minutes in (45, 60, 90, 120, 135)] == [-15, 0, 0, 0, 15]
    assert late(job(1), 60) is None


jobs_ahead = st.lists(
    st.tuples(st.integers(0, 7200), st.integers(0, 1300), st.integers(0, 3600)), max_size=8
)


@given(jobs_ahead, st.integers(-120, 600), st.integers(0, 600))
def test_a_route_is_followed_as_somebody_with_a_watch_would(
    stops: Sequence[tuple[int, int, int]], now: int, later: int
) -> None:
    jobs = [
        job(number, on_site_s=service, window_start=opens, window_end=1440)
        for number, (service, opens, _) in enumerate(stops, start=1)
    ]
    legs = [leg for _, _, leg in stops]
    one = ride(*jobs, now=now)
    found = eta.arrivals(one, eta.origin_of(one), legs)
    watch = at(0)
    for (service, opens, leg), arrival in zip(stops, found, strict=True):
        watch = max(watch + timedelta(seconds=leg), at(now))
        assert arrival.arrive == watch
        watch = max(watch, at(opens - 480)) + timedelta(seconds=service)
        assert arrival.leave == watch
    # The clock alone never makes anybody earlier.
    after = ride(*jobs, now=now + later)
    shifted = eta.arrivals(after, eta.origin_of(after), legs)
    assert all(new.arrive >= old.arrive for old, new in zip(found, shifted, strict=True))
