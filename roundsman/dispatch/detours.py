"""What travel a task would add at each place of a route (pure).

Read straight from the matrices of the problem, so that one task among a thousand costs as little as
it should: no tables are made for it.
"""

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from roundsman.dispatch.model import UNREACHABLE, Problem
from roundsman.dispatch.tables import FAR
from roundsman.dispatch.timetable import known


class Way(Struct, frozen=True):
    """The places of a person's route, its ends included, and what each leg between them costs."""

    person: int
    stops: tuple[int, ...]
    places: list[int | None]
    legs: list[int]


def way_of(problem: Problem, person: int, stops: Sequence[int]) -> Way:
    """Return the way of the person (index) along tasks (indices), in the unit minimised."""
    who = problem.persons[person]
    places = [who.start, *(problem.tasks[stop].location for stop in stops), who.end]
    table = _table(problem, person)
    legs = [0 if a is None or b is None else known(table[a][b]) for a, b in pairwise(places)]
    return Way(person, tuple(stops), places, legs if stops else [0])


def detours(problem: Problem, way: Way, task: int) -> list[int]:
    """Return for each leg of the way what the task adds there; FAR or more without connection."""
    there = problem.tasks[task].location
    if there is None:
        return [FAR] * len(way.legs)
    table = _table(problem, way.person)
    into = [0 if a is None else table[a][there] for a in way.places[:-1]]
    out = [0 if b is None else table[there][b] for b in way.places[1:]]
    if UNREACHABLE in into or UNREACHABLE in out:
        into, out = ([FAR if x == UNREACHABLE else x for x in row] for row in (into, out))
    return [a + b - leg for a, b, leg in zip(into, out, way.legs, strict=True)]


def _table(problem: Problem, person: int) -> list[list[int]]:
    matrix = problem.travel.matrices[problem.persons[person].mode]
    return matrix.metres if problem.minimise == "metres" else matrix.seconds
