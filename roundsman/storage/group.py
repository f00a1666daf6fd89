"""Units that are committed together: what waits, and how it is answered."""

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Any

from roundsman.core.errors import NotReady
from roundsman.storage.database import Unit

GROUP_LIMIT = 256


class Work:
    """A unit on its way to a commit, and where its result goes."""

    __slots__ = ("deadline", "error", "future", "loop", "result", "rung", "unit")

    def __init__(
        self, unit: Unit[Any], future: Any, loop: asyncio.AbstractEventLoop | None, timeout_s: float
    ) -> None:
        self.unit = unit
        self.future = future
        self.loop = loop
        self.deadline = monotonic() + timeout_s
        self.result: Any = None
        self.error: BaseException | None = None
        self.rung: set[tuple[str, str]] = set()

    def is_too_late(self) -> bool:
        """Tell whether the unit waited for longer than it may; then it is refused."""
        if monotonic() <= self.deadline:
            return False
        self.error = NotReady("The server is too busy: the request waited too long. Try again.")
        return True


def bells_of(group: Iterable[Work]) -> set[tuple[str, str]]:
    """Return what the units that were committed have rung."""
    rung: set[tuple[str, str]] = set()
    for work in group:
        if work.error is None:
            rung |= work.rung
    return rung


def answer(group: Iterable[Work]) -> None:
    """Resolve the futures, one wake-up of each event loop for the whole group."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Work]] = {}
    for work in group:
        if work.loop is None:
            _resolve([work])
        else:
            by_loop.setdefault(work.loop, []).append(work)
    for loop, works in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, works)


def _resolve(works: list[Work]) -> None:
    for work in works:
        if work.future.done():
            continue
        if work.error is not None:
            work.future.set_exception(work.error)
        else:
            work.future.set_result(work.result)
