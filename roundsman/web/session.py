"""Who a browser is: a cookie that scripts cannot read, and a token that forms must carry."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import date

import anyio.to_thread
import msgspec
from msgspec import Struct
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import secrets
from roundsman.accounts.credentials import (
    NOBODYS_HASH,
    SESSION_LIFE,
    hash_password,
    needs_new_hash,
    verify_password,
)
from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.clock import from_yyyymmdd, local_day, to_yyyymmdd
from roundsman.core.errors import BadFormat, BadLogin, BadValue, Refusal, StaleForm, Throttled
from roundsman.http.limits import Throttle, read_body
from roundsman.http.log import note, request_id
from roundsman.storage.database import Db, Tx
from roundsman.web.shapes.session import (
    AcceptInvitation,
    CompanyCard,
    LogIn,
    Problem,
    Session,
    Viewer,
)

COOKIE = "roundsman_session"
CSRF_HEADER = "x-csrf-token"
FORM_LIMIT = 256 * 1024
HTTP_STATUS = {
    "bad_format": 400,
    "bad_value": 422,
    "unknown_member": 404,
    "unknown_job": 404,
    "unknown_place": 404,
    "unknown_thing": 404,
    "bad_login": 401,
    "bad_key": 401,
    "not_allowed": 403,
    "stale_form": 403,
    "suspended": 403,
    "username_taken": 409,
    "too_large": 413,
    "throttled": 429,
    "not_ready": 503,
    "overtaken": 503,
    "slot_taken": 409,
    "took_too_long": 504,
}

_encode = msgspec.json.Encoder().encode

type Endpoint = Callable[[Request], Awaitable[Response]]


class Visit(Struct, frozen=True):
    """A browser call inside its transaction: who looks, and with what session."""

    tx: Tx
    actor: Actor


def day_asked(request: Request, visit: Visit) -> date:
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


def answer(body: object, status: int = 200) -> Response:
    """Return an answer of this surface that nobody may keep."""
    return Response(
        _encode(body),
        status,
        {"cache-control": "no-store", "x-content-type-options": "nosniff"},
        "application/json",
    )


def guarded(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint with refusals turned into Problems."""

    async def call(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refusal as refusal:
            note(request.scope, refused=refusal.code)
            problem = Problem(
                code=refusal.code,
                message=refusal.message,
                field=refusal.field,
                request_id=request_id(request.scope),
            )
            refused = answer(problem, HTTP_STATUS.get(refusal.code, 400))
            if isinstance(refusal, Throttled):
                refused.headers["retry-after"] = str(max(1, round(refusal.retry_after_s)))
            return refused

    return call


async def form[T](request: Request, shape: type[T]) -> T:
    """Return the body of a call as its shape."""
    declared = request.headers.get("content-length", "")
    body = await read_body(
        request.receive, int(declared) if declared.isdecimal() else None, FORM_LIMIT
    )
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFormat(f"The body does not have the expected form: {error}.") from error


def csrf_of(token: str) -> str:
    """Return what a page must send back with every change: bound to the session, useless alone."""
    return hashlib.sha256(b"roundsman csrf " + token.encode()).hexdigest()


def token_of(connection: HTTPConnection) -> str:
    """Return the session's token, or an empty text."""
    return connection.cookies.get(COOKIE, "")


class Sessions:
    """Opens, checks and ends browser sessions.

    Wrong passwords are counted per user name and per address, so that neither one account nor the
    whole server can be searched. `at_work` is told of each request that a session opened.
    """

    def __init__(
        self,
        db: Db,
        *,
        secure: bool,
        by_name: Throttle,
        by_address: Throttle,
        at_work: Callable[[], None],
    ) -> None:
        self._db = db
        self._at_work = at_work
        self._secure = secure
        self._by_name = by_name
        self._by_address = by_address

    async def read[T](self, request: HTTPConnection, unit: Callable[[Visit], T]) -> T:
        """Run a reading unit as the logged-in member."""
        token = token_of(request)
        found = await self._db.read(
            lambda tx: unit(Visit(tx, secrets.open_with_session(tx, token)))
        )
        self._at_work()
        return found

    async def write[T](self, request: Request, unit: Callable[[Visit], T]) -> T:
        """Run a changing unit as the logged-in member; the page must prove that it is ours."""
        token = token_of(request)
        if not hmac.compare_digest(request.headers.get(CSRF_HEADER, ""), csrf_of(token)):
            await self._db.read(lambda tx: secrets.open_with_session(tx, token))
            raise StaleForm("This page is out of date. Load it again.")
        done = await self._db.write(
            lambda tx: unit(Visit(tx, secrets.open_with_session(tx, token)))
        )
        self._at_work()
        return done

    async def log_in(self, request: Request) -> Response:
        """Check a password and start a session."""
        asked = await form(request, LogIn)
        self._by_address.take(request.client.host if request.client else "")
        self._by_name.take(accounts.username_key(asked.username))
        found = await self._db.read(lambda tx: secrets.password_hash_of(tx, asked.username))
        hashed = found[2] if found else NOBODYS_HASH
        fits = await anyio.to_thread.run_sync(verify_password, hashed, asked.password)
        if found is None or not fits:
            raise BadLogin("The user name or the password is wrong.", field="password")
        company, member, _ = found
        renewed = (
            await anyio.to_thread.run_sync(hash_password, asked.password)
            if needs_new_hash(hashed)
            else ""
        )

        def start(tx: Tx) -> tuple[str, Actor]:
            if renewed:
                accounts.set_password_hash(tx, company, member, renewed)
            return secrets.start_session(tx, company, member)

        return await self._begin(*await self._db.write(start))

    async def accept(self, request: Request) -> Response:
        """Set the password of an invited member and log them in."""
        asked = await form(request, AcceptInvitation)
        self._by_address.take(request.client.host if request.client else "")
        token = request.path_params["token"]
        await self._db.read(lambda tx: secrets.find_invited(tx, token))
        hashed = await anyio.to_thread.run_sync(hash_password, asked.password)
        return await self._begin(
            *await self._db.write(lambda tx: secrets.accept_invitation(tx, token, hashed))
        )

    async def log_out(self, request: Request) -> Response:
        """End the session; one that ended already stays so."""
        token = token_of(request)
        if token and not hmac.compare_digest(request.headers.get(CSRF_HEADER, ""), csrf_of(token)):
            raise StaleForm("This page is out of date. Load it again.")
        await self._db.write(lambda tx: secrets.end_session(tx, token))
        gone = answer({})
        gone.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=self._secure)
        return gone

    async def current(self, request: Request) -> Response:
        """Answer who is logged in."""
        token = token_of(request)
        session = await self.read(request, lambda visit: session_of(visit.tx, visit.actor, token))
        return answer(session)

    async def _begin(self, token: str, actor: Actor) -> Response:
        session = await self._db.read(lambda tx: session_of(tx, actor, token))
        begun = answer(session)
        begun.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION_LIFE.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )
        return begun


def session_of(tx: Tx, actor: Actor, token: str) -> Session:
    """Return what a page needs to know of its session."""
    company, member = actor.company_profile, actor.member
    return Session(
        csrf=csrf_of(token),
        viewer=Viewer(
            id=member.id,
            name=member.name,
            username=member.username,
            role=member.role.value,
            may_dispatch=actor.may(Right.DISPATCH),
            may_integrate=actor.may(Right.INTEGRATE),
            may_manage_members=actor.may(Right.MANAGE_MEMBERS),
            may_manage_company=actor.may(Right.MANAGE_COMPANY),
        ),
        company=CompanyCard(
            id=company.id,
            name=company.name,
            timezone=company.timezone,
            lat=company.position.lat if company.position else 0.0,
            lng=company.position.lng if company.position else 0.0,
            unit_distance=company.unit_distance,
            unit_time=company.unit_time,
            today=to_yyyymmdd(local_day(tx.now, company.timezone)),
            demo=company.demo,
        ),
    )
