"""Reading an OpenStreetMap extract: what it says about addresses, onto a table to be sorted."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import osmium
import osmium.filter
from msgspec import Struct

from roundsman.geocoding.areas import KINDS, TOWN_KINDS, Area, Place, Ring
from roundsman.geocoding.numbers import between
from roundsman.geocoding.pieces import Piece, Position, key_of, names_of

# Ways of these kinds have names that nobody lives in.
_NO_STREETS = frozenset(
    {
        "abandoned",
        "bus_stop",
        "construction",
        "corridor",
        "elevator",
        "emergency_bay",
        "motorway_link",
        "platform",
        "proposed",
        "raceway",
        "razed",
        "rest_area",
        "services",
        "trunk_link",
    }
)
_LEVELS = frozenset(str(level) for level in range(2, 12))
_WEIGHTS = {"primary": 0.9, "secondary": 0.8, "tertiary": 0.7, "trunk": 0.7, "residential": 0.6}
_BATCH = 5_000
_DECODE = msgspec.msgpack.Decoder(Piece)
_ENCODE = msgspec.msgpack.Encoder()


class BadExtract(Exception):
    """The file is no OpenStreetMap extract, or it ends too early. The message says what to do."""


class Ground(Struct, frozen=True, kw_only=True):
    """What lies around streets: boundaries and names on the map."""

    areas: list[Area]
    places: list[Place]


class _Corner(Struct, frozen=True):
    """An end of a mapped line of house numbers."""

    number: str
    street: str
    at: Position
    tags: dict[str, str]


class _Line(Struct, frozen=True):
    kind: str
    refs: tuple[int, ...]
    points: tuple[Position, ...]
    tags: dict[str, str]


class Staging:
    """Pieces on a table of their own, to be read again name by name."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("CREATE TABLE piece (key TEXT NOT NULL, said BLOB NOT NULL)")
        self._waiting: list[tuple[str, bytes]] = []
        self.count = 0

    def add(self, piece: Piece) -> None:
        """Put a piece under the key of its name."""
        key = key_of(piece.names[0])
        if not key:
            return
        self.count += 1
        self._waiting.append((key, _ENCODE.encode(piece)))
        if len(self._waiting) >= _BATCH:
            self._write()

    def _write(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO piece VALUES (?, ?)", self._waiting)
        self._db.execute("COMMIT")
        self._waiting.clear()

    def by_name(self) -> Iterator[list[Piece]]:
        """Yield the pieces of each name."""
        self._write()
        self._db.execute("CREATE INDEX piece_key ON piece (key)")
        before = ""
        pieces: list[Piece] = []
        for key, said in self._db.execute("SELECT key, said FROM piece ORDER BY key"):
            if key != before and pieces:
                yield pieces
                pieces = []
            before = key
            pieces.append(_DECODE.decode(said))
        if pieces:
            yield pieces

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def read(pbf: Path, staging: Staging, progress: Callable[[float], None]) -> Ground:
    """Read an extract: its streets and house numbers to `staging`; return the rest.

    `progress` hears shares from 0 to 1. BadExtract for a file that is none or ends too early.
    """
    try:
        return _Reader(pbf, staging, progress).read()
    except (RuntimeError, ValueError) as error:
        raise BadExtract(
            f"{pbf} cannot be read as an OpenStreetMap extract ({error}). Download it again: it"
            " must be a whole .osm.pbf file."
        ) from error


class _Reader:
    def __init__(self, pbf: Path, staging: Staging, progress: Callable[[float], None]) -> None:
        self._pbf = pbf
        self._staging = staging
        self._progress = progress
        self._areas: list[Area] = []
        self._places: list[Place] = []
        self._corners: dict[int, _Corner] = {}
        self._lines: list[_Line] = []

    def read(self) -> Ground:
        keys = osmium.filter.KeyFilter(
            "addr:housenumber", "addr:interpolation", "highway", "place", "boundary", "postal_code"
        )
        held = osmium.filter.KeyFilter("boundary", "addr:housenumber")
        objects = osmium.FileProcessor(str(self._pbf)).with_areas(held).with_filter(keys)
        for count, found in enumerate(objects, 1):
            # Any: the library types all objects as one, with tags and coordinates by kind.
            thing: Any = found
            tags = {tag.k: tag.v for tag in thing.tags}
            if thing.is_node():
                self._node(thing, tags)
            elif thing.is_way():
                self._way(thing, tags)
            elif thing.is_area():
                self._area(thing, tags)
            if count % _BATCH == 0:
                # The number of objects is not known before the end; 0.9 is never passed.
                self._progress(0.9 * count / (count + 40 * _BATCH))
        self._number_lines()
        self._progress(1.0)
        return Ground(areas=self._areas, places=self._places)

    def _node(self, node: Any, tags: dict[str, str]) -> None:
        at = (round(node.location.lat * 1e7), round(node.location.lon * 1e7))
        if "addr:housenumber" in tags:
            self._house(tags, at)
            street = tags.get("addr:street") or tags.get("addr:place") or ""
            self._corners[node.id] = _Corner(tags["addr:housenumber"], street, at, tags)
        if "place" in tags:
            self._place(tags, at)

    def _way(self, way: Any, tags: dict[str, str]) -> None:
        line = [(node.ref, node.location) for node in way.nodes]
        # An extract is often cut through its ways: what is outside has no position.
        known = [
            (ref, (round(at.lat * 1e7), round(at.lon * 1e7))) for ref, at in line if at.valid()
        ]
        points = tuple(point for _, point in known)
        if not points:
            return
        if "addr:interpolation" in tags:
            refs = tuple(ref for ref, _ in known)
            self._lines.append(_Line(tags["addr:interpolation"], refs, points, tags))
        elif "addr:housenumber" in tags:
            self._house(tags, _middle(points))
        names = names_of(tags)
        kind = tags.get("highway", "")
        is_street = kind and kind not in _NO_STREETS
        if names and (is_street or tags.get("place") == "square"):
            self._staging.add(
                Piece(
                    names=names,
                    points=points,
                    postcode=tags.get("postal_code", ""),
                    weight=_WEIGHTS.get(kind, 0.5),
                )
            )
        elif "place" in tags and points[0] == points[-1]:
            self._place(tags, _middle(points))

    def _area(self, area: Any, tags: dict[str, str]) -> None:
        rings: list[Ring] = []
        for outer in area.outer_rings():
            rings.append(_ring(outer))
            rings += [_ring(inner) for inner in area.inner_rings(outer)]
        if not rings:
            return
        if "addr:housenumber" in tags and not area.from_way():
            self._house(tags, _middle([(int(lat), int(lng)) for lat, lng in rings[0]]))
        boundary = tags.get("boundary")
        level = tags.get("admin_level", "")
        names = names_of(tags)
        if boundary == "postal_code" and (code := tags.get("postal_code", "")):
            self._areas.append(Area(names=(), level=0, postcode=code, rings=tuple(rings)))
        elif boundary == "administrative" and names and level in _LEVELS:
            country = tags.get("ISO3166-1:alpha2") or tags.get("ISO3166-1") or ""
            self._areas.append(
                Area(
                    names=names,
                    level=int(level),
                    country=country.upper(),
                    postcode=tags.get("postal_code", ""),
                    rings=tuple(rings),
                )
            )

    def _place(self, tags: Mapping[str, str], at: Position) -> None:
        names = names_of(tags)
        kind = tags["place"]
        if not names:
            return
        if kind == "square":
            self._staging.add(Piece(names=names, points=(at,), weight=0.5))
        elif kind in KINDS:
            code = tags.get("postal_code", "") if kind in TOWN_KINDS else ""
            lat, lng = at
            self._places.append(Place(names=names, kind=kind, lat=lat, lng=lng, postcode=code))

    def _house(self, tags: Mapping[str, str], at: Position, number: str = "") -> None:
        street = tags.get("addr:street") or tags.get("addr:place") or ""
        if not street.strip():
            return
        self._staging.add(
            Piece(
                names=(street.strip(),),
                points=(at,),
                number=number or tags["addr:housenumber"],
                postcode=tags.get("addr:postcode", ""),
                city=tags.get("addr:city", "").strip(),
                suburb=tags.get("addr:suburb", "").strip(),
                country=tags.get("addr:country", "").strip().upper(),
            )
        )

    def _number_lines(self) -> None:
        """Give mapped lines of house numbers the houses between their ends."""
        for line in self._lines:
            corners = [
                (place, self._corners[ref])
                for place, ref in enumerate(line.refs)
                if ref in self._corners
            ]
            for (start, one), (end, other) in itertools.pairwise(corners):
                stretch = line.points[start : end + 1]
                numbers = between(one.number, other.number, line.kind)
                for count, number in enumerate(numbers, 1):
                    at = _along(stretch, count / (len(numbers) + 1))
                    self._house({**other.tags, **one.tags, **line.tags}, at, str(number))


def _ring(ring: Any) -> Ring:
    return np.array([(round(node.lat * 1e7), round(node.lon * 1e7)) for node in ring], np.int32)


def _middle(points: Any) -> Position:
    """Return the middle of the box around points."""
    lats, lngs = [point[0] for point in points], [point[1] for point in points]
    return (min(lats) + max(lats)) // 2, (min(lngs) + max(lngs)) // 2


def _along(points: tuple[Position, ...], share: float) -> Position:
    """Return the point at a share of a line's length, measured on the plane of degrees."""
    lengths = [float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in itertools.pairwise(points)]
    left = share * sum(lengths)
    for (a, b), length in zip(itertools.pairwise(points), lengths, strict=True):
        if left <= length and length:
            part = left / length
            return round(a[0] + (b[0] - a[0]) * part), round(a[1] + (b[1] - a[1]) * part)
        left -= length
    return points[-1]
