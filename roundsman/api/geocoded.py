"""Addresses get positions before the transaction begins, positions addresses after it.

Only an address that was found at least on its street becomes a position: jobs and places check
people in where they are, and the middle of a town is nobody's door.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, cast

from msgspec import UnsetType
from msgspec.structs import replace

from roundsman.api.jobs import CreateJobs
from roundsman.api.location import Locate, Positions
from roundsman.api.places import CreatePlace, EditPlace, PlaceInput
from roundsman.api.shapes import Action, Completed
from roundsman.core.geo import Point
from roundsman.gateways.geocoder import Geocoder
from roundsman.geocoding.model import Located, State

_SURE = frozenset({State.EXACT, State.STREET})


def with_positions(actions: Mapping[str, Action], geocoder: Geocoder) -> Mapping[str, Action]:
    """Return the actions; those about addresses ask the geocoder, before or after they act."""
    return {name: _with_geocoder(action, geocoder) for name, action in actions.items()}


def _with_geocoder(action: Action, geocoder: Geocoder) -> Action:
    if action.ask in _PREPARED:
        return replace(action, prepare=functools.partial(_PREPARED[action.ask], geocoder))
    if action.ask is CreateJobs:
        whole = Completed(
            wanting=lambda ask: any(_needs_position(job) for job in ask.jobs),
            request=functools.partial(_with_job_positions, geocoder),
        )
        return replace(action, completed=whole)
    if action.ask is Locate:
        whole = Completed(
            asking=lambda ask: ask.with_address,
            answer=functools.partial(_with_member_addresses, geocoder),
        )
        return replace(action, completed=whole)
    return action


def position_of(found: Located | None) -> Point | None:
    """Return the position of an address that was found well enough, None for any other."""
    return found.position if found is not None and found.state in _SURE else None


def _needs_position(job: Any) -> bool:
    """Tell whether a job comes with an address and neither a place nor a position."""
    if not isinstance(job, dict):
        return False
    sent = cast("dict[str, Any]", job)
    is_placed = sent.get("destinationLat") or sent.get("destinationLng") or sent.get("placeUid")
    # An upsert may meet a job whose position somebody has put right by hand.
    is_known = bool(sent.get("uidSecondary"))
    address = sent.get("destinationText")
    return isinstance(address, str) and bool(address.strip()) and not is_placed and not is_known


def _with_job_positions(geocoder: Geocoder, ask: CreateJobs) -> CreateJobs:
    """Return the request with a position for each job whose address is found."""
    found: dict[str, Point | None] = {}
    jobs: list[Any] = []
    for job in ask.jobs:
        at = None
        if _needs_position(job):
            address = job["destinationText"].strip()
            if address not in found:
                found[address] = position_of(geocoder.locate(address))
            at = found[address]
        place = {"destinationLat": at.lat, "destinationLng": at.lng} if at else {}
        jobs.append({**job, **place} if place else job)
    return replace(ask, jobs=jobs)


def _with_member_addresses(geocoder: Geocoder, answer: Positions) -> Positions:
    """Return the answer with the address at each member's position."""
    return replace(
        answer,
        accounts={
            name: replace(one, address=geocoder.describe(Point(one.lat, one.lng)).text)
            if not isinstance(one.lat, UnsetType) and not isinstance(one.lng, UnsetType)
            else one
            for name, one in answer.accounts.items()
        },
    )


def _new_place(geocoder: Geocoder, ask: CreatePlace) -> Point | None:
    """Return where a new place is; None when it says so itself or nobody knows."""
    return _sought(geocoder, ask)


def _edited_place(geocoder: Geocoder, ask: EditPlace) -> Point | None:
    """Return where a changed address is, for a place that has no position.

    A street alone would be sought without the town that the place has already; and one address
    is not that of several places.
    """
    is_emptied = ask.location is None
    is_whole = bool(ask.city or ask.postalcode) and ask.uids is None
    return _sought(geocoder, ask) if is_whole and not is_emptied else None


def _sought(geocoder: Geocoder, ask: PlaceInput) -> Point | None:
    if isinstance(ask.location, UnsetType) or ask.location is None:
        is_placed = False
    else:
        is_placed = bool(ask.location.lat or ask.location.lng)
    town = " ".join(part for part in (ask.postalcode, ask.city) if part)
    parts = (ask.address, town, ask.state)
    text = ", ".join(part for part in parts if part)
    if is_placed or not ask.address:
        return None
    return position_of(geocoder.locate(text, country=ask.country_code or ""))


_PREPARED: Mapping[Any, Callable[[Geocoder, Any], Point | None]] = {
    CreatePlace: _new_place,
    EditPlace: _edited_place,
}
