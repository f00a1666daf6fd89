"""How far words are apart."""

import pytest

from roundsman.geocoding.spelling import distance, keys, likeness


@pytest.mark.parametrize(
    ("left", "right", "errors"),
    [
        ("bachweg", "bachweg", 0),
        ("bachweg", "bachwe", 1),
        ("bachweg", "bacchweg", 1),
        ("bachweg", "bahcweg", 1),
        ("bachweg", "buchweg", 1),
        ("bachweg", "bcahwge", 2),
        ("bachweg", "dorfweg", 4),
        ("", "abc", 3),
    ],
)
def test_it_counts_slips_of_the_hand(left: str, right: str, errors: int) -> None:
    assert distance(left, right, 9) == errors
    assert distance(right, left, 9) == errors
    assert distance(left, right, 2) == min(3, errors)


def test_words_one_error_apart_share_a_key() -> None:
    word = "hauptstr"
    slips = ("auptstr", "hauptsr", "haupttstr", "huaptstr", "hauptxtr", "hauptstrr")
    assert all(keys(word) & keys(slip) for slip in slips)


def test_a_number_and_a_short_word_are_never_another_one() -> None:
    assert len(keys("91207")) == 1
    assert likeness("12", "13") == 0
    assert likeness("au", "an") == 0


def test_the_nearer_word_is_more_alike() -> None:
    same, near, far = (
        likeness("kunigunden", word) for word in ("kunigunden", "kunigunde", "kunigud")
    )
    assert 1 == same > near > far
    assert likeness("hauptstr", "bergweg") == 0
