"""Addresses drawn from real extracts, where those lie beside the project."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import osmium
import osmium.filter
import pytest

from roundsman.core.geo import Point, distance_m
from roundsman.geocoding.build import build_index
from roundsman.geocoding.model import State
from roundsman.geocoding.queries import Index
from roundsman.geocoding.search import locate

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTRACTS = Path(__file__).parents[4] / "shared" / "data" / "osm"
DRAWN = 150


def addresses(pbf: Path) -> dict[str, list[Point]]:
    """Return the addresses of nodes that name a town, and where they are."""
    found: dict[str, list[Point]] = {}
    keyed = osmium.filter.KeyFilter("addr:housenumber")
    for thing in osmium.FileProcessor(str(pbf)).with_filter(keyed):
        node: Any = thing
        tags: Mapping[str, str] = {tag.k: tag.v for tag in node.tags}
        parts = [tags.get(f"addr:{part}", "") for part in ("street", "housenumber", "city")]
        if node.is_node() and all(parts) and parts[1][0].isdigit():
            street, number, city = parts
            at = Point(node.location.lat, node.location.lon)
            found.setdefault(f"{street} {number}, {city}", []).append(at)
    return found


def with_a_slip(text: str, luck: Random) -> str:
    at = luck.choice([at for at, letter in enumerate(text) if letter.isalpha()])
    if luck.random() < 0.5:
        return text[:at] + text[at + 1 :]
    return text[:at] + luck.choice("abcdefghijklmnopqrstuvwxyz") + text[at + 1 :]


@pytest.mark.parametrize("name", ["lauf-pegnitz", "liechtenstein"])
def test_it_finds_the_houses_of_a_real_town(tmp_path: Path, name: str) -> None:
    pbf = EXTRACTS / f"{name}.osm.pbf"
    if not pbf.exists():
        pytest.skip("The extract is not on this machine.")
    build_index(pbf, tmp_path / "addresses.sqlite")
    index = Index(tmp_path / "addresses.sqlite")
    known = addresses(pbf)
    luck = Random(11)
    drawn = luck.sample(sorted(known), min(DRAWN, len(known)))

    def share(typed: Mapping[str, str]) -> float:
        right = 0
        for text, asked in typed.items():
            found = locate(index, asked)
            at = found.position
            if found.state == State.EXACT and at is not None:
                right += any(distance_m(at.lat, at.lng, p.lat, p.lng) <= 50 for p in known[text])
        return right / len(typed)

    assert share({text: text for text in drawn}) >= 0.95
    assert share({text: with_a_slip(text, luck) for text in drawn}) >= 0.8
    index.close()
