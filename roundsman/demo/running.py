"""The demo company at work: founded, planned and driven against a running server until stopped."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import date, timedelta
from pathlib import Path

import structlog
from msgspec import Struct
from msgspec.structs import replace

from roundsman.core.clock import at_local, local_day, utc_now
from roundsman.core.errors import NotReady, Refusal
from roundsman.demo import city, founding, planning, working
from roundsman.demo.cast import DISPATCHER, TEAMS, TIMEZONE, WORKERS, Person, Team
from roundsman.demo.city import Graph
from roundsman.demo.client import Client
from roundsman.demo.memory import Memory, recalled, remember
from roundsman.demo.riding import town_of
from roundsman.demo.working import Pace, Worker
from roundsman.storage.database import Db

_log = structlog.get_logger()

START_S = 15.0
WEEK_DAYS = 7
# The days before today were a little quieter.
PAST_SHARE = 0.8
PLAN_EVERY_S = 600.0
MORNING_MINUTES = 6 * 60
# Between two workers' weeks the server gets time for its guests.
BREATH_S = 0.5


async def introduced(db: Db, folder: Path) -> Memory:
    """Return the demo company of a database, founded if need be, and remember it in a folder."""
    password = await asyncio.to_thread(founding.new_password)
    before = recalled(folder)
    memory = await db.write(lambda tx: founding.found(tx, before, password))
    if memory != before:
        remember(folder, memory)
    return memory


class _Office(Struct, frozen=True):
    """What planning needs: the dispatcher's connection, the city and the places by name.

    At the `desk` one day is planned after the other.
    """

    client: Client
    key: str
    graph: Graph
    places: dict[str, str]
    desk: asyncio.Lock


async def run(
    db: Db, folder: Path, url: str, pace: Pace, introduce: Callable[[Memory], None]
) -> None:
    """Work until cancelled; `introduce` is called once, as soon as it is clear that it can.

    NotReady when no server answers, or one with another database.
    """
    client = Client(url)
    try:
        await client.wait_until_ready(START_S)
        memory = await introduced(db, folder)
        if not await client.knows(memory.key):
            raise NotReady(
                f"The server at {url} does not know the demo company of {folder}. "
                "Give both the same --data or ROUNDSMAN_DATABASE_URL."
            )
        introduce(memory)
        loading = asyncio.create_task(asyncio.to_thread(city.load))
        if not memory.settled:
            await founding.settle(client, memory)
            equipped = memory
            memory = await db.write(lambda tx: founding.equip(tx, equipped))
            memory = replace(memory, settled=True)
            remember(folder, memory)
            _log.info("demo_founded", members=len(memory.equipment) + 1)
        graph = await loading
        key = memory.equipment[DISPATCHER.username].key
        places = await founding.furnish(client, key, graph)
        await _work(_Office(client, key, graph, places, asyncio.Lock()), memory, pace)
    finally:
        await client.close()


async def _work(office: _Office, memory: Memory, pace: Pace) -> None:
    today = local_day(utc_now(), TIMEZONE)
    minute = round((utc_now() - at_local(today, 0, TIMEZONE)).total_seconds() / 60)
    town = town_of(office.graph)
    crew = {
        person.username: Worker(office.client, town, person, memory.equipment[person.username])
        for person in WORKERS
    }
    for worker in crew.values():
        seen = await working.last_seen(worker)
        pace.begin_after(seen.ts_ms if seen is not None else 0)
    async with asyncio.TaskGroup() as group:

        def begin(name: str, doing: Coroutine[None, None, object]) -> None:
            group.create_task(_carefully(name, doing), name=name)

        for team in planning.teams_by_need(minute):
            async for person in _planned(office, today, [team]):
                begin(person.username, _live(office, crew[person.username], today, pace))
        _log.info("demo_day_planned", day=today.isoformat(), workers=len(crew))
        begin("tomorrow", _keep_planning(office))
        begin("week", _relive_week(office, list(crew.values()), today))


async def _live(office: _Office, worker: Worker, today: date, pace: Pace) -> None:
    """Live a worker's life from today on.

    Yesterday's addresses count until the morning: who works at that time must have done
    yesterday's jobs first, or today's round would stop at them.
    """
    if worker.person.team.start < MORNING_MINUTES:
        yesterday = today - timedelta(days=1)
        async for _ in _planned(office, yesterday, [worker.person.team], PAST_SHARE):
            pass
        await working.relive(worker, [yesterday])
    await working.live(worker, pace)


async def _carefully(name: str, doing: Coroutine[None, None, object]) -> None:
    """Let one part of the demo end without the others when the server turns it down for good."""
    try:
        await doing
    except Refusal as refusal:
        _log.warning("demo_part_ended", part=name, reason=refusal.message)


async def _keep_planning(office: _Office) -> None:
    """Have today and tomorrow planned, for ever."""
    while True:
        today = local_day(utc_now(), TIMEZONE)
        for day in (today, today + timedelta(days=1)):
            await _plan(office, day)
        await asyncio.sleep(PLAN_EVERY_S)


async def _plan(office: _Office, day: date, share: float = 1.0) -> None:
    async for _ in _planned(office, day, TEAMS, share):
        pass


async def _planned(
    office: _Office, day: date, teams: Sequence[Team], share: float = 1.0
) -> AsyncIterator[Person]:
    """Have the jobs of a day written, shared out and ordered; yield who can start."""
    async with office.desk:
        await planning.make_jobs(office.client, office.key, office.graph, office.places, day, share)
        for team in teams:
            whole = share < 1.0
            async for person in planning.share_out(
                office.client, office.key, day, team, whole=whole
            ):
                yield person


async def _relive_week(office: _Office, crew: list[Worker], today: date) -> None:
    """Live the week before today, one worker after the other."""
    days = [today - timedelta(days=back) for back in range(WEEK_DAYS, 0, -1)]
    for day in days:
        await _plan(office, day, PAST_SHARE)
    total = 0
    for person in crew:
        # Nobody watched: the way from job to job is enough.
        worker = replace(person, town=replace(person.town, spots=[]))
        total += await working.relive(worker, days)
        await asyncio.sleep(BREATH_S)
    if total:
        _log.info("demo_week_lived", days=len(days), fixes=total)
