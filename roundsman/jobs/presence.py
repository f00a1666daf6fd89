"""Reactions: where people are, and what they finish, checks them in and out of their jobs.

Which job they are at is decided by `jobs.checkin` from the visits that tracking knows; here the
outcome is written into the jobs and told. What a person wrote stays.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Company
from roundsman.core.clock import from_ms, to_ms, to_yyyymmdd
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.events.catalogue import (
    AreaEntered,
    AreaEvent,
    AreaVisitRetracted,
    By,
    Event,
    JobCheckedIn,
    JobCheckedOut,
    JobEvent,
    JobUpdated,
    Told,
)
from roundsman.events.outbox import emit
from roundsman.jobs import queries
from roundsman.jobs.areas import time_to_enter
from roundsman.jobs.checkin import Span, Stay, arbitrate, entry_of
from roundsman.jobs.model import Job
from roundsman.storage.database import Db, Tx
from roundsman.storage.dialects import take_turn
from roundsman.tracking.model import Visit
from roundsman.tracking.queries import segments

KIND = "job"
GEOFENCE = "geofence"

# How far around a happening visits count, and how near to it those are whose jobs may change. An
# area may be entered for 30 hours, 31 on the long day, so a job that may change has all its visits
# among those that count.
_SEEN_MS = 48 * 3_600_000
_CHANGED_MS = 12 * 3_600_000
_ENTERED_MS = 31 * 3_600_000
_FAR = 2**62
_VISITS_MOST = 2000
_LOOKS_MOST = 100

_TELLING = frozenset(
    {"done_at", "failed_at", "rejected_at", "accepted_at", "checked_in_at", "checked_out_at"}
)


class _Day(Struct, frozen=True, kw_only=True):
    """A member's jobs around a moment, and when they were in the areas of which."""

    jobs: dict[JobId, Job]
    stays: list[Stay]


def follow_visit(tx: Tx, told: Told) -> None:
    """Check a member in or out because of where they are, or correct what was told before."""
    event = told.event
    if not isinstance(event, AreaEvent) or event.area_kind != KIND:
        return
    by = By(told.by.company, event.member, GEOFENCE)
    is_new = isinstance(event, AreaEntered) and not event.corrects
    never_was = JobId(event.of) if isinstance(event, AreaVisitRetracted) else None
    decide(tx, by, event.at_ms, newcomer=event.of if is_new else "", never_was=never_was)


def follow_job(tx: Tx, told: Told) -> None:
    """Check a member in at the next job when the one they are at is finished or left by hand."""
    event = told.event
    if not isinstance(event, JobEvent) or told.by.means == GEOFENCE:
        return
    if isinstance(event, JobUpdated) and not _TELLING.intersection(event.fields):
        return
    job = queries.from_snapshot(told.snapshot)
    at_ms = _last_moment(job)
    if job.member and at_ms:
        decide(tx, By(told.by.company, job.member, GEOFENCE), at_ms)


def _last_moment(job: Job) -> int:
    """Return the latest time at which something was done on the job, 0 when nothing was."""
    stamps = (
        job.checked_in_at,
        job.checked_out_at,
        job.done_at,
        job.failed_at,
        job.rejected_at,
        job.archived_at,
    )
    return max(to_ms(min(stamp, job.saved_at)) if stamp else 0 for stamp in stamps)


async def look_again(db: Db) -> int:
    """Think over the check-ins whose time has come; return how many members there were."""

    def look(tx: Tx) -> int:
        if not take_turn(tx, "second looks"):
            return 0
        due = queries.take_looks(tx, to_ms(tx.now), _LOOKS_MOST)
        for company, member, around_ms in due:
            decide(tx, By(company, member, GEOFENCE), around_ms)
        return len(due)

    def is_due(tx: Tx) -> bool:
        return queries.has_looks(tx, to_ms(tx.now))

    return await db.write(look) if await db.read(is_due) else 0


def decide(
    tx: Tx, by: By, around_ms: int, *, newcomer: str = "", never_was: JobId | None = None
) -> None:
    """Decide anew which jobs a member was at around a moment, and write what has changed.

    `newcomer` is a job whose visit has just become known, `never_was` one that was told a visit
    at that moment which turned out not to be.
    """
    company = accounts.get_company(tx, by.company)
    if not company.policy.auto_checkin:
        return
    day = _load(tx, company, by.member, around_ms, never_was)
    verdict = arbitrate(
        day.stays,
        {job.id: entry_of(job) for job in day.jobs.values()},
        delay_ms=company.policy.checkin_delay_s * 1000,
        now_ms=to_ms(tx.now),
        newcomer=newcomer,
    )
    near = {stay.job for stay in day.stays if _is_near(stay, around_ms)}
    if never_was is not None and _came_of(day.jobs.get(never_was), around_ms):
        near.add(never_was)
    for job in day.jobs.values():
        if job.id in near and job.archived_at is None:
            _write(tx, by, job, verdict.spans.get(job.id, []))
    if verdict.look_again_ms > to_ms(tx.now):
        queries.plan_look(tx, by.company, by.member, verdict.look_again_ms, around_ms)


