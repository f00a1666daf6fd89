"""What a plan of a fleet's day is made of, and how it is written."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Member, State
from roundsman.accounts.rights import Right, Role
from roundsman.accounts.rules import may_see
from roundsman.core.clock import to_yyyymmdd
from roundsman.core.errors import BadValue, Overtaken, UnknownJob, UnknownMember
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.day import in_order, is_settled
from roundsman.dispatch.fleet.model import FleetPlan, FleetQuestion, FleetWish
from roundsman.dispatch.fleet.outcome import essence, outcome
from roundsman.dispatch.slots import queries as holds
from roundsman.jobs import actions as jobs
from roundsman.jobs import numbering, queries
from roundsman.jobs.model import Job
from roundsman.jobs.queries import Filter
from roundsman.storage.database import Tx

OVERTAKEN = "The jobs changed while the plan was being made. Ask again."


class Written(Struct, frozen=True):
    """A job that a plan changed: as it was and as it was written."""

    before: Job
    after: Job


def named_workers(tx: Tx, actor: Actor, names: Sequence[str]) -> tuple[MemberId, ...]:
    """Return the ids of active members by user name or id, each once."""
    found: dict[MemberId, None] = {}
    for name in names:
        member = accounts.find_named(tx, actor.company, name)
        if member is None or member.state is not State.ACTIVE or not may_see(actor, member):
            problem = f"No member {name[:80]}."
            raise UnknownMember(problem, field="workers")
        found[member.id] = None
    return tuple(found)


def ask_fleet(tx: Tx, actor: Actor, wish: FleetWish) -> FleetQuestion:
    """Return the question how the day is planned best.

    Without named workers all that the actor may see are asked, without named jobs all jobs they
    have that day and all that nobody has. What has begun or ended, or is pinned to somebody who is
    not asked, stays as it is. BadValue for a named job that belongs to another day.
    """
    actor.require(Right.DISPATCH)
    members = _members(tx, actor, wish)
    routes = routes_of(tx, actor, members, wish.day)
    theirs = {job.id: job for route in routes for job in route}
    if wish.jobs is None:
        day = to_yyyymmdd(wish.day)
        free = queries.search(tx, actor.company, Filter(day=day, member=""))
        new = [job for job in free if _is_open(job) and jobs.sees(actor, job)]
        movable = None
        if not all(jobs.sees(actor, job) for job in theirs.values()):
            movable = frozenset(job.id for job in theirs.values() if jobs.sees(actor, job))
    else:
        named = _named_jobs(tx, actor, wish)
        new = [job for job in named if job.id not in theirs and _is_open(job)]
        movable = frozenset(job.id for job in named)
    return FleetQuestion(
        company=actor.company_profile,
        members=tuple(members),
        day=wish.day,
        now=tx.now,
        routes=tuple(tuple(route) for route in routes),
        new=tuple(in_order(new)),
        holds=tuple(holds.of_day(tx, actor.company, wish.day)),
        movable=movable,
        keep=wish.keep,
        constraints=wish.constraints,
        weights=wish.weights,
        effort=wish.effort,
    )


def write_fleet(
    tx: Tx, actor: Actor, wish: FleetWish, known: str, plan: FleetPlan
) -> list[Written]:
    """Write a plan; return what it changed. Overtaken unless the question is still the `known`."""
    _lock(tx, actor, plan)
    # Nobody else appends to these days until this is written.
    day = to_yyyymmdd(wish.day)
    numbering.take_turns(tx, actor.company, {(person.member, day) for person in plan.persons})
    question = _again(tx, actor, wish)
    if essence(question) != known:
        raise Overtaken(OVERTAKEN)
    before = {job.id: job for route in question.routes for job in route}
    before |= {job.id: job for job in question.new}
    after = outcome(question, plan, tx.now)
    changed = [Written(before[job.id], job) for job in after if job != before[job.id]]
    jobs.replan(tx, actor, [one.before for one in changed], [one.after for one in changed])
    return changed


def routes_of(tx: Tx, actor: Actor, members: Sequence[Member], day: date) -> list[list[Job]]:
    """Return the day of each member, in order."""
    wanted = Filter(day=to_yyyymmdd(day), members=[member.id for member in members])
    known = in_order(queries.search(tx, actor.company, wanted)) if members else []
    return [[job for job in known if job.member == member.id] for member in members]


def workers_seen(tx: Tx, actor: Actor) -> list[Member]:
    """Return the active workers whom the actor may see."""
    every = accounts.members(tx, actor.company)
    return [one for one in every if one.role is Role.WORKER and may_see(actor, one)]


def _members(tx: Tx, actor: Actor, wish: FleetWish) -> list[Member]:
    if wish.workers is None:
        return workers_seen(tx, actor)
    found = accounts.some_members(tx, actor.company, wish.workers)
    return [
        member
        for name in wish.workers
        if (member := found.get(name)) is not None
        and member.state is State.ACTIVE
        and may_see(actor, member)
    ]


def _named_jobs(tx: Tx, actor: Actor, wish: FleetWish) -> list[Job]:
    found = queries.get_many(tx, actor.company, list(dict.fromkeys(wish.jobs or ())))
    for job in found:
        if job.is_template or not jobs.sees(actor, job):
            problem = f"No job {job.id}."
            raise UnknownJob(problem, field="jobs")
        if job.day not in {None, wish.day}:
            problem = (
                f"Job {job.id} is for {to_yyyymmdd(job.day)}: plan that day, or move it first."
            )
            raise BadValue(problem, field="jobs")
    return found


def _is_open(job: Job) -> bool:
    """Tell whether a job that none of the members has may be given to one of them."""
    return not (is_settled(job) or job.keeps_person)


def _lock(tx: Tx, actor: Actor, plan: FleetPlan) -> None:
    """Lock every job of a plan in one go, in the order everybody locks them."""
    named = {stop.job for person in plan.persons for stop in person.stops}
    named |= {job for person in plan.persons for job in person.rest}
    named |= {left.job for left in plan.left_out}
    queries.find_many(tx, actor.company, [JobId(job) for job in named if job], lock=True)


def _again(tx: Tx, actor: Actor, wish: FleetWish) -> FleetQuestion:
    """Return the question as it would be asked now; Overtaken where it cannot be any more."""
    try:
        return ask_fleet(tx, actor, wish)
    except (BadValue, UnknownJob) as gone:
        raise Overtaken(OVERTAKEN) from gone
