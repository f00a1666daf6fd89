"""All SQL about places."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
    update,
)

from roundsman.core.clock import to_us
from roundsman.core.errors import UnknownPlace
from roundsman.core.ids import CompanyId, MemberId, PlaceId
from roundsman.places.areas import COARSE, Area, cells_of
from roundsman.places.model import Place
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import area as area_table
from roundsman.storage.schema import area_cell
from roundsman.storage.schema import place as table

_encode = msgspec.json.Encoder().encode
_place = msgspec.json.Decoder(Place).decode
_OURS = table.c.company_id == bindparam("company")

_ALL = Statement(select(table.c.doc).where(_OURS).order_by(table.c.name_key, table.c.place_id))
_SOME = Statement(select(table.c.doc).where(_OURS, is_in(table.c.place_id, "places")))
_SOME_LOCKED = Statement(
    select(table.c.doc)
    .where(_OURS, is_in(table.c.place_id, "places"))
    .order_by(table.c.place_id)
    .with_for_update()
)
_SAVE = upsert(table, keys=["company_id", "place_id"])
_DELETE = Statement(delete(table).where(_OURS, is_in(table.c.place_id, "places")))


def find_many(
    tx: Tx, company: CompanyId, ids: Iterable[str], *, lock: bool = False
) -> dict[PlaceId, Place]:
    """Return the places of those ids that exist."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = tx.rows(_SOME_LOCKED if lock else _SOME, company=company, places=wanted)
    found = [_place(row[0]) for row in rows]
    return {one.id: one for one in found}


def get(tx: Tx, company: CompanyId, place: str, *, lock: bool = False) -> Place:
    """Return the place of that id."""
    found = find_many(tx, company, [place], lock=lock).get(PlaceId(place))
    if found is None:
        problem = f"No place {place}."
        raise UnknownPlace(problem)
    return found


def places(tx: Tx, company: CompanyId) -> list[Place]:
    """Return every place of the company, by name."""
    return [_place(row[0]) for row in tx.rows(_ALL, company=company)]


def save(tx: Tx, company: CompanyId, one: Place) -> None:
    """Write a place."""
    tx.run(
        _SAVE,
        company_id=company,
        place_id=one.id,
        name_key=one.name.casefold(),
        inexact=int(one.pin.is_inexact),
        seek_us=to_us(one.pin.seek_at) if one.pin.seek_at else 0,
        doc=_encode(one).decode(),
    )


def remove(tx: Tx, company: CompanyId, ids: Iterable[str]) -> None:
    """Delete places for good."""
    tx.run(_DELETE, company=company, places=sorted(set(ids)))


# --- addresses to look for ------------------------------------------------------------------------

