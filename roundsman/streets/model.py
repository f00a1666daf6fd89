"""What is known about imported streets: regions, travel modes, the file they came from."""

from collections.abc import Callable
from math import cos, degrees, radians
from typing import Literal

from msgspec import Struct

from roundsman.core.geo import EARTH_RADIUS_M, Point

Mode = Literal["car", "van", "truck", "motorcycle", "bicycle", "pedestrian"]
MODES: tuple[Mode, ...] = ("car", "van", "truck", "motorcycle", "bicycle", "pedestrian")

# Wherever streets or what was measured on them are shown, the licence (ODbL) asks for this line.
ATTRIBUTION = "© OpenStreetMap contributors"


class Box(Struct, frozen=True):
    """A rectangle of degrees, WGS 84. A box does not cross the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, point: Point) -> bool:
        """Tell whether the point lies inside, borders included."""
        return self.south <= point.lat <= self.north and self.west <= point.lng <= self.east

    def wider(self, by_m: float) -> "Box":
        """Return the box with so many metres more on each side."""
        lat = degrees(by_m / EARTH_RADIUS_M)
        lng = lat / max(0.01, cos(radians(max(abs(self.south), abs(self.north)))))
        return Box(self.west - lng, self.south - lat, self.east + lng, self.north + lat)

    @property
    def size(self) -> float:
        """Return how large it is, in square degrees: enough to say which of two is smaller."""
        return (self.east - self.west) * (self.north - self.south)


class Extract(Struct, frozen=True, kw_only=True):
    """What a file of OpenStreetMap data holds.

    `streets` counts the ways that carry a street, `data_at` is the moment of the data as the file
    tells it, or empty.
    """

    box: Box
    streets: int
    data_at: str = ""


class Progress(Struct, frozen=True):
    """Where an import is: step `done` of `steps` is at work, `percent` of it is done or None."""

    done: int
    steps: int
    what: str
    percent: int | None = None


# Who is told how far an import is; it may raise to end it.
type Tell = Callable[[Progress], None]


class Survey(Struct, frozen=True, kw_only=True):
    """What a look at a file found: an extract, or the problem with it."""

    extract: Extract | None = None
    problem: str = ""


class Region(Struct, frozen=True, kw_only=True):
    """One imported extract, as its manifest tells it.

    `version` names the folder the graphs lie in, `sha256` is that of the extract's bytes, `modes`
    are those that have a graph, `imported_at` is ISO 8601 in UTC. `tiles` names the base map's
    content; it is empty for a region that was imported by a version without base maps.
    """

    name: str
    version: str
    file: str
    sha256: str
    extract: Extract
    modes: tuple[Mode, ...]
    imported_at: str
    tiles: str = ""
