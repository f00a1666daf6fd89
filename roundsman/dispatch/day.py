"""A company's day as a problem: jobs become tasks, members become persons (pure)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.hours import of_member
from roundsman.accounts.model import WEEKDAYS, Company, Member
from roundsman.core.clock import MINUTES_A_DAY, at_local
from roundsman.core.geo import Point
from roundsman.dispatch.model import OPEN_END_S, Task, TravelMode, Window, penalty_of
from roundsman.jobs.model import Job
from roundsman.streets.crow import SPEEDS_KMH

# When a route begins where neither hours nor a start time say so: eight o'clock.
DEFAULT_START_MINUTES = 8 * 60
_SECOND = timedelta(seconds=1)
# A stamp later than this belongs to no route of the day: the job was closed long after it.
_LATE_S = 36 * 3600


class Hours(Struct, frozen=True):
    """When a member works on a day, in seconds after the company's local midnight.

    `works` is False on a day off; `end_s` is OPEN_END_S where nothing ends the day.
    """

    start_s: int
    end_s: int
    works: bool


class Ends(Struct, frozen=True):
    """Where a member's route starts and ends; None where nothing says so."""

    start: Point | None
    end: Point | None


def hours_of(member: Member, company: Company, day: date) -> Hours:
    """Return the member's hours of the day; own before team's before company's.

    Times of day are the member's own zone's. A route start time overrides when the route begins.
    Hours the member ignores for now, or that nobody set, do not end the day.
    """
    zone = member.timezone or company.timezone
    shift = of_member(member, company).hours.get(WEEKDAYS[day.weekday()])
    ignored = bool(member.ignore_hours_until and at_local(day, 0, zone) < member.ignore_hours_until)
    off = shift is not None and shift.start == shift.end
    begin, end = DEFAULT_START_MINUTES, None
    if shift is not None and not off:
        begin = shift.start
        end = shift.end + (MINUTES_A_DAY if shift.end < shift.start else 0)
    if member.route_start_minutes >= 0:
        begin = member.route_start_minutes
    start_s = second_of(at_local(day, begin, zone), company, day)
    end_s = OPEN_END_S
    if end is not None and not ignored:
        end_s = second_of(at_local(day, end, zone), company, day)
    return Hours(start_s, max(start_s, end_s), works=ignored or not off)


def ends_of(member: Member, company: Company) -> Ends:
    """Return where the member's route starts and ends: own before team's.

    A team's start is also the end of routes that have no other: back to the depot.
    """
    teams = [team for number in member.teams if (team := company.team(number)) is not None]
    start = member.route_start or next((t.route_start for t in teams if t.route_start), None)
    back = next((t.route_end or t.route_start for t in teams if t.route_end or t.route_start), None)
    return Ends(start, member.route_end or back)


def mode_of(member: Member) -> TravelMode:
    """Return how the member travels; what is not known goes by car."""
    return member.travel_mode if member.travel_mode in SPEEDS_KMH else "car"


def task_of(job: Job, company: Company, day: date, location: int | None, *, windows: bool) -> Task:
    """Return the task of a job that nothing but its window bounds."""
    return Task(
        id=job.id,
        location=location,
        service_s=max(0, job.on_site_s),
        windows=windows_of(job, company, day) if windows else (),
        priority=job.priority,
        penalty=penalty_of(max(0, job.priority)),
    )


def pinned_in_time(task: Task, job: Job, company: Company, day: date) -> Task:
    """Return the task, to begin at its planned second where the job is pinned to it."""
    if not job.keeps_time or job.scheduled_start is None:
        return task
    at_s = max(0, second_of(job.scheduled_start, company, day))
    return replace(task, windows=(Window(at_s, at_s),))


def windows_of(job: Job, company: Company, day: date) -> tuple[Window, ...]:
    """Return the job's window of the day; none when it is open at both ends.

    A window that ends before it begins ends on the next day.
    """
    opens, closes = job.window_start, job.window_end or MINUTES_A_DAY
    if opens == 0 and closes == MINUTES_A_DAY:
        return ()
    if closes < opens:
        closes += MINUTES_A_DAY
    start_s = max(0, second_of(at_local(day, opens, company.timezone), company, day))
    if closes == MINUTES_A_DAY:
        return (Window(start_s),)
    return (Window(start_s, second_of(at_local(day, closes, company.timezone), company, day)),)


def second_of(moment: datetime, company: Company, day: date) -> int:
    """Return the seconds from the company's local midnight of the day to the moment."""
    return (moment - at_local(day, 0, company.timezone)) // _SECOND


def moment_of(second: int, company: Company, day: date) -> datetime:
    """Return the moment so many seconds after the company's local midnight of the day."""
    return at_local(day, 0, company.timezone) + second * _SECOND


def zone_of(job: Job) -> str:
    """Return the first zone a job is linked to, or an empty text."""
    return next((zone for zone in map(str.strip, job.linked_zones.split(",")) if zone), "")


def is_settled(job: Job) -> bool:
    """Tell whether the job has begun or ended: no plan moves it any more."""
    return any((job.done_at, job.failed_at, job.checked_in_at, job.archived_at))


def free_from(settled: Iterable[Job], hours: Hours, company: Company, day: date) -> int:
    """Return the second from which a member can drive on: in the hours, after what is settled."""
    start_s = hours.start_s
    for job in settled:
        left = job.done_at or job.failed_at or job.checked_out_at
        if left is None and job.checked_in_at is not None:
            left = job.checked_in_at + timedelta(seconds=job.on_site_s)
        second = second_of(left, company, day) if left else 0
        if second < _LATE_S:
            start_s = max(start_s, second)
    return start_s


def held(route: Sequence[Job]) -> int:
    """Return how many jobs at the front of a route stay as they are.

    Up to the last job that is pinned to its position nothing may move: what came in before it or
    left would give it another.
    """
    return max((at for at, job in enumerate(route, start=1) if job.keeps_position), default=0)


def in_order(jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs of one member's day as they are driven, which is how they are listed."""
    return sorted(jobs, key=lambda job: (job.number, job.created_at, job.id))
