"""The arrays that the compiled search works on, and how its functions are compiled.

Everything here imports numba, which takes most of a second and 100 MB: only planning processes may
import this package. Compiled code is kept on disk under a name made of all sources of the package,
because numba itself compares a function's own file only and would keep what calls a changed one.
"""

import hashlib
import importlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast, overload

# numba ships no types; what it compiles keeps the types it has as Python.
_numba: Any = importlib.import_module("numba")

# The cost and the time of a leg without connection. Two of them and a day's sums fit in 64 bits.
FAR = 1 << 30
# No bound on a load or on a number of tasks.
NO_BOUND = 1 << 60

# Passing an array costs compiling time at every call, so that columns share tables: these are the
# columns, by the name of their table.
# fmt: off
# Facts.lane
(
    MODE, HOME, GOAL, BEGIN, UNTIL, TIMED, MOST, FIRST, LAST, KIND, BOUND_M, OVER, SPEED, CLOCKED,
    MAX_DRIVING, MAX_WORKING, PER_KM, PER_HOUR, PER_ROUTE, PAUSE_FROM, RELOAD_FROM, RELOAD_S,
) = range(22)
# Facts.task
(
    PLACE, SERVICE, OPENS, CLOSES, WINDOWS_FROM, PRIORITY, PENALTY, LATE, PRICED, STOCK, SENT,
    PARTNER, BOND, BEFORE_FROM, BEHIND_FROM, FIXED,
) = range(16)
# Facts.windows, pauses, bonds, rates
WINDOW_START, WINDOW_END = range(2)
PAUSE_OPEN, PAUSE_CLOSE, PAUSE_LEN = range(3)
BEFORE, BEFORE_GAP, WAITING, WAITING_GAP = range(4)
RATE_TRAVEL, RATE_LATENESS, RATE_OVERTIME, RATE_BALANCE = range(4)
# Kinds of bonds between two tasks that are served both or not at all: Facts.task[BOND]
NO_BOND, SENDS, BRINGS, MEETS = range(4)
# State.tally
(
    COST, TOUCHED, MISSING, ABSENT, SPARE, BEST, ONLY_TOUCHED, BROKEN, HELD, CHOSEN, EASED_BY,
) = range(11)
# State.lanes, rows, tours, tasks
ROW_OF, OLD_ROW, TOUCHED_LANE, SEEN, BEST_SIZE, NEARBY = range(6)
SIZE, TRAVEL, DRIVEN, SPARE_ROW = range(4)
STOPS, PLACES, LEGS, BEGINS, LATEST = range(5)
(
    LANE_OF, SPOT_OF, ABSENT_TASK, MISSING_TASK, WAS_LANE, BEST_STOP, START_OF, HOLD_OPEN,
    HOLD_CLOSE, BEST_OPEN, BEST_CLOSE,
) = range(11)
# State.held, path, loads, label, trail
HELD_TASK, WAS_OPEN, WAS_CLOSE = range(3)
SEQ, VIA, DETOUR, TRIP, STRETCH_OF = range(5)
ABOARD, TAKEN, CHANGE, RISE = range(4)
MOMENT, LATENESS, SLACK, ROOM = range(4)
CAME, BEGUN, EASED = range(3)
# State.option: of a task that meets another, so many lanes each
OPTIONS = 8
# fmt: on


