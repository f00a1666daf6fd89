"""A small town to drive in, written as an OpenStreetMap extract and built by the real road engine.

    (0,300) --- one way, to the east --> (1000,300)
       |                                    |
    (0,0) ------ (500,0) main street --- (1000,0)             (5000,0) - (5200,0) an island
       |            |                       |
     3 m high    no trucks                  |
       |            |                       |
    (0,-400) --- (500,-400)                 |
                    |                       |
                 (500,-1000) --------- (1000,-1000)

Metres east and north of the town hall, which stands in the west of the main street.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import cos, radians
from pathlib import Path

import osmium
import osmium.osm.mutable as make

from roundsman.core.geo import EARTH_RADIUS_M, Point
from roundsman.streets.building import Built, import_extract
from roundsman.streets.model import Mode
from roundsman.streets.store import Store

HALL = Point(48.2, 16.0)
MADE_AT = datetime(2026, 1, 5, 8, tzinfo=UTC)
_A_DEGREE_M = EARTH_RADIUS_M * radians(1)

type Spot = tuple[int, int]

STREETS: Sequence[tuple[dict[str, str], Sequence[Spot]]] = (
    ({"name": "Main Street"}, [(0, 0), (200, 0), (500, 0), (800, 0), (1000, 0)]),
    ({"name": "West Street"}, [(0, 0), (0, 300)]),
    ({"name": "East Street"}, [(1000, 0), (1000, 300)]),
    (
        {"name": "Einbahn", "oneway": "yes"},
        [(0, 300), (200, 300), (500, 300), (800, 300), (1000, 300)],
    ),
    ({"name": "Bridge", "hgv": "no"}, [(500, 0), (500, -400)]),
    ({"name": "Underpass", "maxheight": "3"}, [(0, 0), (0, -400)]),
    ({"name": "South Street"}, [(0, -400), (500, -400), (500, -1000)]),
    ({"name": "Way Around"}, [(500, -1000), (1000, -1000), (1000, 0)]),
    ({"name": "Island"}, [(5000, 0), (5200, 0)]),
)


def at(east_m: float, north_m: float, hall: Point = HALL) -> Point:
    """Return the position so many metres from the town hall."""
    return Point(
        hall.lat + north_m / _A_DEGREE_M,
        hall.lng + east_m / (_A_DEGREE_M * cos(radians(hall.lat))),
    )


def write_town(file: Path, hall: Point = HALL, **everywhere: str) -> Path:
    """Write the town as an extract around a hall, with tags that every street has."""
    spots = sorted({spot for _, line in STREETS for spot in line})
    number = {spot: index for index, spot in enumerate(spots, start=1)}
    with osmium.SimpleWriter(str(file)) as writer:
        for spot in spots:
            place = at(*spot, hall=hall)
            writer.add_node(make.Node(id=number[spot], location=(place.lng, place.lat)))
        for index, (tags, line) in enumerate(STREETS, start=1):
            kind = {"highway": "residential", **tags, **everywhere}
            writer.add_way(make.Way(id=index, tags=kind, nodes=[number[spot] for spot in line]))
    return file


def write_grid(file: Path, streets: int) -> Path:
    """Write so many streets each way, 50 m apart, as an extract: an import of it takes a while."""
    with osmium.SimpleWriter(str(file)) as writer:
        for east in range(streets):
            for north in range(streets):
                place = at(east * 50, north * 50)
                node = east * streets + north + 1
                writer.add_node(make.Node(id=node, location=(place.lng, place.lat)))
        lines = [range(one * streets + 1, (one + 1) * streets + 1) for one in range(streets)]
        lines += [range(one + 1, streets * streets + 1, streets) for one in range(streets)]
        for index, line in enumerate(lines, start=1):
            kind = {"highway": "residential", "name": f"Street {index}"}
            writer.add_way(make.Way(id=index, tags=kind, nodes=list(line)))
    return file


def import_town(
    data: Path, *modes: Mode, name: str = "town", hall: Point = HALL, **everywhere: str
) -> Built:
    """Import the town into a data directory, for cars and trucks unless told otherwise."""
    file = data / f"{name}.osm.pbf"
    data.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    write_town(file, hall, **everywhere)
    return import_extract(
        Store(data), file, name=name, modes=modes or ("car", "truck"), now=MADE_AT
    )
