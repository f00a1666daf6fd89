"""When a member is inside an area: `OUT -> CANDIDATE -> IN -> OUT`, over the fold's fixes (pure).

One fix proves nothing. Inside fixes must span the check-in delay (or the phone fall silent inside),
and two outside fixes must span a minute and a half, before anything is believed; the times told
are those of crossing the boundary, dated back. No limit of time ends a visit: an area that may be
entered no longer keeps whoever is inside until they leave it, or it moves or goes itself.
"""

from roundsman.core.ground import metres
from roundsman.places import areas as places
from roundsman.places.areas import Area
from roundsman.tracking import evidence
from roundsman.tracking.memory import Presence, Run, Seen, State
from roundsman.tracking.model import Passage, Visit

CANDIDATE = 1
IN = 2

_PASS_BETWEEN_MS = 300_000
_SLOW_MPS = 2.0
_STOOD_MPS = 1.0
# Shorter times between two fixes say little about standing: apps repeat an old position.
_STOOD_MS = 60_000
_WAY_OUT_MPS = 3.0
_DRIVE_THROUGH_MPS = 5.0
_TWO = 2


def observe(
    state: State,
    before: Seen | None,
    fix: Seen,
    run: Run,
) -> None:
    """Take the next believed fix; visits and passages that are over go to `out`."""
    if before is not None and run.areas.newest_ms > before.ts_ms:
        _begin_around(state, before, fix.ts_ms, run)
    if not run.areas.cells and not state.presences and not state.gone:
        return
    running = list(state.presences)
    weighed: list[str] = []
    since_ms = before.ts_ms if before is not None else 0
    for area in places.near(run.areas, fix.lat_e7, fix.lng_e7):
        if area.is_valid_at(fix.ts_ms) and _may_hold(state, area, since_ms):
            weighed.append(area.id)
            _weigh(state, area, before, fix, run)
    for area_id in running:
        if area_id not in weighed:
            _weigh_from_afar(state, area_id, before, fix, run)
    if before is not None and fix.ts_ms - before.ts_ms <= _PASS_BETWEEN_MS:
        _note_passages(state, before, fix, run)
    if state.gone:
        _write_gone(state, fix.ts_ms, run)


def note_ping(state: State, fix: Seen, run: Run) -> None:
    """Take a repeated position: inside, it shows that a visit goes on."""
    for area_id, presence in state.presences.items():
        area = places.version_at(run.areas, area_id, fix.ts_ms)
        if presence.phase != IN or area is None:
            continue
        if area.beyond_m(fix.lat_e7, fix.lng_e7) <= 0:
            presence.last_ms = fix.ts_ms
            presence.out_count = 0


def conclude(state: State, last: Seen | None, now_ms: int, run: Run) -> tuple[list[Visit], int]:
    """Return the visits as they look at `now_ms` and when time alone will change them (0: never).

    Uses the state up. A timer may confirm what silence shows; later fixes may contradict it.
    """
    due: list[int] = []
    if last is not None:
        if run.areas.newest_ms > last.ts_ms:
            _begin_around(state, last, now_ms, run)
        around = places.near(run.areas, last.lat_e7, last.lng_e7)
        due += [area.from_ms for area in around if area.from_ms > now_ms]
    for area_id, presence in list(state.presences.items()):
        area = places.version_at(run.areas, area_id, now_ms)
        if area is None:
            _end_area(state, area_id, now_ms, run)
            continue
        if area.until_ms < places.FOREVER_MS:
            due.append(area.until_ms)
        is_silent = last is None or last.ts_ms <= presence.last_ms
        if presence.phase == CANDIDATE and presence.is_last_slow and is_silent:
            sure_ms = presence.last_ms + _delay_ms(run)
            if sure_ms <= now_ms:
                _confirm(state, presence, sure_ms, run)
            else:
                due.append(sure_ms)
    visits = [evidence.visit_of(each) for each in state.gone.values()]
    visits += [evidence.visit_of(each) for each in state.presences.values() if each.phase == IN]
    return sorted(visits, key=lambda visit: (visit.enter_ms, visit.area)), min(due, default=0)


def _may_hold(state: State, area: Area, since_ms: int) -> bool:
    """Tell whether an area may hold a member who enters it after a time, or was there before.

    Where somebody works every day lie the areas of hundreds of jobs that nobody enters any more.
    """
    is_known = area.id in state.presences or area.id in state.gone
    return is_known or since_ms < area.enter_until_ms


def _weigh_from_afar(
    state: State,
    area_id: str,
    before: Seen | None,
    fix: Seen,
    run: Run,
) -> None:
    """Count a fix for an area that is running but not near, or counts no more."""
    area = places.version_at(run.areas, area_id, fix.ts_ms)
    if area is None:
        _end_area(state, area_id, fix.ts_ms, run)
    else:
        _weigh(state, area, before, fix, run)


