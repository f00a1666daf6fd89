"""A day as it stands, person by person (pure): when each stop is reached, and what that breaks.

Nothing is planned here. Routes are followed in the order in which people put them, and what that
breaks is told, not prevented. What has begun or ended stands where it happened; the rest is driven
from there, today not before now.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.model import Company, Member
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.checker import Kind, Step, Totals, Violation, follow
from roundsman.dispatch.day import (
    Hours,
    ends_of,
    free_from,
    hours_of,
    is_settled,
    mode_of,
    moment_of,
    pinned_in_time,
    second_of,
    task_of,
)
from roundsman.dispatch.model import OPEN_END_S, Matrix, Person, Problem, Task, Travel, Window
from roundsman.dispatch.timetable import known
from roundsman.dispatch.travel import (
    GREAT_CIRCLE,
    Driven,
    Used,
    Ways,
    distinct,
    great_circle,
    together,
    used,
)
from roundsman.jobs.model import Job, Progress

# A stamp later than this belongs to no route of the day: the job was closed long after it.
_LATE_S = 36 * 3600


class Round(Struct, frozen=True):
    """A member and their jobs of a day: what has begun or ended first, then as it is driven."""

    member: Member
    jobs: tuple[Job, ...]

    @property
    def settled(self) -> list[Job]:
        """Return the jobs that have begun or ended."""
        return [job for job in self.jobs if is_settled(job)]

    @property
    def open(self) -> list[Job]:
        """Return the jobs that are still to be done."""
        return [job for job in self.jobs if not is_settled(job)]


class DayQuestion(Struct, frozen=True, kw_only=True):
    """The question when everybody is where on a day; with `job` also what that job would cost them.

    Without `travel`, one for each round, the straight line counts.
    """

    company: Company
    day: date
    now: datetime
    rounds: tuple[Round, ...]
    job: Job | None = None
    travel: tuple[Travel, ...] = ()

    def over(self, ways: Ways) -> "DayQuestion":
        """Return the question with travel between the positions of each round."""
        return replace(self, travel=tuple(_travel(self, one, ways) for one in self.rounds))

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer needs a process: a thousand stops take some milliseconds."""
        return False


class Stop(Struct, frozen=True, kw_only=True):
    """One job of a round: the way to it, arrival, begin and end of work.

    A settled stop is as it happened and its way is not known.
    """

    job: JobId
    settled: bool
    arrive: datetime
    start: datetime
    leave: datetime
    travel_s: int = 0
    metres: int = 0
    late_s: int = 0


class Trouble(Struct, frozen=True):
    """What a round breaks: at which job, if it is one job's, and by how much."""

    kind: Kind
    job: JobId
    by: int


class Timetable(Struct, frozen=True, kw_only=True):
    """A member's day. `works` is False on a day off; `ends` is None where nothing ends the day.

    The rest of the round is driven from `depart` to `finish`; `totals` are of that rest.
    """

    member: MemberId
    works: bool
    begins: datetime
    ends: datetime | None
    depart: datetime
    finish: datetime
    home: Point | None
    back: Point | None
    stops: tuple[Stop, ...]
    totals: Totals
    troubles: tuple[Trouble, ...]


class Timetables(Driven, frozen=True):
    """The day of everybody in the question."""

    people: tuple[Timetable, ...]


# --- the day ----------------------------------------------------------------------------------


def timetables(question: DayQuestion) -> Timetables:
    """Return when everybody is where."""
    travels = question.travel or (None,) * len(question.rounds)
    people: list[Timetable] = []
    told: list[Used] = []
    for one, travel in zip(question.rounds, travels, strict=True):
        problem = problem_of(question, one, one.open, travel)
        people.append(_timetable(question, one, problem))
        if one.open:
            told.append(used(problem.travel, problem.tasks))
    return Timetables(tuple(people), used=together(told))


def _timetable(question: DayQuestion, one: Round, problem: Problem) -> Timetable:
    company, day = question.company, question.day
    steps, verdict = follow(problem, 0, range(len(problem.tasks)))
    hours = hours_of(one.member, company, day)
    ends = ends_of(one.member, company)
    depart_s = problem.persons[0].shift.start_s
    settled = [_happened(question, job) for job in one.settled]
    stops = _stops(question, problem, steps)
    finish_s = depart_s + verdict.totals.work_s
    return Timetable(
        member=one.member.id,
        works=hours.works,
        begins=moment_of(hours.start_s, company, day),
        ends=None if hours.end_s >= OPEN_END_S else moment_of(hours.end_s, company, day),
        depart=moment_of(depart_s, company, day),
        finish=moment_of(finish_s, company, day),
        home=ends.start,
        back=ends.end,
        stops=(*settled, *stops),
        totals=verdict.totals,
        troubles=tuple(_trouble(problem, found) for found in verdict.violations),
    )


