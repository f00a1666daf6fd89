"""Clients that stall: each on a real socket, against a real server that is in a hurry."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute

from roundsman.http.connections import HEAD_LIMIT, Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request
    from starlette.websockets import WebSocket

WAIT_S = 30
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Hurried(Connection):
    head_s = 0.2
    unread_s = 0.2


class Shop:
    """A server that says hello, reads bodies, pours without end, and notes who left."""

    def __init__(self) -> None:
        self.left = threading.Event()
        routes = [
            Route("/", self.hello, methods=["GET", "POST"]),
            Route("/read", self.read, methods=["POST"]),
            Route("/endless", self.endless),
            WebSocketRoute("/echo", self.echo),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            port=0,
            http=Hurried,
            log_config=None,
            lifespan="off",
            timeout_keep_alive=WAIT_S,
        )
        self.listener = config.bind_socket()
        self.listener.listen()
        self.address: tuple[str, int] = self.listener.getsockname()
        self.server = uvicorn.Server(config)

    async def hello(self, _: Request) -> Response:
        return PlainTextResponse("hello")

    async def read(self, request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def endless(self, _: Request) -> Response:
        async def pour() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 65536
                    await anyio.lowlevel.checkpoint()
            finally:
                self.left.set()

        return StreamingResponse(pour())

    async def echo(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()

    def call(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=WAIT_S)


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    thread = threading.Thread(target=made.server.run, args=([made.listener],))
    thread.start()
    yield made
    made.server.should_exit = True
    thread.join()
    made.listener.close()


def all_of(client: socket.socket) -> bytes:
    """Return everything that comes until the server closes; TimeoutError when it never does."""
    said = b""
    while more := client.recv(65536):
        said += more
    return said


def answer_of(client: socket.socket) -> bytes:
    """Return one answer whose body is `hello` or a number's digits."""
    said = b""
    while b"\r\n\r\n" not in said or said.endswith(b"\r\n\r\n"):
        said += client.recv(65536)
    return said


def test_who_never_asks_is_closed_without_a_word(shop: Shop) -> None:
    with shop.call() as client:
        assert all_of(client) == b""


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\nhost: x\r\n", b"\r\n"])
def test_a_head_that_never_ends_is_given_up(begun: bytes, shop: Shop) -> None:
    with shop.call() as client:
        client.sendall(begun)
        assert all_of(client).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_never_ends_is_given_up_after_a_request_that_went_well(shop: Shop) -> None:
    with shop.call() as client:
        client.sendall(GET)
        assert answer_of(client).endswith(b"hello")
        client.sendall(GET[:10])
        assert all_of(client).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips_gains_no_time(shop: Shop) -> None:
    stopped = threading.Event()
    with shop.call() as client:
        client.sendall(GET[:-2])

        def drip() -> None:
            while not stopped.wait(0.02):
                try:
                    client.sendall(b"a: b\r\n")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            said = client.recv(65536)
        finally:
            stopped.set()
            dripping.join()
    assert said.startswith(b"HTTP/1.1 408 ")


def test_a_kept_connection_and_a_slow_body_keep_their_own_time(shop: Shop) -> None:
    waited = threading.Event()
    with shop.call() as client:
        client.sendall(b"POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na")
        waited.wait(Hurried.head_s * 2)
        client.sendall(b"b")
        assert answer_of(client).endswith(b"2")
        waited.wait(Hurried.head_s * 2)
        client.sendall(GET)
        assert answer_of(client).endswith(b"hello")


def test_a_websocket_is_no_head_that_never_ends(shop: Shop) -> None:
    asking = (
        b"GET /echo HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with shop.call() as client:
        client.sendall(asking)
        assert client.recv(65536).startswith(b"HTTP/1.1 101 ")
        threading.Event().wait(Hurried.head_s * 3)
        client.sendall(b"\x81\x82\x00\x00\x00\x00hi")  # a text of two letters, masked with zeros
        assert client.recv(65536).startswith(b"\x81\x02hi")


def test_the_rest_of_a_body_that_was_answered_is_not_awaited_for_ever(shop: Shop) -> None:
    with shop.call() as client:
        client.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\n")
        assert answer_of(client).endswith(b"hello")
        client.sendall(b"still coming")
        assert all_of(client) == b""


def test_requests_sent_together_are_all_answered(shop: Shop) -> None:
    with shop.call() as client:
        client.sendall(GET * 3 + GET[:-2])
        assert all_of(client).count(b"hello") == 3


@pytest.mark.parametrize("begun", [b"GET /", b"GET / HTTP/1.1\r\na: "])
def test_a_head_that_grows_without_end_is_refused(begun: bytes, shop: Shop) -> None:
    with shop.call() as client:
        # Not a byte more, so that the server has read all when it answers and closes.
        client.sendall(begun.ljust(HEAD_LIMIT + 1, b"x"))
        assert all_of(client).startswith(b"HTTP/1.1 431 ")


def test_a_body_may_be_larger_than_any_head(shop: Shop) -> None:
    size = HEAD_LIMIT * 4
    with shop.call() as client:
        client.sendall(b"POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size)
        client.sendall(b"x" * size)
        assert answer_of(client).endswith(str(size).encode())


def test_who_stops_reading_an_answer_is_left(shop: Shop) -> None:
    with shop.call() as client:
        client.sendall(b"GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
        assert shop.left.wait(WAIT_S)
