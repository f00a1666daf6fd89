"""Names as words that can be compared."""

import pytest

from roundsman.geocoding.words import (
    bare,
    is_generic,
    joined,
    mendings,
    weight,
    words,
    written_out,
)


@pytest.mark.parametrize(
    "ways",
    [
        ("Nürnberger Straße", "Nuernberger Str.", "NURNBERGER STRASSE", "nürnberger strasse"),
        ("Kunigundenstraße", "Kunigundenstr.", "Kunigundenstrasse"),
        ("Kerkstraat", "Kerkstr."),
        ("Marktplatz", "Marktpl."),
        ("Rua Doutor António José", "R. Dr. Antonio Jose"),
        ("Avenida da Boavista", "Av. da Boavista", "AVENIDA DA BOAVISTA"),
        ("Avenue Foch", "Av. Foch", "ave Foch"),
        ("Boulevard Saint-Michel", "Bd St Michel", "blvd. saint michel"),
        ("Rue de l'Église", "rue de l\N{RIGHT SINGLE QUOTATION MARK}eglise"),
        ("St. Andrew's Road", "Saint Andrew's Rd"),
        ("Lauf an der Pegnitz", "Lauf a. d. Pegnitz", "Lauf a.d.Pegnitz"),
        ("Großøya gård", "grossoya gard"),
        ("улица Лёни", "УЛИЦА ЛЕНИ"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(ways: tuple[str, ...]) -> None:
    assert len({tuple(words(way)) for way in ways}) == 1


def test_a_name_written_apart_is_the_one_written_together() -> None:
    assert joined(words("Kunigunden Straße")) == joined(words("Kunigundenstr."))
    assert joined(words("Hersbrucker Str.")) == joined(words("Hersbruckerstraße"))


def test_different_names_stay_different() -> None:
    names = ("Bergstraße", "Burgstraße", "Bergweg", "Am Berg", "Bergplatz", "Rua Nova", "Av. Nova")
    assert len({tuple(words(name)) for name in names}) == len(names)


def test_what_tells_a_street_weighs_more_than_its_kind() -> None:
    assert weight("de") < weight("str") < weight("bach") < weight("nurnberger")
    assert is_generic("str")
    assert not is_generic("nurnberger")


def test_a_slip_in_the_kind_of_street_is_mended() -> None:
    assert "tv" in mendings("travsesa")
    assert "av" in mendings("agenida")
    assert mendings("nurnberger") == set()


def test_a_compound_is_written_out_to_see_a_slip_in_its_ending() -> None:
    assert written_out("landstr") == ["landstrasse", "landstraat"]
    assert written_out("marktpl") == ["marktplatz"]
    assert written_out("bergweg") == []


def test_what_was_typed_is_kept_beside_the_bare_vowel() -> None:
    assert bare("Oerfeld") == "oerfeld"
    assert words("Oerfeld") == ["orfeld"]
