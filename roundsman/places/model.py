"""A place: a fixed location such as a customer's site, a warehouse, an office."""

from msgspec import Struct

from roundsman.core.geo import Point
from roundsman.core.ids import MemberId, PlaceId, TeamId


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place. `radius_m` 0 means the company's default; `teams` empty means all may use it."""

    id: PlaceId
    name: str
    creator: MemberId = MemberId("")
    creator_name: str = ""
    position: Point | None = None
    address: str = ""
    city: str = ""
    state: str = ""
    postalcode: str = ""
    country_code: str = ""
    radius_m: int = 0
    phone: str = ""
    email: str = ""
    color: str = ""
    linked_forms: str = ""
    teams: list[TeamId] = []
    data: dict[str, str] = {}

    @property
    def full_address(self) -> str:
        """Return the address on one line."""
        town = " ".join(part for part in (self.postalcode, self.city) if part)
        return ", ".join(
            part for part in (self.address, town, self.state, self.country_code) if part
        )
