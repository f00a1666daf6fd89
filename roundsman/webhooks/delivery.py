"""Sending what waits, lane by lane.

A lane is the queue in front of one URL of a company. A process takes a lane for a few seconds at
a time and alone decides what goes out of it: first attempts in the order of their events, at most
four calls at once, never two for one subject. Lanes know nothing of each other, so that a slow
receiver holds up only itself. A process that dies leaves its lanes to whoever comes first after
their time, and what it had not finished is sent again.
"""

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter

from roundsman.core.ids import new_delivery_id
from roundsman.gateways.web import Client
from roundsman.storage.database import DELIVERIES, Db, Tx
from roundsman.storage.dialects import take_turn
from roundsman.webhooks import rules
from roundsman.webhooks.attempts import follow, send, settle
from roundsman.webhooks.enqueue import lane_of
from roundsman.webhooks.model import Delivery, Hook, Lane, Result
from roundsman.webhooks.queries import deliveries, hooks, lanes
from roundsman.webhooks.rules import Verdict
from roundsman.webhooks.work import Work, adapt, startable

LANES_MOST = 1000
BATCH = 48
BATCH_AGAIN = 16
# Longer than a busy process may fail to renew, short enough to wait for after a crash.
LEASE = timedelta(seconds=10)
RENEW_EVERY_S = 2.5
LOOK_EVERY_S = 1.0
HOOKS_FRESH_S = 2.0
FORGET_EVERY_S = 3600.0

ATTEMPTS = Counter("roundsman_webhook_attempts_total", "Attempts at deliveries.", ["verdict"])
_log = structlog.get_logger()


