"""The page Map: what is imported, extracts that wait, the import at work.

Maps belong to the installation, not to a company: everybody's plans and pictures are made of them.
So administrators of a company change them only where the operator lets them (`Site.map_imports`).
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import anyio.to_thread
import structlog
from starlette.requests import Request
from starlette.responses import Response

from roundsman.accounts import queries as accounts
from roundsman.accounts.rights import Right
from roundsman.core.clock import to_ms
from roundsman.core.errors import BadValue, NotAllowed
from roundsman.core.site import Site
from roundsman.http.limits import read_body
from roundsman.streets.basemaps import BaseMaps
from roundsman.streets.condition import houses_of, problem_of
from roundsman.streets.extracts import PIECE_BYTES, Extracts
from roundsman.streets.imports import Imports
from roundsman.streets.journal import Work
from roundsman.streets.model import ATTRIBUTION, MODES, Mode, Region
from roundsman.streets.store import Store, check_name, name_of
from roundsman.web.session import Endpoint, Sessions, Visit, answer, form
from roundsman.web.shapes.maps import (
    MapFile,
    MapRegion,
    MapsPage,
    MapWork,
    Received,
    StartImport,
)

_log = structlog.get_logger()


def why_not(rule: str, companies: int) -> str:
    """Return why an administrator may not change the map, or an empty text.

    `rule` is that of the setting MAP_IMPORTS: alone, any or nobody.
    """
    if rule == "nobody":
        return "Maps of this server are imported by its operator, with roundsman map import."
    if rule == "alone" and companies > 1:
        return (
            "Several companies share this server and its map. Its operator imports maps, "
            "or allows it here with ROUNDSMAN_MAP_IMPORTS=any."
        )
    return ""


class Maps:
    """The endpoints of the page."""

    def __init__(self, data: Path, maps: BaseMaps, sessions: Sessions, site: Site) -> None:
        self._store = Store(data)
        self._imports = Imports(self._store)
        self._extracts = Extracts(data)
        self._maps = maps
        self._sessions = sessions
        self._site = site

    def table(self) -> list[tuple[str, str, Endpoint]]:
        """Return method, path and endpoint of each."""
        return [
            ("GET", "/web/maps", self.page),
            ("POST", "/web/maps/import", self.start),
            ("POST", "/web/maps/cancel", self.cancel),
            ("DELETE", "/web/maps/regions/{name}", self.remove),
            ("PUT", "/web/maps/files/{name}", self.upload),
            ("DELETE", "/web/maps/files/{name}", self.discard),
        ]

    async def page(self, request: Request) -> Response:
        """Answer all that the page shows."""
        refused = await self._sessions.read(request, self._why_not)
        return answer(await anyio.to_thread.run_sync(self._page, refused))

    async def start(self, request: Request) -> Response:
        """Begin an import; what it does meanwhile is told by the page."""
        asked = await form(request, StartImport)
        await self._permit(request, "map_import_started")
        modes: list[Mode] = [mode for mode in MODES if mode in asked.modes]
        if not modes or len(modes) != len(set(asked.modes)):
            problem = f"Choose at least one travel mode of {', '.join(MODES)}."
            raise BadValue(problem, field="modes")
        file = self._extracts.path(asked.file)
        name = check_name(asked.name) if asked.name else name_of(file)
        await self._run(lambda: self._imports.start(file, name, modes))
        return answer({}, 202)

    async def cancel(self, request: Request) -> Response:
        """Ask the import at work to end."""
        await self._permit(request, "map_import_cancelled")
        await self._run(self._imports.cancel)
        return answer({}, 202)

    async def remove(self, request: Request) -> Response:
        """Take a region out of use."""
        await self._permit(request, "map_removed")
        name = str(request.path_params["name"])

        def removed() -> None:
            check_name(name)
            with self._store.locked():
                self._store.remove(name)

        await self._run(removed)
        return answer({})

    async def upload(self, request: Request) -> Response:
        """Take a piece of a file: `offset` says where it begins, `size` how long the file is."""
        await self._permit(request, "")
        offset, size = _number(request, "offset"), _number(request, "size")
        declared = request.headers.get("content-length", "")
        piece = await read_body(
            request.receive, int(declared) if declared.isdecimal() else None, PIECE_BYTES
        )
        name, limit = str(request.path_params["name"]), self._site.map_upload_limit
        there = await anyio.to_thread.run_sync(
            lambda: self._extracts.add(name, piece, offset=offset, size=size, limit=limit)
        )
        return answer(Received(bytes=there))

    async def discard(self, request: Request) -> Response:
        """Remove a file that waits."""
        await self._permit(request, "map_file_removed")
        name = str(request.path_params["name"])
        await self._run(lambda: self._extracts.remove(name))
        return answer({})

    def _why_not(self, visit: Visit) -> str:
        """Return why the viewer may only look; NotAllowed when not even that."""
        visit.actor.require(Right.MANAGE_COMPANY)
        return why_not(self._site.map_imports, len(accounts.company_ids(visit.tx)))

    async def _permit(self, request: Request, event: str) -> None:
        """Let only those pass who may change the map, and log what they do."""

        def permitted(visit: Visit) -> None:
            refused = self._why_not(visit)
            if refused:
                raise NotAllowed(refused)
            if event:
                _log.info(event, company=visit.actor.company, member=visit.actor.member.id)

        await self._sessions.write(request, permitted)

    async def _run(self, change: Callable[[], None]) -> None:
        await anyio.to_thread.run_sync(change)

    def _page(self, refused: str) -> MapsPage:
        regions = self._store.regions()
        latest = self._imports.latest()
        return MapsPage(
            why_not=refused,
            regions=[self._region(region) for region in regions],
            unfinished=self._store.unfinished(),
            work=_work(*latest) if latest else None,
            files=[] if refused else self._files(),
            folder="" if refused else str(self._extracts.folder.resolve()),
            free=self._extracts.free_bytes(),
            upload_limit=self._site.map_upload_limit,
            piece=PIECE_BYTES,
            modes=list(MODES),
            attribution=ATTRIBUTION if regions else "",
        )

    def _files(self) -> list[MapFile]:
        return [
            MapFile(
                name=one.name, bytes=one.bytes, size=one.size, changed=int(one.changed_at * 1000)
            )
            for one in self._extracts.waiting()
        ]

    def _region(self, region: Region) -> MapRegion:
        return MapRegion(
            name=region.name,
            file=region.file,
            data_at=region.extract.data_at[:10],
            imported_at=to_ms(datetime.fromisoformat(region.imported_at)),
            bytes=self._store.bytes_of(region),
            streets=region.extract.streets,
            houses=houses_of(self._store, region) or 0,
            modes=list(region.modes),
            base_map=bool(region.tiles),
            problem=problem_of(self._store, self._maps, region),
        )


def _work(work: Work, said: datetime) -> MapWork:
    return MapWork(
        name=work.name,
        file=work.file,
        modes=list(work.modes),
        state=work.state,
        done=work.done,
        steps=work.steps,
        what=work.what,
        percent=work.percent,
        started=to_ms(datetime.fromisoformat(work.started_at)),
        said=to_ms(said),
        message=work.message,
    )


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not (text.isascii() and text.isdecimal()) or len(text) > 15:  # noqa: PLR2004 - digits
        raise BadValue(f"{name} must be a number of bytes.", field=name)
    return int(text)
