"""Letting templates repeat, and changing what repeats: one job, those that follow, or all."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.almanac import making, queries, repeating
from roundsman.almanac.model import OnHolidays, Recurrence
from roundsman.core.clock import local_day
from roundsman.core.errors import BadValue, UnknownThing
from roundsman.core.ids import JobId, MemberId, new_template_id
from roundsman.jobs import actions as jobs
from roundsman.jobs import queries as job_queries
from roundsman.jobs import rules as job_rules
from roundsman.jobs.model import Job, Wish
from roundsman.jobs.names import named
from roundsman.storage.database import Tx

RECURRENCES_MOST = 1000


class Pattern(Struct, frozen=True, kw_only=True):
    """How somebody wants a template to repeat; UNSET stays as it is, or as it is for new ones.

    `rule` is an RRULE with or without its end, `assignee` a user name or id.
    """

    rule: str | UnsetType = UNSET
    start: date | UnsetType = UNSET
    until: date | UnsetType | None = UNSET
    count: int | UnsetType = UNSET
    except_on: Sequence[date] | UnsetType = UNSET
    holidays: OnHolidays | UnsetType = UNSET
    assignee: str | UnsetType = UNSET


class Scope(StrEnum):
    """Which jobs of a series a change is about."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


class Series(Struct, frozen=True):
    """How a template repeats, if it does, and the jobs that a change was about."""

    recurrence: Recurrence | None
    jobs: list[Job]


def repeat(tx: Tx, actor: Actor, template: JobId, pattern: Pattern) -> Series:
    """Let a template repeat, or repeat in another way; the jobs of the next days follow at once."""
    actor.require(Right.EDIT_JOBS)
    _template(tx, actor, template)
    before = queries.find(tx, actor.company, template)
    if before is None and queries.how_many(tx, actor.company) >= RECURRENCES_MOST:
        raise BadValue(f"A company has at most {RECURRENCES_MOST} templates that repeat.")
    after = _patterned(tx, actor, before, template, pattern)
    queries.save(tx, actor.company, after)
    if before is not None and before.member != after.member:
        _renew(tx, actor, before, after)
    return Series(after, making.make(tx, actor, after))


def series(
    tx: Tx, actor: Actor, templates: Sequence[JobId] | None = None
) -> list[tuple[Recurrence, Job]]:
    """Return how templates repeat, with the templates; all that the actor may see by default."""
    actor.require(Right.EDIT_JOBS)
    if templates is None:
        found = queries.page(tx, actor.company, "", RECURRENCES_MOST)
    else:
        found = queries.find_many(tx, actor.company, templates)
    known = job_queries.find_many(tx, actor.company, [one.template for one in found])
    return [
        (one, known[one.template])
        for one in found
        if one.template in known and jobs.sees(actor, known[one.template])
    ]


def end(tx: Tx, actor: Actor, template: JobId) -> None:
    """Let a template repeat no more: jobs from today on that nobody touched are withdrawn.

    Ending what does not repeat changes nothing.
    """
    actor.require(Right.EDIT_JOBS)
    _template(tx, actor, template)
    if queries.find(tx, actor.company, template) is not None:
        queries.remove(tx, actor.company, template)
        making.withdraw_all(tx, actor, template)


def edit(
    tx: Tx,
    actor: Actor,
    job_id: JobId,
    scope: Scope,
    wish: Wish,
    pattern: Pattern = Pattern(),  # noqa: B008 - frozen
) -> Series:
    """Change a job that repeats: this one, this and those that follow, or all from today on.

    Jobs that somebody changed before, that have begun or ended are left as they are.
    """
    actor.require(Right.EDIT_JOBS)
    job = jobs.get(tx, actor, job_id)
    before = queries.find(tx, actor.company, job.template) if job.template else None
    if scope is Scope.THIS:
        if pattern != Pattern():
            raise BadValue(
                "One job alone has no recurrence: use scope following or all.", field="recurrence"
            )
        return Series(before, jobs.edit(tx, actor, {job.id: wish}))
    if before is None or job.original_day is None:
        raise UnknownThing(f"Job {job.id} is of no series that goes on.", field="job")
    _refuse_days(wish)
    if scope is Scope.FOLLOWING and job.original_day > before.start:
        before = _split(tx, actor, before, job.original_day)
        since = job.original_day
    else:
        since = local_day(tx.now, actor.timezone)
    return _change_series(tx, actor, before, since, wish, pattern)


