"""Which fixes are believed, and which of two that claim the same moment (pure).

The clock rules are those of the door; the rest are the first two stages of the fold: admit and
thin, then hold each fix back by one and drop what only a rocket could have measured.
"""

from roundsman.core.ground import metres
from roundsman.tracking.memory import Run, Seen, State
from roundsman.tracking.model import Dropped, Fix, Flag, Verdict
from roundsman.tracking.parameters import MIN_STEP_S, Parameters

# 2015-01-01: no tracking app in use is older, a clock that says so was never set.
EARLIEST_MS = 1_420_070_400_000
# How far a phone's clock may run ahead of ours.
MAX_AHEAD_MS = 600_000

_UNUSABLE = Flag.COARSE | Flag.SUSPECT_CLOCK | Flag.SUPERSEDED


def is_plausible_time(ts_ms: int, rcv_ms: int) -> bool:
    """Tell whether a device can have measured at `ts_ms` what arrived at `rcv_ms`."""
    return EARLIEST_MS <= ts_ms <= rcv_ms + MAX_AHEAD_MS


def prefer(one: Fix, other: Fix) -> Fix:
    """Return which of two fixes with the same device and time counts, whichever came first.

    The smaller known accuracy wins, then the smaller position; the rest of the key only makes the
    choice independent of the order of arrival.
    """
    return min(one, other, key=_rank_of_twin)


def _rank_of_twin(fix: Fix) -> tuple[object, ...]:
    return (
        fix.acc_m is None,
        fix.acc_m or 0.0,
        fix.lat_e7,
        fix.lng_e7,
        -1.0 if fix.speed_mps is None else fix.speed_mps,
        -1.0 if fix.bearing_deg is None else fix.bearing_deg,
        fix.hint,
        fix.trigger,
        fix.flags,
        fix.rank,
    )


def is_usable(fix: Fix, rules: Parameters) -> bool:
    """Tell whether the fold may use the fix: a believable time, and not coarser than a block."""
    if fix.flags and fix.flags & _UNUSABLE:
        return False
    return fix.acc_m is None or fix.acc_m <= rules.max_accuracy_m


def seen(fix: Fix, rules: Parameters) -> Seen:
    """Return the fix as the fold sees it; accuracy is a hint of the provider, not a fact."""
    acc_m = rules.unknown_accuracy_m if fix.acc_m is None else fix.acc_m
    return Seen(
        fix.ts_ms,
        fix.lat_e7,
        fix.lng_e7,
        max(acc_m, rules.accuracy_floor_m),
        -1.0 if fix.speed_mps is None else fix.speed_mps,
        int(fix.hint),
        fix.device,
    )


def is_from_active_device(state: State, fix: Fix, rules: Parameters) -> bool:
    """Tell whether the fix is of the device that counts now, and remember it.

    Of two devices of a member the one given later counts, from its first fix on; the other is
    heard again when that one has been silent for `device_idle_s`.
    """
    if fix.device != state.device:
        is_idle = fix.ts_ms - state.device_ms > rules.device_idle_s * 1000
        if state.device and fix.rank <= state.rank and not is_idle:
            return False
        state.device, state.rank = fix.device, fix.rank
    state.device_ms = fix.ts_ms
    return True


def thin(state: State, fix: Seen, rules: Parameters) -> Seen | None:
    """Return the most accurate fix of the time bucket that `fix` ended, if it ended one.

    What remains of a dense stream depends on the set of fixes only.
    """
    best = state.bucket
    if best is None:
        state.bucket = fix
        return None
    bucket_ms = int(rules.thin_s * 1000)
    if best.ts_ms // bucket_ms != fix.ts_ms // bucket_ms:
        state.bucket = fix
        return best
    if fix.acc_m < best.acc_m:
        state.bucket = fix
    return None


def sift(state: State, fix: Seen, run: Run) -> list[Seen]:
    """Take a fix in and return those that are believed now, in order of time.

    Spikes and out-and-back fixes go to `run.out`. A fix waits until the next one has spoken.
    """
    held, before = state.held, state.accepted
    if held is not None and before is not None and is_detour(before, held, fix, run.rules):
        run.out.append(_dropped(held, Verdict.DETOUR))
        held = state.held = None
    reference = before if held is None else held
    if reference is not None and not is_reachable(reference, fix, run.rules):
        return _suspect(state, fix, run)
    if state.suspects:
        run.out.extend(_dropped(each, Verdict.SPIKE) for each in state.suspects)
        state.suspects = []
    state.held = fix
    if held is None:
        return []
    state.accepted = held
    return [held]


def flush(state: State) -> list[Seen]:
    """Return the fix that still waits for the next one: at the end there is none."""
    held, state.held = state.held, None
    if held is None:
        return []
    state.accepted = held
    return [held]


def is_reachable(start: Seen, goal: Seen, rules: Parameters) -> bool:
    """Tell whether a member can have come from one fix to the other at a believable speed."""
    away_m = metres(start.lat_e7, start.lng_e7, goal.lat_e7, goal.lng_e7)
    step_s = (goal.ts_ms - start.ts_ms) / 1000
    if away_m <= rules.max_speed_mps * MIN_STEP_S:
        return True
    slack_m = min(start.acc_m, rules.accuracy_cap_m) + min(goal.acc_m, rules.accuracy_cap_m)
    return away_m - slack_m <= rules.max_speed_mps * max(step_s, MIN_STEP_S)


def is_detour(before: Seen, fix: Seen, after: Seen, rules: Parameters) -> bool:
    """Tell whether one fix lies far off the short way between its neighbours."""
    if after.ts_ms - before.ts_ms > rules.detour_s * 1000:
        return False
    out_m = metres(before.lat_e7, before.lng_e7, fix.lat_e7, fix.lng_e7)
    if out_m <= rules.detour_leg_m:
        return False
    back_m = metres(fix.lat_e7, fix.lng_e7, after.lat_e7, after.lng_e7)
    direct_m = metres(before.lat_e7, before.lng_e7, after.lat_e7, after.lng_e7)
    return out_m + back_m > rules.detour_share * direct_m + rules.detour_slack_m


def _suspect(state: State, fix: Seen, run: Run) -> list[Seen]:
    """Keep an unreachable fix aside; enough of them that agree are a real jump."""
    suspects = state.suspects
    if suspects and not is_reachable(suspects[-1], fix, run.rules):
        run.out.extend(_dropped(each, Verdict.SPIKE) for each in suspects)
        suspects = state.suspects = []
    suspects.append(fix)
    if len(suspects) < run.rules.jump_fixes:
        return []
    believed = [*flush(state), *suspects[:-1]]
    state.suspects = []
    state.held = fix
    if believed:
        state.accepted = believed[-1]
    return believed


def _dropped(fix: Seen, verdict: Verdict) -> Dropped:
    return Dropped(device=fix.device, ts_ms=fix.ts_ms, verdict=verdict)
