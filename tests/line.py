"""A road in a straight line east of Wanda's home, along which the tests of plans put their jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roundsman.accounts.model import WEEKDAYS, Shift
from roundsman.core.geo import Point

if TYPE_CHECKING:
    from tests.world import Person, World

DAY = 20260105
TOMORROW = 20260106
HOME, FAR = Point(48.2, 16.0), Point(48.2, 16.4)


def job(step: float, **more: Any) -> dict[str, Any]:
    """Return a job so many hundredths of a degree east of Wanda's home, tomorrow."""
    place = {"destinationLat": HOME.lat, "destinationLng": HOME.lng + step / 100}
    return {"destinationName": f"at {step}", "day": TOMORROW, **place, **more}


async def made(world: World, *jobs: dict[str, Any]) -> list[str]:
    """Create the jobs and return their ids."""
    answer = await world.ada.post("createjobs", jobs=list(jobs))
    assert answer["status"] == 0, answer
    return [one["id"] for one in answer["jobs"]]


def settle_in(world: World) -> None:
    """Let Wanda live at one end of the road and Willi at the other.

    Both work from 8 to 16, Monday to Wednesday.
    """

    hours = {day: Shift(480, 960) for day in WEEKDAYS[:3]} | dict.fromkeys(
        WEEKDAYS[3:], Shift(0, 0)
    )
    world.set_member(world.wanda, route_start=HOME, hours=hours)
    world.set_member(world.willi, route_start=FAR, hours=hours)


async def plan(world: World, by: Person | None = None, **more: Any) -> dict[str, Any]:
    """Plan tomorrow and return the plan."""
    answer = await (by or world.otto).post("planday", **{"day": TOMORROW} | more)
    assert answer["status"] == 0, answer
    found: dict[str, Any] = answer["plan"]
    return found


def routes(found: dict[str, Any]) -> dict[str, list[str]]:
    """Return the jobs of each person of a plan, by first name."""
    return {
        person["worker"].partition("@")[0]: [
            each["job"] or each["hold"] for each in person["stops"]
        ]
        for person in found["persons"]
    }


def planned(found: dict[str, Any]) -> list[str]:
    """Return the jobs that a plan puts somewhere."""
    return [each for stops in routes(found).values() for each in stops]


async def stored(world: World, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return jobs as they are stored, by id."""
    answer = await world.ada.post("getjobs", ids=ids)
    return {one["id"]: one for one in answer["jobs"]}


async def place_of(world: World, job_id: str) -> tuple[str, int, int]:
    """Return who has a job, its position and its planned begin."""
    one = (await stored(world, [job_id]))[job_id]
    return one["worker"].partition("@")[0], one["number"], one["scheduledStart"]
