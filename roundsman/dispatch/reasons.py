"""Why tasks are not in a plan, proved by trying (pure).

A task is put into the routes at the places where that adds least travel, each person's best place
first, with what is carried to or from it beside it, and the checker says what breaks. What breaks
least is the reason, whose route it is the
person who comes closest, and the travel added there what serving the task would cost.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from roundsman.dispatch.checker import Violation, follow
from roundsman.dispatch.detours import Way, detours, way_of
from roundsman.dispatch.meetings import Bond, agreed_of, bonds_left
from roundsman.dispatch.model import Problem, Reason, Unserved, Window
from roundsman.dispatch.tables import FAR, is_rich, may_do

# The checker drives a whole route for each place that is tried: so many a person, and so many for
# all tasks together, of which each task gets its share and at least a few.
_MOST_PLACES = 12
_MOST_TRIES = 4000
_LEAST_TRIES = 6
# Where breaks and the like are to be chosen, driving a route takes the checker longer.
_MOST_RICH_TRIES = 600

# What breaks -> the reason told, in the order of importance when several things break at once.
_REASONS = {
    "no_location": Reason.NO_LOCATION,
    "pinned": Reason.NO_WORKER,
    "forbidden": Reason.NO_WORKER,
    "unreachable": Reason.UNREACHABLE,
    "skill": Reason.SKILL,
    "max_jobs": Reason.MAX_JOBS,
    "max_distance": Reason.MAX_DISTANCE,
    "max_driving": Reason.MAX_DRIVING,
    "max_working": Reason.MAX_WORKING,
    "capacity": Reason.CAPACITY,
    "time_window": Reason.TIME_WINDOW,
    "working_hours": Reason.WORKING_HOURS,
    "break": Reason.BREAK,
    "linked": Reason.LINKED,
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
    agreed = agreed_of(problem, routes) if problem.links else {}
    before = [set(_broken(problem, way.person, way.stops, agreed)) for way in ways]
    tries = _MOST_RICH_TRIES if is_rich(problem) else _MOST_TRIES
    most = max(1 if is_rich(problem) else _LEAST_TRIES, tries // len(tasks))
    served = {task for way in ways for task in way.stops}
    bonds = bonds_left(problem, served)
    known = _Known(problem, ways, before, agreed)
    return [_explain(known, bonds.get(task, Bond((task,))), task, most) for task in tasks]


class _Known(NamedTuple):
    """The plan whose gaps are to be explained, and what is broken in it already."""

    problem: Problem
    ways: Sequence[Way]
    before: Sequence[set[Violation]]
    agreed: Mapping[int, Window]


def _explain(known: _Known, bond: Bond, task: int, most: int) -> Unserved:
    problem, ways = known.problem, known.ways
    if problem.tasks[task].location is None:
        return Unserved(task, Reason.NO_LOCATION)
    if bond.waits or any(problem.tasks[one].location is None for one in bond.tasks):
        return Unserved(task, Reason.LINKED)
    found = [
        _try(known, person, bond.tasks, at, added)
        for added, person, at in _places(problem, ways, task)[:most]
    ]
    tries = [tried for tried in found if tried is not None]
    if bond.meets and len(tries) < len(found):
        return Unserved(task, Reason.LINKED)  # one could do it, nobody the other part
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


def _try(known: _Known, person: int, tasks: Sequence[int], at: int, added: int) -> _Try | None:
    """Return what breaks with the tasks at the position; None when nothing does."""
    stops = known.ways[person].stops
    tried = [*stops[:at], *tasks, *stops[at:]]
    after = _broken(known.problem, person, tried, known.agreed)
    broken = [each for each in after if each not in known.before[person] and each.kind in _REASONS]
    if not broken:
        return None
    chief = min(broken, key=lambda violation: _RANK[violation.kind])
    kinds = len({violation.kind for violation in broken})
    by = sum(violation.by for violation in broken)
    of_chief = sum(violation.by for violation in broken if violation.kind == chief.kind)
    return kinds, by, _REASONS[chief.kind], of_chief, added, person


def _broken(
    problem: Problem, person: int, stops: Sequence[int], agreed: Mapping[int, Window]
) -> tuple[Violation, ...]:
    # When to leave is looked for at length; it only matters where working time is bounded.
    early = problem.persons[person].max_working_s is None
    return follow(problem, person, stops, agreed, early=early)[1].violations
