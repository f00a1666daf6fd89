"""The picture of the demo's city."""

import gzip
import json
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest

from roundsman.core.geo import Point
from roundsman.demo import atlas, ground


@pytest.fixture(scope="module")
def features() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ground.streets_geojson())["features"]
    return found


def test_the_file_stays_small_enough_to_live_in_the_repository() -> None:
    data = files("roundsman.demo").joinpath("porto.json.gz").read_bytes()
    assert len(data) <= 900_000
    assert "OpenStreetMap" in json.loads(gzip.decompress(data))["about"]


def test_the_map_has_streets_of_every_class(features: list[dict[str, Any]]) -> None:
    lines = [one for one in features if one["geometry"]["type"] == "LineString"]
    classes = {one["properties"]["class"] for one in lines}
    assert classes >= {"motorway", "primary", "secondary", "tertiary", "residential", "service"}
    names = {one["properties"].get("name") for one in lines}
    assert {"Rua de Cedofeita", "Avenida da Boavista", "Avenida dos Aliados"} <= names


def test_positions_on_the_map_are_longitude_then_latitude(features: list[dict[str, Any]]) -> None:
    for one in features:
        if one["geometry"]["type"] == "LineString":
            assert all(
                -9 < lng < -8 and 40 < lat < 42 for lng, lat in one["geometry"]["coordinates"]
            )


def test_the_pressed_picture_is_the_same_and_made_once() -> None:
    assert gzip.decompress(ground.streets_gz()) == ground.streets_geojson()
    assert ground.streets_gz() is ground.streets_gz()


def test_the_river_is_water_and_the_town_hall_is_not() -> None:
    water = atlas.read().water
    river, town_hall = Point(41.1400, -8.6200), Point(41.1496, -8.6103)
    assert any(_holds(rings[0], river) for rings in water)
    assert not any(_holds(rings[0], town_hall) for rings in water)


def _holds(ring: list[Point], spot: Point) -> bool:
    inside = False
    for a, b in pairwise((*ring, ring[0])):
        if (a.lat > spot.lat) != (b.lat > spot.lat):
            crossing = a.lng + (spot.lat - a.lat) * (b.lng - a.lng) / (b.lat - a.lat)
            inside ^= spot.lng < crossing
    return inside
