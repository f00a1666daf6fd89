"""What opens when a job or a member is clicked."""

from datetime import date

from roundsman.accounts import queries as accounts
from roundsman.accounts.rules import may_locate
from roundsman.core.clock import day_bounds, to_ms
from roundsman.core.errors import UnknownMember
from roundsman.core.geo import encode_polyline
from roundsman.core.ids import JobId, MemberId
from roundsman.events import queries as facts
from roundsman.events.catalogue import JobCarriedOver, JobCompleted, JobUpdated, Told
from roundsman.jobs import actions as jobs
from roundsman.tracking.model import Stop, Trip
from roundsman.tracking.queries import fixes, segments
from roundsman.web.board import job_cards, people_seen
from roundsman.web.session import Visit
from roundsman.web.shapes.board import Course, Here, JobDetail, Step

HISTORY_LIMIT = 100
# A day at 1 Hz has 86,400 fixes; what is worse than this accuracy would only blur the line.
PATH_LIMIT = 100_000
SEGMENT_LIMIT = 2_000
COARSEST_M = 100.0


def job_detail(visit: Visit, job: JobId) -> JobDetail:
    """Return a job with its history, oldest first."""
    found = jobs.get(visit.tx, visit.actor, job)
    told = facts.history(visit.tx, visit.actor.company, f"job:{job}", HISTORY_LIMIT)
    people = accounts.some_members(visit.tx, visit.actor.company, {one.by.member for one in told})
    names = {member: one.name for member, one in people.items()}
    return JobDetail(
        job=job_cards(visit.tx, visit.actor.company_profile, [found])[0],
        history=[_step(one, names) for one in reversed(told)],
        custom_fields=list(found.custom.items()),
    )


def _step(told: Told, names: dict[MemberId, str]) -> Step:
    event = told.event
    what = event.kind
    if isinstance(event, JobUpdated) and "member" in event.fields:
        what = "job_assigned"
    elif isinstance(event, JobCompleted):
        what = "job_done" if event.success else "job_failed"
    at_ms: int = getattr(event, "at_ms", 0) or told.at_us // 1000
    day = event.day_before if isinstance(event, JobCarriedOver) else 0
    who = names.get(told.by.member, "")
    return Step(at=at_ms, what=what, who=who, means=told.by.means, day=day)


def course(visit: Visit, member: MemberId, day: date) -> Course:
    """Return a member's driven line and stops of a day."""
    tx, actor = visit.tx, visit.actor
    one = next((seen for seen in people_seen(tx, actor) if seen.id == member), None)
    if one is None or not may_locate(actor, one):
        raise UnknownMember(f"No member {member}.")
    first, after = day_bounds(day, actor.timezone)
    span_ms = (to_ms(first), to_ms(after) - 1)
    path = fixes.path(tx, actor.company, member, span_ms, coarsest_m=COARSEST_M, most=PATH_LIMIT)
    parts = [
        one.what
        for one in segments.segments_within(tx, actor.company, member, span_ms, SEGMENT_LIMIT)
    ]
    return Course(
        encoded=encode_polyline([(lat_e7 / 1e7, lng_e7 / 1e7) for _, lat_e7, lng_e7, _ in path]),
        distance=sum(part.metres + part.estimated_m for part in parts if isinstance(part, Trip)),
        stops=[
            Here(
                lat=stop.lat_e7 / 1e7,
                lng=stop.lng_e7 / 1e7,
                ts=stop.start_ms,
                accuracy=0,
                speed=0,
                heading=0,
            )
            for stop in parts
            if isinstance(stop, Stop)
        ],
    )
