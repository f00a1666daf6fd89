"""`roundsman demo`: the demo company's people, as clients of a running server."""

import asyncio
import contextlib
import os

from roundsman.commands import logs
from roundsman.commands.accounts import opened
from roundsman.commands.said import Said, Tell, lines
from roundsman.commands.speed import Speed
from roundsman.demo import running
from roundsman.demo.memory import Memory
from roundsman.demo.working import Pace
from roundsman.settings import Settings
from roundsman.storage.database import Db

ORPHAN_POLL_S = 1.0


def drive(settings: Settings, tell: Tell, speed: Speed, *, url: str, parent: int) -> Said:
    """Drive the demo company's workers until stopped; found the company where there is none.

    With a `parent` process this one ends as soon as that is gone. NotReady when no server answers.
    """
    logs.set_up(settings)
    url = (url or settings.public_url).rstrip("/")
    with opened(settings) as db:
        asyncio.run(_drive(db, settings, tell, speed, url, parent))
    return Said(text="", data={})


async def _drive(
    db: Db, settings: Settings, tell: Tell, speed: Speed, url: str, parent: int
) -> None:
    def introduce(memory: Memory) -> None:
        if not parent:
            words = f"\n{lines(('Server', url))}\n\n{introduction(memory)}\n"
            tell(Said(text=words, data=as_data(url, memory)))

    pace = Pace(speed.factor, speed.hours)
    working = asyncio.create_task(running.run(db, settings.data, url, pace, introduce))
    if parent:
        watching = asyncio.create_task(_until_orphaned(parent))
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        watching.cancel()
        if not working.done():
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
            return
    await working


async def _until_orphaned(parent: int) -> None:
    """Return when the server that started this process has ended, even if it was killed."""
    while os.getppid() == parent:  # noqa: ASYNC110 - nobody signals the end of a killed process
        await asyncio.sleep(ORPHAN_POLL_S)


def introduction(memory: Memory) -> str:
    """Return what a person needs to look at the demo."""
    return lines(
        ("Demo", memory.company_name),
        ("Login", memory.username),
        ("Password", memory.password),
        ("API key", memory.key),
    )


def as_data(url: str, memory: Memory) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "url": url,
        "company": {"id": memory.company, "name": memory.company_name},
        "username": memory.username,
        "password": memory.password,
        "api_key": memory.key,
    }
