"""The plan of a problem: exact where that is affordable, else ruin and recreate."""

from collections.abc import Callable, Sequence

from msgspec import structs

from roundsman.dispatch.exact import is_small, solve_exactly
from roundsman.dispatch.model import Budget, Plan, Problem, Unserved
from roundsman.dispatch.reasons import reason_of
from roundsman.dispatch.search import Found, improve, start
from roundsman.dispatch.tables import Lane, Tables, flatten
from roundsman.dispatch.tours import build, is_feasible, timetable

# Iterations a task is given, within bounds: measured to end where more find hardly anything.
_ITERATIONS_A_TASK = 20
_LEAST_ITERATIONS, _MOST_ITERATIONS = 300, 2500
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
    problem: Problem, budget: Budget, *, cancelled: Callable[[], bool] = lambda: False
) -> Plan:
    """Return the best plan found within the budget; cancelling keeps the best so far.

    A person's `first` and `last` tasks are driven as they stand, even where that breaks something.
    """
    tables = flatten(problem)
    if is_small(tables):
        found = Found(solve_exactly(tables), 0, "done")
    else:
        found = improve(
            tables,
            start(tables),
            seed=budget.seed,
            iterations=budget.iterations,
            seconds=budget.seconds,
            cancelled=cancelled,
        )
    routes = [
        _sooner(tables, lane, stops) for lane, stops in zip(tables.lanes, found.stops, strict=True)
    ]
    return structs.replace(
        as_plan(problem, routes),
        engine="exact" if is_small(tables) else "ruin_and_recreate",
        stopped=found.stopped,
        iterations=found.iterations,
    )


def as_plan(problem: Problem, routes: Sequence[Sequence[int]]) -> Plan:
    """Return the plan in which each person drives the given tasks (indices) in that order."""
    tables = flatten(problem)
    served = {task for stops in routes for task in stops}
    left_out = [task for task in range(len(problem.tasks)) if task not in served]
    travel = sum(
        build(tables, lane, stops).cost for lane, stops in zip(tables.lanes, routes, strict=True)
    )
    return Plan(
        routes=tuple(
            timetable(tables, lane, stops) for lane, stops in zip(tables.lanes, routes, strict=True)
        ),
        unserved=tuple(Unserved(task, reason_of(problem, routes, task)) for task in left_out),
        cost=travel + sum(problem.tasks[task].penalty for task in left_out),
        engine="given",
        stopped="done",
        iterations=0,
    )


def _sooner(tables: Tables, lane: Lane, stops: list[int]) -> list[int]:
    """Return the stops, the other way round where that costs the same and customers wait less.

    A round trip is as long in both directions; people expect it to begin with what is near.
    """
    low, high = len(lane.first), len(stops) - len(lane.last)
    turned = [*stops[:low], *reversed(stops[low:high]), *stops[high:]]
    now, then = build(tables, lane, stops), build(tables, lane, turned)
    if then.cost != now.cost or not is_feasible(lane, then):
        return stops
    if tables.by_priority and len({tables.priority[task] for task in stops[low:high]}) > 1:
        return stops
    return min(stops, turned, key=lambda order: _arrivals_s(tables, lane, order))


def _arrivals_s(tables: Tables, lane: Lane, stops: Sequence[int]) -> int:
    return sum(visit.arrive_s for visit in timetable(tables, lane, stops).visits)
