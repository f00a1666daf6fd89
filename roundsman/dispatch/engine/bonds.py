"""Tasks that are bound to others: the times they agree on, taking them out, putting them in.

Each route is priced alone. What binds two routes is an agreed moment: a task that waits for another
begins no sooner (`hold_open`), the other no later than leaves time (`hold_close`), two that meet
begin exactly then. The moment stays as long as both are served.
"""

from roundsman.dispatch.engine.arrays import (
    BEFORE,
    BEFORE_FROM,
    BEFORE_GAP,
    BEHIND_FROM,
    BOND,
    FIRST,
    FIXED,
    HELD,
    HELD_TASK,
    HOLD_CLOSE,
    HOLD_OPEN,
    LANE_OF,
    LAST,
    MEETS,
    MISSING,
    MISSING_TASK,
    NO_BOUND,
    PARTNER,
    PRIORITY,
    ROW_OF,
    SENDS,
    SERVICE,
    SIZE,
    SPEED,
    SPOT_OF,
    START_OF,
    STOPS,
    WAITING,
    WAITING_GAP,
    WAS_CLOSE,
    WAS_LANE,
    WAS_OPEN,
    Facts,
    State,
    compiled,
    inlined,
)
from roundsman.dispatch.engine.rows import touch


@inlined
def is_bound(facts: Facts, task: int) -> bool:
    """Tell whether anything binds the task to another."""
    return (
        facts.task[PARTNER, task] >= 0
        or facts.task[BEFORE_FROM, task + 1] > facts.task[BEFORE_FROM, task]
        or facts.task[BEHIND_FROM, task + 1] > facts.task[BEHIND_FROM, task]
    )


@compiled
def set_hold(state: State, task: int, opens: int, closes: int) -> None:
    """Agree on when a task begins, remembering what was agreed before."""
    if state.tasks[HOLD_OPEN, task] == opens and state.tasks[HOLD_CLOSE, task] == closes:
        return
    at = state.tally[HELD]
    state.held[HELD_TASK, at] = task
    state.held[WAS_OPEN, at] = state.tasks[HOLD_OPEN, task]
    state.held[WAS_CLOSE, at] = state.tasks[HOLD_CLOSE, task]
    state.tally[HELD] = at + 1
    state.tasks[HOLD_OPEN, task] = opens
    state.tasks[HOLD_CLOSE, task] = closes


@compiled
def undo_holds(state: State, until: int) -> None:
    """Go back to what was agreed when so many changes had been made."""
    while state.tally[HELD] > until:
        at = state.tally[HELD] - 1
        state.tasks[HOLD_OPEN, state.held[HELD_TASK, at]] = state.held[WAS_OPEN, at]
        state.tasks[HOLD_CLOSE, state.held[HELD_TASK, at]] = state.held[WAS_CLOSE, at]
        state.tally[HELD] = at


@compiled
def take_out_bound(facts: Facts, state: State, asked: int) -> None:
    """Take out what cannot be done without what is missing from this place of the list on."""
    at = asked
    while at < state.tally[MISSING]:
        task = state.tasks[MISSING_TASK, at]
        other = facts.task[PARTNER, task]
        if other >= 0 and state.tasks[LANE_OF, other] >= 0:
            if facts.task[FIXED, other]:
                set_hold(state, other, 0, NO_BOUND)
            else:
                _take_out(facts, state, other)
        for bond in range(facts.task[BEHIND_FROM, task], facts.task[BEHIND_FROM, task + 1]):
            later = facts.bonds[WAITING, bond]
            if state.tasks[LANE_OF, later] >= 0 and not facts.task[FIXED, later]:
                _take_out(facts, state, later)
        at += 1
    for at in range(asked, state.tally[MISSING]):
        _release_holds(facts, state, state.tasks[MISSING_TASK, at])


@compiled
def _take_out(facts: Facts, state: State, task: int) -> None:
    lane = state.tasks[LANE_OF, task]
    touch(facts, state, lane)
    row = state.lanes[ROW_OF, lane]
    kept = 0
    for at in range(state.rows[SIZE, row]):
        stop = state.tours[STOPS, row, at]
        if stop != task:
            state.tours[STOPS, row, kept] = stop
            kept += 1
    state.rows[SIZE, row] = kept
    state.tasks[MISSING_TASK, state.tally[MISSING]] = task
    state.tasks[WAS_LANE, state.tally[MISSING]] = lane
    state.tally[MISSING] += 1
    state.tasks[LANE_OF, task] = -1


@inlined
def _release_holds(facts: Facts, state: State, task: int) -> None:
    """Free a task that is taken out, and those that only had to be done in time for it."""
    set_hold(state, task, 0, NO_BOUND)
    for bond in range(facts.task[BEFORE_FROM, task], facts.task[BEFORE_FROM, task + 1]):
        _close(facts, state, facts.bonds[BEFORE, bond])


@compiled
def _close(facts: Facts, state: State, task: int) -> None:
    """Hold a task to leave in time for all that wait for it, unless it meets another anyway."""
    if facts.task[BOND, task] == MEETS and state.tasks[LANE_OF, facts.task[PARTNER, task]] >= 0:
        return
    closes = NO_BOUND
    for bond in range(facts.task[BEHIND_FROM, task], facts.task[BEHIND_FROM, task + 1]):
        later = facts.bonds[WAITING, bond]
        if state.tasks[LANE_OF, later] >= 0:
            until = state.tasks[HOLD_OPEN, later] - facts.bonds[WAITING_GAP, bond]
            closes = min(closes, until - facts.task[SERVICE, task])
    set_hold(state, task, state.tasks[HOLD_OPEN, task], closes)


