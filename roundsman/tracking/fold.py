"""The fold over stored fixes: what changed is folded again, and what follows from it is written.

A member who got new fixes, or whose tail time has changed, is due. A short fold runs whole in one
transaction; a long one (a phone back after two weeks) takes its mark along, computes outside any
transaction in slices, lets the others pass between them, and writes at the end, so that nobody
waits for it. A crash anywhere leaves the mark, and repeating is harmless.
"""

import asyncio
from collections.abc import AsyncIterator

import structlog
from msgspec import structs

from roundsman.core.clock import to_us
from roundsman.core.errors import NotReady
from roundsman.core.ids import CompanyId, MemberId
from roundsman.places.areas import Area
from roundsman.storage.database import Db, Tx
from roundsman.tracking import derived
from roundsman.tracking.model import Fix
from roundsman.tracking.queries import folds
from roundsman.tracking.queries.folds import Mark
from roundsman.tracking.work import Work, begin, fold_slice, load, nothing_yet

_log = structlog.get_logger()

# Members folded in one transaction, and fixes of each; more of them is a long fold.
MEMBERS_AT_ONCE = 20
SHORT = 500
# A long fold says after each slice that it lives; one that is silent for this long is begun again.
LOST_US = 20_000_000
# Whoever breaks the fold is tried again after this time.
SET_ASIDE_US = 60_000_000

# Whom this process is folding at length.
type Busy = frozenset[tuple[CompanyId, MemberId]]


async def fold_due(db: Db) -> int:
    """Fold the members who are due, longest waiting first; return how many there were.

    Between the slices of a long fold those are folded who became due meanwhile. A member who cannot
    be folded is set aside for a while and logged; the others go on. NotReady when the database
    cannot be used: then all of them wait.
    """
    count, long = await _fold_waiting(db, frozenset())
    while long:
        mark = long[0]
        try:
            async for _ in _long_fold(db, mark):
                busy = frozenset((each.company, each.member) for each in long)
                more, also_long = await _fold_waiting(db, busy)
                count += more
                long += also_long
        except NotReady:
            raise
        except Exception:  # noqa: BLE001 - as in `_one_by_one`
            _log.exception("fold_failed", company=mark.company, member=mark.member)
            await _set_aside(db, mark)
        del long[0]
    return count


def fold_member(tx: Tx, company: CompanyId, member: MemberId) -> None:
    """Fold one member to the end within this transaction, however long it takes."""
    mark = folds.find(tx, company, member)
    if mark is not None:
        work = begin(tx, mark)
        folded = nothing_yet(work)
        while fold_slice(work, folded, *load(tx, work, folded)):
            pass
        derived.write(tx, work, folded)


async def _fold_waiting(db: Db, busy: Busy) -> tuple[int, list[Mark]]:
    """Fold who is due and has little to do; return how many were due and who has more."""
    try:
        return await db.write(lambda tx: _fold_short_ones(tx, busy))
    except NotReady:
        raise
    except Exception:  # noqa: BLE001 - one member's trouble must not stop the others
        _log.exception("fold_batch_failed")
        return await _one_by_one(db, busy)


def _fold_short_ones(tx: Tx, busy: Busy) -> tuple[int, list[Mark]]:
    folds.hold(tx, busy, to_us(tx.now))
    due = _due(tx, busy)
    long = [mark for mark in due if not _fold_short(tx, mark)]
    for mark in long:
        folds.take(tx, mark, to_us(tx.now))
    return len(due), long


def _due(tx: Tx, busy: Busy) -> list[Mark]:
    """Return who is due; those this process is at work on are not lost, however long it takes."""
    now_us = to_us(tx.now)
    due = folds.due(tx, MEMBERS_AT_ONCE, now_us=now_us, lost_us=now_us - LOST_US)
    return [mark for mark in due if (mark.company, mark.member) not in busy]


async def _one_by_one(db: Db, busy: Busy) -> tuple[int, list[Mark]]:
    """Fold who is due each in a transaction of their own, and set aside whoever breaks it."""
    long: list[Mark] = []
    due = await db.write(lambda tx: _due(tx, busy))
    for mark in due:

        def alone(tx: Tx, mark: Mark = mark) -> bool:
            if _fold_short(tx, mark):
                return True
            folds.take(tx, mark, to_us(tx.now))
            return False

        try:
            if not await db.write(alone):
                long.append(mark)
        except NotReady:
            raise
        except Exception:  # noqa: BLE001 - ... and this is the one
            _log.exception("fold_failed", company=mark.company, member=mark.member)
            await _set_aside(db, mark)
    return len(due), long


async def _set_aside(db: Db, mark: Mark) -> None:
    def postpone(tx: Tx) -> None:
        folds.postpone(tx, mark, to_us(tx.now) + SET_ASIDE_US)

    await db.write(postpone)


def _fold_short(tx: Tx, mark: Mark) -> bool:
    """Fold a member in this transaction; False when there is too much to do."""
    work = begin(tx, mark)
    folded = nothing_yet(work)
    new, areas = load(tx, work, folded, SHORT + 1)
    if len(new) > SHORT:
        return False
    fold_slice(work, folded, new, areas)
    derived.write(tx, work, folded)
    return True


async def _long_fold(db: Db, mark: Mark) -> AsyncIterator[None]:
    """Fold a member who has much to catch up, outside any transaction; yield after each slice."""

    def start(tx: Tx) -> Work:
        return structs.replace(begin(tx, mark), is_long=True)

    work = await db.read(start)
    folded = nothing_yet(work)
    more = True
    while more:

        def load_next(tx: Tx) -> tuple[list[Fix], list[Area]]:
            return load(tx, work, folded)

        new, areas = await db.read(load_next)
        more = await asyncio.to_thread(fold_slice, work, folded, new, areas)
        yield

    def finish(tx: Tx) -> None:
        derived.write(tx, work, folded)

    await db.write(finish)
    _log.info("long_fold_finished", fixes=folded.state.folded, outcomes=len(folded.outcomes))
