"""Ruin and recreate: better and better plans by taking strings of tasks out and putting them back.

Slack induction by string removals (Christiaens and Vanden Berghe, Transportation Science 54(2),
2020) with simulated annealing: strings of neighbouring tasks are removed from tours near one task,
then all that is missing comes back task by task at its cheapest place, blinking past one now and
then. Leaving a task out costs its penalty, so one acceptance rule covers travel and service.
"""

from collections.abc import Callable, Sequence
from math import exp, log
from random import Random
from time import monotonic
from typing import Literal

from msgspec import Struct

from roundsman.dispatch.tables import Tables
from roundsman.dispatch.tours import Tour, build, cheapest, insert, is_feasible

# The parameters of the paper: mean number of tasks removed, longest string, how often a string is
# split, how often the spared part inside it grows by one, how often a position is blinked past.
_MEAN_REMOVED = 10
_LONGEST_STRING = 10
_SPLIT_RATE = 0.5
_SPARE_RATE = 0.01
_BLINK_RATE = 0.01
# Annealing, in mean legs. Cooler than the paper, which has a thousand times the iterations.
_HOT, _COLD = 0.5, 0.005
# Tasks with more than this many others between them are never ruined together: bounds the memory.
_NEIGHBOURS = 100


class State(Struct):
    """A solution under way: a tour per lane, the lane of each task (-1: none), what is left out."""

    tours: list[Tour]
    lane_of: list[int]
    absent: list[int]
    cost: int


class Found(Struct, frozen=True):
    """The best solution of a search, in stops per lane, and how the search ended."""

    stops: list[list[int]]
    iterations: int
    stopped: Literal["done", "time", "cancelled"]


def start(tables: Tables) -> State:
    """Return the cheapest-insertion solution: dearest penalty first, each at its cheapest place."""
    tours = [build(tables, lane, (*lane.first, *lane.last)) for lane in tables.lanes]
    lane_of = [-1] * len(tables.location)
    for number, tour in enumerate(tours):
        for task in tour.stops:
            lane_of[task] = number
    cost = sum(tour.cost for tour in tours) + sum(tables.penalty[task] for task in tables.free)
    state = State(tours, lane_of, [], cost)
    _insert_all(tables, state, sorted(tables.free, key=lambda t: (-tables.penalty[t], t)), None)
    return state


def improve(
    tables: Tables,
    state: State,
    *,
    seed: int,
    iterations: int,
    seconds: float,
    cancelled: Callable[[], bool],
) -> Found:
    """Search from the state until the budget is used up; return the best solution seen."""
    random = Random(seed)  # noqa: S311 - a search wants a repeatable sequence, not a secret one
    near, keys = _neighbours(tables), _sort_keys(tables)
    scale = sum(tour.cost for tour in state.tours) / (len(tables.free) + 1) or 1.0
    until = monotonic() + seconds
    best, done = _copy(state), 0
    stopped: Literal["done", "time", "cancelled"] = "done"
    while done < iterations and len(tables.free) > 1:
        if cancelled():
            stopped = "cancelled"
            break
        if monotonic() > until:
            stopped = "time"
            break
        heat = scale * _HOT * exp(log(_COLD / _HOT) * done / iterations)
        before = _copy(state)
        missing = _ruin(tables, state, near, random)
        _insert_all(tables, state, _ordered(missing, keys, random), random)
        done += 1
        if state.cost < best.cost:
            best = _copy(state)
        elif state.cost >= before.cost - heat * log(1.0 - random.random()):
            state = before
    # A blink may have left out what fits after all.
    _insert_all(tables, best, best.absent, None)
    return Found([tour.stops for tour in best.tours], done, stopped)


def _copy(state: State) -> State:
    return State(state.tours[:], state.lane_of[:], state.absent, state.cost)


def _insert_all(tables: Tables, state: State, order: Sequence[int], random: Random | None) -> None:
    """Put tasks back one by one, each where it costs least and only if that beats its penalty."""
    state.absent = []
    for task in order:
        least, where, spot = tables.penalty[task], -1, -1
        for number in tables.allowed[task]:
            blinks = 0
            while random is not None and random.random() < _BLINK_RATE:
                blinks += 1
            lane, tour = tables.lanes[number], state.tours[number]
            added, position = cheapest(tables, lane, tour, task, blinks=blinks)
            if added < least:
                least, where, spot = added, number, position
        if where < 0:
            state.absent.append(task)
            continue
        state.tours[where] = insert(tables, tables.lanes[where], state.tours[where], task, spot)
        state.lane_of[task] = where
        state.cost += least - tables.penalty[task]