@compiled
def may_come(facts: Facts, state: State, task: int) -> bool:
    """Tell whether all that must be done before the task is served."""
    for bond in range(facts.task[BEFORE_FROM, task], facts.task[BEFORE_FROM, task + 1]):
        if state.tasks[LANE_OF, facts.bonds[BEFORE, bond]] < 0:
            return False
    return True


@compiled
def hold_by_others(facts: Facts, state: State, task: int) -> None:
    """Hold a task that is to be put in to what is agreed with those that are served.

    What it waits for may not get later by it, on whatever tour.
    """
    opens, closes = 0, NO_BOUND
    for bond in range(facts.task[BEFORE_FROM, task], facts.task[BEFORE_FROM, task + 1]):
        sooner = facts.bonds[BEFORE, bond]
        start = state.tasks[START_OF, sooner]
        opens = max(opens, start + facts.task[SERVICE, sooner] + facts.bonds[BEFORE_GAP, bond])
        until = min(start, state.tasks[HOLD_CLOSE, sooner])
        set_hold(state, sooner, state.tasks[HOLD_OPEN, sooner], until)
    for bond in range(facts.task[BEHIND_FROM, task], facts.task[BEHIND_FROM, task + 1]):
        later = facts.bonds[WAITING, bond]
        if state.tasks[LANE_OF, later] >= 0:
            until = state.tasks[START_OF, later] - facts.bonds[WAITING_GAP, bond]
            closes = min(closes, until - facts.task[SERVICE, task])
    set_hold(state, task, opens, closes)


@inlined
def meet_fixed(facts: Facts, state: State, task: int) -> None:
    """Hold a task to the moment of one that it meets and that never moves."""
    other = facts.task[PARTNER, task]
    if other >= 0 and facts.task[BOND, task] == MEETS:
        start = state.tasks[START_OF, other]
        set_hold(
            state,
            task,
            max(start, state.tasks[HOLD_OPEN, task]),
            min(start, state.tasks[HOLD_CLOSE, task]),
        )


@compiled
def agree(facts: Facts, state: State, task: int) -> None:
    """Hold a task that was put in to the moment it has now, and others to leave it that."""
    start = state.tasks[START_OF, task]
    other = facts.task[PARTNER, task]
    if other >= 0 and facts.task[BOND, task] == MEETS and facts.task[FIXED, other]:
        set_hold(state, other, start, start)
    if facts.task[BEFORE_FROM, task + 1] > facts.task[BEFORE_FROM, task]:
        opens = max(start, state.tasks[HOLD_OPEN, task])
        set_hold(state, task, opens, state.tasks[HOLD_CLOSE, task])
    for bond in range(facts.task[BEFORE_FROM, task], facts.task[BEFORE_FROM, task + 1]):
        _close(facts, state, facts.bonds[BEFORE, bond])
    for bond in range(facts.task[BEHIND_FROM, task], facts.task[BEHIND_FROM, task + 1]):
        later = facts.bonds[WAITING, bond]
        if state.tasks[LANE_OF, later] >= 0:
            opens = max(state.tasks[HOLD_OPEN, later], state.tasks[START_OF, later])
            set_hold(state, later, opens, state.tasks[HOLD_CLOSE, later])
            _close(facts, state, task)


@compiled
def is_in_order(  # noqa: PLR0911 - a list of conditions
    facts: Facts, state: State, lane: int, task: int, at: int
) -> bool:
    """Tell whether the position is behind and before the bound tasks of the same tour."""
    for bond in range(facts.task[BEFORE_FROM, task], facts.task[BEFORE_FROM, task + 1]):
        sooner = facts.bonds[BEFORE, bond]
        if state.tasks[LANE_OF, sooner] == lane and at <= state.tasks[SPOT_OF, sooner]:
            return False
    for bond in range(facts.task[BEHIND_FROM, task], facts.task[BEHIND_FROM, task + 1]):
        later = facts.bonds[WAITING, bond]
        if state.tasks[LANE_OF, later] == lane and at > state.tasks[SPOT_OF, later]:
            return False
    other = facts.task[PARTNER, task]
    if other < 0 or state.tasks[LANE_OF, other] < 0:
        return True
    if facts.task[BOND, task] == MEETS:
        return state.tasks[LANE_OF, other] != lane
    if state.tasks[LANE_OF, other] != lane:
        return False
    if facts.task[BOND, task] == SENDS:
        return at <= state.tasks[SPOT_OF, other]
    return at > state.tasks[SPOT_OF, other]


@compiled
def floor_of(facts: Facts, lane: int, added: int) -> int:
    """Return what so much more way costs at least."""
    if facts.by_time and facts.lane[SPEED, lane] != 100:  # noqa: PLR2004 - percent
        # Each leg is rounded: two new ones, one gone.
        added = added * 100 // facts.lane[SPEED, lane] - 3
    return added * facts.rates[0]


@compiled
def keeps_rank(facts: Facts, state: State, lane: int, row: int, task: int, at: int) -> bool:
    """Tell whether the priorities around the position allow the task, where they count."""
    if not facts.by_priority:
        return True
    rank = facts.task[PRIORITY, task]
    if (
        at > facts.lane[FIRST, lane]
        and facts.task[PRIORITY, state.tours[STOPS, row, at - 1]] < rank
    ):
        return False
    last = state.rows[SIZE, row] - facts.lane[LAST, lane]
    return not (at < last and facts.task[PRIORITY, state.tours[STOPS, row, at]] > rank)
