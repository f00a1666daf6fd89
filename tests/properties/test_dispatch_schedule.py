"""The times of routes in any order against the independent checker."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from roundsman.dispatch.checker import check, follow
from roundsman.dispatch.meetings import agreed_of
from roundsman.dispatch.model import Problem
from roundsman.dispatch.schedule import schedule_of
from roundsman.dispatch.solver import as_plan
from tests.problems import ANY_FEATURES, SEEDS, Features, generate

# What a schedule does not look at: who may do what, numbers, and bonds that the order breaks.
NOT_TIME = {"skill", "pinned", "forbidden", "max_jobs", "fixed", "priority_order", "linked"}


def at_random(problem: Problem, random: Random) -> list[list[int]]:
    """Give some of the tasks to anybody, in any order."""
    routes = [[*who.first] for who in problem.persons]
    fixed = {task for who in problem.persons for task in (*who.first, *who.last)}
    for task in random.sample(range(len(problem.tasks)), len(problem.tasks)):
        number = random.randrange(len(routes) + 1)
        placed = task not in fixed and problem.tasks[task].location is not None
        if placed and number < len(routes):
            routes[number].append(task)
    return [[*route, *who.last] for route, who in zip(routes, problem.persons, strict=True)]


@given(SEEDS, ANY_FEATURES, st.integers(2, 9), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_the_checker_agrees_with_every_time_cost_and_bound(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    routes = at_random(problem, Random(seed))
    violations = check(problem, as_plan(problem, routes)).violations
    kinds = {violation.kind for violation in violations}
    assert not kinds & {"wrong_cost", "lost", "twice"}
    # Times that contradict each other are not true, but bonds that go round in a circle are.
    assert "wrong_time" not in kinds or "linked" in kinds

    agreed = agreed_of(problem, routes)
    for person, stops in enumerate(routes):
        found = follow(problem, person, stops, agreed)[1].violations
        kept = not any(each.kind not in NOT_TIME for each in found)
        assert kept or not schedule_of(problem, person, stops, agreed).feasible
        if not agreed:
            assert kept == schedule_of(problem, person, stops).feasible
