"""A fleet's day as a planning problem (pure)."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.model import Member
from roundsman.core.clock import at_local, local_day
from roundsman.core.ids import JobId
from roundsman.dispatch.day import (
    free_from,
    held,
    hours_of,
    is_settled,
    mode_of,
    pinned_in_time,
    second_of,
    task_of,
)
from roundsman.dispatch.fleet.model import FleetQuestion, Held, places_of
from roundsman.dispatch.model import Person, Problem, Task, Window, penalty_of
from roundsman.dispatch.order import Constraints
from roundsman.dispatch.travel import great_circle
from roundsman.jobs.model import Job

# What is promised to a customer, or pinned to a time, is left out last of all.
_PROMISED = 100
_PROMISED_PRIORITY = 11
# Above every sum of real loads; a member's capacity of 0 is no bound.
_NO_BOUND = 10**9


class FleetProblem(Struct, frozen=True, kw_only=True):
    """The problem of a question, in which tasks are the open jobs, then the holds.

    `routes` are the tasks (indices) of each member's day so far that have a position; `stays` are
    those that never leave their person, planned or not.
    """

    problem: Problem
    jobs: tuple[Job, ...]
    holds: tuple[Held, ...]
    routes: tuple[tuple[int, ...], ...]
    stays: frozenset[int]


def problem_of(question: FleetQuestion, keep: Constraints) -> FleetProblem:
    """Return the problem in which the constraints are kept, and nothing but them."""
    jobs = tuple(question.open_jobs)
    points, numbers = places_of(question)
    count, size = len(question.members), len(jobs) + len(question.holds)
    starts, ends = numbers[size : size + count], numbers[size + count :]
    load = keep.capacity and any(member.vehicle_capacity > 0 for member in question.members)
    owners = _owners(question)
    front = frozenset(job.id for route in question.routes for job in route[: held(route)])
    tasks = [
        _task(question, keep, job, at, owner=owner, front=front, load=load)
        for job, at, owner in zip(jobs, numbers, owners, strict=False)
    ]
    tasks += [
        _held_task(question, hold, at, load=load)
        for hold, at in zip(question.holds, numbers[len(jobs) : size], strict=True)
    ]
    index = {job.id: number for number, job in enumerate(jobs)}
    routes: list[tuple[int, ...]] = []
    persons: list[Person] = []
    for number, (member, route) in enumerate(zip(question.members, question.routes, strict=True)):
        fixed = [index[job.id] for job in route[: held(route)] if not is_settled(job)]
        person = _person(question, keep, member, route, load=load)
        persons.append(
            replace(
                person,
                start=starts[number],
                end=ends[number],
                first=tuple(stop for stop in fixed if tasks[stop].location is not None),
            )
        )
        routes.append(
            tuple(
                index[job.id]
                for job in route
                if job.id in index and tasks[index[job.id]].location is not None
            )
        )
    problem = Problem(
        tasks=tuple(tasks),
        persons=tuple(persons),
        travel=question.travel or great_circle(points, {person.mode for person in persons}),
        minimise=question.weights.minimise,
    )
    stays = {
        at
        for at, (job, owner) in enumerate(zip(jobs, owners, strict=True))
        if owner and (tasks[at].person or tasks[at].location is None or job.is_pinned)
    }
    return FleetProblem(
        problem=problem,
        jobs=jobs,
        holds=question.holds,
        routes=tuple(routes),
        stays=frozenset(stays),
    )


def _owners(question: FleetQuestion) -> list[Member | None]:
    """Return who of the members has each open job."""
    owners: list[Member | None] = []
    for member, route in zip(question.members, question.routes, strict=True):
        owners += [member for job in route if not is_settled(job)]
    return [*owners, *(None for _ in question.new)]


def _task(
    question: FleetQuestion,
    keep: Constraints,
    job: Job,
    location: int | None,
    *,
    owner: Member | None,
    front: frozenset[JobId],
    load: bool,
) -> Task:
    task = task_of(job, question.company, question.day, location, windows=keep.time_window)
    stays = owner is not None and (
        question.keep != "nothing" or job.id in front or not _is_movable(question, job)
    )
    task = replace(
        task,
        person=owner.id if owner is not None and stays else "",
        skills=frozenset({_team_skill(job.team)} if job.team and not stays else ()),
        preferred=frozenset({owner.id} if owner is not None else ()),
        preference=question.weights.same_person if owner is not None else 0,
        pickup=(max(0, job.items_pickup),) if load else (),
        dropoff=(max(0, job.items_dropoff),) if load else (),
    )
    if not job.keeps_time:
        return task
    task = pinned_in_time(task, job, question.company, question.day)
    return replace(task, penalty=task.penalty * _PROMISED)


def _is_movable(question: FleetQuestion, job: Job) -> bool:
    """Tell whether a job of somebody's day may go to somebody else."""
    return not job.keeps_person and (question.movable is None or job.id in question.movable)


def _held_task(question: FleetQuestion, hold: Held, location: int | None, *, load: bool) -> Task:
    zone = question.company.timezone
    opens, closes = (
        second_of(at_local(question.day, minutes, zone), question.company, question.day)
        for minutes in (hold.window_start, hold.window_end)
    )
    return Task(
        id=hold.id,
        location=location,
        service_s=hold.on_site_s,
        windows=(Window(max(0, opens), max(0, closes)),),
        priority=_PROMISED_PRIORITY,
        skills=frozenset({_team_skill(hold.team)} if hold.team else ()),
        pickup=(hold.items_pickup,) if load else (),
        dropoff=(hold.items_dropoff,) if load else (),
        penalty=penalty_of(_PROMISED_PRIORITY) * _PROMISED,
    )


def _person(
    question: FleetQuestion, keep: Constraints, member: Member, route: Sequence[Job], *, load: bool
) -> Person:
    hours = hours_of(member, question.company, question.day)
    settled = [job for job in route if is_settled(job)]
    start_s = free_from(settled, hours, question.company, question.day)
    if local_day(question.now, question.company.timezone) == question.day:
        # A plan made at noon begins at noon, to the full minute.
        now_s = second_of(question.now, question.company, question.day)
        start_s = max(start_s, -(-now_s // 60) * 60)
    shift = Window(start_s)
    if keep.working_hours:
        shift = Window(start_s, max(start_s, hours.end_s) if hours.works else start_s)
    homeless = [job for job in route if job.position is None and not is_settled(job)]
    capacity = member.vehicle_capacity or _NO_BOUND
    capacity -= sum(job.items_pickup + job.items_dropoff for job in homeless)
    return Person(
        id=member.id,
        shift=shift,
        mode=mode_of(member),
        skills=frozenset(map(_team_skill, member.teams)),
        capacity=(max(0, capacity),) if load else (),
        max_tasks=None if keep.max_jobs is None else max(0, keep.max_jobs - len(settled)),
    )


def _team_skill(team: int) -> str:
    """Return the skill that being in a team is: work of a team needs one of its members."""
    return f"team:{team}"
