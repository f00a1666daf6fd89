"""Any text and any position get an answer; one slip of the hand does not hide a street."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roundsman.core.geo import Point
from roundsman.geocoding import numbers
from roundsman.geocoding.describing import describe
from roundsman.geocoding.model import NOTHING, State
from roundsman.geocoding.parsing import parse
from roundsman.geocoding.queries import Index
from roundsman.geocoding.search import locate, suggest
from roundsman.geocoding.spelling import distance, keys
from roundsman.geocoding.words import canonical, words
from tests.addresses import build_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyzäöü"
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=16)
STREETS = ("Hauptstraße", "Kirchgasse", "Platz der Republik", "Lindenallee", "Mühlweg")
PIECES = st.sampled_from(
    [
        "Hauptstr.",
        "3",
        "12a",
        ",",
        " ",
        "91100",
        "Grünau",
        '"',
        "*",
        "NEAR(",
        "OR",
        "-",
        "'",
        "\x00",
    ]
)
TEXTS = st.text(max_size=120) | st.lists(PIECES, max_size=20).map("".join)


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder: Path = tmp_path_factory.mktemp("towns")
    index = Index(build_addresses(folder))
    yield index
    index.close()


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_gets_an_answer(towns: Index, text: str) -> None:
    found = locate(towns, text)
    assert (found.position is None) == (found.state == State.FAILED)
    assert 0 <= found.score <= 1
    assert locate(towns, text) == found
    for one in suggest(towns, text):
        assert one.position is not None
        assert one.text


@given(st.floats(-90, 90), st.floats(-180, 180))
@settings(max_examples=200, deadline=None)
def test_any_position_gets_an_answer(towns: Index, lat: float, lng: float) -> None:
    found = describe(towns, Point(lat, lng))
    assert found == NOTHING or found.text


@given(st.floats(49.37, 49.53), st.floats(11.17, 11.23))
@settings(max_examples=200, deadline=None)
def test_a_position_near_the_towns_is_named_after_one_of_them(
    towns: Index, lat: float, lng: float
) -> None:
    assert describe(towns, Point(lat, lng)).city in {"Grünau am Bach", "Altdorf"}


@given(st.sampled_from(STREETS), st.integers(0, 10**9))
@settings(max_examples=400, deadline=None)
def test_one_slip_does_not_hide_a_street(towns: Index, street: str, seed: int) -> None:
    luck = Random(seed)
    right = street.replace("ß", "ss")
    at = luck.choice([at for at, letter in enumerate(right) if letter.isalpha()])
    kind = luck.choice(("replaced", "left out", "added", "swapped"))
    if kind == "replaced":
        typed = right[:at] + luck.choice(LETTERS) + right[at + 1 :]
    elif kind == "left out":
        typed = right[:at] + right[at + 1 :]
    elif kind == "added":
        typed = right[:at] + luck.choice(LETTERS) + right[at:]
    else:
        typed = right[:at] + right[at : at + 2][::-1] + right[at + 2 :]
    assert locate(towns, typed).street == street, typed


@given(WORDS, WORDS)
def test_distance_is_the_same_both_ways_and_zero_for_the_same(left: str, right: str) -> None:
    assert distance(left, right, 9) == distance(right, left, 9)
    assert (distance(left, right, 9) == 0) == (left == right)


@given(WORDS, st.integers(0, 10**9))
def test_one_error_always_shares_a_key(word: str, seed: int) -> None:
    luck = Random(seed)
    at = luck.randrange(len(word))
    for slip in (
        word[:at] + word[at + 1 :],
        word[:at] + luck.choice("abcxyz") + word[at:],
        word[:at] + luck.choice("abcxyz") + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ):
        assert distance(word, slip, 1) <= 1
        if len(slip) >= 4:
            assert keys(word) & keys(slip)


@given(st.text(max_size=80))
def test_words_are_found_again_in_what_they_became(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == found
    assert [canonical(word) for word in found] == found


@given(st.text(max_size=200), st.text(max_size=20))
def test_parsing_never_fails(text: str, country: str) -> None:
    asked = parse(text, country)
    for reading in (*asked.numbers, *asked.postcodes):
        assert 0 <= reading.at < reading.at + reading.count <= len(asked.tokens)


@given(st.text(max_size=40))
def test_the_numbers_of_a_house_are_keys(text: str) -> None:
    for number in numbers.variants(text):
        assert numbers.key(number) == number
