from __future__ import annotations

import math
import random

import pytest

from roundsman.core.geo import distance_m
from roundsman.core.ground import bearing_deg, metres, onto_map, wrap_e7


def test_it_agrees_with_the_sphere_near_and_far() -> None:
    luck = random.Random(1)
    for _ in range(5000):
        lat, lng = luck.uniform(-90, 90), luck.uniform(-180, 180)
        span = luck.choice([0.0001, 0.01, 0.09, 1, 60])
        other = (
            max(-90.0, min(90.0, lat + luck.uniform(-span, span))),
            max(-180.0, min(180.0, lng + luck.uniform(-span, span))),
        )
        on_plane = metres(lat * 1e7, lng * 1e7, other[0] * 1e7, other[1] * 1e7)

        assert on_plane == pytest.approx(distance_m(lat, lng, *other), rel=1e-3, abs=0.01)


def test_it_measures_the_short_way_over_the_date_line() -> None:
    assert metres(0, 1_799_999_000, 0, -1_799_999_000) == pytest.approx(22.24, abs=0.01)


def test_it_measures_across_a_pole() -> None:
    assert metres(899_999_000, 0, 899_999_000, 1_800_000_000) == pytest.approx(22.24, abs=0.01)


def test_longitudes_stay_within_half_a_turn() -> None:
    assert wrap_e7(3_599_999_990) == -10
    assert wrap_e7(-1_800_000_010) == 1_799_999_990
    assert onto_map(1_800_000_010) == -1_799_999_990


@pytest.mark.parametrize(
    ("goal", "direction"),
    [((1, 0), 0), ((0, 1), 90), ((-1, 0), 180), ((0, -1), 270), ((0, 0), 0)],
)
def test_bearings_count_clockwise_from_north(goal: tuple[float, float], direction: float) -> None:
    assert bearing_deg(0, 0, *goal) == pytest.approx(direction)
    assert not math.isnan(bearing_deg(90, 0, *goal))
