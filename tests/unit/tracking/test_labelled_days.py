"""How well days are understood, against the truth that the generator knows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import pytest

from roundsman.places.areas import Area, index_of
from roundsman.tracking.parameters import FOOT, VEHICLE, Parameters
from tests import days
from tests.folding import Outcome, area_at

if TYPE_CHECKING:
    from roundsman.tracking.model import Stop, Trip, Visit

SEEDS = range(4)
HOUR_MS = 3_600_000

type Spanning = days.Stay | days.Drive | Stop | Trip


class Score:
    """Found and true spans matched one to one where they overlap by half."""

    def __init__(self) -> None:
        self.hits = self.true = self.found = 0
        self.edges_s: list[float] = []

    def add(self, truth: Sequence[Spanning], found: Sequence[Spanning], day: days.Day) -> None:
        left = list(found)
        self.true += len(truth)
        self.found += len(found)
        first_ms, last_ms = day.moments[0].at_ms, day.moments[-1].at_ms
        for one in truth:
            twin = max(left, key=lambda other: overlap(one, other), default=None)
            if twin is None or overlap(one, twin) < 0.5:
                continue
            left.remove(twin)
            self.hits += 1
            if one.start_ms > first_ms:
                self.edges_s.append(abs(one.start_ms - twin.start_ms) / 1000)
            if one.end_ms < last_ms:
                self.edges_s.append(abs(one.end_ms - twin.end_ms) / 1000)

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.true + self.found)

    def edge(self, share: float) -> float:
        return sorted(self.edges_s)[int(share * (len(self.edges_s) - 1))]


def overlap(one: Spanning, other: Spanning) -> float:
    common = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    whole = max(one.end_ms, other.end_ms) - min(one.start_ms, other.start_ms)
    return common / whole if whole > 0 else 0.0


type Make = Callable[[int], days.Day]


def indoors(seed: int) -> days.Day:
    """A round by van whose customers are all under a roof."""
    return days.van(seed, is_indoor=True)


DAYS: dict[str, tuple[Make, Parameters]] = {
    "van": (cache(days.van), VEHICLE),
    "foot": (cache(days.foot), FOOT),
    "jam": (cache(days.jam), VEHICLE),
    "indoors": (cache(indoors), VEHICLE),
}


@pytest.mark.parametrize("every_s", [5, 30, 60])
@pytest.mark.parametrize("weather", [days.CLEAR, days.ROUGH], ids=["clear", "rough"])
@pytest.mark.parametrize("kind", list(DAYS))
def test_stops_and_trips_are_found_and_dated(
    kind: str, weather: days.Weather, every_s: int
) -> None:
    make, rules = DAYS[kind]
    stops, trips = Score(), Score()
    for seed in SEEDS:
        day = make(seed)
        fixes = days.measure(day, days.every(every_s), weather, seed=seed)
        outcome = Outcome(fixes, rules, now_ms=day.moments[-1].at_ms)
        stops.add(day.stays, outcome.stops, day)
        trips.add(day.drives, outcome.trips, day)

    least = 0.97 if every_s <= 30 else 0.92
    assert stops.f1 >= least
    assert trips.f1 >= least
    if every_s <= 30:
        assert median(stops.edges_s) <= 20
        assert stops.edge(0.9) <= 90


@pytest.mark.parametrize(("every_s", "off"), [(1, 0.05), (10, 0.05), (30, 0.11)])
@pytest.mark.parametrize("weather", [days.CLEAR, days.ROUGH], ids=["clear", "rough"])
@pytest.mark.parametrize("kind", ["van", "foot", "jam"])
def test_metres_agree_with_the_road(
    kind: str, weather: days.Weather, every_s: int, off: float
) -> None:
    make, rules = DAYS[kind]
    driven = measured = 0.0
    for seed in SEEDS[:3]:
        day = make(seed)
        fixes = days.measure(day, days.every(every_s), weather, seed=seed)
        driven += sum(drive.metres for drive in day.drives)
        measured += sum(trip.metres + trip.estimated_m for trip in Outcome(fixes, rules).trips)

    assert measured == pytest.approx(driven, rel=off)


@pytest.mark.parametrize("seed", SEEDS)
def test_phones_that_sleep_at_every_stop_lose_no_trip(seed: int) -> None:
    day = DAYS["van"][0](seed)
    fixes = days.measure(day, days.sleeping(), days.CLEAR, seed=seed)
    outcome = Outcome(fixes, now_ms=day.moments[-1].at_ms + HOUR_MS)
    trips = Score()
    trips.add(day.drives, outcome.trips, day)

    assert trips.f1 >= 0.95
    assert median(trips.edges_s) <= 60


# --- visits ---------------------------------------------------------------------------------------

RADIUS_M = 100


def customers(day: days.Day) -> list[tuple[days.Stay, Area]]:
    """Return an area around each stay that no other stay comes near."""
    alone: list[tuple[days.Stay, Area]] = []
    for number, stay in enumerate(day.stays):
        others = [other for other in day.stays if other is not stay]
        if all(math.dist((stay.x, stay.y), (one.x, one.y)) > 3 * RADIUS_M for one in others):
            area = area_at(stay.x, stay.y, radius_m=RADIUS_M, name=f"job:{number}")
            alone.append((stay, area))
    return alone


def true_spans(day: days.Day, stay: days.Stay) -> list[tuple[int, int]]:
    """Return when the member truly was inside; within five minutes it is one time."""
    inside = [
        moment.at_ms
        for moment in day.moments
        if math.dist((moment.x, moment.y), (stay.x, stay.y)) <= RADIUS_M
    ]
    ends = [one for one, other in pairwise(inside) if other - one > 300_000] + inside[-1:]
    starts = inside[:1] + [other for one, other in pairwise(inside) if other - one > 300_000]
    return list(zip(starts, ends, strict=True))


@pytest.mark.parametrize("every_s", [10, 30, 60])
@pytest.mark.parametrize("weather", [days.CLEAR, days.ROUGH], ids=["clear", "rough"])
@pytest.mark.parametrize("kind", ["van", "foot", "indoors"])
def test_every_visit_of_150_s_is_found_once_and_none_invented(
    kind: str, weather: days.Weather, every_s: int
) -> None:
    make, rules = DAYS[kind]
    enter_s: list[float] = []
    exit_s: list[float] = []
    for seed in SEEDS:
        day = make(seed)
        sites = customers(day)
        fixes = days.measure(day, days.every(every_s), weather, seed=seed)
        areas = index_of(area for _, area in sites)
        found = Outcome(fixes, rules, areas, now_ms=day.moments[-1].at_ms).visits
        for stay, area in sites:
            mine = [visit for visit in found if visit.area == area.id]
            spans = true_spans(day, stay)
            for span in spans:
                hits = [visit for visit in mine if overlaps(visit, span)]
                if span[1] - span[0] >= 150_000:
                    assert len(hits) == 1
                    if span[0] > day.moments[0].at_ms:
                        enter_s.append(abs(hits[0].enter_ms - span[0]) / 1000)
                    if hits[0].exit_ms:
                        exit_s.append(abs(hits[0].exit_ms - span[1]) / 1000)
            assert all(any(overlaps(visit, span) for span in spans) for visit in mine)

    if every_s == 10:
        assert median(enter_s) <= 10
        assert median(exit_s) <= 10


def overlaps(visit: Visit, span: tuple[int, int]) -> bool:
    return visit.enter_ms < span[1] and (visit.exit_ms == 0 or visit.exit_ms > span[0])
