"""The order of one member's day (pure): the question, its problem, and what the plan means."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.model import Company, Member
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.checker import follow
from roundsman.dispatch.day import (
    Ends,
    ends_of,
    free_from,
    held,
    hours_of,
    is_settled,
    mode_of,
    moment_of,
    pinned_in_time,
    task_of,
)
from roundsman.dispatch.loosening import loosened
from roundsman.dispatch.model import Person, Plan, Problem, Reason, Task, Travel, Window
from roundsman.dispatch.solver import as_plan, budget_for, solve
from roundsman.dispatch.travel import Driven, Ways, distinct, great_circle, used
from roundsman.jobs import rules
from roundsman.jobs.model import Job, Wish

# So many jobs are put in order exactly, within some hundredths of a second.
_LIGHT_JOBS = 8


class Constraints(Struct, frozen=True, kw_only=True):
    """What a solved order must keep; `max_jobs` counts all jobs of the day, None is no bound."""

    working_hours: bool = True
    time_window: bool = True
    capacity: bool = True
    max_jobs: int | None = None


class OrderQuestion(Struct, frozen=True, kw_only=True):
    """The question in which order a member should drive the jobs of a day, given in today's order.

    Without `solve` by distance, high priority first, and nothing is left out. With it inside the
    constraints, and what does not fit is left out. Only the `count` jobs from position `index` on
    are moved, None for all behind it. Without `travel` the straight line counts.
    """

    company: Company
    member: Member
    day: date
    jobs: tuple[Job, ...]
    solve: bool = False
    index: int = 0
    count: int | None = None
    constraints: Constraints = Constraints()
    travel: Travel | None = None

    def over(self, ways: Ways) -> "OrderQuestion":
        """Return the question with travel between its positions."""
        points, _ = _places(self, _parts(self))
        return replace(self, travel=ways(points, [mode_of(self.member)]))

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes so long that a process of its own is worth it."""
        return sum(not is_settled(job) for job in self.jobs) > _LIGHT_JOBS


class Ordered(Driven, frozen=True):
    """The new order, the planned begin and end of work, and why jobs were left out."""

    order: tuple[JobId, ...]
    times: dict[JobId, tuple[datetime, datetime]]
    left_out: dict[JobId, Reason]


class _Parts(Struct, frozen=True):
    """The jobs of a day by what may happen to them; settled ones stand at the front."""

    settled: list[Job]
    before: list[Job]
    moving: list[Job]
    behind: list[Job]

    @property
    def open(self) -> list[Job]:
        """Return all jobs that are not settled, in today's order."""
        return [*self.before, *self.moving, *self.behind]


def put_in_order(question: OrderQuestion) -> Ordered:
    """Return the best order found. Equal questions get equal answers."""
    parts = _parts(question)
    problem = _problem(question, parts)
    plan = _better(problem, solve(problem, budget_for(problem)))
    stops = [visit.task for route in plan.routes for visit in route.visits]
    moving = {job.id: job for job in parts.moving}
    moved = [moving[job] for stop in stops if (job := JobId(problem.tasks[stop].id)) in moving]
    missing = [job for job in parts.moving if job not in moved]
    kept = [job for job in missing if job.is_pinned or not question.solve]
    front = question.jobs[: held(question.jobs)]
    after = [*front, *parts.settled, *parts.before, *moved, *kept, *parts.behind]
    return Ordered(
        tuple(dict.fromkeys(job.id for job in after)),
        _times(question, problem, plan),
        _reasons(problem, plan, missing) if question.solve else {},
        used=used(problem.travel, problem.tasks),
    )


def outcome(question: OrderQuestion, answer: Ordered, now: datetime) -> list[Job]:
    """Return the jobs of the day as the answer makes them, in its order, then those left out."""
    jobs = {job.id: job for job in question.jobs}
    after: list[Job] = []
    for number, job_id in enumerate(answer.order, start=1):
        job = replace(jobs[job_id], number=number)
        if not is_settled(job) and not job.keeps_time:
            start, end = answer.times.get(job_id, (None, None))
            job = replace(job, scheduled_start=start, scheduled_end=end, scheduled_at=start)
        after.append(job)
    nobody = Wish(
        values={"number": 0, "scheduled_start": None, "scheduled_end": None, "scheduled_at": None}
    )
    after += [
        rules.change(jobs[job], nobody, member=MemberId(""), dispatcher=None, at=now)
        for job in answer.left_out
        if not jobs[job].is_pinned
    ]
    return after


def has_moved(question: OrderQuestion, answer: Ordered) -> bool:
    """Tell whether the answer differs from the order of the question."""
    return answer.order != tuple(job.id for job in question.jobs)


def _parts(question: OrderQuestion) -> _Parts:
    """Sort the jobs; up to one that is pinned to its position nothing moves."""
    jobs, begin = question.jobs, max(question.index, held(question.jobs))
    end = len(jobs) if question.count is None else max(begin, question.index + question.count)
    return _Parts(
        [job for job in jobs if is_settled(job)],
        [job for job in jobs[:begin] if not is_settled(job)],
        [job for job in jobs[begin:end] if not is_settled(job)],
        [job for job in jobs[end:] if not is_settled(job)],
    )


