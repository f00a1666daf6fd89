"""A place: a fixed location such as a customer's site, a warehouse, an office."""

from msgspec import Struct

from roundsman.core.geo import Point
from roundsman.core.ids import MemberId, PlaceId, TeamId
from roundsman.places.pins import NO_PIN, Address, Pin, Spot


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place. `radius_m` 0 means the company's default; `teams` empty means all may use it."""

    id: PlaceId
    name: str
    creator: MemberId = MemberId("")
    creator_name: str = ""
    position: Point | None = None
    pin: Pin = NO_PIN
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
    def sought_address(self) -> Address:
        """Return the address as a geocoder is asked for it; a town alone is none."""
        if not self.address:
            return "", ""
        town = " ".join(part for part in (self.postalcode, self.city) if part)
        text = ", ".join(part for part in (self.address, town, self.state) if part)
        return text, self.country_code

    @property
    def spot(self) -> Spot:
        """Return the place as far as its position goes."""
        return Spot(self.sought_address, self.position, self.pin)

    @property
    def full_address(self) -> str:
        """Return the address on one line."""
        town = " ".join(part for part in (self.postalcode, self.city) if part)
        return ", ".join(
            part for part in (self.address, town, self.state, self.country_code) if part
        )
