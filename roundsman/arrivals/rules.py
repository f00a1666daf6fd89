"""How sure an expected arrival is, and when a change of it is worth telling. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from msgspec.structs import replace

from roundsman.arrivals.model import BINS_MIN, LEADS_MIN, Errors, Expected

# The range holds this share of arrivals.
SHARE = 0.8
# Before so many arrivals of a kind were measured, a range that grows with the lead is used.
ENOUGH = 20
LEAST_MS = 120_000
_FIRST_MS, _FIRST_PART = 180_000, 0.15
# Counts are halved when a kind has so many, so that a company that changes is believed.
_MOST = 1000
_MINUTE_MS = 60_000


def lead_of(ahead_ms: int) -> int:
    """Return the kind of a lead: the number of the first of LEADS_MIN that holds it."""
    return bisect_left(LEADS_MIN, max(0, ahead_ms) / _MINUTE_MS)


def half_width_ms(ahead_ms: int, errors: Errors) -> int:
    """Return how far before and after the expected moment the range reaches."""
    counts = errors.get(lead_of(ahead_ms), ())
    total = sum(counts)
    if total < ENOUGH:
        return round(_FIRST_MS + _FIRST_PART * max(0, ahead_ms))
    for number, reached in enumerate(accumulate(counts)):
        if reached >= SHARE * total:
            # Beyond the last bin nothing is known but that it was more.
            edge = BINS_MIN[number] if number < len(BINS_MIN) else 2 * BINS_MIN[-1]
            return max(LEAST_MS, edge * _MINUTE_MS)
    raise AssertionError  # all counts together are the total


def ranged(one: Expected, errors: Errors, now_ms: int) -> Expected:
    """Return the expected arrival with its range, which never begins before now."""
    width = half_width_ms(one.arrive_ms - now_ms, errors)
    low_ms = max(min(now_ms, one.arrive_ms), one.arrive_ms - width)
    return replace(one, low_ms=low_ms, high_ms=one.arrive_ms + width)


def foreseen(before: Expected | None, one: Expected, now_ms: int) -> Mapping[int, int]:
    """Return what was expected when each kind of lead began, this moment's among them."""
    known = dict(before.foreseen) if before is not None else {}
    known.setdefault(lead_of(one.arrive_ms - now_ms), one.arrive_ms)
    return known


def is_news(one: Expected, threshold_s: int) -> bool:
    """Tell whether an arrival moved so far from what was told that others are to hear of it."""
    return abs(one.arrive_ms - one.told_ms) >= threshold_s * 1000


def has_moved(before: Expected | None, one: Expected) -> bool:
    """Tell whether an arrival is another one for people, by half a minute or more."""
    if before is None:
        return True
    return before.basis != one.basis or any(
        abs(old - new) >= _MINUTE_MS // 2
        for old, new in (
            (before.arrive_ms, one.arrive_ms),
            (before.low_ms, one.low_ms),
            (before.high_ms, one.high_ms),
        )
    )


def measured(counts: Sequence[int], foreseen_ms: int, actual_ms: int) -> list[int]:
    """Return the counts of a kind of lead with one more arrival."""
    after = list(counts) or [0] * (len(BINS_MIN) + 1)
    if sum(after) >= _MOST:
        after = [count // 2 for count in after]
    after[bisect_left(BINS_MIN, abs(actual_ms - foreseen_ms) / _MINUTE_MS)] += 1
    return after
