"""Tours as rows of arrays: what an insertion costs and whether it fits, without driving them.

The rules are those of `dispatch/tours.py`: work begins at the earliest permitted moment, so one
comparison with the latest arrival decides about time (Savelsbergh, 1992), and the highest loads
before and behind a leg decide about load. In a rich problem whole tours are priced (`drive.py`).
"""

from roundsman.dispatch.engine.arrays import (
    BEGIN,
    BEGINS,
    BOUND_M,
    BROKEN,
    CLOSES,
    DRIVEN,
    FAR,
    GOAL,
    HOME,
    LATEST,
    LEGS,
    MODE,
    OLD_ROW,
    PLACE,
    PLACES,
    ROW_OF,
    SERVICE,
    SIZE,
    SPARE,
    SPARE_ROW,
    SPOT_OF,
    STOPS,
    TIMED,
    TOUCHED,
    TOUCHED_LANE,
    TRAVEL,
    UNTIL,
    WINDOW_END,
    WINDOW_START,
    WINDOWS_FROM,
    Facts,
    State,
    compiled,
    inlined,
)
from roundsman.dispatch.engine.drive import NEVER, price_of_row


@compiled
def leave_at(facts: Facts, task: int, arrive: int) -> int:
    """Return when work ends for this arrival; after the last window it begins late."""
    for at in range(facts.task[WINDOWS_FROM, task], facts.task[WINDOWS_FROM, task + 1]):
        if arrive <= facts.windows[WINDOW_END, at]:
            return max(arrive, facts.windows[WINDOW_START, at]) + facts.task[SERVICE, task]
    return arrive + facts.task[SERVICE, task]


@compiled
def latest_arrival(facts: Facts, task: int, leave_by: int) -> int:
    """Return the latest arrival that lets the work end by the moment; -1 when there is none."""
    begin_by = leave_by - facts.task[SERVICE, task]
    first = facts.task[WINDOWS_FROM, task]
    at = facts.task[WINDOWS_FROM, task + 1] - 1
    if at < first:
        return begin_by
    while at >= first:
        if facts.windows[WINDOW_START, at] <= begin_by:
            return min(facts.windows[WINDOW_END, at], begin_by)
        at -= 1
    return -1


@compiled
def known(leg: int) -> int:
    """Return the time or cost of a leg; one without connection, between fixed tasks only, is 0."""
    return 0 if leg >= FAR else leg


@compiled
def touch(facts: Facts, state: State, lane: int) -> None:
    """Give the lane a row of its own for this step, so that the old one can be had back."""
    if state.lanes[OLD_ROW, lane] >= 0:
        return
    old = state.lanes[ROW_OF, lane]
    state.tally[SPARE] -= 1
    row = state.rows[SPARE_ROW, state.tally[SPARE]]
    size = state.rows[SIZE, old]
    state.rows[SIZE, row] = size
    state.rows[TRAVEL, row] = state.rows[TRAVEL, old]
    state.rows[DRIVEN, row] = state.rows[DRIVEN, old]
    for at in range(size):
        state.tours[STOPS, row, at] = state.tours[STOPS, old, at]
    for at in range(size + 1):
        state.tours[PLACES, row, at] = state.tours[PLACES, old, at]
        state.tours[LEGS, row, at] = state.tours[LEGS, old, at]
        if facts.rich:
            continue
        state.tours[BEGINS, row, at] = state.tours[BEGINS, old, at]
        state.tours[LATEST, row, at] = state.tours[LATEST, old, at]
        for dimension in range(facts.width):
            state.fore[row, at, dimension] = state.fore[old, at, dimension]
            state.back[row, at, dimension] = state.back[old, at, dimension]
    state.tours[PLACES, row, size + 1] = state.tours[PLACES, old, size + 1]
    state.lanes[ROW_OF, lane] = row
    state.lanes[OLD_ROW, lane] = old
    state.lanes[TOUCHED_LANE, state.tally[TOUCHED]] = lane
    state.tally[TOUCHED] += 1


