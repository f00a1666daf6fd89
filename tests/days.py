"""Labelled days: what a phone would have sent, and what really happened.

A day is drawn in metres on a plane, second by second, then measured like a phone measures: noise
that wanders, walls that make it worse, spikes that claim to be exact, and one of several habits of
reporting. The same seed gives the same day.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from roundsman.core.ids import DeviceId
from roundsman.tracking.model import Fix

# 2026-03-02 06:00 UTC, a Monday.
MORNING_MS = 1_772_431_200_000
HOME = (41.15, -8.61)
METRES_PER_DEGREE = 6_371_008.8 * math.pi / 180

type Spot = tuple[float, float]


class Moment(Struct, frozen=True):
    """The truth of one second: metres east and north of home, speed, and whether under a roof."""

    at_ms: int
    x: float
    y: float
    speed_mps: float
    is_indoor: bool


class Stay(Struct, frozen=True):
    """A true stop."""

    start_ms: int
    end_ms: int
    x: float
    y: float


class Drive(Struct, frozen=True):
    """A true trip; `metres` along the road."""

    start_ms: int
    end_ms: int
    metres: float


class Day(Struct, frozen=True):
    """A member's day: every second of it, its stops and its trips."""

    moments: list[Moment]
    stays: list[Stay]
    drives: list[Drive]


type Habit = Callable[[Sequence[Moment], random.Random], Iterator[Moment]]


class Walker:
    """Draws a day as it goes: stand, travel, stand again. The cursor is the present second."""

    def __init__(self, seed: int, *, start_ms: int = MORNING_MS) -> None:
        self.luck = random.Random(seed)
        self.now_ms = start_ms
        self.x = 0.0
        self.y = 0.0
        self.moments: list[Moment] = []
        self.stays: list[Stay] = []
        self.drives: list[Drive] = []

    def stand(self, seconds: int, *, is_indoor: bool = False, is_stop: bool = True) -> None:
        """Stay on the spot; a halt on the way (`is_stop=False`) is no stop."""
        start_ms = self.now_ms
        for _ in range(seconds):
            self._second(0.0, is_indoor=is_indoor)
        if is_stop:
            self.stays.append(Stay(start_ms, self.now_ms, self.x, self.y))

    def wander(self, seconds: int, radius_m: float, *, speed_mps: float = 0.8) -> None:
        """Walk about within a circle around the spot, as one does on a building site."""
        start_ms, centre = self.now_ms, (self.x, self.y)
        target = centre
        for _ in range(seconds):
            if math.dist((self.x, self.y), target) < speed_mps:
                angle = self.luck.uniform(0, 2 * math.pi)
                far = radius_m * math.sqrt(self.luck.random())
                target = (centre[0] + far * math.cos(angle), centre[1] + far * math.sin(angle))
            self._towards(target, speed_mps)
        self.stays.append(Stay(start_ms, self.now_ms, *centre))

    def drive_to(self, goal: Spot, *, cruise_mps: float = 12.0, lights: float = 0.3) -> None:
        """Drive over a grid of streets with bends, corners taken slowly, and red lights."""
        start_ms, metres = self.now_ms, 0.0
        corners = self._streets(goal)
        speed = 0.0
        for index, corner in enumerate(corners):
            is_last = index == len(corners) - 1
            while (away := math.dist((self.x, self.y), corner)) > 1.0:
                end_mps = 0.0 if is_last else 4.0
                brake_mps = math.sqrt(end_mps**2 + 2 * 1.8 * away)
                speed = min(speed + 1.5, cruise_mps, max(1.5, brake_mps))
                step = min(speed, away)
                metres += step
                self._towards(corner, step)
            if not is_last and self.luck.random() < lights:
                self.stand(self.luck.randint(15, 75), is_stop=False)
                speed = 0.0
        self.drives.append(Drive(start_ms, self.now_ms, metres))

    def walk_to(self, goal: Spot, *, speed_mps: float = 1.35) -> None:
        """Walk over the same streets."""
        start_ms, metres = self.now_ms, 0.0
        for corner in self._streets(goal):
            while (away := math.dist((self.x, self.y), corner)) > speed_mps:
                metres += speed_mps
                self._towards(corner, min(speed_mps, away))
        self.drives.append(Drive(start_ms, self.now_ms, metres))

    def creep(self, seconds: int, *, speed_mps: float = 1.2) -> None:
        """Crawl in a jam: some metres, a halt, some metres. Part of the trip it interrupts."""
        last = self.drives.pop() if self.drives else Drive(self.now_ms, self.now_ms, 0.0)
        metres = last.metres
        until_ms = self.now_ms + seconds * 1000
        while self.now_ms < until_ms:
            for _ in range(self.luck.randint(8, 25)):
                self._towards((self.x + 1000.0, self.y), speed_mps)
                metres += speed_mps
            for _ in range(self.luck.randint(4, 25)):
                self._second(0.0, is_indoor=False)
        self.drives.append(Drive(last.start_ms, self.now_ms, metres))

    def day(self) -> Day:
        """Return what was drawn, drives that followed one another without a stop joined."""
        return Day(self.moments, self.stays, _joined(self.drives))

    def _streets(self, goal: Spot) -> list[Spot]:
        corners: list[Spot] = []
        x, y = self.x, self.y
        while abs(goal[0] - x) + abs(goal[1] - y) > 500:
            along_x = abs(goal[0] - x) > abs(goal[1] - y)
            leg = self.luck.uniform(120, 450)
            bend = self.luck.uniform(-25, 25)
            if along_x:
                x, y = x + math.copysign(leg, goal[0] - x), y + bend
            else:
                x, y = x + bend, y + math.copysign(leg, goal[1] - y)
            corners.append((x, y))
        return [*corners, (goal[0], y), goal]

    def _towards(self, target: Spot, step: float) -> None:
        away = math.dist((self.x, self.y), target)
        if away > 0:
            share = min(1.0, step / away)
            self.x += (target[0] - self.x) * share
            self.y += (target[1] - self.y) * share
        self._second(step, is_indoor=False)

    def _second(self, speed_mps: float, *, is_indoor: bool) -> None:
        self.moments.append(Moment(self.now_ms, self.x, self.y, speed_mps, is_indoor))
        self.now_ms += 1000


