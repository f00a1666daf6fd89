"""Finding an address, and completing one that is being typed, in one index."""

from collections.abc import Iterable, Iterator, Sequence

from roundsman.core.geo import Point, distance_m
from roundsman.geocoding import fitting, numbers
from roundsman.geocoding.answers import of_house, of_postcode, of_street, of_town
from roundsman.geocoding.fitting import Fit
from roundsman.geocoding.model import NOTHING, Entry, House, Located
from roundsman.geocoding.parsing import Asked, parse
from roundsman.geocoding.queries import Index, Likes
from roundsman.geocoding.words import is_generic

# Entries that are compared, and those whose houses are looked up.
CANDIDATES = 60
LOOKED_INTO = 10
# What fits less is a guess.
SCORE_LEAST = 0.4
SUGGESTIONS = 8
_HOUSES_MOST = 2_000
_GOOD = 0.8
# Less likely than this share of the likeliest is not worth a line.
_SUGGESTED = 0.75

_NEAR_M = 50_000.0
_NEAR_BONUS = 0.03


def locate(index: Index, text: str, country: str = "", near: Point | None = None) -> Located:
    """Return where an address is; `near` decides between several that fit alike."""
    asked = parse(text, country)
    found = _found(index, asked, near=near, is_typing=False)
    best = max(found, key=lambda one: one[0], default=(0.0, NOTHING))[1]
    return best if best.score >= SCORE_LEAST else NOTHING


def suggest(
    index: Index, text: str, country: str = "", near: Point | None = None, most: int = SUGGESTIONS
) -> list[Located]:
    """Return what an address that is being typed may become, the likeliest first."""
    asked = parse(text, country)
    found = _found(index, asked, near=near, is_typing=not text.endswith((" ", ",")))
    found.sort(key=lambda one: -one[0])
    found = [one for one in found if one[0] >= _SUGGESTED * found[0][0]]
    unique = {located.text: located for _, located in reversed(found)}
    return [located for _, located in found if unique.pop(located.text, None)][:most]


def _found(
    index: Index, asked: Asked, *, near: Point | None, is_typing: bool
) -> list[tuple[float, Located]]:
    """Return what fits, with how much it is preferred."""
    if not asked.tokens or (
        asked.country and index.countries and asked.country not in index.countries
    ):
        return []
    texts = list(fitting.spans(asked))
    end = len(asked.tokens)
    begun = {text for text, _, last in texts if last == end} if is_typing else set[str]()
    begun = {text for text in begun if not text.isdecimal()}
    typed = {token.text: token.bare for token in asked.tokens if not token.raw.isdecimal()}
    likes = index.alike({text for text, _, _ in texts}, typed, begun)
    hearing = fitting.heard(likes, asked)
    codes = [reading.key for reading in asked.postcodes]
    found: list[tuple[float, Located]] = []
    for entries in _recalled(index, asked, likes, codes):
        found += _streets(index, asked, hearing, entries, near)
        if is_typing or not found:
            found += _towns(asked, hearing, entries, near, is_typing=is_typing)
        # Who fits as well as this is not found among those of whom less was said.
        if any(score >= _GOOD for score, _ in found):
            break
    if not found and (place := index.code(codes)):
        found.append((0.0, of_postcode(place, SCORE_LEAST)))
    return found


def _recalled(
    index: Index, asked: Asked, likes: Likes, codes: Sequence[str]
) -> Iterator[list[Entry]]:
    """Yield entries that may be meant: those that explain all words, then those that do some."""
    groups: list[set[str]] = [set() for _ in asked.tokens]
    for text, start, end in fitting.spans(asked):
        for at in range(start, end):
            groups[at] |= likes[text].keys() if text in likes else set()
    telling = [
        group
        for group, token in zip(groups, asked.tokens, strict=True)
        if group and not token.raw[:1].isdecimal()
    ]
    if all(is_generic(word) for group in telling for word in group):
        # "Rua 6" has nothing but its number.
        telling = [group for group in groups if group]
    every = {word for group in groups for word in group}
    if telling:
        yield index.search(telling, CANDIDATES)
    if every:
        yield index.search_any(every, codes, CANDIDATES)


