"""All SQL about lanes: the queues in front of each URL, and who works on them."""

from datetime import datetime

from sqlalchemy import ClauseElement, bindparam, case, literal_column, select, update

from roundsman.core.clock import to_us
from roundsman.core.ids import CompanyId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, insert_into
from roundsman.storage.schema import lane
from roundsman.webhooks.model import Lane
from roundsman.webhooks.queries import deliveries


def _waking(dialect: str) -> ClauseElement:
    insert = insert_into(lane, dialect)
    sooner = insert.excluded.due_us < lane.c.due_us
    due = case(((lane.c.due_us == 0) | sooner, insert.excluded.due_us), else_=lane.c.due_us)
    return insert.on_conflict_do_update(index_elements=["company_id", "lane"], set_={"due_us": due})


_WAKE = Statement(_waking)
_DUE = (
    lane.c.due_us > literal_column("0"),
    lane.c.due_us <= bindparam("now"),
    lane.c.pause_us <= bindparam("now"),
)
_DUE_LANES = Statement(
    select(lane.c.company_id, lane.c.lane)
    .where(*_DUE, lane.c.lease_us <= bindparam("now"))
    .order_by(lane.c.due_us)
    .limit(bindparam("most"))
)
_DUE_LANES_LOCKED = Statement(
    select(lane.c.company_id, lane.c.lane)
    .where(*_DUE, lane.c.lease_us <= bindparam("now"))
    .order_by(lane.c.due_us)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_LANE = (lane.c.company_id == bindparam("company"), lane.c.lane == bindparam("of"))
_MINE = (*_LANE, lane.c.holder == bindparam("me"))
_TAKE = Statement(
    update(lane).where(*_LANE).values(holder=bindparam("me"), lease_us=bindparam("until"))
)
_RENEW = Statement(update(lane).where(*_MINE).values(lease_us=bindparam("until")))
_HELD_LOCKED = Statement(select(lane.c.pause_us).where(*_MINE).with_for_update())
_LET_GO = Statement(
    update(lane).where(*_MINE).values(holder="", lease_us=0, due_us=bindparam("due"))
)
_PAUSED = Statement(select(lane.c.pause_us).where(*_LANE))
_GIVE_BACK = Statement(update(lane).where(*_MINE).values(holder="", lease_us=0))
_PAUSE = Statement(update(lane).where(*_LANE).values(pause_us=bindparam("until")))


def wake(tx: Tx, company: CompanyId, of: str, due: datetime) -> None:
    """Note that something in a lane is due at a moment; an earlier one that is known stays."""
    tx.run(_WAKE, company_id=company, lane=of, due_us=to_us(due), pause_us=0, lease_us=0, holder="")


def has_due(tx: Tx) -> bool:
    """Tell whether any lane of any company waits for somebody to work on it."""
    return tx.row(_DUE_LANES, now=to_us(tx.now), most=1) is not None


def take(tx: Tx, me: str, until: datetime, most: int) -> list[Lane]:
    """Take lanes in which something is due and on which nobody works, until a moment."""
    rows = tx.rows(_DUE_LANES_LOCKED, now=to_us(tx.now), most=most)
    for company, of in rows:
        tx.run(_TAKE, company=company, of=of, me=me, until=to_us(until))
    return [Lane(CompanyId(company), of) for company, of in rows]


def renew(tx: Tx, one: Lane, me: str, until: datetime) -> bool:
    """Hold a lane longer; False when somebody else has it by now."""
    return tx.count(_RENEW, company=one.company, of=one.id, me=me, until=to_us(until)) > 0


def let_go(tx: Tx, one: Lane, me: str) -> bool:
    """Give a lane back unless something in it is due now; tell whether it was given back.

    The lane's row is locked first: what is enqueued from then on waits for this transaction and
    wakes the lane again.
    """
    row = tx.row(_HELD_LOCKED, company=one.company, of=one.id, me=me)
    if row is None:
        return True
    paused = int(row[0])
    now = to_us(tx.now)
    due = deliveries.earliest(tx, one)
    if due and max(due, paused) <= now:
        return False
    tx.run(_LET_GO, company=one.company, of=one.id, me=me, due=max(due, paused) if due else 0)
    return True


def pause(tx: Tx, company: CompanyId, of: str, until: datetime) -> None:
    """Leave a receiver alone until a moment."""
    tx.run(_PAUSE, company=company, of=of, until=to_us(until))


def is_paused(tx: Tx, one: Lane) -> bool:
    """Tell whether the receiver is to be left alone now."""
    row = tx.row(_PAUSED, company=one.company, of=one.id)
    return row is not None and int(row[0]) > to_us(tx.now)


def give_back(tx: Tx, one: Lane, me: str) -> None:
    """Give a lane back in the middle of the work; whoever comes first goes on at once."""
    tx.run(_GIVE_BACK, company=one.company, of=one.id, me=me)
