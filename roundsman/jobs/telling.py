"""What is told of a change of jobs, and to whom."""

from collections.abc import Sequence

from roundsman.accounts.model import Actor
from roundsman.core.clock import local_day, to_ms, to_yyyymmdd
from roundsman.core.ids import MemberId
from roundsman.events.catalogue import (
    By,
    Event,
    HelperCheckedIn,
    HelperCheckedOut,
    JobCheckedIn,
    JobCheckedOut,
    JobCompleted,
    JobCreated,
    JobUpdated,
    RouteChanged,
)
from roundsman.events.outbox import emit
from roundsman.jobs import queries, rules
from roundsman.jobs.model import Helper, Job
from roundsman.storage.database import Tx


def creation(job: Job) -> list[Event]:
    """Return the facts of a new job."""
    events: list[Event] = [JobCreated(job.id)]
    if job.outcome:
        events.append(JobCompleted(job.id, success=job.done_at is not None))
    return events


def edition(before: Job, after: Job) -> list[Event]:
    """Return the facts of an edit, in the order in which they are told (webhooks.md 5)."""
    fields = rules.changed_fields(before, after)
    events: list[Event] = [update(before, after, fields)] if fields else []
    if after.outcome and after.outcome != before.outcome:
        events.append(JobCompleted(after.id, success=after.done_at is not None))
    if after.checked_in_at != before.checked_in_at and after.checked_in_at:
        events.append(JobCheckedIn(after.id, after.member, to_ms(after.checked_in_at)))
    if after.checked_out_at != before.checked_out_at and after.checked_out_at:
        events.append(JobCheckedOut(after.id, after.member, to_ms(after.checked_out_at)))
    return [*events, *crew_news(before, after)]


def crew_news(before: Job, after: Job) -> list[Event]:
    """Return which helpers came and went."""
    old = {helper.member: helper for helper in before.helpers}
    events: list[Event] = []
    for helper in after.helpers:
        was = old.get(helper.member) or Helper(member=helper.member)
        if helper.checked_in_at and helper.checked_in_at != was.checked_in_at:
            events.append(HelperCheckedIn(after.id, helper.member, to_ms(helper.checked_in_at)))
        if helper.checked_out_at and helper.checked_out_at != was.checked_out_at:
            events.append(HelperCheckedOut(after.id, helper.member, to_ms(helper.checked_out_at)))
    return events


def update(before: Job, after: Job, fields: list[str]) -> JobUpdated:
    """Return the fact that those fields of a job changed."""
    return JobUpdated(after.id, fields, to_yyyymmdd(before.day), before.member)


def tell(tx: Tx, by: By, job: Job, events: Sequence[Event]) -> None:
    """Write facts with the job as it is now; of templates nobody hears."""
    if job.is_template:
        return
    snapshot = queries.snapshot_of(job)
    for event in events:
        emit(tx, by, event, snapshot)


def tell_routes(tx: Tx, actor: Actor, touched: set[tuple[MemberId, int]]) -> None:
    """Tell members of today's route; other days can wait for their next look."""
    today = to_yyyymmdd(local_day(tx.now, actor.timezone))
    for member, day in sorted(touched):
        if day == today:
            emit(tx, actor.by, RouteChanged(member, day))
