"""Names as words that can be compared, whatever way they are written. Pure.

Both the index and what is asked go through here, so a word need not become a correct one: it only
has to become the same one. Every kind of street is reduced to its shortest usual form (Straße,
str., straat -> str; avenida, avenue, av. -> av), and so are titles and saints.
"""

import re
import unicodedata
from collections import defaultdict

from roundsman.geocoding.spelling import distance, forms

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ħ": "h",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "`": "'",
        "º": "o",
        "ª": "a",
    }
)
# Umlauts are typed as ae, oe, ue or left out; both become the bare vowel.
_DIGRAPH = re.compile(r"[aou]e+")
_WORD = re.compile(r"[^\W_]+")

# The canonical short form and what is written for it, after folding (so rue is ru, neue is nu).
_FORMS = {
    "str": "strasse street straat strase stree strs strada",
    "st": "saint sankt ste sainte snt",
    "av": "avenida avenu ave avda aven avenid",
    "r": "rua ru",
    "rd": "road",
    "pl": "platz place plaza praca plac plasa placa plats plein",
    "pc": "pca prc",
    "dr": "drive doutor doktor doctor dra doutora",
    "bd": "boulevard blvd bvd boul bulevar bulvar",
    "tv": "travessa trav",
    "lg": "largo lgo",
    "c": "calle cl",
    "v": "via",
    "p": "piazza pza pzza",
    "sq": "square",
    "ct": "court",
    "ter": "terrace terrasse",
    "ln": "lane laan",
    "al": "alle alameda alled",
    "estr": "estrada est",
    "eng": "engenheiro engo enga ing ingenieur ingeniero",
    "prof": "professor professora profa profesor",
    "gen": "general gal",
    "cap": "capitao captain capitan",
    "com": "comendador comandante cmdt",
    "mt": "mount monte",
    "ft": "fort",
    "hwy": "highway",
    "pkwy": "parkway",
    "cres": "crescent",
    "gdns": "gardens",
    "n": "north norte nord noord",
    "s": "south sur sud suid sul zuid",
    "e": "east este est",
    "w": "west oeste ouest",
    "ul": "ulica ulitsa ulice",
    "sra": "senhora senora",
    "nsa": "nossa nuestra",
    "d": "der den dem dom dona",
    "a": "an am",
    "b": "bei beim",
    "u": "und",
    "ch": "chemin",
    "imp": "impasse",
    "rte": "route",
    "fbg": "faubourg",
    "vic": "vicolo",
    "cso": "corso",
}
_SHORT = {written: short for short, forms in _FORMS.items() for written in (*forms.split(), short)}
# Titles and words that join others: they tell streets apart only where nothing else does.
_LITTLE_WORDS = (
    "a d b u v e o i of the de da do dos das del della di du des la le les el los las l y et en"
    " und zu zum zur im in auf vor van von sobre aux au s sur upon ob"
)
_LITTLE = frozenset(_LITTLE_WORDS.split())
_KIND_WORDS = (
    "str st av r rd pl pc dr bd tv lg c p sq ct ter ln al estr eng prof gen cap com hwy pkwy cres"
    " cl gdns ul ch imp rte weg gasse vej gade ring way sao santo santa sta sto rampa cso vic"
)
_GENERIC = _LITTLE | frozenset(_KIND_WORDS.split())
# German and Dutch write the kind of street as the end of the name.
_ENDINGS = (("strasse", "str"), ("straat", "str"), ("platz", "pl"))
_STEM_LEAST = 2

# Misspelled forms are sought among those of three letters and more.
_MENDED_FROM = 3
_BY_FORM: dict[str, set[str]] = defaultdict(set)
for _written in _SHORT:
    if len(_written) >= _MENDED_FROM:
        for _form in forms(_written):
            _BY_FORM[_form].add(_written)


def fold(text: str) -> str:
    """Return the text in small letters without accents; ae, oe and ue are a, o and u."""
    return without_digraphs(bare(text))


def without_digraphs(bare_text: str) -> str:
    """Return the text with a, o and u for ae, oe and ue."""
    return _DIGRAPH.sub(lambda found: found.group()[0], bare_text)


def bare(text: str) -> str:
    """Return the text in small letters without accents."""
    # Compatibility forms first: a letter of another style has no small one of its own.
    small = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    return "".join(
        letter
        for letter in unicodedata.normalize("NFKD", small)
        if not unicodedata.combining(letter)
    )


def words(text: str) -> list[str]:
    """Return the words of a name in their canonical forms."""
    return [canonical(word) for word in _WORD.findall(fold(text).replace("'", " "))]


def canonical(word: str) -> str:
    """Return the canonical form of one folded word."""
    short = _SHORT.get(word)
    if short is not None:
        return short
    for ending, form in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + _STEM_LEAST:
            return word.removesuffix(ending) + form
    return word


def mendings(word: str) -> set[str]:
    """Return canonical forms that a folded word with a slip may be: "travsesa" may be "tv"."""
    return {
        _SHORT[written]
        for form in forms(word)
        for written in _BY_FORM.get(form, ())
        if abs(len(written) - len(word)) <= 1 and distance(word, written, 1) <= 1
    }


def written_out(word: str) -> list[str]:
    """Return the long forms of a canonical word that ends in a kind of street.

    A slip in the ending is only seen in the long form: "lansdtrasse" is one from "landstrasse".
    """
    return [
        word.removesuffix(form) + ending
        for ending, form in _ENDINGS
        if word.endswith(form) and len(word) >= len(form) + _STEM_LEAST
    ]


def joined(parts: list[str]) -> str:
    """Return canonical words as one, the way compound names are written."""
    return canonical("".join(parts))


def weight(word: str) -> float:
    """Return how much a word tells, from 0.1 for "of" to 1.2 for a long name."""
    if word in _LITTLE:
        return 0.1
    if word in _GENERIC:
        return 0.25
    return min(1.2, 0.55 + 0.065 * len(word))


def is_generic(word: str) -> bool:
    """Tell whether a word says only what kind of street or person a name is of."""
    return word in _GENERIC
