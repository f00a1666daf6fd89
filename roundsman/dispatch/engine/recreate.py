"""Putting missing tasks back, each at its cheapest place, blinking past one now and then."""

from roundsman.dispatch.engine.arrays import (
    ABSENT,
    ABSENT_TASK,
    BEGINS,
    CLOSES,
    COST,
    FAR,
    FIRST,
    HELD,
    KIND,
    LANE_OF,
    LAST,
    LATEST,
    LEGS,
    MISSING,
    MISSING_TASK,
    MODE,
    MOST,
    OLD_ROW,
    ONLY_TOUCHED,
    OPENS,
    PARTNER,
    PENALTY,
    PLACE,
    PLACES,
    PRIORITY,
    ROW_OF,
    SEEN,
    SERVICE,
    SIZE,
    SPOT_OF,
    STOPS,
    TIMED,
    TRAVEL,
    WAS_LANE,
    Facts,
    State,
    compiled,
    inlined,
)
from roundsman.dispatch.engine.bonds import (
    agree,
    floor_of,
    hold_by_others,
    is_bound,
    is_in_order,
    may_come,
    meet_fixed,
    undo_holds,
)
from roundsman.dispatch.engine.drive import NEVER, lay_out, price
from roundsman.dispatch.engine.luck import below, draw
from roundsman.dispatch.engine.pairs import put_pair
from roundsman.dispatch.engine.rows import fits, insert, touch

# How often the paper passes over a position.
BLINK_RATE = 0.01
# Tours longer than this are searched for the legs whose times come into question.
_LONG_TOUR = 8
# How often tasks that wait for others are tried.
_TURNS = 3


@inlined
def recreate(facts: Facts, state: State, blink: float) -> None:
    """Put the missing tasks back in their order; one stays out where that is cheaper or it must."""
    # What waits for others is tried again when these have had their turn.
    for _ in range(_TURNS if facts.linked else 1):
        for at in range(state.tally[MISSING]):
            if state.tasks[LANE_OF, state.tasks[MISSING_TASK, at]] < 0:
                put(facts, state, at, blink)


@compiled
def put(facts: Facts, state: State, at: int, blink: float) -> None:
    """Put a task of the missing list at its cheapest place if that beats its penalty.

    Without blinking every tour is tried; else, of a task that was left out before, only those that
    this step has touched, since no other can have room.
    """
    task = state.tasks[MISSING_TASK, at]
    bound, before = facts.linked and is_bound(facts, task), 0
    if bound:
        if not may_come(facts, state, task):
            return
        if facts.task[PARTNER, task] >= 0 and state.tasks[LANE_OF, facts.task[PARTNER, task]] < 0:
            put_pair(facts, state, task, blink)
            return
        before = state.tally[HELD]
        hold_by_others(facts, state, task)
        meet_fixed(facts, state, task)
    state.tally[ONLY_TOUCHED] = (
        1 if blink > 0 and state.tasks[WAS_LANE, at] < 0 and not bound else 0
    )
    added, lane, spot = facts.task[PENALTY, task], 0, -1
    if facts.reach and (blink > 0 or facts.rich):
        added, lane, spot = _find_near(facts, state, task, blink)
    if spot < 0:
        added, lane, spot = _find(facts, state, task, blink)
    if spot >= 0:
        touch(facts, state, lane)
        insert(facts, state, lane, state.lanes[ROW_OF, lane], task, spot)
        state.tasks[LANE_OF, task] = lane
        state.tally[COST] += added - facts.task[PENALTY, task]
        if bound:
            agree(facts, state, task)
    elif bound:
        undo_holds(state, before)


@inlined
def _find(
    facts: Facts,
    state: State,
    task: int,
    blink: float,
) -> tuple[int, int, int]:
    """Return (added cost, lane, position) of the cheapest insertion; position -1 where none is."""
    least, where, spot = facts.task[PENALTY, task], -1, -1
    stamp = state.lanes[SEEN, facts.lanes] + 1
    state.lanes[SEEN, facts.lanes] = stamp
    for lane in range(facts.lanes):
        extra = facts.extra[task, lane]
        if extra >= FAR or (state.tally[ONLY_TOUCHED] and state.lanes[OLD_ROW, lane] < 0):
            continue
        row = state.lanes[ROW_OF, lane]
        size = state.rows[SIZE, row]
        if size >= facts.lane[MOST, lane] or not (
            facts.rich or _has_room(facts, state, lane, row, task)
        ):
            continue
        if size == 0:
            # Empty tours of people who are alike are worth the same: the first will do.
            if state.lanes[SEEN, facts.lane[KIND, lane]] == stamp:
                continue
            state.lanes[SEEN, facts.lane[KIND, lane]] = stamp
        added, at = _cheapest(facts, state, lane, task, least - extra, blink)
        if at >= 0:
            least, where, spot = added + extra, lane, at
    return least, where, spot


