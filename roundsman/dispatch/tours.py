"""Routes under construction: what an insertion costs and whether it fits, without driving them.

A `Tour` keeps for each leg the earliest moment it can begin and the latest moment it may end so
that everything behind it stays possible. Work begins at the earliest permitted moment, so arriving
earlier never hurts, and one comparison with the latest arrival decides, several windows included
(the forward time slack of Savelsbergh, 1992, generalised). Loads are kept as the highest load up to
a leg and from a leg on. A tour is never changed; inserting makes a new one that shares what stays
the same, so that undoing is keeping the old one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from msgspec import Struct

from roundsman.dispatch.tables import FAR, Lane, Tables, has_room, known
from roundsman.dispatch.timetable import latest_arrival, leave_at


class Tour(Struct, frozen=True, gc=False):
    """The tasks of one lane in order, and the legs between start, tasks and end.

    For each leg: where it leads from and to, its cost, when it can begin and by when it must have
    ended (empty in a lane that is not timed), and per dimension of load the highest load on it and
    before it, and on it and behind it (empty without capacity). `driven_m` is 0 where no bound is.
    """

    stops: list[int]
    froms: list[int]
    tos: list[int]
    legs: list[int]
    begins: list[int]
    latest: list[int]
    fore: list[list[int]]
    back: list[list[int]]
    cost: int
    driven_m: int


def build(tables: Tables, lane: Lane, stops: Sequence[int]) -> Tour:
    """Return the tour of these tasks in this order, feasible or not; an empty one costs nothing."""
    where = [tables.location[stop] for stop in stops]
    froms, tos = [lane.start, *where], [*where, lane.end]
    legs = [known(lane.out[a][b]) for a, b in zip(froms, tos, strict=True)] if stops else [0]
    begins: list[int] = []
    latest: list[int] = []
    if lane.timed:
        times = [known(lane.seconds[a][b]) for a, b in zip(froms, tos, strict=True)]
        begins.append(lane.begin_s)
        for stop, time in zip(stops, times, strict=False):
            begins.append(leave_at(tables.tasks[stop], begins[-1] + time))
        latest.append(lane.until_s)
        for stop, onward in zip(reversed(stops), reversed(times), strict=False):
            latest.append(latest_arrival(tables.tasks[stop], latest[-1] - onward))
        latest.reverse()
    fore, back = _loads(tables, lane, stops)
    driven_m = _driven_m(lane, froms, tos) if stops else 0
    return Tour(list(stops), froms, tos, legs, begins, latest, fore, back, sum(legs), driven_m)


def cheapest(
    tables: Tables, lane: Lane, tour: Tour, task: int, *, blinks: int = 0
) -> tuple[int, int]:
    """Return (added cost, position) of the cheapest insertion that fits; (FAR, -1) when none does.

    So many of the cheapest positions as there are `blinks` are passed over.
    """
    if len(tour.stops) >= lane.most:
        return FAR, -1
    low, high = has_room(tables, lane, tour.stops, task)
    if lane.timed:
        # Only legs that begin before the last window closes and end after the first one opened.
        high = min(high, bisect_right(tour.begins, tables.closes[task]) - 1)
        low = max(low, bisect_left(tour.latest, tables.opens[task] + tables.tasks[task].service_s))
    if low > high:
        return FAR, -1
    into, out = lane.into[tables.location[task]], lane.out[tables.location[task]]
    froms, tos = tour.froms[low : high + 1], tour.tos[low : high + 1]
    legs = tour.legs[low : high + 1]
    added = [into[a] + out[b] - leg for a, b, leg in zip(froms, tos, legs, strict=True)]
    if not blinks:
        # Most often the cheapest place will do, and sorting them all is saved.
        least = min(added)
        offset = added.index(least)
        if least < FAR - tour.cost and _fits(tables, lane, tour, task, low + offset):
            return least, low + offset
    for offset in sorted(range(len(added)), key=added.__getitem__)[blinks:]:
        if added[offset] >= FAR - tour.cost:
            break
        if _fits(tables, lane, tour, task, low + offset):
            return added[offset], low + offset
    return FAR, -1


def insert(tables: Tables, lane: Lane, tour: Tour, task: int, position: int) -> Tour:
    """Return the tour with the task before the stop at the position."""
    place = tables.location[task]
    stops, froms, tos, legs = tour.stops[:], tour.froms[:], tour.tos[:], tour.legs[:]
    stops.insert(position, task)
    legs[position] = known(lane.out[froms[position]][place])
    legs.insert(position + 1, known(lane.out[place][tos[position]]))
    froms.insert(position + 1, place)
    tos.insert(position, place)
    begins, latest = tour.begins, tour.latest
    if lane.timed:
        begins = _begins_after(tables, lane, begins, stops, position)
        latest = _latest_before(tables, lane, latest, stops, position)
    fore, back = _loads(tables, lane, stops)
    driven_m = _driven_m(lane, froms, tos)
    return Tour(stops, froms, tos, legs, begins, latest, fore, back, sum(legs), driven_m)


def is_feasible(lane: Lane, tour: Tour) -> bool:
    """Tell whether the tour keeps connections, times and loads."""
    pairs = list(zip(tour.froms, tour.tos, strict=True))
    if any(lane.out[a][b] >= FAR for a, b in pairs):
        return False
    if lane.timed and lane.begin_s + lane.seconds[pairs[0][0]][pairs[0][1]] > tour.latest[0]:
        return False
    if lane.bound_m is not None and tour.driven_m > lane.bound_m:
        return False
    return all(peaks[-1] <= bound for peaks, bound in zip(tour.fore, lane.capacity, strict=False))


def _fits(tables: Tables, lane: Lane, tour: Tour, task: int, position: int) -> bool:
    if lane.timed:
        place = tables.location[task]
        seconds = lane.seconds
        leave = tour.begins[position] + seconds[tour.froms[position]][place]
        if leave > tables.closes[task]:
            return False
        leave = leave_at(tables.tasks[task], leave)
        if leave + seconds[place][tour.tos[position]] > tour.latest[position]:
            return False
    if lane.bound_m is not None:
        place, here, there = tables.location[task], tour.froms[position], tour.tos[position]
        gone = known(lane.metres[here][there]) if tour.stops else 0
        if (
            tour.driven_m + lane.metres[here][place] + lane.metres[place][there] - gone
            > lane.bound_m
        ):
            return False
    for dimension, highest in enumerate(tour.fore):
        bound = lane.capacity[dimension]
        if (
            highest[position] + tables.dropoff[task][dimension] > bound
            or tour.back[dimension][position] + tables.pickup[task][dimension] > bound
        ):
            return False
    return True


def _begins_after(
    tables: Tables, lane: Lane, old: list[int], stops: list[int], position: int
) -> list[int]:
    """Return the begins of the legs with the new stop at the position; equal ones end the work."""
    begins = old[: position + 1]
    moment = begins[position]
    here = tables.location[stops[position - 1]] if position else lane.start
    for at in range(position, len(stops)):
        there = tables.location[stops[at]]
        moment = leave_at(tables.tasks[stops[at]], moment + known(lane.seconds[here][there]))
        if at > position and moment == old[at]:
            return begins + old[at:]
        begins.append(moment)
        here = there
    return begins


def _latest_before(
    tables: Tables, lane: Lane, old: list[int], stops: list[int], position: int
) -> list[int]:
    """Return the latest ends of the legs with the new stop; equal ones end the work."""
    behind = old[position:]
    moment = behind[0]
    there = tables.location[stops[position + 1]] if position + 1 < len(stops) else lane.end
    ahead: list[int] = []
    for at in range(position, -1, -1):
        here = tables.location[stops[at]]
        moment = latest_arrival(tables.tasks[stops[at]], moment - known(lane.seconds[here][there]))
        if at < position and moment == old[at]:
            return old[: at + 1] + ahead[::-1] + behind
        ahead.append(moment)
        there = here
    return ahead[::-1] + behind


def _driven_m(lane: Lane, froms: Sequence[int], tos: Sequence[int]) -> int:
    if lane.bound_m is None:
        return 0
    return sum(known(lane.metres[a][b]) for a, b in zip(froms, tos, strict=True))


def _loads(
    tables: Tables, lane: Lane, stops: Sequence[int]
) -> tuple[list[list[int]], list[list[int]]]:
    fore: list[list[int]] = []
    back: list[list[int]] = []
    for dimension in range(min(len(lane.capacity), tables.width)):
        load = sum(tables.dropoff[stop][dimension] for stop in stops)
        before = [load]
        for stop in stops:
            load += tables.pickup[stop][dimension] - tables.dropoff[stop][dimension]
            before.append(load)
        behind = before[:]
        for leg in range(1, len(before)):
            before[leg] = max(before[leg], before[leg - 1])
            behind[-1 - leg] = max(behind[-1 - leg], behind[-leg])
        fore.append(before)
        back.append(behind)
    return fore, back
