"""What Nominatim and Photon are asked, and what their answers mean. Pure.

Sources: nominatim.org API reference (search, reverse, jsonv2), komoot/photon README (api, reverse,
GeoJSON).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from roundsman.core.geo import Point, is_on_earth
from roundsman.geocoding.countries import written
from roundsman.geocoding.model import Located, State

_STREETS = ("road", "pedestrian", "footway", "square", "street", "path")
_TOWN_TYPES = frozenset({"city", "town", "village", "locality", "district", "county", "state"})
_TOWNS = ("city", "town", "village", "municipality", "hamlet", "suburb", "county")


class Unreadable(Exception):
    """The answer is none of this dialect."""


class Dialect(Protocol):
    """Paths to ask, and how to read what comes back."""

    def locate(self, text: str, country: str, near: Point | None, most: int) -> str:
        """Return the path that asks for an address."""
        ...

    def describe(self, at: Point) -> str:
        """Return the path that asks for a position."""
        ...

    def read(self, body: bytes) -> list[Located]:
        """Return the addresses of an answer, best first. Unreadable for anything else."""
        ...


class Nominatim:
    """Nominatim's search and reverse, format jsonv2."""

    def locate(
        self,
        text: str,
        country: str,
        near: Point | None,  # noqa: ARG002 - Nominatim takes no position to prefer
        most: int,
    ) -> str:
        """Return the path that asks for an address."""
        asked = {"q": text, "format": "jsonv2", "addressdetails": "1", "limit": str(most)}
        if country:
            asked["countrycodes"] = country.lower()
        return f"/search?{urlencode(asked)}"

    def describe(self, at: Point) -> str:
        """Return the path that asks for a position, at the detail of houses."""
        asked = {"lat": f"{at.lat:.6f}", "lon": f"{at.lng:.6f}", "format": "jsonv2", "zoom": "18"}
        return f"/reverse?{urlencode(asked | {'addressdetails': '1'})}"

    def read(self, body: bytes) -> list[Located]:
        """Read a list of places, or one place; an object with `error` found nothing."""
        if body.lstrip().startswith(b"["):
            return [_of_place(one) for one in _decoded(body, _PLACES)]
        place = _decoded(body, _PLACE)
        return [_of_place(place)] if place.lat else []


class Photon:
    """Photon's search and reverse, GeoJSON."""

    def locate(self, text: str, country: str, near: Point | None, most: int) -> str:
        """Return the path that asks for an address."""
        asked = {"q": text, "limit": str(most)}
        if near is not None:
            asked |= {"lat": f"{near.lat:.5f}", "lon": f"{near.lng:.5f}"}
        if country:
            asked["countrycode"] = country.upper()
        return f"/api?{urlencode(asked)}"

    def describe(self, at: Point) -> str:
        """Return the path that asks for a position."""
        return f"/reverse?{urlencode({'lat': f'{at.lat:.6f}', 'lon': f'{at.lng:.6f}'})}"

    def read(self, body: bytes) -> list[Located]:
        """Read a feature collection."""
        return [_of_feature(one) for one in _decoded(body, _FEATURES).features]


class _Place(Struct, frozen=True):
    """A place of Nominatim's; its coordinates are texts."""

    lat: str = ""
    lon: str = ""
    address: dict[str, Any] = {}
    licence: str = ""


class _Geometry(Struct, frozen=True):
    coordinates: tuple[float, float]


class _Feature(Struct, frozen=True):
    geometry: _Geometry
    properties: dict[str, Any] = {}


class _Features(Struct, frozen=True):
    features: list[_Feature]


_PLACE = msgspec.json.Decoder(_Place)
_PLACES = msgspec.json.Decoder(list[_Place])
_FEATURES = msgspec.json.Decoder(_Features)


def _decoded[Said](body: bytes, decoder: msgspec.json.Decoder[Said]) -> Said:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"an answer of another form ({error})") from error


def _of_place(place: _Place) -> Located:
    parts = place.address
    return _located(
        lat=place.lat,
        lng=place.lon,
        number=_text(parts, "house_number"),
        street=_first(parts, _STREETS),
        city=_first(parts, _TOWNS),
        postcode=_text(parts, "postcode"),
        country=_text(parts, "country_code"),
        attribution=place.licence,
    )


def _of_feature(feature: _Feature) -> Located:
    parts = feature.properties
    lng, lat = feature.geometry.coordinates
    kind, name = _text(parts, "type"), _text(parts, "name")
    in_town = _first(parts, ("city", "district", "locality", "county"))
    return _located(
        lat=lat,
        lng=lng,
        number=_text(parts, "housenumber"),
        street=_text(parts, "street") or (name if kind == "street" else ""),
        city=name if kind in _TOWN_TYPES else in_town,
        postcode=_text(parts, "postcode"),
        country=_text(parts, "countrycode"),
        attribution="",
    )


def _located(
    *,
    lat: str | float,
    lng: str | float,
    number: str,
    street: str,
    city: str,
    postcode: str,
    country: str,
    attribution: str,
) -> Located:
    try:
        at = Point(float(lat), float(lng))
    except ValueError as error:
        raise Unreadable("a place without a position") from error
    if not is_on_earth(at.lat, at.lng):
        raise Unreadable("a position that is not on earth")
    code = country.upper()
    state = State.EXACT if number and street else State.STREET if street else State.TOWN
    found = Located(
        state=state,
        position=at,
        text=written(street=street, number=number, postcode=postcode, city=city, country=code),
        street=street,
        house_number=number if street else "",
        postcode=postcode,
        city=city,
        country_code=code,
        score=1.0,
    )
    return replace(found, attribution=attribution) if attribution else found


def _text(parts: Mapping[str, Any], name: str) -> str:
    value = parts.get(name)
    return value.strip() if isinstance(value, str) else ""


def _first(parts: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((text for name in names if (text := _text(parts, name))), "")
