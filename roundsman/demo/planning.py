"""The office of the demo company: writes jobs, shares them out, puts the rounds in order."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from roundsman.core.clock import at_local, to_ms, to_yyyymmdd
from roundsman.core.geo import Point
from roundsman.demo.cast import TEAMS, TIMEZONE, WORKERS, Person, Team
from roundsman.demo.city import Graph
from roundsman.demo.client import Client
from roundsman.demo.days import PREFIX, jobs_of_day
from roundsman.demo.riding import Task

# No round is longer, or people would have to go home late.
MOST_JOBS = 17
# One of so many jobs of today and tomorrow waits for somebody to give it to a worker.
WAITS_EVERY = 15


async def make_jobs(
    client: Client,
    key: str,
    graph: Graph,
    places: Mapping[str, str],
    day: date,
    share: float = 1.0,
) -> None:
    """Write the jobs of a day unless it has them; external ids keep each from being twice."""
    if await written(client, key, day):
        return
    teams = jobs_of_day(graph, day, places, share)
    every = [job for jobs in teams.values() for job in jobs]
    await client.post(key, "createjobs", jobs=every)


async def written(client: Client, key: str, day: date) -> list[dict[str, Any]]:
    """Return the demo's own jobs of a day as getjobs answers them."""
    said = await client.post(key, "getjobs", day=to_yyyymmdd(day))
    return [job for job in said["jobs"] if job["uidSecondary"].startswith(PREFIX)]


async def share_out(
    client: Client, key: str, day: date, team: Team, *, whole: bool
) -> AsyncIterator[Person]:
    """Give the jobs that nobody has to the team's workers and put each round in order.

    Yields each worker as soon as their round is ready. Unless it is the `whole` day, some jobs
    wait for a dispatcher, as what came in since the plan was made does.
    """
    jobs = [job for job in await written(client, key, day) if job["teamId"] == team.id]
    free = [
        job["id"]
        for at, job in enumerate(sorted(jobs, key=lambda job: job["uidSecondary"]))
        if not job["worker"] and (whole or at % WAITS_EVERY)
    ]
    workers = [person for person in WORKERS if person.team == team]
    # Some jobs may fit into nobody's day. As long as rounds are empty this has not been done.
    is_new = len(free) > len(jobs) // 2
    if is_new:
        names = [person.username for person in workers]
        await client.post(
            key, "autoassign", jobs=free, workers=names, method="size", day=to_yyyymmdd(day)
        )
    for person in workers:
        if is_new:
            await _put_in_order(client, key, day, person)
        yield person


async def _put_in_order(client: Client, key: str, day: date, person: Person) -> None:
    """Order a worker's round within hours and windows."""
    await client.post(
        key,
        "optimizeroute",
        day=to_yyyymmdd(day),
        account=person.username,
        solve=True,
        constraints={"working_hours": True, "time_window": True, "max_jobs": MOST_JOBS},
    )


async def round_of(client: Client, key: str, person: Person, day: date) -> list[Task]:
    """Return a worker's tasks of a day in order, as the worker's own app gets them."""
    number = to_yyyymmdd(day)
    said = await client.post(key, "getjobs", day=number, worker=person.username)
    jobs = sorted(said["jobs"], key=lambda job: job["number"])
    return [task_of(job, day) for job in jobs]


def task_of(job: Mapping[str, Any], day: date) -> Task:
    """Return a job of the wire as a task of the app."""
    lat, lng = job["destinationLat"], job["destinationLng"]
    window = job["windowStart"]
    minutes = window // 100 * 60 + window % 100
    ended = any(job[stamp] for stamp in ("tsDoneSuccess", "tsDoneFailed", "tsRejected"))
    return Task(
        id=job["id"],
        name=job["uidSecondary"] or job["id"],
        at=Point(lat, lng) if lat or lng else None,
        on_site_s=job["onSiteSeconds"],
        window_start_ms=to_ms(at_local(day, minutes, TIMEZONE)) if minutes else 0,
        scheduled_ms=job["scheduledStart"],
        accepted=job["tsAccepted"] > 0,
        ended=ended,
        over=ended or job["tsCheckOut"] > 0,
    )


def teams_by_need(minute: int) -> list[Team]:
    """Return the teams in the order in which a visitor misses them: those at work now first."""
    return sorted(TEAMS, key=lambda team: (not team.start <= minute < team.end, team.id))
