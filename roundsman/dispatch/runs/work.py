"""The plans that are made in the background, and who makes them.

A process takes a run for a few seconds at a time and renews that while it works; each renewal
writes how the search goes and looks whether somebody wants it to end. A process that dies leaves
its runs to whoever comes first after their time, who begins them anew: equal question, seed and
iterations lead to the equal plan.
"""

import asyncio
import contextlib
import os
import secrets
import time
from datetime import timedelta

import structlog
from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor
from roundsman.accounts.model import State as MemberState
from roundsman.core.errors import NotAllowed, NotReady, Refusal
from roundsman.dispatch.fleet.actions import ask_fleet
from roundsman.dispatch.fleet.model import FleetPlan, FleetQuestion
from roundsman.dispatch.fleet.outcome import essence
from roundsman.dispatch.fleet.search import plan_fleet
from roundsman.dispatch.pool import Pool
from roundsman.dispatch.pursuit import Pursuit
from roundsman.dispatch.runs import actions, queries
from roundsman.dispatch.runs.model import Progress, Run
from roundsman.dispatch.slots import queries as holds
from roundsman.storage.database import PLANS, Db, Tx

# Longer than a busy process may fail to renew, short enough to wait for after a crash.
LEASE = timedelta(seconds=10)
RENEW_EVERY_S = 1.0
LOOK_EVERY_S = 1.0
# A process that dies over a plan again and again is not to blame for it.
MOST_TRIES = 3
# What matrix, times and reasons take besides the search.
_BESIDES_S = 120.0

_log = structlog.get_logger()


class _Work(Struct, kw_only=True):
    """A run this process works on."""

    run: Run
    pursuit: Pursuit
    began_at: float
    is_lost: bool = False
    task: asyncio.Task[None] | None = None


