"""Plans of problems with breaks, prices, reloads and bonds against the independent checker."""

from collections.abc import Iterator
from itertools import combinations, permutations, product

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from roundsman.dispatch.checker import check, follow
from roundsman.dispatch.insertion import insert_one
from roundsman.dispatch.model import Budget, Plan, Problem
from roundsman.dispatch.solver import as_plan, solve
from tests.problems import ANY_FEATURES, NAMES, RICH, SEEDS, Features, generate, with_features

BUDGET = Budget(iterations=40, seconds=60.0)


def stops_of(plan: Plan) -> list[list[int]]:
    return [[visit.task for visit in route.visits] for route in plan.routes]


def open_spots(problem: Problem, plan: Plan, task: int) -> Iterator[tuple[int, list[int]]]:
    """Go through all routes with the task in them."""
    for person, stops in enumerate(stops_of(plan)):
        who = problem.persons[person]
        for at in range(len(who.first), len(stops) - len(who.last) + 1):
            yield person, [*stops[:at], task, *stops[at:]]


def cost_with(problem: Problem, plan: Plan, person: int, tried: list[int]) -> int:
    routes = stops_of(plan)
    routes[person] = tried
    return as_plan(problem, routes).cost


def test_every_feature_goes_with_every_other() -> None:
    for seed, (one, other) in enumerate(combinations(NAMES, 2)):
        problem = generate(seed, with_features(one, other), 12, 3)
        plan = solve(problem, BUDGET)
        assert check(problem, plan).violations == (), (one, other)


@given(SEEDS, ANY_FEATURES, st.integers(0, 16), st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_every_plan_is_feasible_and_better_than_staying_at_home(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    plan = solve(problem, BUDGET)
    assert check(problem, plan).violations == ()
    at_home = as_plan(problem, [[*who.first, *who.last] for who in problem.persons])
    assert plan.cost <= at_home.cost
    assert plan == solve(problem, BUDGET)


@given(SEEDS, ANY_FEATURES, st.integers(1, 12), st.integers(1, 3))
@settings(max_examples=100, deadline=None)
def test_what_was_left_out_fits_nowhere_at_its_price(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    plan = solve(problem, BUDGET)
    bound = {task for link in problem.links for task in (link.first, link.then)}
    for left_out in plan.unserved:
        if left_out.task in bound or problem.tasks[left_out.task].location is None:
            continue
        for person, tried in open_spots(problem, plan, left_out.task):
            if not problem.links and follow(problem, person, tried)[1].feasible:
                assert cost_with(problem, plan, person, tried) >= plan.cost


@given(SEEDS, ANY_FEATURES, st.integers(1, 12), st.integers(1, 3))
@example(seed=65, features=with_features("balance", "after"), tasks=6, persons=1)
@settings(max_examples=150, deadline=None)
def test_one_more_task_goes_where_it_costs_least(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    fixed = {task for who in problem.persons for task in (*who.first, *who.last)}
    spare = sorted(set(range(tasks)) - fixed)
    if not spare:
        return
    task = spare[seed % len(spare)]
    kept = list(problem.tasks)
    kept[task] = structs.replace(kept[task], person="nobody at all")
    before = solve(structs.replace(problem, tasks=tuple(kept)), BUDGET)
    after = insert_one(problem, before, task)
    assert check(problem, after).violations == ()
    assert after.cost <= before.cost
    if problem.links or problem.tasks[task].location is None:
        return
    costs = [before.cost]
    for person, tried in open_spots(problem, before, task):
        if follow(problem, person, tried)[1].feasible:
            costs.append(cost_with(problem, before, person, tried))
    assert after.cost == min(costs)


def every_plan(problem: Problem) -> Iterator[Plan]:
    """Go through all ways to give tasks to people, in every order."""
    size = len(problem.tasks)
    for drivers in product(range(-1, len(problem.persons)), repeat=size):
        shares = [[task for task in range(size) if drivers[task] == n] for n in range(2)]
        for routes in product(*(permutations(share) for share in shares)):
            yield as_plan(problem, [list(route) for route in routes])


def test_small_plans_are_hardly_ever_dearer_than_the_best_there_is() -> None:
    best_found = 0
    for seed in range(60):
        features = with_features("shift", "windows", RICH[seed % len(RICH)])
        problem = generate(seed, features, 3, 2)
        plan = solve(problem, Budget(iterations=300, seconds=60.0))
        possible = [one.cost for one in every_plan(problem) if check(problem, one).feasible]
        assert plan.cost >= min(possible)
        best_found += plan.cost == min(possible)
    assert best_found >= 57
