from math import nan

import pytest

from roundsman.core.geo import Point, distance_m
from roundsman.dispatch.travel import distinct, great_circle
from roundsman.streets.crow import DETOUR, SPEEDS_KMH

VIENNA, LINZ, APIA, SUVA = (
    Point(48.2, 16.37),
    Point(48.31, 14.29),
    Point(-13.8, -171.8),
    Point(-18.1, 178.4),
)


def test_positions_that_agree_are_one_location_and_missing_ones_none() -> None:
    points, numbers = distinct(
        [LINZ, None, VIENNA, Point(48.3100000001, 14.29), Point(0, 0), Point(91, 0), Point(nan, 5)]
    )
    assert points == [LINZ, VIENNA]
    assert numbers == [0, None, 1, 0, None, None, None]


@pytest.mark.parametrize(
    ("a", "b"), [(VIENNA, LINZ), (APIA, SUVA), (VIENNA, Point(-48.2, -163.63))]
)
def test_distance_is_the_great_circle_with_the_detour(a: Point, b: Point) -> None:
    matrix = great_circle([a, b], ["car"]).matrices["car"]
    assert matrix.metres[0][1] == matrix.metres[1][0]
    assert matrix.metres[0][1] == pytest.approx(
        DETOUR * distance_m(a.lat, a.lng, b.lat, b.lng), abs=1
    )
    assert matrix.metres[0][0] == 0


def test_time_follows_the_speed_of_the_mode() -> None:
    travel = great_circle([VIENNA, LINZ], SPEEDS_KMH)
    assert travel.roads == "great_circle"
    metres = travel.matrices["car"].metres[0][1]
    for mode, speed in SPEEDS_KMH.items():
        assert travel.matrices[mode].seconds[0][1] == round(metres / (speed / 3.6))
    assert (
        travel.matrices["pedestrian"].seconds[0][1]
        > 3 * travel.matrices["bicycle"].seconds[1][0] - 3
    )
