"""Templates become jobs: what a recurrence wants of the next days is there, and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Member, State
from roundsman.almanac import queries, repeating
from roundsman.almanac.model import HORIZON_DAYS, Occurrence, Recurrence
from roundsman.almanac.rules import week_of
from roundsman.core.clock import local_day
from roundsman.core.ids import JobId, MemberId, new_job_id
from roundsman.jobs import actions as jobs
from roundsman.jobs import queries as job_queries
from roundsman.jobs import rules as job_rules
from roundsman.jobs.model import Job, Wish
from roundsman.storage.database import Tx


class Horizon(Struct, frozen=True):
    """The days for which jobs are made: today and those after it."""

    first: date
    last: date


def horizon_of(tx: Tx, actor: Actor) -> Horizon:
    """Return the days for which the company's jobs are made now."""
    today = local_day(tx.now, actor.timezone)
    return Horizon(today, today + timedelta(days=HORIZON_DAYS))


def make(tx: Tx, actor: Actor, recurrence: Recurrence) -> list[Job]:
    """Make the jobs of the horizon that are missing, and withdraw those that are not wanted.

    A job that somebody changed, that has begun or ended stays as it is, and one that was deleted
    is not made again. Doing it twice changes nothing. Returns the jobs that are new.
    """
    template = job_queries.find_many(tx, actor.company, [recurrence.template]).get(
        recurrence.template
    )
    if template is None:
        queries.remove(tx, actor.company, recurrence.template)
        return []
    taker = taker_of(tx, actor, recurrence)
    wanted = {} if template.archived_at else wanted_of(tx, actor, recurrence, taker)
    since = horizon_of(tx, actor).first
    known = queries.occurrences(tx, actor.company, recurrence.template, since)
    _let_go(tx, actor, [one for one in known if one.original not in wanted])
    _move(
        tx,
        actor,
        [one for one in known if wanted.get(one.original, one.placed) != one.placed],
        wanted,
    )
    there = {one.original for one in known}
    missing = {day: on for day, on in wanted.items() if day not in there}
    return _add(tx, actor, template, taker.id if taker else MemberId(""), missing)


def wanted_of(
    tx: Tx, actor: Actor, recurrence: Recurrence, taker: Member | None
) -> dict[date, date]:
    """Return the original days of the horizon, and the day that each gets."""
    company, horizon = actor.company_profile, horizon_of(tx, actor)
    days = repeating.days(recurrence, horizon.first, horizon.last)
    return repeating.placed(recurrence, company, week_of(taker, company), days)


def taker_of(tx: Tx, actor: Actor, recurrence: Recurrence) -> Member | None:
    """Return who gets the jobs; nobody where that person left."""
    if not recurrence.member:
        return None
    found = accounts.find_member(tx, actor.company, recurrence.member)
    return found if found is not None and found.state is State.ACTIVE else None


def withdraw_all(tx: Tx, actor: Actor, template: JobId) -> None:
    """Withdraw the jobs from today on that still are as they were made."""
    since = horizon_of(tx, actor).first
    _let_go(tx, actor, queries.occurrences(tx, actor.company, template, since))


def _let_go(tx: Tx, actor: Actor, ones: Sequence[Occurrence]) -> None:
    found = _jobs_of(tx, actor, ones)
    gone = [one for one in ones if one.job in found and job_rules.is_as_made(found[one.job])]
    for one in gone:
        queries.release(tx, actor.company, one)
    jobs.withdraw(tx, actor, [found[one.job] for one in gone])


def _move(tx: Tx, actor: Actor, ones: Sequence[Occurrence], wanted: Mapping[date, date]) -> None:
    """Move jobs whose holiday came or went, unless somebody put them elsewhere."""
    found = _jobs_of(tx, actor, ones)
    after: dict[JobId, Job] = {}
    for one in ones:
        queries.place(tx, actor.company, one, wanted[one.original])
        job = found.get(one.job)
        if job is not None and job_rules.is_as_made(job) and job.day == one.placed:
            wish = Wish(values={"day": wanted[one.original]})
            after[job.id] = job_rules.change(job, wish, member=None, dispatcher=None, at=tx.now)
    jobs.put(tx, actor, found, after)


def _jobs_of(tx: Tx, actor: Actor, ones: Sequence[Occurrence]) -> dict[JobId, Job]:
    ids = [one.job for one in ones]
    return job_queries.find_many(tx, actor.company, ids, lock=True)


def _add(
    tx: Tx, actor: Actor, template: Job, taker: MemberId, missing: Mapping[date, date]
) -> list[Job]:
    drawn = sorted(new_job_id(tx.now) for _ in missing)
    ones = [
        Occurrence(template.id, original, placed, job)
        for (original, placed), job in zip(sorted(missing.items()), drawn, strict=True)
    ]
    # Another process may be at it too: who comes second makes nothing.
    claimed = queries.claim(tx, actor.company, ones)
    after: dict[JobId, Job] = {}
    for one, is_mine in zip(ones, claimed, strict=True):
        if is_mine:
            made = job_rules.made_of(template, one.job, one.placed, one.original, tx.now)
            after[made.id] = replace(made, member=taker, assigned_at=tx.now) if taker else made
    return jobs.put(tx, actor, {}, after)
