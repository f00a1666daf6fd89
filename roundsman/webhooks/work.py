"""A lane while a process works on it: what may start, and how fast."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from roundsman.webhooks import rules
from roundsman.webhooks.model import Delivery, Hook, Lane, Result
from roundsman.webhooks.rules import Verdict

HANDS = 4
# Without a renewal of the lease for so long no new call is started.
TRUST_LEASE_S = 8.0


class Work(Struct, kw_only=True):
    """A lane this process works on: what waits, what is on its way (id -> subject), how fast."""

    lane: Lane
    renewed_at: float
    woken: asyncio.Event
    fresh: deque[Delivery]
    again: deque[Delivery]
    travelling: dict[str, str]
    hooks: dict[str, Hook]
    hooks_at: float = 0.0
    hands: int = HANDS
    stale: bool = True
    lost: bool = False
    task: asyncio.Task[None] | None = None

    @property
    def is_ours(self) -> bool:
        """Tell whether new calls may be started."""
        return not self.lost and time.monotonic() - self.renewed_at < TRUST_LEASE_S


def startable(work: Work) -> Iterator[Delivery]:
    """Yield the deliveries to start now, and take them out of the queues.

    First attempts keep the order of their events strictly: the first that must wait for another
    of its subject holds up those behind it. Retries may overtake.
    """
    while len(work.travelling) < work.hands:
        busy = work.travelling.values()
        if work.fresh and work.fresh[0].subject not in busy:
            yield work.fresh.popleft()
            continue
        chosen = next((one for one in work.again if one.subject not in busy), None)
        if chosen is None:
            return
        work.again.remove(chosen)
        yield chosen


def adapt(work: Work, result: Result, verdict: Verdict) -> None:
    """Go easy on a receiver that is overloaded: one call at a time until one succeeds."""
    if verdict is Verdict.DELIVERED:
        work.hands = HANDS
    elif rules.is_overloaded(result):
        work.hands = 1
    if result.pause_until is not None or verdict is Verdict.GONE:
        # What was fetched must wait, or goes nowhere: it is read again when it is due.
        work.fresh.clear()
        work.again.clear()
