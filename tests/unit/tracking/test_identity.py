"""Which of the new segments and visits are the old ones."""

from __future__ import annotations

from itertools import count

from roundsman.core.ids import MemberId
from roundsman.tracking.identity import (
    OPEN,
    StoredSegment,
    StoredVisit,
    match_segments,
    match_visits,
)
from roundsman.tracking.model import Edge, Gap, Quality, Stop, Visit


def stop(start_s: int, end_s: int) -> Stop:
    return Stop(
        start_ms=start_s * 1000,
        end_ms=end_s * 1000,
        start=Edge.MEASURED,
        end=Edge.MEASURED,
        lat_e7=0,
        lng_e7=0,
        confidence=Quality.GOOD,
        fixes=3,
    )


def visit(area: str, enter_s: int, exit_s: int) -> Visit:
    return Visit(
        area=area,
        enter_ms=enter_s * 1000,
        exit_ms=exit_s * 1000,
        estimated=False,
        fixes=3,
        acc_m=7.5,
        first_ms=enter_s * 1000,
        last_ms=exit_s * 1000,
        confirmed_ms=0,
        left_ms=0,
    )


def stored(number: int, enter_s: int, exit_s: int, area: str = "job:1") -> StoredVisit:
    return StoredVisit(f"v{number}", MemberId("w"), number, visit(area, enter_s, exit_s))


def fresh(seq: int, what: Visit) -> StoredVisit:
    return StoredVisit("new", MemberId("w"), seq, what)


def test_equal_segments_are_left_alone() -> None:
    old = [StoredSegment(7, 0, stop(0, 100)), StoredSegment(8, 1, stop(100, 300))]

    changes = match_segments(old, [(0, stop(0, 100)), (1, stop(100, 300))], count(90).__next__)

    assert (changes.save, changes.remove) == ([], [])


def test_a_segment_takes_over_the_id_of_the_one_it_overlaps_most() -> None:
    old = [StoredSegment(7, 0, stop(0, 100)), StoredSegment(8, OPEN, stop(100, 300))]

    changes = match_segments(old, [(0, stop(0, 160)), (1, stop(160, 400))], count(90).__next__)

    assert [one.id for one in changes.save] == [7, 8]
    assert changes.remove == []


def test_what_overlaps_by_less_than_half_is_new_and_the_old_one_goes() -> None:
    old = [StoredSegment(7, 0, stop(0, 100))]

    changes = match_segments(old, [(0, stop(80, 300))], count(90).__next__)

    assert ([one.id for one in changes.save], changes.remove) == ([90], [7])


def test_years_of_segments_keep_their_ids_when_each_is_seen_a_little_better() -> None:
    # Matching each with each would take minutes, in the transaction that everybody waits for.
    count_of_all = 20_000
    old = [StoredSegment(n + 1, n, stop(n * 100, n * 100 + 100)) for n in range(count_of_all)]
    new = [(n, stop(n * 100 + 5, n * 100 + 105)) for n in range(count_of_all)]

    changes = match_segments(old, new, count(10**6).__next__)

    assert [one.id for one in changes.save] == [one.id for one in old]
    assert changes.remove == []


def test_segments_of_another_kind_are_never_the_same() -> None:
    gap = Gap(
        start_ms=0,
        end_ms=100_000,
        metres=0.0,
        start_lat_e7=0,
        start_lng_e7=0,
        end_lat_e7=0,
        end_lng_e7=0,
    )

    changes = match_segments([StoredSegment(7, 0, stop(0, 100))], [(0, gap)], count(90).__next__)

    assert ([one.id for one in changes.save], changes.remove) == ([90], [7])


def test_a_visit_that_overlaps_one_of_the_same_area_is_that_visit() -> None:
    old = [stored(1, 0, 100), stored(2, 500, 0), stored(3, 0, 100, "job:2")]
    new = [(1, visit("job:1", 20, 130)), (OPEN, visit("job:1", 450, 900))]

    changes = match_visits(old, new, fresh)

    assert [(one.before and one.before.id, one.after and one.after.id) for one in changes] == [
        ("v3", None),
        ("v1", "v1"),
        ("v2", "v2"),
    ]


def test_unchanged_visits_are_not_told_again() -> None:
    old = [stored(1, 0, 100)]

    assert match_visits(old, [(1, visit("job:1", 0, 100))], fresh) == []
