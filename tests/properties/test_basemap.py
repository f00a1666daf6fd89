"""Merged tiles hold what their parts held, read by another's decoder."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.basemap.merging import BadTile, merged
from tests.vector_tiles import read, written

NAMES = st.sampled_from(["streets", "land", "ocean"])
PROPERTIES = st.dictionaries(
    st.sampled_from(["kind", "name", "link", "population"]),
    st.one_of(st.text("ab é漢", max_size=8), st.booleans(), st.integers(-(2**40), 2**40)),
    max_size=4,
)
POINTS = st.tuples(st.integers(0, 4095), st.integers(0, 4095))
SHAPES = st.one_of(
    POINTS.map(lambda at: {"type": "Point", "coordinates": at}),
    st.lists(POINTS, min_size=2, max_size=5, unique=True).map(
        lambda line: {"type": "LineString", "coordinates": line}
    ),
)
FEATURES = st.fixed_dictionaries({"geometry": SHAPES, "properties": PROPERTIES})
TILES = st.lists(
    st.fixed_dictionaries({"name": NAMES, "features": st.lists(FEATURES, max_size=6)}),
    max_size=3,
    unique_by=lambda layer: str(layer["name"]),
)


def told(tile: bytes) -> dict[str, set[str]]:
    """Return what a tile says, as texts that can be compared."""
    found = read(tile)
    return {
        name: {
            repr((sorted(one["properties"].items()), one["geometry"])) for one in layer["features"]
        }
        for name, layer in found.items()
        if layer["features"]
    }


@given(st.lists(TILES, min_size=1, max_size=3))
def test_nothing_is_lost_and_nothing_is_there_twice(parts: list[Any]) -> None:
    tiles = [written(part) for part in parts]
    whole = merged(tiles)
    expected: dict[str, set[str]] = {}
    for tile in tiles:
        for name, features in told(tile).items():
            expected[name] = expected.get(name, set()) | features
    assert told(whole) == expected
    decoded = read(whole)
    for name, features in expected.items():
        assert len(decoded[name]["features"]) == len(features)
    assert merged([whole, *tiles]) == whole
    assert merged([whole]) == whole


@given(st.binary(max_size=200), TILES)
def test_what_is_no_tile_is_refused_or_harmless(junk: bytes, layers: list[Any]) -> None:
    tile = written(layers)
    for broken in (junk, tile[:-1], tile + junk):
        with contextlib.suppress(BadTile):
            merged([broken, tile])


def test_a_grid_of_another_fineness_is_left_out() -> None:
    feature = {"geometry": {"type": "Point", "coordinates": (5, 5)}, "properties": {}}
    coarse = written({"name": "a", "features": [feature]}, extent=512)
    fine = written({"name": "a", "features": [feature]})
    found = read(merged([coarse, fine]))
    assert found["a"]["extent"] == 512
    assert len(found["a"]["features"]) == 1
    with pytest.raises(BadTile):
        merged([b"\x1a\x05abc"])
