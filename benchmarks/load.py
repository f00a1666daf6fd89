"""A load generator for loopback: keep-alive connections that send one request after the other.

It speaks just enough HTTP/1.1 to cost little: the server is to be measured, not the client. It ends
by itself after `seconds`, and refuses any address but this machine's.
"""

import asyncio
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """What a run gave: requests a second, and latencies in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    requests: int
    failures: int


def request_bytes(method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def run(
    port: int,
    make: Callable[[int], bytes],
    *,
    connections: int,
    seconds: float,
    rate: float = 0,
    is_good: Callable[[int, bytes], bool],
    host: str = "127.0.0.1",
) -> Figures:
    """Send requests for some seconds: as many as possible, or `rate` a second."""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError("The load goes to this machine only.")
    latencies: list[float] = []
    failures = 0
    sent = 0
    begin = time.perf_counter()
    end = begin + seconds

    async def connection() -> None:
        nonlocal failures, sent
        reader, writer = await asyncio.open_connection(host, port)
        while True:
            number, sent = sent, sent + 1
            due = begin + number / rate if rate else 0.0
            now = time.perf_counter()
            if now >= end or due >= end:
                break
            if due > now:
                await asyncio.sleep(due - now)
            # With a rate, time spent waiting for a free connection counts: coordinated omission
            # would hide exactly the slow moments.
            started = due or time.perf_counter()
            writer.write(make(number))
            status, body = await _answer(reader)
            latencies.append(time.perf_counter() - started)
            if not is_good(status, body):
                failures += 1
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    took = time.perf_counter() - begin
    latencies.sort()
    return Figures(
        per_second=len(latencies) / took,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))] * 1000,
        requests=len(latencies),
        failures=failures,
    )


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return status, await reader.readexactly(length) if length else b""
