"""Jobs split into areas of the map that a person can drive (pure).

k-means on the sphere with a largest cluster: deterministic seeds far from each other, every job to
its nearest centre that has room, centres to the middle of their jobs, until nothing moves.
"""

from collections.abc import Sequence
from math import atan2, ceil, cos, degrees, radians, sin, sqrt

from msgspec import Struct

from roundsman.core.geo import Point
from roundsman.core.ids import JobId

_MOST_ROUNDS = 20
# Pairs of jobs and clusters that are gone through within some hundredths of a second.
_LIGHT_PAIRS = 2000

type Vector = tuple[float, float, float]


class Spot(Struct, frozen=True):
    """A job to be clustered; jobs of one zone (unless empty) stay together where that fits."""

    position: Point
    zone: str = ""


class Cluster(Struct, frozen=True):
    """Jobs that belong together, by index, and their middle."""

    center: Point
    members: tuple[int, ...]


class ClusterQuestion(Struct, frozen=True, kw_only=True):
    """The question into which areas jobs fall; `spots` are those of `jobs`, in the same order."""

    jobs: tuple[JobId, ...]
    spots: tuple[Spot, ...]
    regions: int
    most: int
    home: Point

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes so long that a process of its own is worth it."""
        return len(self.spots) * min(self.regions, len(self.spots)) > _LIGHT_PAIRS


def clusters_of(question: ClusterQuestion) -> list[Cluster]:
    """Return the areas; equal questions get equal answers."""
    return split(question.spots, regions=question.regions, most=question.most, home=question.home)


class _Lump(Struct, frozen=True):
    """Jobs that move together: their indices and the sum of their vectors."""

    members: tuple[int, ...]
    total: Vector
    middle: Vector


def split(spots: Sequence[Spot], *, regions: int, most: int, home: Point) -> list[Cluster]:
    """Return exactly `regions` clusters of at most `most` jobs each; equal input, equal answer.

    An empty cluster has its centre at `home`. When there are more jobs than fit, those farthest
    from home are in no cluster.
    """
    start = _vector(home)
    vectors = [_vector(spot.position) for spot in spots]
    order = sorted(range(len(spots)), key=lambda index: (_far(vectors[index], start), index))
    lumps = _lumps(spots, vectors, sorted(order[: regions * most]), most)
    centers = _seeds(lumps, _needed(lumps, regions, most), start)
    chosen: list[list[_Lump]] = []
    for _ in range(_MOST_ROUNDS):
        before, chosen = chosen, _fill(lumps, centers, most)
        if chosen == before:
            break
        centers = [
            _middle([lump.total for lump in group]) if group else center
            for group, center in zip(chosen, centers, strict=True)
        ]
    clusters = [_cluster(group, home) for group in chosen]
    return clusters + [Cluster(home, ())] * (regions - len(clusters))


def even_size(jobs: int, regions: int, most: int) -> int:
    """Return the largest cluster that balances the number of jobs between the regions."""
    return min(most, max(1, ceil(jobs / regions)))


def _lumps(
    spots: Sequence[Spot], vectors: Sequence[Vector], chosen: Sequence[int], most: int
) -> list[_Lump]:
    """Return single jobs, and zones in pieces of at most `most` jobs."""
    zones: dict[str, list[int]] = {}
    for index in chosen:
        zones.setdefault(spots[index].zone or f"\0{index}", []).append(index)
    return [
        _lump(members[begin : begin + most], vectors)
        for members in zones.values()
        for begin in range(0, len(members), most)
    ]


def _lump(members: Sequence[int], vectors: Sequence[Vector]) -> _Lump:
    total = _sum([vectors[index] for index in members])
    return _Lump(tuple(members), total, _unit(total))


def _needed(lumps: Sequence[_Lump], regions: int, most: int) -> int:
    """Return how many clusters are filled: one a place, more where one would overflow."""
    places = len({lump.middle for lump in lumps})
    jobs = sum(len(lump.members) for lump in lumps)
    return min(regions, max(places, ceil(jobs / most)))


def _seeds(lumps: Sequence[_Lump], count: int, start: Vector) -> list[Vector]:
    """Return centres far from each other, the first one farthest from home."""
    seeds: list[Vector] = []
    gaps = [_far(lump.middle, start) for lump in lumps]
    for _ in range(count):
        pick = max(range(len(lumps)), key=lambda index: (gaps[index], -index))
        seeds.append(lumps[pick].middle)
        near = [_far(lump.middle, seeds[-1]) for lump in lumps]
        gaps = near if len(seeds) == 1 else [min(a, b) for a, b in zip(gaps, near, strict=True)]
    return seeds


def _fill(lumps: Sequence[_Lump], centers: Sequence[Vector], most: int) -> list[list[_Lump]]:
    """Give every lump to its nearest centre with room, those with most to lose first."""
    groups: list[list[_Lump]] = [[] for _ in centers]
    room = [most] * len(centers)
    reach = [[_far(lump.middle, center) for center in centers] for lump in lumps]

    def regret(index: int) -> float:
        near = sorted(reach[index])[:2]
        return near[-1] - near[0]

    for index in sorted(range(len(lumps)), key=lambda index: (-regret(index), index)):
        for piece in _pieces(lumps[index], room):
            fitting = [
                (far, number)
                for number, (far, left) in enumerate(zip(reach[index], room, strict=True))
                if left >= len(piece.members)
            ]
            nearest = min(fitting)[1]
            groups[nearest].append(piece)
            room[nearest] -= len(piece.members)
    return groups


def _pieces(lump: _Lump, room: Sequence[int]) -> list[_Lump]:
    """Return the lump, or its jobs one by one when no cluster has room for all of them."""
    if max(room) >= len(lump.members):
        return [lump]
    return [_Lump((member,), lump.middle, lump.middle) for member in lump.members]


def _cluster(group: Sequence[_Lump], home: Point) -> Cluster:
    if not group:
        return Cluster(home, ())
    x, y, z = _middle([lump.total for lump in group])
    center = Point(degrees(atan2(z, sqrt(x * x + y * y))), degrees(atan2(y, x)))
    return Cluster(center, tuple(sorted(member for lump in group for member in lump.members)))


def _vector(point: Point) -> Vector:
    lat, lng = radians(point.lat), radians(point.lng)
    return cos(lat) * cos(lng), cos(lat) * sin(lng), sin(lat)


def _far(one: Vector, other: Vector) -> float:
    """Return the squared chord between two places of the unit sphere: grows with the distance."""
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2


def _sum(vectors: Sequence[Vector]) -> Vector:
    return (
        sum(vector[0] for vector in vectors),
        sum(vector[1] for vector in vectors),
        sum(vector[2] for vector in vectors),
    )


def _middle(vectors: Sequence[Vector]) -> Vector:
    return _unit(_sum(vectors))


def _unit(vector: Vector) -> Vector:
    """Return the vector with length one; the sum of opposite places has no direction and stays."""
    length = sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)
    return (vector[0] / length, vector[1] / length, vector[2] / length) if length else vector
