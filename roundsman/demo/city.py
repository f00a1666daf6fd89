"""The demo's city as a net of streets: who drives where, and how long it takes."""

from collections import defaultdict
from functools import cache
from heapq import heappop, heappush
from itertools import pairwise
from math import cos, hypot, radians
from random import Random

from msgspec import Struct

from roundsman.core.geo import Point, distance_m
from roundsman.demo import atlas
from roundsman.demo.atlas import Street

METRES_PER_DEGREE = 111_195.0
# No street is faster: what is left of a way is never shorter than its air line at this speed.
FASTEST_MPS = 100 / 3.6
# Where numbers of the nodes are looked up: cells of about 500 m.
CELLS_PER_DEGREE = 200
FARTHEST_CELLS = 40
# Houses stand this far from the middle of the street; a number is counted every so many metres.
HOUSE_OFFSET_M = 8.0
METRES_PER_NUMBER = 5.0
# Nobody lives on a motorway, and the great arteries carry names of viaducts.
HOUSE_CLASSES = frozenset({"residential", "tertiary", "secondary"})


class Address(Struct, frozen=True):
    """A house: its street and number, where it stands, and the node in front of it."""

    street: str
    number: int
    point: Point
    node: int

    @property
    def text(self) -> str:
        """Return street and number as one writes them in Portugal."""
        return f"{self.street} {self.number}"


class Path(Struct, frozen=True):
    """A way through the city: its corners, and how long a free street takes between them."""

    points: list[Point]
    seconds: list[float]
    distance_m: float

    @property
    def duration_s(self) -> float:
        """Return the seconds of the whole way."""
        return sum(self.seconds)


class Graph(Struct, frozen=True):
    """The city: nodes by number, streets, and which node leads where in how many seconds."""

    points: list[Point]
    streets: list[Street]
    exits: dict[int, list[tuple[int, float]]]
    cells: dict[tuple[int, int], list[int]]

    def nearest_node(self, lat: float, lng: float) -> int:
        """Return the number of the node a car can reach that is nearest to a position."""
        row, column = _cell(lat, lng)
        best, best_m = -1, float("inf")
        reach = 0
        # One ring more after the first hit: a node across the border of a cell may be nearer.
        more = 1
        while more >= 0 and reach <= FARTHEST_CELLS:
            for key in _ring(row, column, reach):
                for node in self.cells.get(key, ()):
                    point = self.points[node]
                    metres = _metres(lat, lng, point.lat, point.lng)
                    if metres < best_m:
                        best, best_m = node, metres
            if best >= 0:
                more -= 1
            reach += 1
        if best < 0:
            raise ValueError(f"No street within 20 km of {lat}, {lng}.")
        return best

    def shortest_path(self, a: int, b: int) -> Path:
        """Return the quickest way from node to node (A*); every node a car can reach has one."""
        goal = self.points[b]
        before: dict[int, int] = {}
        cost = {a: 0.0}
        done: set[int] = set()
        front: list[tuple[float, int]] = [(0.0, a)]
        while front:
            _, here = heappop(front)
            if here == b:
                return self._path(a, b, before)
            if here in done:
                continue
            done.add(here)
            for there, seconds in self.exits.get(here, ()):
                total = cost[here] + seconds
                if total < cost.get(there, float("inf")):
                    cost[there], before[there] = total, here
                    point = self.points[there]
                    rest_m = _metres(point.lat, point.lng, goal.lat, goal.lng)
                    heappush(front, (total + rest_m / FASTEST_MPS, there))
        raise ValueError(f"No car gets from node {a} to node {b}.")

    def _path(self, a: int, b: int, before: dict[int, int]) -> Path:
        nodes = [b]
        while nodes[-1] != a:
            nodes.append(before[nodes[-1]])
        nodes.reverse()
        points = [self.points[node] for node in nodes]
        seconds = [
            min(took for exit_, took in self.exits[here] if exit_ == there)
            for here, there in pairwise(nodes)
        ]
        metres = sum(distance_m(p.lat, p.lng, q.lat, q.lng) for p, q in pairwise(points))
        return Path(points, seconds, metres)

    def addresses(
        self, count: int, random: Random, within_m: float, around: Point
    ) -> list[Address]:
        """Return houses on named streets that a car reaches, none twice."""
        choice = self._doors(within_m, around)
        picked = random.sample(choice, min(count, len(choice)))
        return [self._house(street, at, random) for street, at in picked]

    def _doors(self, within_m: float, around: Point) -> list[tuple[Street, int]]:
        doors: list[tuple[Street, int]] = []
        for street in self.streets:
            if street.kind.link or street.kind.name not in HOUSE_CLASSES or not street.name:
                continue
            for at, node in enumerate(street.nodes[:-1]):
                point = self.points[node]
                near = _metres(point.lat, point.lng, around.lat, around.lng) <= within_m
                if near and node in self.exits and point != self.points[street.nodes[at + 1]]:
                    doors.append((street, at))
        return doors

    def _house(self, street: Street, at: int, random: Random) -> Address:
        walked = [self.points[node] for node in street.nodes[: at + 1]]
        metres = sum(_metres(p.lat, p.lng, q.lat, q.lng) for p, q in pairwise(walked))
        left = random.random() < 0.5  # noqa: PLR2004 - as often on either side
        here, there = self.points[street.nodes[at]], self.points[street.nodes[at + 1]]
        shrink = cos(radians(here.lat))
        north, east = there.lat - here.lat, (there.lng - here.lng) * shrink
        length = hypot(north, east)
        aside = HOUSE_OFFSET_M / METRES_PER_DEGREE * (1 if left else -1)
        lat = here.lat + east / length * aside
        lng = here.lng - north / length * aside / shrink
        number = 2 * int(metres / METRES_PER_NUMBER) + (1 if left else 2)
        return Address(street.name, number, Point(round(lat, 6), round(lng, 6)), street.nodes[at])


