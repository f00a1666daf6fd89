"""What `porto.json.gz` holds: the streets, waters and names of the demo's city.

The file is one JSON object, made by `scripts/make_demo_city.py`:

- `lat`, `lng`: positions of all nodes in 1e-5 degrees, each as the step from the one before
- `kinds`: `[class, is it a link, is it one way, km/h]`; 0 km/h is not for cars
- `names`: names of streets, the first one empty
- `roads`: `[kind, name, node, step, step, ...]`, node numbers again as steps
- `places`: `[name, rank, lat, lng]`, rank 1 for cities to 3 for quarters
- `water`: polygons, each a list of rings `[lat steps, lng steps]`; `waterNames`: `[name, lat, lng]`
"""

import gzip
from importlib.resources import files
from itertools import accumulate

import msgspec
from msgspec import Struct

from roundsman.core.geo import Point

DECIMALS = 1e5


class Kind(Struct, frozen=True, array_like=True):
    """What a street is on the map and for a car."""

    name: str
    link: bool
    one_way: bool
    speed_kmh: int


class Place(Struct, frozen=True, array_like=True):
    """A part of the city with a name."""

    name: str
    rank: int
    lat: float
    lng: float


class WaterName(Struct, frozen=True, array_like=True):
    """Where to write the name of a water."""

    name: str
    lat: float
    lng: float


class Street(Struct, frozen=True):
    """A piece of street of one kind and name, as numbers of nodes in the direction of driving."""

    kind: Kind
    name: str
    nodes: list[int]


class Atlas(Struct, frozen=True):
    """The whole file, with plain positions: a node's number is its index in `points`."""

    points: list[Point]
    streets: list[Street]
    places: list[Place]
    water: list[list[list[Point]]]
    water_names: list[WaterName]


class _Document(Struct, frozen=True, rename="camel"):
    lat: list[int]
    lng: list[int]
    kinds: list[Kind]
    names: list[str]
    roads: list[list[int]]
    places: list[Place]
    water: list[list[tuple[list[int], list[int]]]]
    water_names: list[WaterName]


def read() -> Atlas:
    """Return the atlas. It is large: whoever reads it keeps only what is needed."""
    data = files(__package__).joinpath("porto.json.gz").read_bytes()
    document = msgspec.json.decode(gzip.decompress(data), type=_Document)
    return Atlas(
        points=_points(document.lat, document.lng),
        streets=[
            Street(document.kinds[kind], document.names[name], list(accumulate(steps)))
            for kind, name, *steps in document.roads
        ],
        places=document.places,
        water=[[_points(*ring) for ring in rings] for rings in document.water],
        water_names=document.water_names,
    )


def _points(lat_steps: list[int], lng_steps: list[int]) -> list[Point]:
    return [
        Point(lat / DECIMALS, lng / DECIMALS)
        for lat, lng in zip(accumulate(lat_steps), accumulate(lng_steps), strict=True)
    ]