def _change_series(
    tx: Tx, actor: Actor, before: Recurrence, since: date, wish: Wish, pattern: Pattern
) -> Series:
    jobs.edit(tx, actor, {before.template: replace(wish, assignee=None)})
    if wish.assignee is not None and pattern.assignee is UNSET:
        pattern = replace(pattern, assignee=wish.assignee)
    after = _patterned(tx, actor, before, before.template, pattern)
    queries.save(tx, actor.company, after)
    _renew(tx, actor, before, after)
    making.make(tx, actor, after)
    found = queries.occurrences(tx, actor.company, after.template, since)
    known = job_queries.find_many(tx, actor.company, [one.job for one in found])
    return Series(after, [known[one.job] for one in found if one.job in known])


def _refuse_days(wish: Wish) -> None:
    for name, wire in (("day", "day"), ("number", "number"), ("external_id", "uidSecondary")):
        if wish.values.get(name):
            raise BadValue(
                f"{wire} is one job's own; a series is moved by its recurrence.", field=wire
            )


def _split(tx: Tx, actor: Actor, before: Recurrence, day: date) -> Recurrence:
    """Let a series end before a day and a copy of it go on from there; return the copy."""
    old = _template(tx, actor, before.template)
    heir = replace(old, id=new_template_id(tx.now), created_at=tx.now, external_id="")
    job_queries.add_many(tx, actor.company, [heir])
    gone_by = repeating.times_before(before, day)
    ended = replace(before, until=day - timedelta(days=1), count=0)
    goes_on = replace(
        before,
        template=heir.id,
        start=day,
        count=max(1, before.count - gone_by) if before.count else 0,
    )
    for one in (ended, goes_on):
        queries.save(tx, actor.company, one)
    queries.hand_over(tx, actor.company, old.id, heir.id, day)
    moved = queries.occurrences(tx, actor.company, heir.id, day)
    known = job_queries.find_many(tx, actor.company, [one.job for one in moved], lock=True)
    job_queries.save_many(
        tx, actor.company, [replace(job, template=heir.id) for job in known.values()]
    )
    return goes_on


def _renew(tx: Tx, actor: Actor, before: Recurrence, after: Recurrence) -> None:
    """Give jobs from today on that still are as they were made what their template says now."""
    template = _template(tx, actor, after.template)
    taker = making.taker_of(tx, actor, after)
    since = making.horizon_of(tx, actor).first
    found = queries.occurrences(tx, actor.company, after.template, since)
    known = job_queries.find_many(tx, actor.company, [one.job for one in found], lock=True)
    old = {job.id: job for job in known.values() if job_rules.is_as_made(job)}
    renewed: dict[JobId, Job] = {}
    for job in old.values():
        made = job_rules.made_anew(job, template, tx.now)
        if before.member != after.member and job.member == before.member:
            member = taker.id if taker else MemberId("")
            made = job_rules.change(made, Wish(), member=member, dispatcher=None, at=tx.now)
        renewed[job.id] = made
    jobs.put(tx, actor, old, renewed)


def _template(tx: Tx, actor: Actor, template: JobId) -> Job:
    found = jobs.get(tx, actor, template)
    if not found.is_template:
        raise BadValue(f"Job {template} is no template, and only templates repeat.", field="job")
    return found


def _patterned(
    tx: Tx, actor: Actor, before: Recurrence | None, template: JobId, pattern: Pattern
) -> Recurrence:
    """Return the recurrence as wished. BadValue for what cannot be right."""
    today = local_day(tx.now, actor.timezone)
    if before is None:
        if isinstance(pattern.rule, UnsetType):
            raise BadValue(
                "A recurrence needs an rrule such as FREQ=WEEKLY;BYDAY=MO.",
                field="recurrence.rrule",
            )
        before = Recurrence(template=template, rule="", start=today)
    after = before
    if not isinstance(pattern.rule, UnsetType):
        read = repeating.read_rule(pattern.rule, "recurrence.rrule")
        after = replace(after, rule=read.rule, until=read.until, count=read.count)
    if not isinstance(pattern.start, UnsetType):
        after = replace(after, start=pattern.start)
    if not isinstance(pattern.until, UnsetType):
        after = replace(after, until=pattern.until, count=0 if pattern.until else after.count)
    if not isinstance(pattern.count, UnsetType):
        until = after.until if pattern.until is not UNSET or not pattern.count else None
        after = replace(after, count=pattern.count, until=until)
    if not isinstance(pattern.except_on, UnsetType):
        after = replace(after, except_on=sorted(set(pattern.except_on)))
    if not isinstance(pattern.holidays, UnsetType):
        after = replace(after, holidays=pattern.holidays)
    if not isinstance(pattern.assignee, UnsetType):
        names = named(tx, actor.company, [Wish(assignee=pattern.assignee)])
        member = names.person(pattern.assignee, "recurrence.worker", after.member)
        after = replace(after, member=member or MemberId(""))
    repeating.check(after, today)
    return after
