"""What a member drove: trips with their paths, for histories, maps and reports."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from roundsman.core.ids import CompanyId, MemberId
from roundsman.storage.database import Tx
from roundsman.tracking import grouping
from roundsman.tracking.identity import StoredSegment
from roundsman.tracking.model import Cut, Stop, Trip
from roundsman.tracking.parameters import VEHICLE
from roundsman.tracking.queries import fixes, segments

# More of them in one answer than anybody looks at.
MOST_SEGMENTS = 20_000
MOST_POINTS = 100_000
# What lies this close around a span may belong to a trip that reaches into it.
_AROUND_MS = 3_600_000

type Spot = tuple[int, int]


class Track(Struct, frozen=True, kw_only=True):
    """A trip as people count it, one or more of the fold with short pauses between them.

    `points` is the line it took (1e-7 degrees), heights are metres.
    """

    id: int
    member: MemberId
    trips: list[Trip]
    points: list[Spot]
    lowest_m: float
    highest_m: float

    @property
    def start_ms(self) -> int:
        """Return when it began."""
        return self.trips[0].start_ms

    @property
    def end_ms(self) -> int:
        """Return when it ended, or was seen last."""
        return self.trips[-1].end_ms

    @property
    def metres(self) -> float:
        """Return how far it went, silences included."""
        return sum(trip.metres + trip.estimated_m for trip in self.trips)


class Path(Struct, frozen=True, kw_only=True):
    """A member's line and stops within a span of time, and the metres driven in it."""

    points: list[Spot]
    metres: float
    stops: list[Stop]


def tracks(
    tx: Tx, company: CompanyId, members: Iterable[MemberId], since_ms: int, until_ms: int
) -> list[Track]:
    """Return the trips of members that overlap a span, in order of time."""
    found: list[Track] = []
    around = (since_ms - _AROUND_MS, until_ms + _AROUND_MS)
    for member in members:
        stored = _segments(tx, company, member, *around)
        visits = segments.visits_within(tx, company, member, around, MOST_SEGMENTS)
        found += [
            _track(tx, company, member, group)
            for group in grouping.groups(stored, [one.what for one in visits])
            if group[0].what.start_ms <= until_ms and group[-1].what.end_ms >= since_ms
        ]
    return sorted(found, key=lambda track: (track.start_ms, track.member, track.id))


def path(tx: Tx, company: CompanyId, member: MemberId, since_ms: int, until_ms: int) -> Path:
    """Return what a member drove within a span; trips that reach out of it are cut."""
    points: list[Spot] = []
    stops: list[Stop] = []
    total_m = 0.0
    for stored in _segments(tx, company, member, since_ms, until_ms):
        what = stored.what
        if isinstance(what, Stop):
            stops.append(what)
            points.append((what.lat_e7, what.lng_e7))
        elif isinstance(what, Trip):
            total_m += metres_between(what, since_ms, until_ms)
            cut = (max(what.start_ms, since_ms), min(what.end_ms, until_ms))
            points += [(row[1], row[2]) for row in _rows(tx, company, member, cut)]
    return Path(points=points, metres=round(total_m, 1), stops=stops)


def metres_between(trip: Trip, since_ms: int, until_ms: int) -> float:
    """Return the metres of a trip within a span: exact at midnights, by time elsewhere."""
    return _metres_until(trip, until_ms) - _metres_until(trip, since_ms)


def _metres_until(trip: Trip, at_ms: int) -> float:
    """Return the metres, measured and estimated, that a trip has come to at a moment."""
    whole_m = trip.metres + trip.estimated_m
    if at_ms >= trip.end_ms:
        return whole_m
    if at_ms <= trip.start_ms:
        return 0.0
    ends = [
        Cut(trip.start_ms, 0.0, 0.0),
        *trip.cuts,
        Cut(trip.end_ms, trip.metres, trip.estimated_m),
    ]
    before = max((cut for cut in ends if cut.at_ms <= at_ms), key=lambda cut: cut.at_ms)
    after = min((cut for cut in ends if cut.at_ms > at_ms), key=lambda cut: cut.at_ms)
    share = (at_ms - before.at_ms) / (after.at_ms - before.at_ms)
    before_m = before.metres + before.estimated_m
    return before_m + share * (after.metres + after.estimated_m - before_m)


def _segments(
    tx: Tx, company: CompanyId, member: MemberId, since_ms: int, until_ms: int
) -> Sequence[StoredSegment]:
    span = (since_ms, until_ms)
    return segments.segments_within(tx, company, member, span, MOST_SEGMENTS)


def _track(tx: Tx, company: CompanyId, member: MemberId, group: grouping.Group) -> Track:
    trips = [stored.what for stored in group if isinstance(stored.what, Trip)]
    first, last = trips[0], trips[-1]
    rows = _rows(tx, company, member, (first.start_ms + 1, last.end_ms - 1))
    heights = [row[3] for row in rows if row[3] is not None]
    return Track(
        id=group[0].id,
        member=member,
        trips=trips,
        points=[
            (first.start_lat_e7, first.start_lng_e7),
            *((row[1], row[2]) for row in rows),
            (last.end_lat_e7, last.end_lng_e7),
        ],
        lowest_m=min(heights, default=0.0),
        highest_m=max(heights, default=0.0),
    )


def _rows(
    tx: Tx, company: CompanyId, member: MemberId, span_ms: tuple[int, int]
) -> list[tuple[int, int, int, float | None]]:
    return fixes.path(
        tx, company, member, span_ms, coarsest_m=VEHICLE.max_accuracy_m, most=MOST_POINTS
    )
