"""The search itself: ruin, recreate, and simulated annealing between them."""

from math import exp, log

from roundsman.dispatch.engine.arrays import (
    ABSENT,
    ABSENT_TASK,
    BEST,
    BEST_CLOSE,
    BEST_OPEN,
    BEST_SIZE,
    BEST_STOP,
    COST,
    HELD,
    HOLD_CLOSE,
    HOLD_OPEN,
    LANE_OF,
    MISSING,
    MISSING_TASK,
    OLD_ROW,
    PARTNER,
    PENALTY,
    ROW_OF,
    SIZE,
    SPARE,
    SPARE_ROW,
    SPOT_OF,
    STOPS,
    TOUCHED,
    TOUCHED_LANE,
    TRAVEL,
    WAS_LANE,
    Facts,
    Line,
    State,
    compiled,
    entry,
    inlined,
)
from roundsman.dispatch.engine.bonds import undo_holds
from roundsman.dispatch.engine.drive import price_of_row
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
# Where a search begins.
ANEW, BEST_SO_FAR, ON = range(3)


@inlined
def _begin(facts: Facts, state: State) -> None:
    """Work out everything about tours that hold fixed tasks only."""
    for lane in range(facts.lanes):
        refresh(facts, state, lane, state.lanes[ROW_OF, lane])
        state.tally[COST] += state.rows[TRAVEL, state.lanes[ROW_OF, lane]]
    for at in range(len(facts.free)):
        state.tally[COST] += facts.task[PENALTY, facts.free[at]]
    _keep_best(facts, state)


@inlined
def _go_back(facts: Facts, state: State) -> None:
    """Go back to the best solution."""
    for at in range(len(facts.free)):
        state.tasks[LANE_OF, facts.free[at]] = -1
    state.tally[COST] = 0
    for task in range(len(facts.extra)):
        state.tasks[HOLD_OPEN, task] = state.tasks[BEST_OPEN, task]
        state.tasks[HOLD_CLOSE, task] = state.tasks[BEST_CLOSE, task]
    read = 0
    for lane in range(facts.lanes):
        row = state.lanes[ROW_OF, lane]
        state.rows[SIZE, row] = state.lanes[BEST_SIZE, lane]
        for at in range(state.rows[SIZE, row]):
            state.tours[STOPS, row, at] = state.tasks[BEST_STOP, read]
            state.tasks[LANE_OF, state.tasks[BEST_STOP, read]] = lane
            read += 1
        refresh(facts, state, lane, row)
        state.tally[COST] += state.rows[TRAVEL, row]
    for at in range(len(facts.free)):
        task = facts.free[at]
        if state.tasks[LANE_OF, task] < 0:
            state.tally[COST] += facts.task[PENALTY, task]
        else:
            state.tally[COST] += facts.extra[task, state.tasks[LANE_OF, task]]


@entry
def search(  # noqa: C901 - one entry: each further one costs compiling everything again
    facts: Facts,
    state: State,
    begin: int,
    order: Line,
    steps: int,
    cooling: tuple[float, float, float, float, float],
) -> None:
    """Put what is missing at its cheapest place in this order, then go so many steps on.

    A search begins ANEW, goes back to its BEST_SO_FAR, or goes ON.

    `cooling` is (done, stride, total, hot, cold): from `done` of `total` on, by `stride` each step,
    the heat falls from hot to cold. One function, since compiling the insertion twice takes long.
    """
    if begin == ANEW:
        _begin(facts, state)
    elif begin == BEST_SO_FAR:
        _go_back(facts, state)
    if len(order):
        for _ in range(3 if facts.linked else 1):
            for at in range(len(order)):
                if state.tasks[LANE_OF, order[at]] < 0:
                    _put_for_good(facts, state, order[at])
        _list_all_absent(facts, state)
        _keep_best(facts, state)
    done, stride, total, hot, cold = cooling
    fall = log(cold / hot)
    for step in range(steps):
        heat = hot * exp(fall * min(1.0, (done + step * stride) / total))
        before = state.tally[COST]
        state.tally[HELD] = 0
        sampled = _begin_step(facts, state)
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
            touched = state.tally[TOUCHED]
            _release(state, UNDO)
            if facts.linked:
                _begin_as_before(facts, state, touched)


