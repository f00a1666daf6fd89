"""Which person gets which job, the routes of the day being what they are (pure).

Tasks are inserted into existing routes, whose own order is kept. Whatever the problem bounds is
kept: skills, pins, loads, numbers of tasks, shifts and windows; what fits nowhere is explained.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from roundsman.dispatch.model import Problem, Unserved
from roundsman.dispatch.reasons import explain
from roundsman.dispatch.tables import FAR, Tables, flatten
from roundsman.dispatch.tours import Tour, build, cheapest, insert, is_feasible

type Method = Literal["distance", "zones", "size"]

# Passes in which every task may still move to a person nearer to it; more hardly find anything.
_PASSES = 3


class Assigned(Struct, frozen=True):
    """The routes after assigning (task indices per person), and the tasks nobody can take."""

    routes: tuple[tuple[int, ...], ...]
    unserved: tuple[Unserved, ...]


def assign(
    problem: Problem,
    routes: Sequence[Sequence[int]],
    tasks: Sequence[int],
    method: Method,
    zones: Sequence[str] = (),
) -> Assigned:
    """Insert the tasks (indices) into the routes (indices per person).

    `distance` gives each task to the person for whom it adds the least way; `size` gives the person
    with the fewest tasks the one nearest to their route, in turn; `zones` keeps the tasks of one
    zone with one person where they fit, the rest by distance. `zones` holds the zone of each task
    of the problem, empty for none.
    """
    tables = flatten(problem)
    tours = [build(tables, lane, route) for lane, route in zip(tables.lanes, routes, strict=True)]
    placeable = set(tables.free)
    order = sorted(
        (task for task in tasks if task in placeable), key=lambda task: -tables.priority[task]
    )
    if method == "size":
        _by_size(tables, tours, order)
    elif method == "zones":
        loose = _by_zone(tables, tours, order, zones)
        _by_distance(tables, tours, loose)
    else:
        _by_distance(tables, tours, order)
    after = [tour.stops for tour in tours]
    served = {task for stops in after for task in stops}
    left = [task for task in tasks if task not in served]
    return Assigned(
        tuple(tuple(stops) for stops in after),
        tuple(explain(problem, after, left)),
    )


def _by_distance(tables: Tables, tours: list[Tour], tasks: Sequence[int]) -> None:
    for task in tasks:
        _put(tables, tours, task)
    for _ in range(_PASSES):
        if not sum(_move(tables, tours, task) for task in tasks):
            break


def _by_size(tables: Tables, tours: list[Tour], tasks: Sequence[int]) -> None:
    gaps = [_gaps(tables, number, tour) for number, tour in enumerate(tours)]
    able = [{task for task in tasks if n in tables.allowed[task]} for n in range(len(tours))]
    while any(able):
        number = min((n for n, some in enumerate(able) if some), key=lambda n: len(tours[n].stops))
        task = min(able[number], key=lambda task: (gaps[number][task], task))
        lane, place = tables.lanes[number], tables.location[task]
        added, position = cheapest(tables, lane, tours[number], task)
        if added >= FAR:
            able[number].remove(task)
            continue
        tours[number] = insert(tables, lane, tours[number], task, position)
        near = [lane.out[place][location] for location in tables.location]
        gaps[number] = [min(a, b) for a, b in zip(gaps[number], near, strict=True)]
        for some in able:
            some.discard(task)


def _by_zone(
    tables: Tables, tours: list[Tour], tasks: Sequence[int], zones: Sequence[str]
) -> list[int]:
    """Place zones, the largest first, each with as few persons as hold it; return the rest."""
    groups: dict[str, list[int]] = {}
    for task in tasks:
        groups.setdefault(zones[task], []).append(task)
    loose = groups.pop("", [])
    for zone, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        left = group
        while left:
            trials = [_trial(tables, tours, number, left) for number in range(len(tours))]
            known = [sum(zones[stop] == zone for stop in tour.stops) for tour in tours]
            taker = max(
                range(len(tours)),
                key=lambda n: (known[n] if trials[n][0] else 0, trials[n][0], -trials[n][1], -n),
                default=-1,
            )
            if taker < 0 or not trials[taker][0]:
                break
            tours[taker] = trials[taker][2]
            left = [task for task in left if task not in tours[taker].stops]
        loose += left
    return loose


def _trial(
    tables: Tables, tours: Sequence[Tour], number: int, tasks: Sequence[int]
) -> tuple[int, int, Tour]:
    """Return how many of the tasks fit into one tour, the cost added, and the tour with them."""
    tour, count = tours[number], 0
    for task in tasks:
        if number in tables.allowed[task]:
            added, position = cheapest(tables, tables.lanes[number], tour, task)
            if added < FAR:
                tour, count = insert(tables, tables.lanes[number], tour, task, position), count + 1
    return count, tour.cost - tours[number].cost, tour


def _put(tables: Tables, tours: list[Tour], task: int) -> bool:
    """Insert the task where it adds least; tell whether it fits anywhere."""
    least, number, position = _place(tables, tours, task)
    if least < FAR:
        tours[number] = insert(tables, tables.lanes[number], tours[number], task, position)
    return least < FAR


def _move(tables: Tables, tours: list[Tour], task: int) -> bool:
    """Move the task to where it adds less than it does now; tell whether anything changed."""
    number = next((n for n, tour in enumerate(tours) if task in tour.stops), None)
    if number is None:
        return _put(tables, tours, task)
    lane, kept = tables.lanes[number], tours[number]
    without = build(tables, lane, [stop for stop in kept.stops if stop != task])
    tours[number] = without
    now = kept.cost - without.cost + tables.extra[task][number]
    if is_feasible(lane, without) and _place(tables, tours, task)[0] < now:
        return _put(tables, tours, task)
    tours[number] = kept
    return False


def _place(tables: Tables, tours: Sequence[Tour], task: int) -> tuple[int, int, int]:
    """Return (added cost, person, position) of the cheapest insertion; FAR when none fits."""
    found = FAR, -1, -1
    for number in tables.allowed[task]:
        added, position = cheapest(tables, tables.lanes[number], tours[number], task)
        if added < FAR and added + tables.extra[task][number] < found[0]:
            found = added + tables.extra[task][number], number, position
    return found


def _gaps(tables: Tables, number: int, tour: Tour) -> list[int]:
    """Return for each task how far it is from the nearest place of the tour; 0 without places."""
    lane = tables.lanes[number]
    nowhere = len(lane.out) - 1
    places = [place for place in (*tour.froms, lane.end) if place != nowhere]
    return [
        min((lane.into[location][place] for place in places), default=0)
        for location in tables.location
    ]
