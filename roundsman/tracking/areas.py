"""Areas that come, move and go, and what that means for what was folded already."""

from roundsman.core.ids import CompanyId
from roundsman.places import queries as places
from roundsman.places.areas import Area
from roundsman.storage.database import Tx


def put(tx: Tx, company: CompanyId, area: Area) -> None:
    """Write an area, new or changed, and have the members concerned looked at again."""
    places.save_area(tx, company, area)


def drop(tx: Tx, company: CompanyId, area_id: str) -> None:
    """Take an area away and have the members concerned looked at again."""
    places.remove_area(tx, company, area_id)
