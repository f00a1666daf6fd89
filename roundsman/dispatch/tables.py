"""A problem, flattened into lists for the inner loops of the solver."""

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from roundsman.dispatch.model import (
    OPEN_END_S,
    UNREACHABLE,
    Matrix,
    Person,
    Problem,
    TravelMode,
    Window,
)

# The cost and the time of a leg without connection: above every sum of real ones and penalties.
FAR = 10**15
_NO_BOUND = 10**9


class Lane(Struct, frozen=True, kw_only=True):
    """One person, flattened. Locations are matrix indices, or one past them for nowhere.

    `into[x][a]` is the cost from a to x, `out[x][b]` from x to b, `seconds[a][b]` the time from a
    to b. Nowhere is reached and left at once. `timed` tells whether any time can be broken.
    """

    number: int
    start: int
    end: int
    begin_s: int
    until_s: int
    timed: bool
    most: int
    capacity: tuple[int, ...]
    into: list[list[int]]
    out: list[list[int]]
    seconds: list[list[int]]
    first: tuple[int, ...]
    last: tuple[int, ...]


class Tables(Struct, frozen=True, kw_only=True):
    """All tasks, flattened: lists by task index. `free` are the tasks that can be placed.

    `allowed` are the lanes whose person may do the task; `width` is the number of load dimensions.
    """

    free: tuple[int, ...]
    location: list[int]
    service: list[int]
    windows: list[tuple[Window, ...]]
    opens: list[int]
    closes: list[int]
    priority: list[int]
    penalty: list[int]
    pickup: list[tuple[int, ...]]
    dropoff: list[tuple[int, ...]]
    allowed: list[tuple[int, ...]]
    lanes: list[Lane]
    by_priority: bool
    width: int


class _Costs(Struct, frozen=True):
    """The tables of one travel mode, as in Lane."""

    into: list[list[int]]
    out: list[list[int]]
    seconds: list[list[int]]


def flatten(problem: Problem) -> Tables:
    """Return the tables of a problem. A task without location or without person is not free."""
    tasks = problem.tasks
    nowhere = max((len(matrix.metres) for matrix in problem.travel.matrices.values()), default=0)
    width = max((max(len(task.pickup), len(task.dropoff)) for task in tasks), default=0)
    modes: set[TravelMode] = {person.mode for person in problem.persons}
    costs = {mode: _costs(problem.travel.matrices[mode], problem.minimise) for mode in modes}
    windowed = any(task.windows for task in tasks)
    fixed = {task for person in problem.persons for task in (*person.first, *person.last)}
    allowed = [
        tuple(
            number
            for number, person in enumerate(problem.persons)
            if task.skills <= person.skills and task.person in {"", person.id}
        )
        for task in tasks
    ]
    return Tables(
        free=tuple(
            index
            for index, task in enumerate(tasks)
            if task.location is not None and index not in fixed and allowed[index]
        ),
        location=[nowhere if task.location is None else task.location for task in tasks],
        service=[task.service_s for task in tasks],
        windows=[task.windows for task in tasks],
        opens=[task.windows[0].start_s if task.windows else 0 for task in tasks],
        closes=[task.windows[-1].end_s if task.windows else OPEN_END_S for task in tasks],
        priority=[task.priority for task in tasks],
        penalty=[task.penalty for task in tasks],
        pickup=[task.pickup + (0,) * (width - len(task.pickup)) for task in tasks],
        dropoff=[task.dropoff + (0,) * (width - len(task.dropoff)) for task in tasks],
        allowed=allowed,
        lanes=[
            _lane(person, number, costs[person.mode], windowed=windowed)
            for number, person in enumerate(problem.persons)
        ],
        by_priority=problem.priority_first,
        width=width,
    )


def leave_at(tables: Tables, task: int, arrive: int) -> int:
    """Return when work ends for this arrival; after the last window it begins late."""
    for window in tables.windows[task]:
        if arrive <= window.end_s:
            return max(arrive, window.start_s) + tables.service[task]
    return arrive + tables.service[task]


def latest_arrival(tables: Tables, task: int, leave_by: int) -> int:
    """Return the latest arrival that lets the work end by the moment; -1 when there is none."""
    begin_by = leave_by - tables.service[task]
    windows = tables.windows[task]
    if not windows:
        return begin_by
    for window in reversed(windows):
        if window.start_s <= begin_by:
            return min(window.end_s, begin_by)
    return -1


def known(leg: int) -> int:
    """Return the time or cost of a leg; one without connection, between fixed tasks only, is 0."""
    return 0 if leg >= FAR else leg


def has_room(tables: Tables, lane: Lane, stops: Sequence[int], task: int) -> tuple[int, int]:
    """Return the first and last position that fixed tasks and priorities leave open for a task."""
    low, high = len(lane.first), len(stops) - len(lane.last)
    if not tables.by_priority:
        return low, high
    ranks = [-tables.priority[stop] for stop in stops[low:high]]
    rank = -tables.priority[task]
    return low + bisect_left(ranks, rank), low + bisect_left(ranks, rank + 1)


def _costs(matrix: Matrix, minimise: str) -> _Costs:
    reachable = [
        [UNREACHABLE not in pair for pair in zip(metres, seconds, strict=True)]
        for metres, seconds in zip(matrix.metres, matrix.seconds, strict=True)
    ]
    seconds = _with_nowhere(matrix.seconds, reachable)
    out = _with_nowhere(matrix.metres, reachable) if minimise == "metres" else seconds
    return _Costs([list(column) for column in zip(*out, strict=True)], out, seconds)


def _with_nowhere(table: list[list[int]], reachable: list[list[bool]]) -> list[list[int]]:
    rows = [
        [*(value if known else FAR for value, known in zip(row, knowns, strict=True)), 0]
        for row, knowns in zip(table, reachable, strict=True)
    ]
    return [*rows, [0] * (len(table) + 1)]


def _lane(person: Person, number: int, costs: _Costs, *, windowed: bool) -> Lane:
    nowhere = len(costs.out) - 1
    return Lane(
        number=number,
        start=nowhere if person.start is None else person.start,
        end=nowhere if person.end is None else person.end,
        begin_s=person.shift.start_s,
        until_s=person.shift.end_s,
        timed=windowed or person.shift.end_s < OPEN_END_S,
        most=_NO_BOUND if person.max_tasks is None else person.max_tasks,
        capacity=person.capacity,
        into=costs.into,
        out=costs.out,
        seconds=costs.seconds,
        first=person.first,
        last=person.last,
    )
