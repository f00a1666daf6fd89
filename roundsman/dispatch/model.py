"""The problem of a day and its plan: the one form in which every planning question is asked.

Jobs are *tasks*, workers are *persons*, both named by their index in the problem. Positions are
indices into travel matrices. Times are integer seconds after the day's local midnight (elapsed, so
that a day on which the clocks change has 23 or 25 hours), distances integer metres.

What the model can say, the solver keeps and the checker checks; a constraint that is switched off
is left out of the problem (no windows, an open shift, no capacity), never ignored by the solver.
"""

from enum import StrEnum
from typing import Literal

from msgspec import Struct

# The number of a pair without a connection, in both numbers of a matrix.
UNREACHABLE = -1
# An open end of a shift or a window: later than any day is long.
OPEN_END_S = 1_000_000_000

TravelMode = Literal["car", "van", "truck", "motorcycle", "bicycle", "pedestrian"]


class Window(Struct, frozen=True):
    """A span of time, both ends included. 0 <= start_s <= end_s <= OPEN_END_S."""

    start_s: int = 0
    end_s: int = OPEN_END_S


class Matrix(Struct, frozen=True):
    """Travel between all locations in one mode: rows from, columns to.

    UNREACHABLE marks a pair without connection, in both tables. A location reaches itself in 0.
    """

    seconds: list[list[int]]
    metres: list[list[int]]


class Travel(Struct, frozen=True):
    """The matrices of a problem by mode, over the same locations, and which roads they are of.

    `note` says why they are not the roads that were wanted. The pairs of a `far` location go by
    great circle, since no street is near it.
    """

    roads: str
    matrices: dict[TravelMode, Matrix]
    note: str = ""
    far: frozenset[int] = frozenset()


class Task(Struct, frozen=True, kw_only=True):
    """Something to do at a place.

    Work begins inside one of the `windows` (sorted, disjoint; none means any time) and takes
    `service_s`. `pickup` is taken on and stays aboard to the end of the route, `dropoff` is aboard
    from its start; both hold one amount per dimension of load, or are empty. `person` pins the
    task to the person of that id; the people of the ids in `forbidden` never do it, and done by
    anybody who is not in a `preferred` that names somebody it costs `preference` on top, in the
    unit that the problem minimises. `penalty` is what leaving it out costs, in the unit that the
    problem minimises: it should exceed any detour, see `penalty_of`. A task without location
    cannot be planned.
    """

    id: str
    location: int | None
    service_s: int = 0
    windows: tuple[Window, ...] = ()
    priority: int = 5
    pickup: tuple[int, ...] = ()
    dropoff: tuple[int, ...] = ()
    skills: frozenset[str] = frozenset()
    person: str = ""
    forbidden: frozenset[str] = frozenset()
    preferred: frozenset[str] = frozenset()
    preference: int = 0
    penalty: int


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who drives a route.

    They leave `start` at the beginning of the shift and reach `end` (without an end: finish the
    last task) before it is over. Without a start the route begins at its first task. `capacity`
    bounds each dimension of load at every moment; empty means no bound. `max_metres` bounds the
    whole way from start to end. The tasks `first` and
    `last` (indices) stand at the front and at the back of the route in that order; they are part
    of every plan, belong to this person alone and count for time, load and `max_tasks`.
    """

    id: str
    start: int | None = None
    end: int | None = None
    shift: Window = Window()
    mode: TravelMode = "car"
    skills: frozenset[str] = frozenset()
    capacity: tuple[int, ...] = ()
    max_tasks: int | None = None
    max_metres: int | None = None
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()


class Problem(Struct, frozen=True, kw_only=True):
    """What to plan: the least penalty, preference and travel together, in metres or in seconds.

    With `priority_first` a task never stands behind one of lower priority, tasks in a person's
    `first` and `last` excepted.
    """

    tasks: tuple[Task, ...]
    persons: tuple[Person, ...]
    travel: Travel
    minimise: Literal["metres", "seconds"] = "seconds"
    priority_first: bool = False


class Visit(Struct, frozen=True):
    """One task in a route: arrival, begin and end of work, and how much later the arrival may be.

    `slack_s` keeps everything after it feasible; it is OPEN_END_S where nothing bounds it.
    """

    task: int
    arrive_s: int
    start_s: int
    leave_s: int
    slack_s: int


class Route(Struct, frozen=True):
    """What one person does, from leaving the start to reaching the end."""

    person: int
    visits: tuple[Visit, ...]
    depart_s: int
    finish_s: int


class Reason(StrEnum):
    """Why a task is not in the plan."""

    NO_WORKER = "no_worker_available"
    SKILL = "skill"
    CAPACITY = "capacity"
    TIME_WINDOW = "time_window"
    WORKING_HOURS = "working_hours"
    MAX_JOBS = "max_jobs"
    MAX_DISTANCE = "max_distance"
    UNREACHABLE = "unreachable"
    NO_LOCATION = "no_location"


class Unserved(Struct, frozen=True):
    """A task that was left out, and why.

    `person` (index) comes closest to serving it: `by` so much the bound of the reason breaks there,
    in seconds, tasks, skills or units of load, and the task adds `adds` to the travel, in the unit
    of the problem. None where nobody can be asked or nothing leads there.
    """

    task: int
    reason: Reason
    person: int | None = None
    by: int = 0
    adds: int | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """The answer: one route per person in the problem's order, and what was left out.

    `cost` is penalty, preference and travel in the unit of the problem. `engine` found it, or it
    was `given`; `stopped` says what ended the search: `done` (the budget of iterations or an exact
    answer), `time` or `cancelled`.
    """

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    cost: int
    engine: Literal["exact", "ruin_and_recreate", "given"]
    stopped: Literal["done", "time", "cancelled"]
    iterations: int


class Budget(Struct, frozen=True, kw_only=True):
    """How long to search: so many iterations, at most so many seconds.

    Equal problem, seed and iterations give the equal plan as long as `seconds` is not reached.
    Without iterations the time is used to its end, and the plan differs from run to run.
    """

    iterations: int | None
    seconds: float
    seed: int = 1


def penalty_of(priority: int) -> int:
    """Return the penalty that makes a task of this priority (0 to 10) worth any detour of a day.

    A hundred million is more than the metres, and more than a pedestrian's seconds, of a detour
    to the other side of the earth. Penalties add up: a plan serves the most priority points first
    and saves travel second.
    """
    return (priority + 1) * 100_000_000
