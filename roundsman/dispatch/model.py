"""The problem of a day and its plan: the one form in which every planning question is asked.

Jobs are *tasks*, workers are *persons*, both named by their index in the problem. Positions are
indices into travel matrices. Times are integer seconds after the day's local midnight (elapsed, so
that a day on which the clocks change has 23 or 25 hours), distances integer metres.

What the model can say, the solver keeps and the checker checks; a constraint that is switched off
is left out of the problem (no windows, an open shift, no capacity), never ignored by the solver.
What may be broken at a price says how far, and `Weights` says the price.
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


class Break(Struct, frozen=True):
    """A pause of so many seconds that begins inside the window, anywhere but during work."""

    window: Window
    seconds: int


class Weights(Struct, frozen=True, kw_only=True):
    """What counts how much, in the unit that the problem minimises.

    The defaults keep the order of importance: a penalty above a day of lateness, a second of
    lateness above a quarter of an hour of travel, a second of overtime above half a minute of it.
    `travel` multiplies every leg; `lateness` and `overtime` are for each second, `territory` for a
    task outside a person's zones, `balance` for each squared hour of a person's work: a sum of
    squares is least where all are equal.
    """

    travel: int = 1
    lateness: int = 1000
    overtime: int = 30
    territory: int = 600
    balance: int = 0


class Link(Struct, frozen=True, kw_only=True):
    """What binds two tasks (indices) to each other.

    - `after`: `then` begins at the earliest `least_s` after `first` was left, by whomever, and is
      done only if `first` is.
    - `carry`: one person takes on the pickup of `first` and hands it over as the drop-off of
      `then`, later on the same route; both or neither.
    - `together`: both begin at the same moment, by two people; both or neither.

    A task is in at most one `carry` or `together`.
    """

    kind: Literal["after", "carry", "together"]
    first: int
    then: int
    least_s: int = 0


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
    `service_s`; with `late_s` it may also begin so much after the last window, at the price of
    lateness. `pickup` is taken on and stays aboard to the end of the route or to the next reload,
    `dropoff` is aboard from its start or from the last reload; both hold one amount per dimension
    of load, or are empty. A task in a `zone` belongs to people with that zone. `person` pins the
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
    late_s: int = 0
    zone: str = ""


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who drives a route.

    They leave `start` at the beginning of the shift and reach `end` (without an end: finish the
    last task) before it is over; with `overtime_s` up to so much later, at the price of overtime.
    Where work is paid by the hour or bounded (`per_hour`, `max_working_s`, a balance), they leave
    as late as nothing behind gets later by it. Without a start the route begins at its first task.

    Every one of the `breaks` is taken, unless the route is over by the end of its window or begins
    behind it; during the spans in `off`, in which a split shift is interrupted, there is neither
    driving nor work. Breaks and spans together are in order of time: each is over, however late it
    begins, when the window of the next opens. Driving goes on after a break where it stopped.

    `speed` is how many percent of the speed of the mode they drive. `max_driving_s` bounds all
    driving, `max_working_s` the time from leaving the start to the end of the route less breaks.
    Going out at all costs `per_route`, each kilometre `per_km`, each such hour of work `per_hour`,
    in the unit that the problem minimises, rounded down. At the locations in `reload`, which takes
    `reload_s`, all that stays aboard is unloaded and the drop-offs that follow are taken on.
    `zones` is the territory: a task in another zone costs `Weights.territory`; none is everywhere.

    `capacity`
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
    breaks: tuple[Break, ...] = ()
    off: tuple[Window, ...] = ()
    overtime_s: int = 0
    max_driving_s: int | None = None
    max_working_s: int | None = None
    speed: int = 100
    per_km: int = 0
    per_hour: int = 0
    per_route: int = 0
    reload: tuple[int, ...] = ()
    reload_s: int = 0
    zones: frozenset[str] = frozenset()


class Problem(Struct, frozen=True, kw_only=True):
    """What to plan: the least penalty, preference and travel together, in metres or in seconds.

    Lateness, overtime and costs of people are added with their `weights`; `links` bind tasks.
    With `priority_first` a task never stands behind one of lower priority, tasks in a person's
    `first` and `last` excepted.
    """

    tasks: tuple[Task, ...]
    persons: tuple[Person, ...]
    travel: Travel
    minimise: Literal["metres", "seconds"] = "seconds"
    priority_first: bool = False
    links: tuple[Link, ...] = ()
    weights: Weights = Weights()


class Visit(Struct, frozen=True):
    """One task in a route: arrival, begin and end of work, and how much later the arrival may be.

    `slack_s` keeps everything after it feasible; it is OPEN_END_S where nothing bounds it. A break
    between the way there and the work comes before the arrival.
    """

    task: int
    arrive_s: int
    start_s: int
    leave_s: int
    slack_s: int


class Rest(Struct, frozen=True):
    """A break or a span off between two moments, on the way to the visit at the position."""

    kind: Literal["break", "off"]
    before: int
    start_s: int
    end_s: int


class Reload(Struct, frozen=True):
    """A stop at a location to unload and load, on the way to the visit at the position."""

    before: int
    location: int
    arrive_s: int
    leave_s: int


class Route(Struct, frozen=True):
    """What one person does, from leaving the start to reaching the end."""

    person: int
    visits: tuple[Visit, ...]
    depart_s: int
    finish_s: int
    rests: tuple[Rest, ...] = ()
    reloads: tuple[Reload, ...] = ()


class Reason(StrEnum):
    """Why a task is not in the plan."""

    NO_WORKER = "no_worker_available"
    SKILL = "skill"
    CAPACITY = "capacity"
    TIME_WINDOW = "time_window"
    WORKING_HOURS = "working_hours"
    MAX_JOBS = "max_jobs"
    MAX_DISTANCE = "max_distance"
    MAX_DRIVING = "max_driving_time"
    MAX_WORKING = "max_working_time"
    BREAK = "break"
    LINKED = "linked_job"
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


class Progress(Struct, frozen=True):
    """How far a search is: the share of its budget that is used, its steps, its best cost."""

    share: float
    iterations: int
    cost: int


def penalty_of(priority: int) -> int:
    """Return the penalty that makes a task of this priority (0 to 10) worth any detour of a day.

    A hundred million is more than the metres, and more than a pedestrian's seconds, of a detour
    to the other side of the earth. Penalties add up: a plan serves the most priority points first
    and saves travel second.
    """
    return (priority + 1) * 100_000_000
