"""Find the shore of the sea and the river in an extract that holds roads only.

Where water is wide there are no roads except bridges, and along it there nearly always is one. So
the area is drawn as a grid, cells near a road are land, and water is what a flood from the sea and
from one place in the river reaches. It is a drawing for a background, exact to about 50 m; it is
not a chart. Used by `make_demo_city.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import cos, radians
from typing import NamedTuple

CELL_M = 16
# Gaps between roads along the shore are up to twice as wide as this; the river is wider.
CLOSED_CELLS = 4
# The water then comes back to the road at the shore, but for the width of a pavement.
RETURN_CELLS = 3
METRES_PER_DEGREE = 111_320
# Islands and ponds below this are piers and gaps.
LEAST_CELLS = 150
SMOOTH_CELLS = 0.7
# The open sea goes on beyond the extract.
FAR_WEST_E5 = -960_000

Line = list[tuple[float, float]]
Ring = list[tuple[int, int]]


class Grid(NamedTuple):
    """Cells in rows from north to south; row and column 0 touch the north-west corner."""

    north: float
    west: float
    lat_step: float
    lng_step: float
    rows: int
    columns: int


def find_water(
    roads: Iterable[Line],
    box: tuple[float, float, float, float],
    seeds: list[tuple[float, float]],
) -> list[list[Ring]]:
    """Return polygons of water, each the outer ring and its islands, as (lat, lng) in 1e-5 degrees.

    `box` is south, west, north, east; its west edge lies in the sea. `roads` must hold no bridges.
    """
    grid = lay_out(box)
    road = draw(roads, grid)
    near = spread(road, grid, disk(CLOSED_CELLS))
    starts = [row * grid.columns for row in range(grid.rows)]
    starts += [cell(grid, lat, lng) for lat, lng in seeds]
    water = flood([one for one in starts if not near[one]], near, grid)
    shore_road = spread(road, grid, disk(1))
    back = spread(water, grid, disk(RETURN_CELLS))
    water = bytearray(a & ~b & 1 for a, b in zip(back, shore_road, strict=True))
    water = flood([one for one in starts if water[one]], invert(water), grid)
    rings = [smooth(ring) for ring in trace(water, grid) if abs(area(ring)) >= LEAST_CELLS]
    return polygons(rings, grid)


def lay_out(box: tuple[float, float, float, float]) -> Grid:
    """Return the grid over a box."""
    south, west, north, east = box
    lat_step = CELL_M / METRES_PER_DEGREE
    lng_step = lat_step / cos(radians((south + north) / 2))
    rows, columns = int((north - south) / lat_step), int((east - west) / lng_step)
    return Grid(north, west, lat_step, lng_step, rows, columns)


def cell(grid: Grid, lat: float, lng: float) -> int:
    """Return the number of the cell a position lies in."""
    row = int((grid.north - lat) / grid.lat_step)
    return row * grid.columns + int((lng - grid.west) / grid.lng_step)


def draw(roads: Iterable[Line], grid: Grid) -> bytearray:
    """Mark every cell a road runs through."""
    marked = bytearray(grid.rows * grid.columns)
    for line in roads:
        for (a_lat, a_lng), (b_lat, b_lng) in pairwise(line):
            row, column = (grid.north - a_lat) / grid.lat_step, (a_lng - grid.west) / grid.lng_step
            down, right = (a_lat - b_lat) / grid.lat_step, (b_lng - a_lng) / grid.lng_step
            steps = max(1, int(2 * max(abs(down), abs(right))))
            for step in range(steps + 1):
                r, c = int(row + down * step / steps), int(column + right * step / steps)
                if 0 <= r < grid.rows and 0 <= c < grid.columns:
                    marked[r * grid.columns + c] = 1
    return marked


def disk(radius: int) -> list[tuple[int, int]]:
    """Return the steps to all cells within a radius."""
    reach = range(-radius, radius + 1)
    return [(r, c) for r in reach for c in reach if r * r + c * c <= radius * radius + 1]


def spread(marked: bytearray, grid: Grid, steps: list[tuple[int, int]]) -> bytearray:
    """Mark every cell some steps away from a marked one (dilation, by shifted whole-grid or)."""
    size = len(marked)
    whole = int.from_bytes(marked, "little")
    out = 0
    for down, right in steps:
        by = 8 * (down * grid.columns + right)
        out |= whole << by if by >= 0 else whole >> -by
    return bytearray((out & ((1 << 8 * size) - 1)).to_bytes(size, "little"))


def invert(marked: bytearray) -> bytearray:
    """Mark what is not marked."""
    return bytearray(1 - one for one in marked)


def flood(starts: list[int], walls: bytearray, grid: Grid) -> bytearray:
    """Mark every cell that can be reached from the starts without crossing a wall."""
    wet = bytearray(len(walls))
    for start in starts:
        wet[start] = 1
    front = list(starts)
    columns, last = grid.columns, len(walls)
    while front:
        here = front.pop()
        column = here % columns
        for there, stays in (
            (here - columns, here >= columns),
            (here + columns, here + columns < last),
            (here - 1, column > 0),
            (here + 1, column < columns - 1),
        ):
            if stays and not walls[there] and not wet[there]:
                wet[there] = 1
                front.append(there)
    return wet


def trace(wet: bytearray, grid: Grid) -> Iterator[list[tuple[float, float]]]:
    """Yield the outlines of the wet cells as closed rings of (row, column), water on one side."""
    after: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for here, is_wet in enumerate(wet):
        if not is_wet:
            continue
        r, c = divmod(here, grid.columns)
        if r == 0 or not wet[here - grid.columns]:
            after[r, c].append((r, c + 1))
        if c == grid.columns - 1 or not wet[here + 1]:
            after[r, c + 1].append((r + 1, c + 1))
        if r == grid.rows - 1 or not wet[here + grid.columns]:
            after[r + 1, c + 1].append((r + 1, c))
        if c == 0 or not wet[here - 1]:
            after[r + 1, c].append((r, c))
    while after:
        start = next(iter(after))
        ring: list[tuple[float, float]] = []
        at = start
        while at in after:
            ring.append(at)
            ends = after[at]
            following = ends.pop()
            if not ends:
                del after[at]
            at = following
        yield ring


def smooth(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Round the steps of the grid off: middles of edges, twice, then what Douglas-Peucker keeps."""
    for _ in range(3):
        ring = [
            ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
            for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
        ]
    far = max(range(len(ring)), key=lambda at: distance2(ring[0], ring[at]))
    halves = (ring[: far + 1], [*ring[far:], ring[0]])
    return [point for half in halves for point in keep(half)[:-1]]


