"""What a place may become, who sees it, and the circle around it. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import asdict, replace

from roundsman.accounts import rules as accounts
from roundsman.accounts.model import Actor
from roundsman.accounts.policy import Policy
from roundsman.accounts.rights import Right
from roundsman.core.errors import BadValue
from roundsman.core.geo import Point, distance_m, is_on_earth
from roundsman.core.ids import PlaceId
from roundsman.places import pins
from roundsman.places.areas import Area
from roundsman.places.model import Place
from roundsman.places.pins import NO_ANSWERS, Answers, Sent, Spot

RADIUS_MOST_M = 100_000
TEXT_LENGTH = 2000
DATA_LIMIT = 200
KEY_LENGTH = 200
COUNTRY_LENGTH = 2
KIND = "place"


def _a_text(field: str, value: str) -> str:
    if len(value) > TEXT_LENGTH:
        raise BadValue(f"{field} is longer than {TEXT_LENGTH} characters.", field=field)
    return value.strip()


def _a_country(field: str, value: str) -> str:
    code = accounts.a_line(field, value)
    return code.upper() if len(code) == COUNTRY_LENGTH else code


def _a_radius(field: str, value: int) -> int:
    return accounts.within(0, RADIUS_MOST_M)(field, value)


# Attribute of a place -> its wire name, and how a value for it is checked and normalised.
_CHECKS: Mapping[str, tuple[str, Callable[[str, Any], Any]]] = {
    "name": ("name", accounts.a_name),
    "address": ("address", _a_text),
    "city": ("city", accounts.a_line),
    "state": ("state", accounts.a_line),
    "postalcode": ("postalcode", accounts.a_line),
    "country_code": ("country_code", _a_country),
    "radius_m": ("radius", _a_radius),
    "phone": ("phone", accounts.a_line),
    "email": ("email", accounts.a_line),
    "color": ("color", accounts.a_color),
    "linked_forms": ("linkedForms", _a_text),
    "teams": ("teams", accounts.some_teams),
}


def change(
    place: Place,
    values: Mapping[str, Any],
    data: Mapping[str, str],
    *,
    at: datetime,
    answers: Answers = NO_ANSWERS,
) -> Place:
    """Return the place with the values, attribute by attribute; what is not named stays.

    `position` is a Point or None; `answers` is what a geocoder knows of the address.
    `data` is merged by key, an empty text takes a key away. BadValue for a value that cannot be
    right.
    """
    checked: dict[str, Any] = {}
    sent: Sent | None = None
    for name, value in values.items():
        if name == "position":
            sent = Sent(_position(value))
        else:
            wire, check = _CHECKS[name]
            checked[name] = check(wire, value)
    after = replace(place, **checked, data=_merged(place.data, data))
    if sent is None and place.sought_address == after.sought_address:
        return after
    address = after.sought_address
    return repinned(after, pins.moved(place.spot, address, sent=sent, answers=answers, at=at))


def repinned(place: Place, spot: Spot) -> Place:
    """Return the place with another position, or another state of it."""
    return replace(place, position=spot.position, pin=spot.pin)


def _position(point: Point | None) -> Point | None:
    """Return the position; 0/0 is none."""
    if point is None or not (point.lat or point.lng):
        return None
    if not is_on_earth(point.lat, point.lng):
        raise BadValue(
            "location must be a latitude from -90 to 90 and a longitude from -180 to 180 degrees.",
            field="location",
        )
    return point


def _merged(before: Mapping[str, str], data: Mapping[str, str]) -> dict[str, str]:
    merged = {key: value for key, value in {**before, **data}.items() if value}
    if len(merged) > DATA_LIMIT:
        raise BadValue(f"A place holds at most {DATA_LIMIT} custom fields.", field="extended_data")
    for key in data:
        if not 0 < len(key) <= KEY_LENGTH:
            raise BadValue(
                f"The key of a custom field must have 1 to {KEY_LENGTH} characters.",
                field="extended_data",
            )
        _a_text("extended_data.val", data[key])
    return merged


def changed_fields(before: Place, after: Place) -> list[str]:
    """Return the names of what differs."""
    old = asdict(before)
    return [name for name, value in asdict(after).items() if value != old[name] and name != "pin"]


def may_see(actor: Actor, place: Place) -> bool:
    """Tell whether the actor may know of a place: their teams' places, at least."""
    if actor.may(Right.SEE_ALL_PLACES) or not place.teams:
        return True
    return bool(set(place.teams) & set(actor.member.teams))


def nearest_first(places: Iterable[Place], origin: Point | None) -> list[Place]:
    """Return places by distance from a position, those without one last; by name without origin."""
    by_name = sorted(places, key=lambda place: (place.name.casefold(), place.id))
    if origin is None:
        return by_name

    def away_m(place: Place) -> float:
        here = place.position
        if here is None:
            return float("inf")
        return distance_m(origin.lat, origin.lng, here.lat, here.lng)

    return sorted(by_name, key=away_m)


# --- the circle around a place --------------------------------------------------------------------


def area_id_of(place: PlaceId) -> str:
    """Return the id of the area around a place."""
    return f"{KIND}:{place}"


def area_of(place: Place, policy: Policy) -> Area | None:
    """Return the circle in which members are checked in; None without position or radius.

    A place without a radius of its own has the company's, which may be 0 for none.
    """
    radius_m = place.radius_m or policy.place_radius_m
    if place.position is None or not radius_m:
        return None
    return Area(
        id=area_id_of(place.id),
        kind=KIND,
        subject=place.id,
        lat_e7=round(place.position.lat * 1e7),
        lng_e7=round(place.position.lng * 1e7),
        radius_m=radius_m,
    )
