"""Trips as people count them, and the metres of a part of one."""

from __future__ import annotations

import pytest

from roundsman.places.areas import index_of
from roundsman.tracking.grouping import groups
from roundsman.tracking.identity import StoredSegment
from roundsman.tracking.model import Cut, Edge, Mode, Quality, Trip
from roundsman.tracking.parameters import VEHICLE
from roundsman.tracking.tracks import metres_between
from tests.folding import Outcome, Pencil, area_at


def grouped(pencil: Pencil, *, at_customer: bool = False) -> list[list[int]]:
    """Return the numbers of the segments that make each trip."""
    areas = index_of([area_at(3000, 0)] if at_customer else [])
    outcome = Outcome(pencil.fixes, VEHICLE, areas)
    stored = [StoredSegment(n, n, each) for n, each in enumerate(outcome.segments)]
    return [[part.id for part in group] for group in groups(stored, outcome.visits)]


def with_pause(seconds: int) -> Pencil:
    return Pencil().stand(600).go(3000, 0).stand(seconds).go(6000, 0).stand(600)


def test_a_pause_below_five_minutes_does_not_part_a_trip() -> None:
    assert grouped(with_pause(220)) == [[1, 3]]
    assert grouped(with_pause(400)) == [[1], [3]]


def test_a_pause_at_a_job_parts_it_however_short() -> None:
    assert grouped(with_pause(220), at_customer=True) == [[1], [3]]


def test_a_gap_parts_trips() -> None:
    pencil = Pencil().stand(600).go(3000, 0, mps=20).sleep(4000).jump(60_000, 0)
    pencil.go(66_000, 0, mps=20).stand(600)

    assert grouped(pencil) == [[1], [3]]


def test_tiny_trips_are_not_shown() -> None:
    pencil = Pencil().stand(600).go(160, 0, mps=2).stand(600)

    assert [type(each).__name__ for each in Outcome(pencil.fixes).segments] == [
        *("Stop", "Trip", "Stop")
    ]
    assert grouped(pencil) == []


TRIP = Trip(
    start_ms=1000,
    end_ms=5000,
    start=Edge.MEASURED,
    end=Edge.MEASURED,
    metres=300.0,
    estimated_m=100.0,
    mode=Mode.DRIVE,
    quality=Quality.GOOD,
    start_lat_e7=0,
    start_lng_e7=0,
    end_lat_e7=0,
    end_lng_e7=0,
    max_speed_mps=10.0,
    fixes=9,
    cuts=(Cut(2000, 200.0, 40.0),),
)


@pytest.mark.parametrize(
    ("since_ms", "until_ms", "metres"),
    [
        (0, 9000, 400),
        (1000, 2000, 240),
        (2000, 5000, 160),
        (1500, 2000, 120),
        (3500, 9000, 80),
        (0, 1000, 0),
        (6000, 9000, 0),
    ],
)
def test_the_metres_of_a_part_are_exact_at_midnight_and_by_time_elsewhere(
    since_ms: int, until_ms: int, metres: float
) -> None:
    assert metres_between(TRIP, since_ms, until_ms) == pytest.approx(metres)
