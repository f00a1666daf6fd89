"""Putting in two tasks at once: what is carried from one to the other, and two that meet."""

from roundsman.dispatch.engine.arrays import (
    BEGUN,
    BOND,
    CAME,
    CHOSEN,
    COST,
    FAR,
    FIRST,
    FIXED,
    HELD,
    HOLD_CLOSE,
    HOLD_OPEN,
    KIND,
    LANE_OF,
    LAST,
    LEGS,
    MEETS,
    MODE,
    MOST,
    NEARBY,
    OPTIONS,
    PARTNER,
    PAUSE_FROM,
    PENALTY,
    PLACE,
    PLACES,
    PRIORITY,
    ROW_OF,
    SEEN,
    SENDS,
    SEQ,
    SIZE,
    STOPS,
    STRETCH_OF,
    TRAVEL,
    Facts,
    State,
    compiled,
    inlined,
)
from roundsman.dispatch.engine.bonds import (
    agree,
    floor_of,
    hold_by_others,
    is_in_order,
    keeps_rank,
    may_come,
    set_hold,
    undo_holds,
)
from roundsman.dispatch.engine.drive import NEVER, lay_out, price
from roundsman.dispatch.engine.luck import draw
from roundsman.dispatch.engine.rows import refresh, touch

# Rounds in which two routes find the first moment that both can keep.
_ROUNDS = 4


@compiled
def put_pair(facts: Facts, state: State, task: int, blink: float) -> None:
    """Put a task and its partner, neither of which is served, where both cost least."""
    other = facts.task[PARTNER, task]
    if facts.task[FIXED, other] or not may_come(facts, state, other):
        return
    before = state.tally[HELD]
    hold_by_others(facts, state, task)
    hold_by_others(facts, state, other)
    done, first, then = False, task, other
    if facts.task[BOND, task] != SENDS:
        first, then = other, task
    # Where their neighbours are first; everywhere only if nothing there will do.
    for everywhere in range(2):
        if not everywhere:
            if not facts.reach:
                continue
            _mark_near(facts, state, task, other)
        if facts.task[BOND, task] == MEETS:
            done = _put_meeting(facts, state, task, other, (blink, everywhere))
        else:
            done = _put_carried(facts, state, first, then, (blink, everywhere))
        if done:
            break
    if not done:
        undo_holds(state, before)
        return
    agree(facts, state, task)
    agree(facts, state, other)


@compiled
def _mark_near(facts: Facts, state: State, one: int, two: int) -> None:
    """Mark the lanes in which something stands that goes well with one of the tasks."""
    stamp = state.lanes[NEARBY, facts.lanes] + 1
    state.lanes[NEARBY, facts.lanes] = stamp
    for at in range(facts.reach):
        for near in (
            facts.ahead[one, at],
            facts.behind[one, at],
            facts.ahead[two, at],
            facts.behind[two, at],
        ):
            if near >= 0 and state.tasks[LANE_OF, near] >= 0:
                state.lanes[NEARBY, state.tasks[LANE_OF, near]] = stamp


@compiled
def _is_far(facts: Facts, state: State, lane: int, size: int) -> bool:
    """Tell whether the lane is neither empty nor marked."""
    return size > 0 and state.lanes[NEARBY, lane] != state.lanes[NEARBY, facts.lanes]


