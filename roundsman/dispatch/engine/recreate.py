"""Putting missing tasks back, each at its cheapest place, blinking past one now and then."""

from roundsman.dispatch.engine.arrays import (
    ABSENT,
    COST,
    FAR,
    MISSING,
    ONLY_TOUCHED,
    Facts,
    Grid,
    Line,
    State,
    compiled,
)
from roundsman.dispatch.engine.luck import below, draw
from roundsman.dispatch.engine.rows import fits, insert
from roundsman.dispatch.engine.ruin import touch

# How often the paper passes over a position.
BLINK_RATE = 0.01
# Tours longer than this are searched for the legs whose times come into question.
_LONG_TOUR = 8


@compiled
def recreate(facts: Facts, state: State, blink: float) -> None:
    """Put the missing tasks back in their order; one stays out where that is cheaper or it must."""
    for at in range(state.tally[MISSING]):
        if state.lane_of[state.missing[at]] < 0:
            put(facts, state, at, blink)


@compiled
def put(facts: Facts, state: State, at: int, blink: float) -> None:
    """Put a task of the missing list at its cheapest place if that beats its penalty.

    Without blinking every tour is tried; else, of a task that was left out before, only those that
    this step has touched, since no other can have room.
    """
    task = state.missing[at]
    state.tally[ONLY_TOUCHED] = 1 if blink > 0 and state.was_lane[at] < 0 else 0
    added, lane, spot = facts.penalty[task], 0, -1
    if facts.reach and blink > 0:
        added, lane, spot = _find_near(facts, state, task, blink)
    if spot < 0:
        added, lane, spot = _find(facts, state, task, blink)
    if spot >= 0:
        touch(facts, state, lane)
        insert(facts, state, lane, state.row_of[lane], task, spot)
        state.lane_of[task] = lane
        state.tally[COST] += added - facts.penalty[task]


@compiled
def _find(
    facts: Facts,
    state: State,
    task: int,
    blink: float,
) -> tuple[int, int, int]:
    """Return (added cost, lane, position) of the cheapest insertion; position -1 where none is."""
    least, where, spot = facts.penalty[task], -1, -1
    stamp = state.seen[len(facts.mode)] + 1
    state.seen[len(facts.mode)] = stamp
    for lane in range(len(facts.mode)):
        extra = facts.extra[task, lane]
        if extra >= FAR or (state.tally[ONLY_TOUCHED] and state.old_row[lane] < 0):
            continue
        row = state.row_of[lane]
        size = state.size[row]
        if size >= facts.most[lane] or not _has_room(facts, state, lane, row, task):
            continue
        if size == 0:
            # Empty tours of people who are alike are worth the same: the first will do.
            if state.seen[facts.kind[lane]] == stamp:
                continue
            state.seen[facts.kind[lane]] = stamp
        added, at = _cheapest(facts, state, lane, task, least - extra, blink)
        if at >= 0:
            least, where, spot = added + extra, lane, at
    return least, where, spot


@compiled
def _find_near(
    facts: Facts,
    state: State,
    task: int,
    blink: float,
) -> tuple[int, int, int]:
    """Return what _find does, of the places next to tasks that the task goes well with.

    In large problems nearly all other places are far away; this takes a tenth of the time.
    """
    least, where, spot = facts.penalty[task], -1, -1
    for at in range(facts.reach):
        ahead = facts.ahead[task, at]
        if ahead >= 0 and state.lane_of[ahead] >= 0:
            lane = state.lane_of[ahead]
            added = _added(facts, state, task, lane, state.spot_of[ahead] + 1, least)
            if added < least and not draw(state.luck) < blink:
                least, where, spot = added, lane, state.spot_of[ahead] + 1
        behind = facts.behind[task, at]
        if behind >= 0 and state.lane_of[behind] >= 0:
            lane = state.lane_of[behind]
            added = _added(facts, state, task, lane, state.spot_of[behind], least)
            if added < least and not draw(state.luck) < blink:
                least, where, spot = added, lane, state.spot_of[behind]
    for lane in range(len(facts.mode)):
        size = state.size[state.row_of[lane]]
        if size == 0:
            added = _added(facts, state, task, lane, size, least)
            if added < least and not draw(state.luck) < blink:
                least, where, spot = added, lane, size
    return least, where, spot


