"""Addresses get positions before the transaction begins, positions addresses after it."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from msgspec import UnsetType
from msgspec.structs import replace

from roundsman.api.jobs import CreateJobs, EditJobs
from roundsman.api.location import GetTracks, Locate, Positions, Tracks, WireTrack
from roundsman.api.places import CreatePlace, EditPlace, after_edit, meant
from roundsman.api.shapes import Action, Call, Completed, Sought
from roundsman.api.slots import ConfirmSlot, ReserveSlot, SuggestSlots, confirmed
from roundsman.api.visits import InsertJob
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId
from roundsman.gateways.geocoder import Geocoder
from roundsman.gateways.geocoder_described import Described
from roundsman.jobs import queries as jobs
from roundsman.jobs.model import Job
from roundsman.jobs.seeking import is_queue_long, look_up
from roundsman.places import pins
from roundsman.places.model import Place
from roundsman.places.pins import Address, Answers, Spot

# A new job or place, before it has an address.
_NOWHERE = Spot(("", ""), None)


def with_positions(actions: Mapping[str, Action], geocoder: Geocoder) -> Mapping[str, Action]:
    """Return the actions; those about addresses ask the geocoder, before or after they act."""
    described = Described(geocoder)
    return {name: _with_geocoder(action, geocoder, described) for name, action in actions.items()}


def _with_geocoder(action: Action, geocoder: Geocoder, described: Described) -> Action:
    if action.ask in _SOUGHT:
        wanting, addresses = _SOUGHT[action.ask]
        look = functools.partial(_looked_up, geocoder)
        sought = Sought(wanting=wanting, addresses=_queued(addresses), look_up=look)
        return replace(action, sought=sought)
    if action.ask in _COMPLETED:
        complete = functools.partial(_COMPLETED[action.ask], described)
        whole = Completed(asking=lambda ask: ask.with_address, answer=complete)
        return replace(action, completed=whole)
    return action


def _looked_up(geocoder: Geocoder, addresses: Sequence[Address]) -> Answers:
    return look_up(geocoder, addresses).found


# --- addresses of requests ------------------------------------------------------------------------

type Addresses = Callable[[Call, Any], Sequence[Address]]


def _queued(addresses: Addresses) -> Addresses:
    """Return none of the addresses where many of the company's wait already."""

    def read(call: Call, ask: Any) -> Sequence[Address]:
        return () if is_queue_long(call.tx, call.actor.company) else addresses(call, ask)

    return read


def _address_in(job: Any) -> str:
    """Return the address a job comes with, empty where it has a place or a position beside it."""
    if not isinstance(job, dict):
        return ""
    sent = cast("dict[str, Any]", job)
    is_placed = sent.get("destinationLat") or sent.get("destinationLng") or sent.get("placeUid")
    address = sent.get("destinationText")
    return address.strip() if isinstance(address, str) and not is_placed else ""


def _of_created_jobs(call: Call, ask: CreateJobs) -> list[Address]:
    """Return the addresses of jobs that are new, or whose address changes."""
    sent = [job for job in ask.jobs if _address_in(job)]
    keys = {str(job.get("uidSecondary") or "") for job in sent}
    known = jobs.find_external(call.tx, call.actor.company, keys)
    return _changed(
        (known.get(str(job.get("uidSecondary") or "")), _address_in(job)) for job in sent
    )


def _of_edited_jobs(call: Call, ask: EditJobs) -> list[Address]:
    """Return the addresses that are to replace others."""
    sent = {job: address for job, one in ask.jobs.items() if (address := _address_in(one))}
    known = jobs.find_many(call.tx, call.actor.company, sent)
    return _changed((job, sent[job.id]) for job in known.values())


def _of_described_job(_: Call, ask: InsertJob | SuggestSlots | ReserveSlot) -> list[Address]:
    """Return the address of a job that is described and not there yet."""
    return _changed([(None, _address_in(ask.job))])


