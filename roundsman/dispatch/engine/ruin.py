"""Taking strings of neighbouring tasks out of tours near one task."""

from roundsman.dispatch.engine.arrays import COST, MISSING, SPARE, TOUCHED, Facts, State, compiled
from roundsman.dispatch.engine.luck import below, draw
from roundsman.dispatch.engine.rows import is_feasible, refresh

# The parameters of the paper: mean number of tasks removed, longest string, how often a string is
# split, how often the spared part inside it grows by one.
_MEAN_REMOVED = 10
_LONGEST_STRING = 10
_SPLIT_RATE = 0.5
_SPARE_RATE = 0.01


@compiled
def ruin(facts: Facts, state: State, seed: int) -> None:
    """Take strings out of tours near the task; what was taken is added to what is missing."""
    tasks, busy = 0, 0
    for lane in range(len(facts.mode)):
        free = state.size[state.row_of[lane]] - facts.first[lane] - facts.last[lane]
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
        lane = state.lane_of[task]
        # With fewer tours than strings one tour loses several; the paper's fleets never need that.
        if lane < 0 or (state.old_row[lane] >= 0 and state.tally[TOUCHED] < busy):
            continue
        touch(facts, state, lane)
        _cut(facts, state, lane, task, longest)
        strings -= 1
    for at in range(state.tally[TOUCHED]):
        _settle(facts, state, state.touched[at])
    kept = asked
    for at in range(asked, state.tally[MISSING]):
        task = state.missing[at]
        if state.lane_of[task] < 0:
            state.missing[kept] = task
            state.was_lane[kept] = state.was_lane[at]
            state.tally[COST] += facts.penalty[task] - facts.extra[task, state.was_lane[at]]
            kept += 1
    state.tally[MISSING] = kept


@compiled
def touch(facts: Facts, state: State, lane: int) -> None:
    """Give the lane a row of its own for this step, so that the old one can be had back."""
    if state.old_row[lane] >= 0:
        return
    old = state.row_of[lane]
    state.tally[SPARE] -= 1
    row = state.spare[state.tally[SPARE]]
    size = state.size[old]
    state.size[row] = size
    state.travel[row] = state.travel[old]
    state.driven[row] = state.driven[old]
    for at in range(size):
        state.stops[row, at] = state.stops[old, at]
    for at in range(size + 1):
        state.places[row, at] = state.places[old, at]
        state.legs[row, at] = state.legs[old, at]
        state.begins[row, at] = state.begins[old, at]
        state.latest[row, at] = state.latest[old, at]
        for dimension in range(facts.width):
            state.fore[row, at, dimension] = state.fore[old, at, dimension]
            state.back[row, at, dimension] = state.back[old, at, dimension]
    state.places[row, size + 1] = state.places[old, size + 1]
    state.row_of[lane] = row
    state.old_row[lane] = old
    state.touched[state.tally[TOUCHED]] = lane
    state.tally[TOUCHED] += 1


@compiled
def _cut(facts: Facts, state: State, lane: int, task: int, longest: float) -> None:
    """Remove a string around the task from the free stops of a lane, at times sparing some."""
    row = state.row_of[lane]
    low, high = facts.first[lane], state.size[row] - facts.last[lane]
    free = high - low
    length = int(1 + draw(state.luck) * min(float(free), longest))
    length = min(length, free)
    spared = 0
    if 1 < length < free and draw(state.luck) < _SPLIT_RATE:
        spared = 1
        while length + spared < free and draw(state.luck) < _SPARE_RATE:
            spared += 1
    at = low
    while state.stops[row, at] != task:
        at += 1
    span = length + spared
    first = max(low, at - span + 1)
    begin = first + below(state.luck, min(at, high - span) - first + 1)
    keep = begin + (1 + below(state.luck, length - 1) if spared else length)
    kept = begin
    for stop in range(begin, state.size[row]):
        gone = state.stops[row, stop]
        if stop < keep or keep + spared <= stop < begin + span:
            state.missing[state.tally[MISSING]] = gone
            state.was_lane[state.tally[MISSING]] = lane
            state.tally[MISSING] += 1
            state.lane_of[gone] = -1
        else:
            state.stops[row, kept] = gone
            kept += 1
    state.size[row] = kept


@compiled
def _settle(facts: Facts, state: State, lane: int) -> None:
    """Bring a lane up to date after strings were cut, or give everything back to it.

    Over real roads a leg past what was removed may be longer, or not be there at all.
    """
    row, old = state.row_of[lane], state.old_row[lane]
    refresh(facts, state, lane, row)
    if is_feasible(facts, state, lane, row):
        state.tally[COST] += state.travel[row] - state.travel[old]
        return
    for at in range(state.size[old]):
        state.stops[row, at] = state.stops[old, at]
        state.lane_of[state.stops[old, at]] = lane
    state.size[row] = state.size[old]
    refresh(facts, state, lane, row)
