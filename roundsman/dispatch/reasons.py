"""Why tasks are not in a plan, proved by trying (pure).

A task is put into the routes at the places where that adds least travel, each person's best place
first, and the checker says what breaks. What breaks least is the reason, whose route it is the
person who comes closest, and the travel added there what serving the task would cost.
"""

from collections.abc import Sequence

from roundsman.dispatch.checker import Violation, follow
from roundsman.dispatch.detours import Way, detours, way_of
from roundsman.dispatch.model import Problem, Reason, Unserved
from roundsman.dispatch.tables import FAR, may_do

# The checker drives a whole route for each place that is tried: so many a person, and so many for
# all tasks together, of which each task gets its share and at least a few.
_MOST_PLACES = 12
_MOST_TRIES = 4000
_LEAST_TRIES = 6

# What breaks -> the reason told, in the order of importance when several things break at once.
_REASONS = {
    "no_location": Reason.NO_LOCATION,
    "pinned": Reason.NO_WORKER,
    "forbidden": Reason.NO_WORKER,
    "unreachable": Reason.UNREACHABLE,
    "skill": Reason.SKILL,
    "max_jobs": Reason.MAX_JOBS,
    "max_distance": Reason.MAX_DISTANCE,
    "capacity": Reason.CAPACITY,
    "time_window": Reason.TIME_WINDOW,
    "working_hours": Reason.WORKING_HOURS,
}
_RANK = {kind: rank for rank, kind in enumerate(_REASONS)}

# Kinds broken, by how much, the reason, by how much that alone, the travel added, the person.
type _Try = tuple[int, int, Reason, int, int, int]


def explain(
    problem: Problem, routes: Sequence[Sequence[int]], tasks: Sequence[int]
) -> list[Unserved]:
    """Return why each of the tasks (indices) fits into none of the routes (indices per person)."""
    if not tasks:
        return []
    ways = [way_of(problem, person, route) for person, route in enumerate(routes)]
    before = [set(follow(problem, way.person, way.stops)[1].violations) for way in ways]
    most = max(_LEAST_TRIES, _MOST_TRIES // len(tasks))
    return [_explain(problem, ways, before, task, most) for task in tasks]


def _explain(
    problem: Problem, ways: Sequence[Way], before: Sequence[set[Violation]], task: int, most: int
) -> Unserved:
    if problem.tasks[task].location is None:
        return Unserved(task, Reason.NO_LOCATION)
    tries = [
        tried
        for added, person, at in _places(problem, ways, task)[:most]
        if (tried := _try(problem, ways[person], before[person], task, at, added))
    ]
    if not tries:
        return Unserved(task, Reason.NO_WORKER)
    _, _, reason, by, added, person = min(tries)
    return Unserved(task, reason, person, by, added if added < FAR else None)


def _places(problem: Problem, ways: Sequence[Way], task: int) -> list[tuple[int, int, int]]:
    """Return (travel added, person, position) in the order in which they are worth trying.

    Every person's best place comes before anybody's second, those who may do the task first.
    """
    found: list[tuple[int, bool, tuple[int, int, int]]] = []
    for way in ways:
        who = problem.persons[way.person]
        low, high = len(who.first), len(way.stops) - len(who.last)
        added = detours(problem, way, task)
        best = sorted(range(low, high + 1), key=lambda at: (added[at], at))[:_MOST_PLACES]
        able = may_do(problem.tasks[task], who)
        found += [(turn, not able, (added[at], way.person, at)) for turn, at in enumerate(best)]
    return [place for _, _, place in sorted(found)]


def _try(
    problem: Problem, way: Way, before: set[Violation], task: int, at: int, added: int
) -> _Try | None:
    """Return what breaks with the task at the position; None when nothing does."""
    after = follow(problem, way.person, [*way.stops[:at], task, *way.stops[at:]])[1].violations
    broken = [each for each in after if each not in before and each.kind in _REASONS]
    if not broken:
        return None
    chief = min(broken, key=lambda violation: _RANK[violation.kind])
    kinds = len({violation.kind for violation in broken})
    by = sum(violation.by for violation in broken)
    of_chief = sum(violation.by for violation in broken if violation.kind == chief.kind)
    return kinds, by, _REASONS[chief.kind], of_chief, added, way.person
