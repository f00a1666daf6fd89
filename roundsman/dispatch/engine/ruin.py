"""Taking strings of neighbouring tasks out of tours near one task."""

from roundsman.dispatch.engine.arrays import (
    BROKEN,
    COST,
    FIRST,
    LANE_OF,
    LAST,
    MISSING,
    MISSING_TASK,
    OLD_ROW,
    PENALTY,
    ROW_OF,
    SIZE,
    STOPS,
    TOUCHED,
    TOUCHED_LANE,
    TRAVEL,
    WAS_LANE,
    Facts,
    State,
    compiled,
    inlined,
)
from roundsman.dispatch.engine.bonds import take_out_bound, undo_holds
from roundsman.dispatch.engine.luck import below, draw
from roundsman.dispatch.engine.rows import is_feasible, refresh, touch

# The parameters of the paper: mean number of tasks removed, longest string, how often a string is
# split, how often the spared part inside it grows by one.
_MEAN_REMOVED = 10
_LONGEST_STRING = 10
_SPLIT_RATE = 0.5
_SPARE_RATE = 0.01


@inlined
def ruin(facts: Facts, state: State, seed: int) -> None:
    """Take strings out of tours near the task; what was taken is added to what is missing."""
    tasks, busy = 0, 0
    for lane in range(facts.lanes):
        free = (
            state.rows[SIZE, state.lanes[ROW_OF, lane]]
            - facts.lane[FIRST, lane]
            - facts.lane[LAST, lane]
        )
        tasks += free
        busy += 1 if free else 0
    if not busy:
        return
    longest = min(float(_LONGEST_STRING), tasks / busy)
    strings = int(1 + draw(state.luck) * (4 * _MEAN_REMOVED / (1 + longest) - 1))
    asked = state.tally[MISSING]
    for at in range(facts.around):
        task = facts.near[seed, at]
        if task < 0 or not strings:
            break
        lane = state.tasks[LANE_OF, task]
        # With fewer tours than strings one tour loses several; the paper's fleets never need that.
        if lane < 0 or (state.lanes[OLD_ROW, lane] >= 0 and state.tally[TOUCHED] < busy):
            continue
        touch(facts, state, lane)
        _cut(facts, state, lane, task, longest)
        strings -= 1
    if facts.linked:
        take_out_bound(facts, state, asked)
        _settle_together(facts, state)
    else:
        for at in range(state.tally[TOUCHED]):
            _settle(facts, state, state.lanes[TOUCHED_LANE, at])
    kept = asked
    for at in range(asked, state.tally[MISSING]):
        task = state.tasks[MISSING_TASK, at]
        if state.tasks[LANE_OF, task] < 0:
            state.tasks[MISSING_TASK, kept] = task
            state.tasks[WAS_LANE, kept] = state.tasks[WAS_LANE, at]
            state.tally[COST] += (
                facts.task[PENALTY, task] - facts.extra[task, state.tasks[WAS_LANE, at]]
            )
            kept += 1
    state.tally[MISSING] = kept


@compiled
def _cut(facts: Facts, state: State, lane: int, task: int, longest: float) -> None:
    """Remove a string around the task from the free stops of a lane, at times sparing some."""
    row = state.lanes[ROW_OF, lane]
    low, high = facts.lane[FIRST, lane], state.rows[SIZE, row] - facts.lane[LAST, lane]
    free = high - low
    length = int(1 + draw(state.luck) * min(float(free), longest))
    length = min(length, free)
    spared = 0
    if 1 < length < free and draw(state.luck) < _SPLIT_RATE:
        spared = 1
        while length + spared < free and draw(state.luck) < _SPARE_RATE:
            spared += 1
    at = low
    while state.tours[STOPS, row, at] != task:
        at += 1
    span = length + spared
    first = max(low, at - span + 1)
    begin = first + below(state.luck, min(at, high - span) - first + 1)
    keep = begin + (1 + below(state.luck, length - 1) if spared else length)
    kept = begin
    for stop in range(begin, state.rows[SIZE, row]):
        gone = state.tours[STOPS, row, stop]
        if stop < keep or keep + spared <= stop < begin + span:
            state.tasks[MISSING_TASK, state.tally[MISSING]] = gone
            state.tasks[WAS_LANE, state.tally[MISSING]] = lane
            state.tally[MISSING] += 1
            state.tasks[LANE_OF, gone] = -1
        else:
            state.tours[STOPS, row, kept] = gone
            kept += 1
    state.rows[SIZE, row] = kept


@inlined
def _settle(facts: Facts, state: State, lane: int) -> None:
    """Bring a lane up to date after strings were cut, or give everything back to it.

    Over real roads a leg past what was removed may be longer, or not be there at all.
    """
    row, old = state.lanes[ROW_OF, lane], state.lanes[OLD_ROW, lane]
    refresh(facts, state, lane, row)
    if is_feasible(facts, state, lane, row):
        state.tally[COST] += state.rows[TRAVEL, row] - state.rows[TRAVEL, old]
        return
    _give_back(facts, state, lane)


@inlined
def _settle_together(facts: Facts, state: State) -> None:
    """Bring all touched lanes up to date, or give everything back to all of them."""
    broken, change = 0, 0
    for at in range(state.tally[TOUCHED]):
        lane = state.lanes[TOUCHED_LANE, at]
        row = state.lanes[ROW_OF, lane]
        refresh(facts, state, lane, row)
        broken += state.tally[BROKEN]
        change += state.rows[TRAVEL, row] - state.rows[TRAVEL, state.lanes[OLD_ROW, lane]]
    if not broken:
        state.tally[COST] += change
        return
    undo_holds(state, 0)
    for at in range(state.tally[TOUCHED]):
        _give_back(facts, state, state.lanes[TOUCHED_LANE, at])


@inlined
def _give_back(facts: Facts, state: State, lane: int) -> None:
    row, old = state.lanes[ROW_OF, lane], state.lanes[OLD_ROW, lane]
    for at in range(state.rows[SIZE, old]):
        state.tours[STOPS, row, at] = state.tours[STOPS, old, at]
        state.tasks[LANE_OF, state.tours[STOPS, old, at]] = lane
    state.rows[SIZE, row] = state.rows[SIZE, old]
    refresh(facts, state, lane, row)
