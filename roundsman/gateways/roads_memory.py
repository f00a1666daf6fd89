"""Travel that was asked for before, per network and position: a plan asks only for what is new.

A square of numbers per network, a row and a column per position. Bounded twice: so many positions
a network, so many networks; what was not used for the longest time goes first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from roundsman.core.geo import Point
from roundsman.gateways.roads_model import Block, Snap
from roundsman.streets.crow import Grid

# 1,200 positions are 11.5 MB a network; a larger table is asked whole and not kept.
MOST_POSITIONS = 1200
MOST_NETWORKS = 6
_UNKNOWN = -2

type Ask = Callable[[Sequence[int], Sequence[int]], Block]


class Memory:
    """The squares of some networks. Threads may share it."""

    def __init__(self, positions: int = MOST_POSITIONS, networks: int = MOST_NETWORKS) -> None:
        self._positions = positions
        self._networks = networks
        self._squares: OrderedDict[tuple[str, ...], _Square] = OrderedDict()
        self._lock = threading.Lock()

    def block(self, key: tuple[str, ...], points: Sequence[Point], ask: Ask) -> Block:
        """Return travel between distinct points; `ask` is given rows and columns that are missing.

        The key names the network and its version.
        """
        count = len(points)
        every = range(count)
        if count > self._positions:
            return ask(every, every)
        with self._lock:
            known = self._square(key).known(points)
        fresh = _fresh(known.seconds)
        if not fresh:
            return known
        if 2 * len(fresh) >= count:
            known = ask(every, every)
        else:
            rest = [at for at in every if at not in set(fresh)]
            rows, columns = ask(fresh, every), ask(rest, fresh)
            known.seconds[fresh, :], known.metres[fresh, :] = rows.seconds, rows.metres
            known.seconds[np.ix_(rest, fresh)] = columns.seconds
            known.metres[np.ix_(rest, fresh)] = columns.metres
            known = Block(rows.snaps, known.seconds, known.metres)
        with self._lock:
            self._square(key).keep(points, known)
        return known

    def _square(self, key: tuple[str, ...]) -> "_Square":
        if key not in self._squares:
            self._squares[key] = _Square(self._positions)
            if len(self._squares) > self._networks:
                self._squares.popitem(last=False)
        self._squares.move_to_end(key)
        return self._squares[key]


class _Square:
    """The known pairs of one network; positions in the order in which they were used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._slots: OrderedDict[Point, int] = OrderedDict()
        self._snaps: dict[Point, Snap | None] = {}
        self._seconds = self._metres = np.empty((0, 0), np.int32)

    def known(self, points: Sequence[Point]) -> Block:
        """Return what is known of the points, _UNKNOWN where nothing is."""
        seconds = np.full((len(points), len(points)), _UNKNOWN, np.int32)
        metres = seconds.copy()
        there = [at for at, point in enumerate(points) if point in self._slots]
        if there:
            slots = [self._slots[points[at]] for at in there]
            seconds[np.ix_(there, there)] = self._seconds[np.ix_(slots, slots)]
            metres[np.ix_(there, there)] = self._metres[np.ix_(slots, slots)]
            for at in there:
                self._slots.move_to_end(points[at])
        return Block([self._snaps.get(point) for point in points], seconds, metres)

    def keep(self, points: Sequence[Point], block: Block) -> None:
        """Remember a block, and forget other positions where there is no room."""
        slots = [self._slot(point) for point in points]
        self._seconds[np.ix_(slots, slots)] = block.seconds
        self._metres[np.ix_(slots, slots)] = block.metres
        self._snaps.update(zip(points, block.snaps, strict=True))

    def _slot(self, point: Point) -> int:
        """Return the row of a position, that of a new one empty; it is forgotten last."""
        if point in self._slots:
            self._slots.move_to_end(point)
            return self._slots[point]
        if len(self._slots) == self._most:
            oldest, slot = self._slots.popitem(last=False)
            del self._snaps[oldest]
        else:
            slot = len(self._slots)
        if slot >= len(self._seconds):
            size = min(self._most, max(64, 2 * len(self._seconds)))
            self._seconds = _grown(self._seconds, size)
            self._metres = _grown(self._metres, size)
        self._slots[point] = slot
        for grid in (self._seconds, self._metres):
            grid[slot, :] = grid[:, slot] = _UNKNOWN
        return slot


def _grown(grid: Grid, size: int) -> Grid:
    larger = np.full((size, size), _UNKNOWN, np.int32)
    larger[: len(grid), : len(grid)] = grid
    return larger


def _fresh(seconds: Grid) -> list[int]:
    """Return a few points whose rows and columns hold everything that is unknown.

    First those of which nothing is known, then those that still miss a pair.
    """
    unknown = seconds == _UNKNOWN
    new = unknown.all(axis=1)
    old = np.flatnonzero(~new)
    still = old[unknown[np.ix_(old, old)].any(axis=1)]
    return sorted([*np.flatnonzero(new).tolist(), *still.tolist()])
