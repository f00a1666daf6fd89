"""One line per request, an id on each answer, counts for the metrics; no secrets, no positions."""

import secrets
import time
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger()

REQUESTS = Counter("roundsman_requests_total", "Requests answered.", ["surface", "status"])
SECONDS = Histogram(
    "roundsman_request_seconds",
    "Time from the request's arrival to the end of its answer.",
    ["surface"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)

REQUEST_ID = b"x-request-id"
_SURFACES = frozenset({"api", "web", "ingest", "v1", "health", "metrics", "assets", "map"})


def request_id(scope: Scope) -> str:
    """Return the id this request is logged under."""
    return str(scope["roundsman.request_id"])


def note(scope: Scope, **fields: object) -> None:
    """Add fields to the request's log line."""
    scope["roundsman.log"].update(fields)


class RequestLog:
    """Gives each request an id and writes one line when it is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request and log it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope["roundsman.request_id"] = secrets.token_hex(8)
        fields: dict[str, Any] = {}
        scope["roundsman.log"] = fields
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", []),
                    (REQUEST_ID, request_id(scope).encode()),
                ]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            took = time.perf_counter() - started
            surface = _surface(scope["path"])
            REQUESTS.labels(surface, str(status)).inc()
            SECONDS.labels(surface).observe(took)
            _log.info(
                "request_served",
                request_id=request_id(scope),
                method=scope["method"],
                surface=surface,
                status=status,
                ms=round(took * 1000, 2),
                **fields,
            )


def _surface(path: str) -> str:
    """Return the first part of the path: what follows may hold a token."""
    first = path.split("/", 2)[1] if "/" in path else ""
    return first if first in _SURFACES else "page"