def _stops(question: DayQuestion, problem: Problem, steps: Sequence[Step]) -> list[Stop]:
    """Return the open stops; one without a position takes no time where the one before ended."""
    who = problem.persons[0]
    by_task = {step.task: step for step in steps}
    here, clock_s = who.start, who.shift.start_s
    found: list[Stop] = []
    for index, task in enumerate(problem.tasks):
        step = by_task.get(index) or Step(index, clock_s, clock_s, clock_s)
        seconds, metres = _leg(problem, here, task.location)
        driven = index in by_task and task.windows
        late = max(0, step.start_s - task.windows[-1].end_s) if driven else 0
        arrive, start, leave = (
            moment_of(second, question.company, question.day)
            for second in (step.arrive_s, step.start_s, step.leave_s)
        )
        found.append(
            Stop(
                job=JobId(task.id),
                settled=False,
                arrive=arrive,
                start=start,
                leave=leave,
                travel_s=seconds,
                metres=metres,
                late_s=late,
            )
        )
        here, clock_s = here if task.location is None else task.location, step.leave_s
    return found


def _leg(problem: Problem, here: int | None, there: int | None) -> tuple[int, int]:
    if here is None or there is None:
        return 0, 0
    matrix = problem.travel.matrices[problem.persons[0].mode]
    return known(matrix.seconds[here][there]), known(matrix.metres[here][there])


def _happened(question: DayQuestion, job: Job) -> Stop:
    """Return a stop as its stamps tell it."""
    on_site = timedelta(seconds=job.on_site_s)
    ended = job.done_at or job.failed_at
    begun = job.checked_in_at or (ended - on_site if ended else question.now)
    left = job.checked_out_at or ended or max(question.now, begun + on_site)
    late = 0
    windows = task_of(job, question.company, question.day, None, windows=True).windows
    if windows:
        begun_s = second_of(begun, question.company, question.day)
        late = max(0, begun_s - windows[-1].end_s)
    return Stop(
        job=job.id, settled=True, arrive=begun, start=begun, leave=max(begun, left), late_s=late
    )


def _trouble(problem: Problem, found: Violation) -> Trouble:
    job = "" if found.task is None else problem.tasks[found.task].id
    return Trouble(found.kind, JobId(job), found.by)


# --- one round as a problem ---------------------------------------------------------------------


def _places(
    question: DayQuestion, one: Round, tasks: Sequence[Job]
) -> tuple[list[Point], list[int | None]]:
    """Return the distinct positions; the numbers of the start, of the end, and of each job.

    The job that is asked for is among the positions whether it is a task or not, so that the same
    travel serves a round with it and without it.
    """
    ends = ends_of(one.member, question.company)
    here = next((job.position for job in reversed(one.settled) if job.position), ends.start)
    asked = question.job.position if question.job else None
    points, numbers = distinct(
        [
            here,
            ends.end,
            asked,
            *(job.position for job in one.open),
            *(job.position for job in tasks),
        ]
    )
    return points, [*numbers[:2], *numbers[3 + len(one.open) :]]


def _travel(question: DayQuestion, one: Round, ways: Ways) -> Travel:
    """Return travel between the positions of a round; one that drives nowhere needs none."""
    mode = mode_of(one.member)
    if not one.open and question.job is None:
        return Travel(GREAT_CIRCLE, {mode: Matrix([], [])})
    return ways(_places(question, one, one.open)[0], [mode])


def problem_of(
    question: DayQuestion, one: Round, jobs: Sequence[Job], travel: Travel | None
) -> Problem:
    """Return the rest of a round as the problem of one person with these tasks, in order."""
    member, company, day = one.member, question.company, question.day
    _, numbers = _places(question, one, jobs)
    load = member.vehicle_capacity > 0
    tasks = [
        _task(question, job, number, load=load)
        for job, number in zip(jobs, numbers[2:], strict=True)
    ]
    mode = mode_of(member)
    hours = hours_of(member, company, day)
    problem = Problem(
        tasks=tuple(tasks),
        persons=(
            Person(
                id=member.id,
                start=numbers[0],
                end=numbers[1],
                mode=mode,
                capacity=(member.vehicle_capacity,) if load else (),
            ),
        ),
        travel=travel or _travel(question, one, great_circle),
    )
    first = tasks[0].location if one.open and tasks else None
    start_s = _start_s(question, one, hours, _leg(problem, numbers[0], first)[0])
    end_s = hours.end_s if hours.works else hours.start_s
    # Where the hours are over already, everything is overtime.
    shift = Window(start_s, max(start_s, end_s))
    return replace(problem, persons=(replace(problem.persons[0], shift=shift),))


def _task(question: DayQuestion, job: Job, location: int | None, *, load: bool) -> Task:
    task = task_of(job, question.company, question.day, location, windows=True)
    task = pinned_in_time(task, job, question.company, question.day)
    if not load:
        return task
    return replace(task, pickup=(max(0, job.items_pickup),), dropoff=(max(0, job.items_dropoff),))


def _start_s(question: DayQuestion, one: Round, hours: Hours, way_s: int) -> int:
    """Return when the rest of the round begins: with the hours, or after what is settled.

    Who is on the way since a while arrives now at the earliest, so `way_s` to the first open job
    may be behind them; a day of which nothing has begun starts no sooner than it can.
    """
    start_s = free_from(one.settled, hours, question.company, question.day)
    if not (one.open or question.job):
        return start_s
    now_s = second_of(question.now, question.company, question.day)
    if any(job.progress is Progress.IN_PROGRESS for job in one.settled):
        way_s = 0  # who is at a job has not left it yet
    return max(start_s, now_s - way_s) if 0 <= now_s < _LATE_S else start_s
