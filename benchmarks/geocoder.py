"""How well and how fast the geocoder finds addresses of real extracts.

    .venv/bin/python benchmarks/geocoder.py FOLDER             # print the table
    .venv/bin/python benchmarks/geocoder.py FOLDER --write     # and put it into README.md

FOLDER holds `.osm.pbf` extracts. The addresses are drawn from the extract by a reader of its own
here, not from the index. *One error* replaces, leaves out, doubles or swaps one letter anywhere in
street or town. An address is right when the answer is exact and within 50 m of an address of
exactly the drawn text; a street (where the extract has no house numbers to speak of) when the
answer has its name and lies within 100 m of one of that name.
"""

import argparse
import platform
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import osmium
import osmium.filter

from roundsman.core.geo import Point, distance_m
from roundsman.geocoding.build import build_index
from roundsman.geocoding.describing import describe
from roundsman.geocoding.model import Located, State
from roundsman.geocoding.queries import Index
from roundsman.geocoding.search import locate, suggest

README = Path(__file__).with_name("README.md")
HOUSES_LEAST = 500
RIGHT_M = 50.0
STREET_M = 100.0
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ABBREVIATED = (
    ("straße", "str."),
    ("strasse", "str."),
    ("Straße", "Str."),
    ("Strasse", "Str."),
    ("Rua ", "R. "),
    ("Avenida ", "Av. "),
    ("Doutor ", "Dr. "),
    ("Travessa ", "Tv. "),
)

type Truth = dict[str, list[Point]]


class Line(NamedTuple):
    """One line of the table."""

    extract: str
    what: str
    asked: int
    right: str
    p50_ms: float
    p95_ms: float
    p99_ms: float


def houses(pbf: Path) -> Truth:
    """Return the addresses with a town or postcode that an extract has, and where they are."""
    found: Truth = defaultdict(list)
    keyed = osmium.filter.KeyFilter("addr:housenumber")
    for thing in osmium.FileProcessor(str(pbf)).with_locations().with_filter(keyed):
        any_thing: Any = thing
        tags = {tag.k: tag.v for tag in any_thing.tags}
        street, number = tags.get("addr:street", ""), tags["addr:housenumber"]
        town = " ".join(filter(None, (tags.get("addr:postcode"), tags.get("addr:city"))))
        if not street or not town or not number[:1].isdigit():
            continue
        if any_thing.is_node():
            at = Point(any_thing.location.lat, any_thing.location.lon)
        elif any_thing.is_way():
            places = [node.location for node in any_thing.nodes if node.location.valid()]
            if not places:
                continue
            lats, lngs = [place.lat for place in places], [place.lon for place in places]
            at = Point((min(lats) + max(lats)) / 2, (min(lngs) + max(lngs)) / 2)
        else:
            continue
        found[f"{street} {number}, {town}"].append(at)
    return found


def streets(pbf: Path) -> Truth:
    """Return the names of streets and every point of them."""
    found: Truth = defaultdict(list)
    keyed = osmium.filter.KeyFilter("highway")
    for thing in osmium.FileProcessor(str(pbf)).with_locations().with_filter(keyed):
        way: Any = thing
        name = way.tags.get("name", "")
        if way.is_way() and name:
            found[name] += [
                Point(node.location.lat, node.location.lon)
                for node in way.nodes
                if node.location.valid()
            ]
    return found


def misspelled(text: str, luck: random.Random) -> str:
    """Return the text with one typing error in a letter."""
    places = [at for at, letter in enumerate(text) if letter.isalpha()]
    at = luck.choice(places)
    kind = luck.choice(("replaced", "left out", "doubled", "swapped", "added"))
    if kind == "replaced":
        return text[:at] + luck.choice(LETTERS) + text[at + 1 :]
    if kind == "left out":
        return text[:at] + text[at + 1 :]
    if kind == "doubled":
        return text[:at] + text[at] + text[at:]
    if kind == "added":
        return text[:at] + luck.choice(LETTERS) + text[at:]
    beside = at + 1 if at + 1 in places else at - 1
    if beside not in places:
        return text[:at] + text[at] + text[at:]
    first, second = sorted((at, beside))
    return text[:first] + text[second] + text[first] + text[second + 1 :]


def abbreviated(text: str, _luck: random.Random) -> str:
    """Return the text as people shorten it."""
    for long, short in ABBREVIATED:
        text = text.replace(long, short)
    return text


def as_is(text: str, _luck: random.Random) -> str:
    """Return the text."""
    return text


