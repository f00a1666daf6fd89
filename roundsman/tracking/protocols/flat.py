"""Messages by OsmAnd's names, of a query, a form or flat JSON (pure). Speeds are knots."""

from collections.abc import Iterator

from roundsman.tracking.model import Fix, Flag, Heartbeat, Message, PushToken, Unreadable
from roundsman.tracking.protocols import values
from roundsman.tracking.protocols.placing import (
    Fields,
    device_of,
    has_place,
    placed,
    rounded,
    sign_ms,
)

# Metres of accuracy assumed for one unit of horizontal dilution.
HDOP_M = 5.0
# What is read; everything else is kept as an attribute.
NAMES = frozenset(
    {
        *("id", "deviceid", "device_id", "lat", "lon", "location", "timestamp", "speed"),
        *("bearing", "heading", "altitude", "accuracy", "hdop", "batt", "charge", "mock", "valid"),
        *("notificationtoken", "token"),
    }
)
# OwnTracks names its messages so. Its positions are named as ours, but their time is not.
_FOREIGN_TYPE = "_type"


def messages_of(fields: Fields, rcv_ms: int, origin: str) -> Iterator[Message]:
    """Decode one set of values: a fix, a sign of life, a push token, or why it is neither."""
    device = device_of(fields)
    push = values.text(fields.get("notificationtoken") or fields.get("notificationToken"))
    if push:
        yield PushToken(device=device, token=push)
    lat, lon = _position(fields)
    written = fields.get("timestamp")
    ts_ms = rcv_ms if written in (None, "") else values.moment_ms(written)
    others = values.attributes(
        (name, value) for name, value in fields.items() if name.lower() not in NAMES
    )
    if ts_ms is None:
        yield Unreadable(device=device, reason="bad_timestamp")
    elif _FOREIGN_TYPE in fields:
        yield Unreadable(device=device, reason="other_protocol")
    elif lat is None and lon is None:
        if has_place(fields):
            yield Unreadable(device=device, reason="missing_coordinate")
        elif not push:
            yield Heartbeat(
                device=device,
                ts_ms=sign_ms(ts_ms, rcv_ms),
                battery_pct=values.percent(fields.get("batt")),
                charging=values.flag(fields.get("charge")),
                attributes=others,
            )
    else:
        yield placed(
            Fix(
                device=device,
                ts_ms=ts_ms,
                rcv_ms=rcv_ms,
                lat_e7=0,
                lng_e7=0,
                acc_m=_accuracy(fields),
                speed_mps=rounded(values.not_negative(fields.get("speed")), values.KNOT_MPS),
                bearing_deg=values.bearing(fields.get("bearing", fields.get("heading"))),
                alt_m=values.height(fields.get("altitude")),
                battery_pct=values.percent(fields.get("batt")),
                charging=values.flag(fields.get("charge")),
                origin=origin,
                flags=_flags(fields),
                attributes=others,
            ),
            lat,
            lon,
        )


def _position(fields: Fields) -> tuple[object, object]:
    """Return what was written as latitude and longitude, None where nothing was."""
    lat, lon = fields.get("lat"), fields.get("lon")
    joined = fields.get("location")
    if lat is None and lon is None and isinstance(joined, str) and joined.strip():
        parts = joined.split(",")
        # More than one comma is a decimal comma: which one parts the two numbers is a guess.
        return (parts[0], parts[1]) if len(parts) == 2 else ("", "")  # noqa: PLR2004 - lat, lon
    return lat if lat != "" else None, lon if lon != "" else None


def _accuracy(fields: Fields) -> float | None:
    if fields.get("accuracy") not in (None, ""):
        return rounded(values.positive(fields.get("accuracy")), 1.0)
    return rounded(values.positive(fields.get("hdop")), HDOP_M)


def _flags(fields: Fields) -> Flag:
    flags = Flag.MOCK if values.flag(fields.get("mock")) else Flag.NONE
    # A position the phone itself calls invalid is a sign of life, not a place.
    return flags | Flag.COARSE if values.flag(fields.get("valid")) is False else flags
