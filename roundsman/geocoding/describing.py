"""Naming a position: the address there, in one index."""

from math import cos, radians

import numpy as np
from msgspec.structs import replace

from roundsman.core.geo import Point, distance_m
from roundsman.geocoding.answers import of_house, of_street, of_town
from roundsman.geocoding.areas import Ring, holds
from roundsman.geocoding.model import NOTHING, House, Located
from roundsman.geocoding.queries import Index

# How far a position may lie from a house, a street, a name on the map to be described by it.
HOUSE_M = 50.0
STREET_M = 250.0
TOWN_M = 15_000.0
_METRES_PER_DEGREE = 111_195.0


def describe(index: Index, at: Point) -> Located:
    """Return the address at a position: the nearest house number, else street, else town."""
    if near := _house_at(index, at):
        away_m, street_id, house = near
        for street in index.entries([street_id]):
            return _at_distance(of_house(street, house, 1.0), away_m)
    if line := _line_at(index, at):
        away_m, street_id, point = line
        for street in index.entries([street_id]):
            return _at_distance(of_street(street, point, 1.0), away_m)
    return _town_at(index, at)


def _house_at(index: Index, at: Point) -> tuple[float, int, House] | None:
    return min(
        (
            (away_m, street, house)
            for street, house in index.houses_in(_box(at, HOUSE_M))
            if (away_m := distance_m(at.lat, at.lng, house.lat, house.lng)) <= HOUSE_M
        ),
        key=lambda one: one[0],
        default=None,
    )


def _line_at(index: Index, at: Point) -> tuple[float, int, Point] | None:
    found = (
        (distance_m(at.lat, at.lng, point.lat, point.lng), street, point)
        for street, line in index.lines_in(_box(at, STREET_M))
        for point in (_foot(line, at),)
    )
    return min((one for one in found if one[0] <= STREET_M), key=lambda one: one[0], default=None)


def _town_at(index: Index, at: Point) -> Located:
    lat, lng = round(at.lat * 1e7), round(at.lng * 1e7)
    holding = [
        town for town, rings in index.areas_in((lat, lat, lng, lng)) if holds(rings, lat, lng)
    ]
    towns = index.entries(holding)
    if not towns:
        towns = [
            town
            for town in index.towns_in(_box(at, TOWN_M))
            if distance_m(at.lat, at.lng, town.lat, town.lng) <= TOWN_M
        ]
    if not towns:
        return NOTHING
    # The town with the longest list of areas around it is the smallest one.
    deepest = max(len(town.context) for town in towns) if holding else 0
    town = min(
        (town for town in towns if len(town.context) >= deepest),
        key=lambda town: distance_m(at.lat, at.lng, town.lat, town.lng),
    )
    away_m = distance_m(at.lat, at.lng, town.lat, town.lng)
    return _at_distance(of_town(town, 1.0), away_m)


def _box(at: Point, metres: float) -> tuple[int, int, int, int]:
    """Return south, north, west, east around a position in 1e-7 degrees."""
    tall = metres / _METRES_PER_DEGREE
    wide = tall / max(0.01, cos(radians(at.lat)))
    return (
        round((at.lat - tall) * 1e7),
        round((at.lat + tall) * 1e7),
        round((at.lng - wide) * 1e7),
        round((at.lng + wide) * 1e7),
    )


def _foot(line: Ring, at: Point) -> Point:
    """Return the point of a line that is nearest to a position, on the plane around it."""
    narrow = cos(radians(at.lat))
    xs = (line[:, 1] / 1e7 - at.lng) * narrow
    ys = line[:, 0] / 1e7 - at.lat
    if len(xs) == 1:
        return Point(float(line[0, 0]) / 1e7, float(line[0, 1]) / 1e7)
    run, rise = np.diff(xs), np.diff(ys)
    square = run * run + rise * rise
    along = -(xs[:-1] * run + ys[:-1] * rise) / np.where(square > 0, square, 1)
    along = np.clip(along, 0, 1)
    foot_x, foot_y = xs[:-1] + along * run, ys[:-1] + along * rise
    best = int(np.argmin(foot_x * foot_x + foot_y * foot_y))
    return Point(at.lat + float(foot_y[best]), at.lng + float(foot_x[best]) / narrow)


def _at_distance(located: Located, away_m: float) -> Located:
    return replace(located, distance_m=away_m)