def _ends(question: OrderQuestion, parts: _Parts) -> Ends:
    """Return where the rest of the day begins and ends: where the last settled job was, if any."""
    ends = ends_of(question.member, question.company)
    here = next((job.position for job in reversed(parts.settled) if job.position), ends.start)
    return Ends(here, ends.end)


def _places(question: OrderQuestion, parts: _Parts) -> tuple[list[Point], list[int | None]]:
    """Return the distinct positions; the number of the start, of the end, and of each open job."""
    ends = _ends(question, parts)
    return distinct([ends.start, ends.end, *(job.position for job in parts.open)])


def _problem(question: OrderQuestion, parts: _Parts) -> Problem:
    member, keep = question.member, question.constraints
    points, numbers = _places(question, parts)
    load = question.solve and keep.capacity and member.vehicle_capacity > 0
    tasks = [
        _task(question, job, number, load=load)
        for job, number in zip(parts.open, numbers[2:], strict=True)
    ]
    first, last = _fixed(parts, numbers[2:], _ends(question, parts), pinned=not question.solve)
    person = Person(
        id=member.id,
        start=numbers[0],
        end=numbers[1],
        shift=_shift(question, parts),
        mode=mode_of(member),
        capacity=(member.vehicle_capacity,) if load else (),
        max_tasks=max(0, keep.max_jobs - len(parts.settled))
        if question.solve and keep.max_jobs is not None
        else None,
        first=first,
        last=last,
    )
    problem = Problem(
        tasks=tuple(tasks),
        persons=(person,),
        travel=question.travel or great_circle(points, [person.mode]),
        minimise="seconds" if question.solve else "metres",
        priority_first=not question.solve,
    )
    return loosened(problem)


def _task(question: OrderQuestion, job: Job, location: int | None, *, load: bool) -> Task:
    task = task_of(
        job,
        question.company,
        question.day,
        location,
        windows=question.solve and question.constraints.time_window,
    )
    task = pinned_in_time(task, job, question.company, question.day)
    if not load:
        return task
    return replace(task, pickup=(max(0, job.items_pickup),), dropoff=(max(0, job.items_dropoff),))


def _shift(question: OrderQuestion, parts: _Parts) -> Window:
    """Return when the route may be driven: after what is settled, inside the hours if asked."""
    hours = hours_of(question.member, question.company, question.day)
    start_s = free_from(parts.settled, hours, question.company, question.day)
    if not (question.solve and question.constraints.working_hours):
        return Window(start_s)
    return Window(start_s, max(start_s, hours.end_s) if hours.works else start_s)


def _fixed(
    parts: _Parts, locations: Sequence[int | None], ends: Ends, *, pinned: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the tasks that stay at the front and at the back.

    Where a route has no start, the first job of the day is its start and the last one its end,
    unless their priority asks for another place. With a start it ends wherever its last job is.
    """
    placed = [number for number, location in enumerate(locations) if location is not None]
    low, high = len(parts.before), len(parts.before) + len(parts.moving)
    first = [number for number in placed if number < low]
    last = [number for number in placed if number >= high]
    moving = [number for number in placed if low <= number < high]
    if pinned and ends.start is None and moving:
        priorities = [parts.open[number].priority for number in moving]
        if not first and priorities[0] == max(priorities):
            first = [moving[0]]
        if not last and ends.end is None and priorities[-1] == min(priorities):
            last = [number for number in moving[-1:] if number not in first]
    return tuple(first), tuple(last)


def _better(problem: Problem, found: Plan) -> Plan:
    """Return the plan found, or today's order where that keeps everything and is as good.

    A plan may come out a little worse than one that was found before; nobody is sent a new order
    for that, nor for one that is only different.
    """
    today = [number for number, task in enumerate(problem.tasks) if task.location is not None]
    if not follow(problem, 0, today)[1].feasible:
        return found
    plan = as_plan(problem, [today])
    return plan if (plan.cost, _arrivals_s(plan)) <= (found.cost, _arrivals_s(found)) else found


def _arrivals_s(plan: Plan) -> int:
    return sum(visit.arrive_s for route in plan.routes for visit in route.visits)


def _times(
    question: OrderQuestion, problem: Problem, plan: Plan
) -> dict[JobId, tuple[datetime, datetime]]:
    return {
        JobId(problem.tasks[visit.task].id): (
            moment_of(visit.start_s, question.company, question.day),
            moment_of(visit.leave_s, question.company, question.day),
        )
        for route in plan.routes
        for visit in route.visits
    }


def _reasons(problem: Problem, plan: Plan, missing: Sequence[Job]) -> dict[JobId, Reason]:
    told = {problem.tasks[left.task].id: left.reason for left in plan.unserved}
    return {job.id: told[job.id] for job in missing}
