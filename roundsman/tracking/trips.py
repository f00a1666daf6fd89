"""How the metres, speeds and quality of a trip add up, fix by fix (pure)."""

from roundsman.core.clock import day_bounds, from_ms, local_day, to_ms
from roundsman.core.ground import metres
from roundsman.tracking.memory import Journey, Seen
from roundsman.tracking.model import Cut, Edge, Hint, Mode, Quality, Trip
from roundsman.tracking.parameters import Parameters

# Speeds are counted in steps of half a metre per second, up to what a jump may have.
SPEED_STEP_MPS = 0.5
MAX_SPEED_STEPS = 200
_FASTEST_SHARE = 0.95
_GOOD_SHARE = 0.9
_FAIR_SHARE = 0.7
_NEIGHBOURS_MS = 60_000
_MUCH_POORER = 2.5
_WALKING_OR_STILL = (Hint.UNKNOWN, Hint.STILL)


def begin(start: Seen, edge: Edge, rules: Parameters, *, is_first_estimated: bool) -> Journey:
    """Return a trip that leaves `start`; the way to its first fix may have been unseen."""
    return Journey(
        start=start,
        start_edge=edge,
        is_first_estimated=is_first_estimated,
        counted=start,
        newest=start,
        window=[],
        day_end_ms=next_midnight(start.ts_ms, rules.zone),
    )


def follow(trip: Journey, fix: Seen, rules: Parameters) -> None:
    """Put a fix at the end of the trip; it may yet turn out to belong to the stop that ends it."""
    if not trip.is_drive:
        trip.is_drive = _is_fast(trip, fix, rules)
    trip.window.append(fix)


def settle(trip: Journey, count: int, rules: Parameters) -> None:
    """Add the first `count` fixes of the window to the sums for good."""
    window = trip.window
    for index in range(count):
        following = window[index + 1] if index + 1 < len(window) else None
        _settle_one(trip, window[index], following, rules)
    del window[:count]


def settle_until(trip: Journey, before_ms: int, rules: Parameters) -> None:
    """Settle what the window no longer needs to reach back to `before_ms`."""
    window = trip.window
    count = 0
    while count + 1 < len(window) and window[count + 1].ts_ms <= before_ms:
        count += 1
    if count:
        settle(trip, count, rules)


def finish(trip: Journey, end: Seen, edge: Edge, rules: Parameters) -> Trip:
    """Return the trip that ends at `end`, a settled fix. The end point always counts."""
    rest_m = metres(trip.counted.lat_e7, trip.counted.lng_e7, end.lat_e7, end.lng_e7)
    total_m = trip.metres + rest_m
    cuts = [*trip.cuts, *_cuts(trip, end, rest_m, is_estimated=False, rules=rules)]
    return Trip(
        start_ms=trip.start.ts_ms,
        end_ms=max(end.ts_ms, trip.start.ts_ms),
        start=trip.start_edge,
        end=edge,
        metres=round(total_m, 2),
        estimated_m=round(trip.estimated_m, 2),
        mode=_mode(trip),
        quality=_quality(trip, end),
        start_lat_e7=trip.start.lat_e7,
        start_lng_e7=trip.start.lng_e7,
        end_lat_e7=end.lat_e7,
        end_lng_e7=end.lng_e7,
        max_speed_mps=_fastest_mps(trip.speeds),
        fixes=trip.fixes,
        cuts=tuple(cuts),
    )


def next_midnight(ts_ms: int, zone: str) -> int:
    """Return when the local day of a moment ends."""
    return to_ms(day_bounds(local_day(from_ms(ts_ms), zone), zone)[1])


def _settle_one(trip: Journey, fix: Seen, following: Seen | None, rules: Parameters) -> None:
    before = trip.newest
    step_ms = fix.ts_ms - before.ts_ms
    is_silent = step_ms >= rules.stop_min_s * 1000
    if not trip.fixes:
        is_silent = is_silent or trip.is_first_estimated
    counted = trip.counted
    away_m = metres(counted.lat_e7, counted.lng_e7, fix.lat_e7, fix.lng_e7)
    if is_silent:
        _count(trip, fix, away_m, is_estimated=True, rules=rules)
    else:
        if step_ms <= rules.covered_s * 1000:
            trip.covered_ms += step_ms
        if away_m >= rules.gate_m and _counts(counted, fix, following, away_m):
            _count(trip, fix, away_m, is_estimated=False, rules=rules)
        _add_speed(trip, before, fix, step_ms)
    if fix.hint not in _WALKING_OR_STILL:
        trip.hints += 1
        trip.cycling += fix.hint == Hint.CYCLING
    trip.fixes += 1
    trip.newest = fix


