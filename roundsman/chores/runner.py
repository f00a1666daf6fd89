"""Loops that work when a bell rings, or at the latest after a while."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from msgspec import Struct

from roundsman.storage.database import Db

_log = structlog.get_logger()

# After a failure a loop waits this long, so that a broken database is not hammered.
AFTER_FAILURE_S = 2.0


class Chore(Struct, frozen=True, kw_only=True):
    """A piece of standing work.

    `work` does a bounded amount and returns how much it did: it is called again at once until it
    returns 0, then after the bell rings or `every_s` seconds passed.
    """

    name: str
    work: Callable[[], Awaitable[int]]
    bells: tuple[str, ...] = ()
    every_s: float = 1.0
    pause_s: float = 0.0
    """Least time between two rounds, so that much that comes in is done together."""


async def keep_doing(db: Db, chore: Chore) -> None:
    """Do a chore until cancelled. A failure is logged and tried again."""
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()

    def ring(_company: str) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(rung.set)

    for bell in chore.bells:
        db.bells.listen(bell, ring)
    while True:
        rung.clear()
        try:
            while await chore.work():  # noqa: ASYNC110 - work is called again, nothing is polled
                await asyncio.sleep(chore.pause_s)
        except asyncio.CancelledError:
            raise
        except Exception:  # noqa: BLE001 - a broken chore is logged and tried again
            _log.exception("chore_failed", chore=chore.name)
            await asyncio.sleep(AFTER_FAILURE_S)
        try:
            await asyncio.wait_for(rung.wait(), chore.every_s)
        except TimeoutError:
            continue
        if chore.pause_s:
            await asyncio.sleep(chore.pause_s)


async def settle(chores: list[Chore], most: int = 1000) -> None:
    """Do all chores until none finds anything left to do; RuntimeError when that never comes."""
    for _ in range(most):
        done = 0
        for chore in chores:
            done += await chore.work()
        if done == 0:
            return
    problem = "The chores never came to rest."
    raise RuntimeError(problem)
