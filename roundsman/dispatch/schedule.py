"""A route in which there is something to choose: breaks, reloads, when to leave, meetings (pure).

Forward through the stops goes one label for each number of breaks that are behind: of two that have
had the same the sooner one stands for both, since being sooner never hurts. A label knows how much
later the route might have begun without coming later (`slack`) and without breaking anything
(`room`), so that its length is known as well (Savelsbergh, 1992). Backward go the latest moments.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from roundsman.dispatch.model import (
    OPEN_END_S,
    UNREACHABLE,
    Person,
    Problem,
    Reload,
    Rest,
    Route,
    Task,
    Visit,
    Window,
)
from roundsman.dispatch.reloads import carried, heaviest, reloads_of
from roundsman.dispatch.tables import preference_of

# A latest arrival beyond this comes from an open end, less the driving and work behind it.
_HARDLY_BOUNDED_S = OPEN_END_S // 2
_HOUR_S = 3600


class Pause(Struct, frozen=True):
    """A break or a span off: it begins between two moments and is so long."""

    opens: int
    closes: int
    seconds: int
    is_off: bool


class Schedule(Struct, frozen=True):
    """A route with its times, what it costs, preferences included, and whether it keeps all."""

    route: Route
    cost: int
    feasible: bool


class _Label(NamedTuple):
    """Where the pauses so far were taken (leg and stretch of it), and what has come of it."""

    moment: int
    late: int
    slack: int
    room: int
    taken: tuple[tuple[int, int], ...]


class _Course(NamedTuple):
    """What is driven: per leg its stretches in seconds, the stop at its end behind the last."""

    problem: Problem
    who: Person
    stops: Sequence[int]
    stretches: list[list[int]]
    pauses: list[Pause]
    agreed: Mapping[int, Window]
    lax: bool


type _Labels = list[_Label | None]

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
    course = _Course(problem, who, stops, stretches, pauses_of(who), agreed, lax=False)
    label = _through(course, begin)
    kept = label is not None
    if label is None:
        course = course._replace(lax=True)
        label = _through(course, begin)
    if label is None:
        course = course._replace(pauses=[])
        label = _through(course, begin)
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
    cost = _price(problem, who, (travel, metres, work), late, route.finish_s)
    cost += sum(
        preference_of(problem.tasks[stop], who, problem.weights.territory) for stop in stops
    )
    return Schedule(route, cost, feasible)


def pauses_of(who: Person) -> list[Pause]:
    """Return the breaks and spans off of a person in order of time, without those before work."""
    pauses = [
        Pause(one.window.start_s, one.window.end_s, one.seconds, is_off=False) for one in who.breaks
    ]
    pauses += [
        Pause(span.start_s, span.start_s, span.end_s - span.start_s, is_off=True)
        for span in who.off
    ]
    pauses.sort(key=lambda one: (one.opens, one.closes))
    return [one for one in pauses if one.closes >= who.shift.start_s]


def is_clocked(problem: Problem, who: Person) -> bool:
    """Tell whether the length of the day counts, so that the person leaves as late as they can."""
    return bool(who.per_hour or who.max_working_s is not None or problem.weights.balance)


def seconds_of(seconds: int, speed: int) -> int:
    """Return how long a leg takes at so many percent of the usual speed."""
    return seconds if speed == 100 else (seconds * 100 + speed // 2) // speed  # noqa: PLR2004


def _price(
    problem: Problem, who: Person, sizes: tuple[int, int, int], late: int, finish: int
) -> int:
    travel, metres, work = sizes
    weights = problem.weights
    over = max(0, finish - who.shift.end_s) if who.overtime_s else 0
    return (
        weights.travel * travel
        + weights.lateness * late
        + weights.overtime * over
        + who.per_route
        + who.per_km * metres // 1000
        + who.per_hour * work // _HOUR_S
        + weights.balance * work * work // _HOUR_S**2
    )


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


def _through(course: _Course, begin: int) -> _Label | None:
    """Return the label at the end that costs least; None where all break something."""
    labels: _Labels = [None] * (len(course.pauses) + 1)
    labels[0] = _Label(begin, 0, 0, OPEN_END_S, ())
    for at, leg in enumerate(course.stretches):
        for number, seconds in enumerate(leg):
            if number:
                labels = [_after(course, label, course.who.reload_s) for label in labels]
                labels = _checked(course, labels)
            labels = _stretch(course, labels, (at, number), seconds)
        if at < len(course.stops):
            labels = [_served(course, label, course.stops[at]) for label in labels]
            labels = _checked(course, labels)
    until = course.who.shift.end_s + course.who.overtime_s
    rested = 0
    best: tuple[int, int, int] | None = None
    found: _Label | None = None
    for number, label in enumerate(labels):
        if label is not None and (course.lax or label.moment <= until):
            begun = begin
            if is_clocked(course.problem, course.who):
                begun += min(label.slack, label.room)
            work = label.moment - begun - rested
            most = course.who.max_working_s
            above = max(0, work - most) if most is not None else 0
            cost = _price(course.problem, course.who, (0, 0, work), label.late, label.moment)
            if best is None or (above, cost, label.moment) < best:
                best, found = (above, cost, label.moment), label
        if number < len(course.pauses):
            rested += course.pauses[number].seconds
    return found


def _after(_course: _Course, label: _Label | None, seconds: int) -> _Label | None:
    return label and label._replace(moment=label.moment + seconds)


def _checked(course: _Course, labels: _Labels) -> _Labels:
    """Drop labels that can no longer take the break that is due next."""
    return [
        None
        if label is not None
        and number < len(course.pauses)
        and label.moment > course.pauses[number].closes
        else label
        for number, label in enumerate(labels)
    ]


def _stretch(course: _Course, labels: _Labels, where: tuple[int, int], seconds: int) -> _Labels:
    pauses = course.pauses
    onward: _Labels = [None] * len(labels)
    for number, label in enumerate(labels):
        if label is None:
            continue
        begun = label.moment
        one = label._replace(moment=begun + seconds)
        _offer(course, onward, number, one)
        for behind in range(number, len(pauses)):
            pause = pauses[behind]
            room = one.room
            if behind == number:
                if begun > pause.closes:
                    break
                room = min(room, label.slack + pause.closes - begun)
            idle = max(0, pause.opens - one.moment)
            one = _Label(
                one.moment + idle + pause.seconds,
                one.late,
                one.slack + idle,
                room,
                (*one.taken, where),
            )
            _offer(course, onward, behind + 1, one)
    return onward


def _offer(course: _Course, labels: _Labels, number: int, label: _Label) -> None:
    if number < len(course.pauses) and label.moment > course.pauses[number].closes:
        return
    rival = labels[number]
    if rival is None or (label.moment, label.late) < (rival.moment, rival.late):
        labels[number] = label


def _served(course: _Course, label: _Label | None, stop: int) -> _Label | None:
    if label is None:
        return None
    task, agreed = course.problem.tasks[stop], course.agreed.get(stop)
    ready = label.moment if agreed is None else max(label.moment, agreed.start_s)
    start, limit = _start(task, ready)
    late = max(0, start - task.windows[-1].end_s) if task.windows else 0
    if late > task.late_s and not (course.lax or stop in course.who.first):
        return None
    if agreed is not None:
        if start > agreed.end_s and not course.lax:
            return None
        limit = min(limit, max(agreed.end_s, start))
    room = min(label.room, label.slack + limit - label.moment)
    return _Label(
        start + task.service_s,
        label.late + (late if task.late_s else 0),
        label.slack + start - label.moment,
        room,
        label.taken,
    )


def _start(task: Task, ready: int) -> tuple[int, int]:
    """Return when work begins, and until when one may come without its being later or late."""
    for window in task.windows:
        if ready <= window.end_s:
            return max(ready, window.start_s), window.end_s
    return ready, ready if task.windows else OPEN_END_S


def _timed(
    course: _Course,
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
            start = _start(task, ready)[0]
            times.append((course.stops[at], moment, start, start + task.service_s, pause))
            moment = start + task.service_s
    latest = _latest(course, begin)
    visits = tuple(
        Visit(stop, arrive, start, leave, _slack(latest[at][behind], arrive))
        for at, (stop, arrive, start, leave, behind) in enumerate(times)
    )
    return Route(number, visits, begin, moment, tuple(rests), tuple(reloads))


def _slack(latest: int, arrive: int) -> int:
    return max(0, latest - arrive) if latest < _HARDLY_BOUNDED_S else OPEN_END_S


def _latest(course: _Course, begin: int) -> list[list[int]]:
    """Return per stop and number of pauses behind the latest arrival that keeps all behind it."""
    who, pauses = course.who, course.pauses
    moments: list[int] = []
    rested = 0
    for number in range(len(pauses) + 1):
        until = who.shift.end_s + who.overtime_s
        if who.max_working_s is not None:
            until = min(until, begin + who.max_working_s + rested)
        if number < len(pauses):
            until = min(until, pauses[number].closes)
            rested += pauses[number].seconds
        moments.append(until)
    latest: list[list[int]] = []
    for at in range(len(course.stops), 0, -1):
        leg = course.stretches[at]
        for part in range(len(leg) - 1, -1, -1):
            moments = _latest_before(course, moments, leg[part])
            if part:
                moments = [moment - who.reload_s for moment in moments]
        moments = [_latest_arrival(course, course.stops[at - 1], moment) for moment in moments]
        latest.append(moments)
    return latest[::-1]


def _latest_before(course: _Course, moments: Sequence[int], seconds: int) -> list[int]:
    """Return the latest moments before a stretch, from those behind it."""
    pauses = course.pauses
    found: list[int] = []
    for number in range(len(moments)):
        latest = moments[number] - seconds
        for behind in range(number + 1, len(moments)):
            by = moments[behind]
            for pause in reversed(pauses[number:behind]):
                by = by - pause.seconds if pause.opens + pause.seconds <= by else -1
            if by >= 0:
                latest = max(latest, min(by - seconds, pauses[number].closes))
        found.append(latest)
    return found


def _latest_arrival(course: _Course, stop: int, leave_by: int) -> int:
    """Return the latest arrival that lets the work end by the moment; -1 when there is none."""
    task, agreed = course.problem.tasks[stop], course.agreed.get(stop, Window())
    begin_by = min(leave_by - task.service_s, agreed.end_s)
    latest = begin_by
    if task.windows:
        latest = -1
        late = task.late_s
        for window in reversed(task.windows):
            if window.start_s <= begin_by:
                latest = min(window.end_s + late, begin_by)
                break
            late = 0
    return latest if latest >= agreed.start_s else -1
