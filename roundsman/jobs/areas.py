"""The area around each job in which its person is checked in."""

from datetime import date, timedelta

from msgspec.structs import replace

from roundsman.accounts.model import Company
from roundsman.core.clock import day_bounds, to_ms
from roundsman.core.ids import CompanyId
from roundsman.jobs import helping
from roundsman.jobs.model import Job
from roundsman.places import queries as places
from roundsman.places.areas import Area
from roundsman.storage.database import Tx
from roundsman.tracking import areas as tracked

# Who works late gets to the last jobs after midnight: a job's area may be entered for this much
# longer than its day. Whoever is inside by then stays until they leave.
AFTER_MIDNIGHT = timedelta(hours=6)


def follow(tx: Tx, company: Company, before: Job | None, job: Job) -> None:
    """Keep the job's area in step with the job."""
    if job.is_template or (before is not None and _shape(before) == _shape(job)):
        return
    _follow_helpers(tx, company, before, job)
    area = _area_of(tx, company, job)
    if area is None:
        if before is not None:
            tracked.drop(tx, company.id, f"job:{job.id}")
        return
    tracked.put(tx, company.id, area)


def forget(tx: Tx, company: CompanyId, job: Job) -> None:
    """Take the job's area away."""
    tracked.drop(tx, company, f"job:{job.id}")
    helping.follow_crew(tx, company, job, replace(job, helpers=[]))
    for helper in job.helpers:
        tracked.drop(tx, company, helping.area_id(job.id, helper.member))


def _follow_helpers(tx: Tx, company: Company, before: Job | None, job: Job) -> None:
    """Keep the areas of helpers, and in which day they find the job, in step with the job."""
    if not job.helpers and not (before is not None and before.helpers):
        return
    helping.follow_crew(tx, company.id, before, job)
    staying = {helper.member for helper in job.helpers}
    for helper in before.helpers if before is not None else ():
        if helper.member not in staying:
            tracked.drop(tx, company.id, helping.area_id(job.id, helper.member))
    for member in sorted(staying):
        area = _area_of(tx, company, replace(job, member=member))
        name = helping.area_id(job.id, member)
        if area is None:
            tracked.drop(tx, company.id, name)
        else:
            _, _, subject = name.partition(":")
            tracked.put(tx, company.id, replace(area, id=name, kind=helping.KIND, subject=subject))


def _shape(job: Job) -> tuple[object, ...]:
    crew = tuple(helper.member for helper in job.helpers)
    return job.position, job.day, job.member, job.place, job.archived_at, crew


def _area_of(tx: Tx, company: Company, job: Job) -> Area | None:
    if job.position is None or job.day is None or not job.member or job.archived_at:
        return None
    radius = company.policy.job_radius_m
    if job.place:
        place = places.find_many(tx, company.id, [job.place]).get(job.place)
        if place is not None and place.radius_m:
            radius = place.radius_m
    first_ms, after_ms = time_to_enter(company, job.day)
    return Area(
        id=f"job:{job.id}",
        kind="job",
        subject=job.id,
        member=job.member,
        lat_e7=round(job.position.lat * 1e7),
        lng_e7=round(job.position.lng * 1e7),
        radius_m=radius,
        from_ms=first_ms,
        enter_until_ms=after_ms,
    )


def time_to_enter(company: Company, day: date) -> tuple[int, int]:
    """Return from when until before when the area of a day's job may be entered."""
    first, after = day_bounds(day, company.timezone)
    return to_ms(first), to_ms(after + AFTER_MIDNIGHT)
