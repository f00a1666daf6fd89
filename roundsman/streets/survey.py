"""A look at an extract before anything is built of it, in a process of its own.

`python -m roundsman.streets.survey FILE` prints a Survey as JSON. In a process of its own
because a broken file may bring the reading library down.
"""

import math
import sys
from pathlib import Path

import msgspec
import osmium
import osmium.filter
import osmium.io
import osmium.osm

from roundsman.streets.model import Box, Extract, Survey

# A file of this format begins with the length of a block header, then the header with its name.
MAGIC = b"OSMHeader"
_NO_BOX = Box(math.inf, math.inf, -math.inf, -math.inf)


class Unusable(Exception):
    """The file is no extract we can build of; the text says why."""


def look_at(file: Path) -> Extract:
    """Return what an extract holds. Unusable when it is none, or broken."""
    try:
        with file.open("rb") as opened:
            start = opened.read(64)
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from error
    if MAGIC not in start:
        raise Unusable("is no OpenStreetMap extract in the format .osm.pbf")
    try:
        return _look(file)
    except (RuntimeError, ValueError) as error:
        raise Unusable(f"is truncated or damaged ({error}); fetch it again") from error


def _look(file: Path) -> Extract:
    opened = osmium.io.File(str(file), "pbf")
    with osmium.io.Reader(opened, osmium.osm.osm_entity_bits.NOTHING) as reader:
        header = reader.header()
    data_at = header.get("osmosis_replication_timestamp", "")
    declared = header.box()
    box, streets = _streets(opened)
    if not streets:
        raise Unusable("holds no streets (ways with a highway tag)")
    if declared.valid():
        low, high = declared.bottom_left, declared.top_right
        box = Box(low.lon, low.lat, high.lon, high.lat)
    if box == _NO_BOX:
        raise Unusable("holds no positions for its streets; use an extract with its nodes")
    return Extract(box=box, streets=streets, data_at=data_at)


def _streets(opened: osmium.io.File) -> tuple[Box, int]:
    """Return the box around all streets, and their number. Reads the file to its end."""
    west, south, east, north = math.inf, math.inf, -math.inf, -math.inf
    streets = 0
    ways = (
        osmium.FileProcessor(opened)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.osm_entity_bits.WAY))
        .with_filter(osmium.filter.KeyFilter("highway"))
    )
    for way in ways:
        assert isinstance(way, osmium.osm.Way)  # noqa: S101 - the filter lets nothing else through
        streets += 1
        for node in way.nodes:
            if node.location.valid():
                lng, lat = node.location.lon, node.location.lat
                west, east = min(west, lng), max(east, lng)
                south, north = min(south, lat), max(north, lat)
    return Box(west, south, east, north), streets


def main() -> None:
    """Print what the file given as an argument holds."""
    try:
        said = Survey(extract=look_at(Path(sys.argv[1])))
    except Unusable as problem:
        said = Survey(problem=str(problem))
    sys.stdout.buffer.write(msgspec.json.encode(said))


if __name__ == "__main__":
    main()
