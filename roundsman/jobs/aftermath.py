"""What happens around jobs when a place or the company changes: reactions."""

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Company
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.ids import PlaceId
from roundsman.events.catalogue import By, CompanyChanged, JobUpdated, PlaceChanged, Told
from roundsman.events.outbox import emit
from roundsman.jobs import areas, queries, telling
from roundsman.jobs.actions import LAST_DAY
from roundsman.jobs.model import Job, Outcome
from roundsman.jobs.queries import Filter
from roundsman.places import queries as places
from roundsman.places import rules as place_rules
from roundsman.places.model import Place
from roundsman.places.pins import PinState
from roundsman.storage.database import Tx
from roundsman.tracking import areas as tracked

_SHAPE = frozenset({"position", "radius_m"})


def follow_place(tx: Tx, told: Told) -> None:
    """Keep the circle around a place, and the jobs at it, in step with the place.

    A deleted place leaves its jobs with what they copied of it.
    """
    event = told.event
    if not isinstance(event, PlaceChanged):
        return
    company = accounts.get_company(tx, told.by.company)
    place = places.find_many(tx, company.id, [event.place]).get(event.place)
    if place is None:
        tracked.drop(tx, company.id, place_rules.area_id_of(event.place))
        _forget_place(tx, told.by, company, event.place)
    elif event.change != "edited" or _SHAPE.intersection(event.fields):
        _circle(tx, company, place)
        there = _open(queries.at_places(tx, company.id, [place.id]))
        _redraw(tx, company, [_lead_to(tx, told.by, place, job) for job in there])


def follow_company(tx: Tx, told: Told) -> None:
    """Redraw the circles that follow from the company's radii and days."""
    event = told.event
    if not isinstance(event, CompanyChanged):
        return
    company = accounts.get_company(tx, told.by.company)
    if "place_radius_m" in event.fields:
        for place in places.places(tx, company.id):
            if place.radius_m == 0:
                _circle(tx, company, place)
    if {"job_radius_m", "timezone"}.intersection(event.fields):
        # The day before reaches into today, and today may be another day in another zone.
        since = local_day(tx.now, company.timezone) - timedelta(days=2)
        wanted = Filter(days=(to_yyyymmdd(since), LAST_DAY), outcome=Outcome.OPEN)
        _redraw(tx, company, queries.search(tx, company.id, wanted))


def _circle(tx: Tx, company: Company, place: Place) -> None:
    area = place_rules.area_of(place, company.policy)
    if area is None:
        tracked.drop(tx, company.id, place_rules.area_id_of(place.id))
    else:
        tracked.put(tx, company.id, area)


def _redraw(tx: Tx, company: Company, jobs: Iterable[Job]) -> None:
    for job in jobs:
        areas.follow(tx, company, None, job)


def _lead_to(tx: Tx, by: By, place: Place, job: Job) -> Job:
    """Return a job with the position of its place, where the place had none until now."""
    if place.position is None or job.position is not None or job.pin.state is not PinState.PLACE:
        return job
    after = replace(job, position=place.position, saved_at=tx.now)
    queries.save(tx, by.company, after)
    if not after.is_template:
        telling.tell(tx, by, after, [telling.update(job, after, ["position"])])
    return after


def _open(jobs: Iterable[Job]) -> list[Job]:
    return [job for job in jobs if job.outcome is Outcome.OPEN]


def _forget_place(tx: Tx, by: By, company: Company, place: PlaceId) -> None:
    """Take a place out of its jobs; of those that are not done yet, others hear."""
    before = queries.at_places(tx, company.id, [place])
    after = [replace(job, place=PlaceId(""), saved_at=tx.now) for job in before]
    queries.save_many(tx, company.id, after)
    for old, job in zip(before, after, strict=True):
        if job.is_template or job.archived_at or job.outcome is not Outcome.OPEN:
            continue
        told = JobUpdated(job.id, ["place"], to_yyyymmdd(job.day), job.member)
        emit(tx, by, told, queries.snapshot_of(job))
        areas.follow(tx, company, old, job)
