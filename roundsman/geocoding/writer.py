"""Writing an address index: what was read from an extract, put in order and filed."""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import astuple

from roundsman.core.geo import distance_m
from roundsman.geocoding import layout, spelling
from roundsman.geocoding.areas import KINDS, Area, AreaMap, Place, PlaceMap, country_of, town_of
from roundsman.geocoding.extract import Ground, Staging
from roundsman.geocoding.model import ATTRIBUTION, Entry
from roundsman.geocoding.numbers import postcode_key, variants
from roundsman.geocoding.pieces import Piece, Position, center, clusters, commonest, key_of, split
from roundsman.geocoding.words import joined, words, written_out

_JOIN = layout.SEPARATOR.join
# Names on the map that describe where a street is: so many of the nearest.
_PLACES_MOST = 3
_COUNTRY_LEVEL = 2
_WORDS_FROM = 5
_SPAN_MOST = 6
# A building and its door are this near, in metres.
_TWIN_M = 50
# A town that one in ten addresses of a street names is its own town too.
_USUAL = 10
_TAIL = re.compile(
    r"\s+(?:an|am|a\.|bei|b\.|im|in|i\.|ob|vor|sur|sous|upon|on|de|do|da|del|della|di|nad|aan)(?:\s|d)|[(/,]",
    re.IGNORECASE,
)


