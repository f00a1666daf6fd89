"""Bounds that give way to what somebody fixed by hand (pure)."""

from msgspec.structs import replace

from roundsman.dispatch.checker import Violation, follow
from roundsman.dispatch.model import Person, Problem, Task, Window


def loosened(problem: Problem) -> Problem:
    """Return the problem with bounds that its fixed tasks keep even on their own.

    What somebody placed by hand may be late already; then it may be as late as that, no later.
    """
    tasks, persons = list(problem.tasks), list(problem.persons)
    for number, person in enumerate(problem.persons):
        for found in follow(problem, number, [*person.first, *person.last])[1].violations:
            if found.kind == "time_window" and found.task is not None:
                tasks[found.task] = _later(tasks[found.task], found.by)
            else:
                persons[number] = _wider(persons[number], found)
    return replace(problem, tasks=tuple(tasks), persons=tuple(persons))


def _later(task: Task, by: int) -> Task:
    last = task.windows[-1]
    return replace(task, windows=(*task.windows[:-1], Window(last.start_s, last.end_s + by)))


def _wider(person: Person, found: Violation) -> Person:
    if found.kind == "working_hours":
        return replace(person, shift=Window(person.shift.start_s, person.shift.end_s + found.by))
    if found.kind == "capacity":
        return replace(person, capacity=(person.capacity[0] + found.by,))
    if found.kind == "max_jobs" and person.max_tasks is not None:
        return replace(person, max_tasks=person.max_tasks + found.by)
    return person
