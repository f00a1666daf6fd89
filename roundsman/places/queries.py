"""All SQL about places."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import bindparam, delete, select

from roundsman.core.errors import UnknownPlace
from roundsman.core.ids import CompanyId, PlaceId
from roundsman.places.areas import Area
from roundsman.places.model import Place
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import area as area_table
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
        doc=_encode(one).decode(),
    )


def remove(tx: Tx, company: CompanyId, ids: Iterable[str]) -> None:
    """Delete places for good."""
    tx.run(_DELETE, company=company, places=sorted(set(ids)))


# --- areas ----------------------------------------------------------------------------------------

_SAVE_AREA = upsert(area_table, keys=["company_id", "area_id"])
_DROP_AREA = Statement(
    delete(area_table).where(
        area_table.c.company_id == bindparam("company"), area_table.c.area_id == bindparam("area")
    )
)


def save_area(tx: Tx, company: CompanyId, area: Area) -> None:
    """Write the area around a job or place."""
    tx.run(
        _SAVE_AREA,
        company_id=company,
        area_id=area.id,
        kind=area.kind,
        subject=area.subject,
        member_id=area.member,
        lat_e7=area.lat_e7,
        lng_e7=area.lng_e7,
        radius_m=area.radius_m,
        from_ms=area.from_ms,
        until_ms=area.until_ms,
    )


def remove_area(tx: Tx, company: CompanyId, area_id: str) -> None:
    """Forget the area around a job or place."""
    tx.run(_DROP_AREA, company=company, area=area_id)
