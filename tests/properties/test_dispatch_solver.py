"""Plans of generated problems against the independent checker."""

from itertools import combinations, permutations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from roundsman.dispatch.checker import check, follow
from roundsman.dispatch.exact import is_small
from roundsman.dispatch.model import (
    UNREACHABLE,
    Budget,
    Matrix,
    Person,
    Plan,
    Problem,
    Reason,
    Task,
    Travel,
    Window,
    penalty_of,
)
from roundsman.dispatch.solver import solve
from roundsman.dispatch.tables import flatten

BUDGET = Budget(iterations=40, seconds=60.0)


class Features(Struct, frozen=True):
    """What a generated problem contains."""

    windows: bool
    split_windows: bool
    shift: bool
    load: bool
    skills: bool
    pins: bool
    fixed: bool
    max_tasks: bool
    priority_first: bool
    gaps: bool
    open_ends: bool
    absent: bool
    metres: bool


FEATURES = st.builds(Features, *[st.booleans() for _ in structs.fields(Features)])
SEEDS = st.integers(0, 2**32)


def generate(seed: int, features: Features, tasks: int, persons: int) -> Problem:
    """Return a random problem with these features whose fixed tasks break nothing."""
    random = Random(seed)  # noqa: S311 - a repeatable sequence is what a test wants
    size = tasks + 2
    people = tuple(_person(random, features, number, size) for number in range(persons))
    jobs = tuple(_task(random, features, index) for index in range(tasks))
    problem = Problem(
        tasks=jobs,
        persons=people,
        travel=Travel(
            "generated",
            {"car": _matrix(random, features, size), "bicycle": _matrix(random, features, size)},
        ),
        minimise="metres" if features.metres else "seconds",
        priority_first=features.priority_first,
    )
    return _with_fixed(random, problem) if features.fixed else problem


def _matrix(random: Random, features: Features, size: int) -> Matrix:
    spots = [(random.randrange(6000), random.randrange(6000)) for _ in range(size)]
    metres = [[abs(a - c) + abs(b - d) for c, d in spots] for a, b in spots]
    seconds = [[far // 8 + random.randrange(60) for far in row] for row in metres]
    for place in range(size):
        seconds[place][place] = 0
    if features.gaps:
        for _ in range(size):
            a, b = random.randrange(size), random.randrange(size)
            if a != b:
                metres[a][b] = seconds[a][b] = UNREACHABLE
    return Matrix(seconds, metres)


def _task(random: Random, features: Features, index: int) -> Task:
    windows: tuple[Window, ...] = ()
    if features.windows and random.random() < 0.6:
        begin = random.randrange(0, 9000)
        windows = (Window(begin, begin + random.randrange(3000)),)
        if features.split_windows:
            later = windows[0].end_s + random.randrange(1, 2000)
            windows = (*windows, Window(later, later + random.randrange(1500)))
    location = None if features.absent and random.random() < 0.15 else index + 2
    if location is not None and index and random.random() < 0.1:
        location = 2  # several tasks at one address
    priority = random.randrange(11)
    return Task(
        id=f"t{index}",
        location=location,
        service_s=random.choice([0, 120, 600]),
        windows=windows,
        priority=priority,
        pickup=(random.randrange(4), random.randrange(3)) if features.load else (),
        dropoff=(random.randrange(4),) if features.load else (),
        skills=frozenset(random.sample(["gas", "water"], random.randrange(3)))
        if features.skills
        else frozenset(),
        person=random.choice(["", "", "", "p0", "nobody"]) if features.pins else "",
        penalty=penalty_of(priority),
    )


def _person(random: Random, features: Features, number: int, size: int) -> Person:
    return Person(
        id=f"p{number}",
        start=None if features.open_ends and random.random() < 0.5 else random.randrange(size),
        end=None if features.open_ends and random.random() < 0.5 else random.randrange(2),
        shift=Window(random.randrange(2000), random.randrange(4000, 12000))
        if features.shift
        else Window(),
        mode=random.choice(["car", "bicycle"]),
        skills=frozenset(random.sample(["gas", "water"], random.randrange(3))),
        capacity=(random.randrange(3, 12), random.randrange(3, 12)) if features.load else (),
        max_tasks=random.randrange(1, 6) if features.max_tasks else None,
    )


def _with_fixed(random: Random, problem: Problem) -> Problem:
    """Give persons first and last tasks; take them away again where they alone break something."""
    spare = [index for index, task in enumerate(problem.tasks) if task.location is not None]
    random.shuffle(spare)
    for person, who in enumerate(problem.persons):
        first = tuple(spare.pop() for _ in range(min(len(spare), random.randrange(3))))
        last = tuple(spare.pop() for _ in range(min(len(spare), random.randrange(2))))
        persons = list(problem.persons)
        persons[person] = structs.replace(who, first=first, last=last)
        tried = structs.replace(problem, persons=tuple(persons))
        if follow(tried, person, [*first, *last])[1].feasible:
            problem = tried
    return problem


def cost_of(problem: Problem, person: int, tasks: list[int]) -> int:
    totals = follow(problem, person, tasks)[1].totals
    return totals.metres if problem.minimise == "metres" else totals.driving_s


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
    assert is_small(flatten(problem))
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