@inlined
def _find_near(
    facts: Facts,
    state: State,
    task: int,
    blink: float,
) -> tuple[int, int, int]:
    """Return what _find does, of the places next to tasks that the task goes well with.

    In large problems nearly all other places are far away; this takes a tenth of the time.
    """
    least, where, spot = facts.task[PENALTY, task], -1, -1
    for at in range(facts.reach):
        ahead = facts.ahead[task, at]
        if ahead >= 0 and state.tasks[LANE_OF, ahead] >= 0:
            lane = state.tasks[LANE_OF, ahead]
            at_ahead = state.tasks[SPOT_OF, ahead] + 1
            added = _added(facts, state, task, lane, at_ahead, least)
            added = _exact(facts, state, task, (lane, at_ahead), added, least)
            if added < least and not draw(state.luck) < blink:
                least, where, spot = added, lane, state.tasks[SPOT_OF, ahead] + 1
        behind = facts.behind[task, at]
        if behind >= 0 and state.tasks[LANE_OF, behind] >= 0:
            lane = state.tasks[LANE_OF, behind]
            at_behind = state.tasks[SPOT_OF, behind]
            added = _added(facts, state, task, lane, at_behind, least)
            added = _exact(facts, state, task, (lane, at_behind), added, least)
            if added < least and not draw(state.luck) < blink:
                least, where, spot = added, lane, state.tasks[SPOT_OF, behind]
    for lane in range(facts.lanes):
        size = state.rows[SIZE, state.lanes[ROW_OF, lane]]
        if size == 0:
            added = _added(facts, state, task, lane, size, least)
            added = _exact(facts, state, task, (lane, size), added, least)
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
    if extra >= FAR or (state.tally[ONLY_TOUCHED] and state.lanes[OLD_ROW, lane] < 0):
        return least
    row = state.lanes[ROW_OF, lane]
    mode, place, size = facts.lane[MODE, lane], facts.task[PLACE, task], state.rows[SIZE, row]
    there = facts.legs[facts.into + mode, place, state.tours[PLACES, row, at]]
    onward = facts.legs[facts.out + mode, place, state.tours[PLACES, row, at + 1]]
    added = there + onward - state.tours[LEGS, row, at]
    # In a rich problem that is the least it can be; it is priced behind this.
    added = (floor_of(facts, lane, added) if facts.rich else added) + extra
    if (
        added >= least
        or there >= FAR
        or onward >= FAR
        or size >= facts.lane[MOST, lane]
        or at < facts.lane[FIRST, lane]
        or at > size - facts.lane[LAST, lane]
        or not (facts.rich or fits(facts, state, lane, row, task, at))
    ):
        return least
    return added


@inlined
def _exact(
    facts: Facts, state: State, task: int, place: tuple[int, int], added: int, least: int
) -> int:
    """Return what a (lane, position) that may be cheaper than `least` adds in truth."""
    if facts.rich and added < least:
        lane, at = place
        extra = facts.extra[task, lane]
        return _price_added(facts, state, lane, state.lanes[ROW_OF, lane], task, at) + extra
    return added


@compiled
def _price_added(facts: Facts, state: State, lane: int, row: int, task: int, at: int) -> int:
    """Return what the task adds to the price of the tour at the position; NEVER: it breaks it."""
    if facts.linked and not is_in_order(facts, state, lane, task, at):
        return NEVER
    cost = price(facts, state, lane, lay_out(state, row, task, at, -1, 0))
    return cost - state.rows[TRAVEL, row] if cost < NEVER else NEVER


@inlined
def _has_room(facts: Facts, state: State, lane: int, row: int, task: int) -> bool:
    """Tell whether the loads aboard at the start and at the end leave room for the task."""
    size = state.rows[SIZE, row]
    for dimension in range(facts.width):
        bound = facts.capacity[lane, dimension]
        if (
            state.fore[row, 0, dimension] + facts.dropoff[task, dimension] > bound
            or state.back[row, size, dimension] + facts.pickup[task, dimension] > bound
        ):
            return False
    return True


