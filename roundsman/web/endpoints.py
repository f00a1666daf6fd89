"""Every endpoint of the browser app, on one page."""

from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from roundsman.accounts.actions import secrets
from roundsman.core.clock import from_yyyymmdd, local_day
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId, MemberId
from roundsman.gateways.addresses import Outbound
from roundsman.http.limits import Rate, Throttle
from roundsman.storage.database import Db
from roundsman.web import integrations
from roundsman.web.board import board
from roundsman.web.details import course, job_detail
from roundsman.web.live import Live
from roundsman.web.pages import page_routes
from roundsman.web.session import Sessions, Visit, answer, form, guarded
from roundsman.web.shapes import Invitation, MakeKey, SetHook, Switch

# Wrong passwords: ten at once and one every twelve seconds for a name, more for an address that
# many people may share.
BY_NAME = Rate(1 / 12, 10)
BY_ADDRESS = Rate(1, 60)


class Web:
    """The browser surface over one database."""

    def __init__(
        self,
        db: Db,
        *,
        base_url: str,
        outbound: Outbound,
        streets: Callable[[], bytes] | None = None,
    ) -> None:
        self._db = db
        self._base_url = base_url
        self._outbound = outbound
        secure = base_url.startswith("https://")
        self._sessions = Sessions(
            db, secure=secure, by_name=Throttle(BY_NAME), by_address=Throttle(BY_ADDRESS)
        )
        self.live = Live(db, self._is_ours)
        self._streets = streets

    def routes(self) -> list[BaseRoute]:
        """Return every route: method, path, endpoint."""
        sessions = self._sessions
        table = [
            ("POST", "/web/login", sessions.log_in),
            ("POST", "/web/logout", sessions.log_out),
            ("GET", "/web/session", sessions.current),
            ("GET", "/web/board", self.board),
            ("GET", "/web/jobs/{job}", self.job),
            ("GET", "/web/members/{member}/course", self.course),
            ("GET", "/web/integrations", self.integrations),
            ("PUT", "/web/integrations/enabled", self.switch),
            ("POST", "/web/keys", self.make_key),
            ("DELETE", "/web/keys/{key}", self.revoke_key),
            ("PUT", "/web/hooks/{event}", self.set_hook),
            ("POST", "/web/hooks/{event}/secret", self.rotate_hook),
            ("POST", "/web/hooks/{event}/test", self.test_hook),
            ("GET", "/web/invitations/{token}", self.invitation),
            ("POST", "/web/invitations/{token}", sessions.accept),
        ]
        return [
            *(Route(path, guarded(endpoint), methods=[method]) for method, path, endpoint in table),
            WebSocketRoute("/web/live", self.live.serve),
            *page_routes(self._streets),
        ]

    def _is_ours(self, origin: str, host: str) -> bool:
        """Tell whether a websocket was opened by a page of ours."""
        if not origin:
            return True  # not a browser: the cookie decides
        return urlsplit(origin).netloc == host or origin == self._base_url

    async def board(self, request: Request) -> Response:
        """Answer members and jobs of a day."""
        return answer(
            await self._sessions.read(
                request, lambda visit: board(visit.tx, visit.actor, _day(request, visit))
            )
        )

    async def job(self, request: Request) -> Response:
        """Answer one job with its history."""
        job = JobId(request.path_params["job"])
        return answer(await self._sessions.read(request, lambda visit: job_detail(visit, job)))

    async def course(self, request: Request) -> Response:
        """Answer a member's driven line of a day."""
        member = MemberId(request.path_params["member"])
        return answer(
            await self._sessions.read(
                request, lambda visit: course(visit, member, _day(request, visit))
            )
        )

    async def integrations(self, request: Request) -> Response:
        """Answer the switch, keys and webhooks."""
        return answer(
            await self._sessions.read(
                request, lambda visit: integrations.integrations(visit, self._base_url)
            )
        )

    async def switch(self, request: Request) -> Response:
        """Switch the API on or off."""
        asked = await form(request, Switch)
        await self._sessions.write(request, lambda visit: integrations.switch(visit, on=asked.on))
        return answer({})

    async def make_key(self, request: Request) -> Response:
        """Make an API key."""
        asked = await form(request, MakeKey)
        return answer(
            await self._sessions.write(
                request, lambda visit: integrations.make_key(visit, asked.member, asked.label)
            ),
            201,
        )

    async def revoke_key(self, request: Request) -> Response:
        """Revoke an API key."""
        key = request.path_params["key"]
        await self._sessions.write(
            request, lambda visit: secrets.revoke_key(visit.tx, visit.actor, key)
        )
        return answer({})

    async def set_hook(self, request: Request) -> Response:
        """Set or switch off a webhook."""
        asked = await form(request, SetHook)
        event = request.path_params["event"]
        return answer(
            await self._sessions.write(
                request, lambda visit: integrations.set_hook(visit, event, asked, self._outbound)
            )
        )

    async def rotate_hook(self, request: Request) -> Response:
        """Make a new signing secret."""
        event = request.path_params["event"]
        return answer(
            await self._sessions.write(
                request, lambda visit: integrations.rotate_hook(visit, event)
            )
        )

    async def test_hook(self, request: Request) -> Response:
        """Send a test event."""
        event = request.path_params["event"]
        await self._sessions.write(request, lambda visit: integrations.test_hook(visit, event))
        return answer({})

    async def invitation(self, request: Request) -> Response:
        """Answer whom an invitation is for."""
        token = request.path_params["token"]
        member, company = await self._db.read(lambda tx: secrets.find_invited(tx, token))
        return answer(Invitation(name=member.name, username=member.username, company=company.name))


def _day(request: Request, visit: Visit) -> date:
    """Return the day a page asks for, today without one."""
    today = local_day(visit.tx.now, visit.actor.timezone)
    asked = request.query_params.get("day", "")
    if not asked:
        return today
    try:
        day = from_yyyymmdd(int(asked))
    except ValueError as error:
        raise BadValue("day must be a day such as 20260105.", field="day") from error
    return day or today
