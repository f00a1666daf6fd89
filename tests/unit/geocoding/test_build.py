"""Building an index: whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from roundsman.geocoding.build import build_index
from roundsman.geocoding.extract import BadExtract
from roundsman.geocoding.model import ATTRIBUTION, State
from roundsman.geocoding.queries import BadIndex, Index
from roundsman.geocoding.search import locate
from tests.addresses import build_addresses, write_addresses

if TYPE_CHECKING:
    from pathlib import Path


def test_it_says_whose_data_it_is_and_what_it_holds(towns: Index) -> None:
    with closing(sqlite3.connect(towns.path)) as connection:
        said = dict(connection.execute("SELECT key, value FROM meta"))
    assert said["attribution"] == ATTRIBUTION == "© OpenStreetMap contributors"
    assert (said["countries"], said["source"]) == ("DE", "towns.osm.pbf")
    assert towns.countries == {"DE"}
    # 13 mapped ones, those of 10-14 and 8;10 taken apart, 21 odd ones, one relation.
    assert towns.houses == 13 + 3 + 1 + 11 + 1


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    heard: list[float] = []
    build_index(write_addresses(tmp_path / "towns.osm.pbf"), tmp_path / "a.sqlite", heard.append)
    assert heard == sorted(heard)
    assert 0 <= heard[0] < heard[-1] == 1


def test_the_same_extract_gives_the_same_answers_again(tmp_path: Path, towns: Index) -> None:
    again = Index(build_addresses(tmp_path))
    for asked in ("Hauptstr. 3, Grünau", "Hauptstr", "Altdorf", "Mühlweg 7"):
        assert locate(again, asked) == locate(towns, asked)
    again.close()


def test_nothing_is_left_beside_the_index(tmp_path: Path) -> None:
    target = build_addresses(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [target.name, "towns.osm.pbf"]


@pytest.mark.parametrize("kept", [0, 10, 900])
def test_a_broken_extract_is_refused_and_the_index_stays(tmp_path: Path, kept: int) -> None:
    target = build_addresses(tmp_path)
    before = target.read_bytes()
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes((tmp_path / "towns.osm.pbf").read_bytes()[:kept])
    with pytest.raises(BadExtract, match=r"broken.osm.pbf cannot be read .* Download it again"):
        build_index(broken, target)
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("*.part*"))


def test_what_is_no_extract_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.osm.pbf"
    text.write_text("This is no map at all.\n" * 100)
    with pytest.raises(BadExtract):
        build_index(text, tmp_path / "a.sqlite")
    with pytest.raises(BadExtract):
        build_index(tmp_path / "missing.osm.pbf", tmp_path / "a.sqlite")
    assert not (tmp_path / "a.sqlite").exists()


def test_what_a_killed_build_left_is_swept_away(tmp_path: Path) -> None:
    for name in ("addresses.sqlite.part", "addresses.sqlite.notes"):
        (tmp_path / name).write_bytes(b"half a file")
    index = Index(build_addresses(tmp_path))
    assert locate(index, "Hauptstr. 3, Grünau").state == State.EXACT
    index.close()


def test_a_file_that_is_no_index_says_what_to_do(tmp_path: Path) -> None:
    other = tmp_path / "addresses.sqlite"
    other.write_bytes(b"no database")
    with pytest.raises(BadIndex, match="Import its map again"):
        Index(other)
    with pytest.raises(BadIndex, match="Import its map again"):
        Index(tmp_path / "missing.sqlite")


def test_an_index_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    target = build_addresses(tmp_path)
    with sqlite3.connect(target) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'version'")
    connection.close()
    with pytest.raises(BadIndex, match=r"another version. Import its map again"):
        Index(target)