def _joined(drives: list[Drive]) -> list[Drive]:
    joined: list[Drive] = []
    for drive in drives:
        if joined and joined[-1].end_ms == drive.start_ms:
            before = joined.pop()
            joined.append(Drive(before.start_ms, drive.end_ms, before.metres + drive.metres))
        else:
            joined.append(drive)
    return joined


# --- habits of reporting --------------------------------------------------------------------------


def every(seconds: int) -> Habit:
    """Report on a timer."""

    def report(moments: Sequence[Moment], luck: random.Random) -> Iterator[Moment]:
        offset = luck.randrange(seconds)
        return iter(moments[offset::seconds])

    return report


def sleeping(*, filter_m: float = 75.0, awake_s: int = 60) -> Habit:
    """Report by distance, fall asleep a minute after standing still, wake 100 to 200 m away."""

    def report(moments: Sequence[Moment], luck: random.Random) -> Iterator[Moment]:
        sent, moved_ms = moments[0], moments[0].at_ms
        yield sent
        asleep_at: Moment | None = None
        wake_m = 150.0
        for now in moments:
            if asleep_at is not None:
                if math.dist((now.x, now.y), (asleep_at.x, asleep_at.y)) < wake_m:
                    continue
                asleep_at, moved_ms, sent = None, now.at_ms, now
                yield now
            elif now.speed_mps > 0.3:
                moved_ms = now.at_ms
                if math.dist((now.x, now.y), (sent.x, sent.y)) >= filter_m:
                    sent = now
                    yield now
            elif now.at_ms - moved_ms >= awake_s * 1000:
                yield now  # the last word before sleep
                asleep_at, sent, wake_m = now, now, luck.uniform(100, 200)

    return report


def by_distance(filter_m: float = 75.0) -> Habit:
    """Report by distance only, never while standing."""

    def report(moments: Sequence[Moment], luck: random.Random) -> Iterator[Moment]:
        del luck
        sent = moments[0]
        yield sent
        for now in moments:
            if math.dist((now.x, now.y), (sent.x, sent.y)) >= filter_m:
                sent = now
                yield now

    return report


# --- measuring ------------------------------------------------------------------------------------


class Weather(Struct, frozen=True, kw_only=True):
    """How a phone errs: outdoors and indoors in metres, and shares of spikes and network fixes."""

    outdoor_m: float = 4.0
    indoor_m: float = 18.0
    wander_s: float = 40.0
    spikes: float = 0.0
    network: float = 0.0
    says_speed: bool = True
    says_accuracy: bool = True


