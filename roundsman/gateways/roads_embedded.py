"""Roads of our own: the imported graphs, asked through a process that holds the road engine."""

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

import roundsman
from roundsman.core.geo import Point
from roundsman.gateways.roads_model import Block, Line, Network, RoadsDown
from roundsman.streets.model import Mode
from roundsman.streets.store import Store

# A table of thousands of positions takes some seconds; what takes longer hangs.
LONGEST_S = 20.0

_log = structlog.get_logger()

type Worker = subprocess.Popen[bytes]


class Embedded:
    """The imported regions as roads. One question at a time; a process that died is replaced."""

    def __init__(self, store: Store, *, limit_m: float, longest_s: float = LONGEST_S) -> None:
        self._store = store
        self._longest_s = longest_s
        self._limit_m = limit_m
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def network(self, points: Sequence[Point], mode: Mode) -> Network | str:
        """Return the smallest region that holds all points which any region holds.

        A point just outside may be near a street inside. Points in no region are outside; points
        in different regions have no common roads.
        """
        regions = self._store.regions()
        if not regions:
            return "No map is imported."
        able = sorted(
            (region for region in regions if mode in region.modes),
            key=lambda region: (region.extract.box.size, region.name),
        )
        if not able:
            return f"No imported map has streets for {mode}."
        boxes = [region.extract.box.wider(self._limit_m) for region in able]
        held = [point for point in points if any(box.holds(point) for box in boxes)]
        if not held:
            return "The positions lie outside the imported maps."
        for region, box in zip(able, boxes, strict=True):
            if all(box.holds(point) for point in held):
                return Network(
                    roads=f"osrm:{region.name}",
                    version=region.version,
                    mode=mode,
                    at=str(self._store.graph(region, mode)),
                    inside=tuple(box.holds(point) for point in points),
                )
        return "The positions lie in different imported maps."

    def block(
        self, network: Network, points: Sequence[Point], froms: Sequence[int], tos: Sequence[int]
    ) -> Block:
        """Return travel between points, given by their index."""
        arguments = (list(points), list(froms), list(tos), self._limit_m)
        found: Block = self._ask(network.at, "block", arguments)
        return found

    def line(self, network: Network, points: Sequence[Point]) -> Line | None:
        """Return the way along points, None where there is none."""
        found = self._ask(network.at, "line", (list(points), self._limit_m))
        if found is None:
            return None
        polyline, seconds, metres = found
        return Line(
            roads=network.roads, polyline=polyline, seconds=tuple(seconds), metres=tuple(metres)
        )

    def health(self) -> list[tuple[str, str]]:
        """Return a line per region, and what is wrong with a graph of it."""
        found: list[tuple[str, str]] = []
        for region in self._store.regions():
            words = f"{region.name}: {', '.join(region.modes)}, imported {region.imported_at[:10]}"
            wrong = ""
            for mode in region.modes:
                try:
                    self._ask(str(self._store.graph(region, mode)), "", ())
                except RoadsDown as down:
                    wrong = wrong or f"{mode}: {down}"
            found.append((words, wrong))
        return found

    def warm(self) -> None:
        """Start the process and open every graph, so that the first plan need not wait."""
        for region in self._store.regions():
            for mode in region.modes:
                self._ask(str(self._store.graph(region, mode)), "", ())

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._worker is not None:
                _end(self._worker)
                self._worker = None

    def _ask(self, path: str, what: str, arguments: tuple[object, ...]) -> Any:
        with self._lock:
            if self._worker is not None and self._worker.poll() is not None:
                _end(self._worker)
                self._worker = None
            worker = self._worker = self._worker or _start()
            assert worker.stdin is not None  # noqa: S101 - opened by _start, for the type checkers
            assert worker.stdout is not None  # noqa: S101 - likewise
            late = threading.Timer(self._longest_s, worker.kill)
            late.start()
            try:
                pickle.dump((path, what, arguments), worker.stdin)
                worker.stdin.flush()
                problem, answer = pickle.load(worker.stdout)  # noqa: S301 - our own process wrote it
            except (OSError, EOFError, pickle.UnpicklingError) as error:
                _end(worker)
                self._worker = None
                _log.error("road_engine_lost", exit=worker.returncode, graph=Path(path).parent.name)
                raise RoadsDown("the road engine stopped") from error
            finally:
                late.cancel()
        if problem:
            raise RoadsDown(problem)
        return answer


def _start() -> Worker:
    """Start the engine's process so that it can import this very package."""
    home = str(Path(roundsman.__file__).parent.parent)
    path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-m", "roundsman.gateways.roads_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def _end(worker: Worker) -> None:
    """End a process that may have ended by itself, with half a question in its input."""
    worker.kill()
    worker.wait()
    for stream in (worker.stdin, worker.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
