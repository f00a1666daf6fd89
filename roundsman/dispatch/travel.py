"""How long and how far it is between the positions of a plan (pure).

One matrix per plan, mode and distinct position; jobs at one address share a row. Whose roads they
are is for the caller to say: a `Ways` is the straight line of this module, or streets.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, Self, runtime_checkable

from msgspec import Struct

from roundsman.core.geo import Point, is_on_earth
from roundsman.core.ids import JobId
from roundsman.dispatch.model import Matrix, Task, Travel, TravelMode
from roundsman.streets import crow

GREAT_CIRCLE = "great_circle"
# Positions that agree in six decimals (0.1 m) are one location.
_DECIMALS = 6

type Ways = Callable[[Sequence[Point], Iterable[TravelMode]], Travel]


@runtime_checkable
class OverRoads(Protocol):
    """A question whose answer needs travel between positions."""

    def over(self, ways: Ways) -> Self:
        """Return the question with the travel it needs."""
        ...


class Used(Struct, frozen=True):
    """Which roads a plan is made of, why not others, and jobs too far from every street."""

    roads: str = GREAT_CIRCLE
    note: str = ""
    far: tuple[JobId, ...] = ()


class Driven(Struct, frozen=True, kw_only=True):
    """An answer that says which roads it is made of."""

    used: Used = Used()


def distinct(positions: Sequence[Point | None]) -> tuple[list[Point], list[int | None]]:
    """Return the distinct positions, and for each position given its number among them or None.

    A position is absent when it is None, 0/0 (what clients send for "nowhere") or no degrees.
    """
    numbers: dict[Point, int] = {}
    found: list[int | None] = []
    for position in positions:
        if (
            position is None
            or not is_on_earth(position.lat, position.lng)
            or (position.lat == 0 and position.lng == 0)
        ):
            found.append(None)
        else:
            key = Point(round(position.lat, _DECIMALS), round(position.lng, _DECIMALS))
            found.append(numbers.setdefault(key, len(numbers)))
    return list(numbers), found


def great_circle(points: Sequence[Point], modes: Iterable[TravelMode]) -> Travel:
    """Return the matrices of every mode over the points. Every pair is reachable."""
    metres = crow.metres_between(points, points)
    return Travel(
        GREAT_CIRCLE,
        {
            mode: Matrix(crow.seconds_of(metres, mode).tolist(), metres.tolist())
            for mode in sorted(set(modes))
        },
    )


def used(travel: Travel, tasks: Iterable[Task]) -> Used:
    """Return what to say of the roads of a plan with these tasks."""
    far = tuple(JobId(task.id) for task in tasks if task.location in travel.far)
    return Used(travel.roads, travel.note, far)


def together(parts: Iterable[Used]) -> Used:
    """Return what to say of several plans at once: each of their roads and notes is named."""
    parts = list(parts)
    return Used(
        "+".join(sorted({part.roads for part in parts})) or GREAT_CIRCLE,
        " ".join(dict.fromkeys(part.note for part in parts if part.note)),
        tuple(dict.fromkeys(job for part in parts for job in part.far)),
    )
