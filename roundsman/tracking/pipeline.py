"""The steps every fix passes, and the fold they make (pure).

    segments(member) = fold(canonical fixes of the member in order of time, parameters)

The fold never looks at when a fix arrived, in which company, or what time it is; so the order of
arrival, batches, crashes and replays cannot change what comes out. A `State` is all it remembers:
going on from a snapshot and starting from nothing give the same bytes.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from roundsman.places.areas import NOWHERE, AreaIndex
from roundsman.tracking import geofence, motion, plausibility
from roundsman.tracking.memory import Run, Seen, State, copy_of
from roundsman.tracking.model import (
    Dropped,
    Fix,
    Gap,
    Outcome,
    Stop,
    Tail,
    Trigger,
    Trip,
    Verdict,
    Visit,
)
from roundsman.tracking.parameters import Parameters


class Advanced(Struct, frozen=True):
    """The state after some fixes, and what they made certain, in order."""

    state: State
    outcomes: tuple[Outcome, ...]


def in_order(fixes: Iterable[Fix]) -> list[Fix]:
    """Return the canonical fixes: one for each device and time, in order of time."""
    chosen: dict[tuple[str, int], Fix] = {}
    for fix in fixes:
        key = (fix.device, fix.ts_ms)
        other = chosen.get(key)
        chosen[key] = fix if other is None else plausibility.prefer(other, fix)
    return sorted(chosen.values(), key=lambda fix: (fix.ts_ms, fix.device))


def advance(
    state: State, fixes: Sequence[Fix], rules: Parameters, areas: AreaIndex = NOWHERE
) -> Advanced:
    """Return the state after these canonical fixes and what became certain by them.

    ValueError when a fix is older than one the state has already seen: such a fix needs an older
    state. The given state stays as it was.
    """
    after = copy_of(state)
    run = Run(rules, areas)
    for fix in fixes:
        if fix.ts_ms < after.last_ms:
            raise ValueError("fixes must be given in order of time")
        after.last_ms = fix.ts_ms
        _take(after, fix, run)
    after.folded += len(fixes)
    after.written += len(run.out)
    return Advanced(after, tuple(run.out))


def close(state: State, now_ms: int, rules: Parameters, areas: AreaIndex = NOWHERE) -> Tail:
    """Return the open end of the day as it looks at `now_ms`, as if no other fix came.

    It shows the fixes that still wait for their neighbour, the trip or stop that goes on, and what
    silence alone suggests.
    """
    last_look = copy_of(state)
    run = Run(rules, areas)
    _take_waiting(last_look, run)
    visits, visit_wake_ms = geofence.conclude(last_look, last_look.passed, now_ms, run)
    trip_wake_ms = _when_probably_standing(last_look, now_ms, rules)
    motion.conclude(last_look, now_ms, run)
    segments = tuple(each for each in run.out if isinstance(each, Stop | Trip | Gap))
    is_moving = bool(segments) and isinstance(segments[-1], Trip)
    wakes = [wake_ms for wake_ms in (visit_wake_ms, trip_wake_ms) if wake_ms]
    return Tail(
        segments=segments,
        visits=(*(each for each in run.out if isinstance(each, Visit)), *visits),
        is_moving=is_moving,
        since_ms=segments[-1].start_ms if segments else 0,
        wake_ms=min(wakes, default=0),
    )


def _take(state: State, fix: Fix, run: Run) -> None:
    if not plausibility.is_usable(fix, run.rules):
        return
    if not plausibility.is_from_active_device(state, fix, run.rules):
        run.out.append(_dropped(fix, Verdict.OTHER_DEVICE))
        return
    seen = plausibility.seen(fix, run.rules)
    if fix.trigger == Trigger.PING:
        geofence.note_ping(state, seen, run)
        motion.note_ping(state, seen, run)
        run.out.append(_dropped(fix, Verdict.PING))
        return
    best = plausibility.thin(state, seen, run.rules)
    if best is not None:
        for believed in plausibility.sift(state, best, run):
            _believe(state, believed, run)


def _take_waiting(state: State, run: Run) -> None:
    """Let the fixes through that wait for one after them."""
    best, state.bucket = state.bucket, None
    if best is not None:
        for believed in plausibility.sift(state, best, run):
            _believe(state, believed, run)
    for believed in plausibility.flush(state):
        _believe(state, believed, run)


def _believe(state: State, fix: Seen, run: Run) -> None:
    before = state.passed
    geofence.observe(state, before, fix, run)
    motion.move(state, fix, run)
    if before is not None:
        motion.note_interval(state, fix.ts_ms - before.ts_ms)
    state.passed = fix


def _when_probably_standing(state: State, now_ms: int, rules: Parameters) -> int:
    """Return when a member who says nothing more will be taken to stand, 0 if that is past."""
    if state.standing is not None or state.passed is None:
        return 0
    due_ms = state.passed.ts_ms + int(rules.stop_min_s * 1000)
    return due_ms if due_ms > now_ms else 0


def _dropped(fix: Fix, verdict: Verdict) -> Dropped:
    return Dropped(device=fix.device, ts_ms=fix.ts_ms, verdict=verdict)
