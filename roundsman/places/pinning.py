"""Places whose position a person should look at, and putting their pins right."""

from collections.abc import Callable

from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.errors import UnknownPlace
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId
from roundsman.places import actions, pins, queries, rules
from roundsman.places.model import Place
from roundsman.places.pins import Spot
from roundsman.storage.database import Tx

AGAIN_MOST = 1000


def unlocated(tx: Tx, actor: Actor, most: int) -> list[Place]:
    """Return the places with an inexact position that the actor may see, by name."""
    actor.require(Right.EDIT_PLACES)
    found = queries.inexact(tx, actor.company, most)
    return [place for place in found if rules.may_see(actor, place)]


def put(tx: Tx, actor: Actor, place: PlaceId, position: Point) -> Place:
    """Put a place's pin; it never moves by itself afterwards."""
    return _repinned(tx, actor, place, lambda spot: pins.by_hand(spot, position))


def take_back(tx: Tx, actor: Actor, place: PlaceId) -> Place:
    """Undo the last `put`; a place whose pin nobody put stays as it is."""
    return _repinned(tx, actor, place, lambda spot: pins.undone(spot, tx.now))


def seek_again(tx: Tx, actor: Actor) -> int:
    """Look once more for the addresses of places that were not found; return how many."""
    count = 0
    for place in unlocated(tx, actor, AGAIN_MOST):
        after = rules.repinned(place, pins.sought_again(place.spot, tx.now))
        if after != place:
            queries.save(tx, actor.company, after)
            count += 1
    return count


def _repinned(tx: Tx, actor: Actor, place: PlaceId, change: Callable[[Spot], Spot]) -> Place:
    actor.require(Right.EDIT_PLACES)
    before = queries.get(tx, actor.company, place, lock=True)
    if not rules.may_see(actor, before):
        raise UnknownPlace(f"No place {place[:60]}.")
    after = rules.repinned(before, change(before.spot))
    if after != before:
        queries.save(tx, actor.company, after)
        actions.tell(tx, actor.by, before, after)
    return after
