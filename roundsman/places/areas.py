"""Which circles hold a point: areas of jobs and places, and a grid to find them (pure).

A grid has rows of equal latitude and columns about as wide, so that a hundred thousand areas cost a
fix one look into a dictionary. Cells are plain integers; the fine grid serves the fold, the coarse
one is the index of the stored areas.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from math import ceil, cos, radians

from msgspec import Struct

from roundsman.core.ground import E7, HALF_TURN_E7, MAX_LAT_E7, TURN_E7, UNIT_M, metres

# Rows a degree: cells of 280 m and of 1.1 km. Both divide 1e7.
FINE = 400
COARSE = 100
_COLUMN_BITS = 18
# A way longer than this between two fixes says nothing about what lies on it.
_LONGEST_WAY_M = 20_000.0

FOREVER_MS = 2**62


class Area(Struct, frozen=True, kw_only=True):
    """A circle that members enter and leave.

    `id` is the kind, a colon and the id of the job or place. `member` is the only member who
    counts, or empty for all. It counts from `from_ms` until before `until_ms`, when it moves or
    goes; an area that moves is two areas of the same id, one after the other. It may be entered
    until before `enter_until_ms`; whoever is inside by then may stay.
    """

    id: str
    kind: str
    subject: str
    lat_e7: int
    lng_e7: int
    radius_m: int
    member: str = ""
    from_ms: int = 0
    until_ms: int = FOREVER_MS
    enter_until_ms: int = FOREVER_MS

    @property
    def closes_ms(self) -> int:
        """Return from when on nobody may enter any more."""
        return min(self.until_ms, self.enter_until_ms)

    def is_valid_at(self, ts_ms: int) -> bool:
        """Tell whether the area counts at a moment."""
        return self.from_ms <= ts_ms < self.until_ms

    def may_be_entered_at(self, ts_ms: int) -> bool:
        """Tell whether a visit may begin at a moment."""
        return self.from_ms <= ts_ms < self.closes_ms

    def beyond_m(self, lat_e7: float, lng_e7: float) -> float:
        """Return how far a position lies outside the circle; negative inside."""
        return metres(self.lat_e7, self.lng_e7, lat_e7, lng_e7) - self.radius_m


class AreaIndex(Struct, frozen=True):
    """Areas by the cells of the grid, and by id in order of time. `newest_ms` is the last start."""

    cells: dict[int, list[Area]]
    by_id: dict[str, list[Area]]
    newest_ms: int


NOWHERE = AreaIndex({}, {}, -FOREVER_MS)


def index_of(areas: Iterable[Area]) -> AreaIndex:
    """Return the index of these areas. Those without a radius hold nobody."""
    cells: dict[int, list[Area]] = defaultdict(list)
    by_id: dict[str, list[Area]] = defaultdict(list)
    newest_ms = -FOREVER_MS
    for area in sorted(areas, key=lambda each: (each.id, each.from_ms)):
        if area.radius_m <= 0:
            continue
        newest_ms = max(newest_ms, area.from_ms)
        by_id[area.id].append(area)
        for cell in cells_of(area.lat_e7, area.lng_e7, area.radius_m):
            cells[cell].append(area)
    return AreaIndex(dict(cells), dict(by_id), newest_ms)


def near(index: AreaIndex, lat_e7: int, lng_e7: int) -> Sequence[Area]:
    """Return the areas that may hold a position: those that touch its cell."""
    return index.cells.get(cell_of(lat_e7, lng_e7), ())


def along(index: AreaIndex, start: tuple[int, int], goal: tuple[int, int]) -> Iterable[Area]:
    """Return the areas that the straight way between two positions may touch, each once."""
    cells = cells_along(start, goal)
    if len(cells) == 1:
        return index.cells.get(cells[0], ())
    return {id(area): area for cell in cells for area in index.cells.get(cell, ())}.values()


def version_at(index: AreaIndex, area_id: str, ts_ms: int) -> Area | None:
    """Return the area of this id that counts at a moment."""
    for area in index.by_id.get(area_id, ()):
        if area.is_valid_at(ts_ms):
            return area
    return None


def holding(index: AreaIndex, lat_e7: int, lng_e7: int, ts_ms: int) -> list[Area]:
    """Return the areas that hold a position at a moment, nearest boundary first."""
    inside = [
        area
        for area in near(index, lat_e7, lng_e7)
        if area.is_valid_at(ts_ms) and area.beyond_m(lat_e7, lng_e7) <= 0
    ]
    return sorted(inside, key=lambda area: (area.radius_m, area.id))


def cell_of(lat_e7: int, lng_e7: int, grid: int = FINE) -> int:
    """Return the number of the cell that holds a position."""
    row = min((lat_e7 + MAX_LAT_E7) * grid // E7, 180 * grid - 1)
    ring = _ring(row, grid)
    return row << _COLUMN_BITS | (lng_e7 + HALF_TURN_E7) * ring // TURN_E7 % ring


def cells_of(lat_e7: int, lng_e7: int, radius_m: int, grid: int = FINE) -> Iterator[int]:
    """Yield the cells that a circle touches."""
    reach_e7 = int(radius_m / UNIT_M) + 1
    south, north = lat_e7 - reach_e7, lat_e7 + reach_e7
    narrowest = cos(radians(min(90.0, max(abs(south), abs(north)) / E7)))
    half_e7 = ceil(reach_e7 / narrowest) if narrowest * HALF_TURN_E7 > reach_e7 else HALF_TURN_E7
    first = max(0, (south + MAX_LAT_E7) * grid // E7)
    last = min(180 * grid - 1, (north + MAX_LAT_E7) * grid // E7)
    for row in range(first, last + 1):
        yield from _columns(row, lng_e7 - half_e7, lng_e7 + half_e7, grid)


def cells_along(start: tuple[int, int], goal: tuple[int, int], grid: int = FINE) -> list[int]:
    """Return the cells of the straight way; only those of its ends when it is very long."""
    first, last = cell_of(*start, grid), cell_of(*goal, grid)
    if first == last:
        return [first]
    turn = goal[1] - start[1]
    if abs(turn) > HALF_TURN_E7 or metres(*start, *goal) > _LONGEST_WAY_M:
        return [first, last]
    if start[0] > goal[0]:
        start, goal, turn = goal, start, -turn
    rise = goal[0] - start[0]
    first_row, last_row = sorted((first >> _COLUMN_BITS, last >> _COLUMN_BITS))
    cells: list[int] = []
    for row in range(first_row, last_row + 1):
        south = max(start[0], row * E7 // grid - MAX_LAT_E7)
        north = min(goal[0], (row + 1) * E7 // grid - MAX_LAT_E7)
        west = start[1] + (turn * (south - start[0]) // rise if rise else 0)
        east = start[1] + (turn * (north - start[0]) // rise if rise else turn)
        cells.extend(_columns(row, min(west, east), max(west, east), grid))
    return cells


def _columns(row: int, west_e7: int, east_e7: int, grid: int) -> Iterator[int]:
    """Yield the cells of a row between two longitudes, at most once around."""
    ring = _ring(row, grid)
    first = (west_e7 + HALF_TURN_E7) * ring // TURN_E7
    last = (east_e7 + HALF_TURN_E7) * ring // TURN_E7
    for column in range(first, min(last, first + ring - 1) + 1):
        yield row << _COLUMN_BITS | column % ring


@cache
def _ring(row: int, grid: int) -> int:
    """Return how many columns a row has."""
    return max(1, int(360 * grid * cos(radians((row + 0.5) / grid - 90))))
