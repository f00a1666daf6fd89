"""Which tasks lie around a task, and which go well before and behind it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Tasks with more than this many others between them are never ruined together: bounds the memory.
_NEIGHBOURS = 200
# Tasks whose neighbours are looked for at a time: bounds the memory too.
_BATCH = 256
# What a second of waiting between two tasks counts beside one of driving between them.
_WAIT = 0.2

type Numbers = NDArray[np.int64]
type Legs = NDArray[np.int32]


def near_of(cost: Legs, place: Numbers, free: Numbers) -> Numbers:
    """Return for each free task itself and the free tasks around it, nearest first."""
    around = min(len(free), _NEIGHBOURS)
    near = np.full((len(place), around), -1, np.int64)
    for begin in range(0, len(free), _BATCH):
        some = free[begin : begin + _BATCH]
        reach = cost[place[some][:, None], place[free][None, :]].astype(np.int64)
        reach[np.arange(len(some)), begin + np.arange(len(some))] = -1  # itself first of all
        near[some] = free[_least(reach, around)]
    return near


def partners_of(
    travel: tuple[Legs, Legs],
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
    rank = travel[0][place[:, None], place[None, :]].astype(np.float64)
    seconds = travel[1][place[:, None], place[None, :]].astype(np.int64)
    wait = opens[None, :] - (closes + service)[:, None] - seconds
    late = (opens + service)[:, None] + seconds > closes[None, :]
    rank += np.maximum(wait, 0) * (_WAIT * float(rank.sum()) / max(1, int(seconds.sum())))
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
