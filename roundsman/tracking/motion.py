"""When a member stands and when they travel: a state machine over believed fixes (pure).

    STOPPED --- two confirmed fixes outside, or inferred ---> MOVING
    MOVING --- window rule, standing silence, slow silence ---> STOPPED

Exactly one of `state.standing` alone, `state.journey` alone, or both is set: both while a stop may
still turn out too short to be one, and then its journey goes on.
"""

from roundsman.core.ground import metres, onto_map, wrap_e7
from roundsman.tracking import stillness, stops, trips
from roundsman.tracking.memory import Journey, Left, Run, Seen, Standing, State
from roundsman.tracking.model import Edge, Gap

# A running mean over at most this much weight, so that an anchor can follow a slow truth.
MAX_WEIGHT = 40.0
# Fixes kept while it is open when a stop was left; beyond it every second one is enough.
MAX_TAIL = 80
_RECENT = 9
_ENOUGH = 3
# Slower than this at the last fix, a silent member probably stands.
_SLOW_MPS = 2.0
# So many fixes far away, all within this time, may be wild.
_WILD_FIXES = 2
_WILD_MS = 60_000


def move(state: State, fix: Seen, run: Run) -> None:
    """Take the next believed fix; what became certain by it goes to `out`."""
    if state.standing is not None:
        _stand(state, state.standing, fix, run)
    elif state.journey is not None:
        _travel(state, state.journey, fix, run)
    else:
        state.standing = stops.opened(fix)


def note_interval(state: State, interval_ms: int) -> None:
    """Remember how far apart the fixes have been lately."""
    intervals = state.intervals
    intervals.append(interval_ms)
    if len(intervals) > _RECENT:
        del intervals[0]


def note_ping(state: State, fix: Seen, run: Run) -> bool:
    """Take a repeated position: it can only show that the member still stands where they stood."""
    stop = state.standing
    if stop is None or metres(stop.lat, stop.lng, fix.lat_e7, fix.lng_e7) > run.rules.stop_radius_m:
        return False
    if not stop.pending:
        stop.last = fix
        if metres(stop.lat, stop.lng, fix.lat_e7, fix.lng_e7) <= stops.core_m(run):
            stop.core = fix
    return True


def conclude(state: State, now_ms: int, run: Run) -> None:
    """Write the open end of the day to `out`, as it looks at `now_ms`. Uses the state up."""
    trip = state.journey
    if state.standing is None and trip is not None:
        last = trip.window[-1]
        is_silent = now_ms - last.ts_ms >= run.rules.stop_min_s * 1000
        if is_silent and stillness.speed_at_end(trip) < _SLOW_MPS:
            _arrive_silently(state, trip, run, is_inferred=True)
    if state.standing is not None:
        _make_sure(state, state.standing, run)
        stop = state.standing
        run.out.append(stops.stop_of(stops.left_behind(stop, stop.last.ts_ms, Edge.OPEN)))
    elif trip is not None:
        last = trip.window[-1]
        trips.settle(trip, len(trip.window), run.rules)
        _write_trip(state, trip, last, Edge.OPEN, run)


def _stand(state: State, stop: Standing, fix: Seen, run: Run) -> None:
    away_m = metres(stop.lat, stop.lng, fix.lat_e7, fix.lng_e7)
    if away_m <= run.rules.stop_radius_m + 0.5 * min(fix.acc_m, run.rules.accuracy_cap_m):
        _stay(state, stop, fix, away_m, run)
        return
    pending = stop.pending
    pending.append(fix)
    outside_ms = fix.ts_ms - pending[0].ts_ms
    if len(pending) >= run.rules.out_fixes and outside_ms >= run.rules.out_s * 1000:
        _depart(state, stop, run)


def _stay(
    state: State,
    stop: Standing,
    fix: Seen,
    away_m: float,
    run: Run,
) -> None:
    if stop.pending:  # they were noise
        stop.pending = []
    weight = stillness.weight_of(fix)
    stop.weight = min(stop.weight + weight, MAX_WEIGHT)
    share = weight / stop.weight
    stop.lat += share * (fix.lat_e7 - stop.lat)
    stop.lng = onto_map(stop.lng + share * wrap_e7(fix.lng_e7 - stop.lng))
    stop.fixes += 1
    if fix.ts_ms > stop.last.ts_ms:  # a ping may be newer than a fix that was held back
        stop.last = fix
    if away_m > stops.core_m(run):
        stop.tail.append(fix)
    else:
        stop.core = fix
        if not stop.is_sure and fix.ts_ms - stop.start_ms >= run.rules.stop_min_s * 1000:
            _make_sure(state, stop, run)
        if stop.is_sure:
            stop.tail.clear()
        else:
            stop.tail.append(fix)
    if len(stop.tail) > MAX_TAIL:
        del stop.tail[1::2]


