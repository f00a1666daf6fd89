"""What is asked of a geocoder, and what it answers."""

from enum import StrEnum

from msgspec import Struct

from roundsman.core.geo import Point

ATTRIBUTION = "© OpenStreetMap contributors"


class State(StrEnum):
    """How well an address was found."""

    EXACT = "exact"
    """The house number itself, as mapped or on a mapped line of house numbers."""
    STREET = "street"
    """The street, at the place of the nearest known house number where one is known."""
    TOWN = "town"
    """Only the town, the part of it or the postcode."""
    FAILED = "failed"
    """Nothing that could be meant."""


class Located(Struct, frozen=True, kw_only=True):
    """An address with its position; `position` is None exactly when it failed.

    `text` is the address as it is written on a letter in its country, on one line. `score` says
    how well it fits what was asked, from 0 to 1. `distance_m` is how far a position that was asked
    about lies from it; 0 when an address was asked about. `is_final` is False when the geocoder
    could not be asked now: ask again later.
    """

    state: State
    position: Point | None = None
    text: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country_code: str = ""
    score: float = 0.0
    distance_m: float = 0.0
    attribution: str = ATTRIBUTION
    is_final: bool = True


NOTHING = Located(state=State.FAILED, attribution="")
LATER = Located(state=State.FAILED, attribution="", is_final=False)


class Entry(Struct, frozen=True, kw_only=True):
    """A street or a town of the index as the search compares it.

    `context` are the names of the areas it lies in, its own town first, `near` those beside it;
    all are canonical words. `is_sure` says that its town comes from an address or a boundary and
    not from the nearest name on the map.
    """

    id: int
    is_town: bool
    name: str
    keys: tuple[str, ...] = ()
    city: str = ""
    postcodes: tuple[str, ...] = ()
    country_code: str = ""
    lat: float
    lng: float
    weight: float = 0.0
    context: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    is_sure: bool = False


class House(Struct, frozen=True, kw_only=True):
    """One house number of a street. Empty city and postcode are the street's."""

    number: str
    lat: float
    lng: float
    postcode: str = ""
    city: str = ""
