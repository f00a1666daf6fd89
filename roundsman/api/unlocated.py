"""The RPC action about jobs and places that nobody would find."""

from typing import Annotated

from msgspec import Meta, Struct

from roundsman.accounts.rights import Right
from roundsman.api.shapes import Answer, Ask, Call, Int
from roundsman.core.clock import to_yyyymmdd
from roundsman.core.errors import BadValue, NotAllowed
from roundsman.http.limits import BATCH_LIMIT
from roundsman.jobs import pinning as jobs
from roundsman.jobs.model import Job
from roundsman.places import pinning as places
from roundsman.places.model import Place

MOST = 200


class GetUnlocated(Ask, frozen=True, kw_only=True):
    """Body of getunlocated."""

    limit: Annotated[Int, Meta(description="Most jobs, and most places, to answer; 1 to 1000.")] = (
        MOST
    )


class UnlocatedEntry(Struct, frozen=True, kw_only=True):
    """A job or place whose position a person should look at.

    `state` is street (only the street was found), town (only the town, which is no position),
    failed (nothing) or outdated (the address changed after somebody had set the position).
    `lat`/`lng` are 0/0 where there is no position; `day` is 0 for places and jobs without one.
    """

    uid: str
    name: str
    address: str
    state: str
    lat: float
    lng: float
    day: int = 0


class Unlocated(Answer, frozen=True, kw_only=True):
    """Answer of getunlocated: what the caller may put right."""

    jobs: list[UnlocatedEntry]
    places: list[UnlocatedEntry]


def get_unlocated(call: Call, ask: GetUnlocated) -> Unlocated:
    """Return open jobs and places whose address was not found exactly.

    Jobs without a day come first, then those of the last seven days and later ones, day by day.
    Coordinates in editjobs or editplace settle an entry.
    """
    if not 1 <= ask.limit <= BATCH_LIMIT:
        raise BadValue(f"limit must be between 1 and {BATCH_LIMIT}.", field="limit")
    may_jobs, may_places = (call.actor.may(one) for one in (Right.EDIT_JOBS, Right.EDIT_PLACES))
    if not (may_jobs or may_places):
        raise NotAllowed("You may edit neither jobs nor places.")
    found_jobs = jobs.unlocated(call.tx, call.actor, ask.limit) if may_jobs else []
    found_places = places.unlocated(call.tx, call.actor, ask.limit) if may_places else []
    return Unlocated(
        jobs=[_entry(job, job.title, job.address, to_yyyymmdd(job.day)) for job in found_jobs],
        places=[_entry(one, one.name, one.full_address, 0) for one in found_places],
    )


def _entry(one: Job | Place, name: str, address: str, day: int) -> UnlocatedEntry:
    at = one.position
    return UnlocatedEntry(
        uid=one.id,
        name=name,
        address=address,
        state=one.pin.shown,
        lat=at.lat if at else 0,
        lng=at.lng if at else 0,
        day=day,
    )
