"""One more visit: what is found is feasible, moves nobody, and small tables find the same."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from roundsman.dispatch.day import is_settled
from roundsman.dispatch.fleet.model import FleetQuestion
from roundsman.dispatch.slots.model import VisitQuestion
from roundsman.dispatch.slots.search import find_places
from roundsman.dispatch.slots.travel import over_routes
from roundsman.dispatch.travel import great_circle
from tests.fleets import question_of


def visit_of(seed: int) -> VisitQuestion:
    """Return the question where one job of a random day goes best."""
    question = question_of(seed, "everything")
    return VisitQuestion(fleet=replace(question, new=question.new[:1]), most=5, planned=True)


visits = st.builds(visit_of, st.integers(0, 2**32))


def with_all_pairs(fleet: FleetQuestion) -> FleetQuestion:
    return fleet.over(great_circle)


@settings(deadline=None, max_examples=200)
@given(visits)
def test_tables_of_each_route_find_what_one_large_table_finds(question: VisitQuestion) -> None:
    assume(question.fleet.new)
    large = find_places(replace(question, fleet=with_all_pairs(question.fleet)))
    small = find_places(replace(question, fleet=over_routes(question.fleet, great_circle)))
    assert small.alternatives == large.alternatives
    assert small.left_out == large.left_out
    assert (small.plan is None) == (large.plan is None)
    if small.plan and large.plan:
        assert small.plan.persons == large.plan.persons


@settings(deadline=None, max_examples=200)
@given(visits)
def test_a_visit_is_put_in_and_nothing_else_moves(question: VisitQuestion) -> None:
    assume(question.fleet.new)
    found = find_places(question)
    costs = [one.adds for one in found.alternatives]
    assert costs == sorted(costs)
    assert len({one.member for one in found.alternatives}) == len(costs)
    assert (found.left_out is None) == bool(found.alternatives)
    if found.plan is None:
        assert not found.alternatives
        return
    (person,) = found.plan.persons
    (route,) = [
        route
        for member, route in zip(question.fleet.members, question.fleet.routes, strict=True)
        if member.id == person.member
    ]
    before = [job.id for job in route if not is_settled(job) and job.position]
    now = [stop.job for stop in person.stops if stop.job]
    assert [job for job in now if job != question.job.id] == before
    stop = next(stop for stop in person.stops if stop.job == question.job.id)
    assert stop == found.alternatives[0].stop
