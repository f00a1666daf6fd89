"""A problem as arrays, and arrays to search it in."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from roundsman.dispatch.engine.around import near_of, partners_of
from roundsman.dispatch.engine.arrays import (
    BEST_CLOSE,
    EASED_BY,
    FAR,
    HOLD_CLOSE,
    LANE_OF,
    LATEST,
    NEARBY,
    NO_BOUND,
    OLD_ROW,
    ROW_OF,
    SIZE,
    SPARE,
    SPARE_ROW,
    STOPS,
    Facts,
    State,
)
from roundsman.dispatch.engine.pack_rich import (
    is_bounded,
    offsets,
    rich_facts,
    rich_lanes,
    rich_state,
    rich_tasks,
)
from roundsman.dispatch.model import OPEN_END_S, UNREACHABLE, Matrix, Person, Problem, TravelMode
from roundsman.dispatch.tables import free_tasks, is_rich, is_timed, may_do, preference_of

# From so many tasks on a task is tried next to so many others only, not at every place.
_FEW, _REACH = 300, 25
# In a rich problem, where a place is priced by driving the whole tour, likewise from fewer on.
_FEW_RICH, _REACH_RICH = 40, 12

type Numbers = NDArray[np.int64]
type Legs = NDArray[np.int32]


class _Travel(NamedTuple):
    """Cost and seconds of every leg as [mode, from, to], with a location for nowhere at the end."""

    modes: list[TravelMode]
    cost: Legs
    seconds: Legs
    metres: Legs


def facts_of(problem: Problem) -> Facts:
    """Return the arrays of a problem with at least one person."""
    tasks, persons = problem.tasks, problem.persons
    travel = _travel(problem)
    windowed = any(task.windows for task in tasks)
    nowhere = travel.cost.shape[1] - 1
    free = _numbers(sorted(free_tasks(problem), key=lambda task: (-tasks[task].penalty, task)))
    place = _numbers(nowhere if task.location is None else task.location for task in tasks)
    width = max((max(len(task.pickup), len(task.dropoff)) for task in tasks), default=0)
    penalty = _numbers(task.penalty for task in tasks)
    opens = _numbers(task.windows[0].start_s if task.windows else 0 for task in tasks)
    closes = _numbers(task.windows[-1].end_s if task.windows else OPEN_END_S for task in tasks)
    mode = _numbers(travel.modes.index(who.mode) for who in persons)
    start = _numbers(nowhere if who.start is None else who.start for who in persons)
    close = np.min(travel.cost[mode[:, None], start[:, None], place[None, :]], axis=0)
    near = near_of(travel.cost[mode[0]], place, free)
    service = _numbers(task.service_s for task in tasks)
    spans = service, opens, closes
    few, most = (_FEW_RICH, _REACH_RICH) if is_rich(problem) else (_FEW, _REACH)
    reach = 0 if problem.priority_first or len(free) < few else most
    ahead, behind = partners_of(
        (travel.cost[mode[0]], travel.seconds[mode[0]]), (place, *spans), free, reach
    )
    more_of_tasks, bonds = rich_tasks(problem)
    task = [
        place,
        service,
        opens,
        closes,
        _numbers(offsets([task.windows for task in tasks])),
        _numbers(task.priority for task in tasks),
        penalty,
        *more_of_tasks,
    ]
    lane = [
        mode,
        start,
        _numbers(nowhere if who.end is None else who.end for who in persons),
        _numbers(who.shift.start_s for who in persons),
        _numbers(who.shift.end_s for who in persons),
        _numbers(int(is_timed(who, windowed=windowed)) for who in persons),
        _numbers(NO_BOUND if who.max_tasks is None else who.max_tasks for who in persons),
        _numbers(len(who.first) for who in persons),
        _numbers(len(who.last) for who in persons),
        _kinds(problem),
        _numbers(NO_BOUND if who.max_metres is None else who.max_metres for who in persons),
        *rich_lanes(problem),
    ]
    windows = [(each.start_s, each.end_s) for task in tasks for each in task.windows]
    facts: dict[str, Any] = {
        **_tables(travel),
        "lanes": len(persons),
        "lane": _columns(lane),
        "task": _columns(task),
        "windows": np.array(windows, np.int64).reshape(-1, 2).T.copy(),
        "pickup": _amounts([task.pickup for task in tasks], width, 0),
        "dropoff": _amounts([task.dropoff for task in tasks], width, 0),
        "extra": _extra(problem),
        "free": free,
        "far": free[np.lexsort((-close[free], -penalty[free]))],
        "near": near,
        "ahead": ahead,
        "behind": behind,
        "reach": ahead.shape[1],
        "capacity": _amounts([who.capacity for who in persons], width, NO_BOUND),
        "by_priority": int(problem.priority_first),
        "bounded": int(is_bounded(problem)),
        "width": width,
        "around": near.shape[1],
        **bonds,
        **rich_facts(problem),
    }
    return Facts(**facts, **_orders(facts, spans, penalty, close.astype(np.int64)))


def _tables(travel: _Travel) -> dict[str, Any]:
    """Return all matrices in one array, equal ones once, and where each begins in it."""
    found: list[Legs] = []
    places: dict[str, Any] = {}
    of = {"": travel.cost, "_s": travel.seconds, "_m": travel.metres}
    for name, table in of.items():
        for way, turned in (("out", table), ("into", _turned(table))):
            known = (at for at, one in enumerate(found) if np.array_equal(one, turned))
            at = next(known, len(found))
            if at == len(found):
                found.append(turned)
            places[way + name] = at * len(travel.modes)
    return {"legs": np.concatenate(found), **places}


def _columns(columns: Sequence[Numbers]) -> Numbers:
    """Return one table of columns; those that are shorter by one end with nothing."""
    table = np.zeros((len(columns), max(map(len, columns))), np.int64)
    for at, column in enumerate(columns):
        table[at, : len(column)] = column
    return table


def state_of(problem: Problem, facts: Facts, seed: int) -> State:
    """Return room for a search in which every person's tour holds their fixed tasks only."""
    lanes, tasks = len(problem.persons), len(problem.tasks)
    fixed = max(len(who.first) + len(who.last) for who in problem.persons)
    alike = {_likeness(who): who for who in problem.persons}
    longest = fixed + max(_most_stops(problem, facts, who) for who in alike.values())
    rows, width = 2 * lanes, facts.width
    in_rows = np.zeros((SPARE_ROW + 1, rows), np.int64)
    tours = np.zeros((LATEST + 1, rows, longest + 3), np.int64)
    of_tasks = np.zeros((BEST_CLOSE + 1, tasks + 1), np.int64)
    of_tasks[LANE_OF] = -1
    of_tasks[[HOLD_CLOSE, BEST_CLOSE]] = NO_BOUND
    for lane, who in enumerate(problem.persons):
        route = [*who.first, *who.last]
        in_rows[SIZE, lane] = len(route)
        tours[STOPS, lane, : len(route)] = route
        of_tasks[LANE_OF, route] = lane
    in_rows[SPARE_ROW, : rows - lanes] = np.arange(lanes, rows)
    in_lanes = np.zeros((NEARBY + 1, lanes + 1), np.int64)
    in_lanes[ROW_OF, :lanes] = np.arange(lanes)
    in_lanes[OLD_ROW] = -1
    tally = np.zeros(EASED_BY + 1, np.int64)
    tally[SPARE] = rows - lanes
    state: dict[str, Any] = {
        "lanes": in_lanes,
        "rows": in_rows,
        "tours": tours,
        "fore": np.zeros((rows, longest + 2, width), np.int64),
        "back": np.zeros((rows, longest + 2, width), np.int64),
        "tasks": of_tasks,
        "tally": tally,
        # Seeds that follow each other begin far apart; zero would stay zero for ever.
        "luck": _numbers([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % (1 << 63) or 1]),
        **rich_state(problem, facts, longest),
    }
    return State(**state)


