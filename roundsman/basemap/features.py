"""The first half of a base map: an extract becomes lines of GeoJSON, each with layer and zoom.

`python -m roundsman.basemap.features FILE TARGET BOX STREETS` does the work, in a process of its
own; BOX is west,south,east,north. The second half, cutting these lines into tiles, is the work of
tippecanoe.
"""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from io import BufferedWriter
from itertools import pairwise
from math import cos, radians
from pathlib import Path

import msgspec
import osmium
import osmium.filter
import osmium.geom
import osmium.osm
import shapely

from roundsman.basemap.coast import Bounds, Position, sea_of
from roundsman.basemap.layers import (
    AREA_KEYS,
    POINT_KEYS,
    Drawn,
    Tags,
    of_area,
    of_border,
    of_line,
    of_point,
)

# Positions of nodes of larger files are kept on disk, so that memory does not grow with the file.
IN_MEMORY_BYTES = 400 * 1024 * 1024
# Borders of administrative areas up to this level are looked for: country, state, county.
_DEEPEST = 6
_SEA_FROM = 6
_METRES_A_DEGREE = 111_195.0
_TELL_EVERY = 2_000

type _Thing = osmium.osm.Node | osmium.osm.Way | osmium.osm.Relation | osmium.osm.Area

_geojson = osmium.geom.GeoJSONFactory()
_encode = msgspec.json.Encoder().encode


class Sheet:
    """A file of GeoJSON features, a line each."""

    def __init__(self, file: BufferedWriter) -> None:
        self._file = file
        self.count = 0

    def add(self, drawn: Drawn, geometry: str) -> None:
        """Write one feature; `geometry` is GeoJSON."""
        place = {"layer": drawn.layer, "minzoom": drawn.zoom}
        self._file.write(
            b'{"type":"Feature","tippecanoe":%s,"properties":%s,"geometry":%s}\n'
            % (_encode(place), _encode(drawn.properties), geometry.encode())
        )
        self.count += 1


def write_features(
    pbf: Path,
    target: Path,
    box: Bounds,
    streets: int,
    tell: Callable[[float], None],
    *,
    in_memory: int = IN_MEMORY_BYTES,
) -> int:
    """Write what of an extract is on the map, and return how many features that is.

    `streets` is how many the extract holds; `tell` hears the share that is done, from 0 to 1. An
    extract of more than `in_memory` bytes has the positions of its nodes on disk while it is read.
    """
    storage = "flex_mem"
    nodes = target.with_name(f"{target.name}.nodes")
    if pbf.stat().st_size > in_memory:
        storage = f"sparse_file_array,{nodes}"
    try:
        with target.open("wb") as file:
            sheet = Sheet(file)
            _write_all(sheet, pbf, storage, box, _Counting(streets, tell))
            nodes.unlink(missing_ok=True)
            _write_borders(sheet, pbf, storage)
    finally:
        nodes.unlink(missing_ok=True)
    tell(1.0)
    return sheet.count


class _Counting:
    """Tells how much is done by the streets that have gone by."""

    def __init__(self, streets: int, tell: Callable[[float], None]) -> None:
        self._streets = max(1, streets)
        self._tell = tell
        self._done = 0

    def street(self) -> None:
        self._done += 1
        if self._done % _TELL_EVERY == 0:
            self._tell(min(0.99, self._done / self._streets))


def _write_all(sheet: Sheet, pbf: Path, storage: str, box: Bounds, counting: _Counting) -> None:
    coasts: list[list[Position]] = []
    points = osmium.filter.KeyFilter(*POINT_KEYS)
    points.enable_for(osmium.osm.NODE)
    objects = (
        osmium.FileProcessor(str(pbf))
        .with_locations(storage)
        .with_areas(osmium.filter.KeyFilter(*AREA_KEYS, "addr:housenumber"))
        .with_filter(osmium.filter.EmptyTagFilter())
        .with_filter(points)
    )
    for one in objects:
        if isinstance(one, osmium.osm.Changeset):
            continue
        tags = _tags(one)
        if isinstance(one, osmium.osm.Node):
            for drawn in of_point(tags):
                sheet.add(drawn, _geojson.create_point(one))
        elif isinstance(one, osmium.osm.Way):
            if "highway" in tags:
                counting.street()
            if tags.get("natural") == "coastline":
                coasts.extend(_pieces(one))
            _write_line(sheet, of_line(tags), one)
        elif isinstance(one, osmium.osm.Area):
            _write_area(sheet, one, tags)
    for sea in sea_of(coasts, box):
        sheet.add(Drawn("ocean", _SEA_FROM, {}), shapely.to_geojson(sea))


