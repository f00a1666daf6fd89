"""Write `roundsman/demo/porto.json.gz`, the streets the demo company drives on.

Reads an OpenStreetMap extract of greater Porto (`.osm.pbf`): every street of the city and its near
surroundings, and only the main roads of what lies around, so that the map does not end at a wall.
The form of the file is described in `roundsman/demo/atlas.py`, which reads it.

    uv pip install --group map
    .venv/bin/python -m scripts.make_demo_city porto-roads.osm.pbf
"""

import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from scripts.demo_roads import Road, join, simplify
from scripts.demo_shore import Line, Ring, find_water

TARGET = Path(__file__).resolve().parent.parent / "roundsman" / "demo" / "porto.json.gz"

# South, west, north, east in degrees. Inside CITY every street is kept, between it and AROUND only
# what one sees from far away.
CITY = (41.095, -8.735, 41.225, -8.515)
AROUND = (40.985, -8.775, 41.395, -8.36)
WHOLE = (40.985, -8.775, 41.395, -8.36)
RIVER = [(41.1353, -8.574)]
FAR_CLASSES = frozenset({"motorway", "trunk", "primary", "secondary"})

# Class on the map for each kind of street, and what a car drives there in a city, km/h. A kind
# without a speed is for people on foot: it is drawn, and nobody drives on it.
KINDS: dict[str, tuple[str, int]] = {
    "motorway": ("motorway", 95),
    "trunk": ("trunk", 75),
    "primary": ("primary", 44),
    "secondary": ("secondary", 40),
    "tertiary": ("tertiary", 34),
    "unclassified": ("residential", 28),
    "residential": ("residential", 26),
    "living_street": ("residential", 14),
    "road": ("residential", 26),
    "service": ("service", 14),
    "pedestrian": ("pedestrian", 0),
    "footway": ("footway", 0),
    "steps": ("footway", 0),
    "cycleway": ("footway", 0),
}
# Ways on somebody's ground are left out: they only make the map grey.
PRIVATE_SERVICES = frozenset({"parking_aisle", "driveway", "drive-through", "emergency_access"})
# The parts of the city people ask for by name: (name, rank, latitude, longitude). Common knowledge,
# placed by hand; the extract holds roads only.
PLACES = [
    ("Porto", 1, 41.1530, -8.6130),
    ("Vila Nova de Gaia", 1, 41.1268, -8.6160),
    ("Matosinhos", 1, 41.1850, -8.6860),
    ("Foz do Douro", 2, 41.1530, -8.6720),
    ("Boavista", 2, 41.1600, -8.6370),
    ("Paranhos", 2, 41.1745, -8.6060),
    ("Campanhã", 2, 41.1560, -8.5790),
    ("Ramalde", 2, 41.1720, -8.6480),
    ("Bonfim", 2, 41.1530, -8.5950),
    ("Cedofeita", 2, 41.1570, -8.6225),
    ("Massarelos", 3, 41.1500, -8.6330),
    ("Ribeira", 3, 41.1412, -8.6125),
    ("Aldoar", 3, 41.1700, -8.6700),
    ("Nevogilde", 3, 41.1620, -8.6790),
    ("Lordelo do Ouro", 3, 41.1540, -8.6530),
    ("Afurada", 3, 41.1425, -8.6470),
    ("Canidelo", 3, 41.1310, -8.6450),
    ("Mafamude", 3, 41.1190, -8.6050),
    ("Oliveira do Douro", 3, 41.1260, -8.5800),
    ("Rio Tinto", 2, 41.1780, -8.5600),
    ("Senhora da Hora", 2, 41.1880, -8.6530),
    ("São Mamede de Infesta", 3, 41.1910, -8.6080),
    ("Leça da Palmeira", 2, 41.1950, -8.6960),
    ("Amial", 3, 41.1790, -8.6170),
]
WATER_NAMES = [("Rio Douro", 41.1474, -8.6560), ("Oceano Atlântico", 41.1590, -8.7200)]


class Extract(NamedTuple):
    """What the extract says: nodes in 1e-5 degrees, the roads kept, and all roads on land."""

    nodes: dict[int, tuple[int, int]]
    roads: list[Road]
    on_land: list[Line]


def main(path: str) -> None:
    """Read the extract at `path` and write the file beside `atlas.py`."""
    extract = read(path)
    roads = simplify(join(reachable(extract.roads)), extract.nodes)
    document = encode(roads, extract.nodes, find_water(extract.on_land, WHOLE, RIVER))
    data = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    # No name and no time in the header: the same extract gives the same bytes.
    TARGET.write_bytes(gzip.compress(data, compresslevel=9, mtime=0))
    print(f"{len(roads)} roads, {TARGET.stat().st_size} bytes.")


