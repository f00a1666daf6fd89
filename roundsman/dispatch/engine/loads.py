"""Loads along a sequence of stops, and the depots a route must pass to keep them.

The rules are those of `dispatch/reloads.py`: of all ways that keep the load the one with the least
detours; what is carried from task to task stays aboard at a depot.
"""

from roundsman.dispatch.engine.arrays import (
    ABOARD,
    CHANGE,
    DETOUR,
    FAR,
    MODE,
    NO_BOUND,
    PLACE,
    RELOAD_FROM,
    RISE,
    SENT,
    SEQ,
    SPEED,
    STOCK,
    TAKEN,
    TRIP,
    VIA,
    Facts,
    State,
    compiled,
    inlined,
)


@inlined
def keeps_loads(facts: Facts, state: State, lane: int, size: int) -> bool:
    """Tell whether the lane can carry what the sequence asks; note the depots in `via`."""
    if facts.lane[RELOAD_FROM, lane + 1] > facts.lane[RELOAD_FROM, lane]:
        if not _keeps_at_once(facts, state, lane, size):
            return _with_reloads(facts, state, lane, size)
        for at in range(size + 1):
            state.path[VIA, at] = -1
        return True
    return _keeps_at_once(facts, state, lane, size)


@compiled
def _keeps_at_once(facts: Facts, state: State, lane: int, size: int) -> bool:
    """Tell whether all can be carried without a stop at a depot."""
    for dimension in range(facts.width):
        bound = facts.capacity[lane, dimension]
        if bound >= NO_BOUND:
            continue
        load = 0
        for at in range(size):
            if facts.task[STOCK, state.path[SEQ, at]]:
                load += facts.dropoff[state.path[SEQ, at], dimension]
        if load > bound:
            return False
        for at in range(size):
            task = state.path[SEQ, at]
            load += facts.pickup[task, dimension] - facts.dropoff[task, dimension]
            if load > bound:
                return False
    return True


@compiled
def _with_reloads(facts: Facts, state: State, lane: int, size: int) -> bool:
    """Find the depots of least detours, trip by trip."""
    for at in range(size + 1):
        state.path[DETOUR, at] = NO_BOUND
        state.path[VIA, at] = -1
        state.path[TRIP, at] = -1
    for dimension in range(facts.width):
        state.loads[ABOARD, dimension] = 0
    state.path[DETOUR, 0] = 0
    for begin in range(size):
        if state.path[DETOUR, begin] < NO_BOUND:
            _trips_from(facts, state, lane, size, begin)
        task = state.path[SEQ, begin]
        for dimension in range(facts.width):
            if facts.task[SENT, task]:
                state.loads[ABOARD, dimension] += facts.pickup[task, dimension]
            if not facts.task[STOCK, task]:
                state.loads[ABOARD, dimension] -= facts.dropoff[task, dimension]
    if state.path[DETOUR, size] >= NO_BOUND:
        return False
    at = state.path[TRIP, size]
    while at > 0:
        state.path[VIA, at] = best_depot(facts, state, lane, at)
        at = state.path[TRIP, at]
    return True


@inlined
def _trips_from(facts: Facts, state: State, lane: int, size: int, begin: int) -> None:
    """Note where a trip that begins with this stop may end, as long as it keeps the load."""
    for dimension in range(facts.width):
        state.loads[TAKEN, dimension] = 0
        state.loads[CHANGE, dimension] = 0
        state.loads[RISE, dimension] = 0
    for end in range(begin + 1, size + 1):
        task = state.path[SEQ, end - 1]
        for dimension in range(facts.width):
            if facts.task[STOCK, task]:
                state.loads[TAKEN, dimension] += facts.dropoff[task, dimension]
            state.loads[CHANGE, dimension] += (
                facts.pickup[task, dimension] - facts.dropoff[task, dimension]
            )
            state.loads[RISE, dimension] = max(
                state.loads[RISE, dimension], state.loads[CHANGE, dimension]
            )
            peak = (
                state.loads[ABOARD, dimension]
                + state.loads[TAKEN, dimension]
                + state.loads[RISE, dimension]
            )
            if peak > facts.capacity[lane, dimension]:
                return
        way = state.path[DETOUR, begin]
        if end < size:
            way += _detour(facts, state, lane, end)
        if way < state.path[DETOUR, end]:
            state.path[DETOUR, end] = way
            state.path[TRIP, end] = begin


@inlined
def _detour(facts: Facts, state: State, lane: int, at: int) -> int:
    """Return what the best depot before the stop adds; NO_BOUND where none is connected."""
    depot = best_depot(facts, state, lane, at)
    if depot < 0:
        return NO_BOUND
    here, there = facts.task[PLACE, state.path[SEQ, at - 1]], facts.task[PLACE, state.path[SEQ, at]]
    return _by(facts, lane, here, depot, there)


@compiled
def best_depot(facts: Facts, state: State, lane: int, at: int) -> int:
    """Return the depot that adds least between two stops of the sequence, -1 for none."""
    here, there = facts.task[PLACE, state.path[SEQ, at - 1]], facts.task[PLACE, state.path[SEQ, at]]
    best, least = -1, NO_BOUND
    for number in range(facts.lane[RELOAD_FROM, lane], facts.lane[RELOAD_FROM, lane + 1]):
        added = _by(facts, lane, here, facts.depots[number], there)
        if added < least:
            best, least = facts.depots[number], added
    return best


@compiled
def _by(facts: Facts, lane: int, here: int, depot: int, there: int) -> int:
    mode = facts.lane[MODE, lane]
    into, out = (
        facts.legs[facts.out + mode, here, depot],
        facts.legs[facts.out + mode, depot, there],
    )
    if into >= FAR or out >= FAR:
        return NO_BOUND
    straight = facts.legs[facts.out + mode, here, there]
    if straight >= FAR:
        straight = 0
    by_depot = scaled(facts, lane, into) + scaled(facts, lane, out)
    return max(0, by_depot - scaled(facts, lane, straight))


@compiled
def scaled(facts: Facts, lane: int, leg: int) -> int:
    """Return the cost of a leg at the speed of the lane; a way has no speed."""
    speed = facts.lane[SPEED, lane]
    if speed == 100 or not facts.by_time:  # noqa: PLR2004 - percent
        return leg
    return (leg * 100 + speed // 2) // speed
