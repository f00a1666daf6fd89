"""What the checker checks of a route that is not about time: people, loads, order (pure)."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from roundsman.dispatch.findings import Violation
from roundsman.dispatch.model import Person, Problem, Task


def who_may(who: Person, person: int, task: Task, index: int) -> list[Violation]:
    """Find why the person must not do the task."""
    found: list[Violation] = []
    if task.skills - who.skills:
        found.append(Violation("skill", person, index, len(task.skills - who.skills)))
    if task.person and task.person != who.id:
        found.append(Violation("pinned", person, index))
    if who.id in task.forbidden:
        found.append(Violation("forbidden", person, index))
    return found


def dislike(problem: Problem, person: int, tasks: Iterable[int]) -> int:
    """Return what it costs that this person does the tasks and not somebody better suited."""
    who, cost = problem.persons[person], 0
    for index in tasks:
        task = problem.tasks[index]
        if task.preferred and who.id not in task.preferred:
            cost += task.preference
        if task.zone and who.zones and task.zone not in who.zones:
            cost += problem.weights.territory
    return cost


def carry(
    problem: Problem, person: int, tasks: Sequence[int], reloads: Collection[int] = ()
) -> tuple[tuple[int, ...], list[Violation]]:
    """Load, exchange at each task, reload before the stops at these positions.

    The peak per dimension, and where it is above the bound. What is carried from one task to
    another stays aboard at a reload; of all else, what a trip drops off is aboard from its
    beginning, and what it picks up until its end.
    """
    capacity = problem.persons[person].capacity
    peaks: list[int] = []
    found: list[Violation] = []
    for dimension in range(_width(problem, tasks)):
        peak = max(trips(problem, tasks, reloads, dimension), default=0)
        peaks.append(peak)
        if capacity and peak > capacity[dimension]:
            found.append(Violation("capacity", person, None, peak - capacity[dimension]))
    return tuple(peaks), found


def trips(
    problem: Problem, tasks: Sequence[int], reloads: Collection[int], dimension: int
) -> list[int]:
    """Return the highest load of each trip between reloads."""
    sent, brought = carried(problem)
    cuts = [0, *sorted(reloads), len(tasks)]
    aboard, peaks = 0, list[int]()
    for begin, end in pairwise(cuts):
        stops = tasks[begin:end]
        load = peak = aboard + sum(
            amount(problem.tasks[stop].dropoff, dimension) for stop in stops if stop not in brought
        )
        for stop in stops:
            taken = amount(problem.tasks[stop].pickup, dimension)
            given = amount(problem.tasks[stop].dropoff, dimension)
            load += taken - given
            peak = max(peak, load)
            aboard += (taken if stop in sent else 0) - (given if stop in brought else 0)
        peaks.append(peak)
    return peaks


def carried(problem: Problem) -> tuple[set[int], set[int]]:
    """Return the tasks whose pickup goes to another task, and those whose drop-off is from one."""
    bonds = [link for link in problem.links if link.kind == "carry"]
    return {link.first for link in bonds}, {link.then for link in bonds}


def order(problem: Problem, person: int, tasks: Sequence[int]) -> list[Violation]:
    """Find fixed tasks out of their places, and priorities that rise where they may not."""
    found: list[Violation] = []
    who = problem.persons[person]
    first, last = list(who.first), list(who.last)
    if list(tasks[: len(first)]) != first or list(tasks[len(tasks) - len(last) :]) != last:
        found.append(Violation("fixed", person))
    free = tasks[len(first) : len(tasks) - len(last)]
    elsewhere = {
        index
        for other, someone in enumerate(problem.persons)
        if other != person
        for index in (*someone.first, *someone.last)
    }
    found += [Violation("fixed", person, index) for index in tasks if index in elsewhere]
    if problem.priority_first:
        for before, after in pairwise(free):
            rise = problem.tasks[after].priority - problem.tasks[before].priority
            if rise > 0:
                found.append(Violation("priority_order", person, after, rise))
    return found


def bonds(problem: Problem, person: int, tasks: Sequence[int]) -> list[Violation]:
    """Find bonds between tasks that the order of this one route breaks, whoever else drives."""
    place = {task: position for position, task in enumerate(tasks)}
    found: list[Violation] = []
    for link in problem.links:
        first, then = place.get(link.first), place.get(link.then)
        if link.kind == "carry":
            if (first is None) != (then is None):
                found.append(Violation("linked", person, link.first if then is None else link.then))
            elif first is not None and then is not None and first > then:
                found.append(Violation("linked", person, link.then))
        elif first is not None and then is not None and (link.kind == "together" or first > then):
            found.append(Violation("linked", person, link.then))
    return found


def _width(problem: Problem, tasks: Iterable[int]) -> int:
    jobs = [problem.tasks[index] for index in tasks]
    return max((max(len(job.pickup), len(job.dropoff)) for job in jobs), default=0)


def amount(amounts: tuple[int, ...], dimension: int) -> int:
    """Return the amount in a dimension, nothing where none is said."""
    return amounts[dimension] if dimension < len(amounts) else 0
