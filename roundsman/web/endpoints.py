"""Every endpoint of the browser app, on one page."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from roundsman.accounts.actions import secrets
from roundsman.core.errors import UnknownThing
from roundsman.core.ids import JobId, MemberId
from roundsman.core.site import Site
from roundsman.dispatch.pool import Pool
from roundsman.gateways.addresses import Outbound
from roundsman.gateways.geocoder import Geocoder
from roundsman.http.limits import Rate, Throttle
from roundsman.storage.database import Db
from roundsman.streets.basemaps import BaseMaps
from roundsman.web import addresses, deliveries, integrations, plans, team
from roundsman.web.basemap import Tiles
from roundsman.web.board import board
from roundsman.web.desk import Desk
from roundsman.web.details import course, job_detail
from roundsman.web.dispatch import Lines
from roundsman.web.live import Live
from roundsman.web.maps import Maps
from roundsman.web.pages import page_routes
from roundsman.web.session import Endpoint, Sessions, Visit, answer, day_asked, form, guarded
from roundsman.web.shapes.addresses import PutPin
from roundsman.web.shapes.integrations import MakeKey, Replay, SetHook, Switch
from roundsman.web.shapes.session import Invitation
from roundsman.web.shapes.team import EditMember, InviteMember, NameTeam

# Wrong passwords: ten at once and one every twelve seconds for a name, more for an address that
# many people may share.
BY_NAME = Rate(1 / 12, 10)
BY_ADDRESS = Rate(1, 60)
TEAM_DIGITS = 9


class Around(Struct, frozen=True, kw_only=True):
    """What the pages work with beside the database. `at_work` is told of each session's request."""

    site: Site
    outbound: Outbound
    data: Path
    geocoder: Geocoder
    maps: BaseMaps
    pool: Pool
    line: Lines
    streets: Callable[[], bytes] | None
    at_work: Callable[[], None]


