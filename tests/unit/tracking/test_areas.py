from __future__ import annotations

import math
import random

import pytest

from roundsman.core.geo import EARTH_RADIUS_M
from roundsman.places.areas import (
    COARSE,
    FINE,
    Area,
    along,
    cell_of,
    cells_along,
    cells_of,
    holding,
    index_of,
    near,
    version_at,
)


def around(lat: float, lng: float, radius_m: float, luck: random.Random) -> tuple[int, int]:
    """Return a random position inside a circle on the sphere, in 1e-7 degrees."""
    turn, far = luck.uniform(0, 2 * math.pi), luck.uniform(0, radius_m) / EARTH_RADIUS_M
    lat_1, lng_1 = math.radians(lat), math.radians(lng)
    sine = math.sin(lat_1) * math.cos(far) + math.cos(lat_1) * math.sin(far) * math.cos(turn)
    lat_2 = math.asin(max(-1.0, min(1.0, sine)))
    lng_2 = lng_1 + math.atan2(
        math.sin(turn) * math.sin(far) * math.cos(lat_1), math.cos(far) - math.sin(lat_1) * sine
    )
    wrapped = (math.degrees(lng_2) + 180) % 360 - 180
    return round(math.degrees(lat_2) * 1e7), round(wrapped * 1e7)


@pytest.mark.parametrize("grid", [FINE, COARSE])
def test_every_point_of_a_circle_lies_in_one_of_its_cells(grid: int) -> None:
    luck = random.Random(1)
    for _ in range(600):
        lat = luck.choice([luck.uniform(-89.999, 89.999), luck.uniform(89.9, 90), -90.0, 41.15])
        lng = luck.choice([luck.uniform(-180, 180), 179.9999, -180.0, 180.0])
        radius_m = luck.choice([25, 100, 2000, 5000])
        cells = set(cells_of(round(lat * 1e7), round(lng * 1e7), radius_m, grid))
        for _ in range(5):
            assert cell_of(*around(lat, lng, radius_m, luck), grid) in cells


def test_every_point_of_a_way_lies_in_one_of_its_cells() -> None:
    luck = random.Random(2)
    for _ in range(300):
        start = (round(luck.uniform(41, 41.1) * 1e7), round(luck.uniform(-8.7, -8.6) * 1e7))
        goal = (start[0] + luck.randint(-90_000, 90_000), start[1] + luck.randint(-90_000, 90_000))
        cells = set(cells_along(start, goal))
        for step in range(101):
            lat = start[0] + (goal[0] - start[0]) * step // 100
            lng = start[1] + (goal[1] - start[1]) * step // 100
            assert cell_of(lat, lng) in cells


def test_a_very_long_way_names_only_its_ends() -> None:
    start, goal = (411_500_000, -86_100_000), (481_500_000, 166_100_000)

    assert cells_along(start, goal) == [cell_of(*start), cell_of(*goal)]


def area(name: str, lat: float, radius_m: int, from_ms: int = 0, until_ms: int = 2**62) -> Area:
    return Area(
        id=name,
        kind="place",
        subject=name,
        lat_e7=round(lat * 1e7),
        lng_e7=0,
        radius_m=radius_m,
        from_ms=from_ms,
        until_ms=until_ms,
    )


def test_it_finds_the_areas_that_hold_a_point_smaller_ones_first() -> None:
    index = index_of([area("large", 48.0, 500), area("small", 48.001, 200), area("far", 49.0, 500)])

    assert [one.id for one in holding(index, 480_005_000, 0, 0)] == ["small", "large"]
    assert holding(index, 470_000_000, 0, 0) == []


def test_an_area_without_radius_is_nowhere() -> None:
    index = index_of([area("point", 48.0, 0)])

    assert list(near(index, 480_000_000, 0)) == []
    assert list(along(index, (480_000_000, 0), (480_100_000, 0))) == []


def test_of_two_versions_the_one_of_the_time_counts() -> None:
    index = index_of([area("a", 48.0, 100, 0, 500), area("a", 49.0, 100, 500, 900)])

    assert [version_at(index, "a", ts) is not None for ts in (0, 499, 500, 899, 900)] == [
        *(True, True, True, True, False)
    ]
    found = version_at(index, "a", 500)
    assert found is not None
    assert found.lat_e7 == 490_000_000
