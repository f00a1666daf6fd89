"""The door of the RPC surface: bytes -> struct -> action in one transaction -> bytes."""

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog
from msgspec import Struct
from starlette.types import Receive, Scope, Send

from roundsman.accounts.actions import secrets
from roundsman.accounts.credentials import digest
from roundsman.accounts.model import Actor
from roundsman.api import envelope
from roundsman.api.shapes import Action, Ask, Call, File, Planned
from roundsman.core.errors import (
    BadFormat,
    BadKey,
    BadLogin,
    BadValue,
    Overtaken,
    Refusal,
    Throttled,
    UnknownAction,
)
from roundsman.core.site import Site
from roundsman.dispatch.pool import Pool
from roundsman.http.callers import header, json_headers
from roundsman.http.limits import BODY_LIMIT, Throttle, read_body
from roundsman.http.log import note, request_id
from roundsman.places.pins import NO_ANSWERS, Answers
from roundsman.storage.database import Db, Tx

_log = structlog.get_logger()

# A plan is made once more when the jobs changed while it was being made, then given up.
PLAN_TRIES = 2


class _Claim(Struct, frozen=True):
    """Who a request says it comes from: a key, and the user beside it if the body named one."""

    key: str
    usr: str | None = None

    def actor(self, tx: Tx) -> Actor:
        """Return who that is, if the key is good."""
        return secrets.open_with_key(tx, self.key, self.usr)


class _Given(Struct, frozen=True):
    """What was worked out for a call before its transaction."""

    prepared: Any
    answers: Answers
    site: Site

    def call(self, tx: Tx, claim: _Claim) -> Call:
        """Return the call, if the key is good."""
        return Call(tx, claim.actor(tx), self.prepared, self.site, self.answers)


class Rpc:
    """The ASGI application at `/api/<action>`.

    `used` is told the digest of each key that opened something, to show its last use.
    """

    def __init__(
        self,
        db: Db,
        actions: Mapping[str, Action],
        throttle: Throttle,
        used: Callable[[str], None],
        body_limit: int = BODY_LIMIT,
        site: Site = Site(),  # noqa: B008 - frozen
        *,
        pool: Pool | None = None,
    ) -> None:
        self._db = db
        self._actions = actions
        self._throttle = throttle
        self._used = used
        self._body_limit = body_limit
        self._site = site
        self._pool = pool or Pool()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = scope["path"].removeprefix(scope.get("root_path", "")).strip("/").lower()
        extra: list[tuple[bytes, bytes]] = []
        body: bytes | File
        try:
            if scope["method"] != "POST":
                status, body = 405, _wrong_method()
                extra = [(b"allow", b"POST")]
            else:
                status, body = await self._serve(name, scope, receive)
        except ConnectionError:
            return
        except Refusal as refusal:
            status, body = envelope.refused(refusal)
            note(scope, action=name if name in self._actions else "unknown", refused=refusal.code)
            if isinstance(refusal, Throttled):
                extra = [(b"retry-after", str(max(1, round(refusal.retry_after_s))).encode())]
        except Exception:  # noqa: BLE001 - what is no refusal is a bug: 500 and a line in the log
            _log.exception("action_failed", action=name, request_id=request_id(scope))
            status, body = 500, _bug(request_id(scope))
        if isinstance(body, File):
            await _send_file(send, body)
            return
        await send(
            {"type": "http.response.start", "status": status, "headers": json_headers(body, extra)}
        )
        await send({"type": "http.response.body", "body": body})

    async def _serve(self, name: str, scope: Scope, receive: Receive) -> tuple[int, bytes | File]:
        headers = scope["headers"]
        declared = header(headers, b"content-length")
        length = int(declared[:20]) if declared.isdecimal() else None
        raw = await read_body(receive, length, self._body_limit)
        action = self._actions.get(name)
        if action is None:
            problem = f"There is no action {name[:60]!r} here. See /reference."
            raise UnknownAction(problem)
        note(scope, action=name)
        asked = envelope.opened(raw)
        claim = _Claim(header(headers, b"api-key"))
        if not claim.key and (auth := asked.auth) is not None:
            claim = _legacy(auth)
        caller = digest(claim.key)
        self._throttle.take(caller)
        ask = _understood(asked.data, action)
        answers = await self._sought(claim, action, ask)
        if action.plan and not isinstance(ask, Refusal) and action.plan.when(ask):
            answer = await self._planned(claim, action, action.plan, ask, answers)
            self._used(caller)
            return 200, answer
        prepared = None
        if action.prepare is not None and not isinstance(ask, Refusal):
            prepared = await self._prepare(claim, action, ask)
        given = _Given(prepared, answers, self._site)
        whole = action.completed
        if whole is not None and not isinstance(ask, Refusal) and whole.asking(ask):
            act = functools.partial(_act, claim, action, ask, given)
            found = await (self._db.write if action.writes else self._db.read)(act)
            self._used(caller)
            return 200, envelope.answered(await asyncio.to_thread(whole.answer, found))
        unit = functools.partial(_unit, claim, action, ask, given)
        if action.writes:
            answer = await self._db.write(unit, lane=caller)
        else:
            answer = await self._db.read(unit)
        self._used(caller)
        return 200, answer

    async def _sought(self, claim: _Claim, action: Action, ask: Ask | Refusal) -> Answers:
        """Look for the addresses of a request, for callers with a good key only."""
        sought = action.sought
        if sought is None or isinstance(ask, Refusal) or not sought.wanting(ask):
            return NO_ANSWERS
        given = _Given(None, NO_ANSWERS, self._site)
        addresses = await self._db.read(lambda tx: sought.addresses(given.call(tx, claim), ask))
        return await asyncio.to_thread(sought.look_up, addresses) if addresses else NO_ANSWERS

    async def _prepare(self, claim: _Claim, action: Action, ask: Ask) -> Any:
        """Do slow work before the transaction, for callers with a good key only."""
        await self._db.read(claim.actor)
        prepare = action.prepare
        return await asyncio.to_thread(prepare, ask) if prepare else None

    async def _planned(
        self, claim: _Claim, action: Action, plan: Planned, ask: Ask, answers: Answers
    ) -> bytes | File:
        """Read a question, have it answered outside any transaction, act; again if overtaken."""
        work = self._db.write if action.writes else self._db.read
        given = _Given(None, answers, self._site)
        read = functools.partial(_question, claim, plan, ask, given)
        for tries_left in reversed(range(PLAN_TRIES)):
            question = await self._db.read(read)
            prepared = question, await self._pool.answer(plan.answer, question)
            given = _Given(prepared, answers, self._site)
            unit = functools.partial(_unit, claim, action, ask, given)
            try:
                return await work(unit)
            except Overtaken:
                if not tries_left:
                    raise
        raise AssertionError  # the last try returned or raised


