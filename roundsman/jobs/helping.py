"""Reactions: where helpers are checks them in and out, beside the person who answers for the job.

A helper's area is one of its own (`help:<job>-<member>`), so that the job's check-in stays the
responsible person's. A helper is at every job whose area they are inside, first come or not.
"""

from typing import Any

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Company
from roundsman.core.clock import from_ms
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.events.catalogue import (
    AreaEntered,
    AreaEvent,
    AreaVisitRetracted,
    By,
    JobUpdated,
    Told,
)
from roundsman.jobs import crew, queries, telling
from roundsman.jobs.model import Helper, Job
from roundsman.storage.database import Tx

KIND = "help"
GEOFENCE = "geofence"


def area_id(job: JobId, member: MemberId) -> str:
    """Return the id of the area in which a helper is checked in."""
    return f"{KIND}:{job}-{member}"


def follow_visit(tx: Tx, told: Told) -> None:
    """Check a helper in or out because of where they are; what they said by hand stays."""
    event = told.event
    if not isinstance(event, AreaEvent) or event.area_kind != KIND:
        return
    company = accounts.get_company(tx, told.by.company)
    job_id, _, member = event.of.partition("-")
    job = queries.find_many(tx, company.id, [job_id], lock=True).get(JobId(job_id))
    helper = _helper(job, MemberId(member))
    if job is None or helper is None or helper.said or not _counts(company, job):
        return
    values = _values(helper, event)
    after = crew.stamped(job, helper.member, values, tx.now)
    if after != job:
        queries.save(tx, company.id, after)
        by = By(company.id, helper.member, GEOFENCE)
        telling.tell(
            tx, by, after, telling.crew_news(job, after) or [JobUpdated(job.id, ["helpers"])]
        )


def _counts(company: Company, job: Job) -> bool:
    return company.policy.auto_checkin and job.archived_at is None


def _helper(job: Job | None, member: MemberId) -> Helper | None:
    helpers = job.helpers if job is not None else []
    return next((one for one in helpers if one.member == member), None)


def _values(helper: Helper, event: AreaEvent) -> dict[str, Any]:
    at = from_ms(event.at_ms)
    if isinstance(event, AreaVisitRetracted):
        return {"checked_in_at": None, "checked_out_at": None}
    if isinstance(event, AreaEntered):
        # Who comes back stays checked in since they first came, and is not out any more.
        first = helper.checked_in_at if helper.checked_in_at and not event.corrects else at
        return {"checked_in_at": first, "checked_out_at": None}
    return {"checked_out_at": at}


def follow_crew(tx: Tx, company: CompanyId, before: Job | None, job: Job) -> None:
    """Keep who sees a job as a helper, and on which day, in step with the job."""
    old = _rows(before) if before is not None else set[tuple[MemberId, int]]()
    queries.change_crew(tx, company, job.id, gone=old - _rows(job), new=_rows(job) - old)


def _rows(job: Job) -> set[tuple[MemberId, int]]:
    return {(helper.member, queries.day_of(job)) for helper in job.helpers}
