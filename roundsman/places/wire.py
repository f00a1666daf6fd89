"""A place as it is answered on the wire and sent to webhooks."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member
from roundsman.core.ids import CompanyId, MemberId
from roundsman.places.model import Place
from roundsman.storage.database import Tx


class Position(Struct, frozen=True):
    """Degrees, WGS 84; 0/0 where nothing is known."""

    lat: float
    lng: float


class WirePlace(Struct, frozen=True, kw_only=True):
    """A place: every key, with its empty value where nothing is known.

    `creator` is a name, `radius` metres with 0 for the company's default, `teams` empty where all
    teams have access; `data` holds the custom fields, one pair an object.
    """

    uid: str
    name: str
    address: str
    city: str
    state: str
    postalcode: str
    country_code: str
    phone: str
    email: str
    location: Position
    radius: int
    color: str
    linked_forms: str = field(name="linkedForms")
    creator: str
    teams: list[int]
    data: list[dict[str, str]]


def on_wire(place: Place, creators: Mapping[MemberId, Member]) -> WirePlace:
    """Return a place as it is answered; `creators` gives people the names they have now."""
    creator = creators.get(place.creator)
    here = place.position
    return WirePlace(
        uid=place.id,
        name=place.name,
        address=place.address,
        city=place.city,
        state=place.state,
        postalcode=place.postalcode,
        country_code=place.country_code,
        phone=place.phone,
        email=place.email,
        location=Position(here.lat, here.lng) if here else Position(0, 0),
        radius=place.radius_m,
        color=place.color,
        linked_forms=place.linked_forms,
        creator=creator.name if creator else place.creator_name,
        teams=list(place.teams),
        data=[{key: value} for key, value in place.data.items()],
    )


def all_on_wire(tx: Tx, company: CompanyId, places: Sequence[Place]) -> list[WirePlace]:
    """Return places as they are answered: one query for their creators, however many they are."""
    creators = {place.creator for place in places if place.creator}
    people = accounts.some_members(tx, company, creators)
    return [on_wire(place, people) for place in places]
