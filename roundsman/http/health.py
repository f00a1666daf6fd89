"""Whether the process lives, whether it can work, and how much it did."""

import ipaddress

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from roundsman.core.errors import Refusal
from roundsman.storage.database import Db, Tx
from roundsman.storage.dialects import PROBE


def health_routes(db: Db, *, metrics: bool) -> list[BaseRoute]:
    """Return the endpoints for supervisors: /health/live, /health/ready and /metrics."""

    async def live(_: Request) -> Response:
        """Answer as long as the process runs."""
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        """Answer 200 when the database answers, else 503 with the reason."""
        try:
            await db.read(_probe)
        except Refusal as refusal:
            return JSONResponse({"ready": False, "message": refusal.message}, status_code=503)
        return JSONResponse({"ready": True})

    async def numbers(request: Request) -> Response:
        """Answer this process's counters to a caller on this machine."""
        host = request.client.host if request.client else ""
        if not metrics or not _is_here(host):
            return JSONResponse({"message": "Metrics are for this machine only."}, status_code=403)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", numbers)]


def _probe(tx: Tx) -> None:
    tx.row(PROBE)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