class Writer:
    """Writes entries, houses and lines; counts words on the way and files them at the end."""

    def __init__(
        self, path: Path, ground: Ground, staging: Staging, progress: Callable[[float], None]
    ) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(layout.TABLES)
        self._ground = ground
        self._staging = staging
        self._progress = progress
        self._areas = AreaMap(ground.areas)
        self._places = PlaceMap(ground.places)
        self._uses: Counter[str] = Counter()
        self._codes: dict[str, tuple[str, list[Position], Counter[str], str]] = {}
        self._countries: Counter[str] = Counter()
        self._next = 0
        self._houses = 0
        self._done = 0

    def write(self, source: str) -> None:
        """Write the whole index; `source` is the name of the extract."""
        self._db.execute("BEGIN")
        for pieces in self._staging.by_name():
            for cluster in clusters(pieces):
                self._cluster(cluster)
            self._done += len(pieces)
            self._progress(self._done / max(1, self._staging.count))
        self._towns()
        self._write_codes()
        self._write_words()
        self._one_country()
        for statement in layout.INDEXES:
            self._db.execute(statement)
        self._db.executemany(
            "INSERT INTO meta VALUES (?, ?)",
            [
                ("version", str(layout.VERSION)),
                ("attribution", ATTRIBUTION),
                ("source", source),
                ("countries", _JOIN(sorted(filter(None, self._countries)))),
                ("entries", str(self._next)),
                ("houses", str(self._houses)),
            ],
        )
        self._db.execute("COMMIT")
        self._db.execute("ANALYZE")
        self._db.close()

    def _one_country(self) -> None:
        """Put what no boundary holds into the extract's country, where only one is named."""
        named = sorted(filter(None, self._countries))
        if len(named) == 1:
            self._db.execute("UPDATE entry SET country = ? WHERE country = ''", named)
            self._db.execute("UPDATE postcode SET country = ? WHERE country = ''", named)

    # --- streets ----------------------------------------------------------------------------------

    def _cluster(self, pieces: list[Piece]) -> None:
        around = [self._areas.at(*piece.middle) for piece in pieces]
        labels = [self._label(piece, areas) for piece, areas in zip(pieces, around, strict=True)]
        for label, street in split(pieces, labels):
            self._street(street, is_sure=label is not None)

    def _label(self, piece: Piece, areas: list[Area]) -> str | None:
        """Return the town a piece belongs to: by boundary, else by what its address says."""
        town = town_of(areas, piece.country or country_of(areas))
        return key_of(town.names[0]) if town else key_of(piece.city) or None

    def _street(self, pieces: list[Piece], *, is_sure: bool) -> None:
        at = center(pieces)
        areas = self._areas.at(*at)
        country = commonest([piece.country for piece in pieces])
        code = country[0] if country else country_of(areas)
        town = town_of(areas, code)
        near = self._places.around(*at)[:_PLACES_MOST]
        cities = commonest([piece.city for piece in pieces])
        city = cities[0] if cities else town.names[0] if town else _town_near(near)
        postcodes = commonest([piece.postcode for piece in pieces])
        postcodes += [area.postcode for area in areas if area.postcode]
        if not postcodes:
            postcodes = _code_near(near, city)
        tagged = Counter(piece.city for piece in pieces if piece.city)
        usual = [one for one in cities if tagged[one] * _USUAL >= tagged.total()]
        context = [city, *usual, *(town.names if town else ())]
        context += commonest([piece.suburb for piece in pieces])
        context += [name for area in reversed(areas) for name in area.names]
        beside = [*cities, *(name for place, _ in near for name in place.names)]
        names = commonest([piece.names[0] for piece in pieces if not piece.number])
        names = list(dict.fromkeys([*names, *(name for piece in pieces for name in piece.names)]))
        lines = [piece for piece in pieces if not piece.number]
        weight = max((piece.weight for piece in lines), default=0.4) + min(0.5, len(pieces) / 200)
        context_keys = keys_of(context)
        entry = self._entry(
            Entry(
                id=self._next + 1,
                is_town=False,
                name=names[0],
                keys=keys_of(names),
                city=city,
                postcodes=tuple(dict.fromkeys(postcodes)),
                country_code=code,
                lat=at[0],
                lng=at[1],
                weight=weight,
                context=context_keys,
                near=tuple(key for key in keys_of(beside) if key not in context_keys),
                is_sure=is_sure,
            )
        )
        for piece in lines:
            self._line(entry, piece.points)
        self._write_houses(entry, [piece for piece in pieces if piece.number], postcodes, city)
        for piece in pieces:
            self._note_code(piece.postcode, piece.middle, piece.city or city, code)

    def _write_houses(
        self, street: int, houses: list[Piece], postcodes: list[str], city: str
    ) -> None:
        known: dict[tuple[str, str, str], list[Position]] = {}
        for piece in houses:
            postcode = "" if postcodes and piece.postcode == postcodes[0] else piece.postcode
            town = "" if piece.city == city else piece.city
            numbers = variants(piece.number)
            for number in numbers:
                shown = piece.number.strip() if len(numbers) == 1 else number
                # A building and its door are one address; one far away is another.
                twins = known.setdefault((number, postcode, town), [])
                if any(_metres(twin, piece.middle) < _TWIN_M for twin in twins):
                    continue
                twins.append(piece.middle)
                self._house(street, number, shown, piece.middle, postcode, town)

    def _house(
        self, street: int, key: str, number: str, at: Position, postcode: str, city: str
    ) -> None:
        self._houses += 1
        lat, lng = at
        self._db.execute(
            "INSERT INTO house VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self._houses, street, key, number, lat, lng, postcode, city),
        )
        self._db.execute(
            "INSERT INTO house_box VALUES (?, ?, ?, ?, ?)", (self._houses, lat, lat, lng, lng)
        )

    def _line(self, street: int, points: tuple[Position, ...]) -> None:
        array = np.array(points, dtype="<i4")
        row = self._db.execute(
            "INSERT INTO line (street, points) VALUES (?, ?)", (street, array.tobytes())
        ).lastrowid
        (south, west), (north, east) = array.min(axis=0).tolist(), array.max(axis=0).tolist()
        self._db.execute(
            "INSERT INTO line_box VALUES (?, ?, ?, ?, ?)", (row, south, north, west, east)
        )

    # --- towns ------------------------------------------------------------------------------------

    def _towns(self) -> None:
        """Write the names on the map, then the boundaries that have no such name inside."""
        written: dict[str, list[tuple[int, Position]]] = {}
        for place in self._ground.places:
            at = (place.lat, place.lng)
            entry = self._town(place.names, at, KINDS[place.kind][0], place.postcode)
            written.setdefault(key_of(place.names[0]), []).append((entry, at))
        for area in self._ground.areas:
            if area.level <= _COUNTRY_LEVEL:
                self._countries[area.country] += 1
                continue
            inside = [
                entry
                for entry, at in written.get(key_of(area.names[0]), ())
                if area in self._areas.at(*at)
            ]
            if inside:
                entry = inside[0]
            else:
                south, north, west, east = area.box
                at = ((south + north) // 2, (west + east) // 2)
                entry = self._town(area.names, at, 0.3, area.postcode)
            self._boundary(entry, area)

    def _town(self, names: tuple[str, ...], at: Position, weight: float, postcode: str) -> int:
        areas = self._areas.at(*at)
        code = country_of(areas)
        if postcode:
            self._note_code(postcode, at, names[0], code)
        holding = [name for area in reversed(areas) for name in area.names if name not in names]
        entry = self._entry(
            Entry(
                id=self._next + 1,
                is_town=True,
                name=names[0],
                keys=keys_of(short for name in names for short in (name, *_short(name))),
                postcodes=(postcode,) if postcode else (),
                country_code=code,
                lat=at[0],
                lng=at[1],
                weight=weight,
                context=keys_of(holding),
                is_sure=True,
            )
        )
        lat, lng = at
        self._db.execute("INSERT INTO town_box VALUES (?, ?, ?, ?, ?)", (entry, lat, lat, lng, lng))
        return entry

    def _boundary(self, entry: int, area: Area) -> None:
        rings = msgspec.msgpack.encode([ring.astype("<i4").tobytes() for ring in area.rings])
        row = self._db.execute(
            "INSERT INTO area (town, rings) VALUES (?, ?)", (entry, rings)
        ).lastrowid
        self._db.execute("INSERT INTO area_box VALUES (?, ?, ?, ?, ?)", (row, *area.box))

    # --- what both share --------------------------------------------------------------------------

    def _entry(self, entry: Entry) -> int:
        """Write an entry, in 1e-7 degrees, and what it is found by; return its id."""
        self._next = entry.id
        self._countries[entry.country_code] += 1
        row: tuple[str | float | tuple[str, ...], ...] = astuple(entry)
        self._db.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_JOIN(value) if isinstance(value, tuple) else value for value in row],
        )
        named = _terms(entry.keys)
        placed = {word for key in (*entry.context, *entry.near) for word in key.split()}
        codes = [postcode_key(code) for code in entry.postcodes]
        self._db.execute(
            "INSERT INTO find (rowid, name, context) VALUES (?, ?, ?)",
            (entry.id, " ".join(named), " ".join([*placed, *codes])),
        )
        self._uses.update(named)
        self._uses.update(placed)
        return entry.id

    def _note_code(self, code: str, at: Position, city: str, country: str) -> None:
        if not code:
            return
        _, places, cities, _ = self._codes.setdefault(
            postcode_key(code), (code, [], Counter(), country)
        )
        places.append(at)
        cities[city] += 1

    def _write_codes(self) -> None:
        for key, (text, places, cities, country) in self._codes.items():
            lat, lng = np.median(np.array(places), axis=0)
            city = cities.most_common(1)[0][0]
            self._db.execute(
                "INSERT INTO postcode VALUES (?, ?, ?, ?, ?, ?)",
                (key, text, city, country, int(lat), int(lng)),
            )

    def _write_words(self) -> None:
        for number, (word, uses) in enumerate(sorted(self._uses.items()), 1):
            self._db.execute("INSERT INTO word VALUES (?, ?, ?)", (number, word, uses))
            self._db.executemany(
                "INSERT OR IGNORE INTO near VALUES (?, ?)",
                [
                    (key, number)
                    for form in (word, *written_out(word))
                    for key in spelling.keys(form)
                ],
            )
            if len(word) >= _WORDS_FROM:
                self._db.execute("INSERT INTO grams (rowid, text) VALUES (?, ?)", (number, word))


