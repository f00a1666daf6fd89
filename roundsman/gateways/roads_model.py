"""What is asked of roads and what they answer, whoever they are."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import Struct

from roundsman.core.geo import Point
from roundsman.streets.crow import Grid
from roundsman.streets.model import Mode

# A pair without a connection, in seconds and in metres.
NO_WAY = -1
GREAT_CIRCLE = "great_circle"


class Snap(Struct, frozen=True):
    """Where on a street a point was put, and how far that is from the point."""

    position: Point
    distance_m: float


class Block(Struct, frozen=True):
    """Travel from some points to some points: rows from, columns to, NO_WAY without connection.

    `snaps` has an entry per point of the question, None where no street is near enough; the rows
    and columns of such a point are NO_WAY.
    """

    snaps: list[Snap | None]
    seconds: Grid
    metres: Grid


class Table(Struct, frozen=True, kw_only=True):
    """Travel between all points in one mode, and whose roads that are.

    `roads` is `great_circle`, or `osrm` or `valhalla` with the region or server; `note` says why it
    is not what was wanted. A point whose snap is None is farther from any street than the limit:
    its pairs go by great circle. With great-circle roads all snaps are None.
    """

    roads: str
    note: str = ""
    snaps: tuple[Snap | None, ...]
    seconds: Grid
    metres: Grid


class Line(Struct, frozen=True, kw_only=True):
    """The way along points: an encoded polyline (precision 5), seconds and metres of each leg."""

    roads: str
    note: str = ""
    polyline: str
    seconds: tuple[int, ...]
    metres: tuple[int, ...]


class Network(Struct, frozen=True, kw_only=True):
    """The roads that serve a question: where they are asked, under which name answers are kept.

    `version` changes when the roads do. `inside` tells of each point whether these roads are
    about the part of the world it lies in.
    """

    roads: str
    version: str
    mode: Mode
    at: str
    inside: tuple[bool, ...]


class RoadsDown(Exception):
    """These roads gave no answer; the text says why."""


class NoSegment(Exception):
    """A point of the question is too far from any street."""


class Backend(Protocol):
    """Roads that can be asked. What they cannot answer is RoadsDown."""

    def network(self, points: Sequence[Point], mode: Mode) -> Network | str:
        """Return what serves these points, or in a sentence why nothing does."""
        ...

    def block(
        self, network: Network, points: Sequence[Point], froms: Sequence[int], tos: Sequence[int]
    ) -> Block:
        """Return travel between points, given by their index."""
        ...

    def line(self, network: Network, points: Sequence[Point]) -> Line | None:
        """Return the way along points (two at least), None where there is none."""
        ...

    def health(self) -> list[tuple[str, str]]:
        """Return what works, a line each, and in the second text what is wrong, or empty."""
        ...

    def warm(self) -> None:
        """Get ready for the first question."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class Shell(Protocol):
    """Asks an engine for a table of some of the points. NoSegment when one is off the streets."""

    def __call__(self, at: Sequence[int], froms: Sequence[int], tos: Sequence[int], /) -> Block:
        """Return travel between points; all three are indices into the points of the question."""
        ...


def near_only(
    ask: Shell, is_near: Sequence[bool] | None, count: int, froms: Sequence[int], tos: Sequence[int]
) -> Block:
    """Return a block in which points off the streets have no way, of an engine that refuses them.

    `is_near` None asks for all.
    """
    near = [at for at in range(count) if is_near is None or is_near[at]]
    index = set(near)
    rows = [row for row, at in enumerate(froms) if at in index]
    columns = [column for column, at in enumerate(tos) if at in index]
    seconds = np.full((len(froms), len(tos)), NO_WAY, np.int32)
    metres = seconds.copy()
    snaps: list[Snap | None] = [None] * count
    if rows and columns:
        found = ask(near, [froms[row] for row in rows], [tos[column] for column in columns])
        seconds[np.ix_(rows, columns)] = found.seconds
        metres[np.ix_(rows, columns)] = found.metres
        for at, snap in zip(near, found.snaps, strict=True):
            snaps[at] = snap
    return Block(snaps, seconds, metres)


def whole(rows: Any) -> Grid:
    """Return a table of the engine (numbers, None without connection) as whole numbers."""
    numbers = np.array(rows, np.float64)
    return np.where(np.isnan(numbers), NO_WAY, np.rint(numbers)).astype(np.int32)