class PlanRuns:
    """The plans this process makes in the background."""

    def __init__(self, db: Db, pool: Pool, *, most: int | None = None) -> None:
        self._db = db
        self._pool = pool
        self._most = most or max(1, (os.cpu_count() or 1))
        self._me = secrets.token_hex(8)
        self._work: dict[str, _Work] = {}
        self._rung: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        db.bells.listen(PLANS, self._ring)

    async def make_due(self) -> int:
        """Take runs that wait; return how many are worked on.

        Comes back when one is done, a new one waits, or after a second. Call it until it returns
        0: then none waits and none is worked on.
        """
        self._loop = asyncio.get_running_loop()
        self._rung = self._rung or asyncio.Event()
        self._rung.clear()
        await self._take()
        await self._look_for_cancelled()
        running = self.under_way()
        if running:
            rung = asyncio.create_task(self._rung.wait())
            try:
                await asyncio.wait(
                    {*running, rung}, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                rung.cancel()
        return len(running)

    def under_way(self) -> list[asyncio.Task[None]]:
        """Return the work on the runs this process has."""
        return [work.task for work in self._work.values() if work.task is not None]

    async def close(self) -> None:
        """Give up what is being made; others begin it anew."""
        works = list(self._work.values())
        for work in works:
            work.pursuit.kill()
            if work.task is not None:
                work.task.cancel()
        await asyncio.gather(*(one.task for one in works if one.task), return_exceptions=True)
        runs = [work.run for work in works]
        if runs:
            with contextlib.suppress(NotReady):
                await self._db.write(lambda tx: queries.give_back(tx, runs, self._me))

    def _ring(self, _company: str) -> None:
        """Pass on, from a database thread, that a plan was asked for or is to end."""
        if self._loop is not None and self._rung is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung.set)

    async def _take(self) -> None:
        room = self._most - len(self._work)
        if room <= 0 or not await self._db.read(queries.has_due):
            return
        taken = await self._db.write(lambda tx: queries.take(tx, self._me, tx.now + LEASE, room))
        for run in taken:
            work = _Work(run=run, pursuit=Pursuit(), began_at=time.monotonic())
            self._work[run.id] = work
            work.task = asyncio.create_task(self._make(work), name=run.id)

    async def _look_for_cancelled(self) -> None:
        for work in list(self._work.values()):
            run = work.run

            def look(tx: Tx, run: Run = run) -> bool:
                return queries.is_cancelled(tx, run, self._me)

            if await self._db.read(look):
                work.pursuit.stop()

    async def _make(self, work: _Work) -> None:
        """Make one plan and keep it; whatever happens, the run is let go of."""
        renewing = asyncio.create_task(self._renew(work))
        try:
            await self._plan(work)
        except Exception:  # noqa: BLE001 - a broken plan fails, and others go on
            _log.exception("plan_broke", run=work.run.id)
            await self._fail(work, NotReady("Something broke while the plan was made."))
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
            self._work.pop(work.run.id, None)

    async def _plan(self, work: _Work) -> None:
        run = work.run
        if run.tries >= MOST_TRIES:
            await self._fail(work, NotReady("The planner died over this plan. Ask for less."))
            return
        wish = run.wish.fleet
        seconds = wish.effort.seconds or wish.effort.limit_s
        try:
            question = await self._db.read(lambda tx: ask_fleet(tx, _actor(tx, run), wish))
            plan = await self._pool.pursue(plan_fleet, question, work.pursuit, seconds + _BESIDES_S)
        except NotReady:
            if work.is_lost:
                return
            # The process died: another try, unless this one is being closed.
            await self._db.write(lambda tx: queries.let_go(tx, run, self._me))
            return
        except Refusal as refusal:
            await self._fail(work, refusal)
            return
        await self._finish(work, question, plan)

    async def _finish(self, work: _Work, question: FleetQuestion, plan: FleetPlan) -> None:
        known = essence(question)
        told = self._progress(work)

        def write(tx: Tx) -> None:
            if queries.is_mine(tx, work.run, self._me):
                now = queries.get(tx, work.run.company, work.run.id)
                actions.finish(tx, _actor(tx, work.run), now, known, plan, told)

        await self._db.write(write)
        _log.info("plan_made", run=work.run.id, stopped=plan.stopped, plan_ms=plan.plan_ms)

    async def _fail(self, work: _Work, refusal: Refusal) -> None:
        def write(tx: Tx) -> None:
            if queries.is_mine(tx, work.run, self._me):
                now = queries.get(tx, work.run.company, work.run.id)
                actions.fail(tx, now, refusal)

        await self._db.write(write)
        _log.warning("plan_failed", run=work.run.id, code=refusal.code)

    async def _renew(self, work: _Work) -> None:
        """Hold on to a run, and write how it goes, until it is done or somebody else has it."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            told = self._progress(work)

            def write(tx: Tx, told: Progress = told) -> bool:
                return queries.renew(tx, work.run, self._me, tx.now + LEASE, told)

            try:
                kept = await self._db.write(write)
            except NotReady:
                continue  # an outage: the lease may outlive it
            if not kept:
                work.is_lost = True
                work.pursuit.kill()
                return

    def _progress(self, work: _Work) -> Progress:
        told = work.pursuit.told
        elapsed_ms = round((time.monotonic() - work.began_at) * 1000)
        if told is None:
            return Progress(elapsed_ms=elapsed_ms)
        return Progress(cost=told.cost, iterations=told.iterations, elapsed_ms=elapsed_ms)


async def forget_old(db: Db) -> int:
    """Delete plans and reserved slots whose time is over; return how many."""

    def write(tx: Tx) -> int:
        return queries.forget(tx) + holds.forget(tx)

    return await db.write(write)


def _actor(tx: Tx, run: Run) -> Actor:
    """Return who asked for the plan, with the rights they have now."""
    company = accounts.get_company(tx, run.company)
    member = accounts.find_member(tx, run.company, run.member)
    if member is None or member.state is not MemberState.ACTIVE or company.suspended:
        problem = "Who asked for the plan is not active any more."
        raise NotAllowed(problem)
    return Actor(company, member)
