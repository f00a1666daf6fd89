"""Loads of a route, and where it must pass by a depot to keep them (pure)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from roundsman.dispatch.model import UNREACHABLE, Person, Problem

# More than any way.
_NEVER = 10**15

type Bonds = tuple[frozenset[int], frozenset[int]]


def carried(problem: Problem) -> Bonds:
    """Return the tasks that take on what others are brought, and those that are brought it."""
    bonds = [link for link in problem.links if link.kind == "carry"]
    return frozenset(link.first for link in bonds), frozenset(link.then for link in bonds)


def heaviest(
    problem: Problem, stops: Sequence[int], cuts: Iterable[int], dimension: int, bonds: Bonds
) -> int:
    """Return the highest load of a route that reloads before the stops at the positions."""
    ahead = 0
    peak = 0
    for begin, end in pairwise([0, *sorted(cuts), len(stops)]):
        high, ahead = _trip(problem, stops[begin:end], dimension, ahead, bonds)
        peak = max(peak, high)
    return peak


def reloads_of(problem: Problem, number: int, stops: Sequence[int]) -> dict[int, int]:
    """Return which depot the person (index) passes before which position, if any.

    Of all ways that keep the load the one with the least detours; none where there is no such way.
    """
    who = problem.persons[number]
    if not who.reload or not who.capacity:
        return {}
    bonds = carried(problem)
    size = len(stops)
    if all(
        heaviest(problem, stops, (), dimension, bonds) <= bound
        for dimension, bound in enumerate(who.capacity)
    ):
        return {}
    cost = [0] + [_NEVER] * size
    origin = [-1] * (size + 1)
    ways = [(0, -1), *(_detour(problem, who, stops, at) for at in range(1, size)), (0, -1)]
    for begin in range(size):
        if cost[begin] >= _NEVER:
            continue
        for end in range(begin + 1, _farthest(problem, who, stops, begin, bonds) + 1):
            if cost[begin] + ways[end][0] < cost[end]:
                cost[end], origin[end] = cost[begin] + ways[end][0], begin
    depots: dict[int, int] = {}
    at = origin[size]
    while at > 0:
        depots[at] = ways[at][1]
        at = origin[at]
    return depots


def _farthest(problem: Problem, who: Person, stops: Sequence[int], begin: int, bonds: Bonds) -> int:
    """Return the position behind the last stop of the longest trip that keeps the load."""
    farthest = len(stops)
    for dimension, bound in enumerate(who.capacity):
        aboard = sum(_change(problem, stop, dimension, bonds) for stop in stops[:begin])
        taken = change = rise = 0
        for at in range(begin, farthest):
            task = problem.tasks[stops[at]]
            drop = _amount(task.dropoff, dimension)
            taken += 0 if stops[at] in bonds[1] else drop
            change += _amount(task.pickup, dimension) - drop
            rise = max(rise, change)
            if aboard + taken + rise > bound:
                farthest = at
                break
    return farthest


def _trip(
    problem: Problem, stops: Sequence[int], dimension: int, aboard: int, bonds: Bonds
) -> tuple[int, int]:
    """Return the highest load of a trip, and what is still carried to others at its end."""
    drops = [_amount(problem.tasks[stop].dropoff, dimension) for stop in stops]
    load = aboard + sum(
        drop for stop, drop in zip(stops, drops, strict=True) if stop not in bonds[1]
    )
    peak = load
    for stop, drop in zip(stops, drops, strict=True):
        load += _amount(problem.tasks[stop].pickup, dimension) - drop
        peak = max(peak, load)
        aboard += _change(problem, stop, dimension, bonds)
    return peak, aboard


def _change(problem: Problem, stop: int, dimension: int, bonds: Bonds) -> int:
    task = problem.tasks[stop]
    taken = _amount(task.pickup, dimension) if stop in bonds[0] else 0
    return taken - (_amount(task.dropoff, dimension) if stop in bonds[1] else 0)


def _detour(problem: Problem, who: Person, stops: Sequence[int], at: int) -> tuple[int, int]:
    """Return what the best depot before the stop at the position adds to the way, and it."""
    here, there = (problem.tasks[stops[spot]].location for spot in (at - 1, at))
    best = _NEVER, -1
    for depot in who.reload:
        into, out = _leg(problem, who, here, depot), _leg(problem, who, depot, there)
        if UNREACHABLE not in {into, out}:
            added = max(0, into + out - max(0, _leg(problem, who, here, there)))
            best = min(best, (added, depot), key=lambda one: one[0])
    return best


def _leg(problem: Problem, who: Person, here: int | None, there: int | None) -> int:
    if here is None or there is None:
        return 0
    matrix = problem.travel.matrices[who.mode]
    seconds, metres = matrix.seconds[here][there], matrix.metres[here][there]
    if UNREACHABLE in {seconds, metres}:
        return UNREACHABLE
    if problem.minimise == "metres":
        return metres
    return seconds if who.speed == 100 else (seconds * 100 + who.speed // 2) // who.speed  # noqa: PLR2004 - percent


def _amount(amounts: tuple[int, ...], dimension: int) -> int:
    return amounts[dimension] if dimension < len(amounts) else 0
