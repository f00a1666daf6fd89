"""What an extract says about addresses, piece by piece, and which pieces are one street. Pure."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from math import cos, hypot, radians

from msgspec import Struct

from roundsman.geocoding.words import joined, words

# Pieces of one name that are closer than this are one street, in 1e-7 degrees of latitude (330 m).
GAP = 30_000
VARIANTS_MOST = 8

type Position = tuple[int, int]
"""Latitude and longitude in 1e-7 degrees."""

_OTHER_NAMES = ("official_name", "alt_name", "short_name", "loc_name", "old_name", "int_name")


class Piece(Struct, frozen=True, kw_only=True):
    """A stretch of a street (no number, at least one point) or a house number (one point)."""

    names: tuple[str, ...]
    points: tuple[Position, ...]
    number: str = ""
    postcode: str = ""
    city: str = ""
    suburb: str = ""
    country: str = ""
    weight: float = 0.0

    @property
    def middle(self) -> Position:
        """Return the point in the middle of the list."""
        return self.points[len(self.points) // 2]


def names_of(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return every name of a thing, the one on the map first; empty without that one."""
    main = tags.get("name", "").strip()
    if not main:
        return ()
    found = [main]
    for separator in (" - ", " / "):
        found += [part.strip() for part in main.split(separator) if part.strip()]
    for tag in _OTHER_NAMES:
        found += [part.strip() for part in tags.get(tag, "").split(";") if part.strip()]
    found += [
        text
        for tag, text in tags.items()
        if tag.startswith("name:") and len(tag) == len("name:en") and text.strip()
    ]
    return tuple(dict.fromkeys(found))[:VARIANTS_MOST]


def key_of(name: str) -> str:
    """Return the key under which pieces of one name meet, however it is written."""
    return joined(words(name))


def clusters(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return pieces of one name in groups that are near each other."""
    leaders = list(range(len(pieces)))

    def leader(of: int) -> int:
        while leaders[of] != of:
            leaders[of] = leaders[leaders[of]]
            of = leaders[of]
        return of

    # One width for all, so that their cells line up; it need not be exact.
    wide = GAP / max(0.1, cos(radians(pieces[0].points[0][0] / 1e7)))
    seen: dict[Position, int] = {}
    for number, piece in enumerate(pieces):
        for row, column in _cells(piece, wide):
            for beside in ((row + up, column + left) for up in (-1, 0, 1) for left in (-1, 0, 1)):
                if beside in seen:
                    leaders[leader(number)] = leader(seen[beside])
            seen[row, column] = number
    groups: dict[int, list[Piece]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        groups[leader(number)].append(piece)
    return list(groups.values())


def _cells(piece: Piece, wide: float) -> set[Position]:
    cells = {(lat // GAP, int(lng // wide)) for lat, lng in piece.points}
    for (a_lat, a_lng), (b_lat, b_lng) in zip(piece.points, piece.points[1:], strict=False):
        steps = int(max(abs(b_lat - a_lat) / GAP, abs(b_lng - a_lng) / wide))
        for step in range(1, steps + 1):
            part = step / (steps + 1)
            cells.add(
                (
                    int((a_lat + (b_lat - a_lat) * part) // GAP),
                    int((a_lng + (b_lng - a_lng) * part) // wide),
                )
            )
    return cells


def split[Label: Hashable](
    pieces: Sequence[Piece], labels: Sequence[Label | None]
) -> list[tuple[Label | None, list[Piece]]]:
    """Return pieces by label; one without a label goes to the nearest that has one."""
    known = [
        (piece, label) for piece, label in zip(pieces, labels, strict=True) if label is not None
    ]
    if not known:
        return [(None, list(pieces))]
    kinds = {label for _, label in known}
    groups: dict[Label, list[Piece]] = defaultdict(list)
    for piece, label in zip(pieces, labels, strict=True):
        if label is not None:
            groups[label].append(piece)
        elif len(kinds) == 1:
            groups[known[0][1]].append(piece)
        else:
            nearest = min(known, key=lambda one: _apart(one[0], piece))
            groups[nearest[1]].append(piece)
    return list(groups.items())


def _apart(left: Piece, right: Piece) -> float:
    (a_lat, a_lng), (b_lat, b_lng) = left.middle, right.middle
    return hypot(a_lat - b_lat, (a_lng - b_lng) * cos(radians(a_lat / 1e7)))


def center(pieces: Sequence[Piece]) -> Position:
    """Return the point of the pieces, lines before houses, that is nearest to their middle."""
    chosen = [piece for piece in pieces if not piece.number] or list(pieces)
    points = [point for piece in chosen for point in piece.points]
    lat = sum(point[0] for point in points) / len(points)
    lng = sum(point[1] for point in points) / len(points)
    narrow = cos(radians(lat / 1e7))
    return min(points, key=lambda point: hypot(point[0] - lat, (point[1] - lng) * narrow))


def commonest(texts: Sequence[str]) -> list[str]:
    """Return the texts that say something, each once, the commonest first."""
    return [text for text, _ in Counter(text for text in texts if text).most_common()]