def _question(claim: _Claim, plan: Planned, ask: Ask, given: _Given, tx: Tx) -> Any:
    """Authenticate and read what is to be worked out."""
    return plan.ask(given.call(tx, claim), ask)


def _unit(claim: _Claim, action: Action, ask: Ask | Refusal, given: _Given, tx: Tx) -> bytes | File:
    """Authenticate, act and encode inside one transaction. A bad key goes before a bad request."""
    answer = _act(claim, action, ask, given, tx)
    return answer if isinstance(answer, File) else envelope.answered(answer)


def _act(claim: _Claim, action: Action, ask: Ask | Refusal, given: _Given, tx: Tx) -> Any:
    """Authenticate and act."""
    call = given.call(tx, claim)
    if isinstance(ask, Refusal):
        raise ask
    return action.handler(call, ask)


def _understood(data: dict[str, Any], action: Action) -> Ask | Refusal:
    try:
        return envelope.convert(data, action.ask)
    except (BadFormat, BadValue) as refusal:
        return refusal


def _legacy(auth: envelope.Auth) -> _Claim:
    """Return key and user of the credentials in the body (form A); an empty user fits no key."""
    if not auth.key:
        if auth.pwd is not None or auth.tok is not None:
            problem = "Password signatures in the body are not supported: send an API key."
            raise BadLogin(problem)
        problem = "The body names no key."
        raise BadKey(problem)
    return _Claim(auth.key, auth.usr or "")


def _wrong_method() -> bytes:
    return msgspec.json.encode(
        {"status": -1, "code": "bad_format", "message": "Use POST: every action of /api is a POST."}
    )


def _bug(request: str) -> bytes:
    message = f"Something broke on our side. Tell your administrator the id {request}."
    return msgspec.json.encode(
        {"status": envelope.BUG, "code": "bug", "message": message, "request_id": request}
    )


async def _send_file(send: Send, file: File) -> None:
    headers = [
        (b"content-type", file.media_type.encode()),
        (b"content-length", str(len(file.content)).encode()),
        (b"content-disposition", f'attachment; filename="{file.name}"'.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": file.content})
