"""Roads of somebody else: a Valhalla server asked by HTTP (its API as of version 3).

One server has streets for every travel mode. It says when its tiles were made, so that what it
answered is kept until there are others.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

import httpx
import msgspec
import numpy as np
from msgspec import Struct

from roundsman.core.geo import Point, decode_polyline, distance_m, encode_polyline
from roundsman.gateways.roads_model import (
    NO_WAY,
    Block,
    Line,
    Network,
    RoadsDown,
    Snap,
    near_only,
)
from roundsman.gateways.roads_remote import ANSWER_S, CONNECT_S
from roundsman.streets.crow import Grid
from roundsman.streets.model import Mode

# A server answers tables of 2,500 pairs unless it is told more or less; larger ones are tried once.
BLOCKS = (200, 50, 25, 10)
# Positions of one question about the nearest streets.
LOCATED = 500
# Ways lead along 20 positions at most.
STOPS = 20
# Whether there are new tiles is asked after so long.
LOOK_S = 60.0
SHAPE_DECIMALS = 6
M_PER_KM = 1000

# Sizes in metres and tonnes are those of our own profiles (`streets/profiles`).
COSTINGS: Mapping[Mode, tuple[str, Mapping[str, float]]] = {
    "car": ("auto", {}),
    "van": ("auto", {"height": 2.8, "width": 2.1, "length": 6.0, "weight": 3.5}),
    "truck": ("truck", {"height": 4.0, "width": 2.55, "length": 12.0, "weight": 18.0}),
    "motorcycle": ("motorcycle", {}),
    "bicycle": ("bicycle", {}),
    "pedestrian": ("pedestrian", {}),
}
_TOO_MANY = 150
# From here on a status is a trouble of the server's, be it what it may.
_BROKEN = 500
# No edges near, unconnected regions, no path.
_NOWHERE = frozenset({170, 171, 442})


class _Refused(Exception):
    """The server answered with an error; `code` is its own number for it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}".strip())
        self.code = code


class _Status(Struct, frozen=True):
    version: str = ""
    tileset_last_modified: int = 0
    available_actions: list[str] = []


_status = msgspec.json.Decoder(_Status)