def _of_confirmed_job(call: Call, ask: ConfirmSlot) -> list[Address]:
    """Return the address of a job that was described when its slot was reserved."""
    return _changed([(None, _address_in(confirmed(call, ask)))])


def _changed(sent: Iterable[tuple[Job | None, str]]) -> list[Address]:
    return [
        (address, "")
        for job, address in sent
        if pins.wants_seeking(job.spot if job else _NOWHERE, (address, ""))
    ]


def _of_new_place(call: Call, ask: CreatePlace) -> list[Address]:
    return _of_places([_BLANK], call, ask)


def _of_edited_places(call: Call, ask: EditPlace) -> list[Address]:
    return _of_places(meant(call, ask), call, ask)


def _of_places(places: Sequence[Place], call: Call, ask: Any) -> list[Address]:
    after = [after_edit(call, ask, place) for place in places]
    return [
        new.sought_address
        for old, new in zip(places, after, strict=True)
        if new.position is None and pins.wants_seeking(old.spot, new.sought_address)
    ]


def _place_has_address(ask: CreatePlace | EditPlace) -> bool:
    parts = (ask.address, ask.city, ask.postalcode, ask.state, ask.country_code)
    return any(isinstance(part, str) and part for part in parts)


def _job_has_address(ask: CreateJobs) -> bool:
    return any(_address_in(job) for job in ask.jobs)


def _described_has_address(ask: InsertJob | SuggestSlots | ReserveSlot) -> bool:
    return bool(_address_in(ask.job))


def _edit_has_address(ask: EditJobs) -> bool:
    return any(_address_in(job) for job in ask.jobs.values())


_BLANK = Place(id=PlaceId(""), name="")
_SOUGHT: Mapping[Any, tuple[Callable[[Any], bool], Addresses]] = {
    CreateJobs: (_job_has_address, _of_created_jobs),
    EditJobs: (_edit_has_address, _of_edited_jobs),
    CreatePlace: (_place_has_address, _of_new_place),
    EditPlace: (_place_has_address, _of_edited_places),
    InsertJob: (_described_has_address, _of_described_job),
    SuggestSlots: (_described_has_address, _of_described_job),
    ReserveSlot: (_described_has_address, _of_described_job),
    ConfirmSlot: (lambda _: True, _of_confirmed_job),
}

# --- addresses in answers -------------------------------------------------------------------------


def _with_member_addresses(described: Described, answer: Positions) -> Positions:
    """Return the answer with the address at each member's position."""
    where = {
        name: Point(one.lat, one.lng)
        for name, one in answer.accounts.items()
        if not isinstance(one.lat, UnsetType) and not isinstance(one.lng, UnsetType)
    }
    texts = described.texts(where.values())
    accounts = {
        name: replace(one, address=texts[where[name]]) if name in where else one
        for name, one in answer.accounts.items()
    }
    return replace(answer, accounts=accounts)


def _with_track_addresses(described: Described, answer: Tracks) -> Tracks:
    """Return the answer with the addresses at both ends of each track."""
    lists = [answer.tracks] if isinstance(answer.tracks, list) else answer.tracks.values()
    texts = described.texts(end for found in lists for track in found for end in _ends(track))

    def whole(track: WireTrack) -> WireTrack:
        start, end = _ends(track)
        return replace(track, start_address=texts[start], end_address=texts[end])

    if isinstance(answer.tracks, list):
        return replace(answer, tracks=[whole(track) for track in answer.tracks])
    by_name = {name: [whole(one) for one in found] for name, found in answer.tracks.items()}
    return replace(answer, tracks=by_name)


def _ends(track: WireTrack) -> tuple[Point, Point]:
    return Point(track.start_lat, track.start_lng), Point(track.end_lat, track.end_lng)


_COMPLETED: Mapping[Any, Callable[[Described, Any], Any]] = {
    Locate: _with_member_addresses,
    GetTracks: _with_track_addresses,
}
