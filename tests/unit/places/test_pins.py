"""A position somebody set stays; one that was found follows its address."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.core.geo import Point
from roundsman.geocoding.model import LATER, NOTHING, Located, State
from roundsman.places import pins
from roundsman.places.pins import Address, Answers, Pin, PinState, Sent, Spot

NOW = datetime(2026, 1, 5, 7, tzinfo=UTC)
HERE, THERE, ELSEWHERE = Point(48.2, 16.3), Point(48.3, 16.4), Point(47.0, 15.0)
OLD: Address = ("Hauptstr. 3, Grünau", "")
NEW: Address = ("Lindenallee 5, Altdorf", "")
EMPTY: Address = ("", "")
BLANK = Spot(EMPTY, None)


def located(state: State, at: Point | None = HERE) -> Located:
    return Located(state=state, position=at)


def moved(
    before: Spot, address: Address, sent: Sent | None = None, answers: Answers | None = None
) -> Spot:
    return pins.moved(before, address, sent=sent, answers=answers or {}, at=NOW)


GIVEN = moved(BLANK, OLD, Sent(HERE))
EXACT = moved(BLANK, OLD, answers={OLD: located(State.EXACT)})
HAND = pins.by_hand(EXACT, THERE)


@pytest.mark.parametrize(
    ("state", "position"),
    [(State.EXACT, HERE), (State.STREET, HERE), (State.TOWN, None), (State.FAILED, None)],
)
def test_only_what_was_found_on_its_street_becomes_a_position(
    state: State, position: Point | None
) -> None:
    after = moved(BLANK, OLD, answers={OLD: located(state)})
    assert (after.position, after.pin.state.value) == (position, state.value)
    assert after.pin.is_inexact is (state is not State.EXACT)


def test_an_address_nobody_could_ask_for_is_asked_for_at_once_and_then_less_and_less_often() -> (
    None
):
    after = moved(BLANK, OLD)
    assert after.pin == Pin(state=PinState.PENDING, seek_at=NOW)
    tried = [pins.sought(OLD, LATER, at=NOW, tries=tries) for tries in range(1, 10)]
    waits = [spot.pin.seek_at for spot in tried if spot.pin.seek_at]
    assert len(waits) == len(tried)
    assert waits == sorted(waits)
    assert waits[0] == NOW + timedelta(seconds=15)
    assert waits[-1] == waits[-2] == NOW + timedelta(hours=6)


def test_a_found_position_follows_its_address() -> None:
    after = moved(EXACT, NEW, answers={NEW: located(State.STREET, THERE)})
    assert (after.position, after.pin.state) == (THERE, PinState.STREET)
    assert moved(EXACT, NEW, answers={NEW: NOTHING}).position is None
    assert moved(EXACT, NEW).pin.state is PinState.PENDING
    assert moved(EXACT, EMPTY) == Spot(EMPTY, None)


@pytest.mark.parametrize("before", [GIVEN, HAND, Spot(OLD, HERE)])
def test_a_position_somebody_set_stays_and_is_looked_at_again(before: Spot) -> None:
    after = moved(before, NEW, answers={NEW: located(State.EXACT, ELSEWHERE)})
    assert after.position == before.position
    assert after.pin.shown is PinState.OUTDATED
    assert after.pin.is_inexact
    assert not pins.wants_seeking(before, NEW)


def test_coordinates_a_client_repeats_do_not_move_a_pin_put_by_hand() -> None:
    for by_client in (GIVEN, EXACT):
        put = pins.by_hand(by_client, THERE)
        again = pins.by_hand(put, ELSEWHERE)
        assert moved(put, OLD, Sent(HERE)) is put
        assert moved(again, OLD, Sent(HERE)) is again
        assert moved(put, OLD, Sent(THERE)) is put
        assert moved(put, OLD, Sent(None)) is put
    after = moved(HAND, OLD, Sent(ELSEWHERE))
    assert (after.position, after.pin.state) == (ELSEWHERE, PinState.GIVEN)


def test_a_whole_record_sent_back_is_no_news() -> None:
    assert moved(EXACT, OLD, Sent(HERE)) is EXACT
    assert moved(GIVEN, OLD, Sent(HERE)) is GIVEN
    found = moved(EXACT, NEW, Sent(HERE), {NEW: located(State.EXACT, THERE)})
    assert found.position == THERE
    assert moved(found, NEW, Sent(HERE)) == found  # the same request once more
    waiting = moved(EXACT, NEW, Sent(HERE))
    later = pins.answered(waiting, located(State.EXACT, THERE), NOW)
    assert moved(later, NEW, Sent(HERE)) is later
    assert moved(GIVEN, NEW, Sent(HERE)).pin.shown is PinState.GIVEN


def test_coordinates_can_be_taken_away() -> None:
    taken = moved(GIVEN, OLD, Sent(None))
    assert taken == Spot(OLD, None, Pin(state=PinState.GIVEN))
    assert moved(taken, NEW).pin.state is PinState.PENDING
    sought = moved(GIVEN, NEW, Sent(None), {NEW: located(State.EXACT, THERE)})
    assert (sought.position, sought.pin.state) == (THERE, PinState.EXACT)


def test_what_is_put_by_hand_can_be_undone_once() -> None:
    back = pins.undone(HAND, NOW)
    assert (back.position, back.pin.state) == (HERE, PinState.EXACT)
    assert pins.undone(back, NOW) is back
    waiting = moved(BLANK, OLD)
    assert pins.undone(pins.by_hand(waiting, HERE), NOW).pin.seek_at == NOW


SENT = st.sampled_from([None, Sent(None), Sent(HERE), Sent(THERE)])
ADDRESSES = st.sampled_from([EMPTY, OLD, NEW])
ANSWERS = st.sampled_from(
    [{}, {OLD: located(State.EXACT)}, {NEW: located(State.STREET, THERE)}, {NEW: NOTHING}]
)


@given(st.lists(st.tuples(ADDRESSES, SENT, ANSWERS), max_size=6))
def test_whatever_clients_send_states_and_positions_agree(
    wishes: list[tuple[Address, Sent | None, Answers]],
) -> None:
    spot = BLANK
    for address, sent, answers in wishes:
        spot = moved(spot, address, sent, answers)
        assert moved(spot, address, sent, answers) == spot  # a wish is granted once
        state = spot.pin.state
        if state is not PinState.GIVEN:  # a client may also say that there is none
            assert (spot.position is not None) == (state in {PinState.EXACT, PinState.STREET})
        assert (spot.pin.seek_at is not None) == (state is PinState.PENDING)
        assert spot.address == address


@given(st.lists(st.tuples(ADDRESSES, st.sampled_from([None, Sent(None), Sent(HERE)])), max_size=6))
def test_a_pin_put_by_hand_moves_only_by_news(
    wishes: list[tuple[Address, Sent | None]],
) -> None:
    spot = pins.by_hand(EXACT, ELSEWHERE)
    for address, sent in wishes:
        spot = moved(spot, address, sent, {NEW: located(State.EXACT, THERE)})
        assert spot.position == ELSEWHERE
