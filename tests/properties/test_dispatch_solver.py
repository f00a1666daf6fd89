"""Plans of generated problems against the independent checker."""

from itertools import combinations, permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from roundsman.dispatch.checker import check, follow
from roundsman.dispatch.exact import is_small
from roundsman.dispatch.model import Budget, Plan, Problem, Reason
from roundsman.dispatch.solver import solve
from tests.problems import FEATURES, SEEDS, Features, generate

BUDGET = Budget(iterations=40, seconds=60.0)


def cost_of(problem: Problem, person: int, tasks: list[int]) -> int:
    totals = follow(problem, person, tasks)[1].totals
    name = problem.persons[person].id
    jobs = [problem.tasks[task] for task in tasks]
    disliked = sum(job.preference for job in jobs if job.preferred and name not in job.preferred)
    return (totals.metres if problem.minimise == "metres" else totals.driving_s) + disliked


def cheapest_insertion(problem: Problem) -> int:
    """Return the cost of the plan that places each task, dearest first, where it adds least."""
    routes = [[*who.first, *who.last] for who in problem.persons]
    fixed = {task for route in routes for task in route}
    cost = sum(cost_of(problem, person, route) for person, route in enumerate(routes))
    order = sorted(range(len(problem.tasks)), key=lambda task: (-problem.tasks[task].penalty, task))
    for task in order:
        if task in fixed:
            continue
        best: tuple[int, int, list[int]] | None = None
        for person, who in enumerate(problem.persons):
            route = routes[person]
            for at in range(len(who.first), len(route) - len(who.last) + 1):
                tried = [*route[:at], task, *route[at:]]
                if follow(problem, person, tried)[1].feasible:
                    added = cost_of(problem, person, tried) - cost_of(problem, person, route)
                    if best is None or added < best[0]:
                        best = added, person, tried
        if best is None:
            cost += problem.tasks[task].penalty
        else:
            cost += best[0]
            routes[best[1]] = best[2]
    return cost


def brute_force(problem: Problem) -> int:
    """Return the least cost over every assignment and order of the tasks."""
    fixed = {task for who in problem.persons for task in (*who.first, *who.last)}
    free = [task for task in range(len(problem.tasks)) if task not in fixed]

    def best(person: int, left: frozenset[int]) -> int | None:
        if person == len(problem.persons):
            return sum(problem.tasks[task].penalty for task in left)
        who = problem.persons[person]
        costs: list[int] = []
        for size in range(len(left) + 1):
            for chosen in combinations(sorted(left), size):
                rest = best(person + 1, left - set(chosen))
                if rest is None:
                    continue
                for order in permutations(chosen):
                    route = [*who.first, *order, *who.last]
                    if follow(problem, person, route)[1].feasible:
                        costs.append(rest + cost_of(problem, person, route))
        return min(costs, default=None)

    found = best(0, frozenset(free))
    assert found is not None
    return found


def assert_sound(problem: Problem, plan: Plan) -> None:
    verdict = check(problem, plan)
    assert verdict.violations == ()
    for left_out in plan.unserved:
        task = problem.tasks[left_out.task]
        assert (left_out.reason is Reason.NO_LOCATION) == (task.location is None)
        if left_out.reason is Reason.SKILL:
            assert task.skills
        if left_out.reason is Reason.TIME_WINDOW:
            assert any(each.windows for each in problem.tasks)


@given(SEEDS, FEATURES, st.integers(10, 16), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_every_plan_is_feasible_and_no_dearer_than_cheapest_insertion(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    plan = solve(problem, BUDGET)
    assert_sound(problem, plan)
    assert plan.cost <= cheapest_insertion(problem)


@given(SEEDS, FEATURES, st.integers(0, 4), st.integers(0, 2))
@settings(max_examples=200, deadline=None)
def test_a_small_plan_is_the_best_there_is(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    assert is_small(problem)
    plan = solve(problem, BUDGET)
    assert plan.engine == "exact"
    assert_sound(problem, plan)
    assert plan.cost == brute_force(problem)


@given(SEEDS, FEATURES)
@settings(max_examples=8, deadline=None)
def test_seven_tasks_of_one_person_get_the_best_order(seed: int, features: Features) -> None:
    problem = generate(seed, features, 7, 1)
    assert solve(problem, BUDGET).cost == brute_force(problem)


@given(SEEDS, FEATURES, st.integers(0, 14), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_the_same_problem_and_seed_give_the_same_plan(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    assert solve(problem, BUDGET) == solve(problem, BUDGET)


@given(SEEDS, FEATURES, st.integers(0, 14), st.integers(1, 2))
@settings(max_examples=60, deadline=None)
def test_what_was_left_out_fits_nowhere(
    seed: int, features: Features, tasks: int, persons: int
) -> None:
    problem = generate(seed, features, tasks, persons)
    plan = solve(problem, BUDGET)
    for left_out in plan.unserved:
        for person, route in enumerate(plan.routes):
            who = problem.persons[person]
            stops = [visit.task for visit in route.visits]
            for at in range(len(who.first), len(stops) - len(who.last) + 1):
                tried = [*stops[:at], left_out.task, *stops[at:]]
                assert not follow(problem, person, tried)[1].feasible
