"""What is planned and written: the order of a day, who does which jobs.

A plan takes longer than a transaction may, so each action has two halves: the first reads and
returns a question, the answer is worked out outside, the second writes it unless what the question
was made of has changed meanwhile (Overtaken).
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Member, State
from roundsman.accounts.rights import Right, Role
from roundsman.accounts.rules import may_see
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.errors import Overtaken, UnknownJob, UnknownMember
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.assign import Method
from roundsman.dispatch.cluster import ClusterQuestion, Spot, even_size
from roundsman.dispatch.day import in_order, is_settled, zone_of
from roundsman.dispatch.order import (
    Constraints,
    Ordered,
    OrderQuestion,
    has_moved,
    outcome,
)
from roundsman.dispatch.share import Shared, ShareDay, ShareQuestion
from roundsman.jobs import actions as jobs
from roundsman.jobs import numbering, queries, rules
from roundsman.jobs.model import Job, Wish
from roundsman.jobs.queries import Filter
from roundsman.places import queries as places
from roundsman.storage.database import Tx

# --- the order of a day ---------------------------------------------------------------------------


def ask_order(
    tx: Tx,
    actor: Actor,
    account: str,
    day: date,
    *,
    solve: bool = False,
    index: int = 0,
    count: int | None = None,
    constraints: Constraints = Constraints(),  # noqa: B008 - a frozen value
) -> OrderQuestion:
    """Return the question how a member's day is ordered best."""
    actor.require(Right.DISPATCH)
    member = _member(tx, actor, account)
    return OrderQuestion(
        company=actor.company_profile,
        member=member,
        day=day,
        jobs=tuple(_route(tx, actor, member.id, day)),
        solve=solve,
        index=index,
        count=count,
        constraints=constraints,
    )


def write_order(
    tx: Tx, actor: Actor, question: OrderQuestion, answer: Ordered
) -> tuple[list[Job], bool]:
    """Write an order; return the member's jobs in it, and whether it differs from the old one."""
    member, day = question.member.id, question.day
    queries.find_many(tx, actor.company, [job.id for job in question.jobs], lock=True)
    current = accounts.find_member(tx, actor.company, member)
    if current is None or current.state is not State.ACTIVE:
        raise Overtaken(_OVERTAKEN)
    if tuple(_route(tx, actor, member, day)) != question.jobs:
        raise Overtaken(_OVERTAKEN)
    jobs.replan(tx, actor, question.jobs, outcome(question, answer, tx.now))
    return _route(tx, actor, member, day), has_moved(question, answer)


# --- who does which jobs --------------------------------------------------------------------------


class Wanted(Struct, frozen=True, kw_only=True):
    """What autoassign is asked: job ids, user names or ids of members, None for no capacity."""

    jobs: Sequence[JobId]
    workers: Sequence[str]
    method: Method = "distance"
    pickup_capacity: int | None = None
    dropoff_capacity: int | None = None
    day: date | None = None


def ask_share(tx: Tx, actor: Actor, wanted: Wanted) -> ShareQuestion:
    """Return the question who of the workers does which of the jobs.

    A job without a day is for the day asked for, else for today. Jobs that have begun, ended or
    been archived, and pinned ones, are not in the question: nobody is given them.
    """
    actor.require(Right.DISPATCH)
    found = _visible(tx, actor, wanted.jobs)
    members = [_member(tx, actor, name) for name in dict.fromkeys(wanted.workers)]
    members = list({member.id: member for member in members}.values())
    day = wanted.day or local_day(tx.now, actor.timezone)
    open_jobs = [job for job in found if not (is_settled(job) or job.is_pinned)]
    return ShareQuestion(
        company=actor.company_profile,
        members=tuple(members),
        days=tuple(
            _share_day(tx, actor, members, on, [job for job in open_jobs if (job.day or day) == on])
            for on in sorted({job.day or day for job in open_jobs})
        ),
        method=wanted.method,
        pickup_capacity=wanted.pickup_capacity,
        dropoff_capacity=wanted.dropoff_capacity,
    )


