"""One more task in the plans of generated problems, against the independent checker."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from roundsman.dispatch.checker import check, follow
from roundsman.dispatch.insertion import insert_one
from roundsman.dispatch.model import Budget, Plan, Problem
from roundsman.dispatch.solver import as_plan, solve
from tests.problems import FEATURES, SEEDS, Features, generate

BUDGET = Budget(iterations=40, seconds=60.0)


def without(problem: Problem, task: int) -> tuple[Problem, Plan]:
    """Return the problem in which the task may not be done, and its plan."""
    tasks = list(problem.tasks)
    tasks[task] = structs.replace(tasks[task], person="nobody at all")
    alone = structs.replace(problem, tasks=tuple(tasks))
    return alone, solve(alone, BUDGET)


@given(SEEDS, FEATURES, st.integers(1, 14), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_it_goes_to_the_cheapest_place_that_keeps_every_bound(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    fixed = {task for who in problem.persons for task in (*who.first, *who.last)}
    spare = sorted(set(range(tasks)) - fixed)
    if not spare:
        return
    task = Random(seed).choice(spare)
    before = without(problem, task)[1]
    after = insert_one(problem, before, task)
    assert check(problem, after).violations == ()

    costs = [before.cost]
    for person, route in enumerate(before.routes):
        who = problem.persons[person]
        stops = [visit.task for visit in route.visits]
        for at in range(len(who.first), len(stops) - len(who.last) + 1):
            tried = [*stops[:at], task, *stops[at:]]
            if follow(problem, person, tried)[1].feasible:
                routes = [[visit.task for visit in each.visits] for each in before.routes]
                routes[person] = tried
                costs.append(as_plan(problem, routes).cost)
    assert after.cost == min(costs)
    assert insert_one(problem, after, task).cost == after.cost
