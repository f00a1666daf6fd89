"""The process that holds the road engine: questions on its input, answers on its output.

In a process of its own, since the engine's call holds the interpreter for its whole length (half a
second for a thousand points), and since a broken graph ends the process it is read in. Graphs are
mapped, not loaded: the memory is the system's and is shared and given back as needed.
"""

import importlib
import pickle
import signal
import sys
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from roundsman.core.geo import Point
from roundsman.gateways.roads_model import Block, NoSegment, Snap, near_only, whole

# Graphs that stay open; one more closes that which was not asked for the longest time.
MOST_OPEN = 12
_NO_SEGMENT = "NoSegment"
_NO_ROUTE = "NoRoute"

_osrm: Any = importlib.import_module("osrm")  # compiled: it ships no types to check against


class Engines:
    """The graphs that are open in this process."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Any] = OrderedDict()

    def at(self, path: str) -> Any:
        """Return the engine over a graph; RuntimeError when it cannot be read."""
        if path not in self._open:
            self._open[path] = _osrm.OSRM(
                storage_config=path,
                algorithm="CH",
                use_mmap=True,
                use_shared_memory=False,
                max_locations_distance_table=-1,
                max_locations_viaroute=-1,
            )
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        self._open.move_to_end(path)
        return self._open[path]


def block(
    engine: Any,
    points: Sequence[Point],
    froms: Sequence[int],
    tos: Sequence[int],
    limit_m: float,
) -> Block:
    """Return travel between points, given by their index; who is off the streets has no way."""

    def ask(at: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> Block:
        place = {point: index for index, point in enumerate(at)}
        wanted = _osrm.TableParameters(
            coordinates=[(points[index].lng, points[index].lat) for index in at],
            sources=[place[index] for index in starts],
            destinations=[place[index] for index in ends],
            annotations=["duration", "distance"],
            radiuses=[limit_m] * len(at),
            generate_hints=False,
        )
        found = _asked(engine.Table, wanted)
        snaps: dict[int, Snap] = {}
        for side, name in ((starts, "sources"), (ends, "destinations")):
            for index, where in zip(side, found[name], strict=True):
                snaps[index] = _snap(where)
        return Block(
            [snaps.get(index) for index in at],
            whole([list(row) for row in found["durations"]]),
            whole([list(row) for row in found["distances"]]),
        )

    try:
        return near_only(ask, None, len(points), froms, tos)
    except NoSegment:
        near = [_is_near(engine, point, limit_m) for point in points]
        return near_only(ask, near, len(points), froms, tos)


def line(
    engine: Any, points: Sequence[Point], limit_m: float
) -> tuple[str, list[int], list[int]] | None:
    """Return the way along points as a polyline, and its legs; None where there is none."""
    wanted = _osrm.RouteParameters(
        coordinates=[(point.lng, point.lat) for point in points],
        radiuses=[limit_m] * len(points),
        geometries="polyline",
        overview="full",
        generate_hints=False,
    )
    try:
        found = _asked(engine.Route, wanted)
    except NoSegment:
        return None
    except RuntimeError as error:
        if str(error).startswith(_NO_ROUTE):
            return None
        raise
    way = found["routes"][0]
    legs = list(way["legs"])
    return (
        str(way["geometry"]),
        [round(leg["duration"]) for leg in legs],
        [round(leg["distance"]) for leg in legs],
    )


def _asked(call: Any, wanted: Any) -> Any:
    try:
        return call(wanted)
    except RuntimeError as error:
        if str(error).startswith(_NO_SEGMENT):
            raise NoSegment from error
        raise


def _snap(where: Any) -> Snap:
    lng, lat = where["location"]
    return Snap(Point(float(lat), float(lng)), round(float(where["distance"]), 1))


def _is_near(engine: Any, point: Point, limit_m: float) -> bool:
    wanted = _osrm.NearestParameters(coordinates=[(point.lng, point.lat)], radiuses=[limit_m])
    try:
        _asked(engine.Nearest, wanted)
    except NoSegment:
        return False
    return True


def main() -> None:
    """Answer questions from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may be printed among the answers
    engines = Engines()
    while True:
        try:
            path, what, arguments = pickle.load(questions)  # noqa: S301 - written by our own server
        except EOFError:
            return
        try:
            engine = engines.at(path)
            calls: dict[str, Any] = {"block": block, "line": line}
            reply = ("", calls[what](engine, *arguments) if what else None)
        except Exception as error:  # noqa: BLE001 - the server says what broke here
            reply = (f"{type(error).__name__}: {error}".splitlines()[0], None)
        pickle.dump(reply, answers)
        answers.flush()


if __name__ == "__main__":
    main()