def write_share(tx: Tx, actor: Actor, question: ShareQuestion, answer: Shared) -> None:
    """Write who does which jobs; each goes to the end of its member's day."""
    asked = [job for day in question.days for job in day.jobs]
    queries.find_many(tx, actor.company, [job.id for job in asked], lock=True)
    for member in question.members:
        current = accounts.find_member(tx, actor.company, member.id)
        if current is None or current.state is not State.ACTIVE:
            raise Overtaken(_OVERTAKEN)
    numbering.take_turns(tx, actor.company, _routes(question, answer))
    after: list[Job] = []
    for day in question.days:
        if _share_day(tx, actor, question.members, day.day, _again(tx, actor, day.jobs)) != day:
            raise Overtaken(_OVERTAKEN)
        after += _taken(tx, actor, day, answer)
    jobs.replan(tx, actor, asked, after)


def _routes(question: ShareQuestion, answer: Shared) -> set[numbering.Route]:
    """Return the routes that get jobs."""
    return {
        (answer.takers[job.id], to_yyyymmdd(day.day))
        for day in question.days
        for job in day.jobs
        if job.id in answer.takers
    }


def _taken(tx: Tx, actor: Actor, day: ShareDay, answer: Shared) -> list[Job]:
    """Return the jobs with their takers; one that stays where it was does not change."""
    by_id = {job.id: job for job in day.jobs}
    last: dict[MemberId, int] = {}
    after: list[Job] = []
    for job_id, taker in answer.takers.items():
        job = by_id.get(job_id)
        if job is None or (job.member, job.day) == (taker, day.day):
            continue
        if taker not in last:
            last[taker] = queries.last_number(tx, actor.company, taker, to_yyyymmdd(day.day))
        last[taker] += 1
        values = {
            "day": day.day,
            "number": last[taker],
            "scheduled_start": None,
            "scheduled_end": None,
            "scheduled_at": None,
        }
        wish = Wish(values=values)
        after.append(rules.change(job, wish, member=taker, dispatcher=None, at=tx.now))
    return after


def _share_day(
    tx: Tx, actor: Actor, members: Sequence[Member], day: date, new: Sequence[Job]
) -> ShareDay:
    wanted = Filter(day=to_yyyymmdd(day), members=[member.id for member in members])
    known = in_order(queries.search(tx, actor.company, wanted)) if members else []
    asked = {job.id for job in new}
    return ShareDay(
        day,
        tuple(new),
        tuple(
            tuple(job for job in known if job.member == member.id and job.id not in asked)
            for member in members
        ),
    )


def _again(tx: Tx, actor: Actor, asked: Sequence[Job]) -> list[Job]:
    """Return the jobs as they are now; Overtaken when one is gone."""
    found = queries.find_many(tx, actor.company, [job.id for job in asked])
    if len(found) < len(asked):
        raise Overtaken(_OVERTAKEN)
    return [found[job.id] for job in asked]


# --- new jobs that find their person -------------------------------------------------------------


def ask_takers(tx: Tx, actor: Actor, wishes: Sequence[Wish]) -> ShareQuestion:
    """Return the question who takes the jobs that are to be created without a person.

    Asked are the active workers the actor may see, in a job's team where it has one; a worker who
    may create jobs asks nobody else. They take what they finish within their hours after what is on
    their route. A job without a day is for today. The jobs of the question carry the index of their
    wish as their id.
    """
    actor.require(Right.CREATE_JOBS)
    today = local_day(tx.now, actor.timezone)
    keys = [str(wish.values.get("external_id", "")) for wish in wishes]
    known = queries.find_external(tx, actor.company, keys)
    spots = places.find_many(tx, actor.company, {str(w.values.get("place", "")) for w in wishes})
    drafts: list[Job] = []
    for index, (wish, key) in enumerate(zip(wishes, keys, strict=True)):
        before = known.get(key)
        if wish.assignee or (before is not None and (before.member or before.is_pinned)):
            continue
        draft = _draft(tx, actor, index, wish, before)
        place = spots.get(draft.place)
        if draft.position is None and place is not None:
            draft = replace(draft, position=place.position)
        drafts.append(draft if draft.day else replace(draft, day=today))
    members = [
        member
        for member in accounts.members(tx, actor.company)
        if member.role is Role.WORKER
        and may_see(actor, member)
        and (actor.may(Right.EDIT_JOBS) or member.id == actor.id)
    ]
    return ShareQuestion(
        company=actor.company_profile,
        members=tuple(members),
        days=tuple(
            _share_day(tx, actor, members, day, [job for job in drafts if job.day == day])
            for day in sorted({job.day for job in drafts if job.day})
        ),
        is_new=True,
    )


