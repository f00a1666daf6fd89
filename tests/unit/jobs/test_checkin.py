"""At which of several jobs a person is at work, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roundsman.core.clock import from_ms
from roundsman.core.ids import JobId
from roundsman.jobs.checkin import EXIT_NOTICE_MS, Entry, Stay, Verdict, arbitrate, entry_of
from roundsman.jobs.model import Job

MINUTE = 60_000
HOUR = 60 * MINUTE
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
DELAY = 2 * MINUTE


def entry(number: int, **more: Any) -> Entry:
    return Entry(rank=(number, 0, 0, str(number)), **more)


def stay(job: str, enter: float, leave: float = 0) -> Stay:
    """Return a stay in minutes after nine; without `leave` it goes on."""
    return Stay(job=job, enter_ms=int(enter * MINUTE), exit_ms=int(leave * MINUTE))


def spans(verdict: Verdict) -> dict[str, list[tuple[float, float]]]:
    return {
        job: [(one.start_ms / MINUTE, one.end_ms / MINUTE) for one in of_job]
        for job, of_job in verdict.spans.items()
        if of_job
    }


def settle(
    stays: list[Stay], entries: dict[str, Entry], now: float = 600, newcomer: str = ""
) -> dict[str, list[tuple[float, float]]]:
    verdict = arbitrate(stays, entries, delay_ms=DELAY, now_ms=int(now * MINUTE), newcomer=newcomer)
    return spans(verdict)


def test_a_stay_is_a_check_in_and_a_check_out() -> None:
    assert settle([stay("a", 10, 30)], {"a": entry(1)}) == {"a": [(10, 30)]}


def test_who_is_still_inside_is_not_checked_out() -> None:
    assert settle([stay("a", 10)], {"a": entry(1)}) == {"a": [(10, 0)]}


def test_of_two_jobs_at_one_address_the_first_of_the_route_comes_first() -> None:
    stays = [stay("b", 10, 60), stay("a", 10, 60)]
    assert settle(stays, {"a": entry(1), "b": entry(2)}) == {"a": [(10, 60)]}
    assert settle(stays, {"a": entry(2), "b": entry(1)}) == {"b": [(10, 60)]}


def test_the_next_begins_when_the_first_is_finished() -> None:
    stays = [stay("a", 10, 60), stay("b", 10, 60), stay("c", 10, 60)]
    entries = {
        "a": entry(1, finished_ms=25 * MINUTE),
        "b": entry(2, finished_ms=40 * MINUTE),
        "c": entry(3),
    }
    assert settle(stays, entries) == {"a": [(10, 25)], "b": [(25, 40)], "c": [(40, 60)]}


def test_the_last_one_lasts_until_the_person_leaves() -> None:
    entries = {"a": entry(1, finished_ms=25 * MINUTE)}
    assert settle([stay("a", 10, 60)], entries) == {"a": [(10, 60)]}


def test_a_job_that_was_finished_before_is_passed_over() -> None:
    stays = [stay("a", 10, 60), stay("b", 10, 60)]
    entries = {"a": entry(1, finished_ms=5 * MINUTE), "b": entry(2)}
    assert settle(stays, entries) == {"b": [(10, 60)]}


def test_a_wider_area_that_is_entered_a_moment_earlier_does_not_win() -> None:
    stays = [stay("wide", 10, 61), stay("first", 10.5, 60)]
    entries = {"first": entry(1), "wide": entry(2)}
    assert settle(stays, entries) == {"first": [(10.5, 60)]}


def test_an_area_that_is_left_a_moment_later_is_no_visit_of_its_own() -> None:
    stays = [stay("wide", 10, 60.5), stay("first", 10.5, 60)]
    entries = {"first": entry(1), "wide": entry(2)}
    assert settle(stays, entries) == {"first": [(10.5, 60)]}


def test_a_neighbour_entered_long_after_waits_for_the_first_to_be_left() -> None:
    stays = [stay("b", 10, 40), stay("a", 30, 90)]
    assert settle(stays, {"a": entry(1), "b": entry(2)}) == {"b": [(10, 40)], "a": [(40, 90)]}


def test_a_new_arrival_ends_a_job_that_is_finished() -> None:
    stays = [stay("a", 10, 60), stay("b", 50, 90)]
    entries = {"a": entry(1, finished_ms=20 * MINUTE), "b": entry(2)}
    assert settle(stays, entries) == {"a": [(10, 50)], "b": [(50, 90)]}


def test_who_stays_in_the_area_of_another_job_is_at_that_one_after_a_while() -> None:
    stays = [stay("a", 10, 30), stay("b", 12)]
    entries = {"a": entry(1), "b": entry(2)}
    early = arbitrate(stays, entries, delay_ms=DELAY, now_ms=31 * MINUTE)
    assert spans(early) == {"a": [(10, 30)]}
    assert early.look_again_ms == 30 * MINUTE + DELAY + EXIT_NOTICE_MS
    later = arbitrate(stays, entries, delay_ms=DELAY, now_ms=early.look_again_ms)
    assert spans(later) == {"a": [(10, 30)], "b": [(30, 0)]}
    assert later.look_again_ms == 0


def test_coming_back_is_a_second_span() -> None:
    stays = [stay("a", 10, 30), stay("a", 45, 60)]
    assert settle(stays, {"a": entry(1)}) == {"a": [(10, 30), (45, 60)]}
    assert settle(stays, {"a": entry(1, finished_ms=29 * MINUTE)}) == {"a": [(10, 30)]}


def test_a_check_in_by_hand_goes_before_the_route() -> None:
    stays = [stay("a", 10, 60), stay("b", 10, 60)]
    entries = {"a": entry(1), "b": entry(2, hand_in_ms=15 * MINUTE)}
    assert settle(stays, entries) == {"a": [(10, 15)], "b": [(15, 60)]}
    at_once = {"a": entry(1), "b": entry(2, hand_in_ms=10 * MINUTE)}
    assert settle(stays, at_once) == {"b": [(10, 60)]}


def test_what_is_settled_by_hand_is_not_displaced() -> None:
    stays = [stay("b", 10, 60), stay("a", 11, 60)]
    entries = {"a": entry(1), "b": entry(2, hand_in_ms=10 * MINUTE)}
    assert settle(stays, entries, newcomer="a") == {"b": [(10, 60)]}


def test_a_check_out_by_hand_ends_the_work_and_begins_the_next() -> None:
    stays = [stay("a", 10, 60), stay("b", 10, 60)]
    alone = {"a": entry(1, hand_out_ms=20 * MINUTE)}
    assert settle(stays[:1], alone) == {"a": [(10, 20)]}
    assert settle(stays, alone | {"b": entry(2)}) == {"a": [(10, 20)], "b": [(20, 60)]}


def test_a_stay_whose_check_in_a_person_took_away_does_not_count() -> None:
    stays = [stay("a", 10, 30), stay("a", 50, 60)]
    assert settle(stays, {"a": entry(1, void_until_ms=35 * MINUTE)}) == {"a": [(50, 60)]}


def test_another_order_of_the_route_does_not_rewrite_what_was() -> None:
    stays = [stay("a", 10, 60), stay("b", 10, 60)]
    entries = {"a": entry(5, in_ms=10 * MINUTE), "b": entry(4)}
    assert settle(stays, entries) == {"a": [(10, 60)]}


def test_the_job_just_arrived_at_may_take_the_place_of_one_that_is_checked_in() -> None:
    stays = [stay("b", 10, 60), stay("a", 11, 60)]
    entries = {"a": entry(1), "b": entry(2, in_ms=10 * MINUTE)}
    assert settle(stays, entries, newcomer="a") == {"a": [(11, 60)]}
    assert settle(stays, entries) == {"b": [(10, 60)]}


def test_whoever_is_told_first_the_route_decides_an_arrival_at_two_jobs() -> None:
    stays = [stay("b", 10), stay("a", 10)]
    entries = {"a": entry(1), "b": entry(2)}
    for newcomer in ("a", "b", ""):
        assert settle(stays, entries, newcomer=newcomer) == {"a": [(10, 0)]}


def test_a_visit_of_no_length_is_none() -> None:
    assert settle([stay("a", 10, 10)], {"a": entry(1)}) == {}


def test_stays_of_unknown_jobs_do_not_count() -> None:
    assert settle([stay("gone", 10, 20), stay("a", 10, 20)], {"a": entry(1)}) == {"a": [(10, 20)]}


# --- what counts of a job -------------------------------------------------------------------------


def job(**values: Any) -> Job:
    blank = Job(id=JobId("a"), created_at=NINE, saved_at=NINE + timedelta(hours=8), number=2)
    return replace(blank, **values)


def test_an_unnumbered_job_comes_last() -> None:
    assert entry_of(job()).rank < entry_of(job(number=0)).rank


@pytest.mark.parametrize("stamp", ["done_at", "failed_at", "rejected_at", "archived_at"])
def test_each_end_of_a_job_counts(stamp: str) -> None:
    at = NINE + timedelta(hours=1)
    assert from_ms(entry_of(job(**{stamp: at})).finished_ms) == at


def test_a_job_that_was_accepted_after_all_is_open() -> None:
    declined = job(rejected_at=NINE, accepted_at=NINE + timedelta(minutes=1))
    assert entry_of(declined).finished_ms == 0


def test_an_end_in_the_future_counts_as_now() -> None:
    ahead = job(done_at=NINE + timedelta(days=400))
    assert from_ms(entry_of(ahead).finished_ms) == ahead.saved_at


def test_a_senseless_end_does_not_take_back_a_measured_check_in() -> None:
    sent_one = job(done_at=from_ms(1), checked_in_at=NINE)
    assert from_ms(entry_of(sent_one).finished_ms) == NINE + timedelta(milliseconds=1)


def test_what_a_person_said_counts_as_said() -> None:
    said = NINE + timedelta(minutes=5)
    by_hand = entry_of(job(checked_in_at=NINE, check_in_said_at=said))
    assert (from_ms(by_hand.hand_in_ms), by_hand.void_until_ms) == (NINE, 0)
    taken_away = entry_of(job(check_in_said_at=said))
    assert (taken_away.hand_in_ms, from_ms(taken_away.void_until_ms)) == (0, said)
    measured = entry_of(job(checked_in_at=NINE))
    assert (measured.hand_in_ms, measured.void_until_ms) == (0, 0)


# --- always ---------------------------------------------------------------------------------------

_times = st.integers(1, 300)


@st.composite
def _days(draw: st.DrawFn) -> tuple[list[Stay], dict[str, Entry]]:
    names = "abcd"
    stays: list[Stay] = []
    for name in names:
        edges = sorted(draw(st.sets(_times, max_size=4)))
        for start, end in zip(edges[::2], edges[1::2], strict=False):
            stays.append(stay(name, start, end))
        if len(edges) % 2:
            stays.append(stay(name, edges[-1]))
    ends = st.one_of(st.just(0), _times.map(lambda minute: minute * MINUTE))
    entries = {
        name: Entry(
            rank=(draw(st.integers(1, 3)), 0, 0, name),
            finished_ms=draw(ends),
            hand_in_ms=draw(ends),
            hand_out_ms=draw(ends),
        )
        for name in names
    }
    return stays, entries


@given(_days(), st.permutations(range(12)))
def test_a_person_is_at_one_job_at_a_time_and_only_where_they_are(
    day: tuple[list[Stay], dict[str, Entry]], order: list[int]
) -> None:
    stays, entries = day
    verdict = arbitrate(stays, entries, delay_ms=DELAY, now_ms=10 * HOUR)
    every = sorted(
        (span.start_ms, span.end_ms or 10**12, name)
        for name, of_job in verdict.spans.items()
        for span in of_job
    )
    for (_, end, _), (start, _, _) in pairwise(every):
        assert end <= start
    for start, end, name in every:
        assert start < end
        assert any(
            one.job == name and one.enter_ms <= start and end <= (one.exit_ms or 10**12)
            for one in stays
        )
    shuffled = [stays[index] for index in order if index < len(stays)]
    if len(shuffled) == len(stays):
        again = arbitrate(shuffled, entries, delay_ms=DELAY, now_ms=10 * HOUR)
        assert spans(again) == spans(verdict)
