"""Distances between integer positions, for loops that see every fix (pure).

A position here is two integers in 1e-7 degrees ("e7"): exact, small, and the same on every machine.
Near points are measured on a local plane, far ones and those at the poles on the sphere; the
plane stays within 0.01 % of the great circle where it is used.
"""

from math import atan2, cos, degrees, pi, radians, sin, sqrt

from roundsman.core.geo import EARTH_RADIUS_M, distance_m

E7 = 10_000_000
TURN_E7 = 360 * E7
HALF_TURN_E7 = 180 * E7
MAX_LAT_E7 = 90 * E7

_RADIANS = pi / 180 / E7
# Metres of one unit of latitude, and of longitude on the equator.
UNIT_M = EARTH_RADIUS_M * _RADIANS
_HALF_RADIANS = _RADIANS / 2
# The plane is used up to 0.1 degrees (11 km) and to 80 degrees of latitude.
_PLANE_E7 = E7 // 10
_PLANE_LAT_SUM_E7 = 2 * 80 * E7


def wrap_e7(lng_e7: float) -> float:
    """Return the difference of two longitudes the short way round, within half a turn."""
    if lng_e7 > HALF_TURN_E7:
        return lng_e7 - TURN_E7
    if lng_e7 < -HALF_TURN_E7:
        return lng_e7 + TURN_E7
    return lng_e7


def onto_map(lng_e7: float) -> float:
    """Return a longitude that ran over the date line as one within -180 to 180 degrees."""
    return wrap_e7(lng_e7)


def lng_scale(lat_e7: float) -> float:
    """Return the metres of one unit of longitude at a latitude."""
    return UNIT_M * cos(lat_e7 * _RADIANS)


def metres(a_lat: float, a_lng: float, b_lat: float, b_lng: float) -> float:
    """Return the great-circle distance of two positions given in 1e-7 degrees, in metres."""
    north = b_lat - a_lat
    east = b_lng - a_lng
    total = a_lat + b_lat
    if (
        -_PLANE_E7 < north < _PLANE_E7
        and -_PLANE_E7 < east < _PLANE_E7
        and -_PLANE_LAT_SUM_E7 < total < _PLANE_LAT_SUM_E7
    ):
        east *= cos(total * _HALF_RADIANS)
        return UNIT_M * sqrt(north * north + east * east)
    return distance_m(a_lat / E7, a_lng / E7, b_lat / E7, b_lng / E7)


def bearing_deg(a_lat: float, a_lng: float, b_lat: float, b_lng: float) -> float:
    """Return the direction in which the great circle leaves a for b, in degrees from north.

    Positions are degrees; the answer is 0 or more and less than 360, 0 for one and the same place.
    """
    east = radians(b_lng - a_lng)
    lat_1, lat_2 = radians(a_lat), radians(b_lat)
    x = sin(east) * cos(lat_2)
    y = cos(lat_1) * sin(lat_2) - sin(lat_1) * cos(lat_2) * cos(east)
    return degrees(atan2(x, y)) % 360
