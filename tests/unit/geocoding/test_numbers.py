"""House numbers and postcodes."""

import pytest

from roundsman.geocoding.numbers import between, key, postcode_key, value, variants


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("12 A", "12a"),
        ("12a", "12a"),
        ("Nr. 5", "5"),
        ("nº 7", "7"),
        ("2-4", "2-4"),
        ("12/3", "12/3"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str, same: str) -> None:
    assert key(written) == same


@pytest.mark.parametrize(
    ("mapped", "numbers"),
    [
        ("5", ["5"]),
        ("8;10", ["8", "10"]),
        ("24, 26", ["24", "26"]),
        ("2-6", ["2-6", "2", "4", "6"]),
        ("3-6", ["3-6", "3", "4", "5", "6"]),
        ("10a-c", ["10a-c", "10a", "10b", "10c"]),
        ("39A/B", ["39a/b", "39a", "39b"]),
        ("1-9999", ["1-9999"]),
        ("", []),
        (";", []),
    ],
)
def test_a_mapped_number_stands_for_all_it_names(mapped: str, numbers: list[str]) -> None:
    assert variants(mapped) == numbers


def test_a_mapped_line_has_the_numbers_between_its_ends() -> None:
    assert between("1", "9", "odd") == [3, 5, 7]
    assert between("8", "2", "even") == [6, 4]
    assert between("1", "4", "all") == [2, 3]
    assert between("10", "40", "10") == [20, 30]
    assert between("1", "9", "alphabetic") == []
    assert between("a", "9", "odd") == []
    assert between("1", "99999", "all") == []


def test_the_value_of_a_number_is_what_it_begins_with() -> None:
    assert (value("12a"), value("B4"), value("2-6")) == (12, None, 2)


def test_a_postcode_is_the_same_with_and_without_its_gap() -> None:
    assert postcode_key("SW1A 2AA") == postcode_key("sw1a2aa")
    assert postcode_key("4760-585") == "4760585"
