"""Two small towns with house numbers, written as an OpenStreetMap extract.

    Grünau am Bach (91100), north         Altdorf (91200), 11 km south

    Hauptstraße 1 3 5, 2 4, 10-14         Hauptstraße 1 2 7
    Kirchgasse 1a 1b, 8;10                Lindenallee 1 .. 21, odd, as a mapped line
    Straße des 17. Juni 12                Mühlweg (no houses)
    Platz der Republik 3, a relation

Both have a boundary; a country (DE) lies around them, and a forest without streets between.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import osmium
import osmium.osm.mutable as make

from roundsman.core.geo import Point
from roundsman.geocoding.build import FILE, build_index
from roundsman.streets.model import Box, Extract, Region
from roundsman.streets.store import Store

GRUNAU = Point(49.50, 11.20)
ALTDORF = Point(49.40, 11.20)
FOREST = Point(49.45, 11.20)

type Spot = tuple[float, float]
"""Thousandths of a degree north and east of a town's middle: about 111 m and 72 m."""

_TOWNS = (
    (GRUNAU, "Grünau am Bach", "91100", "town"),
    (ALTDORF, "Altdorf", "91200", "village"),
)
_STREETS: Sequence[tuple[int, str, Sequence[Spot]]] = (
    (0, "Hauptstraße", [(0, -5), (0, -2), (0, 2), (0, 5)]),
    (0, "Kirchgasse", [(0, -5), (4, -5)]),
    (0, "Straße des 17. Juni", [(4, -5), (4, 0), (4, 5)]),
    (0, "Platz der Republik", [(-4, 0), (-4, 1), (-5, 1), (-5, 0), (-4, 0)]),
    (1, "Hauptstraße", [(0, -5), (0, 5)]),
    (1, "Lindenallee", [(3, -5), (3, 5)]),
    (1, "Mühlweg", [(-3, -5), (-3, 5)]),
)
_HOUSES: Sequence[tuple[int, str, str, Spot]] = (
    (0, "Hauptstraße", "1", (0.2, -4)),
    (0, "Hauptstraße", "3", (0.2, -3)),
    (0, "Hauptstraße", "5", (0.2, -1)),
    (0, "Hauptstraße", "2", (-0.2, -4)),
    (0, "Hauptstraße", "4", (-0.2, -3)),
    (0, "Hauptstraße", "10-14", (-0.2, 2)),
    (0, "Kirchgasse", "1a", (1, -5.2)),
    (0, "Kirchgasse", "1 b", (1.5, -5.2)),
    (0, "Kirchgasse", "8;10", (2.5, -5.2)),
    (0, "Straße des 17. Juni", "12", (4.2, 3)),
    (1, "Hauptstraße", "1", (0.2, -4)),
    (1, "Hauptstraße", "2", (-0.2, -4)),
    (1, "Hauptstraße", "7", (0.2, 3)),
)
# The ends of the mapped line of house numbers.
_LINE: Sequence[tuple[str, Spot]] = (("1", (3.2, -5)), ("21", (3.2, 5)))


def spot(town: Point, where: Spot) -> Point:
    """Return a position of a town."""
    north, east = where
    return Point(town.lat + north / 1000, town.lng + east / 1000)


def write_addresses(file: Path) -> Path:
    """Write the extract."""
    _Pen(file).write()
    return file


def build_addresses(folder: Path) -> Path:
    """Return the address index of both towns, built in a folder."""
    target = folder / FILE
    build_index(write_addresses(folder / "towns.osm.pbf"), target)
    return target


class _Pen:
    """Numbers nodes and ways while it writes them; an extract has all nodes first."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._nodes: list[make.Node] = []
        self._ways: list[make.Way] = []
        self._relations: list[make.Relation] = []

    def write(self) -> None:
        for town, name, code, kind in _TOWNS:
            self._node(town, {"place": kind, "name": name, "postal_code": code})
            boundary = {"boundary": "administrative", "admin_level": "8", "name": name}
            self._relation(_square(town, 20), {"type": "boundary", **boundary})
        country = {"boundary": "administrative", "admin_level": "2", "name": "Deutschland"}
        is_germany = {"type": "boundary", "ISO3166-1:alpha2": "DE"}
        self._relation(_square(FOREST, 300), {**country, **is_germany})
        for town_number, name, line in _STREETS:
            town = _TOWNS[town_number][0]
            self._way([spot(town, where) for where in line], {"highway": "residential"}, name)
        for town_number, street, number, where in _HOUSES:
            tags = _address(town_number, street, number)
            self._node(spot(_TOWNS[town_number][0], where), tags)
        self._number_line()
        house = _address(0, "Platz der Republik", "3")
        place = _square(spot(GRUNAU, (-4.5, 0.5)), 0.2)
        self._relation(place, {"type": "multipolygon", "building": "yes", **house})
        with osmium.SimpleWriter(str(self._file), overwrite=True) as writer:
            for node in self._nodes:
                writer.add_node(node)
            for way in self._ways:
                writer.add_way(way)
            for relation in self._relations:
                writer.add_relation(relation)

    def _node(self, at: Point, tags: Mapping[str, str]) -> int:
        number = len(self._nodes) + 1
        self._nodes.append(make.Node(id=number, location=(at.lng, at.lat), tags=dict(tags)))
        return number

    def _way(self, line: Sequence[Point], tags: Mapping[str, str], name: str = "") -> int:
        refs = [self._node(at, {}) for at in line]
        if line[0] == line[-1] and len(line) > 1:
            refs[-1] = refs[0]
        return self._way_of(refs, {**tags, **({"name": name} if name else {})})

    def _way_of(self, refs: Sequence[int], tags: Mapping[str, str]) -> int:
        number = len(self._ways) + 1
        self._ways.append(make.Way(id=number, nodes=list(refs), tags=dict(tags)))
        return number

    def _relation(self, ring: Sequence[Point], tags: Mapping[str, str]) -> None:
        way = self._way(ring, {})
        number = len(self._relations) + 1
        members = [("w", way, "outer")]
        self._relations.append(make.Relation(id=number, members=members, tags=dict(tags)))

    def _number_line(self) -> None:
        refs = [
            self._node(spot(ALTDORF, where), _address(1, "Lindenallee", number))
            for number, where in _LINE
        ]
        self._way_of(refs, {"addr:interpolation": "odd"})


def _address(town_number: int, street: str, number: str) -> dict[str, str]:
    _, city, code, _ = _TOWNS[town_number]
    where = {"addr:city": city, "addr:postcode": code, "addr:country": "DE"}
    return {"addr:street": street, "addr:housenumber": number, **where}


def _square(middle: Point, half: float) -> list[Point]:
    corners = ((-half, -half), (-half, half), (half, half), (half, -half), (-half, -half))
    return [spot(middle, corner) for corner in corners]


def import_addresses(data: Path) -> Store:
    """Put the index of both towns into the map folder of a data directory, as an import does."""
    store = Store(data)
    region = Region(
        name="towns",
        version="1",
        file="towns.osm.pbf",
        sha256="0",
        extract=Extract(box=Box(11.1, 49.3, 11.3, 49.6), streets=len(_STREETS)),
        modes=(),
        imported_at="2026-01-05T08:00:00Z",
    )
    built = store.building(region.name, region.version)
    built.mkdir(parents=True)
    build_addresses(built)
    store.publish(region)
    return store
