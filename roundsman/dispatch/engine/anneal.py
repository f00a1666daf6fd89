"""The search itself: ruin, recreate, and simulated annealing between them."""

from math import exp, log

from roundsman.dispatch.engine.arrays import (
    ABSENT,
    BEST,
    COST,
    MISSING,
    SPARE,
    TOUCHED,
    Facts,
    Line,
    State,
    compiled,
)
from roundsman.dispatch.engine.luck import below, draw
from roundsman.dispatch.engine.recreate import (
    BLINK_RATE,
    list_absent,
    put,
    put_in_order,
    recreate,
)
from roundsman.dispatch.engine.rows import refresh
from roundsman.dispatch.engine.ruin import ruin

# So many of the tasks left out are tried in one step, drawn anew each time.
_MOST_ABSENT = 60
# What becomes of a step.
KEEP, UNDO = 0, 1


@compiled
def begin(facts: Facts, state: State) -> None:
    """Work out everything about tours that hold fixed tasks only."""
    for lane in range(len(facts.mode)):
        refresh(facts, state, lane, state.row_of[lane])
        state.tally[COST] += state.travel[state.row_of[lane]]
    for at in range(len(facts.free)):
        state.tally[COST] += facts.penalty[facts.free[at]]


@compiled
def go_back(facts: Facts, state: State) -> None:
    """Go back to the best solution."""
    for at in range(len(facts.free)):
        state.lane_of[facts.free[at]] = -1
    state.tally[COST] = 0
    read = 0
    for lane in range(len(facts.mode)):
        row = state.row_of[lane]
        state.size[row] = state.best_size[lane]
        for at in range(state.size[row]):
            state.stops[row, at] = state.best[read]
            state.lane_of[state.best[read]] = lane
            read += 1
        refresh(facts, state, lane, row)
        state.tally[COST] += state.travel[row]
    for at in range(len(facts.free)):
        task = facts.free[at]
        if state.lane_of[task] < 0:
            state.tally[COST] += facts.penalty[task]
        else:
            state.tally[COST] += facts.extra[task, state.lane_of[task]]


@compiled
def search(
    facts: Facts,
    state: State,
    order: Line,
    steps: int,
    cooling: tuple[float, float, float, float, float],
) -> None:
    """Put what is missing at its cheapest place in this order, then go so many steps on.

    `cooling` is (done, stride, total, hot, cold): from `done` of `total` on, by `stride` each step,
    the heat falls from hot to cold. One function, since compiling the insertion twice takes long.
    """
    if len(order):
        for at in range(len(order)):
            if state.lane_of[order[at]] < 0:
                _put_for_good(facts, state, order[at])
        _list_all_absent(facts, state)
        _keep_best(facts, state)
    done, stride, total, hot, cold = cooling
    fall = log(cold / hot)
    for step in range(steps):
        heat = hot * exp(fall * min(1.0, (done + step * stride) / total))
        before = state.tally[COST]
        sampled = _begin_step(state)
        ruin(facts, state, facts.free[below(state.luck, len(facts.free))])
        put_in_order(facts, state)
        recreate(facts, state, BLINK_RATE)
        if state.tally[COST] < before - heat * log(1.0 - draw(state.luck)):
            list_absent(state, sampled)
            _release(state, KEEP)
            if state.tally[COST] < state.tally[BEST]:
                _keep_best(facts, state)
        else:
            state.tally[COST] = before
            _release(state, UNDO)


@compiled
def _begin_step(state: State) -> int:
    """Draw from what is left out the tasks that this step tries to serve; return their number."""
    absent = state.tally[ABSENT]
    sampled = min(absent, _MOST_ABSENT)
    for at in range(sampled):
        other = at + below(state.luck, absent - at)
        task = state.absent[other]
        state.absent[other] = state.absent[at]
        state.absent[at] = task
        state.missing[at] = task
        state.was_lane[at] = -1
    state.tally[MISSING] = sampled
    state.tally[TOUCHED] = 0
    return sampled


@compiled
def _release(state: State, outcome: int) -> None:
    """Give back the rows that are no longer needed: the old ones, or those of the step."""
    for at in range(state.tally[TOUCHED]):
        lane = state.touched[at]
        old, unused = state.old_row[lane], state.old_row[lane]
        if outcome == UNDO:
            unused = state.row_of[lane]
            state.row_of[lane] = old
            for spot in range(state.size[old]):
                state.spot_of[state.stops[old, spot]] = spot
        state.spare[state.tally[SPARE]] = unused
        state.tally[SPARE] += 1
        state.old_row[lane] = -1
    if outcome == UNDO:
        for at in range(state.tally[MISSING]):
            state.lane_of[state.missing[at]] = state.was_lane[at]
    state.tally[TOUCHED] = 0
    state.tally[MISSING] = 0


@compiled
def _put_for_good(facts: Facts, state: State, task: int) -> None:
    at = state.tally[MISSING]
    state.missing[at] = task
    state.was_lane[at] = -1
    put(facts, state, at, 0.0)
    _release(state, KEEP)


@compiled
def _list_all_absent(facts: Facts, state: State) -> None:
    absent = 0
    for at in range(len(facts.free)):
        if state.lane_of[facts.free[at]] < 0:
            state.absent[absent] = facts.free[at]
            absent += 1
    state.tally[ABSENT] = absent


@compiled
def _keep_best(facts: Facts, state: State) -> None:
    written = 0
    for lane in range(len(facts.mode)):
        row = state.row_of[lane]
        state.best_size[lane] = state.size[row]
        for at in range(state.size[row]):
            state.best[written] = state.stops[row, at]
            written += 1
    state.tally[BEST] = state.tally[COST]
