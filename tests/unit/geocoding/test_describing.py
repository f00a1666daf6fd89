"""Positions named in two small towns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundsman.core.geo import Point
from roundsman.geocoding.describing import HOUSE_M, STREET_M, describe
from roundsman.geocoding.model import NOTHING, State
from tests.addresses import ALTDORF, FOREST, GRUNAU, spot

if TYPE_CHECKING:
    from roundsman.geocoding.queries import Index


def test_beside_a_house_it_is_the_house(towns: Index) -> None:
    found = describe(towns, spot(GRUNAU, (0.1, -3)))
    assert (found.state, found.text) == (State.EXACT, "Hauptstraße 3, 91100 Grünau am Bach")
    assert 0 < found.distance_m <= HOUSE_M


def test_away_from_houses_it_is_the_street_at_the_foot_of_the_position(towns: Index) -> None:
    found = describe(towns, spot(ALTDORF, (-2, 1.3)))
    assert (found.state, found.text) == (State.STREET, "Mühlweg, 91200 Altdorf")
    assert found.position is not None
    assert abs(found.position.lng - spot(ALTDORF, (0, 1.3)).lng) < 1e-6
    assert 100 < found.distance_m <= STREET_M


def test_away_from_streets_it_is_the_town(towns: Index) -> None:
    found = describe(towns, spot(GRUNAU, (15, 15)))
    assert (found.state, found.text) == (State.TOWN, "91100 Grünau am Bach")


def test_between_towns_it_is_the_nearest_one(towns: Index) -> None:
    found = describe(towns, Point(FOREST.lat + 0.01, FOREST.lng))
    assert (found.state, found.city) == (State.TOWN, "Grünau am Bach")


def test_far_from_everything_it_is_nothing(towns: Index) -> None:
    assert describe(towns, Point(0.0, 0.0)) == NOTHING
    assert describe(towns, Point(90.0, 180.0)) == NOTHING
    assert describe(towns, Point(-90.0, -180.0)) == NOTHING