# The functions allocate nothing: counting references to their arrays would take most of their time.
_OPTIONS = {"_nrt": False, "error_model": "numpy"}
# Taking the tuples of arrays apart for Python is half of the compiling: only entries need it.
_INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def _cache_folder() -> Path | None:
    """Return where compiled code of exactly these sources is kept; None where nothing can be."""
    here = Path(__file__).parent
    sources = b"".join(file.read_bytes() for file in sorted(here.glob("*.py")))
    name = f"engine-{hashlib.sha256(sources).hexdigest()[:16]}"
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "roundsman"
    asked = _numba.config.CACHE_DIR
    for home in [Path(asked)] if asked else [here / "__pycache__", own]:
        folder = home / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".writable").touch()
        except OSError:
            continue
        for old in home.glob("engine-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)
        return folder
    return None


_FOLDER = _cache_folder()


def compiled[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled as a part of the compiled functions that call it."""
    compiler: Any = _numba.njit(**_OPTIONS, **_INNER)
    return cast("Callable[P, R]", compiler(function))


def inlined[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Like compiled, but written out where it is called.

    Every function that is compiled alone carries all that it calls with it, and costs that much
    again: what has one caller is written out there.
    """
    compiler: Any = _numba.njit(inline="always", **_OPTIONS, **_INNER)
    return cast("Callable[P, R]", compiler(function))


def entry[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Return the function for Python, compiled at its first call, or read from disk."""
    if _FOLDER is None:
        return cast("Callable[P, R]", _numba.njit(**_OPTIONS)(function))
    before = _numba.config.CACHE_DIR
    _numba.config.CACHE_DIR = str(_FOLDER)
    try:
        return cast("Callable[P, R]", _numba.njit(cache=True, **_OPTIONS)(function))
    finally:
        _numba.config.CACHE_DIR = before


class Line(Protocol):
    """An array of one dimension."""

    def __iter__(self) -> Iterator[int]:
        """Go through the numbers."""
        ...

    @overload
    def __getitem__(self, at: int, /) -> int: ...
    @overload
    def __getitem__(self, at: slice, /) -> "Line": ...

    def __setitem__(self, at: int, value: int, /) -> None:
        """Change a number."""
        ...

    def __len__(self) -> int:
        """Return how long it is."""
        ...


class Grid(Protocol):
    """An array of two dimensions, whose rows are lines."""

    @overload
    def __getitem__(self, at: int, /) -> Line: ...
    @overload
    def __getitem__(self, at: tuple[int, int], /) -> int: ...
    def __setitem__(self, at: tuple[int, int], value: int, /) -> None:
        """Change a number."""
        ...

    def __len__(self) -> int:
        """Return how long it is."""
        ...


class Block(Protocol):
    """An array of three dimensions."""

    def __getitem__(self, at: tuple[int, int, int], /) -> int:
        """Return a number."""
        ...

    def __setitem__(self, at: tuple[int, int, int], value: int, /) -> None:
        """Change a number."""
        ...


class Facts(NamedTuple):
    """A problem, flattened; a named tuple because that is what the compiler can take apart.

    Tasks, lanes (persons), places (locations, one past them for nowhere) and modes are indices.
    `legs[out + mode, x, b]` is the cost from x to b, `legs[into + mode, x, a]` from a to x; `out_s`
    and `into_s` lead to the seconds, `out_m` and `into_m` to the metres likewise, these only where
    `bounded` says that they count. `lane` and `task` hold a column per person and task, KIND being
    equal for people who are interchangeable while empty. Columns that end in FROM lead into
    another table, up to that of the next: into `windows`, `pauses`, `depots`, `bonds` (those that
    must be left before the task begins, so long a gap; those that wait for it likewise).

    `free` are the tasks that can be placed, dearest penalty first, `far` the same with the farthest
    from where people start before the nearer ones of one penalty. `extra[t, lane]` is the cost of
    giving t to a lane, FAR where it must not. `near[t]` are the tasks around t, itself first;
    `ahead[t]` those that are best driven right before it and `behind[t]` right after it, -1 behind
    the last. `keys` are orders of insertion over all tasks, drawn by `weights`; `width` is the
    number of load dimensions, `around` that of neighbours, `reach` that of tasks ahead and behind,
    0 where all places are to be tried.

    In a `rich` problem tours are priced as wholes. Only there counts: of a task how late it may
    begin (LATE) and whether that costs (PRICED), whether its drop-off is loaded at the start
    (STOCK) and whether its pickup goes to another task (SENT); of a lane all behind BOUND_M;
    `rates`, the weights; `by_time`, whether time is minimised; `labels`, one more than anybody has
    pauses. With `linked` PARTNER is the other task of a bond (-1: none), FIXED are tasks that never
    move or have no place.
    """

    legs: Block
    into: int
    out: int
    into_s: int
    out_s: int
    into_m: int
    out_m: int
    lanes: int
    lane: Grid
    task: Grid
    windows: Grid
    pauses: Grid
    depots: Line
    bonds: Grid
    rates: Line
    pickup: Grid
    dropoff: Grid
    extra: Grid
    free: Line
    far: Line
    near: Grid
    ahead: Grid
    behind: Grid
    keys: Grid
    weights: Line
    capacity: Grid
    by_priority: int
    bounded: int
    width: int
    around: int
    reach: int
    rich: int
    linked: int
    by_time: int
    labels: int


class State(NamedTuple):
    """A solution under way, and room to undo one step of it.

    Each lane has its tour in a row of the tables, ROW_OF; a step writes into rows that nobody uses
    (SPARE_ROW) and gives back the old or the new ones. Of a row: SIZE tasks in STOPS, their PLACES
    between start and end, and per leg its cost, when it can begin, by when it must have ended
    (`tours`), and per dimension the highest load on it and before it, and on it and behind it
    (`fore`, `back`). Of a task: LANE_OF, -1 for none, and its place among the stops, SPOT_OF; in
    the other columns of `tasks` are lists of tasks, as long as the tally says.

    In a rich problem TRAVEL is the price of a tour. A task that is bound to others begins at
    START_OF, and between HOLD_OPEN and HOLD_CLOSE as long as those are served; `held` remembers the
    step's changes of that. All behind is scratch for pricing a sequence.
    """

    lanes: Grid
    rows: Grid
    tours: Block
    fore: Block
    back: Block
    tasks: Grid
    tally: Line
    luck: Line
    held: Grid
    path: Grid
    loads: Grid
    label: Grid
    trail: Block
    option: Grid