def _make_sure(state: State, stop: Standing, run: Run) -> None:
    """Write the trip that led to a stop which can no longer turn out too short."""
    stop.is_sure = True
    trip = state.journey
    if trip is not None:
        _write_trip(state, trip, trip.newest, Edge.MEASURED, run)
        state.journey = None


def _write_trip(state: State, trip: Journey, end: Seen, edge: Edge, run: Run) -> None:
    _write_left(state, run)
    run.out.append(trips.finish(trip, end, edge, run.rules))


def _write_left(state: State, run: Run) -> None:
    if state.left is not None and state.left.is_real:
        run.out.append(stops.stop_of(state.left))
    state.left = None


def _depart(state: State, stop: Standing, run: Run) -> None:
    """Believe that the member left, date it, and let the fixes since then be the way."""
    pending, first = stop.pending, stop.pending[0]
    silent_ms = first.ts_ms - stop.last.ts_ms
    away_m = metres(stop.lat, stop.lng, first.lat_e7, first.lng_e7)
    if silent_ms > run.rules.gap_s * 1000 and away_m * 1000 >= run.rules.continue_mps * silent_ms:
        _lose(state, first, run)
    else:
        _go(state, _set_off(state, stop, run), first, run)
    for fix in pending[1:]:
        move(state, fix, run)


def _set_off(state: State, stop: Standing, run: Run) -> Journey:
    """End the stop and return the trip that leaves it, or goes on because it was none."""
    since_core = [fix for fix in stop.tail if fix.ts_ms > stop.core.ts_ms]
    following = since_core[0] if since_core else stop.pending[0]
    start = stops.departure(stop, following, run)
    is_short = not stop.is_sure and start.ts_ms - stop.start_ms < run.rules.stop_min_s * 1000
    state.standing = None
    if is_short and state.journey is not None:
        way = stop.tail[1:]
        trip = state.journey
    elif is_short:
        way = stop.tail[1:]
        trip = trips.begin(stop.tail[0], stop.start, run.rules, is_first_estimated=False)
        state.left = stops.left_behind(stop, start.ts_ms, Edge.OPEN, is_real=False)
        state.journey = trip
    else:
        way = [fix for fix in since_core if fix.ts_ms > start.ts_ms]
        unseen_s = (following.ts_ms - stop.core.ts_ms) / 1000
        is_unseen = unseen_s >= run.rules.stop_min_s
        trip = _leave(state, stop, start, run, is_unseen=is_unseen)
    for fix in way:
        _go(state, trip, fix, run)
    return trip


def _leave(state: State, stop: Standing, start: Seen, run: Run, *, is_unseen: bool) -> Journey:
    """End a stop that is one, and return the trip that begins at `start`."""
    edge = Edge.MEASURED if start is stop.core else Edge.INFERRED
    _make_sure(state, stop, run)
    state.standing = None
    state.left = stops.left_behind(stop, start.ts_ms, edge)
    trip = trips.begin(start, edge, run.rules, is_first_estimated=is_unseen)
    state.journey = trip
    return trip


def _go(state: State, trip: Journey, fix: Seen, run: Run) -> None:
    """Put a fix on the way; far enough from the stop it left, the trip certainly is one."""
    trips.follow(trip, fix, run.rules)
    left = state.left
    if left is None or metres(left.lat, left.lng, fix.lat_e7, fix.lng_e7) <= run.rules.excursion_m:
        return
    trip.far += 1
    trip.far_ms = trip.far_ms or fix.ts_ms
    # Two wild fixes in a row, however far, are no outing.
    if trip.far > _WILD_FIXES or fix.ts_ms - trip.far_ms >= _WILD_MS:
        _write_left(state, run)


def _travel(state: State, trip: Journey, fix: Seen, run: Run) -> None:
    last = trip.window[-1]
    least_ms = int(run.rules.stop_min_s * 1000)
    if fix.ts_ms - last.ts_ms >= least_ms:
        _break_silence(state, trip, fix, run)
        return
    _go(state, trip, fix, run)
    trips.settle_until(trip, fix.ts_ms - least_ms, run.rules)
    if fix.ts_ms - trip.window[0].ts_ms < least_ms:
        return
    anchor = stillness.standing_anchor(trip.window, run.rules)
    if anchor is not None:
        index = stillness.arrival(trip.window, anchor, 0, stops.core_m(run))
        _arrive(state, trip, index, run, is_inferred=False)