def _most_stops(problem: Problem, facts: Facts, who: Person) -> int:
    """Return a bound on the free tasks of a tour: how many of the least fit in load and time."""
    free = [problem.tasks[task] for task in facts.free]
    most = len(free) if who.max_tasks is None else min(len(free), who.max_tasks)
    day_s = who.shift.end_s + who.overtime_s - who.shift.start_s
    sizes = [(sorted(task.service_s for task in free), day_s)]
    # By a depot, and from task to task, any amount can be carried one after the other.
    bounds = () if who.reload or facts.linked else who.capacity[: facts.width]
    for dimension, bound in enumerate(bounds):
        sizes += [
            (sorted(loads[task, dimension] for task in facts.free), bound)
            for loads in (facts.pickup, facts.dropoff)
        ]
    for least, bound in sizes:
        most = min(most, bisect_right(list(accumulate(least)), bound))
    return most


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, np.int64)


def _amounts(rows: Sequence[Sequence[int]], width: int, missing: int) -> Numbers:
    table = np.full((len(rows), width), missing, np.int64)
    for row, amounts in enumerate(rows):
        table[row, : len(amounts)] = amounts[:width]
    return table


def _travel(problem: Problem) -> _Travel:
    modes: list[TravelMode] = sorted({who.mode for who in problem.persons})
    pairs = [_with_nowhere(problem.travel.matrices[mode]) for mode in modes]
    seconds = np.stack([pair[0] for pair in pairs])
    bounded = is_bounded(problem)
    if problem.minimise == "seconds" and not bounded:
        return _Travel(modes, seconds, seconds, seconds)
    metres = np.stack([pair[1] for pair in pairs])
    return _Travel(modes, seconds if problem.minimise == "seconds" else metres, seconds, metres)


