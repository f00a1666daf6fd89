"""The OsmAnd family: Traccar Client in its three generations, OsmAnd, trackers and scripts (pure).

What is decoded is decided by content, never by version or content type: values in the query, the
same names in a form body, or JSON, alone or in an array. Speeds are knots in the first two and in
flat JSON, metres per second in nested JSON.
"""

from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import parse_qsl

import msgspec

from roundsman.core.geo import is_on_earth
from roundsman.core.ground import E7
from roundsman.core.ids import DeviceId
from roundsman.tracking.model import (
    Fix,
    Flag,
    Heartbeat,
    Hint,
    Message,
    PushToken,
    Trigger,
    Unreadable,
)
from roundsman.tracking.plausibility import is_plausible_time
from roundsman.tracking.protocols import values

ORIGIN = "osmand"
# Metres of accuracy assumed for one unit of horizontal dilution.
HDOP_M = 5.0

_MAX_DEVICE = 128
_MAX_FIELDS = 1000
_READ = frozenset(
    {
        *("id", "deviceid", "device_id", "lat", "lon", "location", "timestamp", "speed"),
        *("bearing", "heading", "altitude", "accuracy", "hdop", "batt", "charge", "mock", "valid"),
        *("notificationtoken", "token"),
    }
)
_CARRIES_POSITION = ("lat", "lon", "location", "timestamp")
_HINTS = {
    "still": Hint.STILL,
    "on_foot": Hint.WALKING,
    "walking": Hint.WALKING,
    "running": Hint.WALKING,
    "on_bicycle": Hint.CYCLING,
    "cycling": Hint.CYCLING,
    "in_vehicle": Hint.VEHICLE,
    "automotive": Hint.VEHICLE,
}
_TRIGGERS = {"geofence": Trigger.FENCE, "heartbeat": Trigger.TIMER}

type Fields = Mapping[str, object]


def decode(query: str, body: bytes, rcv_ms: int) -> list[Message]:
    """Return the messages of a request: its raw query string and its plain body.

    There is at least one message; what cannot be used is `Unreadable` and spoils nothing else.
    """
    try:
        asked = _form(query)
        if not body or any(name in asked for name in _CARRIES_POSITION):
            return list(_flat(asked, rcv_ms))
        if body[:1] in {b"{", b"["}:
            return list(_json(body, asked, rcv_ms))
        form = _form(body.decode(errors="replace"))
    except ValueError:
        return [Unreadable(device=DeviceId(""), reason="bad_form")]
    if not form.keys() & _READ:
        return [Unreadable(device=_device(asked), reason="bad_form")]
    return list(_flat({**asked, **form}, rcv_ms))


def _form(written: str) -> dict[str, object]:
    """Return the values of a query or form; names without a value are absent."""
    pairs = parse_qsl(written, errors="replace", max_num_fields=_MAX_FIELDS)
    return {name.lower() if name.lower() in _READ else name: value for name, value in pairs}


def _json(body: bytes, asked: Fields, rcv_ms: int) -> Iterator[Message]:
    try:
        document: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield Unreadable(device=_device(asked), reason="bad_json")
        return
    items = cast("list[object]", document) if isinstance(document, list) else [document]
    if not items:
        yield Unreadable(device=_device(asked), reason="empty_batch")
    for item in items:
        fields = _object(item)
        if fields is None:
            yield Unreadable(device=_device(asked), reason="not_an_object")
        else:
            yield from _document({**asked, **fields}, rcv_ms)


def _document(fields: Fields, rcv_ms: int) -> Iterator[Message]:
    """Decode one object: OsmAnd's names, or a location of its own, one or several."""
    inner = fields.get("location")
    if isinstance(inner, list):
        yield from _several(fields, cast("list[object]", inner), rcv_ms)
    elif isinstance(inner, dict):
        yield from _nested(fields, cast("dict[str, object]", inner), rcv_ms)
    elif isinstance(fields.get("coords"), dict):
        yield from _nested(fields, fields, rcv_ms)
    else:
        yield from _flat(fields, rcv_ms)


def _several(fields: Fields, locations: list[object], rcv_ms: int) -> Iterator[Message]:
    if not locations:
        yield Unreadable(device=_device(fields), reason="empty_batch")
    for each in locations:
        location = _object(each)
        if location is None:
            yield Unreadable(device=_device(fields), reason="not_an_object")
        else:
            yield from _nested(fields, location, rcv_ms)


