"""Quotes for moving a job by hand, against the checker, which follows every round whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from roundsman.accounts.model import Company, Member, Shift
from roundsman.accounts.rights import Role
from roundsman.core.geo import Point
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.dispatch.checker import follow
from roundsman.dispatch.quotes import quote
from roundsman.dispatch.timeline import DayQuestion, Round, problem_of, timetables
from roundsman.jobs.model import Job

DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
SECONDS = ("time_window", "working_hours")

steps = st.integers(0, 40).map(float)
points = st.builds(Point, steps.map(lambda n: 48.2 + n / 500), steps.map(lambda n: 16.3 + n / 500))
windows = st.sampled_from([(0, 1440), (480, 600), (600, 720), (840, 1440), (0, 540)])


@st.composite
def jobs(draw: st.DrawFn, name: str) -> Job:
    start, end = draw(windows)
    return Job(
        id=JobId(name),
        created_at=NOON,
        saved_at=NOON,
        day=DAY,
        position=draw(st.one_of(points, st.none())),
        window_start=start,
        window_end=end,
        on_site_s=draw(st.sampled_from([0, 600, 3600])),
        items_pickup=draw(st.integers(0, 3)),
        items_dropoff=draw(st.integers(0, 3)),
    )


@st.composite
def questions(draw: st.DrawFn) -> DayQuestion:
    member = Member(
        id=MemberId("wanda"),
        username="wanda@acme.example",
        name="Wanda",
        role=Role.WORKER,
        created_at=NOON,
        hours={"monday": Shift(8 * 60, draw(st.sampled_from([11 * 60, 17 * 60])))},
        vehicle_capacity=draw(st.sampled_from([0, 5])),
        route_start=draw(st.one_of(points, st.none())),
        route_end=draw(st.one_of(points, st.none())),
    )
    count = draw(st.integers(0, 6))
    route = tuple(draw(jobs(f"job {number}")) for number in range(count))
    mine = draw(st.booleans()) and count > 0
    asked = draw(st.sampled_from(route)) if mine else draw(jobs("new"))
    return DayQuestion(
        company=Company(
            id=CompanyId("acme"), name="Acme", username="acme", created_at=NOON, timezone="UTC"
        ),
        day=DAY,
        now=NOON + timedelta(hours=draw(st.integers(-12, 3))),
        rounds=(Round(member, route),),
        job=asked,
    )


@settings(max_examples=300, deadline=None)
@given(questions())
def test_every_option_is_what_the_checker_finds(question: DayQuestion) -> None:
    asked, one = question.job, question.rounds[0]
    assert asked is not None
    answer = quote(question)
    if asked.position is None:
        assert answer.offers == ()
        return
    others = [job for job in one.open if job.id != asked.id]
    problem = problem_of(question, one, [*others, asked], None)
    route = list(range(len(others)))
    _, before = follow(problem, 0, route)
    (offer,) = answer.offers
    assert len(offer.options) == len(others) + 1
    for at, option in enumerate(offer.options):
        _, after = follow(problem, 0, [*route[:at], len(others), *route[at:]])
        assert option.before == (others[at].id if at < len(others) else "")
        assert option.driving_s == after.totals.driving_s - before.totals.driving_s
        assert option.metres == after.totals.metres - before.totals.metres
        late = [each.totals.late_s + each.totals.overtime_s for each in (before, after)]
        assert option.late_s == late[1] - late[0]
        worse = {
            kind
            for kind in {found.kind for found in after.violations}
            if sum(found.by for found in after.violations if found.kind == kind)
            > sum(found.by for found in before.violations if found.kind == kind)
        }
        assert set(option.breaks) == worse


@settings(max_examples=200, deadline=None)
@given(questions())
def test_stops_of_a_day_follow_each_other(question: DayQuestion) -> None:
    (day,) = timetables(question).people
    assert [stop.job for stop in day.stops] == [job.id for job in question.rounds[0].jobs]
    clock = day.depart
    for stop in day.stops:
        assert clock + timedelta(seconds=stop.travel_s) <= stop.arrive <= stop.start <= stop.leave
        clock = stop.leave
    assert sum(stop.late_s for stop in day.stops) == day.totals.late_s
    if day.stops:
        assert day.finish >= clock
