"""Addresses found in two small towns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.core.geo import Point, distance_m
from roundsman.geocoding.model import NOTHING, State
from roundsman.geocoding.search import locate, suggest
from tests.addresses import ALTDORF, GRUNAU, spot

if TYPE_CHECKING:
    from roundsman.geocoding.queries import Index
    from tests.addresses import Spot


def away_m(found: Point | None, wanted: Point) -> float:
    assert found is not None
    return distance_m(found.lat, found.lng, wanted.lat, wanted.lng)


@pytest.mark.parametrize(
    ("asked", "text", "town", "where"),
    [
        ("Hauptstraße 3, 91100 Grünau am Bach", "Hauptstraße 3", GRUNAU, (0.2, -3)),
        ("Hauptstr. 3, Grünau", "Hauptstraße 3", GRUNAU, (0.2, -3)),
        ("hauptstr 3 gruenau", "Hauptstraße 3", GRUNAU, (0.2, -3)),
        ("91100 Grünau, Hauptstr. 3", "Hauptstraße 3", GRUNAU, (0.2, -3)),
        ("Hauptstr. 1, 91200", "Hauptstraße 1", ALTDORF, (0.2, -4)),
        ("Haupt Str. 1, D-91200 Altdorf, Germany", "Hauptstraße 1", ALTDORF, (0.2, -4)),
        ("Hauptstr. 7", "Hauptstraße 7", ALTDORF, (0.2, 3)),
        ("Hauptstr. 12, Grünau", "Hauptstraße 12", GRUNAU, (-0.2, 2)),
        ("Hauptstr. 10-14, Grünau", "Hauptstraße 10-14", GRUNAU, (-0.2, 2)),
        ("Kirchgasse 1 A", "Kirchgasse 1a", GRUNAU, (1, -5.2)),
        ("Kirchgasse 1b", "Kirchgasse 1 b", GRUNAU, (1.5, -5.2)),
        ("Kirchgasse 10", "Kirchgasse 10", GRUNAU, (2.5, -5.2)),
        ("Str. des 17. Juni 12, Grünau", "Straße des 17. Juni 12", GRUNAU, (4.2, 3)),
        ("Platz der Republik 3", "Platz der Republik 3", GRUNAU, (-4.5, 0.5)),
        ("Lindenallee 11, Altdorf", "Lindenallee 11", ALTDORF, (3.2, 0)),
        ("Gasthof Linde, Hauptstr. 3, Grünau", "Hauptstraße 3", GRUNAU, (0.2, -3)),
        ("Hauptstr. 3, Whg. 12, 91100 Grünau", "Hauptstraße 3", GRUNAU, (0.2, -3)),
    ],
)
def test_it_finds_the_house(towns: Index, asked: str, text: str, town: Point, where: Spot) -> None:
    found = locate(towns, asked)
    code, city = ("91100", "Grünau am Bach") if town == GRUNAU else ("91200", "Altdorf")
    assert (found.state, found.text) == (State.EXACT, f"{text}, {code} {city}")
    assert (found.postcode, found.city, found.country_code) == (code, city, "DE")
    assert away_m(found.position, spot(town, where)) < 5


@pytest.mark.parametrize(
    "asked",
    [
        "Haupstraße 3, Grünau",
        "Hauptstrase 3, Grünau",
        "Hautpstraße 3, Grünau",
        "Hauptstraße 3, Grünua",
        "Hauptstraße 3, Grnau am Bach",
        "Huptstr. 3, Grünau",
        "Hauptstarße 3, Grünau",
    ],
)
def test_a_typing_error_does_not_hide_the_house(towns: Index, asked: str) -> None:
    found = locate(towns, asked)
    assert (found.state, found.text) == (State.EXACT, "Hauptstraße 3, 91100 Grünau am Bach")


def test_the_town_decides_between_streets_of_one_name(towns: Index) -> None:
    assert locate(towns, "Hauptstr. 2, Grünau").city == "Grünau am Bach"
    assert locate(towns, "Hauptstr. 2, Altdorf").city == "Altdorf"
    assert locate(towns, "Hauptstr. 2", near=ALTDORF).city == "Altdorf"
    assert locate(towns, "Hauptstr. 2", near=GRUNAU).city == "Grünau am Bach"


def test_a_number_that_is_not_mapped_lies_between_its_neighbours(towns: Index) -> None:
    found = locate(towns, "Hauptstr. 6, Grünau")
    assert (found.state, found.house_number) == (State.STREET, "")
    assert found.text == "Hauptstraße, 91100 Grünau am Bach"
    four, ten = spot(GRUNAU, (-0.2, -3)), spot(GRUNAU, (-0.2, 2))
    assert found.position is not None
    assert four.lng < found.position.lng < ten.lng
    assert away_m(found.position, four) < away_m(found.position, ten)


def test_a_number_beyond_the_last_one_is_beside_it(towns: Index) -> None:
    found = locate(towns, "Hauptstr. 99, Altdorf")
    assert found.state == State.STREET
    assert away_m(found.position, spot(ALTDORF, (0.2, 3))) < 5


def test_a_street_without_houses_is_found_on_its_line(towns: Index) -> None:
    found = locate(towns, "Mühlweg 4, Altdorf")
    assert (found.state, found.text) == (State.STREET, "Mühlweg, 91200 Altdorf")
    assert away_m(found.position, spot(ALTDORF, (-3, 0))) < 400


@pytest.mark.parametrize("asked", ["Grünau", "91100", "91100 Grünau am Bach", "Gruenau, Germany"])
def test_a_town_is_found_by_name_and_by_postcode(towns: Index, asked: str) -> None:
    found = locate(towns, asked)
    assert (found.state, found.city) == (State.TOWN, "Grünau am Bach")
    assert away_m(found.position, GRUNAU) < 500


def test_a_street_nobody_knows_is_at_least_in_its_town(towns: Index) -> None:
    found = locate(towns, "Quittenweg 5, 91200 Altdorf")
    assert (found.state, found.text) == (State.TOWN, "91200 Altdorf")


@pytest.mark.parametrize(
    "asked",
    [
        "Hauptstraße 3, 10115 Berlin",
        "Hauptstr. 3, Nürnberg",
        "Hauptstraße 3, 91100 Grünau, Austria",
        "Hauptstraße 3 Grünau Portugal",
        "Quittenweg 5",
        "12345",
        "",
        "???",
        "3",
    ],
)
def test_no_position_is_better_than_one_in_another_town(towns: Index, asked: str) -> None:
    assert locate(towns, asked) == NOTHING


def test_the_country_beside_the_text_counts(towns: Index) -> None:
    assert locate(towns, "Hauptstr. 7", country="DE").state == State.EXACT
    assert locate(towns, "Hauptstr. 7", country="AT") == NOTHING


def test_typing_brings_what_begins_so(towns: Index) -> None:
    texts = [one.text for one in suggest(towns, "haup")]
    assert set(texts) == {"Hauptstraße, 91100 Grünau am Bach", "Hauptstraße, 91200 Altdorf"}
    assert [one.text for one in suggest(towns, "Linden")] == ["Lindenallee, 91200 Altdorf"]
    assert [one.text for one in suggest(towns, "altd")] == ["91200 Altdorf"]
    assert suggest(towns, "Hauptstr. 7")[0].text == "Hauptstraße 7, 91200 Altdorf"
    assert suggest(towns, "Hauptstr 1, Al")[0].text == "Hauptstraße 1, 91200 Altdorf"


def test_suggestions_near_a_position_come_first(towns: Index) -> None:
    assert suggest(towns, "haup", near=ALTDORF)[0].city == "Altdorf"
    assert suggest(towns, "haup", near=GRUNAU)[0].city == "Grünau am Bach"
    assert len(suggest(towns, "haup", most=1)) == 1


def test_nothing_typed_brings_nothing(towns: Index) -> None:
    assert suggest(towns, "") == []
    assert suggest(towns, " , ") == []
    assert suggest(towns, "xyzzy") == []