def _begin_around(state: State, stood: Seen, now_ms: int, run: Run) -> None:
    """Let areas that began since the last fix hold a member who stood there without moving."""
    is_still = state.standing is not None or 0 <= stood.speed_mps < _SLOW_MPS
    if not is_still:
        return
    for area in places.near(run.areas, stood.lat_e7, stood.lng_e7):
        if not stood.ts_ms < area.from_ms <= now_ms < area.until_ms:
            continue
        if area.id in state.presences or not area.may_be_entered_at(area.from_ms):
            continue
        if not evidence.is_inside(area, stood):
            continue
        presence = _candidate(area, stood, area.from_ms, area.from_ms)
        presence.is_last_slow = presence.was_slow = True
        evidence.count_accuracy(presence, stood)
        state.presences[area.id] = presence


def _weigh(
    state: State,
    area: Area,
    before: Seen | None,
    fix: Seen,
    run: Run,
) -> None:
    """Count a fix as evidence for or against being inside."""
    presence = state.presences.get(area.id)
    if evidence.is_inside(area, fix):
        if presence is None:
            enter_ms = evidence.enter_ms(area, before, fix)
            if enter_ms >= area.enter_until_ms and not _is_return(state, area.id, enter_ms, run):
                return
            presence = _candidate(area, fix, fix.ts_ms, enter_ms)
            state.presences[area.id] = presence
        _note_slowness(presence, before, fix)
        _stay(presence, fix)
        _confirm_by_span(state, presence, fix, run)
    elif presence is not None:
        if presence.phase == CANDIDATE and _stood_inside(presence, before, fix, run):
            _confirm(state, presence, presence.last_ms + _delay_ms(run), run)
        if evidence.is_outside(area, fix):
            _outside(state, presence, area, fix, run)


def _delay_ms(run: Run) -> int:
    return int(run.rules.checkin_delay_s * 1000)


def _candidate(area: Area, fix: Seen, ts_ms: int, enter_ms: int) -> Presence:
    is_slow = 0 <= fix.speed_mps < _SLOW_MPS
    return Presence(
        area=area.id,
        phase=CANDIDATE,
        enter_ms=enter_ms,
        first_ms=ts_ms,
        last_ms=ts_ms,
        last_lat_e7=fix.lat_e7,
        last_lng_e7=fix.lng_e7,
        is_last_slow=is_slow,
        was_slow=is_slow,
    )


def _note_slowness(presence: Presence, before: Seen | None, fix: Seen) -> None:
    """Note whether the member is slow at an inside fix, or was since the inside fix before it.

    An app that reports by distance alone says nothing while its owner stands, and that they drive
    whenever it speaks: then only the time between its fixes tells that they stayed.
    """
    speed_mps = evidence.speed_mps(before, fix)
    presence.is_last_slow = 0 <= speed_mps < _SLOW_MPS
    step_ms = fix.ts_ms - presence.last_ms
    away_m = metres(presence.last_lat_e7, presence.last_lng_e7, fix.lat_e7, fix.lng_e7)
    has_stood = step_ms >= _STOOD_MS and away_m * 1000 < _STOOD_MPS * step_ms
    presence.was_slow = presence.was_slow or has_stood or speed_mps <= _DRIVE_THROUGH_MPS


def _stay(presence: Presence, fix: Seen) -> None:
    """Count an inside fix."""
    presence.last_ms = max(presence.last_ms, fix.ts_ms)
    presence.last_lat_e7, presence.last_lng_e7 = fix.lat_e7, fix.lng_e7
    presence.out_count = 0
    evidence.count_accuracy(presence, fix)


def _confirm_by_span(state: State, presence: Presence, fix: Seen, run: Run) -> None:
    """Believe a visit whose inside fixes span the delay, unless it was driven all the way."""
    delay_ms = _delay_ms(run)
    if presence.phase != CANDIDATE or fix.ts_ms - presence.first_ms < delay_ms:
        return
    if presence.was_slow or not delay_ms:
        _confirm(state, presence, presence.first_ms + delay_ms, run)


def _stood_inside(presence: Presence, before: Seen | None, fix: Seen, run: Run) -> bool:
    """Tell whether the silence before this fix was a stay, its way out subtracted."""
    if before is None or before.ts_ms > presence.last_ms or presence.out_count:
        return False
    silent_ms = fix.ts_ms - presence.last_ms
    delay_ms = _delay_ms(run)
    if silent_ms < delay_ms:
        return False
    away_m = metres(presence.last_lat_e7, presence.last_lng_e7, fix.lat_e7, fix.lng_e7)
    if away_m * 1000 < _STOOD_MPS * silent_ms:
        return silent_ms - away_m / _WAY_OUT_MPS * 1000 >= delay_ms
    if not presence.is_last_slow:
        return False
    assumed_mps = run.rules.near_mps if away_m < run.rules.near_m else run.rules.far_mps
    return silent_ms - away_m / assumed_mps * 1000 >= delay_ms


