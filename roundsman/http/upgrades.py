"""Offers to go on in another protocol: only a page that asks for a websocket gets one."""

from typing import override

import httptools
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFERING = frozenset({b"connection", b"upgrade", b"http2-settings"})


class Http11(HttpToolsProtocol):
    """HTTP/1.1 that passes over what it cannot be upgraded to, as a server may (RFC 9110, 7.8).

    Java's clients offer h2c or TLS with a plain request and send its body right behind. The parser
    takes everything after such an offer for the other protocol and drops it, so a head with an
    offer is parsed a second time without it, followed by what came behind.
    """

    @override
    def data_received(self, data: bytes) -> None:
        """Parse what arrived."""
        self._unset_keepalive_if_required()
        while data:
            data = self._parsed(data)

    def _parsed(self, data: bytes) -> bytes:
        """Parse what arrived up to the first offer; return what is to be parsed then."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            elif self._get_upgrade() is not None:
                behind = data[offer.args[0] :]
                return self._head_without_offer() + behind
        except httptools.HttpParserError:
            problem = "Invalid HTTP request received."
            self.logger.warning(problem)
            self.send_400_response(problem)
        return b""

    @override
    def on_headers_complete(self) -> None:
        """Begin to serve the request, unless its offer is to be taken out first."""
        if not self._is_to_be_parsed_again():
            super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        """End the body of the request, unless it is still to come."""
        if not self._is_to_be_parsed_again():
            super().on_message_complete()

    def _is_to_be_parsed_again(self) -> bool:
        return (
            self.parser.should_upgrade()
            and not self._should_upgrade()
            and self._get_upgrade() is not None
        )

    @override
    def _should_upgrade(self) -> bool:
        """Tell whether this is the beginning of a websocket; it is always a GET (RFC 6455, 4.1)."""
        return self.parser.get_method() == b"GET" and super()._should_upgrade()

    def _head_without_offer(self) -> bytes:
        """Return the head that was parsed as it is to be parsed again, by a parser of its own."""
        version = self.parser.get_http_version().encode()
        head = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        head += [b"%s: %s" % (name, value) for name, value in self.headers if name not in _OFFERING]
        if any(b"close" in value.lower() for name, value in self.headers if name == b"connection"):
            head.append(b"connection: close")
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn does: what comes behind the last request of a connection is no mistake.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join(head) + b"\r\n\r\n"


def http_only(app: ASGIApp) -> ASGIApp:
    """Return the application for HTTP; a websocket that is opened to it is turned down."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        await app(scope, receive, send)

    return serve
