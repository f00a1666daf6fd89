"""Connections that take too long or too much: senders that never end a head, readers that stop.

uvicorn waits for ever for the head of a request and for somebody to read an answer, and takes a
head of any size. Bodies have their own limits (`http.limits.read_body`).
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast, override

from roundsman.http.upgrades import Http11

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

# From the connection, or the first byte of a later request, to the end of the request's head.
HEAD_S = 30.0
# URL and headers. Longer than any proxy lets through.
HEAD_LIMIT = 64 * 1024
# How long nothing of an answer may be taken before it is given up.
UNREAD_S = 60.0

TOO_SLOW = b"408 Request Timeout"
TOO_LARGE = b"431 Request Header Fields Too Large"


class Connection(Http11):
    """An HTTP/1.1 connection that is closed when its client stalls."""

    head_s = HEAD_S
    unread_s = UNREAD_S

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._in_body = False
        self._heads = 0
        self._head_size = 0

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn types it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was waited for."""
        self._forget_head()
        self._forget_unread()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        """Parse what arrived; close the connection when its head grows without end."""
        heads, is_head = self._heads, not self._in_body
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return  # turned down, or a websocket from here on
        if is_head and heads == self._heads:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT:
                self._turn_down(TOO_LARGE)
        # uvicorn's own timer ends with the first byte, even of what is no head: the rest of a body
        # that was answered before its end, or empty lines.
        is_idle = not self._is_answering() and self.timeout_keep_alive_task is None
        if self._in_head or is_idle:
            self._expect_head()

    @override
    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head = True
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        """End the head; what follows is the body."""
        self._forget_head()
        self._in_head = False
        self._heads += 1
        self._head_size = 0
        self._in_body = True
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        """End the body."""
        self._in_body = False
        super().on_message_complete()

    @override
    def pause_writing(self) -> None:
        """Begin to wait for the client to read on."""
        super().pause_writing()
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self.unread_s, self.transport.abort)

    @override
    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._forget_unread()
        super().resume_writing()

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_s, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._is_answering():
            self._expect_head()  # an earlier request of this connection is still being answered
        elif self._head_size:
            self._turn_down(TOO_SLOW)
        else:
            self.transport.close()  # nothing was asked

    def _is_answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _turn_down(self, why: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" % why
            )
            self.transport.close()

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _forget_unread(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None
