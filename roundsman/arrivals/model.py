"""An expected arrival as it is kept, and how far off such arrivals were before."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec import Struct

from roundsman.core.ids import JobId, MemberId

# Nobody is looked at more often than this.
EVERY = timedelta(seconds=30)
# How long before it an arrival was expected, as kinds of their own: up to so many minutes.
LEADS_MIN: Sequence[int] = (15, 30, 60, 120, 240)
# How far off arrivals were: up to so many minutes, and beyond.
BINS_MIN: Sequence[int] = (2, 4, 6, 8, 10, 15, 20, 30, 45, 60, 90)

# For each kind of lead (by number), how many arrivals fell into each bin of error.
type Errors = Mapping[int, Sequence[int]]


class Expected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When a member is expected at a job; times are milliseconds since 1970 UTC.

    The range `low_ms` to `high_ms` holds four of five arrivals by what was measured. `basis` is
    what it was worked out from (see `dispatch.eta.Origin`), `at_ms` when. `told_ms` is the arrival
    that others last heard of; `foreseen` what was expected when each kind of lead began.
    """

    job: JobId
    member: MemberId
    day: int
    arrive_ms: int
    low_ms: int
    high_ms: int
    leave_ms: int
    basis: str
    roads: str
    at_ms: int
    told_ms: int = 0
    foreseen: Mapping[int, int] = {}
