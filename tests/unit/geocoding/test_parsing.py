"""Addresses of many countries taken apart."""

import pytest

from roundsman.geocoding.countries import code_of, written
from roundsman.geocoding.parsing import TEXT_MOST, WORDS_MOST, parse


@pytest.mark.parametrize(
    ("text", "number", "postcode", "country"),
    [
        ("Kunigundenstr. 5a, D-91207 Lauf", "5a", "91207", "DE"),
        ("Kunigundenstraße 5 a, 91207 Lauf, Germany", "5a", "91207", "DE"),
        ("Hauptstr. 12/3/4, 1010 Wien, Österreich", "12/3", "1010", "AT"),
        ("Landstrasse 39, FL-9490 Vaduz", "39", "9490", "LI"),
        ("Bahnhofstrasse 2-4, CH-8001 Zürich", "2-4", "8001", "CH"),
        ("Rua Machado dos Santos, nº 12 3º Esq, 4760-585 Porto, Portugal", "12", "4760585", "PT"),
        ("Calle Mayor 7, piso 2, 28013 Madrid, España", "7", "28013", "ES"),
        ("12 bis rue de l'Église, 75001 Paris, France", "12bis", "75001", "FR"),
        ("10 Downing St, London SW1A 2AA, UK", "10", "sw1a2aa", "GB"),
        ("350 5th Avenue, New York, NY 10118, USA", "350", "10118", "US"),
        ("Kerkstraat 12-3, 1017 GC Amsterdam, Nederland", "12-3", "1017gc", "NL"),
        ("ul. Marszałkowska 8, 00-590 Warszawa, Polska", "8", "00590", "PL"),
        ("Via Roma 4, 00184 Roma, Italia", "4", "00184", "IT"),
        ("Storgatan 5B, 111 23 Stockholm, Sweden", "5b", "11123", "SE"),
        ("100 Queen St, Ottawa K1A 0B1, Canada", "100", "k1a0b1", "CA"),
        ("No. 221b Baker Street", "221b", "", ""),
    ],
)
def test_it_finds_number_postcode_and_country(
    text: str, number: str, postcode: str, country: str
) -> None:
    asked = parse(text)
    assert number in [reading.key for reading in asked.numbers]
    assert postcode in [*(reading.key for reading in asked.postcodes), ""]
    assert (asked.country or asked.ending) == country


def test_flats_and_floors_are_left_out() -> None:
    for text in (
        "Hauptstr. 5, Wohnung 12",
        "Hauptstr. 5 Top 12",
        "Hauptstr. 5, Apt 12b",
        "Hauptstr. 5, 3º Esq",
        "Hauptstr. 5, 2. OG",
        "Hauptstr. 5, r/c",
    ):
        assert [reading.key for reading in parse(text).numbers] == ["5"], text


def test_a_number_in_a_name_stays_a_word_and_a_reading() -> None:
    asked = parse("Rua 25 de Abril 12")
    assert [token.text for token in asked.tokens] == ["r", "25", "de", "abril", "12"]
    assert [reading.key for reading in asked.numbers] == ["25", "12"]


def test_the_last_word_may_be_a_country_or_the_end_of_a_name() -> None:
    asked = parse("Avenida do Brasil")
    assert (asked.ending, asked.country, asked.ends_at) == ("BR", "", 2)
    assert [token.text for token in asked.tokens] == ["av", "do", "brasil"]


def test_the_country_of_the_text_goes_before_the_one_beside_it() -> None:
    assert parse("Hauptstr. 5, Wien, Austria", country="DE").country == "AT"
    assert parse("Hauptstr. 5", country="DE").country == "DE"
    assert parse("Hauptstr. 5", country="Deutschland").country == "DE"


def test_a_text_without_end_is_read_to_a_limit() -> None:
    asked = parse("Hauptstraße 5, " * 10_000)
    assert len(asked.tokens) <= WORDS_MOST
    assert asked.parts <= TEXT_MOST


def test_nothing_is_nothing() -> None:
    for text in ("", " ", ",,,", "\n;\t|", "---"):
        assert parse(text).tokens == ()


def test_a_country_has_its_names_and_its_code() -> None:
    assert {code_of(name) for name in ("Germany", "deutschland", "DE", "ALEMANHA")} == {"DE"}
    assert code_of("Atlantis") == ""


def test_an_address_is_written_the_way_of_its_country() -> None:
    parts = {"street": "High Street", "number": "5", "postcode": "N1 2AB", "city": "London"}
    assert written(**parts, country="GB") == "5 High Street, London N1 2AB"
    assert written(**parts, country="DE") == "High Street 5, N1 2AB London"
    assert written(**parts, country="FR") == "5 High Street, N1 2AB London"
    assert written(city="Lauf", country="DE") == "Lauf"
