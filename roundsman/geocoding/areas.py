"""Which towns, districts and postcodes hold a point; names on the map around it. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from math import cos, floor, radians

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from roundsman.core.geo import distance_m

type Ring = NDArray[np.int32]
"""Vertices in 1e-7 degrees, a row of latitude and longitude each, the first again at the end."""

# The administrative level at which a country has its towns; elsewhere it is level 8.
# Source: OpenStreetMap wiki, Tag:boundary=administrative.
_TOWN_LEVELS = {"PT": 7, "DK": 7, "SE": 7, "NO": 7, "IE": 8, "NL": 10}
_USUAL_LEVEL = 8
_COUNTY_LEVEL = 4
_CELL_DEGREES = 0.1

# How much a place of a kind weighs among others, and how far its name reaches, in metres.
KINDS = {
    "city": (1.0, 12_000),
    "town": (0.8, 8_000),
    "municipality": (0.7, 8_000),
    "borough": (0.6, 4_000),
    "village": (0.6, 4_000),
    "suburb": (0.5, 3_000),
    "quarter": (0.4, 2_000),
    "hamlet": (0.4, 2_000),
    "neighbourhood": (0.35, 1_500),
    "isolated_dwelling": (0.2, 1_000),
    "farm": (0.2, 500),
    "allotments": (0.15, 500),
    "locality": (0.15, 800),
    "islet": (0.15, 500),
    "island": (0.3, 3_000),
}
# Kinds a letter may be addressed to; the others are only parts of those.
TOWN_KINDS = frozenset({"city", "town", "municipality", "village", "hamlet"})


class Area(Struct, frozen=True, kw_only=True, eq=False):
    """An area with a name (a boundary) or with a postcode; `level` 0 for a postcode."""

    names: tuple[str, ...]
    level: int
    country: str = ""
    postcode: str = ""
    rings: tuple[Ring, ...]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return south, north, west, east in 1e-7 degrees."""
        points = np.concatenate(self.rings)
        south, west = points.min(axis=0)
        north, east = points.max(axis=0)
        return int(south), int(north), int(west), int(east)


class Place(Struct, frozen=True, kw_only=True):
    """A name on the map, of a kind of `KINDS`, in 1e-7 degrees."""

    names: tuple[str, ...]
    kind: str
    lat: int
    lng: int
    postcode: str = ""


def holds(rings: Sequence[Ring], lat: int, lng: int) -> bool:
    """Tell whether a point lies inside outer rings and outside inner ones (even-odd rule)."""
    inside = False
    for ring in rings:
        lats, lngs = ring[:, 0].astype(np.int64), ring[:, 1].astype(np.int64)
        crosses = (lats[:-1] > lat) != (lats[1:] > lat)
        if not crosses.any():
            continue
        south, west = lats[:-1][crosses], lngs[:-1][crosses]
        rise, run = lats[1:][crosses] - south, lngs[1:][crosses] - west
        at = west + (lat - south) / rise * run
        inside ^= bool(np.count_nonzero(at > lng) % 2)
    return inside


class AreaMap:
    """Areas filed by cells of a tenth of a degree."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self._cells: dict[tuple[int, int], list[Area]] = defaultdict(list)
        for area in areas:
            south, north, west, east = (_cell(edge) for edge in area.box)
            for row in range(south, north + 1):
                for column in range(west, east + 1):
                    self._cells[row, column].append(area)

    def at(self, lat: int, lng: int) -> list[Area]:
        """Return the areas that hold a point, the smallest level (a country) first."""
        near = self._cells.get((_cell(lat), _cell(lng)), ())
        return sorted(
            (area for area in near if holds(area.rings, lat, lng)), key=lambda area: area.level
        )


def _cell(degrees_e7: int) -> int:
    return floor(degrees_e7 / 1e7 / _CELL_DEGREES)


def country_of(areas: Sequence[Area]) -> str:
    """Return the country of the areas around a point, empty where no boundary says it."""
    return next((area.country for area in areas if area.country), "")


def town_of(areas: Sequence[Area], country: str) -> Area | None:
    """Return the area that a letter would be addressed to, among those around a point.

    At the country's level of towns, else the next one above it: a city that is a county or a state
    of its own has no boundary at the level of towns.
    """
    wanted = _TOWN_LEVELS.get(country, _USUAL_LEVEL)
    fitting = [area for area in areas if _COUNTY_LEVEL <= area.level <= wanted]
    return fitting[-1] if fitting and fitting[-1].level > _COUNTY_LEVEL + 1 else None


class PlaceMap:
    """Names on the map, found by where they are."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = sorted(places, key=lambda place: place.lat)
        self._lats = np.array([place.lat for place in self._places], dtype=np.int64)
        self._lngs = np.array([place.lng for place in self._places], dtype=np.int64)

    def around(self, lat: int, lng: int) -> list[tuple[Place, float]]:
        """Return the places whose name reaches a point and how far they are, best first.

        Best is the least distance as a share of how far the name reaches.
        """
        farthest_m = 12_000
        reach = round(farthest_m / 111_000 * 1e7)
        low, high = np.searchsorted(self._lats, (lat - reach, lat + reach))
        wide = reach / max(0.1, cos(radians(lat / 1e7)))
        columns = np.flatnonzero(np.abs(self._lngs[low:high] - lng) <= wide)
        found: list[tuple[float, Place, float]] = []
        for column in columns:
            place = self._places[int(low) + int(column)]
            away_m = distance_m(lat / 1e7, lng / 1e7, place.lat / 1e7, place.lng / 1e7)
            _, reach_m = KINDS[place.kind]
            if away_m <= reach_m:
                found.append((away_m / reach_m, place, away_m))
        found.sort(key=lambda one: one[0])
        return [(place, away_m) for _, place, away_m in found]
