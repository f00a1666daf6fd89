"""What every message has: a device, a moment, and if all is well a place (pure)."""

from collections.abc import Mapping

from msgspec import structs

from roundsman.core.geo import is_on_earth
from roundsman.core.ground import E7
from roundsman.core.ids import DeviceId
from roundsman.tracking.model import Fix, Flag, Message, Unreadable
from roundsman.tracking.plausibility import is_plausible_time
from roundsman.tracking.protocols import values

MAX_DEVICE = 128
# How places are named here, and in other protocols: whoever sends one did not mean a sign of life.
PLACE_NAMES = ("lat", "lon", "location")
_FOREIGN_NAMES = frozenset(
    {"latitude", "longitude", "lng", "coords", "coordinates", "geometry", "locations", "position"}
)

type Fields = Mapping[str, object]


def device_of(fields: Fields) -> DeviceId:
    """Return the device a message names; empty when it names none."""
    for name in ("device_id", "id", "deviceid"):
        found = values.text(fields.get(name)).strip()
        if found:
            return DeviceId(found[:MAX_DEVICE])
    return DeviceId("")


def has_place(fields: Fields) -> bool:
    """Tell whether a message whose position cannot be read has one all the same.

    It may go by another protocol's names, or be a list where an object belongs.
    """
    for name, value in fields.items():
        is_place = name.lower() in _FOREIGN_NAMES or name.lower() in PLACE_NAMES
        if is_place and value not in (None, ""):
            return True
    return False


def sign_ms(ts_ms: int, rcv_ms: int) -> int:
    """Return when the phone lived: a clock that cannot be right says no more than now."""
    return ts_ms if is_plausible_time(ts_ms, rcv_ms) else rcv_ms


def placed(fix: Fix, written_lat: object, written_lon: object) -> Message:
    """Return the fix at its position, flagged when its clock is suspect; or why it is useless."""
    lat, lon = values.number(written_lat), values.number(written_lon)
    if lat is None or lon is None:
        missing = written_lat is None or written_lon is None
        reason = "missing_coordinate" if missing else "bad_coordinate"
        return Unreadable(device=fix.device, reason=reason)
    if not is_on_earth(lat, lon) or (lat == 0 and lon == 0):
        return Unreadable(device=fix.device, reason="impossible_position")
    is_plausible = is_plausible_time(fix.ts_ms, fix.rcv_ms)
    return structs.replace(
        fix,
        lat_e7=round(lat * E7),
        lng_e7=round(lon * E7),
        flags=fix.flags if is_plausible else fix.flags | Flag.SUSPECT_CLOCK,
    )


def rounded(value: float | None, factor: float) -> float | None:
    """Return a measurement to the centimetre; no phone knows more."""
    return None if value is None else round(value * factor, 2)