@compiled
def _begin_step(facts: Facts, state: State) -> int:
    """Draw from what is left out the tasks that this step tries to serve; return their number."""
    absent = state.tally[ABSENT]
    sampled = min(absent, _MOST_ABSENT)
    for at in range(sampled):
        other = at + below(state.luck, absent - at)
        task = state.tasks[ABSENT_TASK, other]
        state.tasks[ABSENT_TASK, other] = state.tasks[ABSENT_TASK, at]
        state.tasks[ABSENT_TASK, at] = task
        state.tasks[MISSING_TASK, at] = task
        state.tasks[WAS_LANE, at] = -1
    if facts.linked:
        sampled = _with_partners(facts, state, sampled)
    state.tally[MISSING] = sampled
    state.tally[TOUCHED] = 0
    return sampled


@inlined
def _with_partners(facts: Facts, state: State, sampled: int) -> int:
    """Add to the first tasks that are left out the partners they are served with."""
    asked = sampled
    for at in range(asked):
        partner = facts.task[PARTNER, state.tasks[ABSENT_TASK, at]]
        if partner < 0 or state.tasks[LANE_OF, partner] >= 0:
            continue
        for other in range(sampled, state.tally[ABSENT]):
            if state.tasks[ABSENT_TASK, other] == partner:
                state.tasks[ABSENT_TASK, other] = state.tasks[ABSENT_TASK, sampled]
                state.tasks[ABSENT_TASK, sampled] = partner
                state.tasks[MISSING_TASK, sampled] = partner
                state.tasks[WAS_LANE, sampled] = -1
                sampled += 1
                break
    return sampled


@compiled
def _release(state: State, outcome: int) -> None:
    """Give back the rows that are no longer needed: the old ones, or those of the step."""
    for at in range(state.tally[TOUCHED]):
        lane = state.lanes[TOUCHED_LANE, at]
        old, unused = state.lanes[OLD_ROW, lane], state.lanes[OLD_ROW, lane]
        if outcome == UNDO:
            unused = state.lanes[ROW_OF, lane]
            state.lanes[ROW_OF, lane] = old
            for spot in range(state.rows[SIZE, old]):
                state.tasks[SPOT_OF, state.tours[STOPS, old, spot]] = spot
        state.rows[SPARE_ROW, state.tally[SPARE]] = unused
        state.tally[SPARE] += 1
        state.lanes[OLD_ROW, lane] = -1
    if outcome == UNDO:
        for at in range(state.tally[MISSING]):
            state.tasks[LANE_OF, state.tasks[MISSING_TASK, at]] = state.tasks[WAS_LANE, at]
    state.tally[TOUCHED] = 0
    state.tally[MISSING] = 0


@inlined
def _begin_as_before(facts: Facts, state: State, touched: int) -> None:
    """Go back to what was agreed before the step, and note when what is bound begins again."""
    undo_holds(state, 0)
    for at in range(touched):
        lane = state.lanes[TOUCHED_LANE, at]
        price_of_row(facts, state, lane, state.lanes[ROW_OF, lane])


@inlined
def _put_for_good(facts: Facts, state: State, task: int) -> None:
    at = state.tally[MISSING]
    state.tally[HELD] = 0
    state.tasks[MISSING_TASK, at] = task
    state.tasks[WAS_LANE, at] = -1
    put(facts, state, at, 0.0)
    _release(state, KEEP)


@inlined
def _list_all_absent(facts: Facts, state: State) -> None:
    absent = 0
    for at in range(len(facts.free)):
        if state.tasks[LANE_OF, facts.free[at]] < 0:
            state.tasks[ABSENT_TASK, absent] = facts.free[at]
            absent += 1
    state.tally[ABSENT] = absent


@compiled
def _keep_best(facts: Facts, state: State) -> None:
    written = 0
    for lane in range(facts.lanes):
        row = state.lanes[ROW_OF, lane]
        state.lanes[BEST_SIZE, lane] = state.rows[SIZE, row]
        for at in range(state.rows[SIZE, row]):
            state.tasks[BEST_STOP, written] = state.tours[STOPS, row, at]
            written += 1
    state.tally[BEST] = state.tally[COST]
    if facts.linked:
        for task in range(len(facts.extra)):
            state.tasks[BEST_OPEN, task] = state.tasks[HOLD_OPEN, task]
            state.tasks[BEST_CLOSE, task] = state.tasks[HOLD_CLOSE, task]
