"""Roads of somebody else: an OSRM server asked by HTTP (its API version 1)."""

import contextlib
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import httpx
import msgspec
import numpy as np

from roundsman.core.geo import Point
from roundsman.gateways.roads_model import (
    Block,
    Line,
    Network,
    NoSegment,
    RoadsDown,
    Snap,
    near_only,
    whole,
)
from roundsman.streets.model import Mode

# osrm-routed answers tables of 100 x 100 unless it is told more.
BLOCK = 100
CONNECT_S = 2.0
# For all pieces of a table together.
ANSWER_S = 20.0
# A server does not say when it has new roads: what it said is asked again after so long.
AGE_S = 3600
MODE = "{mode}"
_MOTOR: frozenset[Mode] = frozenset({"car", "van", "truck", "motorcycle"})
_NOWHERE = ("NoSegment", "NoRoute")


class Remote:
    """An OSRM server, or one per travel mode where the URL has `{mode}` in it.

    A URL without `{mode}` is taken for a server with streets for cars.
    """

    def __init__(self, url: str, *, limit_m: float, longest_s: float = ANSWER_S) -> None:
        self._url = url.rstrip("/")
        self._longest_s = longest_s
        self._limit_m = limit_m
        self._client = httpx.Client(
            timeout=httpx.Timeout(longest_s, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
        )

    def network(self, points: Sequence[Point], mode: Mode) -> Network | str:
        """Return the server for a mode; it is taken to know the whole world."""
        if MODE not in self._url and mode not in _MOTOR:
            return f"The road server has streets for cars, not for {mode}."
        return Network(
            roads="osrm:remote",
            version=str(int(time.monotonic() // AGE_S)),
            mode=mode,
            at=self._url.replace(MODE, mode),
            inside=(True,) * len(points),
        )

    def block(
        self, network: Network, points: Sequence[Point], froms: Sequence[int], tos: Sequence[int]
    ) -> Block:
        """Return travel between points, given by their index, in pieces the server accepts."""
        deadline = time.monotonic() + self._longest_s

        def ask(at: Sequence[int], starts: Sequence[int], ends: Sequence[int]) -> Block:
            seconds = np.empty((len(starts), len(ends)), np.int32)
            metres = seconds.copy()
            snaps: dict[int, Snap] = {}
            for row in range(0, len(starts), BLOCK):
                for column in range(0, len(ends), BLOCK):
                    if time.monotonic() > deadline:
                        raise RoadsDown(f"{network.at} took too long")
                    here, there = starts[row : row + BLOCK], ends[column : column + BLOCK]
                    piece = self._piece(network, points, here, there, snaps)
                    seconds[row : row + BLOCK, column : column + BLOCK] = piece[0]
                    metres[row : row + BLOCK, column : column + BLOCK] = piece[1]
            return Block([snaps.get(index) for index in at], seconds, metres)

        try:
            return near_only(ask, None, len(points), froms, tos)
        except NoSegment:
            near = [self._is_near(network, point) for point in points]
            return near_only(ask, near, len(points), froms, tos)

    def line(self, network: Network, points: Sequence[Point]) -> Line | None:
        """Return the way along points, None where there is none."""
        found = self._get(
            network,
            "route",
            points,
            {"geometries": "polyline", "overview": "full", "generate_hints": "false"},
        )
        if found["code"] in _NOWHERE:
            return None
        with _understood(network):
            way = found["routes"][0]
            return Line(
                roads=network.roads,
                polyline=way["geometry"],
                seconds=tuple(round(leg["duration"]) for leg in way["legs"]),
                metres=tuple(round(leg["distance"]) for leg in way["legs"]),
            )

    def health(self) -> list[tuple[str, str]]:
        """Return whether the server answers; that it knows no street at 0/0 is an answer."""
        network = self.network((), "car")
        assert isinstance(network, Network)  # noqa: S101 - cars are always served
        words = f"OSRM at {network.at}"
        try:
            self._get(network, "nearest", [Point(0.0, 0.0)], {})
        except RoadsDown as down:
            return [(words, str(down))]
        return [(f"{words} answers", "")]

    def warm(self) -> None:
        """Do nothing: connections are made when they are needed."""

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _piece(
        self,
        network: Network,
        points: Sequence[Point],
        starts: Sequence[int],
        ends: Sequence[int],
        snaps: dict[int, Snap],
    ) -> tuple[Any, Any]:
        at = list(dict.fromkeys([*starts, *ends]))
        place = {index: number for number, index in enumerate(at)}
        found = self._get(
            network,
            "table",
            [points[index] for index in at],
            {
                "sources": ";".join(str(place[index]) for index in starts),
                "destinations": ";".join(str(place[index]) for index in ends),
                "annotations": "duration,distance",
                "generate_hints": "false",
            },
        )
        if found["code"] == _NOWHERE[0]:
            raise NoSegment
        with _understood(network):
            for side, name in ((starts, "sources"), (ends, "destinations")):
                for index, where in zip(side, found[name], strict=True):
                    lng, lat = where["location"]
                    snaps[index] = Snap(Point(lat, lng), round(where["distance"], 1))
            return whole(found["durations"]), whole(found["distances"])

    def _is_near(self, network: Network, point: Point) -> bool:
        return bool(self._get(network, "nearest", [point], {})["code"] == "Ok")

    def _get(
        self, network: Network, what: str, points: Sequence[Point], wanted: Mapping[str, str]
    ) -> Any:
        """Return an answer of the server. RoadsDown when it is none, or a refusal but NoSegment."""
        where = ";".join(f"{point.lng:.6f},{point.lat:.6f}" for point in points)
        limits = ";".join([f"{self._limit_m:g}"] * len(points))
        url = f"{network.at}/{what}/v1/{network.mode}/{where}"
        try:
            answer = self._client.get(url, params={**wanted, "radiuses": limits})
        except httpx.HTTPError as error:
            raise RoadsDown(f"{network.at}: {type(error).__name__} {error}".strip()) from error
        try:
            found: Any = msgspec.json.decode(answer.content)
            code = found["code"]
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            problem = f"{network.at} answered {answer.status_code} and is no OSRM server"
            raise RoadsDown(problem) from error
        if code != "Ok" and code not in _NOWHERE:
            raise RoadsDown(f"{network.at} refused: {code} {found.get('message', '')}".strip())
        return found


@contextlib.contextmanager
def _understood(network: Network) -> Generator[None]:
    """Make RoadsDown of an answer that lacks what it should hold, as those of old servers do."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RoadsDown(f"{network.at} answered without {error}") from error