@cache
def load() -> Graph:
    """Return the city, read once for the life of the process."""
    city = atlas.read()
    exits = _exits(city.points, city.streets)
    return Graph(
        points=city.points,
        streets=city.streets,
        exits=exits,
        cells=_cells(city.points, exits),
    )


def _exits(points: list[Point], streets: list[Street]) -> dict[int, list[tuple[int, float]]]:
    exits: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for street in streets:
        if street.kind.speed_kmh == 0:
            continue
        mps = street.kind.speed_kmh / 3.6
        for a, b in pairwise(street.nodes):
            p, q = points[a], points[b]
            seconds = _metres(p.lat, p.lng, q.lat, q.lng) / mps
            exits[a].append((b, seconds))
            if not street.kind.one_way:
                exits[b].append((a, seconds))
    return dict(exits)


def _cells(
    points: list[Point], exits: dict[int, list[tuple[int, float]]]
) -> dict[tuple[int, int], list[int]]:
    cells: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for node in exits:
        cells[_cell(points[node].lat, points[node].lng)].append(node)
    return dict(cells)


def _cell(lat: float, lng: float) -> tuple[int, int]:
    return int(lat * CELLS_PER_DEGREE), int(lng * CELLS_PER_DEGREE)


def _ring(row: int, column: int, reach: int) -> list[tuple[int, int]]:
    side = range(-reach, reach + 1)
    return [(row + r, column + c) for r in side for c in side if max(abs(r), abs(c)) == reach]


def _metres(a_lat: float, a_lng: float, b_lat: float, b_lng: float) -> float:
    """Return the distance in metres on a plane: good enough within a city, and fast."""
    east = (b_lng - a_lng) * cos(radians((a_lat + b_lat) / 2))
    return hypot(b_lat - a_lat, east) * METRES_PER_DEGREE
