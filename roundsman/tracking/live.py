"""The live state of a member: the last position, how old it is, and what the member does. Pure."""

from msgspec import Struct

from roundsman.core.ids import DeviceId, MemberId

LIVE_MS = 2 * 60_000
RECENT_MS = 10 * 60_000
STALE_MS = 60 * 60_000


class LiveState(Struct, frozen=True, kw_only=True):
    """What is known of a member now. `ts_ms` 0 means that no position ever came.

    `moving` is ontheway, idling, halted, offduty or empty, `since_ms` since when; `at` is the area
    the member is inside (`job:<id>` or `place:<uid>`), or empty; `signal_ms` the last sign of life,
    with or without a position; `updated_us` when this record was written.
    """

    member: MemberId
    device: DeviceId = DeviceId("")
    ts_ms: int = 0
    lat_e7: int = 0
    lng_e7: int = 0
    acc_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery_pct: int | None = None
    charging: bool | None = None
    moving: str = ""
    since_ms: int = 0
    at: str = ""
    signal_ms: int = 0
    updated_us: int = 0


def freshness_of(state: LiveState | None, now_ms: int) -> str:
    """Return live, recent, stale or offline by the age of the position, none without one."""
    if state is None or state.ts_ms == 0:
        return "none"
    age_ms = now_ms - state.ts_ms
    if age_ms < LIVE_MS:
        return "live"
    if age_ms < RECENT_MS:
        return "recent"
    return "stale" if age_ms < STALE_MS else "offline"
