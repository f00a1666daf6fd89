"""All SQL about the last known position and state of members."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, select

from roundsman.core.ground import UNIT_M, metres
from roundsman.core.ids import CompanyId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import live_state as table
from roundsman.tracking.live import LiveState

_c = table.c
_encode = msgspec.json.Encoder().encode
_state = msgspec.json.Decoder(LiveState).decode

_OURS = _c.company_id == bindparam("company")
_ALL = Statement(select(_c.doc).where(_OURS))
_SINCE = Statement(select(_c.doc).where(_OURS, _c.updated_us > bindparam("since")))
_SOME = Statement(select(_c.doc).where(_OURS, is_in(_c.member_id, "members")))
_LOCKED = Statement(
    select(_c.doc)
    .where(_OURS, is_in(_c.member_id, "members"))
    .order_by(_c.member_id)
    .with_for_update()
)
_NEAR = Statement(
    select(_c.member_id, _c.lat_e7, _c.lng_e7).where(
        _OURS, _c.lat_e7 >= bindparam("south"), _c.lat_e7 <= bindparam("north")
    )
)
_SAVE = upsert(table, keys=["company_id", "member_id"])


def live_states(tx: Tx, company: CompanyId, *, since_us: int = 0) -> dict[MemberId, LiveState]:
    """Return the states of members, all or those written since a moment."""
    if since_us:
        rows = tx.rows(_SINCE, company=company, since=since_us)
    else:
        rows = tx.rows(_ALL, company=company)
    return _by_member(rows)


def states_of(tx: Tx, company: CompanyId, members: Iterable[str]) -> dict[MemberId, LiveState]:
    """Return the states of these members, of those that have one."""
    return _by_member(tx.rows(_SOME, company=company, members=sorted(set(members))))


def members_near(
    tx: Tx, company: CompanyId, centre: tuple[int, int], radius_m: float
) -> list[MemberId]:
    """Return whose last known position lies within a circle (1e-7 degrees, metres)."""
    reach_e7 = int(radius_m / UNIT_M) + 1
    rows = tx.rows(_NEAR, company=company, south=centre[0] - reach_e7, north=centre[0] + reach_e7)
    return [MemberId(row[0]) for row in rows if metres(*centre, row[1], row[2]) <= radius_m]


def get_many_locked(
    tx: Tx, company: CompanyId, members: Iterable[MemberId]
) -> dict[MemberId, LiveState]:
    """Return members' states to change them; empty ones where nothing is known."""
    wanted = sorted(set(members))
    known = _by_member(tx.rows(_LOCKED, company=company, members=wanted))
    return {member: known.get(member) or LiveState(member=member) for member in wanted}


def get_locked(tx: Tx, company: CompanyId, member: MemberId) -> LiveState:
    """Return a member's state to change it; an empty one when nothing is known."""
    return get_many_locked(tx, company, [member])[member]


def save_many(tx: Tx, company: CompanyId, states: Iterable[LiveState]) -> None:
    """Write members' states."""
    rows = [
        {
            "company_id": company,
            "member_id": state.member,
            "lat_e7": state.lat_e7,
            "lng_e7": state.lng_e7,
            "updated_us": state.updated_us,
            "doc": _encode(state).decode(),
        }
        for state in states
    ]
    tx.run_many(_SAVE, rows)


def save(tx: Tx, company: CompanyId, state: LiveState) -> None:
    """Write a member's state."""
    save_many(tx, company, [state])


def _by_member(rows: list[tuple[str, ...]]) -> dict[MemberId, LiveState]:
    states = [_state(row[0]) for row in rows]
    return {state.member: state for state in states}