def with_takers(
    tx: Tx, actor: Actor, wishes: Sequence[Wish], question: ShareQuestion, answer: Shared
) -> list[Wish]:
    """Return the wishes with their days and takers; one whose job has a person by now keeps it."""
    takers = accounts.some_members(tx, actor.company, answer.takers.values())
    if any(taker.state is not State.ACTIVE for taker in takers.values()):
        raise Overtaken(_OVERTAKEN)
    keys = [str(wish.values.get("external_id", "")) for wish in wishes]
    known = queries.by_external(tx, actor.company, keys, templates=False)
    days = {job.id: day.day for day in question.days for job in day.jobs}
    after = list(wishes)
    for index, key in enumerate(keys):
        draft, before = JobId(str(index)), known.get(key)
        if draft in days and not (before is not None and before.member):
            values = {**after[index].values, "day": days[draft]}
            after[index] = replace(
                after[index], values=values, assignee=answer.takers.get(draft, "")
            )
    return after


def _draft(tx: Tx, actor: Actor, index: int, wish: Wish, before: Job | None) -> Job:
    """Return the job as it would be, under the index of its wish."""
    job = before or Job(
        id=JobId(""),
        created_at=tx.now,
        saved_at=tx.now,
        on_site_s=actor.company_profile.policy.default_on_site_s,
    )
    return replace(
        rules.change(job, wish, member=None, dispatcher=None, at=tx.now), id=JobId(str(index))
    )


# --- areas of the map -----------------------------------------------------------------------------


def ask_clusters(
    tx: Tx, actor: Actor, ids: Sequence[JobId], *, regions: int, most: int, method: Method
) -> ClusterQuestion:
    """Return the question how jobs fall into areas; those without a position are left out."""
    actor.require(Right.DISPATCH)
    found = [job for job in _visible(tx, actor, ids) if job.position is not None]
    return ClusterQuestion(
        jobs=tuple(job.id for job in found),
        spots=tuple(
            Spot(job.position, zone_of(job) if method == "zones" else "")
            for job in found
            if job.position is not None
        ),
        regions=regions,
        most=even_size(len(found), regions, most) if method == "size" else most,
        home=actor.company_profile.position or Point(0.0, 0.0),
    )


# --- shared ---------------------------------------------------------------------------------------


_OVERTAKEN = "The jobs changed while the plan was being made. Ask again."


def _member(tx: Tx, actor: Actor, name: str) -> Member:
    """Return the active member of that name whom the actor may see."""
    found = accounts.find_named(tx, actor.company, name)
    if found is None or found.state is not State.ACTIVE or not may_see(actor, found):
        problem = f"No member {name[:80]}."
        raise UnknownMember(problem, field="account")
    return found


def _route(tx: Tx, actor: Actor, member: MemberId, day: date) -> list[Job]:
    return in_order(queries.search(tx, actor.company, Filter(day=to_yyyymmdd(day), member=member)))


def _visible(tx: Tx, actor: Actor, ids: Sequence[JobId]) -> list[Job]:
    """Return the jobs of those ids, each once; one that is hidden from the actor does not exist."""
    found = queries.get_many(tx, actor.company, list(dict.fromkeys(ids)))
    for job in found:
        if job.is_template or not jobs.sees(actor, job):
            problem = f"No job {job.id}."
            raise UnknownJob(problem, field="jobs")
    return found
