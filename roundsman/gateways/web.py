"""Calling others over HTTP: every address checked, nothing followed, everything limited."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any, cast, override

import certifi
import httpcore
import httpx
from msgspec import Struct

from roundsman.gateways.addresses import Address, Outbound, may_call

ANSWER_LIMIT = 64 * 1024
# A body that nobody reads is waited for this long, so that its connection can be used again.
BODY_S = 2.0
# An idle connection is kept this long for the next call to the same receiver.
KEEP_S = 15.0
KEEP_MOST = 100
RESOLVERS = 16
# Addresses of one name that are tried before the call fails.
TRIES = 3

type SocketOptions = Iterable[Any]


class Limits(Struct, frozen=True, kw_only=True):
    """How long a call may take, in seconds, to connect and altogether."""

    connect_s: float = 5.0
    total_s: float = 15.0


LIMITS = Limits()


class Reply(Struct, frozen=True, kw_only=True):
    """What came of a call: the HTTP status, or 0 and why nothing was answered.

    `error` is one of dns, forbidden_address, connect, connect_timeout, tls, timeout, broken.
    """

    status: int = 0
    error: str = ""
    retry_after: str = ""
    ms: int = 0


class Client:
    """A way out. Connections are kept for the next call; `close` ends them.

    httpx cannot be told how to connect, so this speaks through httpcore, the engine below it,
    whose network backend is ours: it resolves, checks and connects to the address it checked.
    """

    def __init__(self, rules: Outbound, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._rules = rules
        self._resolver = ThreadPoolExecutor(RESOLVERS, "resolver")
        self._made: httpcore.AsyncConnectionPool | None = None

    async def post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a body and return what came of it; never raises for what others do."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._limits.total_s):
                status, retry_after = await self._exchange(url, headers, body)
        except TimeoutError:
            return Reply(error="timeout", ms=_ms_since(started))
        except Exception as error:  # noqa: BLE001 - whatever breaks on the way is the call's result
            return Reply(error=_reason(error), ms=_ms_since(started))
        return Reply(status=status, retry_after=retry_after, ms=_ms_since(started))

    async def close(self) -> None:
        """Close every connection."""
        if self._made is not None:
            await self._made.aclose()
        self._resolver.shutdown(wait=False, cancel_futures=True)

    @property
    def _pool(self) -> httpcore.AsyncConnectionPool:
        """Return the connections; made at the first call, since reading authorities takes time."""
        if self._made is None:
            self._made = httpcore.AsyncConnectionPool(
                ssl_context=_trust(),
                max_connections=None,
                max_keepalive_connections=KEEP_MOST,
                keepalive_expiry=KEEP_S,
                network_backend=_Guarded(self._rules, self._resolver),
            )
        return self._made

    async def _exchange(
        self, url: httpx.URL, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str]:
        loop = asyncio.get_running_loop()
        # A little before the caller's own limit, so that a status that came is not lost.
        give_up_at = loop.time() + self._limits.total_s - 0.05
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        async with self._pool.stream(
            "POST",
            target,
            headers=[
                (b"Host", url.netloc),
                *((name.encode("ascii"), value.encode()) for name, value in headers.items()),
            ],
            content=body,
            extensions={"timeout": {"connect": self._limits.connect_s}},
        ) as response:
            with contextlib.suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError):
                async with asyncio.timeout_at(min(give_up_at, loop.time() + BODY_S)):
                    await _pass_over(response)
            later = next(
                (value for name, value in response.headers if name.lower() == b"retry-after"), b""
            )
            return response.status, later.decode("latin-1")


async def _pass_over(response: httpcore.Response) -> None:
    """Read the answer's body up to the limit and forget it."""
    size = 0
    async for part in response.aiter_stream():
        size += len(part)
        if size > ANSWER_LIMIT:
            return


class ForbiddenAddress(Exception):
    """A name leads only to addresses the house must not call."""


class UnknownName(Exception):
    """A name that nobody resolves."""


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only; the name is never resolved a second time."""

    def __init__(self, rules: Outbound, resolver: ThreadPoolExecutor) -> None:
        self._rules = rules
        self._resolver = resolver
        # httpcore types this as one of two classes, the other for machines without anyio.
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, connect; all of it within the time to connect."""
        try:
            async with asyncio.timeout(timeout):
                share_s = timeout / TRIES if timeout else None
                return await self._connect(host, port, share_s)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error

    async def _connect(
        self, host: str, port: int, share_s: float | None
    ) -> httpcore.AsyncNetworkStream:
        addresses = [one for one in await self._resolve(host, port) if may_call(one, self._rules)]
        if not addresses:
            raise ForbiddenAddress(host)
        *before, last = addresses[:TRIES]
        for address in before:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout=share_s)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(str(last), port)

    async def _resolve(self, host: str, port: int) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._resolver, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except (OSError, UnicodeError) as error:
            raise UnknownName(host) from error
        # A scope such as fe80::1%eth0 is dropped: a scoped address is never public.
        return list(
            dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found)
        )

    @override
    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: SocketOptions | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no URL leads to a socket file."""
        raise ForbiddenAddress(path)

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _trust() -> ssl.SSLContext:
    """Return what certificates are checked against: the machine's authorities and Mozilla's.

    The machine's come first, so that an operator can add an authority of their own; Mozilla's are
    there because a bare machine has none.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _reason(error: BaseException) -> str:
    """Return one word for why a call failed."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return "tls"
        seen = seen.__cause__ or seen.__context__
    for kind, word in (
        (UnknownName, "dns"),
        (ForbiddenAddress, "forbidden_address"),
        (httpcore.ConnectTimeout, "connect_timeout"),
        (httpcore.TimeoutException, "timeout"),
        (httpcore.ConnectError, "connect"),
    ):
        if isinstance(error, kind):
            return word
    return "broken"


def _ms_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
