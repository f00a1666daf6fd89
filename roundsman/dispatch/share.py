"""A set of jobs shared out among members (pure): the question, its problems, the answer."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.model import Company, Member
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.assign import Method, assign
from roundsman.dispatch.day import ends_of, hours_of, mode_of, task_of, zone_of
from roundsman.dispatch.model import Person, Problem, Reason, Task, Travel, TravelMode, Window
from roundsman.dispatch.travel import Driven, Used, Ways, distinct, great_circle, together, used
from roundsman.jobs.model import Job

# Pairs of new and known jobs that are gone through within some hundredths of a second.
_LIGHT_PAIRS = 500
_NO_BOUND = 10**9


class ShareDay(Struct, frozen=True):
    """One day: the jobs to share out, and the jobs each member of the question has already."""

    day: date
    jobs: tuple[Job, ...]
    routes: tuple[tuple[Job, ...], ...]

    @property
    def all(self) -> tuple[Job, ...]:
        """Return all jobs of the day, those to share out first."""
        return (*self.jobs, *(job for route in self.routes for job in route))


class ShareQuestion(Struct, frozen=True, kw_only=True):
    """The question who should do jobs. Routes keep their order; capacities are per member and day.

    New jobs go only to members of the job's team, who finish them within their hours. Without
    `travel`, one for each day, the straight line counts.
    """

    company: Company
    members: tuple[Member, ...]
    days: tuple[ShareDay, ...]
    method: Method = "distance"
    pickup_capacity: int | None = None
    dropoff_capacity: int | None = None
    is_new: bool = False
    travel: tuple[Travel, ...] = ()

    def over(self, ways: Ways) -> "ShareQuestion":
        """Return the question with travel between the positions of each day."""
        modes: set[TravelMode] = {mode_of(member) for member in self.members}
        return replace(self, travel=tuple(ways(_places(self, day)[0], modes) for day in self.days))

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes so long that a process of its own is worth it."""
        new = sum(len(day.jobs) for day in self.days)
        known = sum(len(route) for day in self.days for route in day.routes)
        return new * (new + known) > _LIGHT_PAIRS


class Shared(Driven, frozen=True):
    """Who takes which job, jobs in the order in which they would be driven, and why not."""

    takers: dict[JobId, MemberId]
    left_out: dict[JobId, Reason]


def share_out(question: ShareQuestion) -> Shared:
    """Return who takes which job. Equal questions get equal answers."""
    takers: dict[JobId, MemberId] = {}
    left_out: dict[JobId, Reason] = {}
    told: list[Used] = []
    travels = question.travel or (None,) * len(question.days)
    for day, travel in zip(question.days, travels, strict=True):
        problem, routes = _problem(question, day, travel)
        told.append(used(problem.travel, problem.tasks))
        size = len(day.jobs)
        zones = [zone_of(job) for job in day.all]
        found = assign(problem, routes, range(size), question.method, zones)
        for member, route in zip(question.members, found.routes, strict=True):
            takers |= {day.jobs[stop].id: member.id for stop in route if stop < size}
        left_out |= {day.jobs[left.task].id: left.reason for left in found.unserved}
    return Shared(takers, left_out, used=together(told))


def _places(question: ShareQuestion, day: ShareDay) -> tuple[list[Point], list[int | None]]:
    """Return the distinct positions; the numbers of jobs, company, all starts, all ends."""
    ends = [ends_of(member, question.company) for member in question.members]
    return distinct(
        [
            *(job.position for job in day.all),
            question.company.position,
            *(end.start for end in ends),
            *(end.end for end in ends),
        ]
    )


def _problem(
    question: ShareQuestion, day: ShareDay, travel: Travel | None
) -> tuple[Problem, list[list[int]]]:
    """Return the problem of a day - the new jobs first among its tasks - and the routes so far."""
    jobs = day.all
    points, numbers = _places(question, day)
    home, people = numbers[len(jobs)], numbers[len(jobs) + 1 :]
    tasks = [_task(question, day, job, at) for job, at in zip(jobs, numbers, strict=False)]
    index = {job.id: number for number, job in enumerate(jobs)}
    routes = [
        [index[job.id] for job in route if tasks[index[job.id]].location is not None]
        for route in day.routes
    ]
    persons = [
        _person(question, day, number, people[number], people[number + len(question.members)])
        for number in range(len(question.members))
    ]
    persons = [
        replace(person, start=home) if person.start is None and not route else person
        for person, route in zip(persons, routes, strict=True)
    ]
    problem = Problem(
        tasks=tuple(tasks),
        persons=tuple(persons),
        travel=travel or great_circle(points, {person.mode for person in persons}),
        minimise="metres",
    )
    return problem, routes


def _task(question: ShareQuestion, day: ShareDay, job: Job, location: int | None) -> Task:
    task = task_of(job, question.company, day.day, location, windows=False)
    return replace(
        task,
        skills=frozenset({_team_skill(job.team)} if question.is_new and job.team else ()),
        pickup=(max(0, job.items_pickup), 0),
        dropoff=(0, max(0, job.items_dropoff)),
    )


def _person(
    question: ShareQuestion, day: ShareDay, number: int, start: int | None, end: int | None
) -> Person:
    member = question.members[number]
    person = Person(
        id=member.id,
        start=start,
        end=end,
        mode=mode_of(member),
        capacity=_capacity(question, day.routes[number]),
    )
    if not question.is_new:
        return person
    hours = hours_of(member, question.company, day.day)
    shift = Window(hours.start_s, hours.end_s if hours.works else hours.start_s)
    return replace(person, shift=shift, skills=frozenset(map(_team_skill, member.teams)))


def _team_skill(team: int) -> str:
    """Return the skill that being in a team is: work of a team needs one of its members."""
    return f"team:{team}"


def _capacity(question: ShareQuestion, route: Sequence[Job]) -> tuple[int, ...]:
    """Return the bounds on pickups and drop-offs, less what jobs without a position take."""
    picked, dropped = question.pickup_capacity, question.dropoff_capacity
    if picked is None and dropped is None:
        return ()
    homeless = [job for job in route if job.position is None]
    return (
        _NO_BOUND if picked is None else picked - sum(job.items_pickup for job in homeless),
        _NO_BOUND if dropped is None else dropped - sum(job.items_dropoff for job in homeless),
    )
