"""Extracts that are uploaded piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.core.errors import BadValue, NotReady, Refusal, TooLarge, UnknownThing
from roundsman.streets.extracts import Extracts
from tests.town import write_town

if TYPE_CHECKING:
    from pathlib import Path

NAME = "town.osm.pbf"
LIMIT = 10**9


@pytest.fixture
def town(tmp_path: Path) -> bytes:
    return write_town(tmp_path / NAME).read_bytes()


def test_pieces_become_a_file_also_after_an_interruption(tmp_path: Path, town: bytes) -> None:
    extracts, size = Extracts(tmp_path), len(town)
    assert extracts.waiting() == []
    assert extracts.add(NAME, town[:100], offset=0, size=size, limit=LIMIT) == 100
    (part,) = extracts.waiting()
    assert (part.name, part.bytes, part.size) == (NAME, 100, size)
    with pytest.raises(UnknownThing):
        extracts.path(NAME)
    # Who begins again, or sends a piece twice, hears where to go on.
    again = Extracts(tmp_path)
    assert again.add(NAME, town[:100], offset=0, size=size, limit=LIMIT) == 100
    assert again.add(NAME, town[200:], offset=200, size=size, limit=LIMIT) == 100
    assert again.add(NAME, town[100:], offset=100, size=size, limit=LIMIT) == size
    assert again.path(NAME).read_bytes() == town
    (whole,) = again.waiting()
    assert (whole.name, whole.bytes, whole.size) == (NAME, size, size)


def test_what_cannot_be_is_refused_before_it_takes_room(tmp_path: Path, town: bytes) -> None:
    extracts, size = Extracts(tmp_path / "data"), len(town)
    wrong: list[tuple[str, bytes, int, int, int, type[Refusal]]] = [
        ("../" + NAME, town, 0, size, LIMIT, BadValue),
        (".hidden.pbf", town, 0, size, LIMIT, BadValue),
        ("letter.txt", town, 0, size, LIMIT, BadValue),
        (NAME, b"Dear Otto,", 0, 10, LIMIT, BadValue),
        (NAME, town, 0, size - 1, LIMIT, BadValue),
        (NAME, town, 0, 0, LIMIT, BadValue),
        (NAME, town, 0, size, size - 1, TooLarge),
        (NAME, town[:100], 0, 10**15, 10**16, NotReady),
    ]
    for name, piece, offset, length, limit, refusal in wrong:
        with pytest.raises(refusal):
            extracts.add(name, piece, offset=offset, size=length, limit=limit)
    assert not extracts.folder.exists()


def test_a_file_is_removed_with_what_has_come_of_it(tmp_path: Path, town: bytes) -> None:
    extracts = Extracts(tmp_path)
    extracts.add(NAME, town[:50], offset=0, size=len(town) + 1, limit=LIMIT)
    extracts.add(NAME, town, offset=0, size=len(town), limit=LIMIT)
    (extracts.folder / "notes.txt").write_text("of the operator")
    assert len(extracts.waiting()) == 2
    extracts.remove(NAME)
    assert extracts.waiting() == []
    with pytest.raises(UnknownThing):
        extracts.remove(NAME)
    assert (extracts.folder / "notes.txt").exists()
    assert extracts.free_bytes() > 0
