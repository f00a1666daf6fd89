"""Workers who live their days through the server: what has passed in one go, then as time goes."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from math import inf

from msgspec import Struct
from msgspec.structs import replace

from roundsman.core.clock import at_local, local_day, to_ms, utc_now
from roundsman.demo.cast import TIMEZONE, Person
from roundsman.demo.client import Client
from roundsman.demo.driving import Fix
from roundsman.demo.memory import Equipment
from roundsman.demo.planning import round_of
from roundsman.demo.riding import Happening, Plan, Ride, Tap, Town, Where

# The server works out visits shortly after it took the positions: it is asked so often, so long.
SETTLE_POLL_S = 0.5
SETTLE_POLLS = 40
SETTLED_AFTER = 4
# How much of a day is made up before others get their turn.
AT_ONCE = 40
# Nearer to now than this the demo's time is now.
BEHIND_MS = 1000
# An app without jobs asks for new ones so often, in milliseconds of its day.
LOOK_AGAIN_MS = 120_000


class Pace:
    """How fast the demo's time passes: faster until it has come to now, then like a clock."""

    def __init__(self, speed: float, hours: float, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._speed = speed
        self._began_ms = to_ms(clock())
        self._from_ms = self._began_ms - round(hours * 3_600_000) if speed > 1 else self._began_ms

    def begin_after(self, ts_ms: int) -> None:
        """Play nothing twice: begin no earlier than a moment that was lived already."""
        self._from_ms = min(max(self._from_ms, ts_ms), self._began_ms)

    def now_ms(self) -> int:
        """Return the demo's time, which never runs ahead of the clock."""
        real_ms = to_ms(self._clock())
        if self._speed <= 1:
            return real_ms
        return min(real_ms, self._from_ms + round((real_ms - self._began_ms) * self._speed))

    async def reach(self, ts_ms: int) -> None:
        """Return when the demo's time has come to a moment."""
        while (left_ms := ts_ms - self.now_ms()) > 0:
            behind = to_ms(self._clock()) - self.now_ms() > BEHIND_MS
            await asyncio.sleep(left_ms / 1000 / (self._speed if behind else 1))


class Worker(Struct, frozen=True):
    """A person with app and phone, on a server, in a city."""

    client: Client
    town: Town
    person: Person
    equipment: Equipment


async def live(worker: Worker, pace: Pace) -> None:
    """Live today and every day after it."""
    last = await last_seen(worker)
    day = local_day(utc_now(), TIMEZONE)
    where = _where(worker, day, last)
    while True:
        where = await _live_day(worker, day, where, pace)
        day += timedelta(days=1)


async def last_seen(worker: Worker) -> Where | None:
    """Return where the server saw the worker last, or None."""
    uid = worker.equipment.member
    said = await worker.client.post(worker.equipment.key, "locate", accounts={uid: {}})
    place = said["accounts"].get(uid, {}).get("location")
    if not place or not place.get("ts"):
        return None
    return Where(worker.town.graph.nearest_node(place["lat"], place["lng"]), place["ts"])


def _where(worker: Worker, day: date, last: Where | None) -> Where:
    """Return where the day goes on: where one was last seen today, else at home at midnight."""
    midnight_ms = to_ms(at_local(day, 0, TIMEZONE))
    if last is not None and last.ts_ms >= midnight_ms:
        return Where(last.node, last.ts_ms + 1000)
    return Where(worker.town.graph.nearest_node(worker.person.lat, worker.person.lng), midnight_ms)


async def _live_day(worker: Worker, day: date, where: Where, pace: Pace) -> Where:
    tasks = await round_of(worker.client, worker.equipment.key, worker.person, day)
    plan = Plan(tasks)
    ride = Ride(worker.town, worker.person, day, plan, where)
    happenings = ride.happenings()
    waiting = await _catch_up(worker, happenings, pace.now_ms())
    looked_ms = pace.now_ms()
    while waiting is not None:
        await pace.reach(waiting.ts_ms)
        await _do(worker, waiting)
        is_new = isinstance(waiting, Tap) and waiting.ends_job
        if is_new or waiting.ts_ms > looked_ms + LOOK_AGAIN_MS:
            looked_ms = waiting.ts_ms
            plan.tasks = await round_of(worker.client, worker.equipment.key, worker.person, day)
        waiting = next(happenings, None)
    return ride.now


async def _do(worker: Worker, happening: Happening) -> None:
    client, equipment = worker.client, worker.equipment
    if isinstance(happening, Fix):
        await client.report(equipment.token, equipment.device, [happening])
    else:
        await client.post(equipment.key, "editjobs", jobs={happening.job: happening.changes})


# --- what has passed already ----------------------------------------------------------------------


class Past(Struct):
    """What has happened up to a moment, and the first thing after it."""

    fixes: list[Fix] = []
    taps: list[Tap] = []
    following: Happening | None = None


async def _read(happenings: Iterator[Happening], until_ms: float, past: Past) -> None:
    """Add what happens before a moment to the past, letting others work in between."""
    for count, happening in enumerate(happenings):
        if happening.ts_ms >= until_ms:
            past.following = happening
            return
        if isinstance(happening, Fix):
            past.fixes.append(happening)
        else:
            past.taps.append(happening)
        if count % AT_ONCE == 0:
            await asyncio.sleep(0)


async def _catch_up(
    worker: Worker, happenings: Iterator[Happening], until_ms: int
) -> Happening | None:
    """Do in one go what happened before a moment; return what comes next."""
    past = Past()
    await _read(happenings, until_ms, past)
    await tell_all(worker, past.fixes, past.taps)
    return past.following


async def tell_all(worker: Worker, fixes: Sequence[Fix], taps: Sequence[Tap]) -> None:
    """Report what a phone buffered and what was tapped, as after hours without network."""
    client, equipment = worker.client, worker.equipment
    seen = [tap for tap in taps if not tap.ends_job]
    if seen:
        await client.post(equipment.key, "editjobs", jobs={tap.job: tap.changes for tap in seen})
    if fixes:
        await client.report(equipment.token, equipment.device, fixes)
    ended = {tap.job: tap.changes for tap in taps if tap.ends_job}
    if ended:
        await _settled(worker, list(ended))
        await client.post(equipment.key, "editjobs", jobs=ended)


async def _settled(worker: Worker, jobs: list[str]) -> None:
    """Wait until the server has worked out at which of the jobs the worker has been."""
    counted, same = -1, 0
    for _ in range(SETTLE_POLLS):
        said = await worker.client.post(worker.equipment.key, "getjobs", ids=jobs)
        count = sum(1 for job in said["jobs"] if job["tsCheckOut"])
        if count == len(jobs):
            return
        same = same + 1 if count == counted and count else 0
        if same >= SETTLED_AFTER:
            return
        counted = count
        await asyncio.sleep(SETTLE_POLL_S)


async def relive(worker: Worker, days: Sequence[date]) -> int:
    """Live days of the past, oldest first, that the server does not know yet; return the fixes."""
    past = Past()
    where: Where | None = None
    for day in days:
        tasks = await round_of(worker.client, worker.equipment.key, worker.person, day)
        if not tasks or any(task.ended for task in tasks):
            where = None
            continue
        # Where today's round passed yesterday's addresses, visits are known that were none.
        plan = Plan([replace(task, over=False) for task in tasks])
        ride = Ride(worker.town, worker.person, day, plan, where or _where(worker, day, None))
        # What comes after the last night belongs to a day that is being lived already.
        until_ms = ride.midnight_ms if day == days[-1] else inf
        await _read(ride.happenings(), until_ms, past)
        where = ride.now
    if past.fixes:
        await tell_all(worker, past.fixes, past.taps)
    return len(past.fixes)
