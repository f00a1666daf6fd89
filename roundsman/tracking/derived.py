"""What a fold came to, written in one transaction: rows, facts, snapshots, the live picture."""

import secrets
from collections.abc import Sequence

from msgspec import structs

from roundsman.core.clock import to_ms, to_us
from roundsman.events.catalogue import By
from roundsman.events.outbox import emit
from roundsman.places.areas import Area, index_of, version_at
from roundsman.storage.database import LIVE, Tx
from roundsman.tracking import live, memory, news, pipeline
from roundsman.tracking.identity import OPEN, StoredVisit, match_segments, match_visits
from roundsman.tracking.model import Dropped, Gap, Outcome, Passage, Stop, Tail, Trip, Visit
from roundsman.tracking.queries import fixes, folds, segments
from roundsman.tracking.queries import live as live_states
from roundsman.tracking.queries.folds import CLEAN, Mark
from roundsman.tracking.work import Folded, Work, waiting

DAY_MS = 86_400_000
# Snapshots are all kept for this long, then one a day.
DENSE_MS = 7 * DAY_MS

type Numbered = Sequence[tuple[int, Outcome]]


def write(tx: Tx, work: Work, folded: Folded) -> None:
    """Write what the fold came to: derived rows, facts, snapshots, and the head to go on from."""
    mark, state, now_ms = work.mark, folded.state, to_ms(tx.now)
    came_meanwhile_ms = CLEAN
    if work.is_long:
        latest = folds.find(tx, mark.company, mark.member)
        if latest is None or latest.taken_ms == CLEAN:
            return  # another process took this fold for lost and has finished it
        came_meanwhile_ms = latest.dirty_ms
    index = index_of(folded.areas.values())
    tail = pipeline.close(state, now_ms, work.rules, index)
    numbered = list(enumerate(folded.outcomes, work.start.written))
    _write_segments(tx, work, numbered, tail)
    inside = _write_visits(tx, work, numbered, tail)
    crossed = [(seq, each) for seq, each in numbered if isinstance(each, Passage)]
    segments.replace_passages(tx, mark.company, mark.member, work.start.written, crossed)
    fixes.judge(
        tx,
        mark.company,
        mark.member,
        work.start.last_ms,
        [each.ts_ms for each in waiting(work.start)],
        [each for each in folded.outcomes if isinstance(each, Dropped)],
    )
    folds.keep(
        tx,
        mark.company,
        mark.member,
        work.start.last_ms,
        folded.snapshots,
        dense_ms=DENSE_MS,
        day_ms=DAY_MS,
    )
    held = [version_at(index, visit.area, now_ms) for visit in inside]
    wake_ms = _write_live(tx, mark, tail, [area for area in held if area is not None])
    folds.settle(
        tx,
        mark,
        (state.last_ms, memory.to_bytes(state)),
        wake_ms,
        still_dirty_ms=came_meanwhile_ms,
        now_us=to_us(tx.now),
    )


def _write_segments(tx: Tx, work: Work, numbered: Numbered, tail: Tail) -> None:
    mark = work.mark
    old = segments.segments_from(tx, mark.company, mark.member, work.start.written)
    new = [(seq, each) for seq, each in numbered if isinstance(each, Stop | Trip | Gap)]
    new += [(OPEN, each) for each in tail.segments]
    changes = match_segments(old, new, _new_segment_id)
    segments.remove_segments(tx, mark.company, mark.member, changes.remove)
    segments.save_segments(tx, mark.company, mark.member, changes.save)


def _new_segment_id() -> int:
    """Return a fresh id that every JSON reader can hold exactly."""
    return secrets.randbits(52) + 1


def _write_visits(tx: Tx, work: Work, numbered: Numbered, tail: Tail) -> list[Visit]:
    """Write the visits and tell what changed; return those that go on."""
    mark = work.mark
    old = segments.visits_from(tx, mark.company, mark.member, work.start.written)
    new = [(seq, each) for seq, each in numbered if isinstance(each, Visit)]
    new += [(OPEN, each) for each in tail.visits]

    def begin(seq: int, visit: Visit) -> StoredVisit:
        return StoredVisit(f"{visit.enter_ms:x}{secrets.token_hex(6)}", mark.member, seq, visit)

    changes = match_visits(old, new, begin)
    gone = [one.before.id for one in changes if one.after is None and one.before is not None]
    segments.remove_visits(tx, mark.company, gone)
    kept = [one.after for one in changes if one.after is not None]
    segments.save_visits(tx, mark.company, kept)
    by = By(mark.company, mark.member, "geofence")
    for event in news.facts_of(changes):
        emit(tx, by, event)
    return [each for _, each in new if not each.exit_ms]


def _write_live(tx: Tx, mark: Mark, tail: Tail, held: list[Area]) -> int:
    """Write what the member does now; return when time alone will change anything (0: never)."""
    now_ms = to_ms(tx.now)
    before = live_states.get_locked(tx, mark.company, mark.member)
    doing = live.movement(before, tail, now_ms)
    here = min(held, key=live.rank_of_area, default=None)
    after = structs.replace(
        before,
        moving=doing.name,
        since_ms=doing.since_ms,
        at=here.id if here else "",
    )
    if after != before:
        live_states.save(tx, mark.company, structs.replace(after, updated_us=to_us(tx.now)))
        tx.ring(LIVE, mark.company)
    wakes = [wake_ms for wake_ms in (tail.wake_ms, doing.wake_ms) if wake_ms > now_ms]
    return min(wakes, default=0)
