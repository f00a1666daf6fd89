"""Limits at the door: how large, how often, how many."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from roundsman.core.errors import Throttled, TooLarge

BODY_LIMIT = 8 * 1024 * 1024
BATCH_LIMIT = 1000
BUCKETS = 100_000


class Asking(Protocol):
    """The part of an ASGI connection a body is read from."""

    async def __call__(self) -> Any:
        """Return the next message."""


async def read_body(receive: Asking, declared: int | None, limit: int = BODY_LIMIT) -> bytes:
    """Return the request's body. TooLarge as soon as it is known to exceed the limit.

    The rest of a body that is too large is not kept: memory stays bounded whatever is sent.
    """
    if declared is not None and declared > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts) if len(parts) > 1 else parts[0]


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit // 1024} KiB. Send less at once.")


class Rate(Struct, frozen=True):
    """A token bucket: so many requests a second on average, so many at once. 0 is no limit."""

    per_second: float
    burst: int


class Throttle:
    """Counts requests per caller in token buckets; the oldest idle callers are forgotten."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one request. Throttled, with the seconds to wait, when the bucket is empty."""
        rate = self._rate
        if rate.per_second <= 0:
            return
        now = self._clock()
        tokens, before = self._buckets.pop(caller, (float(rate.burst), now))
        tokens = min(float(rate.burst), tokens + (now - before) * rate.per_second)
        allowed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
        if not allowed:
            wait_s = (1 - tokens) / rate.per_second
            problem = f"Too many requests. Wait {max(1, round(wait_s))} s and try again."
            raise Throttled(problem, retry_after_s=wait_s)
