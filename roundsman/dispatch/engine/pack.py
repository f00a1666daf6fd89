"""A problem as arrays, and arrays to search it in."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roundsman.dispatch.engine.arrays import FAR, NO_BOUND, ONLY_TOUCHED, SPARE, Facts, State
from roundsman.dispatch.model import OPEN_END_S, UNREACHABLE, Matrix, Person, Problem, TravelMode
from roundsman.dispatch.tables import free_tasks, is_timed, may_do, preference_of

# Tasks with more than this many others between them are never ruined together: bounds the memory.
_NEIGHBOURS = 200
# Tasks whose neighbours are looked for at a time: bounds the memory too.
_BATCH = 256
# From so many tasks on a task is tried next to so many others only, not at every place.
_FEW, _REACH = 300, 25
# What a second of waiting between two tasks counts beside one of driving between them.
_WAIT = 0.2

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
    into, into_s = _turned(travel.cost), _turned(travel.seconds)
    free = _numbers(sorted(free_tasks(problem), key=lambda task: (-tasks[task].penalty, task)))
    place = _numbers(nowhere if task.location is None else task.location for task in tasks)
    width = max((max(len(task.pickup), len(task.dropoff)) for task in tasks), default=0)
    penalty = _numbers(task.penalty for task in tasks)
    opens = _numbers(task.windows[0].start_s if task.windows else 0 for task in tasks)
    closes = _numbers(task.windows[-1].end_s if task.windows else OPEN_END_S for task in tasks)
    mode = _numbers(travel.modes.index(who.mode) for who in persons)
    start = _numbers(nowhere if who.start is None else who.start for who in persons)
    close = np.min(travel.cost[mode[:, None], start[:, None], place[None, :]], axis=0)
    near = _near(travel.cost[mode[0]], place, free)
    service = _numbers(task.service_s for task in tasks)
    spans = service, opens, closes
    reach = 0 if problem.priority_first or len(free) < _FEW else _REACH
    ahead, behind = _partners(travel, int(mode[0]), (place, *spans), free, reach)
    facts: dict[str, Any] = {
        "into": into,
        "out": travel.cost,
        "into_s": into if travel.seconds is travel.cost else into_s,
        "out_s": travel.seconds,
        "into_m": into if travel.metres is travel.cost else _turned(travel.metres),
        "out_m": travel.metres,
        "place": place,
        "service": service,
        "opens": opens,
        "closes": closes,
        "windows_from": np.cumsum([0, *(len(task.windows) for task in tasks)], dtype=np.int64),
        "window_start": _numbers(each.start_s for task in tasks for each in task.windows),
        "window_end": _numbers(each.end_s for task in tasks for each in task.windows),
        "priority": _numbers(task.priority for task in tasks),
        "penalty": penalty,
        "pickup": _amounts([task.pickup for task in tasks], width, 0),
        "dropoff": _amounts([task.dropoff for task in tasks], width, 0),
        "extra": _extra(problem),
        "free": free,
        "far": free[np.lexsort((-close[free], -penalty[free]))],
        "near": near,
        "ahead": ahead,
        "behind": behind,
        "reach": ahead.shape[1],
        "mode": mode,
        "start": start,
        "end": _numbers(nowhere if who.end is None else who.end for who in persons),
        "begin": _numbers(who.shift.start_s for who in persons),
        "until": _numbers(who.shift.end_s for who in persons),
        "timed": _numbers(int(is_timed(who, windowed=windowed)) for who in persons),
        "most": _numbers(NO_BOUND if who.max_tasks is None else who.max_tasks for who in persons),
        "capacity": _amounts([who.capacity for who in persons], width, NO_BOUND),
        "first": _numbers(len(who.first) for who in persons),
        "last": _numbers(len(who.last) for who in persons),
        "kind": _kinds(problem),
        "bound_m": _numbers(
            NO_BOUND if who.max_metres is None else who.max_metres for who in persons
        ),
        "by_priority": int(problem.priority_first),
        "bounded": int(any(who.max_metres is not None for who in persons)),
        "width": width,
        "around": near.shape[1],
    }
    return Facts(**facts, **_orders(facts, close.astype(np.int64)))


def state_of(problem: Problem, facts: Facts, seed: int) -> State:
    """Return room for a search in which every person's tour holds their fixed tasks only."""
    lanes, tasks = len(problem.persons), len(problem.tasks)
    fixed = max(len(who.first) + len(who.last) for who in problem.persons)
    alike = {_likeness(who): who for who in problem.persons}
    longest = fixed + max(_most_stops(problem, facts, who) for who in alike.values())
    rows, width = 2 * lanes, facts.width
    lane_of, size = np.full(tasks, -1), np.zeros(rows, np.int64)
    stops = np.zeros((rows, longest + 1), np.int64)
    for lane, who in enumerate(problem.persons):
        route = [*who.first, *who.last]
        size[lane] = len(route)
        stops[lane, : len(route)] = route
        lane_of[route] = lane
    tally = np.zeros(ONLY_TOUCHED + 1, np.int64)
    tally[SPARE] = rows - lanes
    state: dict[str, Any] = {
        "row_of": np.arange(lanes),
        "size": size,
        "travel": np.zeros(rows, np.int64),
        "driven": np.zeros(rows, np.int64),
        "stops": stops,
        "places": np.zeros((rows, longest + 3), np.int64),
        "legs": np.zeros((rows, longest + 2), np.int64),
        "begins": np.zeros((rows, longest + 2), np.int64),
        "latest": np.zeros((rows, longest + 2), np.int64),
        "fore": np.zeros((rows, longest + 2, width), np.int64),
        "back": np.zeros((rows, longest + 2, width), np.int64),
        "lane_of": lane_of,
        "spot_of": np.zeros(tasks, np.int64),
        "absent": np.zeros(tasks + 1, np.int64),
        "tally": tally,
        "spare": np.concatenate([np.arange(lanes, rows), np.zeros(lanes, np.int64)]),
        "old_row": np.full(lanes, -1),
        "touched": np.zeros(lanes, np.int64),
        "missing": np.zeros(tasks + 1, np.int64),
        "was_lane": np.zeros(tasks + 1, np.int64),
        "seen": np.zeros(lanes + 1, np.int64),
        "best": np.zeros(tasks + 1, np.int64),
        "best_size": np.zeros(lanes, np.int64),
        # Seeds that follow each other begin far apart; zero would stay zero for ever.
        "luck": _numbers([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % (1 << 63) or 1]),
    }
    return State(**state)


