"""The places the demo company keeps coming back to: invented, at real corners of Porto. Pure."""

import csv
from functools import cache
from importlib.resources import files

from msgspec import Struct

from roundsman.core.geo import Point

# Around here the company works.
MIDDLE = Point(41.161, -8.627)
WITHIN_M = 9_000
# South, west, north, east: Porto and the towns around it.
SERVED = (41.108, -8.70, 41.208, -8.535)

COLORS = {
    "office": "#334155",
    "hotel": "#7c3aed",
    "bakery": "#d97706",
    "clinic": "#dc2626",
    "school": "#2563eb",
    "market": "#059669",
    "restaurant": "#db2777",
    "building": "#0891b2",
    "sports": "#65a30d",
    "supplier": "#78716c",
}


class Customer(Struct, frozen=True):
    """A place: name, kind, about where, the numbers of the teams that go there, its radius."""

    name: str
    kind: str
    lat: float
    lng: float
    teams: tuple[int, ...]
    radius_m: int


def is_served(point: Point) -> bool:
    """Tell whether the company drives to a point."""
    south, west, north, east = SERVED
    return south < point.lat < north and west < point.lng < east


@cache
def customers() -> tuple[Customer, ...]:
    """Return every place of `customers.csv`; no team has work at the office and at suppliers."""
    text = files(__package__).joinpath("customers.csv").read_text(encoding="utf-8")
    return tuple(
        Customer(
            name=row["name"],
            kind=row["kind"],
            lat=float(row["lat"]),
            lng=float(row["lng"]),
            teams=tuple(map(int, row["teams"].split())),
            radius_m=int(row["radius"]),
        )
        for row in csv.DictReader(text.splitlines())
    )
