"""Why a task is not in the plan, proved by trying (pure).

The task is put into each person's route at the places where that adds least travel, and the checker
says what breaks. What breaks least is the reason.
"""

from collections.abc import Sequence

from roundsman.dispatch.checker import Violation, follow
from roundsman.dispatch.model import UNREACHABLE, Person, Problem, Reason

# The checker drives the whole route for each place that is tried.
_MOST_PLACES = 12

# What breaks -> the reason told, in the order of importance when several things break at once.
_REASONS = {
    "no_location": Reason.NO_LOCATION,
    "pinned": Reason.NO_WORKER,
    "unreachable": Reason.UNREACHABLE,
    "skill": Reason.SKILL,
    "max_jobs": Reason.MAX_JOBS,
    "capacity": Reason.CAPACITY,
    "time_window": Reason.TIME_WINDOW,
    "working_hours": Reason.WORKING_HOURS,
}
_RANK = {kind: rank for rank, kind in enumerate(_REASONS)}


def reason_of(problem: Problem, routes: Sequence[Sequence[int]], task: int) -> Reason:
    """Return why the task (index) fits into none of the routes (task indices per person)."""
    if problem.tasks[task].location is None:
        return Reason.NO_LOCATION
    tries = [
        tried
        for person, route in enumerate(routes)
        for position in _places(problem, person, route, task)
        if (tried := _try(problem, person, route, task, position))
    ]
    if not tries:
        return Reason.NO_WORKER
    _, _, reason = min(tries)
    return reason


def _try(
    problem: Problem, person: int, route: Sequence[int], task: int, position: int
) -> tuple[int, int, Reason] | None:
    """Return (kinds broken, by how much, the chief reason); None when nothing breaks."""
    before = set(follow(problem, person, route)[1].violations)
    tried = [*route[:position], task, *route[position:]]
    after = follow(problem, person, tried)[1].violations
    broken = [
        violation for violation in after if violation not in before and violation.kind in _REASONS
    ]
    if not broken:
        return None
    chief = min(broken, key=lambda violation: _RANK[violation.kind])
    return len({violation.kind for violation in broken}), _overrun(broken), _REASONS[chief.kind]


def _overrun(broken: Sequence[Violation]) -> int:
    return sum(violation.by for violation in broken)


def _places(problem: Problem, person: int, route: Sequence[int], task: int) -> list[int]:
    """Return the positions between the fixed tasks where the task adds least travel."""
    who = problem.persons[person]
    spots = range(len(who.first), len(route) - len(who.last) + 1)
    return sorted(spots, key=lambda at: _detour_s(problem, who, route, task, at))[:_MOST_PLACES]


def _detour_s(problem: Problem, who: Person, route: Sequence[int], task: int, at: int) -> int:
    before = problem.tasks[route[at - 1]].location if at else who.start
    after = problem.tasks[route[at]].location if at < len(route) else who.end
    there = problem.tasks[task].location
    seconds = problem.travel.matrices[who.mode].seconds

    def leg(a: int | None, b: int | None) -> int:
        far = 0 if a is None or b is None else seconds[a][b]
        return 10**9 if far == UNREACHABLE else far

    return leg(before, there) + leg(there, after) - (leg(before, after) if route else 0)
