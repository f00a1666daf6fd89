"""The picture of the demo's city under the live map, as GeoJSON."""

import gzip
from collections.abc import Iterable
from functools import cache

import msgspec

from roundsman.core.geo import Point
from roundsman.demo import atlas
from roundsman.demo.atlas import Street

# Whoever opens the map waits for it once; more pressing costs more time than it saves on the way.
PRESSED = 5


@cache
def streets_gz() -> bytes:
    """Return `streets_geojson()` as gzip, made once for the life of the process."""
    return gzip.compress(streets_geojson(), PRESSED, mtime=0)


def streets_geojson() -> bytes:
    """Return a GeoJSON FeatureCollection, positions as (lng, lat) in degrees.

    Streets are LineStrings with `class`, `name` and `link`; water is a Polygon of class `water`;
    names of places and waters are Points of class `place` (with `rank`, 1 to 3) and `water_name`.
    """
    city = atlas.read()
    features = [_water(rings) for rings in city.water]
    features += [_street(street, city.points) for street in city.streets]
    features += [
        _name(place.lat, place.lng, {"class": "place", "name": place.name, "rank": place.rank})
        for place in city.places
    ]
    features += [
        _name(water.lat, water.lng, {"class": "water_name", "name": water.name})
        for water in city.water_names
    ]
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def _street(street: Street, points: list[Point]) -> dict[str, object]:
    about: dict[str, object] = {"class": street.kind.name}
    if street.name:
        about["name"] = street.name
    if street.kind.link:
        about["link"] = True
    return _feature("LineString", _line(points[node] for node in street.nodes), about)


def _water(rings: list[list[Point]]) -> dict[str, object]:
    return _feature("Polygon", [_line((*ring, ring[0])) for ring in rings], {"class": "water"})


def _name(lat: float, lng: float, about: dict[str, object]) -> dict[str, object]:
    return _feature("Point", (lng, lat), about)


def _line(points: Iterable[Point]) -> list[tuple[float, float]]:
    return [(point.lng, point.lat) for point in points]


def _feature(kind: str, coordinates: object, about: dict[str, object]) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": about,
        "geometry": {"type": kind, "coordinates": coordinates},
    }