@compiled
def refresh(facts: Facts, state: State, lane: int, row: int) -> None:
    """Work out everything about a row from its stops."""
    size, mode = state.rows[SIZE, row], facts.lane[MODE, lane]
    state.tours[PLACES, row, 0] = facts.lane[HOME, lane]
    for at in range(size):
        state.tours[PLACES, row, at + 1] = facts.task[PLACE, state.tours[STOPS, row, at]]
        state.tasks[SPOT_OF, state.tours[STOPS, row, at]] = at
    state.tours[PLACES, row, size + 1] = facts.lane[GOAL, lane]
    travel = 0
    for leg in range(size + 1):
        cost = facts.legs[
            facts.out + mode, state.tours[PLACES, row, leg], state.tours[PLACES, row, leg + 1]
        ]
        state.tours[LEGS, row, leg] = known(cost) if size else 0
        travel += state.tours[LEGS, row, leg]
    state.rows[TRAVEL, row] = travel
    if facts.rich:
        # What nobody may drive as it stands costs its travel; nothing is added to it.
        cost = price_of_row(facts, state, lane, row)
        state.tally[BROKEN] = 1 if cost >= NEVER else 0
        if cost < NEVER:
            state.rows[TRAVEL, row] = cost
        return
    if facts.bounded:
        driven = 0
        for leg in range(size + 1):
            driven += known(
                facts.legs[
                    facts.out_m + mode,
                    state.tours[PLACES, row, leg],
                    state.tours[PLACES, row, leg + 1],
                ]
            )
        state.rows[DRIVEN, row] = driven if size else 0
    if facts.lane[TIMED, lane]:
        state.tours[BEGINS, row, 0] = facts.lane[BEGIN, lane]
        for at in range(size):
            time = known(
                facts.legs[
                    facts.out_s + mode,
                    state.tours[PLACES, row, at],
                    state.tours[PLACES, row, at + 1],
                ]
            )
            arrive = state.tours[BEGINS, row, at] + time
            state.tours[BEGINS, row, at + 1] = leave_at(facts, state.tours[STOPS, row, at], arrive)
        state.tours[LATEST, row, size] = facts.lane[UNTIL, lane]
        for at in range(size - 1, -1, -1):
            time = known(
                facts.legs[
                    facts.out_s + mode,
                    state.tours[PLACES, row, at + 1],
                    state.tours[PLACES, row, at + 2],
                ]
            )
            leave_by = state.tours[LATEST, row, at + 1] - time
            state.tours[LATEST, row, at] = latest_arrival(
                facts, state.tours[STOPS, row, at], leave_by
            )
    refresh_loads(facts, state, row)


@compiled
def refresh_loads(facts: Facts, state: State, row: int) -> None:
    """Work out the highest loads before and behind each leg of a row."""
    size = state.rows[SIZE, row]
    for dimension in range(facts.width):
        load = 0
        for at in range(size):
            load += facts.dropoff[state.tours[STOPS, row, at], dimension]
        state.fore[row, 0, dimension] = load
        state.back[row, 0, dimension] = load
        for at in range(size):
            stop = state.tours[STOPS, row, at]
            load += facts.pickup[stop, dimension] - facts.dropoff[stop, dimension]
            state.fore[row, at + 1, dimension] = max(load, state.fore[row, at, dimension])
            state.back[row, at + 1, dimension] = load
        for leg in range(size - 1, -1, -1):
            behind = state.back[row, leg + 1, dimension]
            state.back[row, leg, dimension] = max(behind, state.back[row, leg, dimension])


@inlined
def is_feasible(facts: Facts, state: State, lane: int, row: int) -> bool:
    """Tell whether the tour keeps connections, times and loads."""
    if facts.rich:
        return not state.tally[BROKEN]  # of what was refreshed last
    size, mode = state.rows[SIZE, row], facts.lane[MODE, lane]
    for leg in range(size + 1):
        if (
            facts.legs[
                facts.out + mode, state.tours[PLACES, row, leg], state.tours[PLACES, row, leg + 1]
            ]
            >= FAR
        ):
            return False
    if facts.lane[TIMED, lane]:
        time = facts.legs[
            facts.out_s + mode, state.tours[PLACES, row, 0], state.tours[PLACES, row, 1]
        ]
        if facts.lane[BEGIN, lane] + time > state.tours[LATEST, row, 0]:
            return False
    if facts.bounded and state.rows[DRIVEN, row] > facts.lane[BOUND_M, lane]:
        return False
    for dimension in range(facts.width):
        if state.fore[row, size, dimension] > facts.capacity[lane, dimension]:
            return False
    return True


@compiled
def fits(facts: Facts, state: State, lane: int, row: int, task: int, at: int) -> bool:
    """Tell whether the task may stand before the stop at the position; the legs are known."""
    if facts.lane[TIMED, lane]:
        mode, place = facts.lane[MODE, lane], facts.task[PLACE, task]
        leave = (
            state.tours[BEGINS, row, at]
            + facts.legs[facts.into_s + mode, place, state.tours[PLACES, row, at]]
        )
        if leave > facts.task[CLOSES, task]:
            return False
        leave = leave_at(facts, task, leave)
        onward = facts.legs[facts.out_s + mode, place, state.tours[PLACES, row, at + 1]]
        if leave + onward > state.tours[LATEST, row, at]:
            return False
    if facts.bounded:
        longer = _driven_by(facts, state, lane, row, facts.task[PLACE, task], at)
        if state.rows[DRIVEN, row] + longer > facts.lane[BOUND_M, lane]:
            return False
    for dimension in range(facts.width):
        bound = facts.capacity[lane, dimension]
        if (
            state.fore[row, at, dimension] + facts.dropoff[task, dimension] > bound
            or state.back[row, at, dimension] + facts.pickup[task, dimension] > bound
        ):
            return False
    return True


