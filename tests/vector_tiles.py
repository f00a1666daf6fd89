"""Vector tiles written and read by another's library."""

import gzip
import importlib
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import shapely
from shapely.geometry import shape

from roundsman.core.geo import Point

# The library has no types of its own.
_LIBRARY: Any = importlib.import_module("mapbox_vector_tile")
EXTENT = 4096


class Feature(NamedTuple):
    """What a tile holds of a thing."""

    properties: dict[str, Any]
    shape: Any


def written(layers: object, *, extent: int = EXTENT) -> bytes:
    """Return a tile of layers, given as the library wants them."""
    tile: bytes = _LIBRARY.encode(layers, default_options={"extents": extent})
    return tile


def read(tile: bytes) -> dict[str, Any]:
    """Return what a tile holds, as the library tells it."""
    found: dict[str, Any] = _LIBRARY.decode(tile)
    return found


def layers_of(tile: bytes | None) -> dict[str, list[Feature]]:
    """Return the features of each layer of a gzipped tile; the lowest row is 0."""
    assert tile is not None
    return {
        name: [Feature(one["properties"], shape(one["geometry"])) for one in layer["features"]]
        for name, layer in read(gzip.decompress(tile)).items()
    }


def square(place: Point, zoom: int) -> tuple[int, int, int]:
    """Return the tile that holds a position: zoom, column, row."""
    column, row = _grid(place, zoom)
    return zoom, int(column), int(row)


def covers(features: Sequence[Feature], place: Point, zoom: int) -> bool:
    """Tell whether a shape of a layer holds a position that lies in its tile."""
    column, row = _grid(place, zoom)
    here = shapely.Point(column % 1 * EXTENT, (1 - row % 1) * EXTENT)
    return any(feature.shape.covers(here) for feature in features)


def _grid(place: Point, zoom: int) -> tuple[float, float]:
    side = 1 << zoom
    row = (1 - math.asinh(math.tan(math.radians(place.lat))) / math.pi) / 2 * side
    return (place.lng + 180) / 360 * side, row
