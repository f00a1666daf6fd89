"""How well a street or town of the index fits an address that was taken apart. Pure.

The words of the entry's name take the words of the address that are most like them; what is left
must be said by the towns around the entry. A fit is refused where the address names another town:
no position is better than a wrong one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct

from roundsman.geocoding.model import Entry
from roundsman.geocoding.numbers import postcode_key
from roundsman.geocoding.parsing import Asked, Number
from roundsman.geocoding.words import joined, weight

# So many neighbouring words may have been written apart that belong together.
SPAN_MOST = 6
# A name of which less was said is not meant.
NAME_LEAST = 0.6
# An address of which less was understood is another one.
SAID_LEAST = 0.3
TOWN_LEAST = 0.8
_TELLING = 0.5
_ALIKE = 0.6
_TOWN_LETTERS = 4
_NAME, _SAID, _POSTCODE, _NUMBER = 0.52, 0.3, 0.08, 0.1
# The areas that hold a street count a little less than its town, what is only near it much less.
_HOLDING = 0.9
_NEAR = 0.4
_UNSURE = 0.85
# "Rua da Fonte Nova" is not "Rua Nova da Fonte", where there are both.
_OUT_OF_ORDER = 0.01


class Heard(Struct, frozen=True):
    """A word of the index that may be meant by the tokens from `start` up to `end`."""

    likeness: float
    start: int
    end: int


type Hearing = Mapping[str, Sequence[Heard]]
"""Word of the index -> where it may have been said, the most alike first."""


class Fit(Struct, frozen=True, kw_only=True):
    """How an entry fits, in shares from 0 to 1.

    `name` is how much of its name was said, `said` how much of what was said it explains.
    `numbers` are the readings of its house number, the likeliest first.
    """

    entry: Entry
    name: float
    said: float
    postcode: float
    numbers: tuple[Number, ...] = ()
    penalty: float = 1.0
    is_in_order: bool = False

    def score(self, number: float) -> float:
        """Return the score; `number` is 1 for a house found, 0 for one not found."""
        parts = _NAME * self.name + _SAID * self.said + _POSTCODE * self.postcode + _NUMBER * number
        return min(1.0, parts * self.penalty) - (0.0 if self.is_in_order else _OUT_OF_ORDER)


def spans(asked: Asked) -> Iterator[tuple[str, int, int]]:
    """Yield each word, and neighbouring words as one, with where they begin and end."""
    tokens = asked.tokens
    for start, token in enumerate(tokens):
        yield token.text, start, start + 1
        for end in range(start + 2, min(len(tokens), start + SPAN_MOST) + 1):
            last = tokens[end - 1]
            # Digits are written apart from words by everybody.
            if last.part != token.part or token.raw.isdecimal() or last.raw.isdecimal():
                break
            yield joined([one.text for one in tokens[start:end]]), start, end


def heard(likes: Mapping[str, Mapping[str, float]], asked: Asked) -> Hearing:
    """Return where each word of the index may have been said."""
    found: dict[str, list[Heard]] = defaultdict(list)
    for text, start, end in spans(asked):
        for word, likeness in likes.get(text, {}).items():
            found[word].append(Heard(likeness, start, end))
    for places in found.values():
        places.sort(key=lambda one: (-one.likeness, one.end - one.start, one.start))
    return found


def fit(asked: Asked, hearing: Hearing, entry: Entry) -> Fit | None:
    """Return how a street fits an address, None when it cannot be meant."""
    name, used = _name(hearing, entry)
    if name < NAME_LEAST or not used:
        return None
    if _is_abroad(asked, entry, used):
        return None
    own_codes = {postcode_key(code) for code in entry.postcodes}
    code = _code(asked, used, own_codes)
    numbers = _numbers(asked, used, code)
    taken = set(used)
    for reading in (*numbers[:1], *((code,) if code else ())):
        taken |= set(range(reading.at, reading.at + reading.count))
    said, is_placed, is_elsewhere = _said(asked, hearing, entry, used, taken)
    if said < SAID_LEAST:
        return None
    code_fits = code is not None and code.key in own_codes
    is_foreign = not code_fits and code is not None and bool(own_codes)
    penalty = 1.0
    if not is_placed and not code_fits and (is_elsewhere or is_foreign):
        if entry.is_sure:
            return None
        penalty = _UNSURE
    return Fit(
        entry=entry,
        name=name,
        said=said,
        postcode=1.0 if code_fits else 0.0 if code else 0.5,
        numbers=numbers,
        penalty=penalty,
        is_in_order=any(joined(key.split()) in hearing for key in entry.keys),
    )


def fit_town(asked: Asked, hearing: Hearing, entry: Entry, *, is_whole: bool = False) -> Fit | None:
    """Return how a town fits an address, None when it cannot be meant.

    The name of a street may hold that of a town, so a town does not stand in the first part of an
    address of several, nor in the middle of one. `is_whole` also refuses words beside it.
    """
    name, used = _name(hearing, entry)
    if name < TOWN_LEAST or not used:
        return None
    tokens = asked.tokens
    if _is_abroad(asked, entry, used):
        return None
    if asked.parts > 1 and all(tokens[at].part == 0 for at in used):
        return None
    others = [at for at in range(len(tokens)) if at not in used]
    telling = [at for at in others if tokens[at].text.isalpha()]
    if asked.parts == 1 and telling and min(used) > 0 and max(used) < len(tokens) - 1:
        return None
    said, is_placed, is_elsewhere = _said(asked, hearing, entry, used, set(used))
    own_codes = {postcode_key(code) for code in entry.postcodes}
    code_fits = any(reading.key in own_codes for reading in asked.postcodes)
    if is_whole and is_elsewhere and not is_placed and not code_fits:
        return None
    return Fit(
        entry=entry,
        name=name,
        said=said,
        postcode=1.0 if code_fits else 0.5,
        penalty=0.8 + 0.2 * min(1.0, entry.weight),
    )


def _is_abroad(asked: Asked, entry: Entry, used: Collection[int]) -> bool:
    """Tell whether the address ends with another country than the entry's."""
    if not asked.ending or not entry.country_code or entry.country_code == asked.ending:
        return False
    return not any(at >= asked.ends_at for at in used)


