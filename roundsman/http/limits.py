"""Limits at the door: how large, how often, how many."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from msgspec import Struct

from roundsman.core.errors import Throttled, TookTooLong, TooLarge

BODY_LIMIT = 8 * 1024 * 1024
BODY_IDLE_S = 30.0
# A phone at the edge of the network is many times faster.
BODY_LEAST_BYTES_S = 256
BATCH_LIMIT = 1000
BUCKETS = 100_000


class Asking(Protocol):
    """The part of an ASGI connection a body is read from."""

    def __call__(self) -> Awaitable[Any]:
        """Return the next message."""
        ...


async def read_body(
    receive: Asking, declared: int | None, limit: int = BODY_LIMIT, idle_s: float = BODY_IDLE_S
) -> bytes:
    """Return the request's body. TooLarge as soon as it is known to exceed the limit.

    The rest of a body that is too large is not kept: memory stays bounded whatever is sent. A
    sender that stays silent for `idle_s` seconds, or is on average slower than a body of
    BODY_LEAST_BYTES_S bytes a second after as long a pause, is given up with TookTooLong.
    """
    if declared is not None and declared > limit:
        raise _too_large(limit)
    body = bytearray()
    begun = time.monotonic()
    while True:
        left_s = begun + idle_s + len(body) / BODY_LEAST_BYTES_S - time.monotonic()
        try:
            async with asyncio.timeout(min(idle_s, left_s)):
                message = await receive()
        except TimeoutError as error:
            problem = "The rest of the body did not arrive. Send the request again."
            raise TookTooLong(problem) from error
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return bytes(body)


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
