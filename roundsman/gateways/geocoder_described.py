"""Addresses at positions, kept for a while: vehicles end their trips where they ended others."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

from roundsman.core.geo import Point
from roundsman.gateways.geocoder import Geocoder

# 11 m: two ends of trips so near each other have the same address.
DECIMALS = 4
KEPT_MOST = 20_000
# A map may be imported anew meanwhile.
KEPT_S = 900.0
# One answer waits for so much time for its addresses; what is beyond it comes without.
PATIENCE_S = 3.0


class Described:
    """The addresses at positions. Threads may share it."""

    def __init__(
        self,
        geocoder: Geocoder,
        *,
        most: int = KEPT_MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._geocoder = geocoder
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Point, tuple[float, str]] = OrderedDict()

    def texts(self, points: Iterable[Point], patience_s: float = PATIENCE_S) -> dict[Point, str]:
        """Return the address at each point, empty where there is none or no time is left.

        Blocks: call it in a thread. A geocoder that gives no answer is not asked for the rest.
        """
        texts: dict[Point, str] = {}
        until = self._clock() + patience_s
        for point in dict.fromkeys(points):
            at = Point(round(point.lat, DECIMALS), round(point.lng, DECIMALS))
            known = self._known(at)
            if known is None and self._clock() < until:
                found = self._geocoder.describe(at)
                if found.is_final:
                    known = self._keep(at, found.text)
                else:
                    until = self._clock()
            texts[point] = known or ""
        return texts

    def _known(self, at: Point) -> str | None:
        with self._lock:
            kept = self._kept.get(at)
            if kept is None or self._clock() >= kept[0]:
                return None
            self._kept.move_to_end(at)
            return kept[1]

    def _keep(self, at: Point, text: str) -> str:
        with self._lock:
            self._kept[at] = (self._clock() + KEPT_S, text)
            self._kept.move_to_end(at)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return text
