"""The fold over stored fixes: what changed is folded again, and what follows from it is written.

A member who got new fixes, or whose tail time has changed, is due. A short fold runs whole in one
transaction; a long one (a phone back after two weeks) takes its mark along, computes outside any
transaction in slices, and writes at the end, so that nobody waits for it. A crash anywhere leaves
the mark, and repeating is harmless.
"""

import asyncio
import secrets
from collections.abc import Iterable

import structlog
from msgspec import Struct, structs

from roundsman.accounts import queries as accounts
from roundsman.core.clock import to_ms, to_us
from roundsman.core.errors import NotReady
from roundsman.core.ids import CompanyId, MemberId
from roundsman.events.catalogue import By
from roundsman.events.outbox import emit
from roundsman.places import queries as places
from roundsman.places.areas import COARSE, Area, cells_along, index_of, version_at
from roundsman.storage.database import LIVE, Db, Tx
from roundsman.tracking import live, memory, news, parameters, pipeline
from roundsman.tracking.identity import (
    OPEN,
    StoredVisit,
    match_segments,
    match_visits,
)
from roundsman.tracking.memory import Seen, State
from roundsman.tracking.model import (
    Dropped,
    Fix,
    Gap,
    Outcome,
    Passage,
    Stop,
    Tail,
    Trip,
    Visit,
)
from roundsman.tracking.parameters import Parameters
from roundsman.tracking.queries import fixes, folds, segments
from roundsman.tracking.queries import live as live_states
from roundsman.tracking.queries.folds import CLEAN, Mark

_log = structlog.get_logger()

# Members folded in one transaction, and fixes of each; more of them is a long fold.
MEMBERS_AT_ONCE = 20
SHORT = 500
SLICE = 5000
SNAPSHOT_EVERY = 200
DAY_MS = 86_400_000
DENSE_MS = 7 * DAY_MS
# A long fold that did not come back within this time is begun again.
LOST_US = 120_000_000
# Whoever breaks the fold is tried again after this time.
SET_ASIDE_US = 60_000_000


class Work(Struct, frozen=True):
    """What a fold of a member needs to know."""

    mark: Mark
    start: State
    rules: Parameters
    is_long: bool = False


class Folded(Struct):
    """What a fold has come to so far; grows slice by slice."""

    state: State
    areas: dict[tuple[str, str, int], Area]
    outcomes: list[Outcome]
    snapshots: list[tuple[int, bytes]]


async def fold_due(db: Db) -> int:
    """Fold the members who are due, longest waiting first; return how many there were.

    A member who cannot be folded is set aside for a while and logged; the others go on. NotReady
    when the database cannot be used: then all of them wait.
    """
    try:
        count, long = await db.write(lambda tx: _fold_short_ones(tx, MEMBERS_AT_ONCE))
    except NotReady:
        raise
    except Exception:  # noqa: BLE001 - one member's trouble must not stop the others
        _log.exception("fold_batch_failed")
        count, long = await _one_by_one(db)
    for mark in long:
        await _fold_long(db, mark)
    return count


def fold_member(tx: Tx, company: CompanyId, member: MemberId) -> None:
    """Fold one member to the end within this transaction, however long it takes."""
    mark = folds.find(tx, company, member)
    if mark is not None:
        work = _begin(tx, mark)
        folded = _nothing_yet(work)
        while _fold_slice(work, folded, *_load(tx, work, folded)):
            pass
        _finish(tx, work, folded)


def _fold_short_ones(tx: Tx, most: int) -> tuple[int, list[Mark]]:
    """Fold who is due and has little to do; return how many were due and who has more."""
    now_us = to_us(tx.now)
    due = folds.due(tx, most, now_us=now_us, lost_us=now_us - LOST_US)
    long = [mark for mark in due if not _fold_short(tx, mark)]
    for mark in long:
        folds.take(tx, mark, now_us)
    return len(due), long


async def _one_by_one(db: Db) -> tuple[int, list[Mark]]:
    """Fold who is due each in a transaction of their own, and set aside whoever breaks it."""

    def waiting(tx: Tx) -> list[Mark]:
        now_us = to_us(tx.now)
        return folds.due(tx, MEMBERS_AT_ONCE, now_us=now_us, lost_us=now_us - LOST_US)

    long: list[Mark] = []
    due = await db.write(waiting)
    for mark in due:

        def alone(tx: Tx, mark: Mark = mark) -> bool:
            if _fold_short(tx, mark):
                return True
            folds.take(tx, mark, to_us(tx.now))
            return False

        def postpone(tx: Tx, mark: Mark = mark) -> None:
            folds.postpone(tx, mark, to_us(tx.now) + SET_ASIDE_US)

        try:
            if not await db.write(alone):
                long.append(mark)
        except NotReady:
            raise
        except Exception:  # noqa: BLE001 - ... and this is the one
            _log.exception("fold_failed", company=mark.company, member=mark.member)
            await db.write(postpone)
    return len(due), long


