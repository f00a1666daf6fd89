"""Arrivals become check-ins: at which of several jobs a person is at work, and when. Pure.

People are inside the areas of several jobs at once: two jobs at one address, or neighbours. They
are checked in at one at a time: the first in the order of the route that is not finished; when that
is finished while they are still inside, at the next. What a person says by hand goes before what
was measured (tracking.md 6.4, product.md 7.2). Times are milliseconds since 1970 UTC, 0 for none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from roundsman.core.clock import to_ms
from roundsman.jobs.model import Job

_FAR = 2**62
_UNNUMBERED = 10**9
# A departure is known about this long after it happened.
EXIT_NOTICE_MS = 120_000
# Who leaves one of two areas that overlap is at work in the other if they stay there so long.
LEAST_REST_MS = 60_000


class Stay(Struct, frozen=True, kw_only=True):
    """A measured presence in the area of a job; `exit_ms` 0 while it goes on."""

    job: str
    enter_ms: int
    exit_ms: int = 0

    def covers(self, at_ms: int) -> bool:
        """Tell whether the presence lasted over a moment."""
        return self.enter_ms <= at_ms <= (self.exit_ms or _FAR)


class Entry(Struct, frozen=True, kw_only=True):
    """What counts of a job: its place in the route, its end, and what was said by hand.

    `in_ms` is the known check-in, measured or not. Stays entered until `void_until_ms` do not
    count, because a person took their check-in away.
    """

    rank: tuple[int, int, int, str]
    finished_ms: int = 0
    in_ms: int = 0
    hand_in_ms: int = 0
    hand_out_ms: int = 0
    void_until_ms: int = 0


class Span(Struct, kw_only=True):
    """A time at work on a job; `end_ms` 0 while it goes on."""

    start_ms: int
    end_ms: int = 0


class Verdict(Struct, frozen=True):
    """The times at work on each job, and when to look again though nothing is told (0: never)."""

    spans: dict[str, list[Span]]
    look_again_ms: int


def entry_of(job: Job) -> Entry:
    """Return what counts of a job."""
    said_in, said_out = job.check_in_said_at, job.check_out_said_at
    in_ms = to_ms(job.checked_in_at)
    ends = [to_ms(end) for end in (job.done_at, job.failed_at) if end]
    if ends and not said_in and in_ms:
        # Who was checked in by measure did not finish before.
        ends = [max(end, in_ms + 1) for end in ends]
    ends += [to_ms(end) for end in (_declined_at(job), job.archived_at) if end]
    finished_ms = min([*ends, to_ms(job.saved_at)]) if ends else 0
    return Entry(
        rank=(
            job.number or _UNNUMBERED,
            to_ms(job.scheduled_start) or _FAR,
            to_ms(job.created_at),
            job.id,
        ),
        finished_ms=finished_ms,
        in_ms=in_ms,
        hand_in_ms=in_ms if said_in else 0,
        hand_out_ms=to_ms(job.checked_out_at) if said_out else 0,
        void_until_ms=to_ms(said_in) if said_in and not in_ms else 0,
    )


def _declined_at(job: Job) -> datetime | None:
    """Return when the person declined the job, unless they accepted it afterwards."""
    declined, accepted = job.rejected_at, job.accepted_at
    return declined if declined and not (accepted and accepted >= declined) else None


def arbitrate(
    stays: Sequence[Stay],
    entries: Mapping[str, Entry],
    *,
    delay_ms: int,
    now_ms: int,
    newcomer: str = "",
) -> Verdict:
    """Return when a person was at work on which job, given where they were.

    `delay_ms` is the least time on site that counts. Arrivals within it are one arrival, at which
    the route decides; later only `newcomer`, the job whose arrival has just become known, may take
    the place of a job that is checked in: a route that is put in another order afterwards does not
    rewrite the day.
    """
    sweep = _Sweep(entries, delay_ms, now_ms, newcomer)
    moments: list[tuple[int, int, Stay]] = []
    for stay in stays:
        entry = entries.get(stay.job)
        if entry is None or stay.enter_ms <= entry.void_until_ms:
            continue
        if 0 < stay.exit_ms <= stay.enter_ms:
            continue
        moments.append((stay.enter_ms, _ENTER, stay))
        for at_ms, kind in (
            (entry.finished_ms, _FINISH),
            (entry.hand_out_ms, _FINISH),
            (entry.hand_in_ms, _BY_HAND),
        ):
            if at_ms and stay.covers(at_ms):
                moments.append((at_ms, kind, stay))
        if stay.exit_ms:
            moments.append((stay.exit_ms, _LEAVE, stay))
    moments.sort(key=lambda moment: (moment[0], moment[1], entries[moment[2].job].rank))
    for at_ms, kind, stay in moments:
        _STEPS[kind](sweep, at_ms, stay)
    return Verdict(sweep.spans, sweep.look_again_ms)


class _Sweep:
    """The state while the moments of a day pass by in order."""

    def __init__(
        self, entries: Mapping[str, Entry], delay_ms: int, now_ms: int, newcomer: str
    ) -> None:
        self.entries = entries
        self.delay_ms = delay_ms
        self.now_ms = now_ms
        self.newcomer = newcomer
        self.inside: dict[str, Stay] = {}
        self.spans: dict[str, list[Span]] = {}
        self.active = ""
        self.is_settled = False
        self.look_again_ms = 0

    def enter(self, at_ms: int, stay: Stay) -> None:
        """Arrive: at the only job, or at the one that comes first."""
        self.inside[stay.job] = stay
        if not self.is_open(stay.job, at_ms):
            return
        if self.active and self.is_open(self.active, at_ms):
            since_ms = self.spans[self.active][-1].start_ms
            arrived_together = at_ms - since_ms <= self.delay_ms and not self.is_settled
            if not arrived_together or not self.goes_before(stay.job, self.active):
                return
            self.spans[self.active].pop()
            self.active = ""
        self.begin(stay.job, at_ms)

    def leave(self, at_ms: int, stay: Stay) -> None:
        """Depart; whoever stays in the area of another job is at that one now.

        Fences that overlap are left within moments of each other, so that must last a while.
        """
        if self.inside.get(stay.job) is stay:
            del self.inside[stay.job]
        if self.active != stay.job:
            return
        self.end(at_ms)
        lasting = [job for job in self.waiting(at_ms) if self.lasts(self.inside[job], at_ms)]
        if lasting:
            self.begin(min(lasting, key=self.key), at_ms)

    def finish(self, at_ms: int, stay: Stay) -> None:
        """Be done with a job, or check out by hand: the next one begins at that moment."""
        waiting = self.waiting(at_ms)
        if self.active == stay.job:
            if waiting:
                self.begin(min(waiting, key=self.key), at_ms)
            elif self.entries[stay.job].hand_out_ms == at_ms:
                self.end(at_ms)

    def by_hand(self, at_ms: int, stay: Stay) -> None:
        """Check in by hand: that is the job, whatever the route says."""
        is_here = self.inside.get(stay.job) is stay
        if is_here and self.active != stay.job and self.is_open(stay.job, at_ms):
            self.begin(stay.job, at_ms)
        if self.active == stay.job:
            self.is_settled = True

    def begin(self, job: str, at_ms: int) -> None:
        """Be at work on a job from now on, and no longer on another."""
        self.end(at_ms)
        self.active = job
        self.spans.setdefault(job, []).append(Span(start_ms=at_ms))

    def end(self, at_ms: int) -> None:
        """Be at work on nothing."""
        if self.active:
            span = self.spans[self.active][-1]
            span.end_ms = at_ms
            if at_ms <= span.start_ms:
                self.spans[self.active].pop()
        self.active = ""
        self.is_settled = False

    def waiting(self, at_ms: int) -> list[str]:
        """Return the jobs in whose areas the person is and that are not finished."""
        return [job for job in self.inside if job != self.active and self.is_open(job, at_ms)]

    def is_open(self, job: str, at_ms: int) -> bool:
        """Tell whether there was still something to do at a moment."""
        entry, stay = self.entries[job], self.inside[job]
        is_out = stay.enter_ms <= entry.hand_out_ms <= at_ms
        return not is_out and not 0 < entry.finished_ms <= at_ms

    def lasts(self, stay: Stay, at_ms: int) -> bool:
        """Tell whether a presence went on long enough to count; if it may yet, look again."""
        if stay.exit_ms:
            return stay.exit_ms - at_ms >= max(self.delay_ms, LEAST_REST_MS)
        sure_ms = at_ms + max(self.delay_ms, LEAST_REST_MS) + EXIT_NOTICE_MS
        if self.now_ms >= sure_ms:
            return True
        self.look_again_ms = min(self.look_again_ms or _FAR, sure_ms)
        return False

    def goes_before(self, job: str, other: str) -> bool:
        """Tell which of two jobs an arrival is at; what is settled stays, but for the newcomer."""
        if self.newcomer in {job, other} or self.is_known(job) == self.is_known(other):
            return self.entries[job].rank < self.entries[other].rank
        return self.is_known(job)

    def key(self, job: str) -> tuple[bool, tuple[int, int, int, str]]:
        """Return the order in which waiting jobs are chosen: settled ones, then by the route."""
        return not self.is_known(job), self.entries[job].rank

    def is_known(self, job: str) -> bool:
        """Tell whether the person was checked in at the job during this presence before."""
        known_ms = self.entries[job].in_ms
        return known_ms > 0 and self.inside[job].covers(known_ms)


# In this order where several things happen at one moment.
_LEAVE, _FINISH, _ENTER, _BY_HAND = range(4)
_STEPS = (_Sweep.leave, _Sweep.finish, _Sweep.enter, _Sweep.by_hand)
