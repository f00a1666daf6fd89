"""Asking for expected arrivals, and learning from those that came about."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor
from roundsman.arrivals import queries, rules
from roundsman.arrivals.model import EVERY, Expected
from roundsman.core.clock import from_ms, local_day, to_yyyymmdd
from roundsman.core.ids import JobId, MemberId
from roundsman.diary import queries as diary
from roundsman.diary.model import What
from roundsman.dispatch import eta
from roundsman.events.catalogue import JobCheckedIn, JobEvent, Told
from roundsman.jobs import actions as jobs
from roundsman.jobs import queries as job_queries
from roundsman.jobs.model import Job, Outcome
from roundsman.jobs.queries import Filter
from roundsman.storage.database import Tx


class Shown(Struct, frozen=True):
    """An expected arrival with its job, and how late that is: None where nothing says."""

    expected: Expected
    job: Job
    minutes_late: int | None


def expected(
    tx: Tx, actor: Actor, *, member: MemberId | None = None, ids: Sequence[JobId] | None = None
) -> list[Shown]:
    """Return the expected arrivals of today at jobs that the actor may see, in route order."""
    today = local_day(tx.now, actor.timezone)
    wanted = Filter(day=to_yyyymmdd(today), member=member, outcome=Outcome.OPEN)
    if ids is not None:
        wanted = Filter(ids=list(ids), day=to_yyyymmdd(today), member=member, outcome=Outcome.OPEN)
    found = jobs.search(tx, actor, wanted)
    known = queries.of_jobs(tx, actor.company, [job.id for job in found])
    shown = [_shown(actor, today, job, known[job.id]) for job in found if job.id in known]
    return sorted(shown, key=lambda one: (one.expected.member, one.expected.arrive_ms, one.job.id))


def _shown(actor: Actor, day: date, job: Job, one: Expected) -> Shown:
    late = eta.minutes_late(day, actor.company_profile, job, from_ms(one.arrive_ms))
    return Shown(one, job, late)


# --- reactions ------------------------------------------------------------------------------------


def follow_job(tx: Tx, told: Told) -> None:
    """Look at a member whose day changed, unless they are looked at soon anyway."""
    event = told.event
    if not isinstance(event, JobEvent) or not told.snapshot:
        return
    job = job_queries.from_snapshot(told.snapshot)
    company = accounts.get_company(tx, told.by.company)
    if job.member and job.day == local_day(tx.now, company.timezone):
        diary.hasten(tx, company.id, What.ARRIVALS, job.member, unless_within=EVERY)


def learn(tx: Tx, told: Told) -> None:
    """Note how far off an arrival was that has come about, by how long before it was expected."""
    event = told.event
    if not isinstance(event, JobCheckedIn):
        return
    company = told.by.company
    one = queries.of_jobs(tx, company, [event.job]).get(event.job)
    if one is None or one.member != event.member:
        return
    for lead, foreseen_ms in sorted(one.foreseen.items()):
        counts = queries.find_error(tx, company, lead)
        queries.save_error(tx, company, lead, rules.measured(counts, foreseen_ms, event.at_ms))
    queries.remove(tx, company, [event.job])