def _name(hearing: Hearing, entry: Entry) -> tuple[float, dict[int, float]]:
    """Return how much of a name was said, and how like it each token is that says it.

    The best of its variants counts, word by word or written as one.
    """
    best: tuple[float, dict[int, float]] = (0.0, {})
    for key in entry.keys:
        parts = key.split()
        best = max(best, _by_words(hearing, parts), key=_how_much)
        if len(parts) > 1:
            for one in hearing.get(joined(parts), ())[:1]:
                whole = dict.fromkeys(range(one.start, one.end), one.likeness)
                best = max(best, (one.likeness, whole), key=_how_much)
    return best


def _how_much(one: tuple[float, dict[int, float]]) -> tuple[float, int]:
    """Of two variants that were said alike, the one that says more counts."""
    return one[0], len(one[1])


def _by_words(hearing: Hearing, parts: Sequence[str]) -> tuple[float, dict[int, float]]:
    used: dict[int, float] = {}
    said = whole = 0.0
    # Telling words choose first; a little word then takes the one beside them, not the first one.
    for part in sorted(parts, key=weight, reverse=True):
        counts = weight(part)
        whole += counts
        best: tuple[float, int, Heard] | None = None
        for one in hearing.get(part, ()):
            if any(at in used for at in range(one.start, one.end)):
                continue
            choice = (one.likeness, -_away(one, used), one)
            if best is None or choice[:2] > best[:2]:
                best = choice
        if best is not None:
            one = best[2]
            used |= dict.fromkeys(range(one.start, one.end), one.likeness)
            said += counts * one.likeness
    return (said / whole if whole else 0.0), used


def _away(one: Heard, used: Collection[int]) -> int:
    return min((abs(one.start - at) for at in used), default=0)


def _code(asked: Asked, used: Collection[int], own: Collection[str]) -> Number | None:
    """Return the postcode: the reading that fits, else one that is no house number."""
    free = [
        reading
        for reading in asked.postcodes
        if not any(at in used for at in range(reading.at, reading.at + reading.count))
    ]
    for reading in free:
        if reading.key in own:
            return reading
    last = max(used)
    for reading in free:
        # The number behind the name of the street is its house number, unless there is another.
        others = [one for one in asked.numbers if not _overlap(one, reading) and one.at not in used]
        if others or (reading.at != last + 1 and reading.at + reading.count != min(used)):
            return reading
    return None


def _numbers(asked: Asked, used: Collection[int], code: Number | None) -> tuple[Number, ...]:
    """Return the readings of the house number: those nearest to the name, behind it first."""
    first, last = min(used), max(used)

    def away(reading: Number) -> tuple[int, int]:
        if reading.at > last:
            return reading.at - last, 0
        return first - reading.at - reading.count + 1, 1

    free = [
        reading
        for reading in asked.numbers
        if not any(at in used for at in range(reading.at, reading.at + reading.count))
        and not (code and _overlap(reading, code))
    ]
    if not free:
        return ()
    best = min(free, key=away)
    return tuple(reading for reading in free if reading.at == best.at)


def _overlap(one: Number, other: Number) -> bool:
    return one.at < other.at + other.count and other.at < one.at + one.count


def _said(
    asked: Asked,
    hearing: Hearing,
    entry: Entry,
    used: Mapping[int, float],
    taken: Collection[int],
) -> tuple[float, bool, bool]:
    """Return how much of the words an entry explains, whether a town of it was named, or any."""
    weights = {
        at: weight(token.text)
        for at, token in enumerate(asked.tokens)
        if at in used or (at not in taken and token.text.isalpha())
    }
    best = {at: used.get(at, 1.0 if at >= asked.ends_at else 0.0) for at in weights}
    rest = [at for at in weights if at not in used and at < asked.ends_at]
    if rest:
        for share, key in _around(entry):
            for word in key.split():
                for one in hearing.get(word, ()):
                    for at in range(one.start, one.end):
                        if at in best and at not in used:
                            best[at] = max(best[at], share * one.likeness)
    first, last = min(used), max(used)
    # A town stands before or behind the street, and hardly any has three letters.
    telling = [
        at
        for at in rest
        if weights[at] >= _TELLING
        and not first < at < last
        and len(asked.tokens[at].text) >= _TOWN_LETTERS
    ]
    is_placed = any(best[at] >= _ALIKE * _NEAR for at in telling)
    said = sum(counts * best[at] for at, counts in weights.items())
    return said / sum(weights.values()), is_placed, bool(telling)


def _around(entry: Entry) -> Iterator[tuple[float, str]]:
    for place, key in enumerate(entry.context):
        yield (_HOLDING if place else 1.0), key
    for key in entry.near:
        yield _NEAR, key
