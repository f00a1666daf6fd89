"""What it costs to drive a sequence of stops where breaks, lateness and the like decide.

The rules are those of `dispatch/schedule.py`. A label for each number of pauses that are behind
holds when it is, how late it was, and how much later the route might have begun.
"""

from roundsman.dispatch.engine.arrays import (
    BEGIN,
    BEGUN,
    BOUND_M,
    CAME,
    CHOSEN,
    CLOCKED,
    CLOSES,
    EASED,
    EASED_BY,
    FAR,
    GOAL,
    HOLD_CLOSE,
    HOLD_OPEN,
    HOME,
    LATE,
    LATENESS,
    MAX_DRIVING,
    MAX_WORKING,
    MODE,
    MOMENT,
    NO_BOUND,
    OVER,
    PAUSE_CLOSE,
    PAUSE_FROM,
    PAUSE_LEN,
    PAUSE_OPEN,
    PER_HOUR,
    PER_KM,
    PER_ROUTE,
    PLACE,
    PRICED,
    RATE_BALANCE,
    RATE_LATENESS,
    RATE_OVERTIME,
    RATE_TRAVEL,
    RELOAD_FROM,
    RELOAD_S,
    ROOM,
    SEQ,
    SERVICE,
    SIZE,
    SLACK,
    SPEED,
    START_OF,
    STOPS,
    STRETCH_OF,
    UNTIL,
    VIA,
    WINDOW_END,
    WINDOW_START,
    WINDOWS_FROM,
    Block,
    Facts,
    Grid,
    State,
    compiled,
    inlined,
)
from roundsman.dispatch.engine.loads import keeps_loads

# The price of what cannot be driven.
NEVER = 1 << 59


@compiled
def price(  # noqa: C901, PLR0911, PLR0912 - one pass, left as soon as anything breaks
    facts: Facts, state: State, lane: int, size: int
) -> int:
    """Return what the sequence in `seq` costs the lane, NEVER where it breaks anything."""
    if size == 0:
        return 0
    if facts.width and not keeps_loads(facts, state, lane, size):
        return NEVER
    reloading = facts.lane[RELOAD_FROM, lane + 1] > facts.lane[RELOAD_FROM, lane] and facts.width
    labels = facts.lane[PAUSE_FROM, lane + 1] - facts.lane[PAUSE_FROM, lane] + 1
    state.label[MOMENT, 0] = facts.lane[BEGIN, lane]
    state.label[LATENESS, 0] = 0
    state.label[SLACK, 0] = 0
    state.label[ROOM, 0] = NO_BOUND
    for label in range(1, labels):
        state.label[MOMENT, label] = NO_BOUND
    mode, here, side, stretch = facts.lane[MODE, lane], facts.lane[HOME, lane], 0, 0
    way, metres, driving = 0, 0, 0
    for at in range(size + 1):
        there = facts.task[PLACE, state.path[SEQ, at]] if at < size else facts.lane[GOAL, lane]
        if reloading and at and state.path[VIA, at] >= 0:
            depot = state.path[VIA, at]
            if facts.legs[facts.out_s + mode, here, depot] >= FAR:
                return NEVER
            seconds = _seconds(facts, lane, here, depot)
            way += facts.legs[facts.out + mode, here, depot]
            driving += seconds
            if facts.bounded:
                metres += facts.legs[facts.out_m + mode, here, depot]
            if labels == 1:
                state.label[MOMENT, 0] += seconds
            else:
                side = _stretch(facts, state, lane, seconds, side, stretch)
            stretch += 1
            _dwell(facts, state, lane, facts.lane[RELOAD_S, lane], side)
            here = depot
        if facts.legs[facts.out_s + mode, here, there] >= FAR:
            return NEVER
        seconds = _seconds(facts, lane, here, there)
        way += facts.legs[facts.out + mode, here, there]
        driving += seconds
        if facts.bounded:
            metres += facts.legs[facts.out_m + mode, here, there]
        if labels == 1:
            state.label[MOMENT, 0] += seconds
        else:
            side = _stretch(facts, state, lane, seconds, side, stretch)
        state.path[STRETCH_OF, at] = stretch
        stretch += 1
        if at < size and not _serve(facts, state, lane, at, side):
            return NEVER
        here = there
    if driving > facts.lane[MAX_DRIVING, lane] or metres > facts.lane[BOUND_M, lane]:
        return NEVER
    travel = driving if facts.by_time else way
    fixed = facts.rates[RATE_TRAVEL] * travel + facts.lane[PER_ROUTE, lane]
    fixed += facts.lane[PER_KM, lane] * metres // 1000
    cost = _finish(facts, state, lane, side)
    return fixed + cost if cost < NEVER else NEVER


