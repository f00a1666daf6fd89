"""The plan of a problem: exact where that is affordable, else ruin and recreate."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import structs

from roundsman.dispatch.checker import follow
from roundsman.dispatch.exact import is_small, solve_exactly
from roundsman.dispatch.meetings import agreed_of, settled
from roundsman.dispatch.model import Budget, Plan, Problem, Progress, Window
from roundsman.dispatch.reasons import explain
from roundsman.dispatch.schedule import Schedule
from roundsman.dispatch.tables import flatten, is_rich
from roundsman.dispatch.timetable import cost_of, route_of

# Iterations a task is given, within bounds: measured to end where more find hardly anything.
_ITERATIONS_A_TASK = 400
_LEAST_ITERATIONS, _MOST_ITERATIONS = 4_000, 400_000
_MOST_SECONDS = 20.0


def budget_for(problem: Problem, seed: int = 1) -> Budget:
    """Return the usual budget: by size, so that equal problems get equal plans on any machine."""
    iterations = len(problem.tasks) * _ITERATIONS_A_TASK
    return Budget(
        iterations=max(_LEAST_ITERATIONS, min(_MOST_ITERATIONS, iterations)),
        seconds=_MOST_SECONDS,
        seed=seed,
    )


def solve(
    problem: Problem,
    budget: Budget,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Plan:
    """Return the best plan found within the budget; cancelling keeps the best so far.

    A search that takes long tells its `progress` a few times a second.
    A person's `first` and `last` tasks are driven as they stand, even where that breaks something.
    What is not small is searched by compiled code, whose import takes a second and 100 MB: ask in a
    planning process.
    """
    if is_small(problem):
        plan = as_plan(problem, _sooner(problem, solve_exactly(flatten(problem))))
        return structs.replace(plan, engine="exact")
    from roundsman.dispatch.engine.driver import improve  # noqa: PLC0415 - not in the server itself

    found = improve(problem, budget, cancelled, progress)
    if is_rich(problem):
        plan = _better_timed(problem, found.stops, found.agreed)
    else:
        plan = as_plan(problem, _sooner(problem, found.stops))
    return structs.replace(
        plan,
        engine="ruin_and_recreate",
        stopped=found.stopped,
        iterations=found.iterations,
    )


def warm() -> None:
    """Make ready what the first plan of a planning process would wait for: compiled code."""
    from roundsman.dispatch.engine import driver  # noqa: PLC0415 - not in the server itself

    driver.warm()


def as_plan(
    problem: Problem,
    routes: Sequence[Sequence[int]],
    agreed: Mapping[int, Window] | None = None,
) -> Plan:
    """Return the plan in which each person drives the given tasks (indices) in that order.

    Tasks that are bound to each other begin inside the windows in `agreed`, by default as early as
    their bonds allow.
    """
    if is_rich(problem):
        agreed = agreed_of(problem, routes) if agreed is None else agreed
        return _rich_plan(problem, routes, settled(problem, routes, agreed))
    served = {task for stops in routes for task in stops}
    left_out = [task for task in range(len(problem.tasks)) if task not in served]
    travel = sum(cost_of(problem, person, stops) for person, stops in enumerate(routes))
    return Plan(
        routes=tuple(route_of(problem, person, stops) for person, stops in enumerate(routes)),
        unserved=tuple(explain(problem, routes, left_out)),
        cost=travel + sum(problem.tasks[task].penalty for task in left_out),
        engine="given",
        stopped="done",
        iterations=0,
    )


def _better_timed(
    problem: Problem, routes: Sequence[Sequence[int]], agreed: Mapping[int, Window]
) -> Plan:
    """Return the plan with the meetings as they were found, or as early as can be if no dearer.

    What is early need not keep a bound on working time.
    """
    found = settled(problem, routes, agreed)
    if agreed:
        early = settled(problem, routes, agreed_of(problem, routes))
        if all(one.feasible for one in early) and _cost(early) <= _cost(found):
            found = early
    return _rich_plan(problem, routes, found)


def _cost(schedules: Sequence[Schedule]) -> int:
    return sum(schedule.cost for schedule in schedules)


def _rich_plan(
    problem: Problem, routes: Sequence[Sequence[int]], schedules: Sequence[Schedule]
) -> Plan:
    served = {task for stops in routes for task in stops}
    left_out = [task for task in range(len(problem.tasks)) if task not in served]
    return Plan(
        routes=tuple(schedule.route for schedule in schedules),
        unserved=tuple(explain(problem, routes, left_out)),
        cost=_cost(schedules) + sum(problem.tasks[task].penalty for task in left_out),
        engine="given",
        stopped="done",
        iterations=0,
    )


def _sooner(problem: Problem, routes: Sequence[Sequence[int]]) -> list[list[int]]:
    return [_sooner_route(problem, person, list(stops)) for person, stops in enumerate(routes)]


def _sooner_route(problem: Problem, person: int, stops: list[int]) -> list[int]:
    """Return the stops, the other way round where that costs the same and customers wait less.

    A round trip is as long in both directions; people expect it to begin with what is near.
    """
    who = problem.persons[person]
    low, high = len(who.first), len(stops) - len(who.last)
    turned = [*stops[:low], *reversed(stops[low:high]), *stops[high:]]
    if cost_of(problem, person, turned) != cost_of(problem, person, stops):
        return stops
    if not follow(problem, person, turned)[1].feasible:
        return stops
    return min(stops, turned, key=lambda order: _arrivals_s(problem, person, order))


def _arrivals_s(problem: Problem, person: int, stops: Sequence[int]) -> int:
    return sum(visit.arrive_s for visit in route_of(problem, person, stops).visits)
