"""What is sea and what is land, by coasts of all kinds."""

from __future__ import annotations

import pytest
import shapely

from roundsman.basemap.coast import sea_of

BOX = (0.0, 0.0, 10.0, 10.0)


def is_sea(coasts: list[list[tuple[float, float]]], lng: float, lat: float) -> bool:
    return any(sea.contains(shapely.Point(lng, lat)) for sea in sea_of(coasts, BOX))


def test_without_a_coast_there_is_no_sea() -> None:
    assert sea_of([], BOX) == []
    assert sea_of([[(20.0, 20.0), (21.0, 21.0)]], BOX) == []
    assert sea_of([[(5.0, 5.0)]], BOX) == []


def test_land_is_to_the_left() -> None:
    north: list[tuple[float, float]] = [(5.0, -1.0), (5.0, 4.0), (5.0, 11.0)]
    assert is_sea([north], 7, 5)
    assert not is_sea([north], 3, 5)
    assert not is_sea([north[::-1]], 7, 5)
    assert is_sea([north[::-1]], 3, 5)


def test_an_island_lies_in_the_sea_and_a_lagoon_in_its_land() -> None:
    # Against the clock, land is inside; with it, water is.
    island = [(2.0, 2.0), (8.0, 2.0), (8.0, 8.0), (2.0, 8.0), (2.0, 2.0)]
    lagoon = [(4.0, 4.0), (4.0, 6.0), (6.0, 6.0), (6.0, 4.0), (4.0, 4.0)]
    assert is_sea([island, lagoon], 1, 1)
    assert not is_sea([island, lagoon], 3, 3)
    assert is_sea([island, lagoon], 5, 5)


def test_a_coast_in_many_pieces_that_ends_inside_is_led_to_the_edge() -> None:
    pieces = [[(5.0, 1.0), (5.0, 4.0)], [(5.0, 4.0), (5.0, 6.0)], [(5.0, 6.0), (5.0, 9.0)]]
    assert is_sea(pieces, 8, 5)
    assert not is_sea(pieces, 2, 5)


@pytest.mark.parametrize("steps", [1, 7, 60])
def test_two_shores_of_a_strait(steps: int) -> None:
    def shore(lng: float, *, up: bool) -> list[tuple[float, float]]:
        line = [(lng + (i % 2) * 0.2, 12.0 * i / steps - 1) for i in range(steps + 1)]
        return line if up else line[::-1]

    coasts = [shore(3, up=True), shore(7, up=False)]
    assert not is_sea(coasts, 1, 5)
    assert is_sea(coasts, 5, 5)
    assert not is_sea(coasts, 9, 5)