def read(path: str) -> Extract:
    """Take the ways that are kept out of the extract, cut at the edge of their box."""
    nodes: dict[int, tuple[int, int]] = {}
    roads: list[Road] = []
    on_land: list[Line] = []
    # Only this script reads extracts, so the library is not among those every check installs.
    osmium: Any = import_module("osmium")
    reader = osmium.FileProcessor(path).with_locations()
    for way in reader.with_filter(osmium.filter.KeyFilter("highway")):
        if not way.is_way():
            continue
        line: list[tuple[int, float, float]] = [
            (node.ref, node.location.lat, node.location.lon)
            for node in way.nodes
            if node.location.valid()
        ]
        if way.tags.get("bridge", "no") == way.tags.get("tunnel", "no") == "no":
            on_land.append([(lat, lng) for _, lat, lng in line])
        kind = classify({tag.k: tag.v for tag in way.tags})
        if kind is None:
            continue
        if way.tags.get("oneway") == "-1":
            line.reverse()
        for part in inside(line, AROUND if kind[0] in FAR_CLASSES else CITY):
            nodes.update({ref: (round(lat * 1e5), round(lng * 1e5)) for ref, lat, lng in part})
            roads.append(Road(kind, way.tags.get("name", ""), tuple(ref for ref, _, _ in part)))
    return Extract(nodes, roads, on_land)


def classify(tags: Mapping[str, str]) -> tuple[str, bool, bool, int] | None:
    """Tell class, link, one way and speed of a way, or None if it is not kept."""
    highway = tags.get("highway", "")
    link = highway.endswith("_link")
    found = KINDS.get(highway.removesuffix("_link"))
    if found is None or tags.get("area") == "yes" or tags.get("service") in PRIVATE_SERVICES:
        return None
    name, speed = found
    if tags.get("access") in {"private", "no"} or tags.get("motor_vehicle") in {"private", "no"}:
        if name == "service":
            return None
        speed = 0
    if link:
        speed = round(speed * 0.6)
    one_way = tags.get("oneway") in {"yes", "true", "1", "-1"} or (
        highway == "motorway" or tags.get("junction") == "roundabout"
    )
    return name, link, one_way and speed > 0, speed


def inside(
    line: list[tuple[int, float, float]], box: tuple[float, float, float, float]
) -> Iterator[list[tuple[int, float, float]]]:
    """Yield the parts of a line that lie in the box; parts of one node are nothing."""
    south, west, north, east = box
    part: list[tuple[int, float, float]] = []
    for node in line:
        if south <= node[1] <= north and west <= node[2] <= east:
            part.append(node)
            continue
        if len(part) > 1:
            yield part
        part = []
    if len(part) > 1:
        yield part


def reachable(roads: list[Road]) -> list[Road]:
    """Set the speed to nought outside of the largest net in which one gets from all to all."""
    forward: dict[int, list[int]] = defaultdict(list)
    backward: dict[int, list[int]] = defaultdict(list)
    for road in roads:
        _, _, one_way, speed = road.kind
        if speed == 0:
            continue
        for a, b in pairwise(road.chain):
            forward[a].append(b)
            backward[b].append(a)
            if not one_way:
                forward[b].append(a)
                backward[a].append(b)
    # The middle of the city is in the net: its most connected node starts the search.
    start = max(forward, key=lambda ref: (len(forward[ref]) + len(backward[ref]), ref))
    net = flood(start, forward) & flood(start, backward)
    return [part for road in roads for part in cut(road, net)]


def cut(road: Road, net: set[int]) -> Iterator[Road]:
    """Yield the road in pieces, those with a step outside of the net without a speed."""
    for inside_net, steps in groupby(pairwise(road.chain), net.issuperset):
        first, *rest = steps
        kind = road.kind if inside_net else (*road.kind[:2], False, 0)
        yield Road(kind, road.name, (*first, *(b for _, b in rest)))


def flood(start: int, edges: dict[int, list[int]]) -> set[int]:
    """Return every node that can be reached from `start`."""
    seen, front = {start}, [start]
    while front:
        for ref in edges.get(front.pop(), []):
            if ref not in seen:
                seen.add(ref)
                front.append(ref)
    return seen


def encode(
    roads: list[Road], nodes: dict[int, tuple[int, int]], water: list[list[Ring]]
) -> dict[str, object]:
    """Lay the roads out in the form of the file."""
    # Nodes are numbered in the order the chains use them, so that most steps of a chain are +1.
    number: dict[int, int] = {}
    for road in roads:
        for ref in road.chain:
            number.setdefault(ref, len(number))
    kinds = sorted({road.kind for road in roads})
    names = sorted({road.name for road in roads})
    return {
        "about": "Streets of Porto. © OpenStreetMap contributors, ODbL 1.0. 2015-06-06.",
        "city": CITY,
        "lat": deltas(nodes[ref][0] for ref in number),
        "lng": deltas(nodes[ref][1] for ref in number),
        "kinds": kinds,
        "names": names,
        "roads": [
            [kinds.index(road.kind), names.index(road.name), *deltas(number[r] for r in road.chain)]
            for road in roads
        ],
        "places": PLACES,
        "water": [
            [[deltas(lat for lat, _ in ring), deltas(lng for _, lng in ring)] for ring in polygon]
            for polygon in water
        ],
        "waterNames": WATER_NAMES,
    }


def deltas(values: Iterable[int]) -> list[int]:
    """Return the first value and then each step to the next one."""
    out: list[int] = []
    before = 0
    for value in values:
        out.append(value - before)
        before = value
    return out


if __name__ == "__main__":
    main(sys.argv[1])
