"""Trips as people count them: a short pause on the way does not end a trip (pure).

Grouping comes after the fold and changes nothing of it: the parts keep their ids, the group has
that of its first part.
"""

from collections.abc import Iterable, Sequence

from roundsman.tracking.identity import StoredSegment
from roundsman.tracking.model import Stop, Trip, Visit

# A stop shorter than this does not end a trip, unless it was at a place or job.
SPLIT_MS = 300_000
# Trips below either are not shown; their metres still count.
LEAST_M = 200.0
LEAST_MS = 60_000

type Group = list[StoredSegment]


def groups(segments: Iterable[StoredSegment], visits: Sequence[Visit]) -> list[Group]:
    """Return the trips in order, those with only a pause between them together."""
    found: list[Group] = []
    pause_ms: int | None = None
    for stored in segments:
        what = stored.what
        if isinstance(what, Trip):
            if found and pause_ms is not None and pause_ms < SPLIT_MS:
                found[-1].append(stored)
            else:
                found.append([stored])
            pause_ms = 0
        elif isinstance(what, Stop) and not _is_visited(what, visits):
            pause_ms = None if pause_ms is None else pause_ms + what.end_ms - what.start_ms
        else:
            pause_ms = None
    return [group for group in found if _is_shown(group)]


def _is_visited(stop: Stop, visits: Sequence[Visit]) -> bool:
    return any(
        visit.enter_ms < stop.end_ms and (visit.exit_ms == 0 or visit.exit_ms > stop.start_ms)
        for visit in visits
    )


def _is_shown(group: Group) -> bool:
    trips = [stored.what for stored in group if isinstance(stored.what, Trip)]
    metres = sum(trip.metres + trip.estimated_m for trip in trips)
    return metres >= LEAST_M and trips[-1].end_ms - trips[0].start_ms >= LEAST_MS
