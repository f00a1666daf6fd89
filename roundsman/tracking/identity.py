"""Which of the new segments and visits are the old ones, seen better now (pure).

A refold gives a list anew; ids belong to what happened, not to a row. So each new segment takes
over the id of the old one of its kind that it overlaps most, if by half, and each visit that of the
old visit of the same area that it overlaps.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from roundsman.core.ids import MemberId
from roundsman.tracking.model import Gap, Segment, Stop, Trip, Visit

# The number of an outcome that is not certain yet: the open tail.
OPEN = -1

_HALF = 0.5
_STILL_INSIDE_MS = 2**62


class StoredSegment(Struct, frozen=True):
    """A segment with its id and the number of the outcome it was."""

    id: int
    seq: int
    what: Segment


class StoredVisit(Struct, frozen=True):
    """A visit with its id and the number of the outcome it was."""

    id: str
    member: MemberId
    seq: int
    what: Visit


class SegmentChanges(Struct, frozen=True):
    """What has to be written and what deleted."""

    save: list[StoredSegment]
    remove: list[int]


class VisitChange(Struct, frozen=True):
    """A visit before and after; `before` None is a new one, `after` None never was."""

    before: StoredVisit | None
    after: StoredVisit | None


def match_segments(
    old: Sequence[StoredSegment],
    new: Sequence[tuple[int, Segment]],
    new_id: Callable[[], int],
) -> SegmentChanges:
    """Return what makes the stored segments the new ones; equal rows are left alone.

    The cost grows with their number alone, so that a fix from long ago, after which years are
    matched, keeps nobody waiting.
    """
    left = {one.id: one for one in old}
    by_kind = {kind: _in_order(old, kind) for kind in (Stop, Trip, Gap)}
    save: list[StoredSegment] = []
    for seq, what in new:
        around = (one for one in _around(by_kind[type(what)], what) if one.id in left)
        twin = _most_overlapping(around, what)
        if twin is None:
            save.append(StoredSegment(new_id(), seq, what))
            continue
        del left[twin.id]
        if twin.seq != seq or twin.what != what:
            save.append(StoredSegment(twin.id, seq, what))
    return SegmentChanges(save, list(left))


def match_visits(
    old: Sequence[StoredVisit],
    new: Sequence[tuple[int, Visit]],
    new_visit: Callable[[int, Visit], StoredVisit],
) -> list[VisitChange]:
    """Return how each visit changed, in order of time; unchanged ones are left out."""
    left: dict[str, list[StoredVisit]] = defaultdict(list)
    for one in old:
        left[one.what.area].append(one)
    changes: list[VisitChange] = []
    for seq, what in new:
        of_area = left[what.area]
        twin = next((one for one in of_area if _overlaps(one.what, what)), None)
        if twin is None:
            changes.append(VisitChange(None, new_visit(seq, what)))
            continue
        of_area.remove(twin)
        if twin.seq != seq or twin.what != what:
            after = StoredVisit(twin.id, twin.member, seq, what)
            changes.append(VisitChange(twin, after))
    changes += [VisitChange(one, None) for of_area in left.values() for one in of_area]
    return sorted(changes, key=_when)


def _when(change: VisitChange) -> int:
    told = change.after or change.before
    return told.what.enter_ms if told else 0


def _in_order(old: Sequence[StoredSegment], kind: type[Segment]) -> list[StoredSegment]:
    return sorted((one for one in old if isinstance(one.what, kind)), key=_start_ms)


def _start_ms(one: StoredSegment) -> int:
    return one.what.start_ms


def _around(ordered: Sequence[StoredSegment], new: Segment) -> Sequence[StoredSegment]:
    """Return those that may overlap. Segments of one fold do not overlap one another."""
    after = bisect_right(ordered, new.end_ms, key=_start_ms)
    first = after
    while first > 0 and ordered[first - 1].what.end_ms >= new.start_ms:
        first -= 1
    return ordered[first:after]


def _most_overlapping(around: Iterable[StoredSegment], new: Segment) -> StoredSegment | None:
    best, most_ms = None, -1
    for one in around:
        what = one.what
        common_ms = min(what.end_ms, new.end_ms) - max(what.start_ms, new.start_ms)
        shorter_ms = min(what.end_ms - what.start_ms, new.end_ms - new.start_ms)
        if common_ms >= max(0, shorter_ms * _HALF) and common_ms > most_ms:
            best, most_ms = one, common_ms
    return best


def _overlaps(one: Visit, other: Visit) -> bool:
    one_end_ms = one.exit_ms or _STILL_INSIDE_MS
    other_end_ms = other.exit_ms or _STILL_INSIDE_MS
    return one.enter_ms <= other_end_ms and other.enter_ms <= one_end_ms
