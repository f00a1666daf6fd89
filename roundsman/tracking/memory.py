"""What the fold remembers between two fixes: small, bounded, and the whole of a snapshot (pure).

These structs are the only ones in the house that change in place: the fold sees every fix, and a
copy per fix would cost more than the fold. `pipeline.advance` works on a copy of its own, so that
nobody outside ever sees one change.
"""

import msgspec
from msgspec import Struct

from roundsman.core.ids import DeviceId
from roundsman.places.areas import AreaIndex
from roundsman.tracking.model import Cut, Edge, Outcome
from roundsman.tracking.parameters import Parameters

# Raised whenever a rule or a field changes: older snapshots are then thrown away and refolded.
VERSION = 3


class Seen(Struct, frozen=True, array_like=True, gc=False):
    """A fix as the fold sees it: accuracy always known, speed -1 where the phone did not say."""

    ts_ms: int
    lat_e7: int
    lng_e7: int
    acc_m: float
    speed_mps: float
    hint: int
    device: DeviceId


class Standing(Struct, array_like=True):
    """The stop the member is in.

    The anchor is the weighted mean of the inside fixes. `home` is the anchor of the stop this one
    continues, the same unless a short outing came between. `tail` holds the fixes since the last
    one inside the core, or all of them while the stop may still turn out too short (`is_sure`).
    """

    start_ms: int
    start: Edge
    lat: float
    lng: float
    weight: float
    core: Seen
    last: Seen
    tail: list[Seen]
    is_sure: bool
    is_inferred: bool
    fixes: int
    home: tuple[float, float] | None = None
    pending: list[Seen] = msgspec.field(default_factory=list[Seen])


class Left(Struct, frozen=True, array_like=True):
    """The stop the running trip left, kept until it is clear that the trip is one.

    `is_real` is False for a stop too short to count: then it only is where the trip began.
    """

    start_ms: int
    start: Edge
    end_ms: int
    end: Edge
    lat: float
    lng: float
    is_inferred: bool
    is_real: bool
    fixes: int


class Journey(Struct, array_like=True):
    """The running trip: sums over settled fixes, and a window of those that are not.

    `far` counts the fixes beyond an outing from the stop it left, `far_ms` is the first of them.
    """

    start: Seen
    start_edge: Edge
    is_first_estimated: bool
    counted: Seen
    newest: Seen
    window: list[Seen]
    day_end_ms: int
    metres: float = 0.0
    estimated_m: float = 0.0
    covered_ms: int = 0
    far: int = 0
    far_ms: int = 0
    is_drive: bool = False
    hints: int = 0
    cycling: int = 0
    fixes: int = 0
    speeds: list[int] = msgspec.field(default_factory=list[int])
    cuts: list[Cut] = msgspec.field(default_factory=list[Cut])


class Presence(Struct, array_like=True):
    """What is known of a member and one area. `phase` is one of `geofence`'s."""

    area: str
    phase: int
    enter_ms: int
    first_ms: int
    last_ms: int
    last_lat_e7: int
    last_lng_e7: int
    is_last_slow: bool
    was_slow: bool
    confirmed_ms: int = 0
    fixes: int = 0
    accuracies: list[int] = msgspec.field(default_factory=list[int])
    out_count: int = 0
    out_first_ms: int = 0
    out_beyond_m: float = 0.0
    exit_ms: int = 0
    left_ms: int = 0
    is_estimated: bool = False


class State(Struct, array_like=True):
    """Everything the fold carries from one fix to the next.

    `last_ms` is the newest fix it has seen; `folded` counts the fixes and `written` the outcomes so
    far.
    """

    version: int = VERSION
    last_ms: int = 0
    folded: int = 0
    written: int = 0
    device: DeviceId = DeviceId("")
    rank: int = 0
    device_ms: int = 0
    bucket: Seen | None = None
    accepted: Seen | None = None
    held: Seen | None = None
    passed: Seen | None = None
    suspects: list[Seen] = msgspec.field(default_factory=list[Seen])
    intervals: list[int] = msgspec.field(default_factory=list[int])
    standing: Standing | None = None
    journey: Journey | None = None
    left: Left | None = None
    presences: dict[str, Presence] = msgspec.field(default_factory=dict[str, Presence])
    gone: dict[str, Presence] = msgspec.field(default_factory=dict[str, Presence])


class Run(Struct):
    """What one run of the fold works with; what becomes certain is appended to `out`."""

    rules: Parameters
    areas: AreaIndex
    out: list[Outcome] = msgspec.field(default_factory=list[Outcome])


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(State)


def to_bytes(state: State) -> bytes:
    """Return the state as a snapshot."""
    return _ENCODER.encode(state)


def from_bytes(snapshot: bytes) -> State | None:
    """Return the state of a snapshot; None when it is of another version of the fold."""
    try:
        state = _DECODER.decode(snapshot)
    except msgspec.DecodeError:
        return None
    return state if state.version == VERSION else None


def copy_of(state: State) -> State:
    """Return a state that shares nothing that changes with this one."""
    return _DECODER.decode(_ENCODER.encode(state))