def keep(line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the line with as few points as the tolerance allows (Douglas-Peucker)."""
    kept = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:  # noqa: PLR2004 - nothing lies between neighbours
            continue
        (ay, ax), (by, bx) = line[first], line[last]
        length = distance2(line[first], line[last]) ** 0.5 or 1.0
        worst, where = max(
            (abs((x - ax) * (by - ay) - (y - ay) * (bx - ax)) / length, at)
            for at, (y, x) in enumerate(line[first + 1 : last], first + 1)
        )
        if worst > SMOOTH_CELLS:
            kept.add(where)
            spans += [(first, where), (where, last)]
    return [line[at] for at in sorted(kept)]


def polygons(rings: list[list[tuple[float, float]]], grid: Grid) -> list[list[Ring]]:
    """Put islands into the water around them."""
    outers = [ring for ring in rings if area(ring) > 0]
    islands = [ring for ring in rings if area(ring) <= 0]
    found: list[list[Ring]] = []
    for outer in outers:
        inside = [island for island in islands if holds(outer, island[0])]
        found.append([to_degrees(ring, grid) for ring in (outer, *inside)])
    return found


def holds(ring: list[tuple[float, float]], point: tuple[float, float]) -> bool:
    """Tell whether a ring holds a point (even-odd rule)."""
    y, x = point
    inside = False
    for (ay, ax), (by, bx) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            inside = not inside
    return inside


def to_degrees(ring: list[tuple[float, float]], grid: Grid) -> Ring:
    """Return a ring as positions in 1e-5 degrees, the sea made wide at the west edge."""
    return [
        (
            round((grid.north - row * grid.lat_step) * 1e5),
            FAR_WEST_E5 if column < 1 else round((grid.west + column * grid.lng_step) * 1e5),
        )
        for row, column in ring
    ]


def area(ring: list[tuple[float, float]]) -> float:
    """Return the area of a ring in cells, positive when its inside is the water."""
    twice = sum(a[1] * b[0] - b[1] * a[0] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
    return twice / 2


def distance2(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the squared distance of two points."""
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