def _write_line(sheet: Sheet, found: Iterable[Drawn], way: osmium.osm.Way) -> None:
    shape = ""
    for drawn in found:
        shape = shape or _line(way)
        if shape:
            sheet.add(drawn, shape)


def _write_area(sheet: Sheet, area: osmium.osm.Area, tags: Tags) -> None:
    shape = point = ""
    for drawn in of_area(tags, _size_m2(area)):
        if drawn.as_point:
            point = point or _inner_point(area)
            sheet.add(drawn, point)
        else:
            shape = shape or _geojson.create_multipolygon(area)
            sheet.add(drawn, shape)


def _write_borders(sheet: Sheet, pbf: Path, storage: str) -> None:
    """Write the ways on borders, each once, as part of the highest of its areas."""
    levels: dict[int, int] = {}
    for relation in _relations(pbf):
        level = _tags(relation).get("admin_level", "")
        if level.isascii() and level.isdecimal() and int(level) <= _DEEPEST:
            for member in relation.members:
                if member.type == "w":
                    levels[member.ref] = min(int(level), levels.get(member.ref, _DEEPEST))
    if not levels:
        return
    ways = (
        osmium.FileProcessor(str(pbf), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations(storage)
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.IdFilter(levels))
    )
    for way in ways:
        if isinstance(way, osmium.osm.Way):
            _write_line(sheet, of_border(levels[way.id], _tags(way)), way)


def _relations(pbf: Path) -> Iterator[osmium.osm.Relation]:
    borders = osmium.FileProcessor(str(pbf), osmium.osm.RELATION).with_filter(
        osmium.filter.TagFilter(("boundary", "administrative"))
    )
    for relation in borders:
        if isinstance(relation, osmium.osm.Relation):
            yield relation


def _tags(one: _Thing) -> Tags:
    return {tag.k: tag.v for tag in one.tags}


# --- shapes ---------------------------------------------------------------------------------------


def _line(way: osmium.osm.Way) -> str:
    """Return a way as GeoJSON; where nodes are not in the extract it is in pieces, or empty."""
    with contextlib.suppress(osmium.InvalidLocationError, RuntimeError):
        return _geojson.create_linestring(way)
    pieces = [piece for piece in _pieces(way) if len(set(piece)) > 1]
    if not pieces:
        return ""
    return _encode({"type": "MultiLineString", "coordinates": pieces}).decode()


def _pieces(way: osmium.osm.Way) -> list[list[Position]]:
    """Return the stretches of a way whose nodes are in the extract."""
    pieces: list[list[Position]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            pieces[-1].append((node.location.lon, node.location.lat))
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1]


def _size_m2(area: osmium.osm.Area) -> float:
    """Return the size of an area without its holes, as if the earth were flat around it."""
    total = 0.0
    for ring in area.outer_rings():
        spots = [(node.lon, node.lat) for node in ring]
        twice = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(spots))
        total += abs(twice) / 2 * cos(radians(spots[0][1]))
    return total * _METRES_A_DEGREE**2


def _inner_point(area: osmium.osm.Area) -> str:
    """Return a point that surely lies inside, for a name or a number."""
    shape = shapely.from_geojson(_geojson.create_multipolygon(area))
    return shapely.to_geojson(shapely.point_on_surface(shape))


def main() -> None:
    """Write the features of the file to the target, as the arguments say."""
    file, target, box, streets = sys.argv[1:5]
    west, south, east, north = (float(part) for part in box.split(","))
    try:
        write_features(Path(file), Path(target), (west, south, east, north), int(streets), _say)
    except (OSError, RuntimeError) as problem:
        print(f"[error] {problem}")  # noqa: T201 - the log of the import
        sys.exit(1)


def _say(share: float) -> None:
    print(f"features {int(share * 100)}%", flush=True)  # noqa: T201 - the log of the import


if __name__ == "__main__":
    main()
