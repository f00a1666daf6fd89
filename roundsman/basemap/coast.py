"""The sea of an extract: what lies to the right of its coast (pure).

In OpenStreetMap the sea is no area: ways tagged as coast have the land on their left. Inside the
box of an extract they cut the plane into faces, and each face learns from the coasts on its rim
whether it is sea. A coast that ends inside the box, since the extract ends there, is led straight
to the nearest side of the box.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

type Position = tuple[float, float]
type Bounds = tuple[float, float, float, float]

# So far beside the middle of a piece of coast, as a share of its length, one asks what is there.
_ASIDE = 1e-3


def sea_of(coasts: Sequence[Sequence[Position]], box: Bounds) -> list[shapely.Polygon]:
    """Return the sea within a box (west, south, east, north) of degrees; empty without a coast."""
    lines = [shapely.LineString(line) for line in coasts if len(line) > 1]
    frame = shapely.box(*box)
    cut = shapely.intersection(shapely.unary_union(lines), frame) if lines else shapely.Point()
    joined = shapely.line_merge(cut)  # pyright: ignore[reportUnknownMemberType] - untyped keywords
    shores = _lines_of(joined)
    if not shores:
        return []
    to_the_side = _extended(shores, box)
    net = shapely.unary_union([*shores, *to_the_side, frame.exterior])
    faces = _polygons_of(shapely.polygonize([net]))
    votes = _votes(faces, [piece for line in coasts for piece in pairwise(line)])
    return [face for face, vote in zip(faces, votes, strict=True) if vote > 0]


def _extended(shores: Sequence[shapely.LineString], box: Bounds) -> list[shapely.LineString]:
    """Return the lines that lead the loose ends of shores to the nearest side of the box."""
    west, south, east, north = box
    ends: dict[Position, int] = {}
    for shore in shores:
        if not shore.is_closed:
            for end in (shore.coords[0], shore.coords[-1]):
                ends[end[0], end[1]] = ends.get((end[0], end[1]), 0) + 1
    found: list[shapely.LineString] = []
    for (lng, lat), times in ends.items():
        if times % 2:
            sides = ((west, lat), (east, lat), (lng, south), (lng, north))
            nearest = min(sides, key=lambda side: abs(side[0] - lng) + abs(side[1] - lat))
            if nearest != (lng, lat):
                found.append(shapely.LineString([(lng, lat), nearest]))
    return found


def _votes(
    faces: Sequence[shapely.Polygon], pieces: Sequence[tuple[Position, Position]]
) -> list[float]:
    """Return for each face the length of coast that calls it sea, less what calls it land."""
    starts = np.array([piece[0] for piece in pieces])
    ends = np.array([piece[1] for piece in pieces])
    along = ends - starts
    lengths = np.hypot(along[:, 0], along[:, 1])
    # Right of the way one goes: a quarter turn with the clock.
    right = np.stack([along[:, 1], -along[:, 0]], axis=1) * _ASIDE
    middles = (starts + ends) / 2
    tree = shapely.STRtree(faces)
    votes = np.zeros(len(faces))
    for side, sign in ((middles + right, 1.0), (middles - right, -1.0)):
        points, found = tree.query(shapely.points(side), predicate="within")
        np.add.at(votes, found, sign * lengths[points])
    return [float(vote) for vote in votes]


def _lines_of(shape: BaseGeometry) -> list[shapely.LineString]:
    parts = shapely.get_parts(shape)
    return [part for part in parts if isinstance(part, shapely.LineString) and not part.is_empty]


def _polygons_of(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]