def _streets(
    index: Index,
    asked: Asked,
    hearing: fitting.Hearing,
    entries: Iterable[Entry],
    near: Point | None,
) -> list[tuple[float, Located]]:
    fits = [
        one
        for entry in entries
        if not entry.is_town
        and _is_in(asked, entry)
        and (one := fitting.fit(asked, hearing, entry)) is not None
    ]
    fits.sort(key=lambda one: -one.score(0) - _bonus(one.entry, near))
    return [
        (located.score + _bonus(one.entry, near), located)
        for one in fits[:LOOKED_INTO]
        for located in (_in_street(index, asked, one),)
    ]


def _towns(
    asked: Asked,
    hearing: fitting.Hearing,
    entries: Iterable[Entry],
    near: Point | None,
    *,
    is_typing: bool,
) -> list[tuple[float, Located]]:
    found: list[tuple[float, Located]] = []
    for entry in entries:
        if not entry.is_town or not _is_in(asked, entry):
            continue
        one = fitting.fit_town(asked, hearing, entry, is_whole=is_typing)
        if one is not None:
            score = one.score(0.5)
            found.append((score + _bonus(entry, near), of_town(entry, score)))
    return found


def _is_in(asked: Asked, entry: Entry) -> bool:
    return not (asked.country and entry.country_code) or asked.country == entry.country_code


def _bonus(entry: Entry, near: Point | None) -> float:
    bonus = 0.01 * entry.weight
    if near is not None:
        away_m = distance_m(near.lat, near.lng, entry.lat, entry.lng)
        bonus += _NEAR_BONUS * max(0.0, 1 - away_m / _NEAR_M)
    return bonus


def _in_street(index: Index, asked: Asked, one: Fit) -> Located:
    """Return the house in a street that fits, else the street."""
    street = one.entry
    for reading in one.numbers:
        houses = index.houses_named(street.id, reading.key)
        if houses:
            house = _best_house(asked, houses)
            score = one.score(1.0)
            return of_house(street, house, score)
    at = Point(street.lat, street.lng)
    number = ""
    if one.numbers:
        number = one.numbers[-1].key
        at = _beside(index.houses_of(street.id, _HOUSES_MOST), number) or at
    return of_street(street, at, one.score(0.0 if number else 0.7))


def _best_house(asked: Asked, houses: Sequence[House]) -> House:
    """Return the house whose own postcode and town were said, else the first."""
    codes = {reading.key for reading in asked.postcodes}
    said = {token.text for token in asked.tokens}

    def fits(house: House) -> tuple[bool, bool]:
        town = set(house.city.casefold().split())
        return numbers.postcode_key(house.postcode) in codes, bool(town & said)

    return max(houses, key=fits)


def _beside(houses: Sequence[House], number: str) -> Point | None:
    """Return about where a number that is not mapped would be: between its neighbours.

    Even and odd numbers are on two sides of a street, so those of its own side count first.
    """
    wanted = numbers.value(number)
    known = sorted(
        (value, house.lat, house.lng)
        for house in houses
        if (value := numbers.value(house.number)) is not None
    )
    if wanted is None or not known:
        return None
    side = [one for one in known if one[0] % 2 == wanted % 2] or known
    below = [one for one in side if one[0] <= wanted]
    above = [one for one in side if one[0] >= wanted]
    if not below or not above:
        _, lat, lng = below[-1] if below else above[0]
        return Point(lat, lng)
    (low, low_lat, low_lng), (high, high_lat, high_lng) = below[-1], above[0]
    part = (wanted - low) / (high - low) if high > low else 0.0
    return Point(low_lat + (high_lat - low_lat) * part, low_lng + (high_lng - low_lng) * part)
