"""Where a position comes from, and what it becomes when its address changes. Pure.

A position somebody set, by hand or by a client, never moves by itself; one that was found follows
its address (ADR 22).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from roundsman.core.geo import Point
from roundsman.geocoding.model import Located
from roundsman.geocoding.model import State as Found

# An address as a geocoder is asked for it: the text, and the country where the text names none.
type Address = tuple[str, str]
type Answers = Mapping[Address, Located]

NO_ANSWERS: Answers = MappingProxyType({})

# Waits before each further question to a geocoder that gave no answer; the last one repeats.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 900, 3600, 10_800, 21_600))


class PinState(StrEnum):
    """How good a position is, and who says so."""

    NONE = ""
    """Nothing is known: no address was ever looked for."""
    PENDING = "pending"
    """The address is still to be looked for."""
    EXACT = "exact"
    """The house number was found."""
    STREET = "street"
    """Only the street was found."""
    TOWN = "town"
    """Only the town was found, and that is no position."""
    FAILED = "failed"
    """Nothing was found."""
    GIVEN = "given"
    """A client sent the position, or took it away."""
    HAND = "hand"
    """Somebody put the pin there."""
    PLACE = "place"
    """It is the place's."""
    OUTDATED = "outdated"
    """Somebody set it for an address that has changed since."""