def _ruin(tables: Tables, state: State, near: Sequence[list[int]], random: Random) -> list[int]:
    """Take strings of stops out of tours near one random task; return all tasks now missing."""
    lanes = tables.lanes
    sizes = [
        len(t.stops) - len(x.first) - len(x.last) for t, x in zip(state.tours, lanes, strict=True)
    ]
    busy = sum(1 for size in sizes if size)
    longest = min(_LONGEST_STRING, sum(sizes) / max(1, busy))
    strings = int(random.uniform(1, 4 * _MEAN_REMOVED / (1 + longest)))
    left: dict[int, list[int]] = {}
    gone: set[int] = set()
    for task in near[random.choice(tables.free)]:
        lane = state.lane_of[task]
        # With fewer tours than strings one tour loses several; the paper's fleets never need that.
        if lane < 0 or task in gone or (lane in left and len(left) < busy):
            continue
        stops = left.setdefault(lane, state.tours[lane].stops[:])
        low, high = len(lanes[lane].first), len(stops) - len(lanes[lane].last)
        gone.update(_cut(stops, range(low, high), task, longest, random))
        strings -= 1
        if not strings:
            break
    for lane, stops in left.items():
        tour = build(tables, lanes[lane], stops)
        if not is_feasible(lanes[lane], tour):
            # Over real roads a leg past what was removed may be longer, or not be there at all.
            gone.difference_update(state.tours[lane].stops)
            continue
        state.cost += tour.cost - state.tours[lane].cost
        state.tours[lane] = tour
    for task in gone:
        state.lane_of[task] = -1
        state.cost += tables.penalty[task]
    return [*state.absent, *sorted(gone)]


def _cut(stops: list[int], free: range, task: int, longest: float, random: Random) -> list[int]:
    """Remove a string around the task from the free stops, at times sparing some; return it."""
    size = len(free)
    length = int(random.uniform(1, min(size, longest) + 1))
    spared = 0
    if 1 < length < size and random.random() < _SPLIT_RATE:
        spared = 1
        while length + spared < size and random.random() < _SPARE_RATE:
            spared += 1
    at, span = stops.index(task), length + spared
    begin = random.randint(max(free.start, at - span + 1), min(at, free.stop - span))
    keep = begin + (random.randint(1, length - 1) if spared else length)
    cut = stops[begin:keep] + stops[keep + spared : begin + span]
    stops[begin : begin + span] = stops[keep : keep + spared]
    return cut


def _ordered(
    missing: list[int], keys: Sequence[tuple[int, list[int] | None]], random: Random
) -> list[int]:
    """Return the tasks in one of the orders of insertion, drawn by weight."""
    random.shuffle(missing)
    draw = random.randrange(sum(weight for weight, _ in keys))
    for weight, key in keys:
        draw -= weight
        if draw < 0:
            return missing if key is None else sorted(missing, key=key.__getitem__)
    return missing


def _sort_keys(tables: Tables) -> list[tuple[int, list[int] | None]]:
    """Return the orders of insertion with their weights: the paper's, and dearest penalty first.

    Random 4, largest load 4, far 2, close 1, shortest window 2, early 2, late 2.
    """
    close = [
        min((lane.out[lane.start][place] for lane in tables.lanes), default=0)
        for place in tables.location
    ]
    spans = [late - early for early, late in zip(tables.opens, tables.closes, strict=True)]
    keys: list[tuple[int, list[int] | None]] = [(4, None), (2, [-far for far in close]), (1, close)]
    if any(tables.windows):
        keys += [(2, spans), (2, tables.opens), (2, [-late for late in tables.closes])]
    if tables.width:
        loads = [-sum(p) - sum(d) for p, d in zip(tables.pickup, tables.dropoff, strict=True)]
        keys.append((4, loads))
    if len({tables.penalty[task] for task in tables.free}) > 1:
        keys.append((4, [-penalty for penalty in tables.penalty]))
    return keys


def _neighbours(tables: Tables) -> list[list[int]]:
    """Return for each task itself and the free tasks around it, nearest first."""
    near: list[list[int]] = [[] for _ in tables.location]
    if not tables.lanes:
        return near
    out = tables.lanes[0].out
    for task in tables.free:
        row = out[tables.location[task]]
        reach = {other: row[tables.location[other]] for other in tables.free if other != task}
        around = sorted(reach, key=reach.__getitem__)
        near[task] = [task, *around[:_NEIGHBOURS]]
    return near
