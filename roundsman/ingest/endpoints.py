"""The location protocols: what each endpoint decodes, and the door they share."""

import asyncio
import base64
import binascii
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl

import structlog
from prometheus_client import Counter
from starlette.types import Receive, Scope, Send

from roundsman.core.clock import to_ms
from roundsman.core.errors import (
    BadFormat,
    BadLogin,
    NotAllowed,
    Refusal,
    TooLarge,
    UnknownThing,
)
from roundsman.core.ids import DeviceId
from roundsman.http.callers import Headers, header
from roundsman.http.limits import read_body
from roundsman.http.log import note
from roundsman.ingest.lanes import Lane
from roundsman.storage.database import Db
from roundsman.tracking.model import Message, Unreadable
from roundsman.tracking.protocols import bodies, osmand
from roundsman.tracking.receiving import Delivery, DevicePass, check_pass

_log = structlog.get_logger()

type Decode = Callable[[str, bytes, int], list[Message]]

# What stands after /ingest/, and how its requests are read.
PROTOCOLS: Mapping[str, Decode] = {"osmand": osmand.decode}

# Phones wait this long before they try again what we could not take.
RETRY_AFTER_S = b"30"
# Few lanes, so that phones share commits, and some, so that a slow one does not hold all.
LANES = 4
# A phone back after weeks queues apart from those that send what they see.
LONG = 1000
# More than this is decoded beside the event loop, and only for a good token.
SMALL_BYTES = 64 * 1024
# Some apps delete what is answered with any other number, or stop sending altogether.
_STATUS: Mapping[type[Refusal], int] = {
    BadLogin: 401,
    NotAllowed: 403,
    UnknownThing: 404,
    TooLarge: 413,
}
_TRY_LATER = 503

MESSAGES = Counter(
    "roundsman_tracking_messages_total", "Messages of tracking apps.", ["protocol", "kind"]
)


class Ingest:
    """The ASGI application at `/ingest/<protocol>[/<token>]`.

    It answers 2xx if and only if what came is committed. Phones delete what is acknowledged and act
    differently on everything else, so the other numbers are few and each has its meaning.
    """

    def __init__(self, db: Db, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._db = db
        self._lanes = [Lane(db) for _ in range(LANES)]
        self._long = Lane(db)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        extra: list[tuple[bytes, bytes]] = []
        reason = ""
        try:
            status = await self._serve(scope, receive)
        except ConnectionError:
            return
        except Refusal as refusal:
            status, reason = _STATUS.get(type(refusal), _TRY_LATER), refusal.message
            note(scope, refused=refusal.code)
        except Exception:  # noqa: BLE001 - the door answers everything
            _log.exception("ingest_failed")
            status, reason = _TRY_LATER, "Something broke on our side. Try again later."
        if status == _TRY_LATER:
            extra = [(b"retry-after", RETRY_AFTER_S)]
        await _answer(send, status, reason, extra)

    async def _serve(self, scope: Scope, receive: Receive) -> int:
        path = scope["path"].removeprefix(scope.get("root_path", "")).strip("/")
        protocol, _, path_token = path.removeprefix("ingest/").partition("/")
        decode = PROTOCOLS.get(protocol)
        if decode is None:
            raise UnknownThing("There is no such tracking protocol here.")
        if scope["method"] not in {"GET", "POST"}:
            return 405
        note(scope, protocol=protocol)
        headers: Headers = scope["headers"]
        query = scope["query_string"].decode("latin-1")
        opened = pass_of(headers, query, path_token)
        declared = header(headers, b"content-length")
        body = await read_body(receive, int(declared) if declared.isdecimal() else None)
        if opened is None:
            raise UnknownThing("The address holds no device token. Copy the device's address.")
        rcv_ms = to_ms(self._clock())
        encoding = header(headers, b"content-encoding")
        if len(body) <= SMALL_BYTES:
            messages = _decoded(decode, query, body, encoding, rcv_ms)
        else:
            await self._db.read(lambda tx: check_pass(tx, opened))
            messages = await asyncio.to_thread(_decoded, decode, query, body, encoding, rcv_ms)
        delivery = Delivery(
            opened=opened,
            messages=messages,
            origin=protocol,
            rcv_ms=rcv_ms,
            content_type=header(headers, b"content-type"),
            query=_without_token(query),
            body=body,
        )
        is_long = len(messages) > LONG
        await (self._long if is_long else self._lanes[lane_of(opened)]).bring(delivery)
        _count(protocol, messages)
        note(scope, messages=len(messages))
        return 200


def lane_of(opened: DevicePass) -> int:
    """Return the lane of a device: always the same, so that what it sends stays in order."""
    return zlib.crc32(opened.token.encode()) % LANES


def pass_of(headers: Headers, query: str, path_token: str) -> DevicePass | None:
    """Return the device token of a request: Basic, Bearer, header, query, last part of the path."""
    authorization = header(headers, b"authorization")
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        return _basic(value.strip())
    if scheme.lower() == "bearer" and value.strip():
        return DevicePass(value.strip())
    asked = dict(parse_qsl(query)).get("token", "")
    token = header(headers, b"x-device-token") or asked or path_token.strip("/")
    return DevicePass(token) if token else None


def _basic(encoded: str) -> DevicePass:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise BadLogin("The Basic credentials cannot be read.") from problem
    return DevicePass(password, user)


def _decoded(decode: Decode, query: str, body: bytes, encoding: str, rcv_ms: int) -> list[Message]:
    """Return the messages of a request. What no decoder can take is unreadable, not lost."""
    try:
        return decode(query, bodies.plain(body, encoding), rcv_ms)
    except BadFormat:
        return [Unreadable(device=DeviceId(""), reason="bad_compression")]
    except TooLarge:
        raise
    except Exception:  # noqa: BLE001 - a decoder's bug must not block a phone for ever
        _log.exception("decoder_failed")
        return [Unreadable(device=DeviceId(""), reason="decoder_failed")]


def _without_token(query: str) -> str:
    pairs = query.split("&")
    return "&".join(pair for pair in pairs if not pair.lower().startswith("token="))


def _count(protocol: str, messages: list[Message]) -> None:
    for message in messages:
        MESSAGES.labels(protocol, type(message).__name__.lower()).inc()


async def _answer(send: Send, status: int, reason: str, extra: list[tuple[bytes, bytes]]) -> None:
    """Send the status. Success has no body: some trackers run what they get as a command."""
    body = reason.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