class Before(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a pin was before somebody moved it, to undo that."""

    position: Point | None = None
    state: PinState = PinState.NONE
    is_outdated: bool = False


class Pin(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The state of a record's position.

    `is_outdated` tells of a position that somebody set that its address has changed since. `sent`
    is what a client said last: repeating it is no news. `seek_at` and `tries` are those of PENDING.
    """

    state: PinState = PinState.NONE
    is_outdated: bool = False
    sent: Point | None = None
    seek_at: datetime | None = None
    tries: int = 0
    before: Before | None = None

    @property
    def shown(self) -> PinState:
        """Return the state as people are told of it."""
        return PinState.OUTDATED if self.is_outdated else self.state

    @property
    def is_inexact(self) -> bool:
        """Tell whether a person should look at it."""
        return self.is_outdated or self.state in _INEXACT


NO_PIN = Pin()
_INEXACT = frozenset({PinState.STREET, PinState.TOWN, PinState.FAILED})
_OF_ADDRESSES = frozenset(
    {PinState.PENDING, PinState.EXACT, PinState.STREET, PinState.TOWN, PinState.FAILED}
)
_BY_PEOPLE = frozenset({PinState.GIVEN, PinState.HAND})
_STATES: Mapping[Found, PinState] = {
    Found.EXACT: PinState.EXACT,
    Found.STREET: PinState.STREET,
    Found.TOWN: PinState.TOWN,
    Found.FAILED: PinState.FAILED,
}


class Spot(Struct, frozen=True):
    """A record as far as its position goes."""

    address: Address
    position: Point | None
    pin: Pin = NO_PIN


class Sent(Struct, frozen=True):
    """The coordinates of a request, None where they were 0/0, which is no position."""

    position: Point | None


def moved(
    before: Spot, address: Address, *, sent: Sent | None, answers: Answers, at: datetime
) -> Spot:
    """Return the spot with the address and coordinates of a request; the same one if no news.

    `answers` has what the geocoder said; an address it was not asked for is looked for later.
    """
    if sent is not None and sent.position is not None:
        if not _is_no_news(before, address, sent.position):
            return _given(before, address, sent.position)
        after = _followed(before, address, answers=answers, at=at)
        is_found = after.pin.state in _OF_ADDRESSES and after is not before
        return replace(after, pin=replace(after.pin, sent=sent.position)) if is_found else after
    if sent is not None and _is_set(before) and before.pin.state is not PinState.HAND:
        if address == before.address:
            return _taken(address)
        before = Spot(("", ""), None)
    return _followed(before, address, answers=answers, at=at)


def _followed(before: Spot, address: Address, *, answers: Answers, at: datetime) -> Spot:
    """Return the spot with another address and without news of its coordinates."""
    if address == before.address and not is_unsought(before):
        return before
    if _is_set(before):
        return replace(before, address=address, pin=_outdated(before, address))
    if before.pin.state is PinState.PLACE and address[0]:
        return replace(before, address=address)
    return sought(address, answers.get(address), at=at)


def _taken(address: Address) -> Spot:
    """Return a spot whose coordinates a client took away; its address alone is not news."""
    return Spot(address, None, Pin(state=PinState.GIVEN) if address[0] else NO_PIN)


def _given(before: Spot, address: Address, position: Point) -> Spot:
    after = Spot(address, position, Pin(state=PinState.GIVEN, sent=position))
    return before if after == before else after


def is_unsought(spot: Spot) -> bool:
    """Tell whether nobody ever looked for an address that is there."""
    is_blank = spot.pin.state is PinState.NONE and spot.position is None
    return is_blank and bool(spot.address[0])


def wants_seeking(before: Spot, address: Address) -> bool:
    """Tell whether a changed address is to be looked for."""
    if not address[0] or _is_set(before) or before.pin.state is PinState.PLACE:
        return False
    return address != before.address or is_unsought(before)


def answered(spot: Spot, found: Located | None, at: datetime) -> Spot:
    """Return the spot that waited for its address by what the geocoder said, None for nothing."""
    after = sought(spot.address, found, at=at, tries=spot.pin.tries + 1)
    return replace(after, pin=replace(after.pin, sent=spot.pin.sent))


def sought(address: Address, found: Located | None, *, at: datetime, tries: int = 0) -> Spot:
    """Return the spot of an address by what the geocoder answered, None for not yet.

    Only an address that was found at least on its street becomes a position: members are checked
    in where jobs and places are, and the middle of a town is nobody's door.
    """
    if not address[0]:
        return Spot(address, None)
    if found is None or not found.is_final:
        wait = WAITS[min(tries, len(WAITS)) - 1] if tries else timedelta(0)
        return Spot(address, None, Pin(state=PinState.PENDING, seek_at=at + wait, tries=tries))
    is_sure = found.state in {Found.EXACT, Found.STREET}
    return Spot(address, found.position if is_sure else None, Pin(state=_STATES[found.state]))


def sought_again(spot: Spot, at: datetime) -> Spot:
    """Return the spot of an address that was not found, to be looked for once more."""
    if spot.pin.state not in {PinState.TOWN, PinState.FAILED}:
        return spot
    return replace(spot, pin=Pin(state=PinState.PENDING, seek_at=at, sent=spot.pin.sent))


def by_hand(spot: Spot, position: Point) -> Spot:
    """Return the spot where somebody puts its pin; it stays there."""
    was = Before(position=spot.position, state=spot.pin.state, is_outdated=spot.pin.is_outdated)
    sent = spot.pin.sent or spot.position
    return replace(spot, position=position, pin=Pin(state=PinState.HAND, sent=sent, before=was))


def undone(spot: Spot, at: datetime) -> Spot:
    """Return the spot as it was before somebody put its pin; the same one where nobody did."""
    was = spot.pin.before
    if was is None:
        return spot
    pin = Pin(
        state=was.state,
        is_outdated=was.is_outdated,
        sent=spot.pin.sent,
        seek_at=at if was.state is PinState.PENDING else None,
    )
    return replace(spot, position=was.position, pin=pin)


def _is_no_news(before: Spot, address: Address, sent: Point) -> bool:
    """Tell whether coordinates say nothing that the record does not know or has not heard before.

    Clients send whole records back, and the same coordinates at each of their synchronisations.
    """
    is_known = sent in {before.position, before.pin.sent}
    if before.pin.state is PinState.HAND:
        return is_known
    return is_known and bool(address[0]) and before.pin.state in _OF_ADDRESSES | {PinState.PLACE}


def _is_set(spot: Spot) -> bool:
    """Tell whether a person or a client set the position, or nobody knows who did."""
    is_unknown = spot.pin.state is PinState.NONE and spot.position is not None
    return is_unknown or (spot.pin.state in _BY_PEOPLE and spot.position is not None)


def _outdated(before: Spot, address: Address) -> Pin:
    return replace(before.pin, is_outdated=before.pin.is_outdated or bool(address[0]))
