"""Numbers, times and flags as apps write them (pure).

Every function returns None for what it cannot read: whether that spoils a message is its caller's
decision.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from math import isfinite

from roundsman.core.clock import EPOCH, MAX_MS, to_ms

KNOT_MPS = 0.514444
# Numbers below are seconds, above milliseconds.
_SECONDS_BELOW = 2**31
_MIN_MS = to_ms(datetime(1, 1, 2, tzinfo=UTC))
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,3})?"
)
# A plus sign before a zone that was not escaped in a URL arrives as a blank.
_LOST_PLUS = re.compile(r"(.+:.+) ([0-9]{2}:?[0-9]{2})")
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})

MAX_ATTRIBUTES = 32
MAX_ATTRIBUTES_LENGTH = 1024
_MAX_NAME = 64
_MAX_HEIGHT_M = 100_000.0
_FULL_TURN_DEG = 360.0
_FULL_PCT = 100.0


def number(value: object) -> float | None:
    """Return a finite number, from JSON or from text with a decimal point."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            result = float(value)
        except OverflowError:
            return None
    elif isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        result = float(value)
    else:
        return None
    return result if isfinite(result) else None


def not_negative(value: object) -> float | None:
    """Return a number that is not negative: apps write -1 for unknown."""
    result = number(value)
    return None if result is None or result < 0 else result


def positive(value: object) -> float | None:
    """Return a number above 0."""
    result = number(value)
    return None if result is None or result <= 0 else result


def bearing(value: object) -> float | None:
    """Return degrees from 0 to 360."""
    result = not_negative(value)
    return None if result is None or result > _FULL_TURN_DEG else round(result, 1)


def height(value: object) -> float | None:
    """Return metres above the ellipsoid or the sea, whatever the phone means."""
    result = number(value)
    return None if result is None or abs(result) > _MAX_HEIGHT_M else round(result, 1)


def percent(value: object) -> int | None:
    """Return a whole percentage from 0 to 100."""
    result = not_negative(value)
    return None if result is None or result > _FULL_PCT else round(result)


def share_as_percent(value: object) -> int | None:
    """Return the percentage of a level that is given as 0 to 1, or already in percent above it."""
    result = not_negative(value)
    return percent(result * 100 if result is not None and result <= 1 else result)


def flag(value: object) -> bool | None:
    """Return a truth, from JSON or from text."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    return True if text in _TRUE else False if text in _FALSE else None


def text(value: object) -> str:
    """Return a text without control characters that a database refuses; empty for None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.replace("\x00", "")
    return str(value) if isinstance(value, int | float) else ""


def moment_ms(value: object) -> int | None:
    """Return milliseconds of a time in seconds, milliseconds or ISO 8601; UTC without a zone."""
    plain = number(value)
    if plain is not None:
        ms = round(plain * 1000) if plain < _SECONDS_BELOW else round(plain)
    elif isinstance(value, str):
        read = _iso_ms(value.strip())
        if read is None:
            return None
        ms = read
    else:
        return None
    return ms if _MIN_MS <= ms <= MAX_MS else None


def attributes(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return what else an app said, as text: at most 32 values and 1 KiB together."""
    kept: dict[str, str] = {}
    length = 0
    for name, value in pairs:
        clean_name, clean = text(name)[:_MAX_NAME], text(value)
        length += len(clean_name.encode(errors="replace")) + len(clean.encode(errors="replace"))
        if not clean_name or not clean or length > MAX_ATTRIBUTES_LENGTH:
            continue
        kept[clean_name] = clean
        if len(kept) == MAX_ATTRIBUTES:
            break
    return kept


def _iso_ms(written: str) -> int | None:
    lost = _LOST_PLUS.fullmatch(written)
    if lost:
        written = f"{lost[1]}+{lost[2]}"
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return to_ms(moment) if moment != EPOCH else 0
    except (ValueError, OverflowError):
        return None
