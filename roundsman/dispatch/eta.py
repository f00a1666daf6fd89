"""When a member is expected at the jobs of today that are still ahead. Pure.

The rule looks at what is known best: somebody at a job leaves it when its time on site is over, or
now where it is over already; somebody on the road goes on from the last position; else from the
last job, or from where the route begins. From there the route is followed in its order: travel,
waiting for windows, time on site. An arrival that was expected before now is expected now.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from roundsman.accounts.model import Company, Member
from roundsman.core.clock import at_local
from roundsman.core.geo import Point
from roundsman.core.ids import JobId
from roundsman.dispatch.day import ends_of, hours_of, in_order, moment_of, windows_of
from roundsman.jobs.model import Job, Outcome
from roundsman.jobs.rules import is_at_work

# A position older than this says nothing about where somebody is now.
FIX_AGE = timedelta(hours=1)
# What happened so long before a day belongs to another.
_OWN_DAY = timedelta(hours=36)


class Fix(Struct, frozen=True):
    """Where a member was last, when, and whether they were moving."""

    position: Point
    at: datetime
    moving: bool = False


class Ride(Struct, frozen=True, kw_only=True):
    """What is known of a member's day: all jobs of the day, and the last position if any."""

    company: Company
    member: Member
    day: date
    now: datetime
    jobs: tuple[Job, ...]
    fix: Fix | None = None


class Origin(Struct, frozen=True):
    """From where and when the rest of the route is followed; `basis` is what says so.

    `basis` is job (somebody is at one), position, stamp (the last job was left) or plan.
    """

    position: Point | None
    leaves: datetime
    basis: str


class Arrival(Struct, frozen=True):
    """When a member is expected at a job, when they begin there, and when they leave."""

    job: JobId
    arrive: datetime
    begin: datetime
    leave: datetime


def ahead(ride: Ride) -> list[Job]:
    """Return the jobs that are still to be driven to, in the order of the route."""
    return [
        job
        for job in in_order(ride.jobs)
        if job.outcome is Outcome.OPEN
        and job.archived_at is None
        and job.checked_in_at is None
        and not _is_declined(job)
    ]


def _is_declined(job: Job) -> bool:
    return job.rejected_at is not None and not (
        job.accepted_at is not None and job.accepted_at >= job.rejected_at
    )


def origin_of(ride: Ride) -> Origin:
    """Return from where and when the rest of the route is followed."""
    here = [job for job in ride.jobs if is_at_work(job) and job.archived_at is None]
    if here:
        job = max(here, key=lambda one: one.checked_in_at or ride.now)
        since = job.checked_in_at or ride.now
        leaves = max(ride.now, since + timedelta(seconds=job.on_site_s))
        return Origin(job.position, leaves, "job")
    left = _last_left(ride)
    fix = ride.fix
    if fix is not None and ride.now - fix.at <= FIX_AGE and (left is None or fix.at >= left.leaves):
        begins = ride.now if left is not None or fix.moving else max(ride.now, _start_of(ride))
        # Who stands still has nothing behind them; who drives was under way since the position.
        return Origin(fix.position, fix.at if fix.moving else begins, "position")
    if left is not None:
        return left
    return Origin(ends_of(ride.member, ride.company).start, _start_of(ride), "plan")


def _last_left(ride: Ride) -> Origin | None:
    """Return where and when the member left the last job of the day, None before the first."""
    begins = at_local(ride.day, 0, ride.company.timezone)
    found: list[tuple[datetime, Job]] = []
    for job in ride.jobs:
        stamps = [at for at in (job.checked_out_at, job.done_at, job.failed_at) if at]
        if stamps and begins <= max(stamps) <= min(ride.now, begins + _OWN_DAY):
            found.append((max(stamps), job))
    if not found:
        return None
    at, job = max(found, key=lambda one: one[0])
    return Origin(job.position, at, "stamp")


def _start_of(ride: Ride) -> datetime:
    """Return when the member's route begins."""
    hours = hours_of(ride.member, ride.company, ride.day)
    return moment_of(hours.start_s, ride.company, ride.day)


def arrivals(ride: Ride, origin: Origin, legs: Sequence[int]) -> list[Arrival]:
    """Return the expected arrivals; `legs` is the travel to each job ahead, in seconds."""
    found: list[Arrival] = []
    free = origin.leaves
    for job, leg in zip(ahead(ride), legs, strict=True):
        arrive = max(ride.now, free + timedelta(seconds=leg))
        begin = max(arrive, _opens(ride, job))
        free = begin + timedelta(seconds=job.on_site_s)
        found.append(Arrival(job.id, arrive, begin, free))
    return found


def _opens(ride: Ride, job: Job) -> datetime:
    windows = windows_of(job, ride.company, ride.day)
    return moment_of(windows[0].start_s if windows else 0, ride.company, ride.day)


def minutes_late(ride_day: date, company: Company, job: Job, arrive: datetime) -> int | None:
    """Return how late an arrival is, early negative; None where nothing says when it should be.

    Against the planned time; without one against the window, inside which nothing is late.
    """
    if job.scheduled_start is not None:
        return _minutes(arrive - job.scheduled_start)
    windows = windows_of(job, company, ride_day)
    if not windows:
        return None
    opens = moment_of(windows[0].start_s, company, ride_day)
    if arrive < opens:
        return _minutes(arrive - opens)
    seconds = (arrive - at_local(ride_day, 0, company.timezone)).total_seconds()
    return max(0, round((seconds - windows[-1].end_s) / 60))


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)