CLEAR = Weather()
ROUGH = Weather(indoor_m=25.0, spikes=0.01, network=0.05)


def measure(
    day: Day, habit: Habit, weather: Weather = CLEAR, *, seed: int = 1, device: str = "van"
) -> list[Fix]:
    """Return the fixes a phone of this habit sends of a day in this weather."""
    luck = random.Random(seed)
    fixes: list[Fix] = []
    error_x = error_y = 0.0
    before_ms = day.moments[0].at_ms
    for moment in habit(day.moments, luck):
        sigma = weather.indoor_m if moment.is_indoor else weather.outdoor_m
        keep = math.exp(-(moment.at_ms - before_ms) / 1000 / weather.wander_s)
        fresh = sigma * math.sqrt(1 - keep * keep)
        error_x = error_x * keep + luck.gauss(0, fresh)
        error_y = error_y * keep + luck.gauss(0, fresh)
        before_ms = moment.at_ms
        fixes.append(_measured(moment, (error_x, error_y), sigma, weather, luck, device))
    return fixes


def _measured(
    moment: Moment,
    error: Spot,
    sigma: float,
    weather: Weather,
    luck: random.Random,
    device: str,
) -> Fix:
    x, y = moment.x + error[0], moment.y + error[1]
    acc_m: float | None = round(max(3.0, sigma * luck.uniform(0.9, 1.8)), 1)
    speed: float | None = max(0.0, moment.speed_mps + luck.gauss(0, 0.25))
    if moment.speed_mps == 0:
        speed = 0.0 if luck.random() < 0.8 else luck.uniform(0, 0.6)
    dice = luck.random()
    if dice < weather.spikes:
        angle, far = luck.uniform(0, 2 * math.pi), luck.uniform(150, 600)
        x, y, acc_m = x + far * math.cos(angle), y + far * math.sin(angle), luck.uniform(2, 6)
    elif dice < weather.spikes + weather.network:
        x, y = moment.x + luck.gauss(0, 45), moment.y + luck.gauss(0, 45)
        acc_m, speed = luck.uniform(40, 100), None
    lat, lng = on_earth(x, y)
    return Fix(
        device=DeviceId(device),
        ts_ms=moment.at_ms,
        rcv_ms=moment.at_ms + 500,
        lat_e7=round(lat * 1e7),
        lng_e7=round(lng * 1e7),
        acc_m=acc_m if weather.says_accuracy else None,
        speed_mps=speed if weather.says_speed else None,
    )


def on_earth(x: float, y: float) -> tuple[float, float]:
    """Return degrees of a spot given in metres east and north of home."""
    lat = HOME[0] + y / METRES_PER_DEGREE
    return lat, HOME[1] + x / (METRES_PER_DEGREE * math.cos(math.radians(HOME[0])))


# --- days -----------------------------------------------------------------------------------------


def van(seed: int, *, customers: int = 10, is_indoor: bool = False) -> Day:
    """A round of customers by van, home again."""
    day = Walker(seed)
    luck = day.luck
    day.stand(900)
    for _ in range(customers):
        angle, far = luck.uniform(0, 2 * math.pi), luck.uniform(900, 3500)
        goal = (far * math.cos(angle), far * math.sin(angle))
        while math.dist(goal, (day.x, day.y)) < 600:
            goal = (goal[0] + 500, goal[1] + 200)
        day.drive_to(goal, cruise_mps=luck.uniform(9, 16))
        day.stand(luck.randint(300, 2400), is_indoor=is_indoor or luck.random() < 0.4)
    day.drive_to((0.0, 0.0))
    day.stand(1800)
    return day.day()


def foot(seed: int, *, customers: int = 8) -> Day:
    """A round of customers on foot."""
    day = Walker(seed)
    luck = day.luck
    day.stand(900)
    for _ in range(customers):
        angle, far = luck.uniform(0, 2 * math.pi), luck.uniform(350, 900)
        day.walk_to((day.x + far * math.cos(angle), day.y + far * math.sin(angle)))
        day.stand(luck.randint(300, 1500), is_indoor=luck.random() < 0.5)
    return day.day()


def jam(seed: int) -> Day:
    """Two customers with twelve minutes of creeping between them."""
    day = Walker(seed)
    day.stand(900)
    day.drive_to((1500.0, 300.0))
    day.creep(720)
    day.drive_to((day.x + 1800.0, 900.0))
    day.stand(1200)
    return day.day()