def _fold_short(tx: Tx, mark: Mark) -> bool:
    """Fold a member in this transaction; False when there is too much to do."""
    work = _begin(tx, mark)
    folded = _nothing_yet(work)
    new, areas = _load(tx, work, folded, SHORT + 1)
    if len(new) > SHORT:
        return False
    _fold_slice(work, folded, new, areas)
    _finish(tx, work, folded)
    return True


async def _fold_long(db: Db, mark: Mark) -> None:
    """Fold a member who has much to catch up, outside any transaction."""

    def begin(tx: Tx) -> Work:
        return structs.replace(_begin(tx, mark), is_long=True)

    work = await db.read(begin)
    folded = _nothing_yet(work)
    more = True
    while more:

        def load(tx: Tx) -> tuple[list[Fix], list[Area]]:
            return _load(tx, work, folded)

        new, areas = await db.read(load)
        more = await asyncio.to_thread(_fold_slice, work, folded, new, areas)

    def finish(tx: Tx) -> None:
        _finish(tx, work, folded)

    await db.write(finish)
    _log.info("long_fold_finished", fixes=folded.state.folded, outcomes=len(folded.outcomes))


def _begin(tx: Tx, mark: Mark) -> Work:
    return Work(mark, _state_before(tx, mark), _rules_of(tx, mark.company, mark.member))


def _state_before(tx: Tx, mark: Mark) -> State:
    """Return the newest state that has not seen what changed."""
    before_ms = mark.from_ms
    if mark.head and (before_ms == CLEAN or mark.head_ms < before_ms):
        head = memory.from_bytes(mark.head)
        if head is not None:
            return head
    if before_ms == CLEAN:
        before_ms = mark.head_ms + 1
    kept = folds.state_before(tx, mark.company, mark.member, before_ms)
    return (memory.from_bytes(kept) if kept else None) or State()


def _rules_of(tx: Tx, company: CompanyId, member: MemberId) -> Parameters:
    profile = accounts.get_company(tx, company)
    person = accounts.find_member(tx, company, member)
    policy = profile.policy
    return parameters.for_member(
        on_foot=person is not None and person.travel_mode == "pedestrian",
        zone=(person.timezone if person else "") or profile.timezone,
        checkin_delay_s=policy.checkin_delay_s,
        checkout_delay_s=policy.checkout_delay_s,
    )


def _nothing_yet(work: Work) -> Folded:
    return Folded(work.start, {}, [], [])


def _load(tx: Tx, work: Work, folded: Folded, most: int = SLICE) -> tuple[list[Fix], list[Area]]:
    """Return the next fixes to fold and the areas that matter to them."""
    mark, state = work.mark, folded.state
    new = fixes.after(tx, mark.company, mark.member, state.last_ms, most)
    cells: set[int] = set()
    here = state.passed or state.held or state.bucket
    before = (here.lat_e7, here.lng_e7) if here else None
    for waiting in _waiting(state):
        cells |= _cells_to(before, waiting)
        before = (waiting.lat_e7, waiting.lng_e7)
    for fix in new:
        cells |= _cells_to(before, fix)
        before = (fix.lat_e7, fix.lng_e7)
    since_ms = state.passed.ts_ms if state.passed else 0
    around = places.areas_in_cells(tx, mark.company, mark.member, cells, since_ms)
    running = [*state.presences, *state.gone]
    return new, around + places.areas_named(tx, mark.company, mark.member, running)


def _cells_to(before: tuple[int, int] | None, there: Fix | Seen) -> set[int]:
    goal = (there.lat_e7, there.lng_e7)
    return set(cells_along(before or goal, goal, COARSE))


def _waiting(state: State) -> list[Seen]:
    """Return the fixes whose fate is not decided yet."""
    each = [state.passed, state.held, *state.suspects, state.bucket]
    return [fix for fix in each if fix is not None]


def _fold_slice(work: Work, folded: Folded, new: list[Fix], areas: Iterable[Area]) -> bool:
    """Fold the next fixes into `folded`; True when there may be more. Pure, but for `folded`."""
    for area in areas:
        folded.areas[area.id, area.member, area.from_ms] = area
    index = index_of(folded.areas.values())
    first = 0
    while first < len(new):
        room = SNAPSHOT_EVERY - folded.state.folded % SNAPSHOT_EVERY
        step = pipeline.advance(folded.state, new[first : first + room], work.rules, index)
        folded.state = step.state
        folded.outcomes += step.outcomes
        first += room
        if folded.state.folded % SNAPSHOT_EVERY == 0:
            folded.snapshots.append((folded.state.last_ms, memory.to_bytes(folded.state)))
    return len(new) >= SLICE


def _finish(tx: Tx, work: Work, folded: Folded) -> None:
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
        [each.ts_ms for each in _waiting(work.start)],
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


def _write_segments(tx: Tx, work: Work, numbered: list[tuple[int, Outcome]], tail: Tail) -> None:
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


def _write_visits(
    tx: Tx, work: Work, numbered: list[tuple[int, Outcome]], tail: Tail
) -> list[Visit]:
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
