"""All reading of one address index."""

import contextlib
import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from roundsman.geocoding import spelling
from roundsman.geocoding.areas import Ring
from roundsman.geocoding.layout import FACTOR, SEPARATOR, VERSION
from roundsman.geocoding.model import Entry, House
from roundsman.geocoding.words import is_generic, mendings, written_out

# Words that begin alike, and words that share letters, are taken up to these numbers.
PREFIXED_MOST = 40
GRAMS_MOST = 15
_GRAMS_FROM = 7
# A word as begun as typed counts a little less than the whole one.
_BEGUN = 0.92
# A kind of street with a typing error ("Sichartstrmße") likewise.
_MENDED = 0.88
_TERMS_MOST = 120
# Sorts behind every letter.
_LAST = "\U0010ffff"
_RINGS = msgspec.msgpack.Decoder(list[bytes])
_CACHE_KB = 8_000
_MAP_BYTES = 256 * 1024 * 1024

type Likes = dict[str, dict[str, float]]
"""Asked word -> word of the index -> how alike they are."""


class BadIndex(Exception):
    """The file is no address index of this version. The message says what to do."""


class Index:
    """One address index, open for reading from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            said: dict[str, str] = dict(self._rows("SELECT key, value FROM meta"))
        except BadIndex:
            self.close()
            raise
        if said.get("version") != str(VERSION):
            self.close()
            raise BadIndex(f"{path} was made by another version. Import its map again.")
        self.countries: frozenset[str] = frozenset(_list(said.get("countries", "")))
        self.houses = int(said.get("houses", 0))

    def close(self) -> None:
        """Close the file in every thread."""
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """Return the rows of a query. BadIndex when the file is gone or broken."""
        try:
            return self._connection().execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise BadIndex(
                f"{self.path} is no address index ({error}). Import its map again."
            ) from error

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's own connection."""
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            # Written once and never changed, so nothing needs to be locked.
            connection = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode=ro&immutable=1",
                uri=True,
                check_same_thread=False,
            )
            with self._lock:
                self._opened.append(connection)
            connection.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
            connection.execute(f"PRAGMA mmap_size={_MAP_BYTES}")
            self._own.connection = connection
        return connection

    # --- words ------------------------------------------------------------------------------------

    def alike(
        self, texts: Collection[str], typed: Mapping[str, str], begun: Collection[str] = ()
    ) -> Likes:
        """Return the words of the index that may be meant by each text.

        `typed` are those that stand so in the address, with their letters as they were typed; the
        other texts are words put together. Those in `begun` are still being typed: every word that
        begins so may be meant.
        """
        likes: Likes = defaultdict(dict)
        for text in typed:
            for word in self._known(mendings(text) - {text}):
                likes[text][word] = _MENDED
        # What looks like an umlaut may be a slip: "Oerfeld" for Oberfeld.
        self._one_error({(text, text) for text in texts}, likes)
        self._one_error({(bare, text) for text, bare in typed.items() if bare != text}, likes)
        for text in begun:
            for word in self._beginning(text):
                likes[text].setdefault(word, _BEGUN)
        for text in typed:
            if not likes[text] and len(text) >= _GRAMS_FROM:
                likes[text] = self._sharing(text)
        return likes

    def _known(self, words: Iterable[str]) -> list[str]:
        return [
            word
            for (word,) in self._rows(
                "SELECT text FROM word WHERE text IN (SELECT value FROM json_each(?))",
                (json.dumps(list(words)),),
            )
        ]

    def _one_error(self, forms: Iterable[tuple[str, str]], likes: Likes) -> None:
        """Add the words one error away from each form of a text to what is like the text."""
        filed: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for form, text in forms:
            for key in spelling.keys(form):
                filed[key].append((form, text))
        for key, word in self._rows(
            "SELECT near.key, word.text FROM json_each(?) AS asked"
            " CROSS JOIN near ON near.key = asked.value JOIN word ON word.id = near.word",
            (json.dumps(list(filed)),),
        ):
            for form, text in filed[key]:
                likeness = 1.0 if text == word else _misspelled(form, word)
                if likeness > likes[text].get(word, 0.0):
                    likes[text][word] = likeness

    def _beginning(self, text: str) -> list[str]:
        return [
            word
            for (word,) in self._rows(
                "SELECT text FROM word WHERE text >= ? AND text < ? ORDER BY uses DESC LIMIT ?",
                (text, text + _LAST, PREFIXED_MOST),
            )
        ]

    def _sharing(self, text: str) -> dict[str, float]:
        """Return words two errors away, found by the letters they share."""
        grams = {text[at : at + 3] for at in range(len(text) - 2)}
        found = self._rows(
            "SELECT word.text FROM (SELECT rowid FROM grams WHERE grams MATCH ? ORDER BY rank"
            " LIMIT ?) AS hit JOIN word ON word.id = hit.rowid",
            (" OR ".join(f'"{gram}"' for gram in sorted(grams)), GRAMS_MOST),
        )
        likes = {word: spelling.likeness(text, word) for (word,) in found}
        return {word: likeness for word, likeness in likes.items() if likeness}

    # --- entries ----------------------------------------------------------------------------------

    def search(self, groups: Sequence[Collection[str]], most: int) -> list[Entry]:
        """Return entries of which each group says a word, in the name or around it; best first.

        One of the telling words must be in the name.
        """
        said = " AND ".join(f"({_any_of(group)})" for group in groups if group)
        telling = {word for group in groups for word in group if not is_generic(word)}
        return self._matching(
            f"{said} AND {{name}} : ({_any_of(telling)})" if telling else said, most
        )

    def search_any(self, words: Collection[str], codes: Collection[str], most: int) -> list[Entry]:
        """Return entries named by some of the words, those whose towns are named too first."""
        telling = [word for word in words if not is_generic(word)] or list(words)
        if not telling:
            return []
        named = _any_of(telling)
        placed = f"{named} OR {_any_of(codes)}" if codes else named
        found = self._matching(f"{{name}} : ({named}) AND {{context}} : ({placed})", most)
        known = {entry.id for entry in found}
        more = self._matching(f"{{name}} : ({named})", most)
        return found + [entry for entry in more if entry.id not in known]

    def _matching(self, match: str, most: int) -> list[Entry]:
        if not match:
            return []
        return self.entries(
            row
            for (row,) in self._rows(
                "SELECT rowid FROM find WHERE find MATCH ? ORDER BY rank LIMIT ?", (match, most)
            )
        )

    def entries(self, ids: Iterable[int]) -> list[Entry]:
        """Return entries by id."""
        return [
            _entry(row)
            for row in self._rows(
                "SELECT id, is_town, name, keys, city, postcodes, country, lat, lng, weight,"
                " context, near, is_sure FROM entry WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )
        ]

    def code(self, keys: Iterable[str]) -> tuple[str, str, str, float, float] | None:
        """Return text, city, country, latitude and longitude of the first postcode that exists."""
        for key in keys:
            for text, city, country, lat, lng in self._rows(
                "SELECT text, city, country, lat, lng FROM postcode WHERE code = ?", (key,)
            ):
                return text, city, country, lat / FACTOR, lng / FACTOR
        return None

    # --- houses -----------------------------------------------------------------------------------

    def houses_named(self, street: int, key: str) -> list[House]:
        """Return the houses of a number in a street."""
        return [
            _house(row)
            for row in self._rows(
                "SELECT number, lat, lng, postcode, city FROM house WHERE street = ? AND key = ?",
                (street, key),
            )
        ]

    def houses_of(self, street: int, most: int) -> list[House]:
        """Return houses of a street."""
        return [
            _house(row)
            for row in self._rows(
                "SELECT number, lat, lng, postcode, city FROM house WHERE street = ? LIMIT ?",
                (street, most),
            )
        ]

    # --- around a position ------------------------------------------------------------------------

    def houses_in(self, box: tuple[int, int, int, int]) -> list[tuple[int, House]]:
        """Return the street and each house inside south, north, west, east."""
        return [
            (row[0], _house(row[1:]))
            for row in self._rows(
                "SELECT street, number, lat, lng, postcode, city"
                " FROM house JOIN house_box USING (id)"
                " WHERE south <= ? AND north >= ? AND west <= ? AND east >= ? ORDER BY id",
                _edges(box),
            )
        ]

    def lines_in(self, box: tuple[int, int, int, int]) -> list[tuple[int, Ring]]:
        """Return the street and the points of each line that touches a box."""
        return [
            (street, np.frombuffer(points, "<i4").reshape(-1, 2))
            for street, points in self._rows(
                "SELECT street, points FROM line JOIN line_box USING (id)"
                " WHERE south <= ? AND north >= ? AND west <= ? AND east >= ?",
                _edges(box),
            )
        ]

    def areas_in(self, box: tuple[int, int, int, int]) -> list[tuple[int, list[Ring]]]:
        """Return the town and the rings of each boundary whose box touches a box."""
        return [
            (town, [np.frombuffer(ring, "<i4").reshape(-1, 2) for ring in _RINGS.decode(rings)])
            for town, rings in self._rows(
                "SELECT town, rings FROM area JOIN area_box USING (id)"
                " WHERE south <= ? AND north >= ? AND west <= ? AND east >= ?",
                _edges(box),
            )
        ]

    def towns_in(self, box: tuple[int, int, int, int]) -> list[Entry]:
        """Return the towns inside a box."""
        found = self._rows(
            "SELECT id FROM town_box WHERE south <= ? AND north >= ? AND west <= ? AND east >= ?",
            _edges(box),
        )
        return self.entries(row for (row,) in found)


def _edges(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    south, north, west, east = box
    return north, south, east, west


def _misspelled(text: str, word: str) -> float:
    if text.isdecimal() or is_generic(text) or is_generic(word):
        return 0.0
    return max(spelling.likeness(text, form) for form in (word, *written_out(word)))


def _any_of(words: Iterable[str]) -> str:
    return " OR ".join(f'"{word}"' for word in sorted(words)[:_TERMS_MOST])


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(
        id=row[0],
        is_town=bool(row[1]),
        name=row[2],
        keys=_list(row[3]),
        city=row[4],
        postcodes=_list(row[5]),
        country_code=row[6],
        lat=row[7] / FACTOR,
        lng=row[8] / FACTOR,
        weight=row[9],
        context=_list(row[10]),
        near=_list(row[11]),
        is_sure=bool(row[12]),
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(SEPARATOR)))


def _house(row: Sequence[Any]) -> House:
    number, lat, lng, postcode, city = row
    return House(number=number, lat=lat / FACTOR, lng=lng / FACTOR, postcode=postcode, city=city)


def count_houses(file: Path) -> int:
    """Return how many house numbers an index has; sqlite3.Error when it cannot be read."""
    where = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(where, uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM house").fetchone()
    return int(count)