def _counts(counted: Seen, fix: Seen, following: Seen | None, away_m: float) -> bool:
    """Tell whether a step is longer than its ends are uncertain.

    The poorer end decides, and a fix much poorer than both its neighbours is no corner of the way:
    with one network fix in twenty, a walk of good fixes otherwise measures a quarter too long.
    """
    if away_m < max(counted.acc_m, fix.acc_m):
        return False
    if following is None or following.ts_ms - counted.ts_ms > _NEIGHBOURS_MS:
        return True
    return fix.acc_m <= _MUCH_POORER * max(counted.acc_m, following.acc_m)


def _count(
    trip: Journey, fix: Seen, away_m: float, *, is_estimated: bool, rules: Parameters
) -> None:
    if fix.ts_ms >= trip.day_end_ms:
        trip.cuts.extend(_cuts(trip, fix, away_m, is_estimated=is_estimated, rules=rules))
        trip.day_end_ms = next_midnight(fix.ts_ms, rules.zone)
    if is_estimated:
        trip.estimated_m += away_m
    else:
        trip.metres += away_m
    trip.counted = fix


def _cuts(
    trip: Journey, fix: Seen, away_m: float, *, is_estimated: bool, rules: Parameters
) -> list[Cut]:
    """Return a cut for each midnight on the way to `fix`, its metres shared by time."""
    cuts: list[Cut] = []
    since_ms = trip.counted.ts_ms
    midnight_ms = trip.day_end_ms
    while midnight_ms <= fix.ts_ms:
        share = (midnight_ms - since_ms) / (fix.ts_ms - since_ms) if fix.ts_ms > since_ms else 0.0
        before_m = away_m * min(1.0, max(0.0, share))
        measured_m, estimated_m = (0.0, before_m) if is_estimated else (before_m, 0.0)
        cuts.append(
            Cut(
                midnight_ms,
                round(trip.metres + measured_m, 2),
                round(trip.estimated_m + estimated_m, 2),
            )
        )
        midnight_ms = next_midnight(midnight_ms, rules.zone)
    return cuts


def _add_speed(trip: Journey, before: Seen, fix: Seen, step_ms: int) -> None:
    speed_mps = fix.speed_mps
    if speed_mps < 0:
        if step_ms <= 0:
            return
        step_m = metres(before.lat_e7, before.lng_e7, fix.lat_e7, fix.lng_e7)
        speed_mps = step_m * 1000 / step_ms
    step = min(int(speed_mps / SPEED_STEP_MPS), MAX_SPEED_STEPS)
    speeds = trip.speeds
    if step >= len(speeds):
        speeds.extend([0] * (step + 1 - len(speeds)))
    speeds[step] += 1


def _fastest_mps(speeds: list[int]) -> float:
    """Return the 95th percentile (the lower of two values): one wild value is no top speed."""
    wanted = int((sum(speeds) - 1) * _FASTEST_SHARE) + 1
    total = 0
    for step, count in enumerate(speeds):
        total += count
        if count and total >= wanted:
            return (step + 0.5) * SPEED_STEP_MPS
    return 0.0


def _is_fast(trip: Journey, fix: Seen, rules: Parameters) -> bool:
    """Tell whether the last 60 seconds (or the one longer step) were faster than feet."""
    before_ms = fix.ts_ms - int(rules.drive_s * 1000)
    for earlier in reversed(trip.window):
        if earlier.ts_ms <= before_ms:
            break
    else:
        earlier = trip.newest
        if earlier.ts_ms > before_ms:
            return False
    away_m = metres(earlier.lat_e7, earlier.lng_e7, fix.lat_e7, fix.lng_e7)
    return away_m * 1000 >= rules.drive_mps * (fix.ts_ms - earlier.ts_ms)


def _mode(trip: Journey) -> Mode:
    if trip.cycling * 2 > trip.hints:
        return Mode.CYCLE
    return Mode.DRIVE if trip.is_drive else Mode.WALK


def _quality(trip: Journey, end: Seen) -> Quality:
    whole_ms = end.ts_ms - trip.start.ts_ms
    share = trip.covered_ms / whole_ms if whole_ms > 0 else 0.0
    if share >= _GOOD_SHARE:
        return Quality.GOOD
    return Quality.FAIR if share >= _FAIR_SHARE else Quality.POOR