@compiled
def _added(
    facts: Facts,
    state: State,
    task: int,
    lane: int,
    at: int,
    least: int,
) -> int:
    """Return what the task adds at the position if that is below `least` and fits, else `least`."""
    extra = facts.extra[task, lane]
    if extra >= FAR or (state.tally[ONLY_TOUCHED] and state.old_row[lane] < 0):
        return least
    row = state.row_of[lane]
    mode, place, size = facts.mode[lane], facts.place[task], state.size[row]
    there = facts.into[mode, place, state.places[row, at]]
    onward = facts.out[mode, place, state.places[row, at + 1]]
    added = there + onward - state.legs[row, at] + extra
    if (
        added >= least
        or there >= FAR
        or onward >= FAR
        or size >= facts.most[lane]
        or at < facts.first[lane]
        or at > size - facts.last[lane]
        or not fits(facts, state, lane, row, task, at)
    ):
        return least
    return added


@compiled
def _has_room(facts: Facts, state: State, lane: int, row: int, task: int) -> bool:
    """Tell whether the loads aboard at the start and at the end leave room for the task."""
    size = state.size[row]
    for dimension in range(facts.width):
        bound = facts.capacity[lane, dimension]
        if (
            state.fore[row, 0, dimension] + facts.dropoff[task, dimension] > bound
            or state.back[row, size, dimension] + facts.pickup[task, dimension] > bound
        ):
            return False
    return True


@compiled
def _cheapest(
    facts: Facts, state: State, lane: int, task: int, least: int, blink: float
) -> tuple[int, int]:
    """Return (added cost, position) of the cheapest insertion below `least`; position -1: none."""
    row = state.row_of[lane]
    low, high = _between(facts, state, lane, row, task)
    mode, place = facts.mode[lane], facts.place[task]
    spot = -1
    for at in range(low, high + 1):
        there = facts.into[mode, place, state.places[row, at]]
        onward = facts.out[mode, place, state.places[row, at + 1]]
        added = there + onward - state.legs[row, at]
        if (
            added < least
            and there < FAR
            and onward < FAR
            and fits(facts, state, lane, row, task, at)
            and not (blink > 0 and draw(state.luck) < blink)
        ):
            least, spot = added, at
    return least, spot


@compiled
def _between(facts: Facts, state: State, lane: int, row: int, task: int) -> tuple[int, int]:
    """Return the first and last position that fixed tasks, priorities and times leave open."""
    low, high = facts.first[lane], state.size[row] - facts.last[lane]
    if facts.by_priority:
        rank = facts.priority[task]
        while low < high and facts.priority[state.stops[row, low]] > rank:
            low += 1
        while high > low and facts.priority[state.stops[row, high - 1]] < rank:
            high -= 1
    if facts.timed[lane] and high - low > _LONG_TOUR:
        # Only legs that begin before the last window closes and end after the first one opened.
        opens = facts.opens[task] + facts.service[task]
        low = _first_above(state.latest, row, low, high + 1, opens - 1)
        high = _first_above(state.begins, row, low, high + 1, facts.closes[task]) - 1
    return low, high


@compiled
def _first_above(table: Grid, row: int, low: int, high: int, bound: int) -> int:
    """Return the first position from low to below high whose value is above the bound, or high."""
    while low < high:
        middle = (low + high) // 2
        if table[row, middle] > bound:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def put_in_order(facts: Facts, state: State) -> None:
    """Bring the missing tasks into one of the orders of insertion, drawn by weight."""
    size = state.tally[MISSING]
    for at in range(size - 1, 0, -1):
        _swap(state, at, below(state.luck, at + 1))
    total = 0
    for at in range(len(facts.weights)):
        total += facts.weights[at]
    left = below(state.luck, total)
    order = 0
    while left >= facts.weights[order]:
        left -= facts.weights[order]
        order += 1
    if order:
        # Shell's sort: a handful of tasks most of the time, some hundred at most.
        gap = size // 2
        while gap:
            for at in range(gap, size):
                _sink(facts.keys[order], state, at, gap)
            gap //= 2


@compiled
def _sink(key: Line, state: State, at: int, gap: int) -> None:
    while at >= gap and key[state.missing[at - gap]] > key[state.missing[at]]:
        _swap(state, at, at - gap)
        at -= gap


@compiled
def _swap(state: State, one: int, other: int) -> None:
    task, lane = state.missing[one], state.was_lane[one]
    state.missing[one], state.was_lane[one] = state.missing[other], state.was_lane[other]
    state.missing[other], state.was_lane[other] = task, lane


@compiled
def list_absent(state: State, sampled: int) -> None:
    """Note what is left out after a step in which the first `sampled` absent tasks were tried."""
    kept = 0
    for at in range(sampled, state.tally[ABSENT]):
        state.absent[kept] = state.absent[at]
        kept += 1
    for at in range(state.tally[MISSING]):
        if state.lane_of[state.missing[at]] < 0:
            state.absent[kept] = state.missing[at]
            kept += 1
    state.tally[ABSENT] = kept
