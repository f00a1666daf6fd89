"""The pages of the browser app: one document for every page, and its hashed assets."""

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
PAGES = (
    "/",
    "/dispatch",
    "/addresses",
    "/team",
    "/integrations",
    "/maps",
    "/reference",
    "/invite/{token}",
)
FOLDERS = ("assets", "map")
FILES = ("mark.svg", "favicon.ico", "robots.txt")

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "worker-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
FOR_EVER = "public, max-age=31536000, immutable"
_SENT_BY_TRACKERS = frozenset({"lat", "lon", "latitude", "longitude", "location"})
_HASHED = re.compile(r"-[\w-]{8}\.\w+$")


class Assets(StaticFiles):
    """Files of the build; those whose names carry a hash of their content may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with how long it may be kept."""
        response = await super().get_response(path, scope)
        if response.status_code == 200:  # noqa: PLR2004 - found
            response.headers["cache-control"] = FOR_EVER if _HASHED.search(path) else "no-cache"
            response.headers["x-content-type-options"] = "nosniff"
        return response


async def page(request: Request) -> Response:
    """Return the document of the browser app.

    A tracking app that was given only our host sends its positions here and deletes what is
    answered with 200, so it hears that it is wrong.
    """
    if not _SENT_BY_TRACKERS.isdisjoint(request.query_params):
        return PlainTextResponse("Copy the whole address of the device into the app.", 404)
    return _document(200)


async def missing(request: Request, _: Exception) -> Response:
    """Answer that nothing has this address: people get the page that leads back."""
    is_person = "text/html" in request.headers.get("accept", "")
    if is_person and request.method in {"GET", "HEAD"}:
        return _document(404)
    return PlainTextResponse("Not Found", 404)


def _document(status: int) -> Response:
    document = STATIC / "index.html"
    if not document.is_file():
        return HTMLResponse(_NOT_BUILT, 503, dict(SECURITY_HEADERS))
    return FileResponse(
        document,
        status,
        headers={**SECURITY_HEADERS, "cache-control": "no-cache"},
        media_type="text/html",
    )


_NOT_BUILT = """<!doctype html><meta charset="utf-8"><title>Roundsman</title>
<p>The web pages are not built yet. Run <code>make setup</code> in the project, then reload.</p>"""


def page_routes(streets: Callable[[], bytes] | None = None) -> list[BaseRoute]:
    """Return the routes of all pages and their files.

    `streets` gives the street lines of the map's ground as gzipped GeoJSON, where there are any.
    """

    async def street_lines(_: Request) -> Response:
        """Return the streets under the map."""
        if streets is None:
            return JSONResponse({"message": "No streets were imported."}, 404)
        headers = {"content-encoding": "gzip", "cache-control": "public, max-age=3600"}
        return Response(
            await anyio.to_thread.run_sync(streets), 200, headers, "application/geo+json"
        )

    return [
        *(Route(path, page) for path in PAGES),
        Route("/map/streets.json", street_lines),
        *(
            Mount(f"/{folder}", GZipMiddleware(Assets(directory=STATIC / folder, check_dir=False)))
            for folder in FOLDERS
        ),
        *(Route(f"/{name}", _single(name)) for name in FILES),
    ]


def _single(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def single(_: Request) -> Response:
        if not (STATIC / name).is_file():
            raise HTTPException(404)
        return FileResponse(STATIC / name, headers={"cache-control": "public, max-age=86400"})

    return single