class Valhalla:
    """A Valhalla server. Threads may share it."""

    def __init__(
        self,
        url: str,
        *,
        limit_m: float,
        longest_s: float = ANSWER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._limit_m = limit_m
        self._longest_s = longest_s
        self._clock = clock
        self._blocks: Sequence[int] = BLOCKS
        self._tiles = ""
        self._looked_at = -LOOK_S
        self._client = httpx.Client(
            timeout=httpx.Timeout(longest_s, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
        )

    def network(self, points: Sequence[Point], mode: Mode) -> Network | str:
        """Return the server; it is taken to know the whole world."""
        return Network(
            roads="valhalla:remote",
            version=self._version(),
            mode=mode,
            at=self._url,
            inside=(True,) * len(points),
        )

    def block(
        self, network: Network, points: Sequence[Point], froms: Sequence[int], tos: Sequence[int]
    ) -> Block:
        """Return travel between points, given by their index, in pieces the server accepts."""
        deadline = self._clock() + self._longest_s
        snaps = self._snaps(network, points, deadline)
        near = [snap is not None for snap in snaps]

        def ask(at: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> Block:
            seconds, metres = self._table(
                network, [points[one] for one in starts], [points[one] for one in ends], deadline
            )
            return Block([snaps[one] for one in at], seconds, metres)

        return near_only(ask, near, len(points), froms, tos)

    def line(self, network: Network, points: Sequence[Point]) -> Line | None:
        """Return the way along points, None where there is none."""
        way: list[tuple[float, float]] = []
        legs: list[tuple[int, int]] = []
        for first in range(0, len(points) - 1, STOPS - 1):
            asked = {
                "locations": self._locations(points[first : first + STOPS]),
                "directions_type": "none",
                "units": "kilometers",
                **_costing(network.mode),
            }
            try:
                trip = self._ask("route", asked)["trip"]
                for leg in trip["legs"]:
                    way += decode_polyline(leg["shape"], SHAPE_DECIMALS)
                    summary = leg["summary"]
                    legs.append((round(summary["time"]), round(summary["length"] * M_PER_KM)))
            except _Refused as refused:
                if refused.code in _NOWHERE:
                    return None
                raise RoadsDown(f"{self._url} refused: {refused}") from refused
            except (KeyError, TypeError, ValueError) as error:
                raise RoadsDown(f"{self._url} answered without {error}") from error
        # Each leg begins where the one before ended.
        shape = [way[0], *(there for here, there in pairwise(way) if there != here)]
        return Line(
            roads=network.roads,
            polyline=encode_polyline(shape),
            seconds=tuple(seconds for seconds, _ in legs),
            metres=tuple(metres for _, metres in legs),
        )

    def health(self) -> list[tuple[str, str]]:
        """Return whether the server answers and can do what plans need."""
        words = f"Valhalla at {self._url}"
        try:
            status = self._read_status()
        except RoadsDown as down:
            return [(words, str(down))]
        missing = {"sources_to_targets", "route", "locate"} - set(status.available_actions)
        if status.available_actions and missing:
            return [(words, f"{self._url} does not offer {', '.join(sorted(missing))}.")]
        if not status.tileset_last_modified:
            return [(words, f"{self._url} has no tiles.")]
        return [(f"Valhalla {status.version} at {self._url} answers", "")]

    def warm(self) -> None:
        """Do nothing: connections are made when they are needed."""

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    # --- questions --------------------------------------------------------------------------------

    def _version(self) -> str:
        """Return which tiles the server has; of a server that does not say, those it had before."""
        if self._clock() - self._looked_at >= LOOK_S:
            self._looked_at = self._clock()
            try:
                self._tiles = str(self._read_status().tileset_last_modified)
            except RoadsDown:
                # The question itself meets the same, and says so.
                return self._tiles
        return self._tiles

    def _read_status(self) -> _Status:
        """Return what the server says of itself. RoadsDown when it is no Valhalla."""
        try:
            answer = self._client.get(f"{self._url}/status")
        except httpx.HTTPError as error:
            raise RoadsDown(f"{self._url}: {type(error).__name__} {error}".strip()) from error
        try:
            status = _status.decode(answer.content)
        except msgspec.DecodeError as error:
            raise RoadsDown(self._is_none(answer.status_code)) from error
        if not status.version:
            raise RoadsDown(self._is_none(answer.status_code))
        return status

    def _is_none(self, status: int) -> str:
        known = "" if status >= _BROKEN else " and is no Valhalla server"
        return f"{self._url} answered {status}{known}"

    def _snaps(
        self, network: Network, points: Sequence[Point], deadline: float
    ) -> list[Snap | None]:
        """Return where on a street each point is put, None beyond the limit."""
        found: list[Snap | None] = []
        for first in range(0, len(points), LOCATED):
            self._check_time(deadline)
            some = points[first : first + LOCATED]
            asked = {"locations": self._locations(some), **_costing(network.mode)}
            try:
                answer = self._ask("locate", asked)
                for point, one in zip(some, answer, strict=True):
                    found.append(self._nearest(point, [*one["edges"], *one["nodes"]]))
            except _Refused as refused:
                raise RoadsDown(f"{self._url} refused: {refused}") from refused
            except (KeyError, TypeError, ValueError) as error:
                raise RoadsDown(f"{self._url} answered without {error}") from error
        return found

    def _nearest(self, point: Point, streets: Sequence[Any]) -> Snap | None:
        snaps: list[Snap] = []
        for one in streets:
            lat = one.get("correlated_lat", one.get("lat"))
            lng = one.get("correlated_lon", one.get("lon"))
            away_m = distance_m(point.lat, point.lng, lat, lng)
            snaps.append(Snap(Point(lat, lng), round(away_m, 1)))
        best = min(snaps, key=lambda snap: snap.distance_m, default=None)
        return best if best is not None and best.distance_m <= self._limit_m else None

    def _table(
        self, network: Network, starts: Sequence[Point], ends: Sequence[Point], deadline: float
    ) -> tuple[Grid, Grid]:
        seconds = np.full((len(starts), len(ends)), NO_WAY, np.int32)
        metres = seconds.copy()
        row = 0
        while row < len(starts):
            column, height = 0, self._blocks[0]
            while column < len(ends):
                self._check_time(deadline)
                size = self._blocks[0]
                here, there = starts[row : row + height], ends[column : column + size]
                try:
                    piece = self._piece(network, here, there)
                except _Refused as refused:
                    if refused.code != _TOO_MANY or len(self._blocks) == 1:
                        raise RoadsDown(f"{self._url} refused: {refused}") from refused
                    self._blocks = self._blocks[1:]
                    column, height = 0, self._blocks[0]
                    continue
                area = np.s_[row : row + len(here), column : column + len(there)]
                seconds[area], metres[area] = piece
                column += size
            row += height
        return seconds, metres

    def _piece(
        self, network: Network, starts: Sequence[Point], ends: Sequence[Point]
    ) -> tuple[Grid, Grid]:
        asked = {
            "sources": self._locations(starts),
            "targets": self._locations(ends),
            "units": "kilometers",
            "verbose": False,
            **_costing(network.mode),
        }
        try:
            found = self._ask("sources_to_targets", asked)["sources_to_targets"]
            if isinstance(found, list):  # older servers know no short form
                cells = cast("list[list[dict[str, Any]]]", found)
                times = [[cell["time"] for cell in line] for line in cells]
                lengths = [[cell["distance"] for cell in line] for line in cells]
            else:
                times, lengths = found["durations"], found["distances"]
            shape = (len(starts), len(ends))
            return _whole(times, 1, shape), _whole(lengths, M_PER_KM, shape)
        except _Refused as refused:
            if refused.code in _NOWHERE:
                nothing = np.full((len(starts), len(ends)), NO_WAY, np.int32)
                return nothing, nothing.copy()
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise RoadsDown(f"{self._url} answered without {error}") from error

    def _check_time(self, deadline: float) -> None:
        if self._clock() > deadline:
            raise RoadsDown(f"{self._url} took too long")

    def _locations(self, points: Sequence[Point]) -> list[dict[str, float]]:
        """Return points as the server reads them; it looks for streets within our limit only."""
        cutoff = max(1.0, self._limit_m)
        return [{"lat": one.lat, "lon": one.lng, "search_cutoff": cutoff} for one in points]

    def _ask(self, what: str, asked: Mapping[str, Any]) -> Any:
        """Return an answer of the server. _Refused for its errors, RoadsDown without any answer."""
        try:
            answer = self._client.post(f"{self._url}/{what}", content=msgspec.json.encode(asked))
        except httpx.HTTPError as error:
            raise RoadsDown(f"{self._url}: {type(error).__name__} {error}".strip()) from error
        try:
            found: Any = msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            raise RoadsDown(self._is_none(answer.status_code)) from error
        if isinstance(found, dict) and "error_code" in found:
            said = cast("dict[str, Any]", found)
            raise _Refused(int(said["error_code"]), str(said.get("error", "")))
        if answer.is_error:
            raise RoadsDown(self._is_none(answer.status_code))
        return cast("Any", found)


def _costing(mode: Mode) -> dict[str, Any]:
    name, options = COSTINGS[mode]
    return {"costing": name, **({"costing_options": {name: options}} if options else {})}


def _whole(rows: Any, factor: int, shape: tuple[int, int]) -> Grid:
    """Return a table of the server (numbers, null without connection) as whole numbers."""
    numbers = np.array(rows, np.float64)
    if numbers.shape != shape:
        problem = f"a table of {shape[0]} x {shape[1]}"
        raise ValueError(problem)
    return np.where(np.isnan(numbers), NO_WAY, np.rint(numbers * factor)).astype(np.int32)
