"""Roads: how long and how far it is along streets, and the line on the map.

One way in for all: an OSRM or Valhalla server if one is set, else the imported maps, else the
straight line times a factor. Roads that give no answer are left alone for a while, the straight
line answers instead, and the answer says so.
"""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import structlog

from roundsman.core.geo import Point, encode_polyline
from roundsman.gateways.roads_embedded import Embedded
from roundsman.gateways.roads_memory import Memory
from roundsman.gateways.roads_model import (
    GREAT_CIRCLE,
    Backend,
    Block,
    Line,
    Network,
    RoadsDown,
    Table,
)
from roundsman.gateways.roads_remote import Remote
from roundsman.gateways.roads_valhalla import Valhalla
from roundsman.streets import crow
from roundsman.streets.model import Mode
from roundsman.streets.store import Store

# After a failure nobody asks again for so long: a dead server would cost every plan its timeout.
REST_S = 10.0
# Positions that agree in five decimals (1 m) share their travel.
_DECIMALS = 5

_log = structlog.get_logger()


def roads_of(*, data: Path, url: str, limit_m: float, engine: str = "osrm") -> "Roads":
    """Return the roads of an installation: a server if one is named, else the imported maps.

    `engine` says what the server is, osrm or valhalla. A point farther than `limit_m` from every
    street counts as being on none.
    """
    backend: Backend
    if not url:
        backend = Embedded(Store(data), limit_m=limit_m)
    elif engine == "valhalla":
        backend = Valhalla(url, limit_m=limit_m)
    else:
        backend = Remote(url, limit_m=limit_m)
    return Roads(backend)


class Roads:
    """The roads that plans are made of. Threads may share them."""

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.monotonic) -> None:
        self._backend = backend
        self._clock = clock
        self._memory = Memory()
        self._rest_until: dict[str, float] = {}
        self._warming: threading.Thread | None = None

    def table(self, points: Sequence[Point], mode: Mode) -> Table:
        """Return travel between all points. It always answers; `roads` says whose roads these are.

        Pairs of a point that is on no street go by great circle. A pair without a connection is
        NO_WAY in both tables. A point reaches itself in 0.
        """
        places = [
            Point(round(point.lat, _DECIMALS), round(point.lng, _DECIMALS)) for point in points
        ]
        network = self._network(places, mode)
        if isinstance(network, str):
            return _straight(points, mode, network)
        try:
            found = self._found(network, places)
        except RoadsDown as down:
            return _straight(points, mode, self._rest(network, down))
        far = [at for at, snap in enumerate(found.snaps) if snap is None]
        seconds, metres = found.seconds.copy(), found.metres.copy()
        if far:
            every = range(len(points))
            from_far = crow.metres_between([points[at] for at in far], points)
            metres[far, :], metres[np.ix_(every, far)] = from_far, from_far.T
            by_crow = crow.seconds_of(from_far, mode)
            seconds[far, :], seconds[np.ix_(every, far)] = by_crow, by_crow.T
        np.fill_diagonal(seconds, 0)
        np.fill_diagonal(metres, 0)
        return Table(roads=network.roads, snaps=tuple(found.snaps), seconds=seconds, metres=metres)

    def line(self, points: Sequence[Point], mode: Mode) -> Line:
        """Return the way along the points, straight where no roads lead. Two points at least."""
        network = self._network(points, mode)
        if isinstance(network, str):
            return _straight_line(points, mode, network)
        try:
            found = self._backend.line(network, points) if all(network.inside) else None
        except RoadsDown as down:
            return _straight_line(points, mode, self._rest(network, down))
        if found is None:
            return _straight_line(points, mode, "There is no way along streets.")
        return found

    def health(self) -> list[tuple[str, str]]:
        """Return what works, a line each, and in the second text what is wrong, or empty."""
        return self._backend.health()

    def warm(self) -> None:
        """Get ready for the first plan, aside; what fails is found again when it is needed."""

        def warming() -> None:
            try:
                self._backend.warm()
            except RoadsDown as down:
                _log.warning("roads_down", reason=str(down))

        self._warming = threading.Thread(target=warming, name="roads", daemon=True)
        self._warming.start()

    def close(self) -> None:
        """Let go of the roads."""
        if self._warming is not None:
            self._warming.join()
        self._backend.close()

    def _network(self, points: Sequence[Point], mode: Mode) -> Network | str:
        found = self._backend.network(points, mode)
        if isinstance(found, Network) and self._clock() < self._rest_until.get(found.at, 0.0):
            return "The roads gave no answer a moment ago."
        return found

    def _found(self, network: Network, points: Sequence[Point]) -> Block:
        """Return what the network knows of the points, in their order, repeated ones included."""
        inside = [at for at in range(len(points)) if network.inside[at]]
        distinct = list(dict.fromkeys(points[at] for at in inside))
        found = self._memory.block(
            (network.roads, network.version, network.mode),
            distinct,
            lambda froms, tos: self._backend.block(network, distinct, froms, tos),
        )
        number = {point: index for index, point in enumerate(distinct)}
        index = [number[points[at]] for at in inside]
        if index == list(range(len(points))):
            return found
        seconds = np.zeros((len(points), len(points)), np.int32)
        metres = seconds.copy()
        seconds[np.ix_(inside, inside)] = found.seconds[np.ix_(index, index)]
        metres[np.ix_(inside, inside)] = found.metres[np.ix_(index, index)]
        snaps = {at: found.snaps[one] for at, one in zip(inside, index, strict=True)}
        return Block([snaps.get(at) for at in range(len(points))], seconds, metres)

    def _rest(self, network: Network, down: RoadsDown) -> str:
        """Leave these roads alone for a while; return the sentence that says why."""
        now = self._clock()
        resting = {at: until for at, until in self._rest_until.items() if until > now}
        self._rest_until = {**resting, network.at: now + REST_S}
        _log.warning("roads_down", reason=str(down))
        return f"The roads gave no answer ({down})."


def _straight(points: Sequence[Point], mode: Mode, note: str) -> Table:
    metres = crow.metres_between(points, points)
    return Table(
        roads=GREAT_CIRCLE,
        note=note,
        snaps=(None,) * len(points),
        seconds=crow.seconds_of(metres, mode),
        metres=metres,
    )


def _straight_line(points: Sequence[Point], mode: Mode, note: str) -> Line:
    metres = [crow.metres_between([one], [other]) for one, other in pairwise(points)]
    return Line(
        roads=GREAT_CIRCLE,
        note=note,
        polyline=encode_polyline((point.lat, point.lng) for point in points),
        seconds=tuple(int(crow.seconds_of(leg, mode)[0, 0]) for leg in metres),
        metres=tuple(int(leg[0, 0]) for leg in metres),
    )
