"""Locations as nested JSON, the form of background-geolocation apps (pure). Speeds are m/s."""

from collections.abc import Iterator
from typing import cast

from roundsman.tracking.model import Fix, Flag, Heartbeat, Hint, Message, Trigger, Unreadable
from roundsman.tracking.protocols import values
from roundsman.tracking.protocols.placing import (
    MAX_DEVICE,
    Fields,
    device_of,
    has_place,
    placed,
    rounded,
    sign_ms,
)

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


def messages_of(fields: Fields, location: Fields, rcv_ms: int, origin: str) -> Iterator[Message]:
    """Decode one location; `fields` are those of the message around it, which names the device."""
    device = device_of(fields)
    written = location.get("timestamp")
    ts_ms = rcv_ms if written in (None, "") else values.moment_ms(written)
    battery = object_of(location.get("battery")) or {}
    battery_pct = values.share_as_percent(battery.get("level"))
    charging = values.flag(battery.get("is_charging"))
    others = _attributes(location)
    coords = object_of(location.get("coords"))
    if ts_ms is None:
        yield Unreadable(device=device, reason="bad_timestamp")
    elif coords is None and has_place(location):
        yield Unreadable(device=device, reason="missing_coordinate")
    elif coords is None:
        yield Heartbeat(
            device=device,
            ts_ms=sign_ms(ts_ms, rcv_ms),
            battery_pct=battery_pct,
            charging=charging,
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
                acc_m=rounded(values.positive(coords.get("accuracy")), 1.0),
                speed_mps=rounded(values.not_negative(coords.get("speed")), 1.0),
                bearing_deg=values.bearing(coords.get("heading")),
                alt_m=values.height(coords.get("altitude")),
                battery_pct=battery_pct,
                charging=charging,
                hint=_hint(location),
                origin=origin,
                trigger=_TRIGGERS.get(values.text(location.get("event")), Trigger.UNKNOWN),
                flags=Flag.MOCK if values.flag(location.get("mock")) else Flag.NONE,
                msg_id=values.text(location.get("uuid"))[:MAX_DEVICE],
                attributes=others,
            ),
            coords.get("latitude"),
            coords.get("longitude"),
        )


def _attributes(location: Fields) -> dict[str, str]:
    """Return event, alarm, odometer and the extras; the text in `_` may be stale and is left."""
    own = [(name, location.get(name)) for name in ("event", "alarm", "odometer")]
    extras = object_of(location.get("extras")) or {}
    return values.attributes([*own, *extras.items()])


def _hint(location: Fields) -> Hint:
    activity = object_of(location.get("activity")) or {}
    known = _HINTS.get(values.text(activity.get("type")).lower())
    if known is not None:
        return known
    moving = values.flag(location.get("is_moving"))
    return Hint.UNKNOWN if moving is None else Hint.MOVING if moving else Hint.STILL


def object_of(value: object) -> dict[str, object] | None:
    """Return a JSON object, None for anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None
