"""The best plan of a small problem, by dynamic programming over sets of tasks.

For each set of tasks and each task it may end with, only those ways remain that no other way beats
in cost, time and load together (Held and Karp, 1962, extended by labels). The sets of several
persons are then put together.
"""

from msgspec import Struct

from roundsman.dispatch.model import Problem
from roundsman.dispatch.tables import FAR, Lane, Tables, free_tasks, is_rich, known
from roundsman.dispatch.timetable import leave_at
from roundsman.dispatch.tours import build

MOST_TASKS = 9
# Sets times pairs of tasks times persons: three persons with nine tasks take about 0.3 s.
_MOST_STEPS = 3 * MOST_TASKS**2 * 2**MOST_TASKS


class Way(Struct, frozen=True, gc=False):
    """The front of a route: its stops, cost, and when the last one is left.

    Per dimension of load: what has been dropped off, and by how much the load rose at its highest
    above what was aboard at the start.
    """

    stops: tuple[int, ...]
    place: int
    cost: int
    driven_m: int
    leave_s: int
    dropped: tuple[int, ...]
    gained: tuple[int, ...]
    peak: tuple[int, ...]


# A set of free tasks as bits -> the least cost of serving it, and how.
type Choices[Stops] = dict[int, tuple[int, Stops]]


def is_small(problem: Problem) -> bool:
    """Tell whether the exact answer is affordable, times and costs being those of the legs."""
    if is_rich(problem):
        return False
    size = len(free_tasks(problem))
    return size <= MOST_TASKS and len(problem.persons) * size**2 * 2**size <= _MOST_STEPS


def solve_exactly(tables: Tables) -> list[list[int]]:
    """Return the stops of each lane in a plan of least cost."""
    plans: Choices[list[list[int]]] = {0: (0, [])}
    for number, lane in enumerate(tables.lanes):
        routes = _routes(tables, number, lane)
        longer: Choices[list[list[int]]] = {}
        for done, (cost, stops) in plans.items():
            for chosen, (added, tour) in routes.items():
                rival = longer.get(done | chosen)
                if not chosen & done and (rival is None or cost + added < rival[0]):
                    longer[done | chosen] = cost + added, [*stops, tour]
        plans = longer

    def total(done: int) -> int:
        left = (task for bit, task in enumerate(tables.free) if not done >> bit & 1)
        return plans[done][0] + sum(tables.penalty[task] for task in left)

    return plans[min(sorted(plans), key=total)][1]


def _routes(tables: Tables, number: int, lane: Lane) -> Choices[list[int]]:
    """Return for each set of tasks that the lane can serve its cheapest route."""
    fixed = [*lane.first, *lane.last]
    disliked = sum(tables.extra[task][number] for task in fixed)
    routes: Choices[list[int]] = {0: (build(tables, lane, fixed).cost + disliked, fixed)}
    mine = [bit for bit, task in enumerate(tables.free) if number in tables.allowed[task]]
    ways: dict[tuple[int, int], list[Way]] = {(0, 0): [_front(tables, lane)]}
    for done in range(2 ** len(tables.free)):
        for last in range(len(tables.free)):
            for way in ways.pop((done, last), ()):
                if done:
                    _finish(tables, lane, way, done, routes)
                for bit in mine:
                    if not done >> bit & 1:
                        onward = _next(tables, lane, way, tables.free[bit])
                        if onward is not None:
                            _keep(ways.setdefault((done | 1 << bit, bit), []), onward)
    return routes


def _front(tables: Tables, lane: Lane) -> Way:
    """Return the way along the lane's first tasks, which are driven whatever they break."""
    nothing = (0,) * len(lane.capacity)
    way = Way((), lane.start, 0, 0, lane.begin_s, nothing, nothing, nothing)
    for task in lane.first:
        way = _step(tables, lane, way, task)
    return way


def _next(tables: Tables, lane: Lane, way: Way, task: int) -> Way | None:
    """Return the way prolonged by the task; None when that breaks anything."""
    if len(way.stops) + len(lane.last) >= lane.most:
        return None
    if (
        tables.by_priority
        and len(way.stops) > len(lane.first)
        and tables.priority[way.stops[-1]] < tables.priority[task]
    ):
        return None
    onward = _step(tables, lane, way, task)
    return onward if _is_possible(tables, lane, way, onward) else None


def _step(tables: Tables, lane: Lane, way: Way, task: int) -> Way:
    place = tables.location[task]
    arrive = way.leave_s + known(lane.seconds[way.place][place])
    dropped, gained, peak = way.dropped, way.gained, way.peak
    if lane.capacity:
        drop, pick = tables.dropoff[task], tables.pickup[task]
        dropped = tuple(a + b for a, b in zip(dropped, drop, strict=False))
        gained = tuple(a + b - c for a, b, c in zip(gained, pick, drop, strict=False))
        peak = tuple(max(a, b) for a, b in zip(peak, gained, strict=True))
    return Way(
        (*way.stops, task),
        place,
        way.cost + known(lane.out[way.place][place]) + tables.extra[task][lane.number],
        way.driven_m + (0 if lane.bound_m is None else known(lane.metres[way.place][place])),
        leave_at(tables.tasks[task], arrive) if lane.timed else 0,
        dropped,
        gained,
        peak,
    )


def _is_possible(tables: Tables, lane: Lane, before: Way, after: Way) -> bool:
    place = after.place
    if lane.out[before.place][place] >= FAR:
        return False
    if lane.timed:
        arrive = before.leave_s + lane.seconds[before.place][place]
        if arrive > tables.closes[after.stops[-1]] or after.leave_s > lane.until_s:
            return False
    if lane.bound_m is not None and after.driven_m > lane.bound_m:
        return False
    # What is dropped later only adds to what is aboard now.
    loads = zip(after.dropped, after.peak, lane.capacity, strict=True)
    return all(dropped + peak <= bound for dropped, peak, bound in loads)


def _finish(tables: Tables, lane: Lane, way: Way, done: int, routes: Choices[list[int]]) -> None:
    """Drive the lane's last tasks and to its end; note the route when it is the set's cheapest."""
    for task in lane.last:
        onward = _step(tables, lane, way, task)
        if not _is_possible(tables, lane, way, onward):
            return
        way = onward
    home = lane.out[way.place][lane.end]
    if home >= FAR or (
        lane.timed and way.leave_s + lane.seconds[way.place][lane.end] > lane.until_s
    ):
        return
    if lane.bound_m is not None and way.driven_m + lane.metres[way.place][lane.end] > lane.bound_m:
        return
    rival = routes.get(done)
    if rival is None or way.cost + home < rival[0]:
        routes[done] = way.cost + home, list(way.stops)


def _keep(ways: list[Way], new: Way) -> None:
    """Add a way to those of its set and last task unless one of them is as good in everything."""
    if any(_is_as_good(way, new) for way in ways):
        return
    ways[:] = [way for way in ways if not _is_as_good(new, way)]
    ways.append(new)


def _is_as_good(one: Way, other: Way) -> bool:
    return (
        one.cost <= other.cost
        and one.leave_s <= other.leave_s
        and one.driven_m <= other.driven_m
        and all(a <= b for a, b in zip(one.peak, other.peak, strict=True))
    )
