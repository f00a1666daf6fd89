"""Templates that repeat, for tests: a boiler that is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.world import Person, World

TODAY = 20260105
AT = {"destinationLat": 48.2, "destinationLng": 16.37}


async def template(person: Person, **job: Any) -> str:
    """Create a template and return its id."""
    wish = {"destinationName": "Boiler", "windowStart": 900, **AT, **job}
    answer = await person.post("createjobs", jobs=[wish], template=True)
    assert answer["status"] == 0, answer
    return str(answer["jobs"][0]["id"])


async def series(person: Person, rrule: str = "FREQ=DAILY", /, **more: Any) -> str:
    """Create a template that repeats and return its id."""
    made = await template(person)
    answer = await person.post("setrecurrence", template=made, recurrence={"rrule": rrule, **more})
    assert answer["status"] == 0, answer
    return made


async def jobs_of(person: Person, made_of: str = "") -> list[dict[str, Any]]:
    """Return the jobs of all days that repeat, of one template if given, by original day."""
    found = (await person.post("getjobs", **{"from": 20250101, "until": 20291231}))["jobs"]
    mine = [
        job
        for job in found
        if job.get("recurrenceTemplate") and made_of in {"", job["recurrenceTemplate"]}
    ]
    return sorted(mine, key=lambda job: job["recurrenceDay"])


async def days_of(person: Person, made_of: str = "") -> list[int]:
    """Return the days of those jobs."""
    return [job["day"] for job in await jobs_of(person, made_of)]


async def pass_nights(world: World, nights: int = 1) -> None:
    """Let nights pass, one after the other."""
    for _ in range(nights):
        world.pass_time(days=1)
        await world.settle()
