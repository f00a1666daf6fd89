"""A real HTTP receiver for webhooks: it keeps every request and answers what a test chose."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, override

import msgspec

STOP_POLL_S: Final = 0.02


@dataclass(frozen=True)
class Received:
    """One request; header names are in lower case, `at` is `time.monotonic()` in seconds."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    def json(self) -> Any:  # whatever the sender wrote
        """Return the body decoded from JSON."""
        return msgspec.json.decode(self.body)


@dataclass(frozen=True)
class Answer:
    """What a sender gets: after `delay_s`, this status, these headers, this body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0


@dataclass
class Inbox:
    """The requests so far, the standing answer, and answers that are used up first, in order."""

    url: str = ""
    requests: list[Received] = field(default_factory=list[Received])
    answer: Answer = field(default_factory=Answer)
    answers_first: deque[Answer] = field(default_factory=deque[Answer])
    _arrival: threading.Condition = field(default_factory=threading.Condition)
    _closing: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, count: int, timeout_s: float = 10) -> list[Received]:
        """Return the requests as soon as there are `count`; TimeoutError says how many came."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise TimeoutError(
                    f"{len(self.requests)} of {count} requests came within {timeout_s} s."
                )
            return list(self.requests)

    def receive(self, request: Received) -> Answer:
        """Keep the request; return the answer it gets once its delay, if any, is over."""
        with self._arrival:
            self.requests.append(request)
            answer = self.answers_first.popleft() if self.answers_first else self.answer
            self._arrival.notify_all()
        self._closing.wait(answer.delay_s)
        return answer

    def close(self) -> None:
        """Let the answers that are still delayed go at once."""
        self._closing.set()


class _Conversation(BaseHTTPRequestHandler):
    """One connection to the receiver; kept open between requests as real servers do."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    inbox: Inbox

    @override
    def handle(self) -> None:
        """Converse until one side hangs up, be it in the middle of a word."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def __getattr__(self, name: str) -> Any:  # http.server asks for do_GET, do_POST ...
        if name.startswith("do_"):
            return self._converse
        raise AttributeError(name)

    def _converse(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:  # the sender died in the middle of it: that is no request
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.inbox.receive(
            Received(self.command, self.path, headers, body, time.monotonic())
        )
        with contextlib.suppress(ConnectionError):  # the sender did not wait for a delayed answer
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the inbox is the log."""


@contextlib.contextmanager
def hook_receiver() -> Generator[Inbox]:
    """Listen for HTTP on a free port of 127.0.0.1, in threads, until the block ends."""
    inbox = Inbox()
    conversation = type("Conversation", (_Conversation,), {"inbox": inbox})
    server = ThreadingHTTPServer(("127.0.0.1", 0), conversation)
    inbox.url = f"http://127.0.0.1:{server.server_port}"
    server.daemon_threads = True  # a sender may keep its connection open for ever
    thread = threading.Thread(
        target=server.serve_forever, args=(STOP_POLL_S,), name="hook-receiver", daemon=True
    )
    thread.start()
    try:
        yield inbox
    finally:
        inbox.close()
        server.shutdown()
        server.server_close()
        thread.join()
