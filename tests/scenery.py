"""The small town with all that is around its streets, for the base map.

    a wood with a clearing in the west, a lake with an island in the north, the sea beyond 2 km east
    (its coast runs from the south edge to the north edge), a border between two states in the north

Metres east and north of the town hall, as in `tests/town.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import osmium
import osmium.io
import osmium.osm
import osmium.osm.mutable as make

from roundsman.core.geo import Point
from tests.town import HALL, STREETS, Spot, at

type Ring = Sequence[Spot]

WOOD: Ring = [(-2000, -500), (-500, -500), (-500, 500), (-2000, 500)]
CLEARING: Ring = [(-1500, -200), (-1000, -200), (-1000, 200), (-1500, 200)]
LAKE: Ring = [(0, 800), (1000, 800), (1000, 1800), (0, 1800)]
ISLE: Ring = [(400, 1200), (600, 1200), (600, 1400), (400, 1400)]
HOUSE: Ring = [(20, 10), (40, 10), (40, 30), (20, 30)]
PARK: Ring = [(550, 20), (780, 20), (780, 280), (550, 280)]
# Land lies to the left of a coast: going north, the sea is in the east.
COAST: Sequence[Spot] = [(2000, -3000), (2000, 0), (2100, 500), (2000, 3000)]
BORDER: Sequence[Spot] = [(-3000, 2500), (-1000, 2500), (1500, 2500)]
RAIL: Sequence[Spot] = [(-2500, -700), (1500, -700)]
BROOK: Sequence[Spot] = [(-600, 900), (-100, 1100), (0, 1200)]
SIDE_M = 3000


class _Writer:
    def __init__(self, writer: osmium.SimpleWriter, hall: Point) -> None:
        self._hall = hall
        self._numbers: dict[Spot, int] = {}
        self._ways: list[make.Way] = []
        self._relations: list[make.Relation] = []
        self._nodes: list[make.Node] = []
        self._writer = writer

    def node(self, spot: Spot, tags: Mapping[str, str] | None = None) -> int:
        """Return the number of the node at a spot; a tagged one is a node of its own."""
        if spot in self._numbers and not tags:
            return self._numbers[spot]
        number = len(self._nodes) + 1
        place = at(*spot, hall=self._hall)
        self._nodes.append(make.Node(id=number, location=(place.lng, place.lat), tags=tags or {}))
        if not tags:
            self._numbers[spot] = number
        return number

    def way(self, spots: Iterable[Spot], tags: Mapping[str, str]) -> int:
        self._ways.append(
            make.Way(id=len(self._ways) + 1, tags=tags, nodes=[self.node(spot) for spot in spots])
        )
        return len(self._ways)

    def ring(self, spots: Ring, tags: Mapping[str, str] | None = None) -> int:
        return self.way([*spots, spots[0]], tags or {})

    def relation(self, members: Iterable[tuple[int, str]], tags: Mapping[str, str]) -> None:
        self._relations.append(
            make.Relation(
                id=len(self._relations) + 1,
                tags=tags,
                members=[("w", way, role) for way, role in members],
            )
        )

    def write(self) -> None:
        for node in self._nodes:
            self._writer.add_node(node)
        for way in self._ways:
            self._writer.add_way(way)
        for relation in self._relations:
            self._writer.add_relation(relation)


def write_scenery(file: Path, hall: Point = HALL) -> Path:
    """Write the town with its surroundings as an extract; its header says how far it reaches."""
    header = osmium.io.Header()
    low, high = at(-SIDE_M, -SIDE_M, hall=hall), at(SIDE_M, SIDE_M, hall=hall)
    header.add_box(
        osmium.osm.Box(
            osmium.osm.Location(low.lng, low.lat), osmium.osm.Location(high.lng, high.lat)
        )
    )
    with osmium.SimpleWriter(str(file), header=header, overwrite=True) as writer:
        world = _Writer(writer, hall)
        for tags, line in STREETS:
            world.way(line, {"highway": "residential", **tags})
        world.way([(-3000, -900), (2000, -900)], {"highway": "motorway", "ref": "A1;E5"})
        world.way([(0, -50), (500, -50)], {"highway": "primary_link", "oneway": "-1"})
        world.way(RAIL, {"railway": "rail", "bridge": "yes"})
        world.way(BROOK, {"waterway": "stream", "name": "Brook"})
        world.way(COAST, {"natural": "coastline"})
        world.ring(
            HOUSE, {"building": "yes", "addr:housenumber": "7", "addr:street": "Main Street"}
        )
        world.ring(PARK, {"leisure": "park", "name": "Town Park"})
        wood = {"type": "multipolygon", "landuse": "forest"}
        world.relation([(world.ring(WOOD), "outer"), (world.ring(CLEARING), "inner")], wood)
        # The shore of the lake in two ways: only together they are a ring.
        half = (
            world.way([LAKE[0], LAKE[1], LAKE[2]], {}),
            world.way([LAKE[2], LAKE[3], LAKE[0]], {}),
        )
        lake = {"type": "multipolygon", "natural": "water", "name": "Lake"}
        world.relation([(half[0], "outer"), (half[1], "outer"), (world.ring(ISLE), "inner")], lake)
        border = world.way(BORDER, {})
        for level in ("6", "4", "8"):
            region = {"type": "boundary", "boundary": "administrative", "admin_level": level}
            world.relation([(border, "outer")], region)
        world.node((10, 5), {"place": "town", "name": "Town", "name:en": "Townend", "capital": "4"})
        world.node((60, 5), {"addr:housenumber": "9", "addr:street": "Main Street"})
        world.node((0, -700), {"railway": "station", "name": "Town South"})
        world.write()
    return file
