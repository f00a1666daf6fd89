"""Creating, changing, finding and deleting places."""

from collections.abc import Mapping, Sequence
from typing import Any

from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.errors import BadFormat, UnknownPlace
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId, new_short_id
from roundsman.events.catalogue import By, PlaceChanged
from roundsman.events.outbox import emit
from roundsman.places import queries, rules
from roundsman.places.model import Place
from roundsman.places.pins import NO_ANSWERS, Answers
from roundsman.storage.database import Tx


def create(
    tx: Tx,
    actor: Actor,
    values: Mapping[str, Any],
    data: Mapping[str, str],
    answers: Answers = NO_ANSWERS,
) -> Place:
    """Create a place for the actor's teams; `values` are attributes, see `rules.change`.

    `answers` is what a geocoder knows of its address.
    """
    actor.require(Right.CREATE_PLACES)
    if not str(values.get("name", "")).strip():
        raise BadFormat("A place needs a name.", field="name")
    blank = Place(
        id=_fresh_id(tx, actor), name="", creator=actor.id, creator_name=actor.member.name
    )
    own_teams = {"teams": list(actor.member.teams)}
    place = rules.change(blank, {**values, **own_teams}, data, at=tx.now, answers=answers)
    queries.save(tx, actor.company, place)
    emit(tx, actor.by, PlaceChanged(place.id, "created"))
    return place


def _fresh_id(tx: Tx, actor: Actor) -> PlaceId:
    """Return an id no place of the company has."""
    while True:
        drawn = PlaceId(new_short_id())
        if drawn not in queries.find_many(tx, actor.company, [drawn]):
            return drawn


def edit(
    tx: Tx,
    actor: Actor,
    place: str,
    values: Mapping[str, Any],
    data: Mapping[str, str],
    answers: Answers = NO_ANSWERS,
) -> Place:
    """Change a place; what is not named stays. UnknownPlace for one the actor may not see."""
    actor.require(Right.EDIT_PLACES)
    found = _visible(tx, actor, [place])
    if not found:
        raise UnknownPlace(f"No place {place[:60]}.", field="uid")
    return _changed(tx, actor, found[0], values, data, answers)


def edit_many(
    tx: Tx,
    actor: Actor,
    ids: Sequence[str],
    values: Mapping[str, Any],
    data: Mapping[str, str],
    answers: Answers = NO_ANSWERS,
) -> list[Place]:
    """Change several places the same way; unknown ones are skipped."""
    actor.require(Right.EDIT_PLACES)
    found = _visible(tx, actor, ids)
    return [_changed(tx, actor, one, values, data, answers) for one in found]


def _changed(
    tx: Tx,
    actor: Actor,
    before: Place,
    values: Mapping[str, Any],
    data: Mapping[str, str],
    answers: Answers,
) -> Place:
    after = rules.change(before, values, data, at=tx.now, answers=answers)
    if after != before:
        queries.save(tx, actor.company, after)
        tell(tx, actor.by, before, after)
    return after


def tell(tx: Tx, by: By, before: Place, after: Place) -> None:
    """Tell of a change, if there is one; the state of a position alone is nobody's news."""
    fields = rules.changed_fields(before, after)
    if fields:
        emit(tx, by, PlaceChanged(after.id, "edited", fields))


def delete(tx: Tx, actor: Actor, place: str) -> None:
    """Delete a place for good. UnknownPlace for one the actor may not see."""
    if not delete_many(tx, actor, [place]):
        raise UnknownPlace(f"No place {place[:60]}.", field="uid")


def delete_many(tx: Tx, actor: Actor, ids: Sequence[str]) -> list[Place]:
    """Delete places for good and return them; unknown ones are skipped."""
    actor.require(Right.EDIT_PLACES)
    gone = _visible(tx, actor, ids)
    queries.remove(tx, actor.company, [place.id for place in gone])
    for place in gone:
        emit(tx, actor.by, PlaceChanged(place.id, "deleted"))
    return gone


def _visible(tx: Tx, actor: Actor, ids: Sequence[str]) -> list[Place]:
    """Return the places of those ids that the actor may see, locked for a change."""
    found = queries.find_many(tx, actor.company, ids, lock=True)
    return [place for place in found.values() if rules.may_see(actor, place)]


def search(
    tx: Tx,
    actor: Actor,
    *,
    ids: Sequence[str] | None = None,
    text: str = "",
    origin: Point | None = None,
) -> list[Place]:
    """Return the places the actor may see, nearest to `origin` first, by name without it.

    `text` is looked for in the name, whatever its case; `ids` narrows to those.
    """
    if ids is None:
        found = queries.places(tx, actor.company)
    else:
        found = list(queries.find_many(tx, actor.company, ids).values())
    wanted = text.strip().casefold()
    return rules.nearest_first(
        (one for one in found if wanted in one.name.casefold() and rules.may_see(actor, one)),
        origin,
    )
