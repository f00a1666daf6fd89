"""All SQL about what is to be folded, and the states it goes on from."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    literal_column,
    or_,
    select,
    update,
)

from roundsman.core.ids import CompanyId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, insert_into, upsert
from roundsman.storage.schema import fold_state as table
from roundsman.storage.schema import snapshot

CLEAN = -1
# SQLite uses a partial index only where it reads the index's own condition, so no parameter here.
_NOTHING: ColumnElement[int] = literal_column("0")
_CLEAN: ColumnElement[int] = literal_column(str(CLEAN))
_KEYS = ["company_id", "member_id"]

_c = table.c
_OURS = (_c.company_id == bindparam("company"), _c.member_id == bindparam("member"))
_SNAP_OURS = (
    snapshot.c.company_id == bindparam("company"),
    snapshot.c.member_id == bindparam("member"),
)


class Mark(Struct, frozen=True):
    """What is to be folded of a member: from when on, and the newest state there is."""

    company: CompanyId
    member: MemberId
    dirty_ms: int
    taken_ms: int
    head_ms: int
    head: bytes

    @property
    def from_ms(self) -> int:
        """Return the earliest time that changed, -1 when only time passed."""
        marks = [mark for mark in (self.dirty_ms, self.taken_ms) if mark != CLEAN]
        return min(marks, default=CLEAN)


def _marking(dialect: str) -> ClauseElement:
    """Return the insert that marks a member dirty, keeping the earlier of two marks."""
    insert = insert_into(table, dialect)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=_KEYS,
        set_={
            "dirty_ms": case(
                (or_(_c.dirty_ms == _CLEAN, _c.dirty_ms > new.dirty_ms), new.dirty_ms),
                else_=_c.dirty_ms,
            ),
            "since_us": case((_c.since_us == _NOTHING, new.since_us), else_=_c.since_us),
            "generation": _c.generation + literal_column("1"),
        },
    )


_MARK = Statement(_marking, keys=_KEYS)
_COLUMNS = (_c.company_id, _c.member_id, _c.dirty_ms, _c.taken_ms, _c.head_ms, _c.head)


def _due(condition: ColumnElement[bool], first: ColumnElement[int]) -> Statement:
    return Statement(
        select(*_COLUMNS)
        .where(condition)
        .order_by(first)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )


# One that a long fold took and never brought back is due again after a while.
_DIRTY = _due(
    and_(
        _c.since_us > _NOTHING,
        _c.since_us <= bindparam("now_us"),
        or_(_c.taken_ms == CLEAN, _c.since_us < bindparam("lost_us")),
    ),
    _c.since_us,
)
_AWAKE = _due(
    and_(_c.wake_ms > _NOTHING, _c.wake_ms <= bindparam("now_ms"), _c.since_us == 0), _c.wake_ms
)
_ONE = Statement(select(*_COLUMNS).where(*_OURS).with_for_update())
_TAKE = Statement(
    update(table)
    .where(*_OURS)
    .values(dirty_ms=CLEAN, taken_ms=bindparam("taken"), since_us=bindparam("at_us"))
)
_HOLD = Statement(
    update(table).where(*_OURS, _c.taken_ms != _CLEAN).values(since_us=bindparam("at_us"))
)
_SETTLE = Statement(
    update(table)
    .where(*_OURS)
    .values(
        taken_ms=CLEAN,
        dirty_ms=bindparam("dirty"),
        since_us=bindparam("since"),
        wake_ms=bindparam("wake"),
        head_ms=bindparam("at"),
        head=bindparam("state"),
    )
)
_POSTPONE = Statement(update(table).where(*_OURS).values(since_us=bindparam("at_us")))
_KEEP = upsert(snapshot, keys=["company_id", "member_id", "ts_ms"])
_NEWEST_BEFORE = Statement(
    select(snapshot.c.state)
    .where(*_SNAP_OURS, snapshot.c.ts_ms < bindparam("before"))
    .order_by(snapshot.c.ts_ms.desc())
    .limit(1)
)
_TIMES = Statement(select(snapshot.c.ts_ms).where(*_SNAP_OURS).order_by(snapshot.c.ts_ms))
_NEWEST_DAY = Statement(
    select(snapshot.c.ts_ms).where(*_SNAP_OURS).order_by(snapshot.c.ts_ms.desc()).limit(1)
)
_FORGET_AFTER = Statement(
    delete(snapshot).where(*_SNAP_OURS, snapshot.c.ts_ms > bindparam("after"))
)
_PRUNE = Statement(
    delete(snapshot).where(
        *_SNAP_OURS, snapshot.c.ts_ms < bindparam("before"), snapshot.c.daily == 0
    )
)


def mark(tx: Tx, company: CompanyId, member: MemberId, from_ms: int, now_us: int) -> None:
    """Have a member folded again from a time on."""
    mark_many(tx, [(company, member, from_ms)], now_us)


def mark_many(tx: Tx, marks: Iterable[tuple[CompanyId, MemberId, int]], now_us: int) -> None:
    """Have members folded again, each from a time on."""
    rows = [
        {
            "company_id": company,
            "member_id": member,
            "dirty_ms": max(0, from_ms),
            "since_us": now_us,
            "taken_ms": CLEAN,
            "wake_ms": 0,
            "generation": 1,
            "head_ms": CLEAN,
            "head": b"",
        }
        for company, member, from_ms in marks
    ]
    tx.run_many(_MARK, rows)


def due(tx: Tx, most: int, *, now_us: int, lost_us: int) -> list[Mark]:
    """Return whose fixes changed, longest waiting first, then whose tail time has changed.

    What was taken by a long fold before `lost_us` is due again.
    """
    rows = tx.rows(_DIRTY, most=most, now_us=now_us, lost_us=lost_us)
    if len(rows) < most:
        rows += tx.rows(_AWAKE, most=most - len(rows), now_ms=now_us // 1000)
    return [_mark(row) for row in rows]


def find(tx: Tx, company: CompanyId, member: MemberId) -> Mark | None:
    """Return what is to be folded of a member, locked until this transaction ends."""
    row = tx.row(_ONE, company=company, member=member)
    return _mark(row) if row else None


def take(tx: Tx, found: Mark, at_us: int) -> None:
    """Take the mark along for a long fold."""
    taken_ms = max(0, found.from_ms)
    tx.run(_TAKE, company=found.company, member=found.member, taken=taken_ms, at_us=at_us)


def hold(tx: Tx, taken: Iterable[tuple[CompanyId, MemberId]], at_us: int) -> None:
    """Tell the other processes that what was taken along is still being worked on."""
    tx.run_many(
        _HOLD,
        [
            {"company": company, "member": member, "at_us": at_us}
            for company, member in sorted(taken)
        ],
    )


def postpone(tx: Tx, found: Mark, until_us: int) -> None:
    """Leave a member alone for a while who could not be folded."""
    tx.run(_POSTPONE, company=found.company, member=found.member, at_us=until_us)


def settle(
    tx: Tx, found: Mark, head: tuple[int, bytes], wake_ms: int, *, still_dirty_ms: int, now_us: int
) -> None:
    """Write the state a fold ended with, and what came meanwhile (-1 for nothing)."""
    tx.run(
        _SETTLE,
        company=found.company,
        member=found.member,
        dirty=still_dirty_ms,
        since=0 if still_dirty_ms == CLEAN else now_us,
        wake=wake_ms,
        at=head[0],
        state=head[1],
    )


def state_before(tx: Tx, company: CompanyId, member: MemberId, before_ms: int) -> bytes | None:
    """Return the newest snapshot older than a time."""
    row = tx.row(_NEWEST_BEFORE, company=company, member=member, before=before_ms)
    return bytes(row[0]) if row else None


def snapshot_times(tx: Tx, company: CompanyId, member: MemberId) -> list[int]:
    """Return when the snapshots of a member were taken, oldest first."""
    return [row[0] for row in tx.rows(_TIMES, company=company, member=member)]


def keep(
    tx: Tx,
    company: CompanyId,
    member: MemberId,
    after_ms: int,
    snapshots: list[tuple[int, bytes]],
    *,
    dense_ms: int,
    day_ms: int,
) -> None:
    """Replace the snapshots after a time; those older than `dense_ms` are thinned to one a day."""
    tx.run(_FORGET_AFTER, company=company, member=member, after=after_ms)
    if not snapshots:
        return
    row = tx.row(_NEWEST_DAY, company=company, member=member)
    day = row[0] // day_ms if row else -1
    for ts_ms, state in snapshots:
        is_daily = ts_ms // day_ms != day
        day = ts_ms // day_ms
        tx.run(
            _KEEP,
            company_id=company,
            member_id=member,
            ts_ms=ts_ms,
            daily=int(is_daily),
            state=state,
        )
    tx.run(_PRUNE, company=company, member=member, before=snapshots[-1][0] - dense_ms)


def _mark(row: tuple[Any, ...]) -> Mark:
    return Mark(CompanyId(row[0]), MemberId(row[1]), row[2], row[3], row[4], bytes(row[5]))
