"""Entries of the index as answers. Pure."""

from collections.abc import Sequence

from roundsman.core.geo import Point
from roundsman.geocoding.countries import written
from roundsman.geocoding.model import Entry, House, Located, State


def of_house(street: Entry, house: House, score: float) -> Located:
    """Return a house as an answer."""
    city = house.city or street.city
    postcode = house.postcode or _first(street.postcodes)
    return Located(
        state=State.EXACT,
        position=Point(house.lat, house.lng),
        text=written(
            street=street.name,
            number=house.number,
            postcode=postcode,
            city=city,
            country=street.country_code,
        ),
        street=street.name,
        house_number=house.number,
        postcode=postcode,
        city=city,
        country_code=street.country_code,
        score=round(score, 3),
    )


def of_street(street: Entry, at: Point, score: float) -> Located:
    """Return a street, at a position of it, as an answer."""
    postcode = _first(street.postcodes)
    return Located(
        state=State.STREET,
        position=at,
        text=written(
            street=street.name, postcode=postcode, city=street.city, country=street.country_code
        ),
        street=street.name,
        postcode=postcode,
        city=street.city,
        country_code=street.country_code,
        score=round(score, 3),
    )


def of_town(town: Entry, score: float) -> Located:
    """Return a town as an answer."""
    postcode = _first(town.postcodes)
    return Located(
        state=State.TOWN,
        position=Point(town.lat, town.lng),
        text=written(postcode=postcode, city=town.name, country=town.country_code),
        postcode=postcode,
        city=town.name,
        country_code=town.country_code,
        score=round(score, 3),
    )


def of_postcode(place: tuple[str, str, str, float, float], score: float) -> Located:
    """Return a postcode as an answer, at the middle of its addresses."""
    postcode, city, country, lat, lng = place
    return Located(
        state=State.TOWN,
        position=Point(lat, lng),
        text=written(postcode=postcode, city=city, country=country),
        postcode=postcode,
        city=city,
        country_code=country,
        score=score,
    )


def _first(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""
