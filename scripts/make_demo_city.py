"""Write `roundsman/demo/porto.json.gz`, the streets the demo company drives on.

Reads an OpenStreetMap extract of greater Porto (`.osm.pbf`): every street of the city and its near
surroundings, and only the main roads of what lies around, so that the map does not end at a wall.
The form of the file is described in `roundsman/demo/city.py`, which reads it.

    .venv/bin/python scripts/make_demo_city.py porto-roads.osm.pbf
"""

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import osmium
from demo_shore import Line, Ring, find_water

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
# Half a lane: what the eye does not see at street level, and a fifth of the file.
TOLERANCE_E5 = 1.2

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
WATER_NAMES = [("Rio Douro", 41.1474, -8.6560), ("Oceano Atlântico", 41.1560, -8.7010)]


class Road(NamedTuple):
    """A street as the file keeps it: one look and one law along its whole chain of nodes."""

    kind: tuple[str, bool, bool, int]  # class, link, one way, km/h
    name: str
    chain: tuple[int, ...]


class Extract(NamedTuple):
    """What the extract says: positions of nodes in 1e-5 degrees, the roads kept, and all on land."""

    nodes: dict[int, tuple[int, int]]
    roads: list[Road]
    on_land: list[Line]


def main(path: str) -> None:
    """Read the extract at `path` and write the file beside `city.py`."""
    extract = read(path)
    roads = simplify(join(reachable(extract.roads)), extract.nodes)
    document = encode(roads, extract.nodes, find_water(extract.on_land, WHOLE, RIVER))
    data = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    # No name and no time in the header: the same extract gives the same bytes.
    TARGET.write_bytes(gzip.compress(data, compresslevel=9, mtime=0))
    print(f"{len(roads)} roads, {len(document['lat'])} nodes, {TARGET.stat().st_size} bytes.")


def read(path: str) -> Extract:
    """Take the ways that are kept out of the extract, cut at the edge of their box."""
    nodes: dict[int, tuple[int, int]] = {}
    roads: list[Road] = []
    on_land: list[Line] = []
    reader = osmium.FileProcessor(path).with_locations()
    for way in reader.with_filter(osmium.filter.KeyFilter("highway")):
        if not isinstance(way, osmium.osm.Way):
            continue
        line = [
            (node.ref, node.location.lat, node.location.lon)
            for node in way.nodes
            if node.location.valid()
        ]
        if way.tags.get("bridge", "no") == way.tags.get("tunnel", "no") == "no":
            on_land.append([(lat, lng) for _, lat, lng in line])
        kind = classify(way.tags)
        if kind is None:
            continue
        if way.tags.get("oneway") == "-1":
            line.reverse()
        for part in inside(line, AROUND if kind[0] in FAR_CLASSES else CITY):
            nodes.update({ref: (round(lat * 1e5), round(lng * 1e5)) for ref, lat, lng in part})
            roads.append(Road(kind, way.tags.get("name", ""), tuple(ref for ref, _, _ in part)))
    return Extract(nodes, roads, on_land)


def classify(tags: osmium.osm.TagList) -> tuple[str, bool, bool, int] | None:
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


def join(roads: list[Road]) -> list[Road]:
    """Join roads of one kind and name end to end: fewer, longer lines, on which a name fits."""
    groups: dict[tuple[tuple[str, bool, bool, int], str], list[tuple[int, ...]]] = defaultdict(list)
    for road in roads:
        groups[road.kind, road.name].append(road.chain)
    return [
        Road(kind, name, chain)
        for (kind, name), chains in sorted(groups.items())
        for chain in join_chains(chains, directed=kind[2])
    ]


def join_chains(chains: list[tuple[int, ...]], *, directed: bool) -> list[tuple[int, ...]]:
    """Join chains where exactly two of the group meet."""
    ends: Counter[int] = Counter()
    for chain in chains:
        ends[chain[0]] += 1
        ends[chain[-1]] += 1
    by_end: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    for chain in chains:
        by_end[chain[0]].add(chain)
        by_end[chain[-1]].add(chain)
    done: list[tuple[int, ...]] = []
    left = dict.fromkeys(sorted(set(chains)))
    while left:
        chain, _ = left.popitem()
        forget(by_end, chain)
        while (longer := grow(chain, ends, by_end, directed=directed)) is not None:
            chain, used = longer
            left.pop(used, None)
            forget(by_end, used)
        done.append(chain)
    return done