def _most_stops(problem: Problem, facts: Facts, who: Person) -> int:
    """Return a bound on the free tasks of a tour: how many of the least fit in load and time."""
    free = [problem.tasks[task] for task in facts.free]
    most = len(free) if who.max_tasks is None else min(len(free), who.max_tasks)
    sizes = [(sorted(task.service_s for task in free), who.shift.end_s - who.shift.start_s)]
    for dimension, bound in enumerate(who.capacity[: facts.width]):
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
    bounded = any(who.max_metres is not None for who in problem.persons)
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
        like = task.skills, task.person, task.forbidden, task.preferred, task.preference
        if like not in rows:
            rows[like] = [
                preference_of(task, who) if may_do(task, who) else FAR for who in problem.persons
            ]
        table.append(rows[like])
    return np.array(table, np.int32).reshape(len(problem.tasks), len(problem.persons))


def _near(cost: Legs, place: Numbers, free: Numbers) -> Numbers:
    """Return for each free task itself and the free tasks around it, nearest first."""
    around = min(len(free), _NEIGHBOURS)
    near = np.full((len(place), around), -1, np.int64)
    for begin in range(0, len(free), _BATCH):
        some = free[begin : begin + _BATCH]
        reach = cost[place[some][:, None], place[free][None, :]].astype(np.int64)
        reach[np.arange(len(some)), begin + np.arange(len(some))] = -1  # itself first of all
        near[some] = free[_least(reach, around)]
    return near


def _partners(
    travel: _Travel,
    mode: int,
    tasks: tuple[Numbers, Numbers, Numbers, Numbers],
    free: Numbers,
    reach: int,
) -> tuple[Numbers, Numbers]:
    """Return for each free task those that are best driven right before and right after it.

    `tasks` are places, service, first and last moments to begin. Pairs are ranked by travel plus a
    fifth of the wait between them that cannot be avoided; a pair that is late at best is none.
    """
    ahead, behind = (np.full((len(tasks[0]), reach), -1, np.int64) for _ in range(2))
    if not reach:
        return ahead, behind
    place, service, opens, closes = (each[free] for each in tasks)
    rank = travel.cost[mode][place[:, None], place[None, :]].astype(np.float64)
    seconds = travel.seconds[mode][place[:, None], place[None, :]].astype(np.int64)
    wait = opens[None, :] - (closes + service)[:, None] - seconds
    late = (opens + service)[:, None] + seconds > closes[None, :]
    rank += np.maximum(wait, 0) * (_WAIT * rank.sum() / max(1, seconds.sum()))
    rank[late] = np.inf
    np.fill_diagonal(rank, np.inf)
    for best, table in ((ahead, rank.T), (behind, rank)):
        order = _least(table, min(reach, len(free)))
        chosen = np.where(np.isinf(np.take_along_axis(table, order, axis=1)), -1, free[order])
        best[free, : chosen.shape[1]] = chosen
    return ahead, behind


def _least(table: NDArray[Any], number: int) -> Numbers:
    """Return the columns of so many least values of each row, least first."""
    if not number:
        return np.zeros((len(table), 0), np.int64)
    some = np.argpartition(table, number - 1, axis=1)[:, :number]
    order = np.argsort(np.take_along_axis(table, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


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
    return (
        who.start,
        who.end,
        who.shift,
        who.mode,
        who.skills,
        who.capacity,
        who.max_tasks,
        who.max_metres,
    )


def _orders(facts: dict[str, Any], close: Numbers) -> dict[str, Any]:
    """Return the orders of insertion and their weights: the paper's, and dearest penalty first.

    Random 4, far 2, close 1, shortest window 2, early 2, late 2, largest load 4.
    """
    opens, closes, penalty = facts["opens"], facts["closes"], facts["penalty"]
    orders = [(4, close), (2, -close), (1, close)]
    if len(facts["window_end"]):
        orders += [(2, closes - opens), (2, opens), (2, -closes)]
    if facts["width"]:
        orders.append((4, -facts["pickup"].sum(axis=1) - facts["dropoff"].sum(axis=1)))
    if len(np.unique(penalty[facts["free"]])) > 1:
        orders.append((4, -penalty))
    return {
        "keys": np.stack([key for _, key in orders]),
        "weights": _numbers(weight for weight, _ in orders),
    }
