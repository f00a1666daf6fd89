"""Loops that work when a bell rings, or at the latest after a while."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from msgspec import Struct

from roundsman.core.errors import Refusal
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
    """Least time from the begin of a round to the next, so that what comes in is done together."""


async def keep_doing(db: Db, chore: Chore) -> None:
    """Do a chore until cancelled. A failure is logged and tried again."""
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()

    def ring(_company: str) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(rung.set)

    for bell in chore.bells:
        db.bells.listen(bell, ring)
    began_s = -chore.pause_s
    while True:
        rung.clear()
        try:
            done = 1
            while done:
                # The first thing after a quiet time is done at once, the next ones together.
                await asyncio.sleep(max(0.0, began_s + chore.pause_s - loop.time()))
                began_s = loop.time()
                done = await chore.work()
        except Refusal as refusal:  # an outage, and who looks at the log knows the code already
            _log.warning("chore_put_off", chore=chore.name, reason=refusal.message)
            await asyncio.sleep(AFTER_FAILURE_S)
        except Exception:  # noqa: BLE001 - a broken chore is logged and tried again
            _log.exception("chore_failed", chore=chore.name)
            await asyncio.sleep(AFTER_FAILURE_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(rung.wait(), chore.every_s)


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