def _break_silence(state: State, trip: Journey, fix: Seen, run: Run) -> None:
    """Explain a long time without fixes: stood all the time, stood part of it, or drove on."""
    last = trip.window[-1]
    silent_ms = fix.ts_ms - last.ts_ms
    away_m = metres(last.lat_e7, last.lng_e7, fix.lat_e7, fix.lng_e7)
    if away_m <= run.rules.stop_radius_m + 0.5 * min(fix.acc_m, run.rules.accuracy_cap_m):
        _arrive_silently(state, trip, run, is_inferred=False)
        move(state, fix, run)
    elif _stood_meanwhile(state, trip, silent_ms, away_m, run):
        stop = _arrive_silently(state, trip, run, is_inferred=True)
        way_ms = int(stops.assumed_s(away_m, run) * 1000)
        start = stops.at_anchor(stop, max(last.ts_ms, fix.ts_ms - way_ms))
        onward = _leave(state, stop, start, run, is_unseen=True)
        _go(state, onward, fix, run)
    elif silent_ms <= run.rules.gap_s * 1000:
        trips.settle(trip, len(trip.window), run.rules)
        _go(state, trip, fix, run)
    else:
        _lose(state, fix, run)


def _stood_meanwhile(state: State, trip: Journey, silent_ms: int, away_m: float, run: Run) -> bool:
    """Tell whether a silent member stood long enough for a stop before going on."""
    silent_s = silent_ms / 1000
    if away_m >= run.rules.continue_mps * silent_s:
        return False
    recent = sorted(state.intervals)
    if len(recent) >= _ENOUGH and silent_ms < run.rules.silence_share * recent[len(recent) // 2]:
        return False
    last = trip.window[-1]
    index = stillness.final_run(trip.window, last, run.rules.stop_radius_m)
    spent_s = (last.ts_ms - trip.window[index].ts_ms) / 1000
    return silent_s - stops.assumed_s(away_m, run) + spent_s >= run.rules.stop_min_s


def _arrive_silently(state: State, trip: Journey, run: Run, *, is_inferred: bool) -> Standing:
    index = stillness.final_run(trip.window, trip.window[-1], stops.core_m(run))
    return _arrive(state, trip, index, run, is_inferred=is_inferred)


def _arrive(
    state: State,
    trip: Journey,
    index: int,
    run: Run,
    *,
    is_inferred: bool,
) -> Standing:
    """End the trip at a fix of its window; the rest of the window is the beginning of the stop."""
    tail = trip.window[index:]
    trips.settle(trip, index + 1, run.rules)
    trip.window = []
    lat, lng, weight = stillness.mean_of(tail)
    core_m = stops.core_m(run)
    core = next(
        (f for f in reversed(tail) if metres(lat, lng, f.lat_e7, f.lng_e7) <= core_m), tail[0]
    )
    stop = Standing(
        start_ms=tail[0].ts_ms,
        start=Edge.MEASURED,
        lat=lat,
        lng=lng,
        weight=min(weight, MAX_WEIGHT),
        core=core,
        last=tail[-1],
        tail=tail,
        is_sure=False,
        is_inferred=is_inferred,
        fixes=len(tail),
    )
    state.standing = stop
    left = state.left
    if left is not None and stops.is_same(left, lat, lng, run):
        _resume(state, stop, left)
    elif core.ts_ms - stop.start_ms >= run.rules.stop_min_s * 1000:
        _make_sure(state, stop, run)
    return stop


def _resume(state: State, stop: Standing, left: Left) -> None:
    """Let the stop go on that a short outing left and came back to: it was no trip."""
    stop.start_ms, stop.start = left.start_ms, left.start
    stop.home = (left.lat, left.lng)
    stop.fixes += left.fixes
    stop.is_sure = True
    stop.is_inferred = left.is_inferred
    state.journey = state.left = None


def _lose(state: State, fix: Seen, run: Run) -> None:
    """End what was known, name the gap, and begin anew at `fix`."""
    stop, trip, left = state.standing, state.journey, state.left
    if stop is not None:
        _make_sure(state, stop, run)
        last = stop.last
        run.out.append(stops.stop_of(stops.left_behind(stop, last.ts_ms, Edge.OPEN)))
    elif trip is not None:
        last = trip.window[-1]
        trips.settle(trip, len(trip.window), run.rules)
        if left is not None and stops.is_same(left, last.lat_e7, last.lng_e7, run):
            if left.is_real:
                run.out.append(stops.stop_of(left, end_ms=last.ts_ms, edge=Edge.OPEN))
        else:
            _write_trip(state, trip, last, Edge.OPEN, run)
    else:
        last = fix
    run.out.append(
        Gap(
            start_ms=last.ts_ms,
            end_ms=fix.ts_ms,
            metres=round(metres(last.lat_e7, last.lng_e7, fix.lat_e7, fix.lng_e7), 2),
            start_lat_e7=last.lat_e7,
            start_lng_e7=last.lng_e7,
            end_lat_e7=fix.lat_e7,
            end_lng_e7=fix.lng_e7,
        )
    )
    state.journey = state.left = None
    state.standing = stops.opened(fix)
