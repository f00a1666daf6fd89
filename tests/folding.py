"""Folding in a test: fixes in, segments and visits out, nothing stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundsman.core.ids import DeviceId
from roundsman.places.areas import FOREVER_MS, NOWHERE, Area, AreaIndex
from roundsman.tracking import pipeline
from roundsman.tracking.memory import State
from roundsman.tracking.model import Dropped, Fix, Gap, Passage, Segment, Stop, Trip, Visit
from roundsman.tracking.parameters import VEHICLE, Parameters
from tests.days import MORNING_MS, on_earth

if TYPE_CHECKING:
    from collections.abc import Sequence


class Outcome:
    """What a list of fixes folds into, the open tail included."""

    def __init__(
        self,
        fixes: Sequence[Fix],
        rules: Parameters = VEHICLE,
        areas: AreaIndex = NOWHERE,
        now_ms: int | None = None,
    ) -> None:
        ordered = pipeline.in_order(fixes)
        step = pipeline.advance(State(), ordered, rules, areas)
        last_ms = ordered[-1].ts_ms if ordered else MORNING_MS
        tail = pipeline.close(step.state, now_ms or last_ms, rules, areas)
        self.state = step.state
        self.tail = tail
        self.segments: list[Segment] = [
            each for each in step.outcomes if isinstance(each, Stop | Trip | Gap)
        ]
        self.segments += tail.segments
        self.visits = [each for each in step.outcomes if isinstance(each, Visit)]
        self.visits += tail.visits
        self.passages = [each for each in step.outcomes if isinstance(each, Passage)]
        self.dropped = [each for each in step.outcomes if isinstance(each, Dropped)]

    @property
    def shape(self) -> str:
        """Return the segments as letters: `STS` is a stop, a trip and a stop."""
        return "".join(type(each).__name__[0] for each in self.segments)

    @property
    def stops(self) -> list[Stop]:
        return [each for each in self.segments if isinstance(each, Stop)]

    @property
    def trips(self) -> list[Trip]:
        return [each for each in self.segments if isinstance(each, Trip)]

    @property
    def gaps(self) -> list[Gap]:
        return [each for each in self.segments if isinstance(each, Gap)]


class Pencil:
    """Draws fixes by hand, in seconds of the morning and metres from home."""

    def __init__(self, *, acc_m: float | None = 8.0, device: str = "van") -> None:
        self.fixes: list[Fix] = []
        self.acc_m = acc_m
        self.device = device
        self.now_s = 0
        self.x = 0.0
        self.y = 0.0

    def fix(
        self,
        x: float | None = None,
        y: float | None = None,
        *,
        acc_m: float | None = None,
        speed_mps: float | None = None,
    ) -> Fix:
        """Measure now, here or at a spot."""
        lat, lng = on_earth(self.x if x is None else x, self.y if y is None else y)
        made = Fix(
            device=DeviceId(self.device),
            ts_ms=MORNING_MS + self.now_s * 1000,
            rcv_ms=MORNING_MS + self.now_s * 1000,
            lat_e7=round(lat * 1e7),
            lng_e7=round(lng * 1e7),
            acc_m=self.acc_m if acc_m is None else acc_m,
            speed_mps=speed_mps,
        )
        self.fixes.append(made)
        return made

    def stand(self, seconds: int, every_s: int = 10) -> Pencil:
        """Stay and report on a timer."""
        for _ in range(seconds // every_s):
            self.fix(speed_mps=0.0)
            self.now_s += every_s
        return self

    def go(self, x: float, y: float, *, mps: float = 12.0, every_s: int = 10) -> Pencil:
        """Drive straight to a spot and report on a timer; the last step lands on it."""
        while (away := ((x - self.x) ** 2 + (y - self.y) ** 2) ** 0.5) > 0.5:
            step = min(1.0, mps * every_s / away)
            self.fix(speed_mps=mps)
            self.x += (x - self.x) * step
            self.y += (y - self.y) * step
            self.now_s += every_s
        return self

    def sleep(self, seconds: int) -> Pencil:
        """Say nothing."""
        self.now_s += seconds
        return self

    def jump(self, x: float, y: float) -> Pencil:
        """Be somewhere else, unseen."""
        self.x, self.y = x, y
        return self


def area_at(
    x: float,
    y: float,
    *,
    radius_m: int = 100,
    name: str = "job:1",
    from_s: int | None = None,
    until_s: int | None = None,
    enter_until_s: int | None = None,
) -> Area:
    """Return an area around a spot, for a while given in seconds of the morning."""
    lat, lng = on_earth(x, y)
    kind, _, subject = name.partition(":")
    return Area(
        id=name,
        kind=kind,
        subject=subject,
        lat_e7=round(lat * 1e7),
        lng_e7=round(lng * 1e7),
        radius_m=radius_m,
        from_ms=0 if from_s is None else MORNING_MS + from_s * 1000,
        until_ms=FOREVER_MS if until_s is None else MORNING_MS + until_s * 1000,
        enter_until_ms=FOREVER_MS if enter_until_s is None else MORNING_MS + enter_until_s * 1000,
    )


def at_s(ms: int) -> int:
    """Return the second of the morning."""
    return round((ms - MORNING_MS) / 1000)