def _object(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _device(fields: Fields) -> DeviceId:
    for name in ("device_id", "id", "deviceid"):
        found = values.text(fields.get(name)).strip()
        if found:
            return DeviceId(found[:_MAX_DEVICE])
    return DeviceId("")


# --- values by OsmAnd's names ---------------------------------------------------------------------


def _flat(fields: Fields, rcv_ms: int) -> Iterator[Message]:
    device = _device(fields)
    push = values.text(fields.get("notificationtoken") or fields.get("notificationToken"))
    if push:
        yield PushToken(device=device, token=push)
    lat, lon = _flat_position(fields)
    written = fields.get("timestamp")
    ts_ms = rcv_ms if written in (None, "") else values.moment_ms(written)
    others = values.attributes(
        (name, value) for name, value in fields.items() if name.lower() not in _READ
    )
    if ts_ms is None:
        yield Unreadable(device=device, reason="bad_timestamp")
    elif lat is None and lon is None:
        if not push:
            yield Heartbeat(
                device=device,
                ts_ms=ts_ms,
                battery_pct=values.percent(fields.get("batt")),
                charging=values.flag(fields.get("charge")),
                attributes=others,
            )
    else:
        yield _placed(
            Fix(
                device=device,
                ts_ms=ts_ms,
                rcv_ms=rcv_ms,
                lat_e7=0,
                lng_e7=0,
                acc_m=_flat_accuracy(fields),
                speed_mps=_rounded(values.not_negative(fields.get("speed")), values.KNOT_MPS),
                bearing_deg=values.bearing(fields.get("bearing", fields.get("heading"))),
                alt_m=values.height(fields.get("altitude")),
                battery_pct=values.percent(fields.get("batt")),
                charging=values.flag(fields.get("charge")),
                origin=ORIGIN,
                flags=_flat_flags(fields),
                attributes=others,
            ),
            lat,
            lon,
        )


def _flat_position(fields: Fields) -> tuple[object, object]:
    """Return what was written as latitude and longitude, None where nothing was."""
    lat, lon = fields.get("lat"), fields.get("lon")
    joined = fields.get("location")
    if lat is None and lon is None and isinstance(joined, str) and joined.strip():
        parts = joined.split(",")
        # More than one comma is a decimal comma: which one parts the two numbers is a guess.
        return (parts[0], parts[1]) if len(parts) == 2 else ("", "")  # noqa: PLR2004 - lat, lon
    return lat if lat != "" else None, lon if lon != "" else None


def _flat_accuracy(fields: Fields) -> float | None:
    if fields.get("accuracy") not in (None, ""):
        return _rounded(values.positive(fields.get("accuracy")), 1.0)
    return _rounded(values.positive(fields.get("hdop")), HDOP_M)


def _flat_flags(fields: Fields) -> Flag:
    flags = Flag.MOCK if values.flag(fields.get("mock")) else Flag.NONE
    # A position the phone itself calls invalid is a sign of life, not a place.
    return flags | Flag.COARSE if values.flag(fields.get("valid")) is False else flags


# --- nested JSON ----------------------------------------------------------------------------------


def _nested(fields: Fields, location: Fields, rcv_ms: int) -> Iterator[Message]:
    device = _device(fields)
    written = location.get("timestamp")
    ts_ms = rcv_ms if written in (None, "") else values.moment_ms(written)
    battery = _object(location.get("battery")) or {}
    battery_pct = values.share_as_percent(battery.get("level"))
    charging = values.flag(battery.get("is_charging"))
    others = _nested_attributes(location)
    coords = _object(location.get("coords"))
    if ts_ms is None:
        yield Unreadable(device=device, reason="bad_timestamp")
    elif coords is None:
        yield Heartbeat(
            device=device,
            ts_ms=ts_ms,
            battery_pct=battery_pct,
            charging=charging,
            attributes=others,
        )
    else:
        yield _placed(
            Fix(
                device=device,
                ts_ms=ts_ms,
                rcv_ms=rcv_ms,
                lat_e7=0,
                lng_e7=0,
                acc_m=_rounded(values.positive(coords.get("accuracy")), 1.0),
                speed_mps=_rounded(values.not_negative(coords.get("speed")), 1.0),
                bearing_deg=values.bearing(coords.get("heading")),
                alt_m=values.height(coords.get("altitude")),
                battery_pct=battery_pct,
                charging=charging,
                hint=_hint(location),
                origin=ORIGIN,
                trigger=_TRIGGERS.get(values.text(location.get("event")), Trigger.UNKNOWN),
                flags=Flag.MOCK if values.flag(location.get("mock")) else Flag.NONE,
                msg_id=values.text(location.get("uuid"))[:_MAX_DEVICE],
                attributes=others,
            ),
            coords.get("latitude"),
            coords.get("longitude"),
        )


def _nested_attributes(location: Fields) -> dict[str, str]:
    """Return event, alarm, odometer and the extras; the text in `_` may be stale and is left."""
    own = [(name, location.get(name)) for name in ("event", "alarm", "odometer")]
    extras = _object(location.get("extras")) or {}
    return values.attributes([*own, *extras.items()])


def _hint(location: Fields) -> Hint:
    activity = _object(location.get("activity")) or {}
    known = _HINTS.get(values.text(activity.get("type")).lower())
    if known is not None:
        return known
    moving = values.flag(location.get("is_moving"))
    return Hint.UNKNOWN if moving is None else Hint.MOVING if moving else Hint.STILL


# --- both -----------------------------------------------------------------------------------------


def _placed(fix: Fix, written_lat: object, written_lon: object) -> Message:
    """Return the fix at its position, flagged when its clock is suspect; or why it is useless."""
    lat, lon = values.number(written_lat), values.number(written_lon)
    if lat is None or lon is None:
        missing = written_lat is None or written_lon is None
        reason = "missing_coordinate" if missing else "bad_coordinate"
        return Unreadable(device=fix.device, reason=reason)
    if not is_on_earth(lat, lon) or (lat == 0 and lon == 0):
        return Unreadable(device=fix.device, reason="impossible_position")
    is_plausible = is_plausible_time(fix.ts_ms, fix.rcv_ms)
    return msgspec.structs.replace(
        fix,
        lat_e7=round(lat * E7),
        lng_e7=round(lon * E7),
        flags=fix.flags if is_plausible else fix.flags | Flag.SUSPECT_CLOCK,
    )


def _rounded(value: float | None, factor: float) -> float | None:
    """Return a measurement to the centimetre; no phone knows more."""
    return None if value is None else round(value * factor, 2)
