"""The live state of a member: the last position, how old it is, and what the member does. Pure."""

from msgspec import Struct

from roundsman.core.ids import DeviceId, MemberId
from roundsman.places.areas import Area
from roundsman.tracking.model import Tail

LIVE_MS = 2 * 60_000
RECENT_MS = 10 * 60_000
STALE_MS = 60 * 60_000
# A member slower than this at the last fix idles on the way, and one who stopped this long ago has
# halted.
ON_THE_WAY_MPS = 1.5
HALTED_MS = 300_000
# Whom the fold has known for less than this it takes to stand, whatever their phone says.
UNPROVEN_MS = 180_000


class LiveState(Struct, frozen=True, kw_only=True):
    """What is known of a member now. `ts_ms` 0 means that no position ever came.

    `moving` is ontheway, idling, halted, offduty or empty, `since_ms` since when; `at` is the area
    the member is inside (`job:<id>` or `place:<uid>`), or empty; `signal_ms` the last sign of life,
    with or without a position; `battery_ms` when the phone last told its battery; `updated_us` when
    this record was written.
    """

    member: MemberId
    device: DeviceId = DeviceId("")
    ts_ms: int = 0
    lat_e7: int = 0
    lng_e7: int = 0
    acc_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    battery_ms: int = 0
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


class Movement(Struct, frozen=True):
    """What a member does, since when, and when time alone will change it (0: never)."""

    name: str
    since_ms: int
    wake_ms: int = 0


def movement(state: LiveState, tail: Tail, now_ms: int) -> Movement:
    """Return ontheway, idling or halted; nothing of a member without any segment."""
    if not tail.segments:
        return Movement("", 0)
    if tail.is_moving:
        is_slow = state.speed_mps is not None and state.speed_mps < ON_THE_WAY_MPS
        return Movement("idling" if is_slow else "ontheway", tail.since_ms)
    if _has_just_appeared_driving(state, tail, now_ms):
        return Movement("ontheway", tail.since_ms, state.ts_ms + HALTED_MS)
    halted_ms = tail.since_ms + HALTED_MS
    if now_ms < halted_ms:
        return Movement("idling", tail.since_ms, halted_ms)
    return Movement("halted", tail.since_ms)


def _has_just_appeared_driving(state: LiveState, tail: Tail, now_ms: int) -> bool:
    """Tell whether a member drives of whom the fold knows too little to say so.

    The fold opens with a stop; until enough fixes lie outside it, the phone's own speed counts.
    """
    is_fast = state.speed_mps is not None and state.speed_mps >= ON_THE_WAY_MPS
    is_new = len(tail.segments) == 1 and state.ts_ms - tail.since_ms < UNPROVEN_MS
    return is_fast and is_new and now_ms - state.ts_ms < HALTED_MS


def rank_of_area(area: Area) -> tuple[bool, int, str]:
    """Return the order in which areas that hold a member are named: jobs, then the smaller."""
    return area.kind != "job", area.radius_m, area.id
