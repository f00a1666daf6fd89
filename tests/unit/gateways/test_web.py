"""Calls to real receivers, good and bad."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from roundsman.gateways.addresses import outbound
from roundsman.gateways.web import ANSWER_LIMIT, Client, Limits, Reply
from tests.servers import Answer, Inbox, free_port, hook_receiver

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator

pytestmark = pytest.mark.anyio

LOCAL = outbound(allow_http=True, networks=("127.0.0.0/8", "::1/128"))
NOWHERE = outbound(allow_http=True, networks=())


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with hook_receiver() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = Client(LOCAL, Limits(connect_s=2, total_s=4))
    yield made
    await made.close()


async def post(client: Client, url: str, **headers: str) -> Reply:
    return await client.post(httpx.URL(url), headers, b"account=acme")


@contextlib.asynccontextmanager
async def speaking(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    context: ssl.SSLContext | None = None,
) -> AsyncGenerator[str]:
    """Listen with a server that says exactly what `answer` writes."""
    talks: set[asyncio.Task[Any]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await answer(reader, writer)
        except (ConnectionError, EOFError, asyncio.CancelledError):
            pass  # the caller went away, or the test is over
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    scheme = "https" if context else "http"
    try:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def test_it_sends_the_body_and_the_headers(client: Client, inbox: Inbox) -> None:
    inbox.answer = Answer(status=204)
    reply = await post(client, inbox.url + "/a?b=c", **{"X-Key": "s3crét"})
    assert (reply.status, reply.error) == (204, "")
    (request,) = inbox.requests
    assert (request.method, request.path, request.body) == ("POST", "/a?b=c", b"account=acme")
    assert request.headers["host"] == inbox.url.removeprefix("http://")
    assert request.headers["x-key"].encode("latin-1") == "s3crét".encode()
    assert request.headers["content-length"] == "12"


async def test_it_uses_a_connection_again(client: Client) -> None:
    connections = 0

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"account=acme"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with speaking(twice) as url:
        assert [(await post(client, url)).status for _ in range(3)] == [200] * 3
    assert connections == 1


async def test_a_redirect_is_answered_and_not_followed(client: Client, inbox: Inbox) -> None:
    inbox.answer = Answer(status=302, headers={"Location": inbox.url + "/elsewhere"})
    assert (await post(client, inbox.url)).status == 302
    assert len(inbox.requests) == 1


async def test_it_tells_when_to_come_back(client: Client, inbox: Inbox) -> None:
    inbox.answer = Answer(status=503, headers={"Retry-After": "120"})
    assert (await post(client, inbox.url)).retry_after == "120"


async def test_a_name_that_leads_inside_is_not_called(inbox: Inbox) -> None:
    strict = Client(NOWHERE)
    url = inbox.url.replace("127.0.0.1", "localhost")
    assert (await post(strict, url)).error == "forbidden_address"
    assert (await post(strict, inbox.url)).error == "forbidden_address"
    assert inbox.requests == []
    await strict.close()


async def test_a_name_is_resolved_once_and_the_checked_address_is_called(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def rebinding(host: str, port: int, **more: Any) -> list[Any]:
        """Answer like a name server that says a public address first and then an inner one."""
        if host != "rebind.example":
            return resolve(host, port, **more)
        asked.append(host)
        address = "127.0.0.1" if len(asked) > 1 else "192.0.2.1"
        return resolve(address, port, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    strict = Client(NOWHERE, Limits(connect_s=0.5, total_s=1))
    url = inbox.url.replace("127.0.0.1", "rebind.example")
    assert (await post(strict, url)).error in {"forbidden_address", "connect_timeout", "connect"}
    assert asked == ["rebind.example"]
    assert inbox.requests == []
    await strict.close()


async def test_the_second_address_of_a_name_is_tried_when_the_first_is_dead(
    client: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(inbox.url.rpartition(":")[2])
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
        for address in ("10.0.0.1", "127.0.0.9", "127.0.0.1")
    ]
    resolve = socket.getaddrinfo

    def two(host: str, *rest: Any, **more: Any) -> list[Any]:
        return found if host == "two.example" else resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", two)
    reply = await post(client, f"http://two.example:{port}/")
    assert (reply.status, reply.error) == (200, "")
    assert inbox.requests[0].headers["host"] == f"two.example:{port}"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://no-such-name.invalid/", "dns"),
        ("https://127.0.0.1:{port}/", "tls"),
        ("http://127.0.0.1:{free}/", "connect"),
    ],
)
async def test_it_says_why_nothing_was_answered(
    client: Client, inbox: Inbox, url: str, error: str
) -> None:
    port = inbox.url.rpartition(":")[2]
    reply = await post(client, url.format(port=port, free=free_port()))
    assert (reply.status, reply.error) == (0, error)


async def test_a_certificate_nobody_vouches_for_is_refused(client: Client) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))

    async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with speaking(never, context) as url:
        assert (await post(client, url)).error == "tls"


async def test_who_does_not_answer_in_time_is_given_up() -> None:
    hasty = Client(LOCAL, Limits(connect_s=1, total_s=0.4))

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with speaking(silent) as url:
        reply = await post(hasty, url)
    assert (reply.status, reply.error) == (0, "timeout")
    await hasty.close()


async def test_who_breaks_off_is_told_so(client: Client) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"account=acme")
        writer.write(b"220 mail.example ESMTP\r\n")

    async with speaking(nonsense) as url:
        assert (await post(client, url)).error == "broken"


async def test_an_endless_answer_is_cut_off(client: Client) -> None:
    written = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"account=acme")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            written += 65536

    async with speaking(endless) as url:
        reply = await post(client, url)
    assert (reply.status, reply.error) == (200, "")
    assert written < 100 * ANSWER_LIMIT


async def test_an_answer_whose_body_never_ends_counts_by_its_status() -> None:
    hasty = Client(LOCAL, Limits(connect_s=1, total_s=0.5))

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"account=acme")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")
        await reader.read()

    async with speaking(drip) as url:
        assert (await post(hasty, url)).status == 200
    await hasty.close()


async def test_proxies_of_the_environment_are_not_used(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    fresh = Client(LOCAL)
    assert (await post(fresh, inbox.url)).status == 200
    await fresh.close()