@inlined
def _put_carried(  # noqa: C901, PLR0912 - loops in loops, cut short as soon as they can be
    facts: Facts, state: State, first: int, then: int, how: tuple[float, int]
) -> bool:
    """Put what is sent and where it is brought on one tour; tell whether that was done."""
    blink, everywhere = how
    penalty = facts.task[PENALTY, first] + facts.task[PENALTY, then]
    least, where, spot, second = penalty, -1, -1, -1
    stamp = state.lanes[SEEN, facts.lanes] + 1
    state.lanes[SEEN, facts.lanes] = stamp
    from_place, to_place = facts.task[PLACE, first], facts.task[PLACE, then]
    for lane in range(facts.lanes):
        extra = facts.extra[first, lane] + facts.extra[then, lane]
        row, mode = state.lanes[ROW_OF, lane], facts.lane[MODE, lane]
        size = state.rows[SIZE, row]
        if (
            facts.extra[first, lane] >= FAR
            or facts.extra[then, lane] >= FAR
            or size + 2 > facts.lane[MOST, lane]
            or (not everywhere and _is_far(facts, state, lane, size))
        ):
            continue
        if size == 0:
            if state.lanes[SEEN, facts.lane[KIND, lane]] == stamp:
                continue
            state.lanes[SEEN, facts.lane[KIND, lane]] = stamp
        low, high = facts.lane[FIRST, lane], size - facts.lane[LAST, lane]
        for at in range(low, high + 1):
            there = facts.legs[facts.into + mode, from_place, state.tours[PLACES, row, at]]
            onward = facts.legs[facts.out + mode, from_place, state.tours[PLACES, row, at + 1]]
            added = there + onward - state.tours[LEGS, row, at]
            if (
                there >= FAR
                or floor_of(facts, lane, added) + extra >= least
                or not is_in_order(facts, state, lane, first, at)
                or not keeps_rank(facts, state, lane, row, first, at)
            ):
                continue
            for before in range(at, high + 1):
                if before > at:
                    into = facts.legs[facts.into + mode, to_place, state.tours[PLACES, row, before]]
                    out = facts.legs[
                        facts.out + mode, to_place, state.tours[PLACES, row, before + 1]
                    ]
                    both = added + into + out - state.tours[LEGS, row, before]
                    if into >= FAR or floor_of(facts, lane, both) + extra >= least:
                        continue
                if not is_in_order(facts, state, lane, then, before) or not keeps_rank(
                    facts, state, lane, row, then, before
                ):
                    continue
                if (
                    facts.by_priority
                    and before == at
                    and facts.task[PRIORITY, first] < facts.task[PRIORITY, then]
                ):
                    continue
                length = lay_out(state, row, first, at, then, before)
                cost = price(facts, state, lane, length) - state.rows[TRAVEL, row] + extra
                if cost < least and not draw(state.luck) < blink:
                    least, where, spot, second = cost, lane, at, before
    if where < 0:
        return False
    touch(facts, state, where)
    row = state.lanes[ROW_OF, where]
    write_back(facts, state, where, lay_out(state, row, first, spot, then, second))
    state.tasks[LANE_OF, first] = where
    state.tasks[LANE_OF, then] = where
    state.tally[COST] += least - penalty
    return True


@inlined
def _put_meeting(  # noqa: C901 - likewise
    facts: Facts, state: State, one: int, two: int, how: tuple[float, int]
) -> bool:
    """Put two tasks that begin together on two tours; tell whether that was done."""
    penalty = facts.task[PENALTY, one] + facts.task[PENALTY, two]
    ones = _options(facts, state, one, 0, how)
    twos = _options(facts, state, two, OPTIONS, how)
    least, first, second, moment = penalty, -1, -1, 0
    one_open, one_close = state.tasks[HOLD_OPEN, one], state.tasks[HOLD_CLOSE, one]
    two_open, two_close = state.tasks[HOLD_OPEN, two], state.tasks[HOLD_CLOSE, two]
    for a in range(ones):
        for b in range(OPTIONS, OPTIONS + twos):
            if state.option[a, 1] == state.option[b, 1]:
                continue
            if state.option[a, 0] + state.option[b, 0] >= least:
                continue
            start = max(state.option[a, 3], state.option[b, 3])
            cost = NEVER
            for _ in range(_ROUNDS):
                if start > one_close or start > two_close:
                    break
                state.tasks[HOLD_OPEN, one] = start
                state.tasks[HOLD_OPEN, two] = start
                cost = _option_price(facts, state, one, a)
                later = max(start, state.option[a, 3])
                cost += _option_price(facts, state, two, b)
                later = max(later, state.option[b, 3])
                if later == start or cost >= NEVER:
                    break
                start, cost = later, NEVER
            if cost < least:
                # Neither may begin later than the other.
                state.tasks[HOLD_CLOSE, one] = start
                state.tasks[HOLD_CLOSE, two] = start
                cost = _option_price(facts, state, one, a) + _option_price(facts, state, two, b)
                state.tasks[HOLD_CLOSE, one] = one_close
                state.tasks[HOLD_CLOSE, two] = two_close
            state.tasks[HOLD_OPEN, one] = one_open
            state.tasks[HOLD_OPEN, two] = two_open
            if cost < least:
                least, first, second, moment = cost, a, b, start
    if first < 0:
        return False
    set_hold(state, one, moment, moment)
    set_hold(state, two, moment, moment)
    _put_option(facts, state, one, first)
    _put_option(facts, state, two, second)
    state.tally[COST] += least - penalty
    return True