def forget(by_end: dict[int, set[tuple[int, ...]]], chain: tuple[int, ...]) -> None:
    """Take a chain out of the index of ends."""
    by_end[chain[0]].discard(chain)
    by_end[chain[-1]].discard(chain)


def grow(
    chain: tuple[int, ...],
    ends: Counter[int],
    by_end: dict[int, set[tuple[int, ...]]],
    *,
    directed: bool,
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the chain made longer at one end, and the chain used for it."""
    if chain[0] == chain[-1]:
        return None
    for at_start in (False, True):
        end = chain[0] if at_start else chain[-1]
        if ends[end] != 2:  # noqa: PLR2004 - a joint of two, not a crossing of more
            continue
        for other in sorted(by_end[end]):
            fits = other[-1] == end if at_start else other[0] == end
            if not fits and directed:
                continue
            piece = other if fits else other[::-1]
            return ((*piece, *chain[1:]) if at_start else (*chain, *piece[1:])), other
    return None


def simplify(roads: list[Road], nodes: dict[int, tuple[int, int]]) -> list[Road]:
    """Drop nodes a straight line does as well, never one where roads meet."""
    uses: Counter[int] = Counter()
    for road in roads:
        uses.update(road.chain)
        uses.update((road.chain[0], road.chain[-1]))
    return [
        road._replace(chain=tuple(thin(list(road.chain), nodes, uses)))
        for road in roads
        if len(set(road.chain)) > 1
    ]


def thin(chain: list[int], nodes: dict[int, tuple[int, int]], uses: Counter[int]) -> Iterator[int]:
    """Yield the nodes of a chain that are kept: meetings, and what Douglas and Peucker keep."""
    fixed = [at for at, ref in enumerate(chain) if uses[ref] > 1]
    yield chain[0]
    for first, last in zip(fixed, fixed[1:], strict=False):
        yield from between(chain, first, last, nodes)
        yield chain[last]


def between(
    chain: list[int], first: int, last: int, nodes: dict[int, tuple[int, int]]
) -> Iterator[int]:
    """Yield what is kept strictly between two kept nodes (Douglas-Peucker)."""
    if last - first < 2:  # noqa: PLR2004 - nothing lies between neighbours
        return
    (a_lat, a_lng), (b_lat, b_lng) = nodes[chain[first]], nodes[chain[last]]
    # A degree of longitude at 41 north is three quarters of one of latitude.
    dx, dy = (b_lng - a_lng) * 0.753, float(b_lat - a_lat)
    length = (dx * dx + dy * dy) ** 0.5
    worst, where = 0.0, first
    for at in range(first + 1, last):
        lat, lng = nodes[chain[at]]
        x, y = (lng - a_lng) * 0.753, float(lat - a_lat)
        away = abs(x * dy - y * dx) / length if length else (x * x + y * y) ** 0.5
        if away > worst:
            worst, where = away, at
    if worst > TOLERANCE_E5:
        yield from between(chain, first, where, nodes)
        yield chain[where]
        yield from between(chain, where, last, nodes)


def reachable(roads: list[Road]) -> list[Road]:
    """Set the speed of roads outside of the largest connected net to nought: nobody gets there."""
    forward: dict[int, list[int]] = defaultdict(list)
    backward: dict[int, list[int]] = defaultdict(list)
    for road in roads:
        _, _, one_way, speed = road.kind
        if speed == 0:
            continue
        for a, b in zip(road.chain, road.chain[1:], strict=False):
            forward[a].append(b)
            backward[b].append(a)
            if not one_way:
                forward[b].append(a)
                backward[a].append(b)
    # The middle of the city is in the net: its most connected node starts the search.
    start = max(forward, key=lambda ref: (len(forward[ref]) + len(backward[ref]), ref))
    net = flood(start, forward) & flood(start, backward)
    return [
        road if net.issuperset(road.chain) else road._replace(kind=(*road.kind[:2], False, 0))
        for road in roads
    ]


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
