"""What makes a problem rich, as arrays: people's days, prices, bonds between tasks."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roundsman.dispatch.engine.arrays import (
    BRINGS,
    MEETS,
    NO_BOUND,
    OPTIONS,
    SENDS,
    Facts,
)
from roundsman.dispatch.labels import is_clocked, pauses_of
from roundsman.dispatch.model import Problem
from roundsman.dispatch.tables import is_rich

type Numbers = NDArray[np.int64]

_KINDS = {"carry": (SENDS, BRINGS), "together": (MEETS, MEETS)}


def is_bounded(problem: Problem) -> bool:
    """Tell whether somebody's metres are bounded or paid."""
    return any(who.max_metres is not None or who.per_km for who in problem.persons)


def rich_facts(problem: Problem) -> dict[str, Any]:
    """Return the facts about people's pauses and depots, and prices."""
    weights = problem.weights
    pauses = [pauses_of(who) for who in problem.persons]
    return {
        "rich": int(is_rich(problem)),
        "by_time": int(problem.minimise == "seconds"),
        "labels": max(map(len, pauses)) + 1,
        "rates": _numbers((weights.travel, weights.lateness, weights.overtime, weights.balance)),
        "pauses": np.array(
            [(one.opens, one.closes, one.seconds) for some in pauses for one in some], np.int64
        )
        .reshape(-1, 3)
        .T.copy(),
        "depots": _numbers(depot for who in problem.persons for depot in who.reload),
    }


def rich_lanes(problem: Problem) -> list[Numbers]:
    """Return the columns of people's days, as in Facts.lane from OVER on."""
    persons = problem.persons
    columns = [
        [who.overtime_s for who in persons],
        [who.speed for who in persons],
        [int(is_clocked(problem, who)) for who in persons],
        [_bound(who.max_driving_s) for who in persons],
        [_bound(who.max_working_s) for who in persons],
        [who.per_km for who in persons],
        [who.per_hour for who in persons],
        [who.per_route for who in persons],
        offsets([pauses_of(who) for who in persons]),
        offsets([who.reload for who in persons]),
        [who.reload_s for who in persons],
    ]
    return [_numbers(column) for column in columns]


def rich_tasks(problem: Problem) -> tuple[list[Numbers], dict[str, Any]]:
    """Return the columns of tasks, as in Facts.task from LATE on, and the table of bonds."""
    tasks, persons = problem.tasks, problem.persons
    size = len(tasks)
    partner, bond = np.full(size, -1), np.zeros(size, np.int64)
    stock, sent = np.ones(size, np.int64), np.zeros(size, np.int64)
    before: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    behind: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for link in problem.links:
        if link.kind == "after":
            before[link.then].append((link.first, link.least_s))
            behind[link.first].append((link.then, link.least_s))
            continue
        partner[link.first], partner[link.then] = link.then, link.first
        bond[link.first], bond[link.then] = _KINDS[link.kind]
        if link.kind == "carry":
            stock[link.then], sent[link.first] = 0, 1
    fixed = np.zeros(size, np.int64)
    fixed[[task for who in persons for task in (*who.first, *who.last)]] = 1
    fixed[[at for at, task in enumerate(tasks) if task.location is None]] = 1
    first = {task for who in persons for task in who.first}
    columns = [
        # What is fixed at the front is as late as it is.
        _numbers(NO_BOUND if at in first else task.late_s for at, task in enumerate(tasks)),
        _numbers(int(task.late_s > 0) for task in tasks),
        stock,
        sent,
        partner,
        bond,
        _numbers(offsets(before)),
        _numbers(offsets(behind)),
        fixed,
    ]
    pairs = [(*one, *two) for one, two in zip(_flat(before), _flat(behind), strict=True)]
    bonds = np.array(pairs, np.int64).reshape(-1, 4).T.copy()
    return columns, {"linked": int(bool(problem.links)), "bonds": bonds}


def rich_state(problem: Problem, facts: Facts, longest: int) -> dict[str, Any]:
    """Return room for pricing a sequence of so many stops and two more."""
    length = longest + 4
    # A task is taken out once in a step and tried a few times; each changes holds along its bonds.
    changes = 16 * (len(problem.tasks) + 2 * len(problem.links)) + 64 if problem.links else 1
    shapes: dict[str, tuple[int, ...]] = {
        "held": (3, changes),
        "path": (5, length),
        "loads": (4, max(1, facts.width)),
        "label": (4, 2 * facts.labels),
        "trail": (3, 2 * length, facts.labels),
        "option": (2 * OPTIONS, 4),
    }
    return {name: np.zeros(shape, np.int64) for name, shape in shapes.items()}


def offsets(rows: Sequence[Sequence[object]]) -> list[int]:
    """Return where each row begins in a list of all, and where the last one ends."""
    return [0, *accumulate(map(len, rows))]


def _flat(rows: Sequence[Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
    return [one for row in rows for one in row]


def _numbers(values: Iterable[int]) -> Numbers:
    return np.fromiter(values, np.int64)


def _bound(value: int | None) -> int:
    return NO_BOUND if value is None else value
