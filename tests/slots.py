"""Windows for a customer on the road of `tests.line`, as the tests of slots ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.line import TOMORROW, job

if TYPE_CHECKING:
    from tests.world import Person, World

# A visit that is longer than a window of two hours: nobody begins two of them in one.
VISIT = job(3, onSiteSeconds=7500, day=0, destinationName="New kitchen")


async def suggest(world: World, by: Person | None = None, **more: Any) -> list[dict[str, Any]]:
    """Return the windows that are offered tomorrow."""
    asked = {"job": VISIT, "day": TOMORROW, "days": 1, "slots": 50} | more
    answer = await (by or world.otto).post("suggestslots", **asked)
    assert answer["status"] == 0, answer
    found: list[dict[str, Any]] = answer["slots"]
    return found


async def reserve(world: World, **more: Any) -> dict[str, Any]:
    """Reserve a window and return what is held."""
    asked = {"job": VISIT, "day": TOMORROW, "windowStart": 800, "windowEnd": 1000} | more
    answer = await world.otto.post("reserveslot", **asked)
    assert answer["status"] == 0, answer
    held: dict[str, Any] = answer["hold"]
    return held


def windows(slots: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return the windows in the order of the day."""
    return sorted((one["windowStart"], one["windowEnd"]) for one in slots)
