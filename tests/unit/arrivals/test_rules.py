"""How sure an expected arrival is, and what is worth telling."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roundsman.arrivals import rules
from roundsman.arrivals.model import BINS_MIN, Expected
from roundsman.core.ids import JobId, MemberId

MINUTE = 60_000
NOW = 1_767_600_000_000


def expected(minutes: float, **values: Any) -> Expected:
    arrive_ms = NOW + round(minutes * MINUTE)
    return Expected(
        job=JobId("1"),
        member=MemberId("wanda1"),
        day=20260105,
        arrive_ms=arrive_ms,
        low_ms=arrive_ms,
        high_ms=arrive_ms,
        leave_ms=arrive_ms + 10 * MINUTE,
        basis="position",
        roads="great_circle",
        at_ms=NOW,
        **values,
    )


@pytest.mark.parametrize(
    ("minutes", "lead"), [(-5, 0), (0, 0), (15, 0), (15.1, 1), (60, 2), (200, 4), (999, 5)]
)
def test_leads_have_kinds(minutes: float, lead: int) -> None:
    assert rules.lead_of(round(minutes * MINUTE)) == lead


def test_before_anything_was_measured_the_range_grows_with_the_lead() -> None:
    assert rules.half_width_ms(0, {}) == 3 * MINUTE
    assert rules.half_width_ms(60 * MINUTE, {}) == 12 * MINUTE
    few = {2: [19] + [0] * len(BINS_MIN)}
    assert rules.half_width_ms(60 * MINUTE, few) == 12 * MINUTE


@given(st.lists(st.floats(0, 60), min_size=20, max_size=300))
def test_the_range_holds_four_of_five_of_what_was_measured(errors: list[float]) -> None:
    counts: list[int] = []
    for error in errors:
        counts = rules.measured(counts, NOW, NOW + round(error * MINUTE))
    width_ms = rules.half_width_ms(30 * MINUTE, {1: counts})
    inside = sum(round(error * MINUTE) <= width_ms for error in errors)
    assert inside >= 0.8 * len(errors)
    narrower = max((edge for edge in (0, *BINS_MIN) if edge * MINUTE < width_ms), default=0)
    if width_ms > rules.LEAST_MS:
        assert sum(error <= narrower for error in errors) < 0.8 * len(errors) + 1


def test_a_range_never_begins_before_now() -> None:
    one = rules.ranged(expected(1), {}, NOW)
    assert (one.low_ms - NOW, one.high_ms - one.arrive_ms) == (0, 3.15 * MINUTE)


def test_old_measurements_give_way_to_new_ones() -> None:
    counts: list[int] = []
    for _ in range(2000):
        counts = rules.measured(counts, NOW, NOW)
    for _ in range(2000):
        counts = rules.measured(counts, NOW, NOW + 12 * MINUTE)
    assert sum(counts) <= 1001
    assert rules.half_width_ms(5 * MINUTE, {0: counts}) == 15 * MINUTE


def test_what_was_expected_when_a_lead_began_is_remembered() -> None:
    early = expected(50)
    known = rules.foreseen(None, early, NOW)
    assert known == {2: early.arrive_ms}
    before = replace(early, foreseen=known)
    moved = replace(early, arrive_ms=early.arrive_ms + 5 * MINUTE)
    assert rules.foreseen(before, moved, NOW) == known
    assert rules.foreseen(before, moved, NOW + 45 * MINUTE) == {**known, 0: moved.arrive_ms}


def test_others_hear_of_a_move_beyond_the_threshold() -> None:
    told = expected(30).arrive_ms
    assert not rules.is_news(expected(44.9, told_ms=told), 900)
    assert rules.is_news(expected(45, told_ms=told), 900)
    assert rules.is_news(expected(15, told_ms=told), 900)


def test_seconds_are_no_move() -> None:
    one = expected(30)
    assert not rules.has_moved(one, expected(30.4))
    assert rules.has_moved(one, expected(30.5))
    assert rules.has_moved(one, replace(one, basis="stamp"))
    assert rules.has_moved(None, one)
