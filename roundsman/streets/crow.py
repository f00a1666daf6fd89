"""How long and how far it is where no street is known: the straight line and a factor (pure)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roundsman.core.geo import EARTH_RADIUS_M, Point
from roundsman.streets.model import Mode

type Grid = npt.NDArray[np.int32]

# Streets are so much longer than the straight line; speeds are door to door, in km/h.
DETOUR = 1.3
SPEEDS_KMH: dict[Mode, float] = {
    "car": 40.0,
    "van": 40.0,
    "truck": 35.0,
    "motorcycle": 40.0,
    "bicycle": 15.0,
    "pedestrian": 5.0,
}
_KMH_TO_MPS = 1 / 3.6
# So many numbers are held at once while a grid is worked out: 16 MiB each.
_AT_ONCE = 1 << 21


def metres_between(points: Sequence[Point], other: Sequence[Point]) -> Grid:
    """Return the metres from each point to each other point, the detour included.

    The chord between unit vectors is used instead of the haversine formula: the same distance from
    three products instead of four trigonometric functions a pair.
    """
    here, there = _unit_vectors(points), _unit_vectors(other)
    grid = np.empty((len(points), len(other)), np.int32)
    step = max(1, _AT_ONCE // max(1, len(other)))
    for begin in range(0, len(points), step):
        gap = here[begin : begin + step, None, :] - there[None, :, :]
        half_chord = np.sqrt(np.einsum("ijk,ijk->ij", gap, gap)) / 2
        metres = 2 * EARTH_RADIUS_M * DETOUR * np.arcsin(np.minimum(1.0, half_chord))
        grid[begin : begin + step] = np.rint(metres)
    return grid


def seconds_of(metres: Grid, mode: Mode) -> Grid:
    """Return how long so many metres take."""
    return np.rint(metres / (SPEEDS_KMH[mode] * _KMH_TO_MPS)).astype(np.int32)


def _unit_vectors(points: Sequence[Point]) -> npt.NDArray[np.float64]:
    degrees = np.array([(point.lat, point.lng) for point in points], np.float64).reshape(-1, 2)
    lat, lng = np.radians(degrees).T
    return np.stack([np.cos(lat) * np.cos(lng), np.cos(lat) * np.sin(lng), np.sin(lat)], axis=1)
