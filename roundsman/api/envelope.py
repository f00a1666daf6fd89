"""The envelope of the RPC surface: `{"data": {...}, "ver": 2}` in, `{"status": 0, ...}` out."""

import re
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from msgspec.structs import fields

from roundsman.api.shapes import Ask
from roundsman.core.errors import BadFormat, BadValue, Refusal, UnknownAction

SUCCESS = 0
BUG = -7
STATUS: Mapping[str, int] = {
    "bad_format": -1,
    "too_large": -1,
    "unknown_member": -2,
    "bad_login": -3,
    "username_taken": -4,
    "not_allowed": -5,
    "suspended": -6,
    "not_ready": -7,
    "took_too_long": -7,
    "overtaken": -7,
    "bad_key": -8,
    "throttled": -9,
    "bad_value": -11,
    "unknown_job": -11,
    "unknown_place": -11,
    "unknown_thing": -11,
    "slot_taken": -11,
    "unknown_action": -99,
}

HTTP_STATUS: Mapping[str, int] = {"too_large": 413, "took_too_long": 504}
VERSIONS = (1, 2)
# Small values take ten to forty times their bytes once they are decoded, so their number is limited
# too, before anybody has shown a key. A thousand jobs with all they can hold stay below.
VALUES_LIMIT = 500_000


class Auth(Struct, frozen=True):
    """Credentials in the body, as older clients send them. `tok`, `cts`, `pwd` are form B."""

    usr: str | None = None
    key: str | None = None
    tok: Any = None
    pwd: Any = None


class Asked(Struct, frozen=True):
    """A request taken out of its envelope; its credentials are looked at only when needed."""

    data: dict[str, Any]
    raw_auth: Raw | UnsetType

    @property
    def auth(self) -> Auth | None:
        """Return the credentials in the body. BadFormat when they are not of the known form."""
        if isinstance(self.raw_auth, UnsetType) or bytes(self.raw_auth) == b"null":
            return None
        try:
            return msgspec.json.decode(self.raw_auth, type=Auth)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            problem = f"auth must hold texts usr and key: {error}."
            raise BadFormat(problem, field="auth") from error


class _Envelope(Struct, frozen=True):
    data: Raw | UnsetType = UNSET
    ver: Raw | UnsetType = UNSET
    auth: Raw | UnsetType = UNSET


# Refusals name what was sent, and a name may be as long as a body.
MESSAGE_LIMIT = 500

# An escaped NUL, which PostgreSQL cannot store; after an escaped backslash it is none.
_NUL, _BACKSLASH = b"\\u0000", b"\\\\"
# How msgspec says that a value has the right type and still cannot be right.
_OUT_OF_RANGE = re.compile(
    r"Expected `\w+` (>|<|of length|matching|that's)|Invalid enum value|\w+ (value )?out of range"
)
_envelope = msgspec.json.Decoder(_Envelope).decode
_encode = msgspec.json.Encoder().encode


def opened(body: bytes) -> Asked:
    """Return what is in the envelope, whatever the content type said.

    BadFormat when the body is no JSON object or `data` none; UnknownAction for another version;
    BadValue for more values than anything here takes.
    """
    commas = body.count(b",")
    if commas > VALUES_LIMIT:
        problem = f"The body holds more than {VALUES_LIMIT} values. Send less at once."
        raise BadValue(problem)
    if commas + body.count(b"[") + body.count(b"{") > VALUES_LIMIT:
        problem = "The JSON is nested too deeply, or holds too many lists and objects."
        raise BadFormat(problem)
    try:
        envelope = _envelope(body.removeprefix(b"\xef\xbb\xbf"))
        _check_version(envelope.ver)
        data = msgspec.json.decode(envelope.data) if isinstance(envelope.data, Raw) else None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = f'The body must be one JSON object such as {{"data": {{}}}}: {error}.'
        raise BadFormat(problem) from error
    except RecursionError as error:
        problem = "The JSON is nested too deeply."
        raise BadFormat(problem) from error
    if not isinstance(data, dict):
        problem = 'The member "data" must be a JSON object; {} when there are no parameters.'
        raise BadFormat(problem, field="data")
    if _NUL in body and _NUL in body.replace(_BACKSLASH, b"  "):
        problem = "Texts cannot hold the NUL character."
        raise BadValue(problem)
    return Asked(cast("dict[str, Any]", data), envelope.auth)


def _check_version(raw: Raw | UnsetType) -> None:
    if isinstance(raw, UnsetType) or bytes(raw) == b"null":
        return
    ver = msgspec.json.decode(raw)
    if isinstance(ver, str) and ver.isdecimal() and ver.isascii():
        ver = int(ver[:20])
    if isinstance(ver, bool) or not isinstance(ver, int | float):
        problem = "ver must be a whole number, normally 2."
        raise BadFormat(problem, field="ver")
    if ver not in VERSIONS:
        problem = f"Version {ver} of the API is unknown here. Use 2."
        raise UnknownAction(problem, field="ver")


def convert[T: Ask](data: dict[str, Any], shape: type[T]) -> T:
    """Return the parameters as a struct: numbers may come as texts.

    Null is as good as absent, but for shapes that take it as the empty value. BadFormat for a
    wrong type, BadValue for the right type out of its range.
    """
    sent = (
        data
        if shape.takes_null
        else {name: value for name, value in data.items() if value is not None}
    )
    if shape.refuses_unknown:
        known = {field.encode_name for field in fields(shape)}
        for name in sent:
            if name not in known:
                raise BadValue(f"Unknown field {name[:60]}.", field=name[:60])
    try:
        return msgspec.convert(sent, shape, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        path = "data" + where.rstrip("`")
        problem = f"{path}: {what}."
        kind = BadValue if _OUT_OF_RANGE.match(what) else BadFormat
        raise kind(problem, field=path) from error


def answered(answer: object) -> bytes:
    """Return the bytes of an answer that carries its own status."""
    return _encode(answer)


def refused(refusal: Refusal) -> tuple[int, bytes]:
    """Return the HTTP status and the bytes of a refusal."""
    body: dict[str, object] = {
        "status": STATUS.get(refusal.code, BUG),
        "message": _short(refusal.message),
        "code": refusal.code,
    }
    if refusal.field:
        body["field"] = refusal.field
    return HTTP_STATUS.get(refusal.code, 200), _encode(body)


def _short(message: str) -> str:
    """Return the message with its middle left out where it is too long."""
    if len(message) <= MESSAGE_LIMIT:
        return message
    half = MESSAGE_LIMIT // 2
    return f"{message[:half]} … {message[-half:]}"