class Web:
    """The browser surface over one database."""

    def __init__(self, db: Db, around: Around) -> None:
        self._db = db
        self._around = around
        self._sessions = Sessions(
            db,
            secure=around.site.public_url.startswith("https://"),
            by_name=Throttle(BY_NAME),
            by_address=Throttle(BY_ADDRESS),
            at_work=around.at_work,
        )
        self._tiles = Tiles(around.maps, self._sessions)
        self._maps = Maps(around.data, around.maps, self._sessions, around.site)
        self.live = Live(db, self._is_ours)
        self._desk = Desk(self._sessions, around.pool, around.line)

    def routes(self) -> list[BaseRoute]:
        """Return every route: method, path, endpoint."""
        sessions = self._sessions
        table = [
            ("POST", "/web/login", sessions.log_in),
            ("POST", "/web/logout", sessions.log_out),
            ("GET", "/web/session", sessions.current),
            ("GET", "/web/invitations/{token}", self.invitation),
            ("POST", "/web/invitations/{token}", sessions.accept),
            *self._map(),
            *self._addresses(),
            *self._tiles.table(),
            *self._maps.table(),
            *self._dispatch(),
            *self._integrations(),
            *self._team(),
        ]
        return [
            *(Route(path, guarded(endpoint), methods=[method]) for method, path, endpoint in table),
            WebSocketRoute("/web/live", self.live.serve),
            *page_routes(self._around.streets),
        ]

    def _map(self) -> list[tuple[str, str, Endpoint]]:
        """Return the endpoints of the live map."""
        reads = self._reads
        return [
            ("GET", "/web/board", reads(lambda v, r: board(v.tx, v.actor, day_asked(r, v)))),
            ("GET", "/web/jobs/{job}", reads(lambda v, r: job_detail(v, JobId(_of(r, "job"))))),
            (
                "GET",
                "/web/members/{member}/course",
                reads(lambda v, r: course(v, MemberId(_of(r, "member")), day_asked(r, v))),
            ),
        ]

    def _addresses(self) -> list[tuple[str, str, Endpoint]]:
        """Return the endpoints of the search box and of the list of pins to put right."""
        reads, does, takes = self._reads, self._does, self._takes
        return [
            ("GET", "/web/search", self.search),
            ("GET", "/web/unlocated", reads(lambda v, _: addresses.unlocated(v))),
            ("POST", "/web/unlocated/again", does(lambda v, _: addresses.seek_again(v))),
            (
                "PUT",
                "/web/pins/{kind}/{of}",
                takes(
                    PutPin,
                    lambda v, r, asked: addresses.put(v, _of(r, "kind"), _of(r, "of"), asked),
                ),
            ),
            (
                "DELETE",
                "/web/pins/{kind}/{of}",
                does(lambda v, r: addresses.take_back(v, _of(r, "kind"), _of(r, "of"))),
            ),
        ]

    def _dispatch(self) -> list[tuple[str, str, Endpoint]]:
        """Return the endpoints of the dispatch page."""
        desk = self._desk
        return [
            ("GET", "/web/dispatch/day", desk.day),
            ("GET", "/web/dispatch/lines", desk.lines),
            ("GET", "/web/dispatch/quote", desk.quote),
            ("POST", "/web/dispatch/move", desk.move),
            ("POST", "/web/dispatch/undo", desk.undo),
            ("POST", "/web/dispatch/plans", desk.make_plan),
            ("GET", "/web/dispatch/plans", desk.latest_plan),
            ("GET", "/web/dispatch/plans/{plan}", desk.look_at_plan),
            ("POST", "/web/dispatch/plans/{plan}/apply", desk.about(plans.apply)),
            ("POST", "/web/dispatch/plans/{plan}/cancel", desk.about(plans.cancel)),
            ("POST", "/web/dispatch/plans/{plan}/undo", desk.about(plans.undo)),
            ("PUT", "/web/dispatch/pins/{job}", desk.pin),
        ]

    def _integrations(self) -> list[tuple[str, str, Endpoint]]:
        """Return the endpoints of the page API and integrations."""
        reads, does, takes = self._reads, self._does, self._takes
        url, outbound = self._around.site.public_url, self._around.outbound
        return [
            ("GET", "/web/integrations", reads(lambda v, _: integrations.integrations(v, url))),
            (
                "PUT",
                "/web/integrations/enabled",
                takes(Switch, lambda v, _, asked: integrations.switch(v, on=asked.on)),
            ),
            (
                "POST",
                "/web/keys",
                takes(
                    MakeKey,
                    lambda v, _, asked: integrations.make_key(v, asked.member, asked.label),
                    201,
                ),
            ),
            (
                "DELETE",
                "/web/keys/{key}",
                does(lambda v, r: secrets.revoke_key(v.tx, v.actor, _of(r, "key"))),
            ),
            (
                "PUT",
                "/web/hooks/{event}",
                takes(
                    SetHook,
                    lambda v, r, asked: integrations.set_hook(v, _of(r, "event"), asked, outbound),
                ),
            ),
            (
                "POST",
                "/web/hooks/{event}/secret",
                does(lambda v, r: integrations.rotate_hook(v, _of(r, "event"))),
            ),
            (
                "POST",
                "/web/hooks/{event}/test",
                does(lambda v, r: integrations.test_hook(v, _of(r, "event"))),
            ),
            (
                "GET",
                "/web/hooks/{event}/deliveries",
                reads(
                    lambda v, r: deliveries.log(
                        v, _of(r, "event"), r.query_params.get("before", "")
                    )
                ),
            ),
            (
                "GET",
                "/web/hooks/{event}/deliveries/{delivery}",
                reads(lambda v, r: deliveries.look(v, _of(r, "event"), _of(r, "delivery"))),
            ),
            (
                "POST",
                "/web/hooks/{event}/replay",
                takes(Replay, lambda v, r, asked: deliveries.replay(v, _of(r, "event"), asked)),
            ),
        ]

    def _team(self) -> list[tuple[str, str, Endpoint]]:
        """Return the endpoints of the team page."""
        reads, does, takes = self._reads, self._does, self._takes
        site = self._around.site
        return [
            ("GET", "/web/team", reads(lambda v, _: team.page(v, site))),
            (
                "POST",
                "/web/team/members",
                takes(InviteMember, lambda v, _, asked: team.invite(v, asked, site), 201),
            ),
            (
                "PUT",
                "/web/team/members/{member}",
                takes(EditMember, lambda v, r, asked: team.edit(v, _of(r, "member"), asked)),
            ),
            (
                "DELETE",
                "/web/team/members/{member}",
                does(lambda v, r: team.deactivate(v, _of(r, "member"))),
            ),
            (
                "POST",
                "/web/team/members/{member}/invitation",
                does(lambda v, r: team.invite_again(v, _of(r, "member"), site), 201),
            ),
            (
                "POST",
                "/web/team/members/{member}/return",
                does(lambda v, r: team.bring_back(v, _of(r, "member"), site), 201),
            ),
            (
                "POST",
                "/web/team/teams",
                takes(NameTeam, lambda v, _, asked: team.add_team(v, asked), 201),
            ),
            (
                "PUT",
                "/web/team/teams/{team}",
                takes(NameTeam, lambda v, r, asked: team.rename_team(v, _team_of(r), asked)),
            ),
            (
                "DELETE",
                "/web/team/teams/{team}",
                does(lambda v, r: team.drop_team(v, _team_of(r))),
            ),
        ]

    def _reads(self, unit: Callable[[Visit, Request], object]) -> Endpoint:
        """Return an endpoint that answers what a reading unit returns."""

        async def endpoint(request: Request) -> Response:
            return answer(await self._sessions.read(request, lambda visit: unit(visit, request)))

        return endpoint

    def _does(self, unit: Callable[[Visit, Request], object], status: int = 200) -> Endpoint:
        """Return an endpoint that runs a changing unit and answers what it returns."""

        async def endpoint(request: Request) -> Response:
            done = await self._sessions.write(request, lambda visit: unit(visit, request))
            return answer({} if done is None else done, status)

        return endpoint

    def _takes[T](
        self, shape: type[T], unit: Callable[[Visit, Request, T], object], status: int = 200
    ) -> Endpoint:
        """Return an endpoint that hands its body to a changing unit and answers what it returns."""

        async def endpoint(request: Request) -> Response:
            asked = await form(request, shape)
            return await self._does(lambda visit, sent: unit(visit, sent, asked), status)(request)

        return endpoint

    def _is_ours(self, origin: str, host: str) -> bool:
        """Tell whether a websocket was opened by a page of ours."""
        if not origin:
            return True  # not a browser: the cookie decides
        return urlsplit(origin).netloc == host or origin == self._around.site.public_url

    async def search(self, request: Request) -> Response:
        """Answer what a text that is being typed may mean."""
        return await addresses.search(request, self._sessions, self._around.geocoder)

    async def invitation(self, request: Request) -> Response:
        """Answer whom an invitation is for."""
        token = _of(request, "token")
        member, company = await self._db.read(lambda tx: secrets.find_invited(tx, token))
        return answer(Invitation(name=member.name, username=member.username, company=company.name))


def _of(request: Request, name: str) -> str:
    """Return a part of the path."""
    return str(request.path_params[name])


def _team_of(request: Request) -> int:
    """Return the number of the team a path names."""
    number = _of(request, "team")
    if not (number.isascii() and number.isdecimal()) or len(number) > TEAM_DIGITS:
        raise UnknownThing(f"There is no team {number[:20]}.")
    return int(number)
