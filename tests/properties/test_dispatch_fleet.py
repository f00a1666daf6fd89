"""Plans of a fleet's day hold what they promise, whatever the day is like."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from roundsman.dispatch.checker import follow
from roundsman.dispatch.day import held, is_settled
from roundsman.dispatch.fleet.model import FleetPlan, FleetQuestion, Keep, PersonPlan
from roundsman.dispatch.fleet.outcome import essence, outcome
from roundsman.dispatch.fleet.problem import problem_of
from roundsman.dispatch.fleet.search import plan_fleet
from roundsman.dispatch.loosening import loosened
from roundsman.jobs.model import Job
from tests.fleets import MORNING, question_of

KEEPS: tuple[Keep, ...] = ("everything", "assignment", "nothing")
questions = st.builds(question_of, st.integers(0, 2**32), st.sampled_from(KEEPS))


def tasks_of(question: FleetQuestion, person: PersonPlan) -> list[int]:
    """Return the stops of a person as tasks of the question's problem."""
    fleet = problem_of(question, question.constraints)
    index = {job.id: at for at, job in enumerate(fleet.jobs)}
    holds = {hold.id: len(fleet.jobs) + at for at, hold in enumerate(fleet.holds)}
    return [index[stop.job] if stop.job else holds[stop.hold] for stop in person.stops]


def after(question: FleetQuestion, plan: FleetPlan) -> dict[str, Job]:
    return {job.id: job for job in outcome(question, plan, MORNING)}


@settings(deadline=None, max_examples=150)
@given(questions)
def test_a_plan_is_feasible_and_loses_nothing(question: FleetQuestion) -> None:
    plan = plan_fleet(question)
    served = [stop.job or stop.hold for person in plan.persons for stop in person.stops]
    left = [one.job or one.hold for one in plan.left_out]
    asked = [job.id for job in question.open_jobs] + [hold.id for hold in question.holds]
    assert Counter([*served, *left]) == Counter(asked)
    rest = [job for person in plan.persons for job in person.rest]
    assert set(rest) <= set(left)
    problem = loosened(problem_of(question, question.constraints).problem)
    for at, person in enumerate(plan.persons):
        if question.keep == "everything":
            continue  # what somebody ordered by hand may be late already
        assert follow(problem, at, tasks_of(question, person))[1].feasible


@settings(deadline=None, max_examples=150)
@given(questions)
def test_what_is_kept_and_what_is_pinned_stays(question: FleetQuestion) -> None:
    plan = plan_fleet(question)
    jobs = after(question, plan)
    for route in question.routes:
        for at, job in enumerate(route):
            now = jobs[job.id]
            if is_settled(job):
                assert replace(now, number=job.number) == job
                continue
            if job.keeps_time:
                assert now.scheduled_start == job.scheduled_start
            is_named = question.movable is None or job.id in question.movable
            if job.is_pinned or question.keep != "nothing" or not is_named or not job.position:
                assert now.member == job.member or (job.keeps_time and is_named)
            if at < held(route):
                assert now.number == at + 1
        if question.keep == "everything":
            order = [job.id for job in route if not is_settled(job) and job.position]
            assert sorted(order, key=lambda one: jobs[one].number) == order
    for job in question.new:
        if job.keeps_time and jobs.get(job.id):
            assert jobs[job.id].scheduled_start == job.scheduled_start


@settings(deadline=None, max_examples=100)
@given(questions)
def test_a_day_that_was_written_is_in_order(question: FleetQuestion) -> None:
    plan = plan_fleet(question)
    jobs = after(question, plan)
    for person in plan.persons:
        mine = sorted(
            (job for job in jobs.values() if job.member == person.member),
            key=lambda job: job.number,
        )
        assert [job.number for job in mine] == list(range(1, len(mine) + 1))
        arrivals = [stop.arrive for stop in person.stops]
        assert arrivals == sorted(arrivals)
        for stop in person.stops:
            assert person.begin <= stop.arrive <= stop.start <= stop.leave <= person.end
    for job in jobs.values():
        if not job.member:
            assert (job.number, job.scheduled_start) == (0, None)


@settings(deadline=None, max_examples=40)
@given(questions)
def test_equal_questions_get_equal_plans_and_have_equal_essences(question: FleetQuestion) -> None:
    first, again = plan_fleet(question), plan_fleet(question)
    assert first.persons == again.persons
    assert first.left_out == again.left_out
    assert essence(question) == essence(replace(question, now=MORNING, effort=question.effort))
    if question.routes[0]:
        gone = (question.routes[0][1:], *question.routes[1:])
        assert essence(question) != essence(replace(question, routes=gone))
