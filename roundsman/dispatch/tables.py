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
    Task,
    TravelMode,
    Weights,
)

# The cost and the time of a leg without connection: above every sum of real ones and penalties.
FAR = 10**15
_NO_BOUND = 10**9
# Percent of the speed of the mode.
_USUAL_SPEED = 100


class Lane(Struct, frozen=True, kw_only=True):
    """One person, flattened. Locations are matrix indices, or one past them for nowhere.

    `into[x][a]` is the cost from a to x, `out[x][b]` from x to b, `seconds[a][b]` the time from a
    to b. Nowhere is reached and left at once. `timed` tells whether any time can be broken; where
    `bound_m` is not None, `metres[a][b]` is the way from a to b, else it is empty.
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
    bound_m: int | None
    metres: list[list[int]]
    first: tuple[int, ...]
    last: tuple[int, ...]


class Tables(Struct, frozen=True, kw_only=True):
    """All tasks, flattened: lists by task index. `free` are the tasks that can be placed.

    `allowed` are the lanes whose person may do the task, `extra` what each person's doing it costs;
    `width` is the number of load dimensions.
    """

    free: tuple[int, ...]
    tasks: tuple[Task, ...]
    location: list[int]
    opens: list[int]
    closes: list[int]
    priority: list[int]
    penalty: list[int]
    pickup: list[tuple[int, ...]]
    dropoff: list[tuple[int, ...]]
    allowed: list[tuple[int, ...]]
    extra: list[list[int]]
    lanes: list[Lane]
    by_priority: bool
    width: int


class _Costs(Struct, frozen=True):
    """The tables of one travel mode, as in Lane."""

    into: list[list[int]]
    out: list[list[int]]
    seconds: list[list[int]]
    metres: list[list[int]]


def flatten(problem: Problem) -> Tables:
    """Return the tables of a problem. A task without location or without person is not free."""
    tasks = problem.tasks
    nowhere = max((len(matrix.metres) for matrix in problem.travel.matrices.values()), default=0)
    width = max((max(len(task.pickup), len(task.dropoff)) for task in tasks), default=0)
    modes: set[TravelMode] = {person.mode for person in problem.persons}
    bounded = any(person.max_metres is not None for person in problem.persons)
    costs = {
        mode: _costs(problem.travel.matrices[mode], problem.minimise, bounded=bounded)
        for mode in modes
    }
    windowed = any(task.windows for task in tasks)
    allowed = [
        tuple(number for number, person in enumerate(problem.persons) if may_do(task, person))
        for task in tasks
    ]
    return Tables(
        free=tuple(free_tasks(problem)),
        location=[nowhere if task.location is None else task.location for task in tasks],
        tasks=tasks,
        opens=[task.windows[0].start_s if task.windows else 0 for task in tasks],
        closes=[task.windows[-1].end_s if task.windows else OPEN_END_S for task in tasks],
        priority=[task.priority for task in tasks],
        penalty=[task.penalty for task in tasks],
        pickup=[task.pickup + (0,) * (width - len(task.pickup)) for task in tasks],
        dropoff=[task.dropoff + (0,) * (width - len(task.dropoff)) for task in tasks],
        allowed=allowed,
        extra=[
            [preference_of(task, person, problem.weights.territory) for person in problem.persons]
            for task in tasks
        ],
        lanes=[
            _lane(person, number, costs[person.mode], timed=is_timed(person, windowed=windowed))
            for number, person in enumerate(problem.persons)
        ],
        by_priority=problem.priority_first,
        width=width,
    )


def free_tasks(problem: Problem) -> list[int]:
    """Return the tasks (indices) that can be placed: somewhere, by somebody, and not fixed."""
    fixed = {task for person in problem.persons for task in (*person.first, *person.last)}
    known: dict[object, bool] = {}
    free: list[int] = []
    for index, task in enumerate(problem.tasks):
        key = task.skills, task.person, task.forbidden
        if key not in known:
            known[key] = any(may_do(task, person) for person in problem.persons)
        if task.location is not None and index not in fixed and known[key]:
            free.append(index)
    return free


def may_do(task: Task, person: Person) -> bool:
    """Tell whether the person has the skills, and is not kept from the task by name."""
    return (
        task.skills <= person.skills
        and task.person in {"", person.id}
        and person.id not in task.forbidden
    )


def preference_of(task: Task, person: Person, territory: int = Weights().territory) -> int:
    """Return what it costs that this person does the task and not one better suited.

    That is one who is preferred, and one to whose `territory` it belongs.
    """
    disliked = task.preference if task.preferred and person.id not in task.preferred else 0
    outside = task.zone and person.zones and task.zone not in person.zones
    return disliked + (territory if outside else 0)


def is_rich(problem: Problem) -> bool:
    """Tell whether more than travel, windows, hours and loads decides about times and costs."""
    return bool(
        problem.links
        or problem.weights.balance
        or problem.weights.travel != 1
        or any(task.late_s for task in problem.tasks)
        or any(is_special(person) for person in problem.persons)
    )


def is_special(person: Person) -> bool:
    """Tell whether the person's day has more to it than a shift and bounds."""
    return bool(
        person.breaks
        or person.off
        or person.overtime_s
        or person.max_driving_s is not None
        or person.max_working_s is not None
        or person.speed != _USUAL_SPEED
        or person.per_km
        or person.per_hour
        or person.per_route
        or person.reload
    )


def is_timed(person: Person, *, windowed: bool) -> bool:
    """Tell whether the person's route can break any bound of time, if tasks have windows or not."""
    return windowed or person.shift.end_s < OPEN_END_S


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


def _costs(matrix: Matrix, minimise: str, *, bounded: bool) -> _Costs:
    reachable = [
        [UNREACHABLE not in pair for pair in zip(metres, seconds, strict=True)]
        for metres, seconds in zip(matrix.metres, matrix.seconds, strict=True)
    ]
    seconds = _with_nowhere(matrix.seconds, reachable)
    far = bounded or minimise == "metres"
    metres = _with_nowhere(matrix.metres, reachable) if far else []
    out = metres if minimise == "metres" else seconds
    into = [list(column) for column in zip(*out, strict=True)]
    return _Costs(into, out, seconds, metres)


def _with_nowhere(table: list[list[int]], reachable: list[list[bool]]) -> list[list[int]]:
    rows = [
        [*(value if known else FAR for value, known in zip(row, knowns, strict=True)), 0]
        for row, knowns in zip(table, reachable, strict=True)
    ]
    return [*rows, [0] * (len(table) + 1)]


def _lane(person: Person, number: int, costs: _Costs, *, timed: bool) -> Lane:
    nowhere = len(costs.out) - 1
    return Lane(
        number=number,
        start=nowhere if person.start is None else person.start,
        end=nowhere if person.end is None else person.end,
        begin_s=person.shift.start_s,
        until_s=person.shift.end_s,
        timed=timed,
        most=_NO_BOUND if person.max_tasks is None else person.max_tasks,
        capacity=person.capacity,
        into=costs.into,
        out=costs.out,
        seconds=costs.seconds,
        bound_m=person.max_metres,
        metres=costs.metres,
        first=person.first,
        last=person.last,
    )
