"""The base map as the browser asks for it: what there is, and tile by tile."""

import gzip

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from roundsman.basemap.layers import MAX_ZOOM
from roundsman.streets.basemaps import BaseMaps
from roundsman.streets.model import ATTRIBUTION, Box
from roundsman.web.session import Endpoint, Sessions, answer
from roundsman.web.shapes.maps import BaseMap, MapFrame

# A version never changes what it shows. Only browsers keep it: tiles are for who is logged in.
KEPT = "private, max-age=31536000, immutable"
# An address of another version: what is there now, to be asked for again.
PASSING = "private, no-cache"
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


class Tiles:
    """The endpoints of the base map, for everybody who is logged in."""

    def __init__(self, maps: BaseMaps, sessions: Sessions) -> None:
        self._maps = maps
        self._sessions = sessions

    def table(self) -> list[tuple[str, str, Endpoint]]:
        """Return method, path and endpoint of each."""
        return [
            ("GET", "/web/basemap", self.about),
            (
                "GET",
                "/web/tiles/{version}/{zoom:int}/{column:int}/{row:int}",
                self.tile,
            ),
        ]

    async def about(self, request: Request) -> Response:
        """Answer where the tiles are."""
        await self._sessions.read(request, lambda _: None)
        picture = await anyio.to_thread.run_sync(self._maps.picture)
        return answer(
            BaseMap(
                tiles=f"/web/tiles/{picture.version}/{{z}}/{{x}}/{{y}}" if picture.version else "",
                max_zoom=MAX_ZOOM,
                frame=frame_of(picture.box) if picture.box else None,
                attribution=ATTRIBUTION if picture.version else "",
            )
        )

    async def tile(self, request: Request) -> Response:
        """Answer one tile: 204 where nothing is, 304 when the browser has it."""
        await self._sessions.read(request, lambda _: None)
        asked = request.path_params
        picture = await anyio.to_thread.run_sync(self._maps.picture)
        headers = {
            "etag": f'"{picture.version}"',
            "cache-control": KEPT if asked["version"] == picture.version else PASSING,
            "vary": "Cookie, Accept-Encoding",
            "x-content-type-options": "nosniff",
        }
        if picture.version and headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        found = await anyio.to_thread.run_sync(
            self._maps.tile, asked["zoom"], asked["column"], asked["row"]
        )
        if found is None:
            return Response(status_code=204, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
        else:
            found = await anyio.to_thread.run_sync(gzip.decompress, found)
        return Response(found, 200, headers, MEDIA_TYPE)


def frame_of(box: Box) -> MapFrame:
    """Return a box as the browser gets it."""
    return MapFrame(west=box.west, south=box.south, east=box.east, north=box.north)
