"""Is this plan feasible, and if not, what breaks it, by how much (pure).

The oracle of the solver: it knows the problem and nothing of how plans are found, follows each
route step by step, and reports every violation with its number and every total.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct, structs

from roundsman.dispatch.model import (
    OPEN_END_S,
    UNREACHABLE,
    Person,
    Plan,
    Problem,
    Task,
    Visit,
    Window,
)

Kind = Literal[
    "no_location",  # a task without position is in a route
    "unreachable",  # a leg without connection
    "skill",  # by: skills that are missing
    "pinned",  # the task belongs to somebody else
    "forbidden",  # the person must not do the task
    "capacity",  # by: the load above the bound, in its dimension
    "time_window",  # by: seconds after the last window
    "working_hours",  # by: seconds after the end of the shift
    "max_jobs",  # by: tasks above the bound
    "max_distance",  # by: metres above the bound
    "fixed",  # a first or last task is not in its place
    "priority_order",  # by: priority points above the task before it
    "twice",  # the task stands in several places of the plan
    "lost",  # the task is neither served nor listed as unserved
    "wrong_time",  # the plan's own times or slack differ from what is driven; by: seconds
    "wrong_cost",  # by: the difference
]

# A delay of a month stands for one without end.
_LONG_S = 31 * 86_400


class Violation(Struct, frozen=True):
    """One broken promise: of which person (index), at which task (index), by how much."""

    kind: Kind
    person: int | None = None
    task: int | None = None
    by: int = 1


class Totals(Struct, frozen=True, kw_only=True):
    """What a route, or all routes together, amount to. `load` is the peak per dimension."""

    tasks: int = 0
    metres: int = 0
    driving_s: int = 0
    waiting_s: int = 0
    service_s: int = 0
    late_s: int = 0
    overtime_s: int = 0
    work_s: int = 0
    load: tuple[int, ...] = ()


class Step(Struct, frozen=True):
    """When a task of a route is reached, begun and left."""

    task: int
    arrive_s: int
    start_s: int
    leave_s: int


class Verdict(Struct, frozen=True):
    """The finding about one route or a whole plan."""

    violations: tuple[Violation, ...]
    totals: Totals
    persons: tuple[Totals, ...] = ()

    @property
    def feasible(self) -> bool:
        """Tell whether nothing is broken."""
        return not self.violations


def check(problem: Problem, plan: Plan) -> Verdict:
    """Follow a whole plan."""
    found: list[Violation] = []
    totals: list[Totals] = []
    seen = [0] * len(problem.tasks)
    cost = 0
    for person, route in enumerate(plan.routes):
        if route.person != person:
            found.append(Violation("fixed", person))
        tasks = [visit.task for visit in route.visits]
        steps, verdict = follow(problem, person, tasks)
        found += verdict.violations
        totals.append(verdict.totals)
        cost += verdict.totals.metres if problem.minimise == "metres" else verdict.totals.driving_s
        found += _compare(problem, person, steps, route.visits)
        for task in tasks:
            seen[task] += 1
            liked = problem.tasks[task].preferred
            if liked and problem.persons[person].id not in liked:
                cost += problem.tasks[task].preference
    for left_out in plan.unserved:
        seen[left_out.task] += 1
        cost += problem.tasks[left_out.task].penalty
    found += [Violation("twice", None, task, count) for task, count in enumerate(seen) if count > 1]
    found += [Violation("lost", None, task) for task, count in enumerate(seen) if not count]
    if len(plan.routes) != len(problem.persons):
        found.append(Violation("fixed", len(plan.routes)))
    if plan.cost != cost:
        found.append(Violation("wrong_cost", by=plan.cost - cost))
    return Verdict(tuple(found), sum_of(totals), tuple(totals))


def follow(problem: Problem, person: int, tasks: Sequence[int]) -> tuple[list[Step], Verdict]:
    """Drive one person's tasks (indices) in this order: the times, what breaks, what it totals."""
    who = problem.persons[person]
    steps, found, totals = _drive(problem, person, tasks)
    for index in tasks:
        found += _who_may(who, person, problem.tasks[index], index)
    peak, heavy = _carry(problem, person, tasks)
    found += heavy
    if who.max_tasks is not None and len(tasks) > who.max_tasks:
        found.append(Violation("max_jobs", person, None, len(tasks) - who.max_tasks))
    if who.max_metres is not None and totals.metres > who.max_metres:
        by = totals.metres - who.max_metres
        found.append(Violation("max_distance", person, None, by))
    found += _order(problem, person, tasks)
    return steps, Verdict(tuple(found), structs.replace(totals, load=peak))


def sum_of(totals: Sequence[Totals]) -> Totals:
    """Return the totals of several routes together; the load is the highest peak."""
    width = max((len(one.load) for one in totals), default=0)
    loads = [one.load + (0,) * (width - len(one.load)) for one in totals]
    return Totals(
        tasks=sum(one.tasks for one in totals),
        metres=sum(one.metres for one in totals),
        driving_s=sum(one.driving_s for one in totals),
        waiting_s=sum(one.waiting_s for one in totals),
        service_s=sum(one.service_s for one in totals),
        late_s=sum(one.late_s for one in totals),
        overtime_s=sum(one.overtime_s for one in totals),
        work_s=sum(one.work_s for one in totals),
        load=tuple(max(column) for column in zip(*loads, strict=True)),
    )


