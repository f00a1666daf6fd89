"""What a dispatcher does by hand: look at a day, move a job, take a move back.

Nothing is planned and nothing is blocked: a job goes where it was put, and the timetable tells what
that breaks. A job that has begun or ended stays where it happened.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Member, State
from roundsman.accounts.rights import Right, Role
from roundsman.accounts.rules import may_see
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.errors import BadValue, Overtaken, UnknownJob, UnknownMember
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.day import is_settled
from roundsman.dispatch.fleet.actions import routes_of
from roundsman.dispatch.timeline import DayQuestion, Round, Timetables
from roundsman.jobs import actions as jobs
from roundsman.jobs import numbering, queries, rules
from roundsman.jobs.model import Job, Wish
from roundsman.storage.database import Tx

# Jobs that one change may bring back: a whole fleet's day.
PLACEMENTS_LIMIT = 5000


class Placement(Struct, frozen=True):
    """Where a job stands: whose, on which day, under which number. No member is unassigned."""

    job: JobId
    member: MemberId
    day: date | None
    number: int


class Moved(Struct, frozen=True):
    """What a change did: the jobs it touched, where they stood and where they stand."""

    before: tuple[Placement, ...]
    after: tuple[Placement, ...]


# --- looking ------------------------------------------------------------------------------------


def ask_day(
    tx: Tx,
    actor: Actor,
    day: date,
    *,
    members: Collection[MemberId] | None = None,
    job: JobId | None = None,
) -> DayQuestion:
    """Return the question when everybody, or only those members, are where on a day.

    Asked are the active workers the actor may see, and whoever else has jobs that day. With a job
    also what it would cost them to do it.
    """
    actor.require(Right.DISPATCH)
    asked = jobs.get(tx, actor, job) if job else None
    if asked is not None and asked.is_template:
        raise UnknownJob(f"No job {asked.id}.", field="job")
    seen = [
        one
        for one in accounts.members(tx, actor.company)
        if one.state is State.ACTIVE and may_see(actor, one)
        if members is None or one.id in members
    ]
    seen.sort(key=lambda one: (one.name.casefold(), one.id))
    routes = routes_of(tx, actor, seen, day)
    return DayQuestion(
        company=actor.company_profile,
        day=day,
        now=tx.now,
        rounds=tuple(
            Round(one, tuple(_settled_first(route)))
            for one, route in zip(seen, routes, strict=True)
            if one.role is Role.WORKER or route
        ),
        job=asked,
    )


def _settled_first(route: Sequence[Job]) -> list[Job]:
    return sorted(route, key=lambda job: not is_settled(job))


# --- moving -------------------------------------------------------------------------------------


def move(tx: Tx, actor: Actor, job: JobId, *, member: str, day: date, before: str = "") -> Moved:
    """Put a job into a member's day before another open job, or at the end; no member unassigns it.

    What stands behind it moves on. Putting a job where it is changes nothing.
    """
    actor.require(Right.DISPATCH)
    moved = jobs.get(tx, actor, job)
    _check_open(moved)
    _check_day(tx, actor, day)
    whose = _member(tx, actor, member) if member else None
    taker = whose.id if whose else MemberId("")
    routes = {
        (one, to_yyyymmdd(on)) for one, on in ((moved.member, moved.day), (taker, day)) if one
    }
    numbering.take_turns(tx, actor.company, routes)
    queries.find_many(tx, actor.company, [job], lock=True)
    moved = jobs.get(tx, actor, job)
    _check_open(moved)
    if whose is None:
        return _write(tx, actor, [moved], [_placed(tx, moved, taker, day, 0)])
    route = _settled_first(routes_of(tx, actor, [whose], day)[0])
    others = [one for one in route if one.id != job]
    at = _place_of(before, others)
    order = [*others[:at], moved, *others[at:]]
    if order == route:
        return Moved((), ())
    return _write(tx, actor, order, _renumbered(tx, order, moved, taker, day))


def _place_of(before: str, others: Sequence[Job]) -> int:
    """Return the index before that open job; Overtaken when it is no longer there."""
    if not before:
        return len(others)
    for at, one in enumerate(others):
        if one.id == before:
            # Nothing is put between what has happened.
            return next(
                (i for i in range(at, len(others)) if not is_settled(others[i])), len(others)
            )
    raise Overtaken("The route changed meanwhile. Look at it and move the job again.")


def _renumbered(tx: Tx, order: Sequence[Job], moved: Job, taker: MemberId, day: date) -> list[Job]:
    """Return the jobs with numbers that rise; those that rise already keep theirs."""
    last = 0
    after: list[Job] = []
    for job in order:
        if job.id == moved.id:
            job = _placed(tx, job, taker, day, last + 1)  # noqa: PLW2901 - the job as it becomes
        elif job.number <= last:
            job = replace(job, number=last + 1)  # noqa: PLW2901 - likewise
        last = job.number
        after.append(job)
    return after


def _placed(tx: Tx, job: Job, member: MemberId, day: date | None, number: int) -> Job:
    wish = Wish(values={"day": day, "number": number})
    return rules.change(job, wish, member=member, dispatcher=None, at=tx.now)


# --- taking back ----------------------------------------------------------------------------------


def put_back(
    tx: Tx, actor: Actor, expected: Sequence[Placement], wanted: Sequence[Placement]
) -> Moved:
    """Bring jobs from where a change put them to where they were; both name the same jobs.

    Overtaken when one of them stands elsewhere by now, or has begun: nothing is changed then.
    """
    actor.require(Right.DISPATCH)
    if len(wanted) > PLACEMENTS_LIMIT:
        problem = f"At most {PLACEMENTS_LIMIT} jobs are put back at once."
        raise BadValue(problem, field="wanted")
    places = {one.job: one for one in wanted}
    if {one.job for one in expected} != set(places) or len(places) != len(wanted):
        problem = "expected and wanted must name the same jobs, each once."
        raise BadValue(problem, field="wanted")
    for day in {one.day for one in wanted if one.day}:
        _check_day(tx, actor, day)
    for name in {one.member for one in wanted if one.member}:
        _member(tx, actor, name)
    numbering.take_turns(
        tx,
        actor.company,
        {
            (one.member, to_yyyymmdd(one.day))
            for one in (*expected, *wanted)
            if one.member and one.day
        },
    )
    queries.find_many(tx, actor.company, list(places), lock=True)
    found = [jobs.get(tx, actor, one.job) for one in expected]
    for job, was in zip(found, expected, strict=True):
        if is_settled(job) or _placement(job) != was:
            problem = f"{_name(job)} was changed meanwhile, so this cannot be taken back any more."
            raise Overtaken(problem)
    after = [
        _placed(tx, job, place.member, place.day, place.number)
        for job in found
        for place in (places[job.id],)
    ]
    return _write(tx, actor, found, after)


# --- planned times --------------------------------------------------------------------------------


def write_times(tx: Tx, actor: Actor, question: DayQuestion, answer: Timetables) -> None:
    """Write when the open jobs of the question are begun and left, as workers' apps show it.

    A job that is no longer where the question had it keeps what it has.
    """
    actor.require(Right.DISPATCH)
    times: Mapping[JobId, tuple[datetime, datetime]] = {
        stop.job: (stop.start, stop.leave)
        for one in answer.people
        for stop in one.stops
        if not stop.settled
    }
    asked = {job.id: job for one in question.rounds for job in one.jobs if job.id in times}
    now = queries.find_many(tx, actor.company, list(asked), lock=True)
    still = [
        job
        for job in now.values()
        if not (is_settled(job) or job.keeps_time) and _placement(job) == _placement(asked[job.id])
    ]
    after = [
        replace(job, scheduled_start=start, scheduled_end=end, scheduled_at=start)
        for job in still
        for start, end in (times[job.id],)
    ]
    jobs.replan(tx, actor, still, after)


# --- shared ---------------------------------------------------------------------------------------


def _write(tx: Tx, actor: Actor, before: Sequence[Job], after: Sequence[Job]) -> Moved:
    pairs = [
        (old, new)
        for old, new in zip(before, after, strict=True)
        if _placement(old) != _placement(new)
    ]
    jobs.replan(tx, actor, [old for old, _ in pairs], [new for _, new in pairs])
    return Moved(
        tuple(_placement(old) for old, _ in pairs), tuple(_placement(new) for _, new in pairs)
    )


def _placement(job: Job) -> Placement:
    return Placement(job.id, job.member, job.day, job.number)


def _check_open(job: Job) -> None:
    if job.is_template:
        raise UnknownJob(f"No job {job.id}.", field="job")
    if is_settled(job):
        problem = f"{_name(job)} has begun or ended: it stays where it is."
        raise BadValue(problem, field="job")


def _check_day(tx: Tx, actor: Actor, day: date) -> None:
    if day < local_day(tx.now, actor.timezone):
        problem = "That day is over: nothing can be moved into it. Choose today or a later day."
        raise BadValue(problem, field="day")


def _name(job: Job) -> str:
    return job.title[:80] or f"Job {job.id}"


def _member(tx: Tx, actor: Actor, name: str) -> Member:
    """Return the active member of that name whom the actor may see."""
    found = accounts.find_named(tx, actor.company, name)
    if found is None or found.state is not State.ACTIVE or not may_see(actor, found):
        raise UnknownMember(f"No member {name[:80]}.", field="member")
    return found
