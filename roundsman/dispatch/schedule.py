"""A route in which there is something to choose: breaks, reloads, when to leave, meetings (pure).

The choice is made by `labels.py`; here it becomes times, and a price.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from roundsman.dispatch.labels import Course, begin_of, is_clocked, pauses_of, price_of, through
from roundsman.dispatch.latest import latest_of
from roundsman.dispatch.model import (
    OPEN_END_S,
    UNREACHABLE,
    Person,
    Problem,
    Reload,
    Rest,
    Route,
    Visit,
    Window,
)
from roundsman.dispatch.reloads import carried, heaviest, reloads_of
from roundsman.dispatch.tables import preference_of

# A latest arrival beyond this comes from an open end, less the driving and work behind it.
_HARDLY_BOUNDED_S = OPEN_END_S // 2


class Schedule(Struct, frozen=True):
    """A route with its times, what it costs, preferences included, and whether it keeps all."""

    route: Route
    cost: int
    feasible: bool


_NO_ONE: Mapping[int, Window] = {}


def schedule_of(
    problem: Problem,
    number: int,
    stops: Sequence[int],
    agreed: Mapping[int, Window] = _NO_ONE,
    *,
    early: bool = False,
) -> Schedule:
    """Return the schedule of the person (index) along tasks (indices).

    A task in `agreed` begins inside that window, because of tasks of others. What cannot be kept is
    broken: it begins late, its breaks are left out. An `early` route leaves at once.
    """
    who = problem.persons[number]
    begin = who.shift.start_s
    if not stops:
        return Schedule(Route(number, (), begin, begin), 0, feasible=True)
    depots = reloads_of(problem, number, stops)
    stretches, metres, reachable = _legs(problem, who, stops, depots)
    course = Course(problem, who, stops, stretches, pauses_of(who), agreed, lax=False)
    label = through(course, begin)
    kept = label is not None
    if label is None:
        course = course._replace(lax=True)
        label = through(course, begin)
    if label is None:
        course = course._replace(pauses=[])
        label = through(course, begin)
        assert label is not None  # noqa: S101 - without pauses a lax label never ends
    if is_clocked(problem, who) and not early:
        begin += min(label.slack, label.room)
    route = _timed(course, number, begin, label.taken, depots)
    driving = sum(map(sum, stretches))
    work = route.finish_s - begin - sum(rest.end_s - rest.start_s for rest in route.rests)
    feasible = (
        kept
        and reachable
        and (who.max_driving_s is None or driving <= who.max_driving_s)
        and (who.max_working_s is None or work <= who.max_working_s)
        and (who.max_metres is None or metres <= who.max_metres)
        and _is_light(problem, who, stops, [stop.before for stop in route.reloads])
    )
    travel = metres if problem.minimise == "metres" else driving
    late = _late_s(problem, route)
    cost = price_of(problem, who, (travel, metres, work), late, route.finish_s)
    cost += sum(
        preference_of(problem.tasks[stop], who, problem.weights.territory) for stop in stops
    )
    return Schedule(route, cost, feasible)


def seconds_of(seconds: int, speed: int) -> int:
    """Return how long a leg takes at so many percent of the usual speed."""
    return seconds if speed == 100 else (seconds * 100 + speed // 2) // speed  # noqa: PLR2004 - percent


def _late_s(problem: Problem, route: Route) -> int:
    """Return the seconds of lateness that have a price."""
    late = 0
    for visit in route.visits:
        task = problem.tasks[visit.task]
        if task.windows and task.late_s:
            late += max(0, visit.start_s - task.windows[-1].end_s)
    return late


def _legs(
    problem: Problem, who: Person, stops: Sequence[int], depots: Mapping[int, int]
) -> tuple[list[list[int]], int, bool]:
    """Return the stretches of each leg in seconds, all metres, and whether all are connected."""
    matrix = problem.travel.matrices[who.mode]
    places = [who.start, *(problem.tasks[stop].location for stop in stops), who.end]
    stretches: list[list[int]] = []
    total, reachable = 0, True
    for at in range(len(stops) + 1):
        way = [places[at], places[at + 1]]
        if at in depots:
            way.insert(1, depots[at])
        leg: list[int] = []
        for here, there in pairwise(way):
            seconds = metres = 0
            if here is not None and there is not None:
                seconds, metres = matrix.seconds[here][there], matrix.metres[here][there]
            if UNREACHABLE in {seconds, metres}:
                seconds, metres, reachable = 0, 0, False
            leg.append(seconds_of(seconds, who.speed))
            total += metres
        stretches.append(leg)
    return stretches, total, reachable


def _is_light(problem: Problem, who: Person, stops: Sequence[int], cuts: Sequence[int]) -> bool:
    bonds = carried(problem)
    return all(
        heaviest(problem, stops, cuts, dimension, bonds) <= bound
        for dimension, bound in enumerate(who.capacity)
    )


def _timed(
    course: Course,
    number: int,
    begin: int,
    taken: Sequence[tuple[int, int]],
    depots: Mapping[int, int],
) -> Route:
    """Drive with the pauses where they were taken."""
    moment, pause = begin, 0
    times: list[tuple[int, int, int, int, int]] = []
    rests: list[Rest] = []
    reloads: list[Reload] = []
    for at, leg in enumerate(course.stretches):
        for part, seconds in enumerate(leg):
            if part:
                there = moment + course.who.reload_s
                reloads.append(Reload(at, depots[at], moment, there))
                moment = there
            begun, moment = moment, moment + seconds
            while pause < len(taken) and taken[pause] == (at, part):
                rest = course.pauses[pause]
                start = max(begun, rest.opens)
                begun = start + rest.seconds
                moment = max(moment, rest.opens) + rest.seconds
                rests.append(Rest("off" if rest.is_off else "break", at, start, begun))
                pause += 1
        if at < len(course.stops):
            task, agreed = (
                course.problem.tasks[course.stops[at]],
                course.agreed.get(course.stops[at]),
            )
            ready = moment if agreed is None else max(moment, agreed.start_s)
            start = begin_of(task, ready)[0]
            times.append((course.stops[at], moment, start, start + task.service_s, pause))
            moment = start + task.service_s
    latest = latest_of(course, begin)
    visits = tuple(
        Visit(stop, arrive, start, leave, _slack(latest[at][behind], arrive))
        for at, (stop, arrive, start, leave, behind) in enumerate(times)
    )
    return Route(number, visits, begin, moment, tuple(rests), tuple(reloads))


def _slack(latest: int, arrive: int) -> int:
    return max(0, latest - arrive) if latest < _HARDLY_BOUNDED_S else OPEN_END_S
