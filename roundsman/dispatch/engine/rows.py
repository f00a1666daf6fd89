"""Tours as rows of arrays: what an insertion costs and whether it fits, without driving them.

The rules are those of `dispatch/tours.py`: work begins at the earliest permitted moment, so one
comparison with the latest arrival decides about time (Savelsbergh, 1992), and the highest loads
before and behind a leg decide about load.
"""

from roundsman.dispatch.engine.arrays import FAR, Facts, State, compiled


@compiled
def leave_at(facts: Facts, task: int, arrive: int) -> int:
    """Return when work ends for this arrival; after the last window it begins late."""
    for at in range(facts.windows_from[task], facts.windows_from[task + 1]):
        if arrive <= facts.window_end[at]:
            return max(arrive, facts.window_start[at]) + facts.service[task]
    return arrive + facts.service[task]


@compiled
def latest_arrival(facts: Facts, task: int, leave_by: int) -> int:
    """Return the latest arrival that lets the work end by the moment; -1 when there is none."""
    begin_by = leave_by - facts.service[task]
    first = facts.windows_from[task]
    at = facts.windows_from[task + 1] - 1
    if at < first:
        return begin_by
    while at >= first:
        if facts.window_start[at] <= begin_by:
            return min(facts.window_end[at], begin_by)
        at -= 1
    return -1


@compiled
def known(leg: int) -> int:
    """Return the time or cost of a leg; one without connection, between fixed tasks only, is 0."""
    return 0 if leg >= FAR else leg


@compiled
def refresh(facts: Facts, state: State, lane: int, row: int) -> None:
    """Work out everything about a row from its stops."""
    size, mode = state.size[row], facts.mode[lane]
    state.places[row, 0] = facts.start[lane]
    for at in range(size):
        state.places[row, at + 1] = facts.place[state.stops[row, at]]
        state.spot_of[state.stops[row, at]] = at
    state.places[row, size + 1] = facts.end[lane]
    travel = 0
    for leg in range(size + 1):
        cost = facts.out[mode, state.places[row, leg], state.places[row, leg + 1]]
        state.legs[row, leg] = known(cost) if size else 0
        travel += state.legs[row, leg]
    state.travel[row] = travel
    if facts.bounded:
        driven = 0
        for leg in range(size + 1):
            driven += known(facts.out_m[mode, state.places[row, leg], state.places[row, leg + 1]])
        state.driven[row] = driven if size else 0
    if facts.timed[lane]:
        state.begins[row, 0] = facts.begin[lane]
        for at in range(size):
            time = known(facts.out_s[mode, state.places[row, at], state.places[row, at + 1]])
            arrive = state.begins[row, at] + time
            state.begins[row, at + 1] = leave_at(facts, state.stops[row, at], arrive)
        state.latest[row, size] = facts.until[lane]
        for at in range(size - 1, -1, -1):
            time = known(facts.out_s[mode, state.places[row, at + 1], state.places[row, at + 2]])
            leave_by = state.latest[row, at + 1] - time
            state.latest[row, at] = latest_arrival(facts, state.stops[row, at], leave_by)
    refresh_loads(facts, state, row)


@compiled
def refresh_loads(facts: Facts, state: State, row: int) -> None:
    """Work out the highest loads before and behind each leg of a row."""
    size = state.size[row]
    for dimension in range(facts.width):
        load = 0
        for at in range(size):
            load += facts.dropoff[state.stops[row, at], dimension]
        state.fore[row, 0, dimension] = load
        state.back[row, 0, dimension] = load
        for at in range(size):
            stop = state.stops[row, at]
            load += facts.pickup[stop, dimension] - facts.dropoff[stop, dimension]
            state.fore[row, at + 1, dimension] = max(load, state.fore[row, at, dimension])
            state.back[row, at + 1, dimension] = load
        for leg in range(size - 1, -1, -1):
            behind = state.back[row, leg + 1, dimension]
            state.back[row, leg, dimension] = max(behind, state.back[row, leg, dimension])