_NONE: ColumnElement[int] = literal_column("0")
_WAITS = table.c.seek_us > _NONE
_INEXACT = Statement(
    select(table.c.doc)
    .where(_OURS, table.c.inexact != _NONE)
    .order_by(table.c.name_key, table.c.place_id)
    .limit(bindparam("most"))
)
_HUNGRY = Statement(
    select(table.c.company_id)
    .where(_WAITS, table.c.seek_us <= bindparam("now"), table.c.company_id > bindparam("after"))
    .group_by(table.c.company_id)
    .order_by(table.c.company_id)
    .limit(bindparam("most"))
)
_UNSOUGHT = Statement(
    select(table.c.doc)
    .where(_OURS, _WAITS, table.c.seek_us <= bindparam("now"))
    .order_by(table.c.seek_us)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = Statement(
    update(table)
    .where(table.c.company_id == bindparam("of_company"), table.c.place_id == bindparam("of_place"))
    .values(seek_us=bindparam("until"))
)
_NAMED_LIKE = Statement(
    select(table.c.doc)
    .where(_OURS, table.c.name_key.like(bindparam("pattern"), escape="\\"))
    .order_by(table.c.name_key, table.c.place_id)
    .limit(bindparam("most"))
)
_WAITING = Statement(select(table.c.place_id).where(_OURS, _WAITS).limit(bindparam("most")))


def inexact(tx: Tx, company: CompanyId, most: int) -> list[Place]:
    """Return the places whose positions a person should look at, by name."""
    return [_place(row[0]) for row in tx.rows(_INEXACT, company=company, most=most)]


def named_like(tx: Tx, company: CompanyId, text: str, most: int) -> list[Place]:
    """Return places with a text in their name, whatever its case, by name."""
    plain = re.sub(r"([%_\\])", r"\\\1", text.casefold())
    rows = tx.rows(_NAMED_LIKE, company=company, pattern=f"%{plain}%", most=most)
    return [_place(row[0]) for row in rows]


def hungry(tx: Tx, after: str, most: int) -> list[CompanyId]:
    """Return companies behind another whose places have addresses to be looked for now."""
    rows = tx.rows(_HUNGRY, now=to_us(tx.now), after=after, most=most)
    return [CompanyId(row[0]) for row in rows]


def claim_unsought(tx: Tx, company: CompanyId, most: int, until: datetime) -> list[Place]:
    """Return places whose addresses are to be looked for now, put off so that nobody else does."""
    rows = tx.rows(_UNSOUGHT, company=company, now=to_us(tx.now), most=most)
    found = [_place(row[0]) for row in rows]
    tx.run_many(
        _CLAIM,
        [{"of_company": company, "of_place": one.id, "until": to_us(until)} for one in found],
    )
    return found


def waiting(tx: Tx, company: CompanyId, most: int) -> int:
    """Return how many places wait for their addresses to be looked for, up to a number."""
    return len(tx.rows(_WAITING, company=company, most=most))


# --- areas ----------------------------------------------------------------------------------------

_a = area_table.c
_k = area_cell.c
_AREA = (
    _a.area_id,
    _a.kind,
    _a.subject,
    _a.member_id,
    _a.lat_e7,
    _a.lng_e7,
    _a.radius_m,
    _a.from_ms,
    _a.until_ms,
    _a.enter_until_ms,
)
_VERSION = ("company_id", "area_id", "member_id", "from_ms")
_SAVE_AREA = upsert(area_table, keys=_VERSION)
_SAVE_CELL = upsert(
    area_cell, keys=["company_id", "cell", "enter_until_ms", "area_id", "member_id", "from_ms"]
)
_VERSIONS = Statement(
    select(*_AREA)
    .where(_a.company_id == bindparam("company"), _a.area_id == bindparam("area"))
    .order_by(_a.from_ms, _a.member_id)
)
_REMOVE_AREA, _REMOVE_CELLS = (
    Statement(
        delete(each).where(
            each.c.company_id == bindparam("company"),
            each.c.area_id == bindparam("area"),
            each.c.member_id == bindparam("member"),
            each.c.from_ms == bindparam("since"),
        )
    )
    for each in (area_table, area_cell)
)
_FOR_MEMBER = or_(_a.member_id == "", _a.member_id == bindparam("member"))
_IN_CELLS = Statement(
    select(*_AREA)
    .select_from(
        area_cell.join(
            area_table,
            and_(*(getattr(_a, name) == getattr(_k, name) for name in _VERSION)),
        )
    )
    .where(
        _k.company_id == bindparam("company"),
        is_in(_k.cell, "cells"),
        _k.enter_until_ms > bindparam("since"),
        or_(_k.member_id == "", _k.member_id == bindparam("member")),
    )
    .distinct()
)
_NAMED = Statement(
    select(*_AREA).where(
        _a.company_id == bindparam("company"), is_in(_a.area_id, "areas"), _FOR_MEMBER
    )
)


def area_versions(tx: Tx, company: CompanyId, area: str) -> list[Area]:
    """Return every version of an area, oldest first."""
    return [_area(row) for row in tx.rows(_VERSIONS, company=company, area=area)]


def save_area(tx: Tx, company: CompanyId, area: Area) -> None:
    """Write a version of an area over the one of the same member and start."""
    remove_area(tx, company, area)
    version = {
        "company_id": company,
        "area_id": area.id,
        "member_id": area.member,
        "from_ms": area.from_ms,
    }
    tx.run(
        _SAVE_AREA,
        **version,
        kind=area.kind,
        subject=area.subject,
        lat_e7=area.lat_e7,
        lng_e7=area.lng_e7,
        radius_m=area.radius_m,
        until_ms=area.until_ms,
        enter_until_ms=area.enter_until_ms,
    )
    cells = set(cells_of(area.lat_e7, area.lng_e7, area.radius_m, COARSE)) if area.radius_m else ()
    in_cell = {**version, "enter_until_ms": area.closes_ms}
    tx.run_many(_SAVE_CELL, [{**in_cell, "cell": cell} for cell in sorted(cells)])


def remove_area(tx: Tx, company: CompanyId, area: Area) -> None:
    """Delete a version of an area."""
    for statement in (_REMOVE_CELLS, _REMOVE_AREA):
        tx.run(statement, company=company, area=area.id, member=area.member, since=area.from_ms)


def areas_in_cells(
    tx: Tx, company: CompanyId, member: MemberId, cells: Iterable[int], since_ms: int
) -> list[Area]:
    """Return a member's areas that touch cells of the coarse grid and may be entered after a time.

    Those the member is inside already are found by their names.
    """
    rows = tx.rows(
        _IN_CELLS, company=company, member=member, cells=sorted(set(cells)), since=since_ms
    )
    return [_area(row) for row in rows]


def areas_named(tx: Tx, company: CompanyId, member: MemberId, ids: Iterable[str]) -> list[Area]:
    """Return every version of these areas that counts or counted for a member."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    rows = tx.rows(_NAMED, company=company, member=member, areas=wanted)
    return [_area(row) for row in rows]


def _area(row: Sequence[Any]) -> Area:
    return Area(
        id=row[0],
        kind=row[1],
        subject=row[2],
        member=row[3],
        lat_e7=row[4],
        lng_e7=row[5],
        radius_m=row[6],
        from_ms=row[7],
        until_ms=row[8],
        enter_until_ms=row[9],
    )
