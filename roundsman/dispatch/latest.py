"""How late each stop of a route may be reached, breaks and agreed times included (pure)."""

from collections.abc import Sequence

from roundsman.dispatch.labels import Course
from roundsman.dispatch.model import Window


def latest_of(course: Course, begin: int) -> list[list[int]]:
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


def _latest_before(course: Course, moments: Sequence[int], seconds: int) -> list[int]:
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


def _latest_arrival(course: Course, stop: int, leave_by: int) -> int:
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
