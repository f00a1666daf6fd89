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

# What State.tally holds, by index.
COST, TOUCHED, MISSING, ABSENT, SPARE, BEST, ONLY_TOUCHED = range(7)


# The functions allocate nothing: counting references to their arrays would take most of their time.
_OPTIONS = {"_nrt": False, "error_model": "numpy"}


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
    """Return the function compiled at its first call, or read from disk if it was before."""
    return _njit(function)


def inlined[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Like compiled, but as part of what calls it: for what the innermost loops call."""
    return _njit(function, inline="always")


def _njit[F](function: F, **options: object) -> F:
    if _FOLDER is None:
        return cast("F", _numba.njit(**_OPTIONS, **options)(function))
    before = _numba.config.CACHE_DIR
    _numba.config.CACHE_DIR = str(_FOLDER)
    try:
        return cast("F", _numba.njit(cache=True, **_OPTIONS, **options)(function))
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
    `into[mode, x, a]` is the cost from a to x, `out[mode, x, b]` from x to b, `into_s` and `out_s`
    the seconds, `into_m` and `out_m` the metres likewise, these only where `bounded` says that
    somebody's way is. `windows_from[t]` to `windows_from[t + 1]` are the windows of task t.
    `free` are the tasks that can be placed, dearest penalty first, `far` the same with the farthest
    from where people start before the nearer ones of one penalty.
    `extra[t, lane]` is the cost of giving t to a lane, FAR where it must not. Per lane: `mode` to
    `kind`, of which equal ones are interchangeable while empty. `near[t]` are
    the tasks around t, itself first; `ahead[t]` those that are best driven right before it and
    `behind[t]` right after it, -1 behind the last. `keys` are orders of insertion over all
    tasks, drawn by `weights`; `width` is the number of load dimensions, `around` that of
    neighbours, `reach` that of tasks ahead and behind, 0 where all places are to be tried.
    """

    into: Block
    out: Block
    into_s: Block
    out_s: Block
    into_m: Block
    out_m: Block
    place: Line
    service: Line
    opens: Line
    closes: Line
    windows_from: Line
    window_start: Line
    window_end: Line
    priority: Line
    penalty: Line
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
    mode: Line
    start: Line
    end: Line
    begin: Line
    until: Line
    timed: Line
    most: Line
    capacity: Grid
    first: Line
    last: Line
    kind: Line
    bound_m: Line
    by_priority: int
    bounded: int
    width: int
    around: int
    reach: int


class State(NamedTuple):
    """A solution under way, and room to undo one step of it.

    Each lane has its tour in a row of the tables, `row_of`; a step writes into rows that nobody
    uses (`spare`) and gives back the old or the new ones. Of a row: `size` tasks in `stops`, their
    `places` between start and end, and per leg its cost, when it can begin, by when it must have
    ended, and per dimension the highest load on it and before it, and on it and behind it. Of a
    task: `lane_of`, -1 for none, and its place among the stops, `spot_of`.
    """

    row_of: Line
    size: Line
    travel: Line
    driven: Line
    stops: Grid
    places: Grid
    legs: Grid
    begins: Grid
    latest: Grid
    fore: Block
    back: Block
    lane_of: Line
    spot_of: Line
    absent: Line
    tally: Line
    spare: Line
    old_row: Line
    touched: Line
    missing: Line
    was_lane: Line
    seen: Line
    best: Line
    best_size: Line
    luck: Line