def keys_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as canonical words, each once."""
    return tuple(dict.fromkeys(filter(None, (" ".join(words(name)) for name in names))))


def _short(name: str) -> tuple[str, ...]:
    """Return what people leave of the name of a town: "Lauf" of "Lauf an der Pegnitz"."""
    head = _TAIL.split(name, maxsplit=1)[0].strip()
    return (head,) if head and head != name else ()


def _terms(keys: Iterable[str]) -> list[str]:
    """Return the words of names and each name written as one word."""
    found = dict.fromkeys(word for key in keys for word in key.split())
    for key in keys:
        parts = key.split()
        if 1 < len(parts) <= _SPAN_MOST:
            found[joined(parts)] = None
    return list(found)


def _town_near(near: list[tuple[Place, float]]) -> str:
    """Return the nearest name a letter may be addressed to."""
    towns = [place.names[0] for place, _ in near if KINDS[place.kind][0] >= KINDS["village"][0]]
    names = towns or [place.names[0] for place, _ in near]
    return names[0] if names else ""


def _code_near(near: list[tuple[Place, float]], city: str) -> list[str]:
    """Return the postcode of a town that has only one, as the map says at its name."""
    codes = [place.postcode for place, _ in near if key_of(place.names[0]) == key_of(city)]
    return [code for code in codes[:1] if code and ";" not in code]


def _metres(left: Position, right: Position) -> float:
    return distance_m(left[0] / 1e7, left[1] / 1e7, right[0] / 1e7, right[1] / 1e7)