class Bench:
    """One extract."""

    def __init__(self, pbf: Path, index: Index, count: int, show: int) -> None:
        self._name = pbf.name.removesuffix(".osm.pbf")
        self._index = index
        self._luck = random.Random(7)  # noqa: S311 - the same draw each time
        self._houses = houses(pbf)
        self._is_streets = len(self._houses) < HOUSES_LEAST
        self._truth = streets(pbf) if self._is_streets else self._houses
        self._drawn = self._luck.sample(sorted(self._truth), min(count, len(self._truth)))
        self._show = show

    def lines(self) -> list[Line]:
        """Measure all."""
        kind = "street" if self._is_streets else "house"
        lines = [
            self._located(f"{kind}, as mapped", as_is),
            self._located(f"{kind}, abbreviated", abbreviated),
            self._located(f"{kind}, one error", misspelled),
        ]
        return [*lines, self._suggested(), self._described()]

    def _located(self, what: str, change: Callable[[str, random.Random], str]) -> Line:
        right, times, wrong = 0, list[float](), list[str]()
        for text in self._drawn:
            typed = change(text, self._luck)
            started = time.perf_counter()
            answer = locate(self._index, typed)
            times.append(time.perf_counter() - started)
            if self._is_right(text, answer):
                right += 1
            else:
                wrong.append(f"{text!r} typed {typed!r}: {answer.state} {answer.text!r}")
        for line in wrong[: self._show]:
            print("   ", line)
        return self._line(what, f"{right / len(times):.1%}", times)

    def _is_right(self, text: str, answer: Located) -> bool:
        at = answer.position
        if at is None or (answer.state != State.EXACT and not self._is_streets):
            return False
        within_m = STREET_M if self._is_streets else RIGHT_M
        return any(
            distance_m(at.lat, at.lng, point.lat, point.lng) <= within_m
            for point in self._truth[text]
        )

    def _suggested(self) -> Line:
        """Type half of each address; right is one of the suggestions in its street."""
        right, times = 0, list[float]()
        for text in self._drawn:
            name = self._street(text)
            typed = text[: max(4, round(len(name) * 0.6))]
            started = time.perf_counter()
            answers = suggest(self._index, typed)
            times.append(time.perf_counter() - started)
            right += any(answer.street == name for answer in answers)
        return self._line(
            "suggestions, 60 % of the street typed", f"{right / len(times):.1%}", times
        )

    def _described(self) -> Line:
        times = list[float]()
        right = 0
        for text in self._drawn:
            at = self._luck.choice(self._truth[text])
            started = time.perf_counter()
            answer = describe(self._index, at)
            times.append(time.perf_counter() - started)
            # Where streets cross, each of them is right.
            beside = self._truth.get(answer.street, ()) if self._is_streets else ()
            right += answer.street == self._street(text) or at in beside
        return self._line("position to address", f"{right / len(times):.1%}", times)

    def _street(self, text: str) -> str:
        """Return the street of a drawn address."""
        line = text.split(",", maxsplit=1)[0]
        return line if self._is_streets else re.split(r" (?=\d)", line, maxsplit=1)[0]

    def _line(self, what: str, right: str, times: Sequence[float]) -> Line:
        ordered = sorted(times)

        def at(share: float) -> float:
            return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

        return Line(self._name, what, len(times), right, at(0.5), at(0.95), at(0.99))


def main() -> None:
    """Measure every extract of a folder."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--show", type=int, default=0, help="wrong answers to print")
    asked.add_argument("--write", action="store_true")
    options = asked.parse_args()
    lines: list[Line] = []
    built: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for pbf in sorted(options.folder.glob("*.osm.pbf")):
            target = Path(folder, pbf.name)
            started = time.perf_counter()
            build_index(pbf, target)
            took_s = time.perf_counter() - started
            index = Index(target)
            size = target.stat().st_size / 1e6
            built.append(f"{pbf.name.removesuffix('.osm.pbf')} {took_s:.1f} s, {size:.1f} MB")
            lines += Bench(pbf, index, options.count, options.show).lines()
            index.close()
    if not lines:
        sys.exit(f"There is no .osm.pbf file in {options.folder}.")
    text = table(lines, built)
    print(text)
    if options.write:
        before, rest = README.read_text().split("<!-- geocoder -->", maxsplit=1)
        after = rest.split("<!-- /geocoder -->", maxsplit=1)[1]
        README.write_text(f"{before}<!-- geocoder -->\n{text}<!-- /geocoder -->{after}")


def table(lines: Sequence[Line], built: Sequence[str]) -> str:
    """Return the table as Markdown."""
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    head = f"Measured on {datetime.now(UTC):%Y-%m-%d}, one thread, {machine}."
    rows = [
        f"{head} Index built: {'; '.join(built)}.",
        "",
        "| Extract | What | Asked | Right | p50 ms | p95 ms | p99 ms |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
        *(
            f"| {line.extract} | {line.what} | {line.asked:,} | {line.right} | {line.p50_ms:.1f}"
            f" | {line.p95_ms:.1f} | {line.p99_ms:.1f} |"
            for line in lines
        ),
        "",
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