def _drive(
    problem: Problem, person: int, tasks: Sequence[int], delay: tuple[int, int] = (-1, 0)
) -> tuple[list[Step], list[Violation], Totals]:
    """Move through time and space, arriving late at one position by so many seconds if asked."""
    who = problem.persons[person]
    now, here = who.shift.start_s, who.start
    metres = driving = waiting = service = late = 0
    steps: list[Step] = []
    found: list[Violation] = []
    for position, index in enumerate(tasks):
        task = problem.tasks[index]
        if task.location is None:
            found.append(Violation("no_location", person, index))
            continue
        seconds, far = _leg(problem, who, here, task.location)
        if UNREACHABLE in {seconds, far}:
            found.append(Violation("unreachable", person, index))
            seconds = far = 0
        arrive = now + seconds + (delay[1] if position == delay[0] else 0)
        start = _begin(task.windows, arrive)
        if task.windows and start > task.windows[-1].end_s:
            found.append(Violation("time_window", person, index, start - task.windows[-1].end_s))
            late += start - task.windows[-1].end_s
        steps.append(Step(index, arrive, start, start + task.service_s))
        metres, driving, waiting = metres + far, driving + seconds, waiting + start - arrive
        service += task.service_s
        now, here = start + task.service_s, task.location
    seconds, far = _leg(problem, who, here, who.end) if tasks else (0, 0)
    if UNREACHABLE in {seconds, far}:
        found.append(Violation("unreachable", person))
        seconds = far = 0
    now, metres, driving = now + seconds, metres + far, driving + seconds
    overtime = max(0, now - who.shift.end_s) if tasks else 0
    if overtime:
        found.append(Violation("working_hours", person, None, overtime))
    totals = Totals(
        tasks=len(tasks),
        metres=metres,
        driving_s=driving,
        waiting_s=waiting,
        service_s=service,
        late_s=late,
        overtime_s=overtime,
        work_s=now - who.shift.start_s,
    )
    return steps, found, (totals if tasks else Totals())


def _leg(problem: Problem, who: Person, here: int | None, there: int | None) -> tuple[int, int]:
    if here is None or there is None:
        return 0, 0
    matrix = problem.travel.matrices[who.mode]
    return matrix.seconds[here][there], matrix.metres[here][there]


def _begin(windows: Sequence[Window], arrive: int) -> int:
    """Return when work begins: now inside a window, else at the next; late when there is none."""
    for window in windows:
        if arrive <= window.end_s:
            return max(arrive, window.start_s)
    return arrive


def _who_may(who: Person, person: int, task: Task, index: int) -> list[Violation]:
    found: list[Violation] = []
    if task.skills - who.skills:
        found.append(Violation("skill", person, index, len(task.skills - who.skills)))
    if task.person and task.person != who.id:
        found.append(Violation("pinned", person, index))
    if who.id in task.forbidden:
        found.append(Violation("forbidden", person, index))
    return found


def _carry(
    problem: Problem, person: int, tasks: Sequence[int]
) -> tuple[tuple[int, ...], list[Violation]]:
    """Load every drop-off at the start, exchange at each task; the peak per dimension."""
    capacity = problem.persons[person].capacity
    jobs = [problem.tasks[index] for index in tasks]
    width = max([len(job.pickup) for job in jobs] + [len(job.dropoff) for job in jobs], default=0)
    peaks: list[int] = []
    found: list[Violation] = []
    for dimension in range(width):
        load = peak = sum(_amount(job.dropoff, dimension) for job in jobs)
        for job in jobs:
            load += _amount(job.pickup, dimension) - _amount(job.dropoff, dimension)
            peak = max(peak, load)
        peaks.append(peak)
        if capacity and peak > capacity[dimension]:
            found.append(Violation("capacity", person, None, peak - capacity[dimension]))
    return tuple(peaks), found


def _amount(amounts: tuple[int, ...], dimension: int) -> int:
    return amounts[dimension] if dimension < len(amounts) else 0


def _order(problem: Problem, person: int, tasks: Sequence[int]) -> list[Violation]:
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


def _compare(
    problem: Problem, person: int, steps: Sequence[Step], visits: Sequence[Visit]
) -> list[Violation]:
    """Find times that are not those that are driven, and slack that is not true to the second."""
    found: list[Violation] = []
    for position, (step, visit) in enumerate(zip(steps, visits, strict=False)):
        wrong = max(
            abs(step.arrive_s - visit.arrive_s),
            abs(step.start_s - visit.start_s),
            abs(step.leave_s - visit.leave_s),
        )
        if wrong or not _is_slack(problem, person, steps, position, visit.slack_s):
            found.append(Violation("wrong_time", person, step.task, wrong))
    return found


def _is_slack(
    problem: Problem, person: int, steps: Sequence[Step], position: int, slack_s: int
) -> bool:
    """Tell whether arriving so much later breaks nothing, and one second more does."""
    tasks = [step.task for step in steps]
    if _drive(problem, person, tasks)[1]:
        return slack_s >= 0
    if slack_s == OPEN_END_S:
        return not _drive(problem, person, tasks, (position, _LONG_S))[1]
    return not _drive(problem, person, tasks, (position, slack_s))[1] and bool(
        _drive(problem, person, tasks, (position, slack_s + 1))[1]
    )
