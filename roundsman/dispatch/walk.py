"""How one person gets through given tasks in their order, seen by the checker (pure).

Breaks may be taken on any way between two tasks. All choices are followed side by side, one for
each number of pauses that are behind: of two that have had the same, the one that breaks less and
is through sooner stands for both. Bounds that are broken are counted, not enforced.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from roundsman.dispatch.audit import leg
from roundsman.dispatch.findings import Step
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
from roundsman.dispatch.promises import amount, carried

# What a break that is not taken counts beside seconds after a bound.
_MISSED = 10**7


class Way(NamedTuple):
    """One way to have come so far: what it broke, when it is, how late it was, what it took."""

    broken: int
    moment: int
    late: int
    pauses: int
    rests: tuple[Rest, ...] = ()
    reloads: tuple[Reload, ...] = ()
    steps: tuple[Step, ...] = ()


class Course(NamedTuple):
    """What is to be driven: by whom, which tasks, by which depots, within which agreed times."""

    problem: Problem
    person: int
    tasks: Sequence[int]
    depots: Mapping[int, int]
    agreed: Mapping[int, Window]

    @property
    def who(self) -> Person:
        """Return the person who drives."""
        return self.problem.persons[self.person]


def course_of(
    problem: Problem,
    person: int,
    tasks: Sequence[int],
    agreed: Mapping[int, Window] | None = None,
) -> Course:
    """Return the course along tasks that have a location."""
    placed = [task for task in tasks if problem.tasks[task].location is not None]
    return Course(problem, person, placed, reload_points(problem, person, placed), agreed or {})


def walk(course: Course, *, early: bool = False) -> Route:
    """Return the route that breaks least, is through soonest, and leaves late where it should.

    An `early` one leaves at once.
    """
    if not course.tasks:
        begin = course.who.shift.start_s
        return Route(course.person, (), begin, begin)
    begin = course.who.shift.start_s
    best = through(course, Way(0, begin, 0, 0), 0)
    if is_clocked(course.problem, course.who) and not early:
        # By leaving later one can save no more than all waiting.
        low, high = begin, begin + _waiting_s(course, best)
        while low < high:
            middle = (low + high + 1) // 2
            later = through(course, Way(0, middle, 0, 0), 0)
            if later[:3] <= best[:3]:
                low = middle
            else:
                high = middle - 1
        begin, best = low, through(course, Way(0, low, 0, 0), 0)
    visits = tuple(
        Visit(step.task, step.arrive_s, step.start_s, step.leave_s, 0) for step in best.steps
    )
    return Route(course.person, visits, begin, best.moment, best.rests, best.reloads)


def _waiting_s(course: Course, way: Way) -> int:
    """Return for how long nothing at all happens."""
    busy = sum(step.leave_s - step.start_s for step in way.steps)
    busy += sum(rest.end_s - rest.start_s for rest in way.rests)
    busy += sum(stop.leave_s - stop.arrive_s for stop in way.reloads)
    places = [
        course.who.start,
        *(course.problem.tasks[task].location for task in course.tasks),
        course.who.end,
    ]
    for before in sorted(course.depots, reverse=True):
        places.insert(before + 1, course.depots[before])
    busy += sum(
        max(0, leg(course.problem, course.who, here, there)[0]) for here, there in pairwise(places)
    )
    return max(0, way.moment - course.who.shift.start_s - busy)


def through(course: Course, begin: Way, position: int) -> Way:
    """Return the best way from the leg to the position on to the end of the route."""
    return min(ends(course, begin, position), key=lambda way: way[:3])


def ends(course: Course, begin: Way, position: int, arrive: int | None = None) -> list[Way]:
    """Return how the route can end from the leg to the position on, by pauses that are behind.

    With a moment of arrival the first leg is behind, too.
    """
    ways = [begin]
    for at in range(position, len(course.tasks)):
        if arrive is None:
            ways = _drive(course, ways, at)
        else:
            ways, arrive = [begin._replace(moment=arrive)], None
        ways = [_do(course, way, course.tasks[at]) for way in ways]
    ways = _drive(course, ways, len(course.tasks))
    return [_ended(course, way) for way in ways]


def is_clocked(problem: Problem, who: Person) -> bool:
    """Tell whether the length of the day counts, so that the person leaves as late as they can."""
    return bool(who.per_hour or who.max_working_s is not None or problem.weights.balance)


def pauses_of(who: Person) -> list[tuple[Window, int, str]]:
    """Return when each pause may begin, how long it is, and its kind, in order of time."""
    spans = [
        (Window(span.start_s, span.start_s), span.end_s - span.start_s, "off") for span in who.off
    ]
    spans += [(pause.window, pause.seconds, "break") for pause in who.breaks]
    spans.sort(key=lambda span: (span[0].start_s, span[0].end_s))
    return [span for span in spans if span[0].end_s >= who.shift.start_s]


def reload_points(problem: Problem, person: int, tasks: Sequence[int]) -> dict[int, int]:
    """Return where a depot is visited before which position: the least way that keeps the load.

    Empty where no number of visits keeps it.
    """
    who = problem.persons[person]
    size = len(tasks)
    if not who.reload or not who.capacity or _reach(problem, who, tasks, 0) == size:
        return {}
    detours = [(0, -1), *(_detour(problem, who, tasks, at) for at in range(1, size)), (0, -1)]
    best: list[tuple[int, tuple[int, ...]] | None] = [(0, ()), *([None] * size)]
    for begin in range(size):
        before = best[begin]
        if before is None:
            continue
        for end in range(begin + 1, _reach(problem, who, tasks, begin) + 1):
            way = before[0] + detours[end][0]
            known = best[end]
            if way < OPEN_END_S and (known is None or way < known[0]):
                best[end] = way, (*before[1], end)
    found = best[-1]
    return {at: detours[at][1] for at in found[1] if at < size} if found else {}


def _reach(problem: Problem, who: Person, tasks: Sequence[int], begin: int) -> int:
    """Return before which position a trip must end that begins with this stop."""
    sent, brought = carried(problem)
    end = len(tasks)
    for dimension, bound in enumerate(who.capacity):
        taken = [amount(problem.tasks[task].pickup, dimension) for task in tasks]
        given = [amount(problem.tasks[task].dropoff, dimension) for task in tasks]
        aboard = sum(
            (taken[at] if task in sent else 0) - (given[at] if task in brought else 0)
            for at, task in enumerate(tasks[:begin])
        )
        loaded, highest, change = aboard, 0, 0
        for at in range(begin, end):
            loaded += 0 if tasks[at] in brought else given[at]
            change += taken[at] - given[at]
            highest = max(highest, change)
            if loaded + highest > bound:
                end = at
                break
    return end


def _detour(problem: Problem, who: Person, tasks: Sequence[int], at: int) -> tuple[int, int]:
    """Return what a depot before the stop adds to the way, and which one adds least."""
    here, there = problem.tasks[tasks[at - 1]].location, problem.tasks[tasks[at]].location
    which = 1 if problem.minimise == "metres" else 0

    def by(depot: int) -> int:
        into, out = leg(problem, who, here, depot)[which], leg(problem, who, depot, there)[which]
        if UNREACHABLE in {into, out}:
            return OPEN_END_S
        return max(0, into + out - max(0, leg(problem, who, here, there)[which]))

    depot = min(who.reload, key=by)
    return by(depot), depot


def _drive(course: Course, ways: Sequence[Way], at: int) -> list[Way]:
    """Go on to the stop at the position, or to the end, by a depot where one is due."""
    tasks, where = course.tasks, course.problem.tasks
    here = where[tasks[at - 1]].location if at else course.who.start
    there = where[tasks[at]].location if at < len(tasks) else course.who.end
    depot = course.depots.get(at)
    if depot is not None:
        ways = _stretch(course, ways, at, (here, depot))
        ways = [
            way._replace(
                moment=way.moment + course.who.reload_s,
                reloads=(
                    *way.reloads,
                    Reload(at, depot, way.moment, way.moment + course.who.reload_s),
                ),
            )
            for way in ways
        ]
        here = depot
    return _stretch(course, ways, at, (here, there))


def _stretch(
    course: Course, ways: Sequence[Way], at: int, ends: tuple[int | None, int | None]
) -> list[Way]:
    seconds = max(0, leg(course.problem, course.who, *ends)[0])
    pauses = pauses_of(course.who)
    best: dict[int, Way] = {}
    for way in ways:
        onward, begun = way._replace(moment=way.moment + seconds), way.moment
        _keep(best, onward)
        for window, length, kind in pauses[way.pauses :]:
            begins = max(begun, window.start_s)
            missed = _MISSED if begins > window.end_s else 0
            rest = Rest("break" if kind == "break" else "off", at, begins, begins + length)
            onward = onward._replace(
                broken=onward.broken + missed,
                moment=onward.moment if missed else max(onward.moment, window.start_s) + length,
                pauses=onward.pauses + 1,
                rests=onward.rests if missed else (*onward.rests, rest),
            )
            begun = begun if missed else begins + length
            _keep(best, onward)
    return list(best.values())


def _keep(best: dict[int, Way], way: Way) -> None:
    rival = best.get(way.pauses)
    if rival is None or way[:3] < rival[:3]:
        best[way.pauses] = way


def _do(course: Course, way: Way, index: int) -> Way:
    """Begin the task as soon as it may be, and leave it."""
    task, agreed = course.problem.tasks[index], course.agreed.get(index, Window())
    start = begin_of(task, max(way.moment, agreed.start_s))
    late = max(0, start - task.windows[-1].end_s) if task.windows else 0
    above = max(0, late - task.late_s) + max(0, start - agreed.end_s)
    leave = start + task.service_s
    return way._replace(
        broken=way.broken + above,
        moment=leave,
        late=way.late + late,
        steps=(*way.steps, Step(index, way.moment, start, leave)),
    )


def begin_of(task: Task, arrive: int) -> int:
    """Return when work begins: now inside a window, else at the next; late when there is none."""
    for window in task.windows:
        if arrive <= window.end_s:
            return max(arrive, window.start_s)
    return arrive


def _ended(course: Course, way: Way) -> Way:
    """Count what is broken at the end: hours, breaks that were due."""
    who = course.who
    above = max(0, way.moment - who.shift.end_s - who.overtime_s)
    due = [window for window, _, _ in pauses_of(who)[way.pauses :] if window.end_s < way.moment]
    return way._replace(broken=way.broken + above + _MISSED * len(due))
