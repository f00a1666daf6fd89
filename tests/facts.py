"""What the outbox says has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundsman.events import queries

if TYPE_CHECKING:
    from roundsman.events.catalogue import Told
    from tests.world import World


def told_of(world: World, subject: str) -> list[Told]:
    """Return the facts about a subject of Acme, such as `job:65a1...`, oldest first."""
    return world.db.read_now(lambda tx: queries.history(tx, world.acme, subject, 1000))[::-1]


def kinds_of(world: World, job: str) -> list[str]:
    """Return the names of the facts about a job, oldest first."""
    return [told.event.kind for told in told_of(world, f"job:{job}")]
