"""What tracking speaks of: fixes, and the stops, trips, gaps and visits they fold into.

Times are milliseconds since 1970 UTC, positions 1e-7 degrees, distances metres, speeds metres per
second. Times named `ts` are the device's, `rcv` the server's.
"""

from enum import IntEnum, IntFlag, StrEnum

from msgspec import Struct

from roundsman.core.ids import DeviceId


class Hint(IntEnum):
    """What the phone itself believes its owner does."""

    UNKNOWN = 0
    STILL = 1
    WALKING = 2
    CYCLING = 3
    VEHICLE = 4
    MOVING = 5


class Trigger(IntEnum):
    """What made the app send a fix."""

    UNKNOWN = 0
    TIMER = 1
    PING = 2
    MANUAL = 3
    FENCE = 4
    PUSH = 5


class Flag(IntFlag):
    """What is to be known of a fix before it is used."""

    NONE = 0
    MOCK = 1
    COARSE = 2
    SUSPECT_CLOCK = 4
    SUPERSEDED = 8


class Verdict(IntEnum):
    """Why a stored fix is not part of the path."""

    USED = 0
    SPIKE = 1
    DETOUR = 2
    OTHER_DEVICE = 3
    PING = 4


class Fix(Struct, frozen=True, kw_only=True):
    """One measured position. None where the phone did not say.

    `rank` orders the devices of a member: of two that report at once, the higher one counts.
    """

    device: DeviceId
    ts_ms: int
    rcv_ms: int
    lat_e7: int
    lng_e7: int
    acc_m: float | None = None
    speed_mps: float | None = None
    bearing_deg: float | None = None
    alt_m: float | None = None
    battery_pct: int | None = None
    charging: bool | None = None
    hint: Hint = Hint.UNKNOWN
    origin: str = ""
    trigger: Trigger = Trigger.UNKNOWN
    flags: Flag = Flag.NONE
    msg_id: str = ""
    attributes: dict[str, str] = {}
    rank: int = 0


class Heartbeat(Struct, frozen=True, kw_only=True):
    """A sign of life without a position."""

    device: DeviceId
    ts_ms: int
    battery_pct: int | None = None
    charging: bool | None = None
    attributes: dict[str, str] = {}


class PushToken(Struct, frozen=True, kw_only=True):
    """The address under which the app can be woken."""

    device: DeviceId
    token: str


class Unreadable(Struct, frozen=True, kw_only=True):
    """A message nobody can use; `reason` is a snake_case code, `device` may be unknown."""

    device: DeviceId
    reason: str


Message = Fix | Heartbeat | PushToken | Unreadable


class Edge(IntEnum):
    """How the beginning or end of a segment is known."""

    MEASURED = 0
    INFERRED = 1
    OPEN = 2


class Mode(StrEnum):
    """How a trip was made."""

    DRIVE = "drive"
    WALK = "walk"
    CYCLE = "cycle"


class Quality(StrEnum):
    """How well the fixes cover the time of a trip, or support a stop."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class Stop(Struct, frozen=True, kw_only=True, tag="stop"):
    """The member stayed within a small area."""

    start_ms: int
    end_ms: int
    start: Edge
    end: Edge
    lat_e7: int
    lng_e7: int
    confidence: Quality
    fixes: int


class Cut(Struct, frozen=True, array_like=True):
    """A local midnight within a trip, and the metres driven before it."""

    at_ms: int
    metres: float
    estimated_m: float


class Trip(Struct, frozen=True, kw_only=True, tag="trip"):
    """What lies between two stops. `metres` are measured, `estimated_m` bridge silences."""

    start_ms: int
    end_ms: int
    start: Edge
    end: Edge
    metres: float
    estimated_m: float
    mode: Mode
    quality: Quality
    start_lat_e7: int
    start_lng_e7: int
    end_lat_e7: int
    end_lng_e7: int
    max_speed_mps: float
    fixes: int
    cuts: tuple[Cut, ...] = ()


class Gap(Struct, frozen=True, kw_only=True, tag="gap"):
    """A time without usable fixes that standing still does not explain."""

    start_ms: int
    end_ms: int
    metres: float
    start_lat_e7: int
    start_lng_e7: int
    end_lat_e7: int
    end_lng_e7: int


Segment = Stop | Trip | Gap


class Visit(Struct, frozen=True, kw_only=True, tag="visit"):
    """Presence inside an area that satisfied the check-in rule.

    `exit_ms` is 0 while the member is inside. `first_ms` and `last_ms` are the first and last
    inside fix; `confirmed_ms` is when the rule was satisfied, `left_ms` when leaving was believed.
    """

    area: str
    enter_ms: int
    exit_ms: int
    estimated: bool
    fixes: int
    acc_m: float
    first_ms: int
    last_ms: int
    confirmed_ms: int
    left_ms: int


class Passage(Struct, frozen=True, kw_only=True, tag="passage"):
    """The member crossed an area without visiting it."""

    area: str
    ts_ms: int


class Dropped(Struct, frozen=True, kw_only=True, tag="dropped"):
    """A stored fix that is not part of the path, and why."""

    device: DeviceId
    ts_ms: int
    verdict: Verdict


Outcome = Stop | Trip | Gap | Visit | Passage | Dropped


class Tail(Struct, frozen=True, kw_only=True):
    """The open end of a member's day, derived at a moment and never stored as truth.

    `since_ms` is when the last segment began; `wake_ms` is when time alone will change the tail, 0
    for never.
    """

    segments: tuple[Segment, ...]
    visits: tuple[Visit, ...]
    is_moving: bool
    since_ms: int
    wake_ms: int