@inlined
def _seconds(facts: Facts, lane: int, here: int, there: int) -> int:
    seconds, speed = (
        facts.legs[facts.out_s + facts.lane[MODE, lane], here, there],
        facts.lane[SPEED, lane],
    )
    return seconds if speed == 100 else (seconds * 100 + speed // 2) // speed  # noqa: PLR2004 - percent


@compiled
def _stretch(facts: Facts, state: State, lane: int, seconds: int, side: int, stretch: int) -> int:
    """Drive without a stop, taking pauses on the way; return where the new labels are."""
    first = facts.lane[PAUSE_FROM, lane]
    pauses = facts.lane[PAUSE_FROM, lane + 1] - first
    other = facts.labels - side
    for label in range(pauses + 1):
        state.label[MOMENT, other + label] = NO_BOUND
    for label in range(pauses + 1):
        begun = state.label[MOMENT, side + label]
        if begun >= NO_BOUND:
            continue
        moment, slack, room = (
            begun + seconds,
            state.label[SLACK, side + label],
            state.label[ROOM, side + label],
        )
        late = state.label[LATENESS, side + label]
        _offer(facts, state, lane, stretch, (other, label, label), (moment, late, slack, room))
        for behind in range(label, pauses):
            opens, closes = (
                facts.pauses[PAUSE_OPEN, first + behind],
                facts.pauses[PAUSE_CLOSE, first + behind],
            )
            if behind == label:
                if begun > closes:
                    break
                room = min(room, slack + closes - begun)
            idle = max(0, opens - moment)
            moment += idle + facts.pauses[PAUSE_LEN, first + behind]
            slack += idle
            _offer(
                facts, state, lane, stretch, (other, behind + 1, label), (moment, late, slack, room)
            )
    return other


@inlined
def _offer(
    facts: Facts,
    state: State,
    lane: int,
    stretch: int,
    where: tuple[int, int, int],
    what: tuple[int, int, int, int],
) -> None:
    """Keep the label unless it comes too late for its next pause or another is sooner."""
    side, label, origin = where
    moment, late, slack, room = what
    following = facts.lane[PAUSE_FROM, lane] + label
    if (
        following < facts.lane[PAUSE_FROM, lane + 1]
        and moment > facts.pauses[PAUSE_CLOSE, following]
    ):
        return
    at = side + label
    if moment < state.label[MOMENT, at] or (
        moment == state.label[MOMENT, at] and late < state.label[LATENESS, at]
    ):
        state.label[MOMENT, at] = moment
        state.label[LATENESS, at] = late
        state.label[SLACK, at] = slack
        state.label[ROOM, at] = room
        if facts.linked:
            state.trail[CAME, stretch, label] = origin


@inlined
def _dwell(facts: Facts, state: State, lane: int, seconds: int, side: int) -> None:
    """Stay at a depot; drop labels that miss their next pause by it."""
    first = facts.lane[PAUSE_FROM, lane]
    pauses = facts.lane[PAUSE_FROM, lane + 1] - first
    for label in range(pauses + 1):
        if state.label[MOMENT, side + label] < NO_BOUND:
            state.label[MOMENT, side + label] += seconds
            if (
                label < pauses
                and state.label[MOMENT, side + label] > facts.pauses[PAUSE_CLOSE, first + label]
            ):
                state.label[MOMENT, side + label] = NO_BOUND


@inlined
def _serve(facts: Facts, state: State, lane: int, at: int, side: int) -> bool:
    """Do the task at the position as soon as it may begin; tell whether any label can."""
    task = state.path[SEQ, at]
    first = facts.lane[PAUSE_FROM, lane]
    pauses = facts.lane[PAUSE_FROM, lane + 1] - first
    alive = False
    begin, end = facts.task[WINDOWS_FROM, task], facts.task[WINDOWS_FROM, task + 1]
    for label in range(pauses + 1):
        moment = state.label[MOMENT, side + label]
        if moment >= NO_BOUND:
            continue
        start = max(moment, state.tasks[HOLD_OPEN, task])
        limit = start if end > begin else NO_BOUND
        late = max(0, start - facts.task[CLOSES, task])
        for window in range(begin, end):
            if start <= facts.windows[WINDOW_END, window]:
                start = max(start, facts.windows[WINDOW_START, window])
                limit = facts.windows[WINDOW_END, window]
                break
        if late > facts.task[LATE, task] or start > state.tasks[HOLD_CLOSE, task]:
            state.label[MOMENT, side + label] = NO_BOUND
            continue
        limit = min(limit, state.tasks[HOLD_CLOSE, task])
        slack = state.label[SLACK, side + label]
        state.label[ROOM, side + label] = min(
            state.label[ROOM, side + label], slack + limit - moment
        )
        state.label[SLACK, side + label] = slack + start - moment
        if facts.task[PRICED, task]:
            state.label[LATENESS, side + label] += late
        moment = start + facts.task[SERVICE, task]
        if facts.linked:
            state.trail[BEGUN, at, label] = start
            state.trail[EASED, at, label] = state.label[SLACK, side + label]
        if label < pauses and moment > facts.pauses[PAUSE_CLOSE, first + label]:
            state.label[MOMENT, side + label] = NO_BOUND
            continue
        state.label[MOMENT, side + label] = moment
        alive = True
    return alive


@compiled
def _finish(facts: Facts, state: State, lane: int, side: int) -> int:
    """Return the least price of lateness, overtime and work of all labels at the end."""
    first = facts.lane[PAUSE_FROM, lane]
    pauses = facts.lane[PAUSE_FROM, lane + 1] - first
    best, sooner, rested = NEVER, NO_BOUND, 0
    for label in range(pauses + 1):
        moment = state.label[MOMENT, side + label]
        if moment <= facts.lane[UNTIL, lane] + facts.lane[OVER, lane]:
            later = 0
            if facts.lane[CLOCKED, lane]:
                later = min(state.label[SLACK, side + label], state.label[ROOM, side + label])
            work = moment - facts.lane[BEGIN, lane] - later - rested
            if work <= facts.lane[MAX_WORKING, lane]:
                cost = facts.rates[RATE_LATENESS] * state.label[LATENESS, side + label]
                if facts.lane[OVER, lane]:
                    cost += facts.rates[RATE_OVERTIME] * max(0, moment - facts.lane[UNTIL, lane])
                cost += facts.lane[PER_HOUR, lane] * work // 3600
                cost += facts.rates[RATE_BALANCE] * work * work // 12_960_000
                if cost < best or (cost == best and moment < sooner):
                    best, sooner = cost, moment
                    state.tally[CHOSEN] = label
                    state.tally[EASED_BY] = later
        if label < pauses:
            rested += facts.pauses[PAUSE_LEN, first + label]
    return best


@inlined
def note_starts(facts: Facts, state: State, lane: int, size: int) -> None:
    """Note when each task of the sequence that was priced last begins."""
    pauses = facts.lane[PAUSE_FROM, lane + 1] - facts.lane[PAUSE_FROM, lane]
    label, later = state.tally[CHOSEN], state.tally[EASED_BY]
    for at in range(size, -1, -1):
        if at < size:
            easing = max(0, later - state.trail[EASED, at, label])
            state.tasks[START_OF, state.path[SEQ, at]] = state.trail[BEGUN, at, label] + easing
        if pauses:
            last = state.path[STRETCH_OF, at]
            before = state.path[STRETCH_OF, at - 1] if at else -1
            for stretch in range(last, before, -1):
                label = state.trail[CAME, stretch, label]


@inlined
def lay_out(state: State, row: int, one: int, at: int, two: int, before: int) -> int:
    """Write the stops of a row into `seq`, with one and two (-1: none) before these positions."""
    return _lay_out((state.path, state.tours), row, state.rows[SIZE, row], (one, at), (two, before))


@compiled
def _lay_out(
    tables: tuple[Grid, Block], row: int, stops: int, first: tuple[int, int], then: tuple[int, int]
) -> int:
    path, tours = tables
    size = 0
    for stop in range(stops + 1):
        if first[0] >= 0 and stop == first[1]:
            path[SEQ, size] = first[0]
            size += 1
        if then[0] >= 0 and stop == then[1]:
            path[SEQ, size] = then[0]
            size += 1
        if stop < stops:
            path[SEQ, size] = tours[STOPS, row, stop]
            size += 1
    return size


@inlined
def price_of_row(facts: Facts, state: State, lane: int, row: int) -> int:
    """Return what the tour in the row costs; note when what is bound to other tasks begins."""
    size = lay_out(state, row, -1, 0, -1, 0)
    cost = price(facts, state, lane, size)
    if facts.linked and size and cost < NEVER:
        note_starts(facts, state, lane, size)
    return cost
