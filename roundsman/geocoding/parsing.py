"""From the text of an address to what may be meant by each of its words. Pure.

Nothing is decided here that the index knows better: a number may be a house number, a postcode or
part of a name ("Rua 25 de Abril 12"), so every reading is kept and the search takes what exists.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from roundsman.geocoding import numbers
from roundsman.geocoding.countries import code_of
from roundsman.geocoding.words import bare, canonical, without_digraphs

TEXT_MOST = 300
WORDS_MOST = 24

# Flat, floor and staircase, with what follows them; and the Portuguese and Spanish way round.
_UNIT = re.compile(
    r"(?:\b(?:apartamento|apartment|apto?|appartement|appt|wohnung|whg|unit|suite|flat|floor|piso|"
    r"andar|fracc?ao|stiege|staircase|tur|etage|stock|top|bte|bus)\b\.?\s*[a-z]?\d{0,4}[a-z]?\b)"
    r"|(?:\b\d{1,2}\s?[oa.]?\s?(?:esq|esquerdo|dto|dir|direito|drt|frt|fte|frente|og|stock|etage|"
    r"andar|piso|th floor|st floor|nd floor|rd floor)\b\.?)"
    r"|(?:\br/c\b)"
)
_BREAK = re.compile(r"[,;\n\r\t|]+")
_WORD = re.compile(r"[^\W_]+")
_HOUSE = re.compile(r"\d{1,5}[a-z]{0,2}|[a-z]\d{1,4}")
_MARK = re.compile(r"(?:\b(?:numero|num|nr|no|n)\b\.?o?|#|№)\s*(?=\d)")
_DIGITS_ONLY = re.compile(r"\d{4,6}")
_TWO_PARTS = re.compile(
    r"\d{4}-\d{3}|\d{5}-\d{3,4}|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[a-z]{2}"
    r"|[a-z]{1,2}\d[a-z\d]? \d[a-z]{2}|[a-z]\d[a-z] \d[a-z]\d|[a-z]\d\d [a-z\d]{4}"
)
_ONE_PART = re.compile(r"\d{4}[a-z]{2}|[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}|[a-z]\d[a-z]\d[a-z]\d")
_SUFFIXES = frozenset({"bis", "ter", "quater"})


class Token(Struct, frozen=True):
    """A word of an address.

    `text` is its canonical form, `raw` the folded and `bare` the typed letters (without accents),
    `part` counts the commas before it, `glue` is what stands between it and the word before.
    """

    text: str
    raw: str
    bare: str
    part: int
    glue: str


class Number(Struct, frozen=True):
    """A reading of some tokens as house number or postcode, by its key."""

    key: str
    at: int
    count: int


class Asked(Struct, frozen=True, kw_only=True):
    """An address taken apart. `numbers` and `postcodes` are readings, the longest first.

    `ending` is the country that the words from `ends_at` on name, unless they are part of a name
    themselves ("Avenida do Brasil").
    """

    tokens: tuple[Token, ...] = ()
    parts: int = 0
    numbers: tuple[Number, ...] = ()
    postcodes: tuple[Number, ...] = ()
    country: str = ""
    ending: str = ""
    ends_at: int = TEXT_MOST


def parse(text: str, country: str = "") -> Asked:
    """Take an address apart. `country` (a code or name) counts where the text names none."""
    pieces = [piece for piece in _BREAK.split(text[:TEXT_MOST].replace("_", " ")) if piece.strip()]
    named = ""
    if len(pieces) > 1 and (named := code_of(pieces[-1])):
        pieces.pop()
    tokens = [token for part, piece in enumerate(pieces) for token in _tokens(piece, part)]
    tokens = tokens[:WORDS_MOST]
    before_code, tokens = _without_country_letters(tokens)
    named = named or before_code
    ending, ends_at = ("", TEXT_MOST) if named else _country_at_the_end(tokens)
    return Asked(
        ending=ending,
        ends_at=ends_at,
        tokens=tuple(tokens),
        parts=len(pieces),
        numbers=tuple(_house_numbers(tokens)),
        postcodes=tuple(_postcodes(tokens)),
        country=named or code_of(country),
    )


def _tokens(piece: str, part: int) -> Iterator[Token]:
    text = bare(piece).replace("'", " ")
    text = _MARK.sub(" ", _UNIT.sub(" ", text) if part or _has_words(text) else text)
    end = 0
    for found in _WORD.finditer(text):
        glue = text[end : found.start()].strip() if end else ""
        raw = without_digraphs(found.group())
        yield Token(canonical(raw), raw, found.group(), part, glue)
        end = found.end()


def _has_words(text: str) -> bool:
    """Tell whether a text still says something when flats and floors are taken out."""
    return bool(re.search(r"[^\W\d_]{3,}", _UNIT.sub(" ", text)))


def _country_at_the_end(tokens: list[Token]) -> tuple[str, int]:
    """Return the country that the last words name (more than a code), and where they begin."""
    for count in (3, 2, 1):
        said = " ".join(token.raw for token in tokens[-count:])
        if len(tokens) > count and len(said) > len("uk") and (code := code_of(said)):
            return code, len(tokens) - count
    return "", TEXT_MOST


def _without_country_letters(tokens: list[Token]) -> tuple[str, list[Token]]:
    """Return the country whose letters stand before a postcode (D-91207), and the other words."""
    for at, token in enumerate(tokens[1:]):
        letters = tokens[at].raw
        if token.glue == "-" and len(letters) <= len("fl") and _DIGITS_ONLY.fullmatch(token.raw):
            code = code_of(letters)
            if code:
                plain = replace(token, glue="")
                return code, [*tokens[:at], plain, *tokens[at + 2 :]]
    return "", tokens


def _house_numbers(tokens: Sequence[Token]) -> Iterator[Number]:
    for at, token in enumerate(tokens):
        if not _HOUSE.fullmatch(token.raw):
            continue
        after = [one for one in tokens[at + 1 : at + 3] if one.part == token.part]
        if after and after[0].glue in {"-", "/", "\N{EN DASH}"} and _is_second(after[0].raw):
            glue = "/" if after[0].glue == "/" else "-"
            yield Number(numbers.key(f"{token.raw}{glue}{after[0].raw}"), at, 2)
        elif after and not after[0].glue and token.raw.isdecimal() and _is_addition(after[0].raw):
            yield Number(token.raw + after[0].raw, at, 2)
        yield Number(numbers.key(token.raw), at, 1)
        digits = token.raw.rstrip("abcdefghijklmnopqrstuvwxyz")
        if digits and digits != token.raw:
            yield Number(digits, at, 1)


def _is_addition(raw: str) -> bool:
    """Tell whether a text may belong to the number before it: 12 a, 12 bis."""
    return raw in _SUFFIXES or (len(raw) == 1 and raw.isascii() and raw.isalpha())


def _is_second(raw: str) -> bool:
    """Tell whether a text may be the second half of a house number."""
    return bool(re.fullmatch(r"\d{1,4}[a-z]?|[a-z]", raw))


def _postcodes(tokens: Sequence[Token]) -> Iterator[Number]:
    for at, token in enumerate(tokens):
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if following is not None and following.part == token.part:
            glue = following.glue or " "
            if _TWO_PARTS.fullmatch(f"{token.raw}{glue}{following.raw}"):
                yield Number(numbers.postcode_key(token.raw + following.raw), at, 2)
        if _DIGITS_ONLY.fullmatch(token.raw) or _ONE_PART.fullmatch(token.raw):
            yield Number(numbers.postcode_key(token.raw), at, 1)
