"""All SQL about deliveries and the attempts at them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from roundsman.core.clock import from_us, to_us
from roundsman.core.ids import CompanyId, DeliveryId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in
from roundsman.storage.schema import delivery, delivery_attempt
from roundsman.webhooks.model import (
    WAITING,
    Attempt,
    Delivery,
    Health,
    Lane,
    Line,
    Message,
    Result,
    State,
)

_encode = msgspec.json.Encoder().encode
_message = msgspec.json.Decoder(Message).decode


def _literal(number: int) -> ColumnElement[int]:
    """Return a number as SQL text: a partial index is found only where no parameter stands."""
    return literal_column(str(int(number)))


# Ids are `msg_` and hex digits: none sorts behind this.
_LAST_ID = "msg_g"

_d = delivery.c
_ADD = Statement(insert(delivery))
_OF_LANE = (_d.company_id == bindparam("company"), _d.lane == bindparam("of"))
_IS_FRESH = _d.state == _literal(State.FRESH)
_IS_RETRYING = _d.state == _literal(State.RETRYING)
_TRAVELLING = (
    _d.company_id,
    _d.delivery_id,
    _d.event_key,
    _d.lane,
    _d.subject,
    _d.ordering,
    _d.attempts,
    _d.doc,
)
_FRESH = Statement(
    select(*_TRAVELLING)
    .where(*_OF_LANE, _IS_FRESH)
    .order_by(_d.ordering, _d.delivery_id)
    .limit(bindparam("most"))
)
_AGAIN = Statement(
    select(*_TRAVELLING)
    .where(*_OF_LANE, _IS_RETRYING, _d.due_us <= bindparam("now"))
    .order_by(_d.due_us, _d.delivery_id)
    .limit(bindparam("most"))
)
_ANY_FRESH = Statement(select(_d.created_us).where(*_OF_LANE, _IS_FRESH).limit(_literal(1)))
_NEXT_AGAIN = Statement(select(func.min(_d.due_us)).where(*_OF_LANE, _IS_RETRYING))
_ONE = (_d.company_id == bindparam("company"), _d.delivery_id == bindparam("of"))
_FINISH = Statement(
    update(delivery)
    .where(*_ONE, _d.attempts == bindparam("before"), is_in(_d.state, "states"))
    .values(
        state=bindparam("to"),
        attempts=bindparam("made"),
        due_us=bindparam("due"),
        done_us=bindparam("done"),
        status=bindparam("http"),
        error=bindparam("why"),
    )
)
_MOVE_ONE = Statement(update(delivery).where(*_ONE).values(lane=bindparam("to")))
_CLOSE_ONE = Statement(
    update(delivery)
    .where(*_ONE, is_in(_d.state, "states"))
    .values(state=bindparam("to"), done_us=bindparam("done"))
)
_WAITS = (
    _d.company_id == bindparam("company"),
    _d.event_key == bindparam("key"),
    is_in(_d.state, "states"),
)
_CLOSE = Statement(
    update(delivery).where(*_WAITS).values(state=bindparam("to"), done_us=bindparam("done"))
)
_MOVE = Statement(update(delivery).where(*_WAITS).values(lane=bindparam("of")))
_LISTED = (
    _d.delivery_id,
    _d.event_key,
    _d.doc,
    _d.state,
    _d.attempts,
    _d.status,
    _d.error,
    _d.created_us,
    _d.due_us,
    _d.done_us,
)
_LINE = Statement(select(*_LISTED).where(*_ONE, _d.event_key == bindparam("key")))
_LINES = Statement(
    select(*_LISTED)
    .where(
        _d.company_id == bindparam("company"),
        _d.event_key == bindparam("key"),
        _d.delivery_id < bindparam("before"),
    )
    .order_by(_d.delivery_id.desc())
    .limit(bindparam("most"))
)
_REPLAY = Statement(
    update(delivery)
    .where(
        _d.company_id == bindparam("company"),
        is_in(_d.delivery_id, "ids"),
        _d.event_key == bindparam("key"),
    )
    .values(
        state=int(State.RETRYING),
        lane=bindparam("of"),
        due_us=bindparam("due"),
        done_us=0,
    )
)


def add(tx: Tx, one: Delivery) -> None:
    """Write a new delivery."""
    now = to_us(tx.now)
    tx.run(
        _ADD,
        company_id=one.company,
        delivery_id=one.id,
        event_key=one.key,
        lane=one.lane,
        subject=one.subject,
        ordering=one.order,
        state=int(State.FRESH),
        attempts=0,
        due_us=now,
        created_us=now,
        done_us=0,
        status=0,
        error="",
        doc=_encode(one.message).decode(),
    )


def fresh(tx: Tx, one: Lane, most: int) -> list[Delivery]:
    """Return deliveries of a lane that were never tried, in the order of their events."""
    return [_delivery(row) for row in tx.rows(_FRESH, company=one.company, of=one.id, most=most)]


def again(tx: Tx, one: Lane, most: int) -> list[Delivery]:
    """Return deliveries of a lane that are due to be tried once more."""
    rows = tx.rows(_AGAIN, company=one.company, of=one.id, now=to_us(tx.now), most=most)
    return [_delivery(row) for row in rows]


def earliest(tx: Tx, one: Lane) -> int:
    """Return when the next delivery of a lane is due, microseconds; 0 when nothing waits."""
    row = tx.row(_ANY_FRESH, company=one.company, of=one.id)
    if row is not None:
        return int(row[0])
    row = tx.row(_NEXT_AGAIN, company=one.company, of=one.id)
    return int(row[0]) if row and row[0] else 0


def finish(
    tx: Tx, one: Delivery, state: State, result: Result, *, due: datetime | None = None
) -> bool:
    """Write what came of an attempt at a delivery, and the attempt itself.

    False, and nothing written, when somebody else attempted it meanwhile, or when it failed after
    its key was switched off.
    """
    from_states = State if state is State.DELIVERED else WAITING
    made = one.attempts + 1
    now = to_us(tx.now)
    changed = tx.count(
        _FINISH,
        company=one.company,
        of=one.id,
        before=one.attempts,
        states=[int(each) for each in from_states],
        to=int(state),
        made=made,
        due=to_us(due) if due else 0,
        done=0 if state in WAITING else now,
        http=result.status,
        why=result.error,
    )
    if changed:
        tx.run(
            _ADD_ATTEMPT,
            company_id=one.company,
            delivery_id=one.id,
            number=made,
            event_key=one.key,
            at_us=now,
            status=result.status,
            error=result.error,
            took_ms=result.ms,
        )
    return changed > 0


def move(tx: Tx, one: Delivery, to: str) -> None:
    """Put one delivery into another lane."""
    tx.run(_MOVE_ONE, company=one.company, of=one.id, to=to)


def close(tx: Tx, one: Delivery, state: State) -> None:
    """End one delivery that still waits, without an attempt."""
    waiting = [int(each) for each in WAITING]
    tx.run(
        _CLOSE_ONE,
        company=one.company,
        of=one.id,
        states=waiting,
        to=int(state),
        done=to_us(tx.now),
    )


def close_waiting(tx: Tx, company: CompanyId, key: str, state: State) -> int:
    """End every delivery of a key that still waits; return how many that were."""
    waiting = [int(one) for one in WAITING]
    return tx.count(
        _CLOSE, company=company, key=key, states=waiting, to=int(state), done=to_us(tx.now)
    )


def move_waiting(tx: Tx, company: CompanyId, key: str, to: str) -> int:
    """Put the waiting deliveries of a key into another lane; return how many that were."""
    return tx.count(_MOVE, company=company, key=key, states=[int(one) for one in WAITING], of=to)


def lines(tx: Tx, company: CompanyId, key: str, *, before: str = "", most: int) -> list[Line]:
    """Return deliveries of a key, newest first; those older than `before` if it is given."""
    rows = tx.rows(_LINES, company=company, key=key, before=before or _LAST_ID, most=most)
    return [_line(row) for row in rows]


def find_line(
    tx: Tx, company: CompanyId, key: str, delivery_id: str
) -> tuple[Line, Message] | None:
    """Return a delivery of a key as it is listed, and what it says, or None."""
    row = tx.row(_LINE, company=company, key=key, of=delivery_id)
    return (_line(row), _message(row[2])) if row else None


def replay(tx: Tx, company: CompanyId, key: str, ids: Iterable[str], to: str) -> int:
    """Put deliveries of a key on their way once more, whatever became of them; return how many."""
    return tx.count(
        _REPLAY, company=company, key=key, ids=sorted(set(ids)), of=to, due=to_us(tx.now)
    )


# --- attempts and health --------------------------------------------------------------------------

_a = delivery_attempt.c
_ADD_ATTEMPT = Statement(insert(delivery_attempt))
_ATTEMPTS = Statement(
    select(_a.number, _a.at_us, _a.status, _a.error, _a.took_ms)
    .where(_a.company_id == bindparam("company"), _a.delivery_id == bindparam("of"))
    .order_by(_a.number.desc())
    .limit(bindparam("most"))
)
_LAST_ATTEMPT = Statement(
    select(_a.status, _a.error, _a.at_us)
    .where(_a.company_id == bindparam("company"), _a.event_key == bindparam("key"))
    .order_by(_a.at_us.desc())
    .limit(_literal(1))
)
_COUNTS = Statement(
    select(_d.event_key, _d.state, func.count())
    .where(_d.company_id == bindparam("company"), _d.state != _literal(State.DELIVERED))
    .group_by(_d.event_key, _d.state)
)
_FORGET = tuple(
    Statement(
        delete(table).where(
            table.c.company_id == bindparam("company"),
            table.c.delivery_id < bindparam("before"),
            *more,
        )
    )
    for table, more in (
        (delivery, (_d.state.not_in([_literal(state) for state in WAITING]),)),
        (delivery_attempt, ()),
    )
)


def attempts(tx: Tx, company: CompanyId, delivery_id: str, most: int) -> list[Attempt]:
    """Return the attempts at a delivery, newest first."""
    return [
        Attempt(
            number=int(number),
            at=from_us(at_us),
            status=int(status),
            error=str(error),
            ms=int(took_ms),
        )
        for number, at_us, status, error, took_ms in tx.rows(
            _ATTEMPTS, company=company, of=delivery_id, most=most
        )
    ]


def health(tx: Tx, company: CompanyId, keys: Iterable[str]) -> dict[str, Health]:
    """Return how keys are doing."""
    counts: dict[str, dict[int, int]] = {}
    for key, state, number in tx.rows(_COUNTS, company=company):
        counts.setdefault(key, {})[int(state)] = int(number)
    found: dict[str, Health] = {}
    for key in keys:
        last = tx.row(_LAST_ATTEMPT, company=company, key=key)
        of_key = counts.get(key, {})
        found[key] = Health(
            last_status=int(last[0]) if last else 0,
            last_error=str(last[1]) if last else "",
            last_attempt=from_us(last[2]) if last else None,
            pending=sum(of_key.get(int(state), 0) for state in WAITING),
            failed=of_key.get(int(State.DEAD), 0),
        )
    return found


def forget(tx: Tx, company: CompanyId, before: str) -> int:
    """Delete attempts, and deliveries that ended, whose id sorts before `before`."""
    return sum(tx.count(statement, company=company, before=before) for statement in _FORGET)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    company, delivery_id, key, of, subject, order, attempts, doc = row
    return Delivery(
        id=DeliveryId(delivery_id),
        company=CompanyId(company),
        key=key,
        lane=of,
        subject=subject,
        order=order,
        attempts=int(attempts),
        message=_message(doc),
    )


def _line(row: tuple[Any, ...]) -> Line:
    delivery_id, key, doc, state, attempts, status, error, created_us, due_us, done_us = row
    message = _message(doc)
    return Line(
        id=DeliveryId(delivery_id),
        key=key,
        action=message.action,
        subject_id=message.id,
        state=State(state),
        attempts=int(attempts),
        status=int(status),
        error=error,
        created_at=from_us(created_us),
        due_at=from_us(due_us) if state in WAITING and due_us else None,
        done_at=from_us(done_us) if done_us else None,
    )
