"""When a person is where: a route of given tasks with its times, slack and cost (pure).

Work begins at the earliest permitted moment, so arriving earlier never hurts: the latest arrival
that keeps everything behind it possible says how much later a stop may become.
"""

from collections.abc import Sequence
from itertools import pairwise

from roundsman.dispatch.model import (
    OPEN_END_S,
    UNREACHABLE,
    Person,
    Problem,
    Route,
    Task,
    Visit,
)
from roundsman.dispatch.schedule import schedule_of
from roundsman.dispatch.tables import is_rich, preference_of

# A latest arrival beyond this comes from an open end, less the driving and work behind it.
_HARDLY_BOUNDED_S = OPEN_END_S // 2


def route_of(problem: Problem, number: int, stops: Sequence[int]) -> Route:
    """Return the route of the person (index) along tasks (indices), be it feasible or not.

    A leg without connection, which only fixed tasks can have between them, takes no time. Bonds to
    tasks on other routes are not looked at.
    """
    if is_rich(problem):
        return schedule_of(problem, number, stops).route
    who = problem.persons[number]
    begin = who.shift.start_s
    if not stops:
        return Route(number, (), begin, begin)
    times = [known(time) for time in _legs(problem, who, stops, "seconds")]
    arrivals, leavings = [begin + times[0]], [begin]
    for stop, onward in zip(stops, times[1:], strict=True):
        leavings.append(leave_at(problem.tasks[stop], arrivals[-1]))
        arrivals.append(leavings[-1] + onward)
    latest = [who.shift.end_s]
    for stop, onward in zip(reversed(stops), reversed(times), strict=False):
        latest.append(latest_arrival(problem.tasks[stop], latest[-1] - onward))
    latest.reverse()
    visits = tuple(
        Visit(
            stop,
            arrive,
            leave - problem.tasks[stop].service_s,
            leave,
            max(0, late - arrive) if late < _HARDLY_BOUNDED_S else OPEN_END_S,
        )
        for stop, arrive, leave, late in zip(stops, arrivals, leavings[1:], latest, strict=False)
    )
    return Route(number, visits, begin, arrivals[-1])


def cost_of(problem: Problem, number: int, stops: Sequence[int]) -> int:
    """Return the travel of the person (index) along tasks (indices) and what they would rather not.

    In the unit minimised; nobody drives an empty route.
    """
    if not stops:
        return 0
    if is_rich(problem):
        return schedule_of(problem, number, stops).cost
    who = problem.persons[number]
    legs = _legs(problem, who, stops, problem.minimise)
    territory = problem.weights.territory
    extra = sum(preference_of(problem.tasks[stop], who, territory) for stop in stops)
    return sum(known(leg) for leg in legs) + extra


def known(leg: int) -> int:
    """Return the number of a leg, 0 for one without connection."""
    return 0 if leg == UNREACHABLE else leg


def leave_at(task: Task, arrive: int) -> int:
    """Return when work ends for this arrival; after the last window it begins late."""
    for window in task.windows:
        if arrive <= window.end_s:
            return max(arrive, window.start_s) + task.service_s
    return arrive + task.service_s


def latest_arrival(task: Task, leave_by: int) -> int:
    """Return the latest arrival that lets the work end by the moment; -1 when there is none."""
    begin_by = leave_by - task.service_s
    if not task.windows:
        return begin_by
    for window in reversed(task.windows):
        if window.start_s <= begin_by:
            return min(window.end_s, begin_by)
    return -1


def _legs(problem: Problem, who: Person, stops: Sequence[int], what: str) -> list[int]:
    """Return the numbers of all legs; one from or to nowhere is 0."""
    matrix = problem.travel.matrices[who.mode]
    table = matrix.metres if what == "metres" else matrix.seconds
    places = [who.start, *(problem.tasks[stop].location for stop in stops), who.end]
    return [0 if a is None or b is None else table[a][b] for a, b in pairwise(places)]