@inlined
def _cheapest(
    facts: Facts, state: State, lane: int, task: int, least: int, blink: float
) -> tuple[int, int]:
    """Return (added cost, position) of the cheapest insertion below `least`; position -1: none."""
    row = state.lanes[ROW_OF, lane]
    low, high = _between(facts, state, lane, row, task)
    mode, place = facts.lane[MODE, lane], facts.task[PLACE, task]
    spot = -1
    for at in range(low, high + 1):
        there = facts.legs[facts.into + mode, place, state.tours[PLACES, row, at]]
        onward = facts.legs[facts.out + mode, place, state.tours[PLACES, row, at + 1]]
        added = there + onward - state.tours[LEGS, row, at]
        if facts.rich:
            if there >= FAR or onward >= FAR or floor_of(facts, lane, added) >= least:
                continue
            added = _price_added(facts, state, lane, row, task, at)
            if added < least and not (blink > 0 and draw(state.luck) < blink):
                least, spot = added, at
            continue
        if (
            added < least
            and there < FAR
            and onward < FAR
            and fits(facts, state, lane, row, task, at)
            and not (blink > 0 and draw(state.luck) < blink)
        ):
            least, spot = added, at
    return least, spot


@inlined
def _between(facts: Facts, state: State, lane: int, row: int, task: int) -> tuple[int, int]:
    """Return the first and last position that fixed tasks, priorities and times leave open."""
    low, high = facts.lane[FIRST, lane], state.rows[SIZE, row] - facts.lane[LAST, lane]
    if facts.by_priority:
        rank = facts.task[PRIORITY, task]
        while low < high and facts.task[PRIORITY, state.tours[STOPS, row, low]] > rank:
            low += 1
        while high > low and facts.task[PRIORITY, state.tours[STOPS, row, high - 1]] < rank:
            high -= 1
    if facts.lane[TIMED, lane] and not facts.rich and high - low > _LONG_TOUR:
        # Only legs that begin before the last window closes and end after the first one opened.
        opens = facts.task[OPENS, task] + facts.task[SERVICE, task]
        low = _first_above(state, LATEST, row, (low, high + 1), opens - 1)
        high = _first_above(state, BEGINS, row, (low, high + 1), facts.task[CLOSES, task]) - 1
    return low, high


@compiled
def _first_above(state: State, column: int, row: int, span: tuple[int, int], bound: int) -> int:
    """Return the first position from low to below high whose value is above the bound, or high."""
    low, high = span
    while low < high:
        middle = (low + high) // 2
        if state.tours[column, row, middle] > bound:
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
                _sink(facts, order, state, at, gap)
            gap //= 2


@inlined
def _sink(facts: Facts, order: int, state: State, at: int, gap: int) -> None:
    while at >= gap and _is_behind(facts, order, state, at - gap, at):
        _swap(state, at, at - gap)
        at -= gap


@inlined
def _is_behind(facts: Facts, order: int, state: State, one: int, other: int) -> bool:
    """Tell whether the one missing task comes after the other in the order."""
    first, second = state.tasks[MISSING_TASK, one], state.tasks[MISSING_TASK, other]
    return facts.keys[order, first] > facts.keys[order, second]


@compiled
def _swap(state: State, one: int, other: int) -> None:
    task, lane = state.tasks[MISSING_TASK, one], state.tasks[WAS_LANE, one]
    state.tasks[MISSING_TASK, one], state.tasks[WAS_LANE, one] = (
        state.tasks[MISSING_TASK, other],
        state.tasks[WAS_LANE, other],
    )
    state.tasks[MISSING_TASK, other], state.tasks[WAS_LANE, other] = task, lane


@compiled
def list_absent(state: State, sampled: int) -> None:
    """Note what is left out after a step in which the first `sampled` absent tasks were tried."""
    kept = 0
    for at in range(sampled, state.tally[ABSENT]):
        state.tasks[ABSENT_TASK, kept] = state.tasks[ABSENT_TASK, at]
        kept += 1
    for at in range(state.tally[MISSING]):
        if state.tasks[LANE_OF, state.tasks[MISSING_TASK, at]] < 0:
            state.tasks[ABSENT_TASK, kept] = state.tasks[MISSING_TASK, at]
            kept += 1
    state.tally[ABSENT] = kept