class Deliveries:
    """The deliveries of this process: standing work, and the lanes it is busy with."""

    def __init__(
        self,
        db: Db,
        web: Client,
        retries_s: Sequence[int],
        clock: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._db = db
        self._web = web
        self._retries_s = tuple(retries_s)
        self._clock = clock
        self._chance = chance
        self._me = secrets.token_hex(8)
        self._work: dict[Lane, Work] = {}
        self._rung: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._forgot_at = float("-inf")
        db.bells.listen(DELIVERIES, self._ring)

    async def deliver_due(self) -> int:
        """Take the lanes in which something is due; return how many are worked on.

        Comes back when a lane is done, something new is due, or after a second. Call it until it
        returns 0: then nothing is due and nothing on its way.
        """
        self._loop = asyncio.get_running_loop()
        self._rung = self._rung or asyncio.Event()
        self._rung.clear()
        await self._forget_old()
        await self._renew()
        await self._take()
        running = [work.task for work in self._work.values() if work.task is not None]
        if running:
            rung = asyncio.create_task(self._rung.wait())
            try:
                await asyncio.wait(
                    {*running, rung}, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                rung.cancel()
        return len(running)

    async def close(self) -> None:
        """Break off what is on its way, give the lanes back and close the connections."""
        held = list(self._work)
        tasks = [work.task for work in self._work.values() if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

        def give_back(tx: Tx) -> None:
            for lane in held:
                lanes.give_back(tx, lane, self._me)

        if held:
            await self._db.write(give_back)
        await self._web.close()

    # --- which lanes ------------------------------------------------------------------------------

    def _ring(self, company: str) -> None:
        """Pass on, from a database thread, that something was enqueued for a company."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, company)

    def _wake(self, company: str) -> None:
        if self._rung is not None:
            self._rung.set()
        for lane, work in self._work.items():
            if lane.company == company:
                work.stale = True
                work.woken.set()

    async def _take(self) -> None:
        room = LANES_MOST - len(self._work)
        if room <= 0 or not await self._db.read(lanes.has_due):
            return
        started = time.monotonic()
        taken = await self._db.write(lambda tx: lanes.take(tx, self._me, tx.now + LEASE, room))
        for lane in taken:
            if lane in self._work:
                continue
            work = Work(
                lane=lane,
                renewed_at=started,
                woken=asyncio.Event(),
                fresh=deque(),
                again=deque(),
                travelling={},
                hooks={},
            )
            self._work[lane] = work
            work.task = asyncio.create_task(self._serve(work), name=f"lane {lane.id}")

    async def _renew(self) -> None:
        now = time.monotonic()
        due = [work for work in self._work.values() if now - work.renewed_at > RENEW_EVERY_S]
        if not due:
            return

        def renew(tx: Tx) -> list[bool]:
            return [lanes.renew(tx, work.lane, self._me, tx.now + LEASE) for work in due]

        for work, is_held in zip(due, await self._db.write(renew), strict=True):
            work.lost = not is_held
            work.renewed_at = now

    async def _forget_old(self) -> None:
        """Now and then delete what ended long ago."""
        if time.monotonic() - self._forgot_at < FORGET_EVERY_S:
            return
        self._forgot_at = time.monotonic()

        def forget(tx: Tx) -> None:
            if take_turn(tx, "forget deliveries"):
                before = new_delivery_id(tx.now - rules.KEPT)
                for company in hooks.companies(tx):
                    deliveries.forget(tx, company, before)

        await self._db.write(forget)

    # --- one lane ---------------------------------------------------------------------------------

    async def _serve(self, work: Work) -> None:
        """Work on a lane until nothing in it is due."""
        calls: set[asyncio.Task[None]] = set()
        try:
            while work.is_ours:
                work.woken.clear()
                if work.stale or not (work.fresh or work.again):
                    await self._read(work)
                for one in startable(work):
                    work.travelling[one.id] = one.subject
                    call = asyncio.create_task(self._attempt(work, one))
                    calls.add(call)
                    call.add_done_callback(calls.discard)
                if work.travelling:
                    await work.woken.wait()
                elif not (work.fresh or work.again) and await self._let_go(work.lane):
                    return
        except Exception:  # noqa: BLE001 - one lane's trouble is not that of the others
            _log.exception("lane_failed", company=work.lane.company, lane=work.lane.id)
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            del self._work[work.lane]

    async def _read(self, work: Work) -> None:
        """Fetch what is due in a lane and not here yet."""
        work.stale = False
        # Taken before the read: what is settled meanwhile may still look as if it waited.
        lane, here = work.lane, set(work.travelling)

        def read(tx: Tx) -> tuple[list[Delivery], list[Delivery], dict[str, Hook]]:
            if lanes.is_paused(tx, lane):
                return [], [], {}
            fresh = [] if work.fresh else deliveries.fresh(tx, lane, BATCH + len(here))
            again = [] if work.again else deliveries.again(tx, lane, BATCH_AGAIN + len(here))
            return fresh, again, hooks.all_of(tx, lane.company)

        fresh, again, work.hooks = await self._db.read(read)
        work.hooks_at = time.monotonic()
        work.fresh.extend(one for one in fresh if one.id not in here)
        work.again.extend(one for one in again if one.id not in here)

    async def _let_go(self, lane: Lane) -> bool:
        return await self._db.write(lambda tx: lanes.let_go(tx, lane, self._me))

    async def _attempt(self, work: Work, one: Delivery) -> None:
        """Send one delivery and write down what came of it."""
        try:
            hook = await self._hook(work, one.key)
            if hook is None or lane_of(hook.url) != one.lane:
                await self._db.write(lambda tx: follow(tx, one))
                return
            result = await send(self._web, one, hook, self._clock())
            chance = self._chance()
            verdict = await self._db.write(
                lambda tx: settle(tx, one, result, self._retries_s, chance)
            )
            adapt(work, result, verdict)
            _tell(one, result, verdict)
        except Exception:  # noqa: BLE001 - it stays due: whoever takes the lane next sends it again
            _log.exception("delivery_broke", company=one.company, delivery=one.id)
            work.lost = True
        finally:
            work.travelling.pop(one.id, None)
            work.woken.set()

    async def _hook(self, work: Work, key: str) -> Hook | None:
        """Return the key's setting as it is now, give or take a moment."""
        if time.monotonic() - work.hooks_at > HOOKS_FRESH_S:
            company = work.lane.company
            work.hooks = await self._db.read(lambda tx: hooks.all_of(tx, company))
            work.hooks_at = time.monotonic()
        return work.hooks.get(key)


def _tell(one: Delivery, result: Result, verdict: Verdict) -> None:
    ATTEMPTS.labels(verdict.value).inc()
    fields = {
        "company": one.company,
        "key": one.key,
        "delivery": one.id,
        "attempt": one.attempts + 1,
        "status": result.status,
        "ms": result.ms,
    }
    if verdict is Verdict.DELIVERED:
        _log.info("webhook_delivered", **fields)
    else:
        _log.warning("webhook_failed", **fields, error=result.error, verdict=verdict.value)
