"""House numbers and postcodes: how they are written and which ones are meant. Pure."""

import re

from roundsman.geocoding.words import bare

# A range on one side of a street is taken apart up to this many numbers.
RANGE_MOST = 40
# A mapped line of house numbers says which numbers it has.
_STEPS = {"all": 1, "even": 2, "odd": 2}

_LIST = re.compile(r"[;,+&]|\bund\b|\band\b")
_SPAN = re.compile(r"(\d+)-(\d+)")
_LETTERS = re.compile(r"(\d+)([a-z])[-/]([a-z])")
_PLAIN = re.compile(r"(\d+)(.*)")
_NO_MARK = re.compile(r"[^a-z0-9/-]")
_LEADING = re.compile(r"^(?:n[ro]?|no|num|numero)(?=\d)")


def key(text: str) -> str:
    """Return the form of one house number by which it is looked up: "12 A" is "12a"."""
    return _LEADING.sub("", _NO_MARK.sub("", bare(text))).strip("-/")


def variants(text: str) -> list[str]:
    """Return the keys of every house number that a mapped one stands for.

    "8;10" are two, "2-6" is itself, 2, 4 and 6, "10a-c" is itself, 10a, 10b and 10c.
    """
    found: list[str] = []
    for part in _LIST.split(text):
        whole = key(part)
        if not whole:
            continue
        found.append(whole)
        if span := _SPAN.fullmatch(whole):
            first, last = int(span[1]), int(span[2])
            if first < last <= first + RANGE_MOST:
                step = 2 if (last - first) % 2 == 0 else 1
                found += [str(number) for number in range(first, last + 1, step)]
        elif letters := _LETTERS.fullmatch(whole):
            found += [
                letters[1] + chr(code) for code in range(ord(letters[2]), ord(letters[3]) + 1)
            ]
    return list(dict.fromkeys(found))


def value(number: str) -> int | None:
    """Return the number in front of a house number, None where it begins with a letter."""
    found = _PLAIN.match(key(number))
    return int(found[1][:6]) if found else None


def postcode_key(text: str) -> str:
    """Return the form of a postcode by which it is looked up: "4760-585" is "4760585"."""
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def between(start: str, end: str, kind: str) -> list[int]:
    """Return the numbers between two on a mapped line: `kind` is even, odd, all or a step."""
    first, last = value(start), value(end)
    if first is None or last is None:
        return []
    low, high = sorted((first, last))
    step = _STEPS.get(kind) or (int(kind) if kind.isdecimal() else 0)
    if not step:
        return []
    numbers = list(range(low + step, high, step))
    if len(numbers) > 10 * RANGE_MOST:
        return []
    return numbers if first <= last else numbers[::-1]
