"""All SQL about stops, trips, gaps, visits and passages."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from roundsman.core.ids import CompanyId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import passage
from roundsman.storage.schema import segment as table
from roundsman.storage.schema import visit as visit_table
from roundsman.tracking.identity import OPEN, StoredSegment, StoredVisit
from roundsman.tracking.model import Passage, Segment, Visit

# A visit that lasted longer than this is found by its beginning only.
LONGEST_MS = 62 * 86_400_000

_s = table.c
_v = visit_table.c
_encode = msgspec.json.Encoder().encode
_segment = msgspec.json.Decoder(Segment).decode
_visit = msgspec.json.Decoder(Visit).decode


_SEGMENTS_OURS = (_s.company_id == bindparam("company"), _s.member_id == bindparam("member"))
_VISITS_OURS = (_v.company_id == bindparam("company"), _v.member_id == bindparam("member"))
_SEGMENT = (_s.segment_id, _s.seq, _s.doc)
_VISIT = (_v.visit_id, _v.member_id, _v.seq, _v.doc)

# Two questions each, so that every database answers them from the index of the numbers.
_SEGMENTS_FROM, _SEGMENTS_OPEN = (
    Statement(select(*_SEGMENT).where(*_SEGMENTS_OURS, condition).order_by(_s.seq))
    for condition in (_s.seq >= bindparam("first"), _s.seq <= OPEN)
)
_SEGMENTS_WITHIN = Statement(
    select(*_SEGMENT)
    .where(
        *_SEGMENTS_OURS,
        _s.start_ms >= bindparam("since"),
        _s.start_ms <= bindparam("until"),
    )
    .order_by(_s.start_ms, _s.segment_id)
    .limit(bindparam("most"))
)
_SEGMENT_BEFORE = Statement(
    select(*_SEGMENT)
    .where(*_SEGMENTS_OURS, _s.start_ms < bindparam("since"))
    .order_by(_s.start_ms.desc(), _s.segment_id.desc())
    .limit(1)
)
_SAVE_SEGMENT = upsert(table, keys=["company_id", "member_id", "segment_id"])
_REMOVE_SEGMENTS = Statement(delete(table).where(*_SEGMENTS_OURS, is_in(_s.segment_id, "ids")))

_VISITS_FROM, _VISITS_OPEN = (
    Statement(select(*_VISIT).where(*_VISITS_OURS, condition).order_by(_v.seq))
    for condition in (_v.seq >= bindparam("first"), _v.seq <= OPEN)
)
_VISITS_WITHIN = Statement(
    select(*_VISIT)
    .where(
        *_VISITS_OURS,
        _v.enter_ms >= bindparam("earliest"),
        _v.enter_ms <= bindparam("until"),
        _v.seq != OPEN,
    )
    .order_by(_v.enter_ms.desc())
    .limit(bindparam("most"))
)
_VISITORS = Statement(
    select(_v.member_id, _v.exit_ms)
    .where(_v.company_id == bindparam("company"), _v.area_id == bindparam("area"))
    .order_by(_v.enter_ms)
)
_SAVE_VISIT = upsert(visit_table, keys=["company_id", "visit_id"])
_REMOVE_VISITS = Statement(
    delete(visit_table).where(_v.company_id == bindparam("company"), is_in(_v.visit_id, "ids"))
)

_FORGET_PASSAGES = Statement(
    delete(passage).where(
        passage.c.company_id == bindparam("company"),
        passage.c.member_id == bindparam("member"),
        passage.c.seq >= bindparam("first"),
    )
)
_ADD_PASSAGE = Statement(insert(passage))


# --- stops, trips, gaps ---------------------------------------------------------------------------


def segments_from(tx: Tx, company: CompanyId, member: MemberId, first: int) -> list[StoredSegment]:
    """Return the segments of outcome number `first` and later, and of the open tail."""
    rows = tx.rows(_SEGMENTS_FROM, company=company, member=member, first=first)
    rows += tx.rows(_SEGMENTS_OPEN, company=company, member=member)
    found = [_stored_segment(row) for row in rows]
    return sorted(found, key=lambda one: (one.what.start_ms, one.id))


def segments_within(
    tx: Tx, company: CompanyId, member: MemberId, span_ms: tuple[int, int], most: int
) -> list[StoredSegment]:
    """Return the segments that overlap a span of time, in order of time."""
    since, until = span_ms
    before = tx.row(_SEGMENT_BEFORE, company=company, member=member, since=since)
    rows = tx.rows(
        _SEGMENTS_WITHIN, company=company, member=member, since=since, until=until, most=most
    )
    found = [_stored_segment(row) for row in ([before] if before else []) + rows]
    return [one for one in found if one.what.end_ms >= since]


def save_segments(
    tx: Tx, company: CompanyId, member: MemberId, segments: Iterable[StoredSegment]
) -> None:
    """Write segments."""
    rows = [
        {
            "company_id": company,
            "member_id": member,
            "segment_id": one.id,
            "seq": one.seq,
            "kind": type(one.what).__name__.lower(),
            "start_ms": one.what.start_ms,
            "end_ms": one.what.end_ms,
            "doc": _encode(one.what).decode(),
        }
        for one in segments
    ]
    tx.run_many(_SAVE_SEGMENT, rows)


def remove_segments(tx: Tx, company: CompanyId, member: MemberId, ids: Sequence[int]) -> None:
    """Delete segments that turned out not to be."""
    if ids:
        tx.run(_REMOVE_SEGMENTS, company=company, member=member, ids=list(ids))


# --- visits ---------------------------------------------------------------------------------------


def visits_from(tx: Tx, company: CompanyId, member: MemberId, first: int) -> list[StoredVisit]:
    """Return the visits of outcome number `first` and later, and those not yet certain."""
    rows = tx.rows(_VISITS_FROM, company=company, member=member, first=first)
    rows += tx.rows(_VISITS_OPEN, company=company, member=member)
    return _in_order(_stored_visit(row) for row in rows)


def visits_within(
    tx: Tx, company: CompanyId, member: MemberId, span_ms: tuple[int, int], most: int
) -> list[StoredVisit]:
    """Return the visits that overlap a span of time, in order of time, the last of too many.

    One that is over and began more than `LONGEST_MS` before the span is not looked for.
    """
    since, until = span_ms
    rows = tx.rows(
        _VISITS_WITHIN,
        company=company,
        member=member,
        earliest=since - LONGEST_MS,
        until=until,
        most=most,
    )
    rows += tx.rows(_VISITS_OPEN, company=company, member=member)
    return _in_order(
        one
        for one in map(_stored_visit, rows)
        if one.what.enter_ms <= until and (one.what.exit_ms == 0 or one.what.exit_ms >= since)
    )


def _in_order(visits: Iterable[StoredVisit]) -> list[StoredVisit]:
    return sorted(visits, key=lambda one: (one.what.enter_ms, one.what.area, one.id))


def visitors(tx: Tx, company: CompanyId, area: str) -> list[tuple[MemberId, bool]]:
    """Return who visited an area, once for each visit, and whether they are still inside."""
    rows = tx.rows(_VISITORS, company=company, area=area)
    return [(MemberId(row[0]), row[1] == 0) for row in rows]


def save_visits(tx: Tx, company: CompanyId, visits: Iterable[StoredVisit]) -> None:
    """Write visits."""
    rows = [
        {
            "company_id": company,
            "visit_id": one.id,
            "member_id": one.member,
            "area_id": one.what.area,
            "seq": one.seq,
            "enter_ms": one.what.enter_ms,
            "exit_ms": one.what.exit_ms,
            "doc": _encode(one.what).decode(),
        }
        for one in visits
    ]
    tx.run_many(_SAVE_VISIT, rows)


def remove_visits(tx: Tx, company: CompanyId, ids: Sequence[str]) -> None:
    """Delete visits that turned out not to be."""
    if ids:
        tx.run(_REMOVE_VISITS, company=company, ids=list(ids))


# --- passages -------------------------------------------------------------------------------------


def replace_passages(
    tx: Tx,
    company: CompanyId,
    member: MemberId,
    first: int,
    passages: Iterable[tuple[int, Passage]],
) -> None:
    """Replace the passages of outcome number `first` and later."""
    tx.run(_FORGET_PASSAGES, company=company, member=member, first=first)
    rows = [
        {
            "company_id": company,
            "member_id": member,
            "seq": seq,
            "area_id": one.area,
            "ts_ms": one.ts_ms,
        }
        for seq, one in passages
    ]
    tx.run_many(_ADD_PASSAGE, rows)


def _stored_segment(row: tuple[Any, ...]) -> StoredSegment:
    return StoredSegment(row[0], row[1], _segment(row[2]))


def _stored_visit(row: tuple[Any, ...]) -> StoredVisit:
    return StoredVisit(row[0], MemberId(row[1]), row[2], _visit(row[3]))