def _confirm(state: State, presence: Presence, at_ms: int, run: Run) -> None:
    """Believe the visit; one soon after another in the same area is the same visit."""
    presence.phase = IN
    presence.confirmed_ms = at_ms
    if not _is_return(state, presence.area, presence.enter_ms, run):
        return
    earlier = state.gone.pop(presence.area)
    presence.enter_ms, presence.first_ms = earlier.enter_ms, earlier.first_ms
    presence.confirmed_ms = earlier.confirmed_ms
    presence.fixes += earlier.fixes
    presence.accuracies = evidence.summed(presence.accuracies, earlier.accuracies)


def _is_return(state: State, area_id: str, enter_ms: int, run: Run) -> bool:
    """Tell whether who enters then goes on with a visit that was over, instead of beginning one."""
    earlier = state.gone.get(area_id)
    return earlier is not None and enter_ms - earlier.exit_ms <= run.rules.merge_gap_s * 1000


def _outside(
    state: State,
    presence: Presence,
    area: Area,
    fix: Seen,
    run: Run,
) -> None:
    if not presence.out_count:
        presence.out_first_ms = fix.ts_ms
        presence.out_beyond_m = area.beyond_m(fix.lat_e7, fix.lng_e7)
    presence.out_count += 1
    if presence.out_count < _TWO:
        return
    if presence.phase == CANDIDATE:
        del state.presences[presence.area]
        run.out.append(Passage(area=presence.area, ts_ms=presence.enter_ms))
    elif fix.ts_ms - presence.out_first_ms >= run.rules.checkout_delay_s * 1000:
        presence.exit_ms, presence.is_estimated = evidence.exit_of(presence, area)
        _end(state, presence, fix.ts_ms, run)


def _end(state: State, presence: Presence, left_ms: int, run: Run) -> None:
    """Put a visit that is over aside until a return can no longer prolong it."""
    del state.presences[presence.area]
    presence.exit_ms = max(presence.exit_ms, presence.enter_ms)
    presence.left_ms = left_ms
    earlier = state.gone.get(presence.area)
    if earlier is not None:  # too long ago to be the same visit
        run.out.append(evidence.visit_of(earlier))
    state.gone[presence.area] = presence


def _end_area(
    state: State,
    area_id: str,
    now_ms: int,
    run: Run,
) -> None:
    """Close the presence in an area that no longer counts, at the moment it ceased to."""
    presence = state.presences[area_id]
    ended = [area for area in run.areas.by_id.get(area_id, ()) if area.until_ms <= now_ms]
    until_ms = max((area.until_ms for area in ended), default=presence.last_ms)
    is_silent = presence.is_last_slow and not presence.out_count
    if presence.phase == CANDIDATE and is_silent and ended:
        sure_ms = presence.last_ms + _delay_ms(run)
        if sure_ms <= until_ms:
            _confirm(state, presence, sure_ms, run)
    if presence.phase == CANDIDATE:
        del state.presences[area_id]
        return
    presence.exit_ms, presence.is_estimated = max(until_ms, presence.last_ms), True
    _end(state, presence, now_ms, run)


def _note_passages(state: State, before: Seen, fix: Seen, run: Run) -> None:
    """Note the areas that the straight way between two fixes cuts without an inside fix."""
    if not run.areas.cells:
        return
    start, goal = (before.lat_e7, before.lng_e7), (fix.lat_e7, fix.lng_e7)
    for area in places.along(run.areas, start, goal):
        if area.id in state.presences or not area.may_be_entered_at(fix.ts_ms):
            continue
        share, away_m = evidence.nearest_on_way(area, before, fix)
        if away_m >= area.radius_m:
            continue
        if area.beyond_m(*start) > 0 and area.beyond_m(*goal) > 0:
            ts_ms = before.ts_ms + round((fix.ts_ms - before.ts_ms) * share)
            run.out.append(Passage(area=area.id, ts_ms=ts_ms))


def _write_gone(state: State, now_ms: int, run: Run) -> None:
    """Write the visits that no return can prolong any more."""
    merge_ms = run.rules.merge_gap_s * 1000
    for area_id, gone in list(state.gone.items()):
        running = state.presences.get(area_id)
        is_back = running is not None and _is_return(state, area_id, running.enter_ms, run)
        if not is_back and now_ms - gone.exit_ms > merge_ms:
            del state.gone[area_id]
            run.out.append(evidence.visit_of(gone))
