"""All SQL about plan runs, and who works on them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, delete, literal_column, select, update

from roundsman.core.clock import from_us, to_us, to_yyyymmdd
from roundsman.core.errors import UnknownThing
from roundsman.core.ids import CompanyId, MemberId, RunId
from roundsman.dispatch.fleet.model import FleetPlan
from roundsman.dispatch.runs.model import WORKING, Move, Progress, Run, RunWish, State
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, upsert
from roundsman.storage.schema import plan_run as table

_encode = msgspec.json.Encoder().encode
_wish = msgspec.json.Decoder(RunWish).decode
_progress = msgspec.json.Decoder(Progress).decode
_plan = msgspec.json.Decoder(FleetPlan | None).decode
_moves = msgspec.json.Decoder(tuple[Move, ...]).decode
_c = table.c

_HEAD = (
    _c.company_id,
    _c.run_id,
    _c.member_id,
    _c.state,
    _c.created_us,
    _c.changed_us,
    _c.forget_us,
    _c.cancel,
    _c.tries,
    _c.essence,
    _c.wish,
    _c.progress,
)
_COLUMNS = (*_HEAD, _c.plan, _c.moves)
_ONE = (_c.company_id == bindparam("company"), _c.run_id == bindparam("run"))
_MINE = (*_ONE, _c.holder == bindparam("me"))
# SQLite uses a partial index only where it reads the index's own condition.
_YES: ColumnElement[int] = literal_column("1")
_IS_DUE = (_c.working == _YES, _c.lease_us <= bindparam("now"))

_SAVE = upsert(table, keys=["company_id", "run_id"])
_FIND = Statement(select(*_COLUMNS).where(*_ONE))
_FIND_LOCKED = Statement(select(*_COLUMNS).where(*_ONE).with_for_update())
_LATEST = Statement(
    select(*_HEAD)
    .where(_c.company_id == bindparam("company"), _c.day == bindparam("day"))
    .order_by(_c.run_id.desc())
    .limit(bindparam("most"))
)
_COUNT = Statement(
    select(_c.run_id).where(_c.company_id == bindparam("company"), _c.working == _YES)
)
_DUE = Statement(
    select(_c.company_id, _c.run_id)
    .where(*_IS_DUE)
    .order_by(_c.created_us)
    .limit(bindparam("most"))
)
_DUE_LOCKED = Statement(
    select(*_COLUMNS)
    .where(*_IS_DUE)
    .order_by(_c.created_us)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_TAKE = Statement(
    update(table)
    .where(*_ONE)
    .values(
        holder=bindparam("me"),
        lease_us=bindparam("until"),
        state=State.RUNNING.value,
        tries=_c.tries + 1,
    )
)
_RENEW = Statement(
    update(table)
    .where(*_MINE, _c.working == _YES)
    .values(lease_us=bindparam("until"), progress=bindparam("told"))
)
_ASK_TO_CANCEL = Statement(update(table).where(*_ONE, _c.working == _YES).values(cancel=1))
_CANCELLED = Statement(select(_c.cancel).where(*_MINE))
_GIVE_BACK = Statement(
    update(table)
    .where(*_MINE, _c.working == _YES)
    .values(holder="", lease_us=0, state=State.WAITING.value, tries=_c.tries - 1)
)
_LET_GO = Statement(
    update(table)
    .where(*_MINE, _c.working == _YES)
    .values(holder="", lease_us=0, state=State.WAITING.value)
)
_FORGET = Statement(delete(table).where(_c.working == 0, _c.forget_us <= bindparam("now")))


def save(tx: Tx, run: Run) -> None:
    """Write a run; nobody works on it from then on, if anybody did."""
    tx.run(
        _SAVE,
        company_id=run.company,
        run_id=run.id,
        member_id=run.member,
        day=to_yyyymmdd(run.wish.fleet.day),
        state=run.state.value,
        working=int(run.state in WORKING),
        cancel=int(run.cancel),
        tries=run.tries,
        created_us=to_us(run.created_at),
        changed_us=to_us(run.changed_at),
        forget_us=to_us(run.forget_at),
        lease_us=0,
        holder="",
        essence=run.essence,
        wish=_encode(run.wish).decode(),
        progress=_encode(run.progress).decode(),
        plan=_encode(run.plan).decode(),
        moves=_encode(run.moves).decode(),
    )


def get(tx: Tx, company: CompanyId, run: str, *, lock: bool = False) -> Run:
    """Return a run of the company; UnknownThing when it was never there or is forgotten."""
    row = tx.row(_FIND_LOCKED if lock else _FIND, company=company, run=run)
    if row is None:
        problem = f"No plan {run[:80]}."
        raise UnknownThing(problem, field="id")
    return _run(row)


def of_day(tx: Tx, company: CompanyId, day: date, most: int) -> list[Run]:
    """Return the newest runs of a day, newest first, without their plans, which are large."""
    rows = tx.rows(_LATEST, company=company, day=to_yyyymmdd(day), most=most)
    return [_run(row) for row in rows]


def working(tx: Tx, company: CompanyId) -> int:
    """Return how many runs of the company wait or are worked on."""
    return len(tx.rows(_COUNT, company=company))


def has_due(tx: Tx) -> bool:
    """Tell whether any run of any company waits for somebody to work on it."""
    return tx.row(_DUE, now=to_us(tx.now), most=1) is not None


def take(tx: Tx, me: str, until: datetime, most: int) -> list[Run]:
    """Take the oldest runs that wait, or whose worker is gone, until a moment."""
    taken = [_run(row) for row in tx.rows(_DUE_LOCKED, now=to_us(tx.now), most=most)]
    for run in taken:
        tx.run(_TAKE, company=run.company, run=run.id, me=me, until=to_us(until))
    return taken


def renew(tx: Tx, run: Run, me: str, until: datetime, told: Progress) -> bool:
    """Hold a run longer and note how it goes; False when somebody else has it by now."""
    told_text = _encode(told).decode()
    return (
        tx.count(_RENEW, company=run.company, run=run.id, me=me, until=to_us(until), told=told_text)
        > 0
    )


def ask_to_cancel(tx: Tx, run: Run) -> None:
    """Tell whoever works on a run to end it."""
    tx.run(_ASK_TO_CANCEL, company=run.company, run=run.id)


def is_cancelled(tx: Tx, run: Run, me: str) -> bool:
    """Tell whether somebody wants the run to end."""
    row = tx.row(_CANCELLED, company=run.company, run=run.id, me=me)
    return row is not None and bool(row[0])


def is_mine(tx: Tx, run: Run, me: str) -> bool:
    """Tell whether this worker still has the run, and keep it from others until the end."""
    tx.row(_FIND_LOCKED, company=run.company, run=run.id)
    return tx.row(_CANCELLED, company=run.company, run=run.id, me=me) is not None


def let_go(tx: Tx, run: Run, me: str) -> None:
    """Let others try a run once more."""
    tx.run(_LET_GO, company=run.company, run=run.id, me=me)


def give_back(tx: Tx, runs: Sequence[Run], me: str) -> None:
    """Let others begin with runs as if this worker had never taken them."""
    for run in runs:
        tx.run(_GIVE_BACK, company=run.company, run=run.id, me=me)


def forget(tx: Tx) -> int:
    """Delete runs whose time is over; return how many."""
    return tx.count(_FORGET, now=to_us(tx.now))


def _run(row: Sequence[Any]) -> Run:
    company, run, member, state, created, changed, gone, cancel, tries, essence = row[:10]
    wish, progress = row[10:12]
    plan, moves = row[12:] or ("null", "[]")
    return Run(
        company=CompanyId(company),
        id=RunId(run),
        member=MemberId(member),
        state=State(state),
        created_at=from_us(int(created)),
        changed_at=from_us(int(changed)),
        forget_at=from_us(int(gone)),
        cancel=bool(cancel),
        tries=int(tries),
        essence=essence,
        wish=_wish(wish),
        progress=_progress(progress),
        plan=_plan(plan),
        moves=_moves(moves),
    )
