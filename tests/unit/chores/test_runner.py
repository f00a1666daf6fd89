"""Standing work goes on, whatever one round of it comes to."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
import structlog

from roundsman.chores import runner
from roundsman.chores.runner import Chore, keep_doing, settle
from roundsman.core.errors import NotReady
from roundsman.storage.database import Db, open_database

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

pytestmark = pytest.mark.anyio
WAIT_S = 30


@pytest.fixture
def db(database: str) -> Iterator[Db]:
    opened = open_database(database)
    yield opened
    opened.close()


@contextlib.asynccontextmanager
async def kept_doing(
    db: Db, work: Callable[[], Awaitable[int]], every_s: float = 3600
) -> AsyncGenerator[None]:
    """Do a chore, which the bell `dust` wakes, beside the block."""
    chore = Chore(name="sweep", work=work, bells=("dust",), every_s=every_s)
    doing = asyncio.create_task(keep_doing(db, chore))
    try:
        yield
    finally:
        doing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await doing


@pytest.mark.parametrize(
    ("trouble", "event", "level"),
    [
        (NotReady("The database is away."), "chore_put_off", "warning"),
        (ZeroDivisionError(), "chore_failed", "error"),
    ],
)
async def test_what_fails_is_logged_and_tried_again(
    trouble: Exception, event: str, level: str, db: Db
) -> None:
    tries = 0
    enough = asyncio.Event()

    async def work() -> int:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise trouble
        enough.set()
        return 0

    with structlog.testing.capture_logs() as lines:
        async with kept_doing(db, work, every_s=0.001):
            await asyncio.wait_for(enough.wait(), runner.AFTER_FAILURE_S + WAIT_S)
    (line,) = lines
    assert (line["event"], line["log_level"], line["chore"]) == (event, level, "sweep")
    # A traceback is for bugs; an outage has its sentence.
    assert ("exc_info" in line) == (level == "error")
    assert line.get("reason") == (trouble.message if isinstance(trouble, NotReady) else None)


async def test_work_is_done_again_at_once_as_long_as_there_is_some(db: Db) -> None:
    left = 3
    enough = asyncio.Event()

    async def work() -> int:
        nonlocal left
        left -= 1
        if left == 0:
            enough.set()
        return left

    async with kept_doing(db, work):
        await asyncio.wait_for(enough.wait(), WAIT_S)
    assert left == 0


async def test_a_bell_wakes_it_long_before_its_time(db: Db) -> None:
    rounds = 0
    rested = asyncio.Event()
    again = asyncio.Event()

    async def work() -> int:
        nonlocal rounds
        rounds += 1
        (rested if rounds == 1 else again).set()
        return 0

    async with kept_doing(db, work):
        await asyncio.wait_for(rested.wait(), WAIT_S)
        await db.write(lambda tx: tx.ring("dust", "acme"))
        await asyncio.wait_for(again.wait(), WAIT_S)


async def test_chores_that_never_come_to_rest_are_told() -> None:
    async def work() -> int:
        return 1

    with pytest.raises(RuntimeError, match="never came to rest"):
        await settle([Chore(name="sweep", work=work)], most=3)