def _came_of(job: Job | None, enter_ms: int) -> bool:
    """Tell whether a job's check-in came of the visit that began at a moment, or of a later one."""
    return job is not None and to_ms(job.checked_in_at) >= enter_ms


def _load(tx: Tx, company: Company, member: MemberId, around_ms: int, also: JobId | None) -> _Day:
    """Return what is known, the jobs locked; a visit counts if it began on the day of its job."""
    visits = _visits_around(tx, company.id, member, around_ms)
    ids = {visit.area.removeprefix(KIND + ":") for visit in visits}
    found = queries.find_many(tx, company.id, ids | ({also} if also else set()), lock=True)
    jobs = {job.id: job for job in found.values() if job.member == member and job.day}
    days = {job.id: time_to_enter(company, job.day) for job in jobs.values() if job.day}
    stays = [
        Stay(job=job, enter_ms=visit.enter_ms, exit_ms=visit.exit_ms)
        for visit in visits
        if (job := JobId(visit.area.removeprefix(KIND + ":"))) in jobs
        and days[job][0] <= visit.enter_ms < days[job][1]
    ]
    return _Day(jobs=jobs, stays=stays)


def _visits_around(tx: Tx, company: CompanyId, member: MemberId, around_ms: int) -> list[Visit]:
    """Return the visits to jobs that count around a moment.

    A visit may last for days: then those count too that its job may have had before.
    """
    since_ms, until_ms = around_ms - _SEEN_MS, around_ms + _SEEN_MS

    def since(first_ms: int) -> list[Visit]:
        span = (first_ms, until_ms)
        found = segments.visits_within(tx, company, member, span, _VISITS_MOST)
        return [one.what for one in found if one.what.area.startswith(KIND + ":")]

    visits = since(since_ms)
    entered_ms = (visit.enter_ms for visit in visits if _is_near(visit, around_ms))
    first_ms = min(entered_ms, default=around_ms) - _ENTERED_MS
    return visits if since_ms <= first_ms else since(first_ms)


def _is_near(visit: Visit | Stay, around_ms: int) -> bool:
    """Tell whether somebody was there at a moment, or not long before or after it."""
    after_ms = (visit.exit_ms or _FAR) + _CHANGED_MS
    return visit.enter_ms - _CHANGED_MS <= around_ms <= after_ms


# --- what becomes of a job ------------------------------------------------------------------------


def _arrival(job: Job, spans: Sequence[Span]) -> datetime | None:
    if job.check_in_said_at is not None and (job.checked_in_at is not None or not spans):
        return job.checked_in_at
    return from_ms(spans[0].start_ms) if spans else None


def _departure(job: Job, spans: Sequence[Span]) -> datetime | None:
    said = job.check_out_said_at
    if said is not None:
        # What was said holds for that visit; who comes back later leaves again.
        until_ms = to_ms(job.checked_out_at or said)
        if not spans or spans[-1].start_ms <= until_ms:
            return job.checked_out_at
    if not spans:
        return job.checked_out_at if job.check_in_said_at is not None else None
    return from_ms(spans[-1].end_ms) if spans[-1].end_ms else None


def _news(before: Job, after: Job, spans: Sequence[Span]) -> list[Event]:
    """Return what changed: a correction, then arrivals, then departures."""
    old_in, new_in = before.checked_in_at, after.checked_in_at
    old_out, new_out = before.checked_out_at, after.checked_out_at
    last_ms = spans[-1].start_ms if spans else 0
    came_back = old_out is not None and last_ms > to_ms(old_out)
    corrected: list[str] = []
    events: list[Event] = []
    if new_in != old_in:
        if old_in is not None and not came_back:
            corrected.append("checked_in_at")
        elif new_in is not None:
            events.append(JobCheckedIn(after.id, after.member, to_ms(new_in)))
    elif came_back and new_out != old_out:
        events.append(JobCheckedIn(after.id, after.member, last_ms))
    if new_out != old_out:
        if new_out is not None and (old_out is None or came_back):
            events.append(JobCheckedOut(after.id, after.member, to_ms(new_out)))
        elif not came_back:
            corrected.append("checked_out_at")
    if corrected:
        day, member = to_yyyymmdd(before.day), before.member
        events.insert(0, JobUpdated(after.id, corrected, day, member))
    return events


def _write(tx: Tx, by: By, job: Job, spans: Sequence[Span]) -> None:
    """Write the stamps that follow into a job, and tell what changed."""
    after = replace(job, checked_in_at=_arrival(job, spans), checked_out_at=_departure(job, spans))
    if after == job:
        return
    after = replace(after, saved_at=tx.now)
    queries.save(tx, by.company, after)
    for event in _news(job, after, spans):
        # Who hears of an arrival sees no departure yet, even where both become known together.
        is_arrival = isinstance(event, JobCheckedIn)
        as_then = replace(after, checked_out_at=None) if is_arrival else after
        emit(tx, by, event, queries.snapshot_of(as_then))