@inlined
def _driven_by(facts: Facts, state: State, lane: int, row: int, place: int, at: int) -> int:
    """Return by how many metres a stop at the place before the stop there prolongs the way."""
    mode, before, behind = (
        facts.lane[MODE, lane],
        state.tours[PLACES, row, at],
        state.tours[PLACES, row, at + 1],
    )
    longer = known(facts.legs[facts.into_m + mode, place, before]) + known(
        facts.legs[facts.out_m + mode, place, behind]
    )
    return longer - (
        known(facts.legs[facts.out_m + mode, before, behind]) if state.rows[SIZE, row] else 0
    )


@inlined
def insert(facts: Facts, state: State, lane: int, row: int, task: int, at: int) -> None:
    """Put the task before the stop at the position and bring the row up to date."""
    size, mode, place = state.rows[SIZE, row], facts.lane[MODE, lane], facts.task[PLACE, task]
    if facts.rich:
        for stop in range(size, at, -1):
            state.tours[STOPS, row, stop] = state.tours[STOPS, row, stop - 1]
        state.tours[STOPS, row, at] = task
        state.rows[SIZE, row] = size + 1
        refresh(facts, state, lane, row)
        return
    if facts.bounded:
        state.rows[DRIVEN, row] += _driven_by(facts, state, lane, row, place, at)
    for stop in range(size, at, -1):
        state.tours[STOPS, row, stop] = state.tours[STOPS, row, stop - 1]
        state.tasks[SPOT_OF, state.tours[STOPS, row, stop]] = stop
    for leg in range(size + 1, at, -1):
        state.tours[PLACES, row, leg + 1] = state.tours[PLACES, row, leg]
        state.tours[LEGS, row, leg] = state.tours[LEGS, row, leg - 1]
    state.tours[STOPS, row, at] = task
    state.tasks[SPOT_OF, task] = at
    state.tours[PLACES, row, at + 1] = place
    state.rows[SIZE, row] = size + 1
    before, behind = state.tours[PLACES, row, at], state.tours[PLACES, row, at + 2]
    gone = state.tours[LEGS, row, at + 1]
    state.tours[LEGS, row, at] = known(facts.legs[facts.into + mode, place, before])
    state.tours[LEGS, row, at + 1] = known(facts.legs[facts.out + mode, place, behind])
    state.rows[TRAVEL, row] += state.tours[LEGS, row, at] + state.tours[LEGS, row, at + 1] - gone
    if facts.lane[TIMED, lane]:
        _update_times(facts, state, lane, row, at)
    refresh_loads(facts, state, row)


@inlined
def _update_times(facts: Facts, state: State, lane: int, row: int, at: int) -> None:
    """Bring begins and latest ends up to date around a new stop; equal ones end the work."""
    size, mode = state.rows[SIZE, row], facts.lane[MODE, lane]
    for leg in range(size, at, -1):
        state.tours[LATEST, row, leg] = state.tours[LATEST, row, leg - 1]
    for leg in range(size, at + 1, -1):
        state.tours[BEGINS, row, leg] = state.tours[BEGINS, row, leg - 1]
    for stop in range(at, size):
        time = known(
            facts.legs[
                facts.out_s + mode,
                state.tours[PLACES, row, stop],
                state.tours[PLACES, row, stop + 1],
            ]
        )
        leave = leave_at(
            facts, state.tours[STOPS, row, stop], state.tours[BEGINS, row, stop] + time
        )
        if stop > at and leave == state.tours[BEGINS, row, stop + 1]:
            break
        state.tours[BEGINS, row, stop + 1] = leave
    for stop in range(at, -1, -1):
        time = known(
            facts.legs[
                facts.out_s + mode,
                state.tours[PLACES, row, stop + 1],
                state.tours[PLACES, row, stop + 2],
            ]
        )
        latest = latest_arrival(
            facts, state.tours[STOPS, row, stop], state.tours[LATEST, row, stop + 1] - time
        )
        if stop < at and latest == state.tours[LATEST, row, stop]:
            break
        state.tours[LATEST, row, stop] = latest
