"""The OsmAnd family: Traccar Client in its three generations, OsmAnd, trackers and scripts (pure).

What is decoded is decided by content, never by version or content type: values in the query, the
same names in a form body, or JSON, alone or in an array. Speeds are knots in the first two and in
flat JSON, metres per second in nested JSON.
"""

from collections.abc import Iterator
from itertools import islice
from typing import cast
from urllib.parse import parse_qsl

import msgspec

from roundsman.core.errors import TooLarge
from roundsman.core.ids import DeviceId
from roundsman.tracking.model import Message, Unreadable
from roundsman.tracking.protocols import flat, nested
from roundsman.tracking.protocols.nested import object_of
from roundsman.tracking.protocols.placing import PLACE_NAMES, Fields, device_of

ORIGIN = "osmand"
# More than a day of one position a second, all in one request.
MAX_MESSAGES = 100_000

_MAX_FIELDS = 1000


def decode(query: str, body: bytes, rcv_ms: int) -> list[Message]:
    """Return the messages of a request: its raw query string and its plain body.

    There is at least one message; what cannot be used is `Unreadable` and spoils nothing else.
    TooLarge when there are more than `MAX_MESSAGES`.
    """
    try:
        asked = _form(query)
        if not body or any(name in asked for name in PLACE_NAMES):
            return list(flat.messages_of(asked, rcv_ms, ORIGIN))
        if body[:1] in {b"{", b"["}:
            return _counted(_json(body, asked, rcv_ms))
        form = _form(body.decode(errors="replace"))
    except ValueError:
        return [Unreadable(device=DeviceId(""), reason="bad_form")]
    if not form.keys() & flat.NAMES:
        return [Unreadable(device=device_of(asked), reason="bad_form")]
    return list(flat.messages_of({**asked, **form}, rcv_ms, ORIGIN))


def _counted(messages: Iterator[Message]) -> list[Message]:
    taken = list(islice(messages, MAX_MESSAGES + 1))
    _check_count(len(taken))
    return taken


def _check_count(count: int) -> None:
    if count > MAX_MESSAGES:
        raise TooLarge(f"The body holds more than {MAX_MESSAGES} messages. Send fewer at once.")


def _form(written: str) -> dict[str, object]:
    """Return the values of a query or form; names without a value are absent."""
    pairs = parse_qsl(written, errors="replace", max_num_fields=_MAX_FIELDS)
    return {name.lower() if name.lower() in flat.NAMES else name: value for name, value in pairs}


def _json(body: bytes, asked: Fields, rcv_ms: int) -> Iterator[Message]:
    try:
        document: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield Unreadable(device=device_of(asked), reason="bad_json")
        return
    items = cast("list[object]", document) if isinstance(document, list) else [document]
    # Every item takes these along, so the rest of the query stays behind.
    asked = {name: value for name, value in asked.items() if name in flat.NAMES}
    _check_count(len(items))
    if not items:
        yield Unreadable(device=device_of(asked), reason="empty_batch")
    for item in items:
        fields = object_of(item)
        if fields is None:
            yield Unreadable(device=device_of(asked), reason="not_an_object")
        else:
            yield from _document({**asked, **fields}, rcv_ms)


def _document(fields: Fields, rcv_ms: int) -> Iterator[Message]:
    """Decode one object: OsmAnd's names, or a location of its own, one or several."""
    inner = fields.get("location")
    if isinstance(inner, list):
        yield from _several(fields, cast("list[object]", inner), rcv_ms)
    elif isinstance(inner, dict):
        yield from nested.messages_of(fields, cast("dict[str, object]", inner), rcv_ms, ORIGIN)
    elif isinstance(fields.get("coords"), dict):
        yield from nested.messages_of(fields, fields, rcv_ms, ORIGIN)
    else:
        yield from flat.messages_of(fields, rcv_ms, ORIGIN)


def _several(fields: Fields, locations: list[object], rcv_ms: int) -> Iterator[Message]:
    if not locations:
        yield Unreadable(device=device_of(fields), reason="empty_batch")
    for each in locations:
        location = object_of(each)
        if location is None:
            yield Unreadable(device=device_of(fields), reason="not_an_object")
        else:
            yield from nested.messages_of(fields, location, rcv_ms, ORIGIN)