def _with_nowhere(matrix: Matrix) -> tuple[Legs, Legs]:
    """Return seconds and metres, nowhere being reached and left at once."""
    size = len(matrix.seconds)
    seconds, metres = (np.zeros((size + 1, size + 1), np.int32) for _ in range(2))
    seconds[:size, :size] = np.array(matrix.seconds, np.int32).reshape(size, size)
    metres[:size, :size] = np.array(matrix.metres, np.int32).reshape(size, size)
    apart = (seconds == UNREACHABLE) | (metres == UNREACHABLE)
    seconds[apart] = metres[apart] = FAR
    return seconds, metres


def _turned(legs: Legs) -> Legs:
    """Return the legs as [mode, to, from]."""
    turned = legs.transpose(0, 2, 1)
    return legs if np.array_equal(legs, turned) else np.ascontiguousarray(turned)


def _extra(problem: Problem) -> Legs:
    """Return for each task and person what it costs, FAR where the person must not do the task."""
    rows: dict[object, list[int]] = {}
    table: list[list[int]] = []
    for task in problem.tasks:
        like = (
            task.skills,
            task.person,
            task.forbidden,
            task.preferred,
            task.preference,
            task.zone,
        )
        if like not in rows:
            rows[like] = [
                preference_of(task, who, problem.weights.territory) if may_do(task, who) else FAR
                for who in problem.persons
            ]
        table.append(rows[like])
    return np.array(table, np.int32).reshape(len(problem.tasks), len(problem.persons))


def _kinds(problem: Problem) -> Numbers:
    """Return a number per person, equal for people who are interchangeable while empty."""
    known: dict[object, int] = {}
    named = {
        name for task in problem.tasks for name in (task.person, *task.forbidden, *task.preferred)
    }
    return _numbers(
        known.setdefault(_likeness(who) if who.id not in named else who.id, len(known))
        for who in problem.persons
    )


def _likeness(who: Person) -> tuple[object, ...]:
    return structs.astuple(structs.replace(who, id="", first=(), last=()))


def _orders(
    facts: dict[str, Any],
    spans: tuple[Numbers, Numbers, Numbers],
    penalty: Numbers,
    close: Numbers,
) -> dict[str, Any]:
    """Return the orders of insertion and their weights: the paper's, and dearest penalty first.

    Random 4, far 2, close 1, shortest window 2, early 2, late 2, largest load 4.
    """
    _, opens, closes = spans
    orders = [(4, close), (2, -close), (1, close)]
    if facts["windows"].size:
        orders += [(2, closes - opens), (2, opens), (2, -closes)]
    if facts["width"]:
        orders.append((4, -facts["pickup"].sum(axis=1) - facts["dropoff"].sum(axis=1)))
    if len(np.unique(penalty[facts["free"]])) > 1:
        orders.append((4, -penalty))
    return {
        "keys": np.stack([key for _, key in orders]),
        "weights": _numbers(weight for weight, _ in orders),
    }
