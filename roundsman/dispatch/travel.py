"""How long and how far it is between positions, where no road network is at hand (pure).

Great-circle distance times a detour factor, at one speed per travel mode. One matrix per plan over
the distinct positions; jobs at one address share a row.
"""

from collections.abc import Iterable, Sequence
from math import asin, cos, radians, sin, sqrt

from roundsman.core.geo import EARTH_RADIUS_M, Point, is_on_earth
from roundsman.dispatch.model import Matrix, Travel, TravelMode

GREAT_CIRCLE = "great_circle"
# Streets are so much longer than the straight line; speeds are door to door, in km/h.
DETOUR = 1.3
SPEEDS_KMH: dict[TravelMode, float] = {
    "car": 40.0,
    "van": 40.0,
    "truck": 35.0,
    "motorcycle": 40.0,
    "bicycle": 15.0,
    "pedestrian": 5.0,
}
_KMH_TO_MPS = 1 / 3.6
# Positions that agree in six decimals (0.1 m) are one location.
_DECIMALS = 6


def distinct(positions: Sequence[Point | None]) -> tuple[list[Point], list[int | None]]:
    """Return the distinct positions, and for each position given its number among them or None.

    A position is absent when it is None, 0/0 (what clients send for "nowhere") or no degrees.
    """
    numbers: dict[Point, int] = {}
    found: list[int | None] = []
    for position in positions:
        if (
            position is None
            or not is_on_earth(position.lat, position.lng)
            or (position.lat == 0 and position.lng == 0)
        ):
            found.append(None)
        else:
            key = Point(round(position.lat, _DECIMALS), round(position.lng, _DECIMALS))
            found.append(numbers.setdefault(key, len(numbers)))
    return list(numbers), found


def great_circle(points: Sequence[Point], modes: Iterable[TravelMode]) -> Travel:
    """Return the matrices of every mode over the points. Every pair is reachable.

    The chord between unit vectors is used instead of the haversine formula: the same distance from
    three products instead of four trigonometric functions a pair.
    """
    vectors = [_unit_vector(point) for point in points]
    metres = [[0] * len(points) for _ in points]
    factor = 2 * EARTH_RADIUS_M * DETOUR
    for i, (xi, yi, zi) in enumerate(vectors):
        row = metres[i]
        for j in range(i):
            xj, yj, zj = vectors[j]
            half_chord = sqrt((xi - xj) ** 2 + (yi - yj) ** 2 + (zi - zj) ** 2) / 2
            row[j] = metres[j][i] = round(factor * asin(min(1.0, half_chord)))
    return Travel(
        GREAT_CIRCLE,
        {mode: Matrix(_seconds(metres, SPEEDS_KMH[mode]), metres) for mode in sorted(set(modes))},
    )


def _unit_vector(point: Point) -> tuple[float, float, float]:
    lat, lng = radians(point.lat), radians(point.lng)
    return cos(lat) * cos(lng), cos(lat) * sin(lng), sin(lat)


def _seconds(metres: list[list[int]], speed_kmh: float) -> list[list[int]]:
    per_metre = 1 / (speed_kmh * _KMH_TO_MPS)
    return [[round(distance * per_metre) for distance in row] for row in metres]
