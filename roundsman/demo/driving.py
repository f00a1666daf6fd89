"""How a car gets from door to door and what a phone in it measures. Pure.

Times are integers: milliseconds since 1970 UTC. Everything random comes from a generator that is
handed in, so that the same day is driven the same way twice.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from math import atan2, cos, degrees, radians
from random import Random

from msgspec import Struct

from roundsman.core.geo import Point, distance_m
from roundsman.demo.city import METRES_PER_DEGREE, Path

SAMPLE_MS = 10_000
KNOTS_PER_MPS = 1.943_844
# Rush hours and quiet nights, by hour of the local day: the share of the free speed.
FLOW = (
    *(0.84, 0.86, 0.88, 0.88, 0.88, 0.86, 0.8, 0.66, 0.56, 0.6, 0.68, 0.7),
    *(0.64, 0.66, 0.7, 0.68, 0.62, 0.54, 0.56, 0.64, 0.72, 0.78, 0.8, 0.82),
)
# A red light or a crossing every so many metres of the way, and how long it takes.
LIGHT_EVERY_M = 420.0
RED = 0.55
LIGHT_S = (6.0, 38.0)
# The error of a phone behind a windscreen: it wanders rather than jumps.
NOISE_M = 1.6
NOISE_MEMORY = 0.82
ALTITUDE_M = 70


def dice(seed: str) -> Random:
    """Return chance that falls the same way every time the same words are said."""
    return Random(seed)  # noqa: S311 - the demo keeps no secrets with it


class Fix(Struct, frozen=True):
    """What the phone measured: degrees, metres, metres per second, percent."""

    ts_ms: int
    lat: float
    lng: float
    speed_mps: float
    bearing_deg: float
    accuracy_m: float
    battery_pct: int
    charging: bool


class Phone:
    """A phone's view of where it is: near the truth, and a little less battery each hour."""

    def __init__(self, random: Random, full_at_ms: int) -> None:
        self._random = random
        self._north = self._east = 0.0
        self._full_at_ms = full_at_ms
        self._drain = random.uniform(4.5, 7.5)

    def measure(
        self,
        ts_ms: int,
        at: Point,
        *,
        speed_mps: float = 0.0,
        bearing_deg: float = 0.0,
        plugged: bool = False,
    ) -> Fix:
        """Return a fix at the true position `at`."""
        noise = self._random.gauss
        self._north = NOISE_MEMORY * self._north + noise(0, NOISE_M)
        self._east = NOISE_MEMORY * self._east + noise(0, NOISE_M)
        return Fix(
            ts_ms=ts_ms,
            lat=round(at.lat + self._north / METRES_PER_DEGREE, 6),
            lng=round(at.lng + self._east / METRES_PER_DEGREE / cos(radians(at.lat)), 6),
            speed_mps=round(max(0.0, speed_mps + noise(0, 0.2)) if speed_mps else 0.0, 2),
            bearing_deg=round((bearing_deg + noise(0, 4)) % 360, 1),
            accuracy_m=round(self._random.uniform(3.5, 11.0), 1),
            battery_pct=self._battery(ts_ms, plugged=plugged),
            charging=plugged,
        )

    def _battery(self, ts_ms: int, *, plugged: bool) -> int:
        hours = max(0.0, (ts_ms - self._full_at_ms) / 3_600_000)
        left = 100.0 if plugged else 100.0 - self._drain * hours
        return max(12, round(left))


class Leg(Struct, frozen=True):
    """A drive with its timetable: at each point of the way, seconds since leaving."""

    points: list[Point]
    at_s: list[float]

    @property
    def duration_s(self) -> float:
        """Return how long the drive takes."""
        return self.at_s[-1]


def timed(path: Path, random: Random, flow: float) -> Leg:
    """Return a way with the times at which traffic of that `flow` (0 to 1) lets one pass."""
    pace = flow * random.uniform(0.88, 1.04)
    points, at_s = [path.points[0]], [0.0]
    since_light_m = random.uniform(0, LIGHT_EVERY_M)
    for (a, b), free_s in zip(pairwise(path.points), path.seconds, strict=True):
        points.append(b)
        at_s.append(at_s[-1] + free_s / pace)
        since_light_m += distance_m(a.lat, a.lng, b.lat, b.lng)
        if since_light_m > LIGHT_EVERY_M:
            since_light_m = 0.0
            if random.random() < RED:
                points.append(b)
                at_s.append(at_s[-1] + random.uniform(*LIGHT_S))
    return Leg(points, at_s)


def driven(leg: Leg, left_ms: int, phone: Phone, step_ms: int = SAMPLE_MS) -> Iterator[Fix]:
    """Return what the phone measures on a drive that begins at `left_ms`, one fix each step."""
    end_ms = left_ms + round(leg.duration_s * 1000)
    ts_ms = left_ms
    while ts_ms < end_ms:
        here, ahead = _at(leg, (ts_ms - left_ms) / 1000), _at(leg, (ts_ms - left_ms) / 1000 + 3)
        metres = distance_m(here.lat, here.lng, ahead.lat, ahead.lng)
        yield phone.measure(ts_ms, here, speed_mps=metres / 3, bearing_deg=bearing(here, ahead))
        ts_ms += step_ms


def stood(
    at: Point, from_ms: int, until_ms: int, phone: Phone, every_ms: int, *, plugged: bool = False
) -> Iterator[Fix]:
    """Return what the phone measures while it stays at a place."""
    for ts_ms in range(from_ms, until_ms, every_ms):
        yield phone.measure(ts_ms, at, plugged=plugged)


def _at(leg: Leg, seconds: float) -> Point:
    """Return the true position so many seconds after leaving."""
    index = bisect_right(leg.at_s, seconds)
    if index == len(leg.points):
        return leg.points[-1]
    a, b = leg.points[index - 1], leg.points[index]
    share = (seconds - leg.at_s[index - 1]) / (leg.at_s[index] - leg.at_s[index - 1])
    return Point(a.lat + (b.lat - a.lat) * share, a.lng + (b.lng - a.lng) * share)


def bearing(a: Point, b: Point) -> float:
    """Return the direction from a to b in degrees clockwise from north; 0 for one point."""
    east = (b.lng - a.lng) * cos(radians(a.lat))
    return degrees(atan2(east, b.lat - a.lat)) % 360