@compiled
def _options(  # noqa: C901 - likewise
    facts: Facts, state: State, task: int, base: int, how: tuple[float, int]
) -> int:
    """Write the best place of the task in each of the best lanes: cost, lane, spot, start."""
    blink, everywhere = how
    found, place = 0, facts.task[PLACE, task]
    for lane in range(facts.lanes):
        extra, mode = facts.extra[task, lane], facts.lane[MODE, lane]
        row = state.lanes[ROW_OF, lane]
        size = state.rows[SIZE, row]
        if extra >= FAR or size >= facts.lane[MOST, lane]:
            continue
        if not everywhere and _is_far(facts, state, lane, size):
            continue
        worst = state.option[base + OPTIONS - 1, 0] if found == OPTIONS else NEVER
        least, spot, start = worst, -1, 0
        for at in range(facts.lane[FIRST, lane], size - facts.lane[LAST, lane] + 1):
            if not is_in_order(facts, state, lane, task, at) or not keeps_rank(
                facts, state, lane, row, task, at
            ):
                continue
            there = facts.legs[facts.into + mode, place, state.tours[PLACES, row, at]]
            onward = facts.legs[facts.out + mode, place, state.tours[PLACES, row, at + 1]]
            added = there + onward - state.tours[LEGS, row, at]
            if there >= FAR or onward >= FAR or floor_of(facts, lane, added) + extra >= least:
                continue
            length = lay_out(state, row, task, at, -1, 0)
            cost = price(facts, state, lane, length)
            if cost < NEVER:
                cost += extra - state.rows[TRAVEL, row]
                if cost < least and not draw(state.luck) < blink:
                    least, spot = cost, at
                    start = begin_in_last(facts, state, lane, length, at)
        if spot < 0:
            continue
        rank = base + min(found, OPTIONS - 1)
        while rank > base and state.option[rank - 1, 0] > least:
            for column in range(4):
                state.option[rank, column] = state.option[rank - 1, column]
            rank -= 1
        state.option[rank, 0] = least
        state.option[rank, 1] = lane
        state.option[rank, 2] = spot
        state.option[rank, 3] = start
        found = min(found + 1, OPTIONS)
    return found


@compiled
def _option_price(facts: Facts, state: State, task: int, number: int) -> int:
    """Return what the option adds with the moments as they are held; note when it begins."""
    lane, at = state.option[number, 1], state.option[number, 2]
    row = state.lanes[ROW_OF, lane]
    length = lay_out(state, row, task, at, -1, 0)
    cost = price(facts, state, lane, length)
    if cost >= NEVER:
        return NEVER
    state.option[number, 3] = begin_in_last(facts, state, lane, length, at)
    return cost - state.rows[TRAVEL, row] + facts.extra[task, lane]


@inlined
def _put_option(facts: Facts, state: State, task: int, number: int) -> None:
    lane, at = state.option[number, 1], state.option[number, 2]
    touch(facts, state, lane)
    row = state.lanes[ROW_OF, lane]
    write_back(facts, state, lane, lay_out(state, row, task, at, -1, 0))
    state.tasks[LANE_OF, task] = lane


@compiled
def begin_in_last(facts: Facts, state: State, lane: int, size: int, wanted: int) -> int:
    """Return when the stop at the position begins at the earliest in what was priced last."""
    label = state.tally[CHOSEN]
    pauses = facts.lane[PAUSE_FROM, lane + 1] - facts.lane[PAUSE_FROM, lane]
    for at in range(size, wanted, -1):
        if pauses:
            for stretch in range(state.path[STRETCH_OF, at], state.path[STRETCH_OF, at - 1], -1):
                label = state.trail[CAME, stretch, label]
    return state.trail[BEGUN, wanted, label]


@inlined
def write_back(facts: Facts, state: State, lane: int, size: int) -> None:
    """Make the sequence in `seq` the tour of a lane that is touched."""
    row = state.lanes[ROW_OF, lane]
    for at in range(size):
        state.tours[STOPS, row, at] = state.path[SEQ, at]
    state.rows[SIZE, row] = size
    refresh(facts, state, lane, row)
