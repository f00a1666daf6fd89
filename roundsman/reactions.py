"""What happens when: event -> reactions."""

from collections.abc import Callable

from roundsman.events.catalogue import Event, Told
from roundsman.storage.database import Tx

type Reaction = Callable[[Tx, Told], None]

REACTIONS: dict[type[Event], list[Reaction]] = {}


def react(tx: Tx, told: Told) -> None:
    """Run every reaction to a fact, in the transaction that settles it."""
    for reaction in REACTIONS.get(type(told.event), ()):
        reaction(tx, told)
