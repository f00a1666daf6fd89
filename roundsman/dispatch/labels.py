"""How soon a person gets through stops in their order, breaks and agreed times included (pure).

Forward through the stops goes one label for each number of breaks that are behind: of two that have
had the same the sooner one stands for both, since being sooner never hurts. A label knows how much
later the route might have begun without coming later (`slack`) and without breaking anything
(`room`), so that its length is known as well (Savelsbergh, 1992).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from roundsman.dispatch.model import OPEN_END_S, Person, Problem, Task, Window

HOUR_S = 3600


class Pause(Struct, frozen=True):
    """A break or a span off: it begins between two moments and is so long."""

    opens: int
    closes: int
    seconds: int
    is_off: bool


class Label(NamedTuple):
    """Where the pauses so far were taken (leg and stretch of it), and what has come of it."""

    moment: int
    late: int
    slack: int
    room: int
    taken: tuple[tuple[int, int], ...]


class Course(NamedTuple):
    """What is driven: per leg its stretches in seconds, the stop at its end behind the last."""

    problem: Problem
    who: Person
    stops: Sequence[int]
    stretches: list[list[int]]
    pauses: list[Pause]
    agreed: Mapping[int, Window]
    lax: bool


type Labels = list[Label | None]


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


def price_of(
    problem: Problem, who: Person, sizes: tuple[int, int, int], late: int, finish: int
) -> int:
    """Return what a route of this travel, these metres and this work costs, preferences apart."""
    travel, metres, work = sizes
    weights = problem.weights
    over = max(0, finish - who.shift.end_s) if who.overtime_s else 0
    return (
        weights.travel * travel
        + weights.lateness * late
        + weights.overtime * over
        + who.per_route
        + who.per_km * metres // 1000
        + who.per_hour * work // HOUR_S
        + weights.balance * work * work // HOUR_S**2
    )


def through(course: Course, begin: int) -> Label | None:
    """Return the label at the end that costs least; None where all break something."""
    labels: Labels = [None] * (len(course.pauses) + 1)
    labels[0] = Label(begin, 0, 0, OPEN_END_S, ())
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
    found: Label | None = None
    for number, label in enumerate(labels):
        if label is not None and (course.lax or label.moment <= until):
            begun = begin
            if is_clocked(course.problem, course.who):
                begun += min(label.slack, label.room)
            work = label.moment - begun - rested
            most = course.who.max_working_s
            above = max(0, work - most) if most is not None else 0
            cost = price_of(course.problem, course.who, (0, 0, work), label.late, label.moment)
            if best is None or (above, cost, label.moment) < best:
                best, found = (above, cost, label.moment), label
        if number < len(course.pauses):
            rested += course.pauses[number].seconds
    return found


def _after(_course: Course, label: Label | None, seconds: int) -> Label | None:
    return label and label._replace(moment=label.moment + seconds)


def _checked(course: Course, labels: Labels) -> Labels:
    """Drop labels that can no longer take the break that is due next."""
    return [
        None
        if label is not None
        and number < len(course.pauses)
        and label.moment > course.pauses[number].closes
        else label
        for number, label in enumerate(labels)
    ]


def _stretch(course: Course, labels: Labels, where: tuple[int, int], seconds: int) -> Labels:
    pauses = course.pauses
    onward: Labels = [None] * len(labels)
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
            one = Label(
                one.moment + idle + pause.seconds,
                one.late,
                one.slack + idle,
                room,
                (*one.taken, where),
            )
            _offer(course, onward, behind + 1, one)
    return onward


def _offer(course: Course, labels: Labels, number: int, label: Label) -> None:
    if number < len(course.pauses) and label.moment > course.pauses[number].closes:
        return
    rival = labels[number]
    if rival is None or (label.moment, label.late) < (rival.moment, rival.late):
        labels[number] = label


def _served(course: Course, label: Label | None, stop: int) -> Label | None:
    if label is None:
        return None
    task, agreed = course.problem.tasks[stop], course.agreed.get(stop)
    ready = label.moment if agreed is None else max(label.moment, agreed.start_s)
    start, limit = begin_of(task, ready)
    late = max(0, start - task.windows[-1].end_s) if task.windows else 0
    if late > task.late_s and not (course.lax or stop in course.who.first):
        return None
    if agreed is not None:
        if start > agreed.end_s and not course.lax:
            return None
        limit = min(limit, max(agreed.end_s, start))
    room = min(label.room, label.slack + limit - label.moment)
    return Label(
        start + task.service_s,
        label.late + (late if task.late_s else 0),
        label.slack + start - label.moment,
        room,
        label.taken,
    )


def begin_of(task: Task, ready: int) -> tuple[int, int]:
    """Return when work begins, and until when one may come without its being later or late."""
    for window in task.windows:
        if ready <= window.end_s:
            return max(ready, window.start_s), window.end_s
    return ready, ready if task.windows else OPEN_END_S