@compiled
def is_feasible(facts: Facts, state: State, lane: int, row: int) -> bool:
    """Tell whether the tour keeps connections, times and loads."""
    size, mode = state.size[row], facts.mode[lane]
    for leg in range(size + 1):
        if facts.out[mode, state.places[row, leg], state.places[row, leg + 1]] >= FAR:
            return False
    if facts.timed[lane]:
        time = facts.out_s[mode, state.places[row, 0], state.places[row, 1]]
        if facts.begin[lane] + time > state.latest[row, 0]:
            return False
    if facts.bounded and state.driven[row] > facts.bound_m[lane]:
        return False
    for dimension in range(facts.width):
        if state.fore[row, size, dimension] > facts.capacity[lane, dimension]:
            return False
    return True


@compiled
def fits(facts: Facts, state: State, lane: int, row: int, task: int, at: int) -> bool:
    """Tell whether the task may stand before the stop at the position; the legs are known."""
    if facts.timed[lane]:
        mode, place = facts.mode[lane], facts.place[task]
        leave = state.begins[row, at] + facts.into_s[mode, place, state.places[row, at]]
        if leave > facts.closes[task]:
            return False
        leave = leave_at(facts, task, leave)
        onward = facts.out_s[mode, place, state.places[row, at + 1]]
        if leave + onward > state.latest[row, at]:
            return False
    if facts.bounded:
        longer = _driven_by(facts, state, lane, row, facts.place[task], at)
        if state.driven[row] + longer > facts.bound_m[lane]:
            return False
    for dimension in range(facts.width):
        bound = facts.capacity[lane, dimension]
        if (
            state.fore[row, at, dimension] + facts.dropoff[task, dimension] > bound
            or state.back[row, at, dimension] + facts.pickup[task, dimension] > bound
        ):
            return False
    return True


@compiled
def _driven_by(facts: Facts, state: State, lane: int, row: int, place: int, at: int) -> int:
    """Return by how many metres a stop at the place before the stop there prolongs the way."""
    mode, before, behind = facts.mode[lane], state.places[row, at], state.places[row, at + 1]
    longer = known(facts.into_m[mode, place, before]) + known(facts.out_m[mode, place, behind])
    return longer - (known(facts.out_m[mode, before, behind]) if state.size[row] else 0)


@compiled
def insert(facts: Facts, state: State, lane: int, row: int, task: int, at: int) -> None:
    """Put the task before the stop at the position and bring the row up to date."""
    size, mode, place = state.size[row], facts.mode[lane], facts.place[task]
    if facts.bounded:
        state.driven[row] += _driven_by(facts, state, lane, row, place, at)
    for stop in range(size, at, -1):
        state.stops[row, stop] = state.stops[row, stop - 1]
        state.spot_of[state.stops[row, stop]] = stop
    for leg in range(size + 1, at, -1):
        state.places[row, leg + 1] = state.places[row, leg]
        state.legs[row, leg] = state.legs[row, leg - 1]
    state.stops[row, at] = task
    state.spot_of[task] = at
    state.places[row, at + 1] = place
    state.size[row] = size + 1
    before, behind = state.places[row, at], state.places[row, at + 2]
    gone = state.legs[row, at + 1]
    state.legs[row, at] = known(facts.into[mode, place, before])
    state.legs[row, at + 1] = known(facts.out[mode, place, behind])
    state.travel[row] += state.legs[row, at] + state.legs[row, at + 1] - gone
    if facts.timed[lane]:
        _update_times(facts, state, lane, row, at)
    refresh_loads(facts, state, row)


@compiled
def _update_times(facts: Facts, state: State, lane: int, row: int, at: int) -> None:
    """Bring begins and latest ends up to date around a new stop; equal ones end the work."""
    size, mode = state.size[row], facts.mode[lane]
    for leg in range(size, at, -1):
        state.latest[row, leg] = state.latest[row, leg - 1]
    for leg in range(size, at + 1, -1):
        state.begins[row, leg] = state.begins[row, leg - 1]
    for stop in range(at, size):
        time = known(facts.out_s[mode, state.places[row, stop], state.places[row, stop + 1]])
        leave = leave_at(facts, state.stops[row, stop], state.begins[row, stop] + time)
        if stop > at and leave == state.begins[row, stop + 1]:
            break
        state.begins[row, stop + 1] = leave
    for stop in range(at, -1, -1):
        time = known(facts.out_s[mode, state.places[row, stop + 1], state.places[row, stop + 2]])
        latest = latest_arrival(facts, state.stops[row, stop], state.latest[row, stop + 1] - time)
        if stop < at and latest == state.latest[row, stop]:
            break
        state.latest[row, stop] = latest
