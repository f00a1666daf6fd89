"""Points, distances and encoded lines on the sphere."""

from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt

from msgspec import Struct

# Mean radius R1 of the WGS 84 ellipsoid in metres (IUGG).
EARTH_RADIUS_M = 6_371_008.8
MAX_LATITUDE = 90.0
MAX_LONGITUDE = 180.0


class Point(Struct, frozen=True, array_like=True):
    """A position in degrees, WGS 84."""

    lat: float
    lng: float


def is_on_earth(lat: float, lng: float) -> bool:
    """Tell whether both are finite degrees within range."""
    return -MAX_LATITUDE <= lat <= MAX_LATITUDE and -MAX_LONGITUDE <= lng <= MAX_LONGITUDE


def distance_m(a_lat: float, a_lng: float, b_lat: float, b_lng: float) -> float:
    """Return the great-circle distance of two positions in metres (haversine formula)."""
    lat_1, lat_2 = radians(a_lat), radians(b_lat)
    half_lat = sin((lat_2 - lat_1) / 2)
    half_lng = sin(radians(b_lng - a_lng) / 2)
    chord = half_lat * half_lat + cos(lat_1) * cos(lat_2) * half_lng * half_lng
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


def encode_numbers(values: Iterable[int]) -> str:
    """Return integers as text: differences, zig-zag, five bits a character from `?` on.

    Source: Google's Encoded Polyline Algorithm Format, for one series of numbers.
    """
    out: list[str] = []
    before = 0
    for value in values:
        _append(out, value - before)
        before = value
    return "".join(out)


def encode_polyline(points: Iterable[tuple[float, float]], precision: int = 5) -> str:
    """Return (lat, lng) degrees as an encoded polyline with so many decimals.

    Source: Google's Encoded Polyline Algorithm Format.
    """
    factor = 10**precision
    out: list[str] = []
    before_lat = before_lng = 0
    for lat, lng in points:
        now_lat, now_lng = round(lat * factor), round(lng * factor)
        _append(out, now_lat - before_lat)
        _append(out, now_lng - before_lng)
        before_lat, before_lng = now_lat, now_lng
    return "".join(out)


def decode_polyline(text: str, precision: int = 5) -> list[tuple[float, float]]:
    """Return the (lat, lng) degrees of an encoded polyline."""
    factor = 10**precision
    numbers: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:  # noqa: PLR2004 - 32 is the format's continuation bit
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    points: list[tuple[float, float]] = []
    lat = lng = 0
    for step_lat, step_lng in zip(numbers[::2], numbers[1::2], strict=False):
        lat, lng = lat + step_lat, lng + step_lng
        points.append((lat / factor, lng / factor))
    return points


def _append(out: list[str], step: int) -> None:
    bits = ~(step << 1) if step < 0 else step << 1
    while bits >= 32:  # noqa: PLR2004 - five bits a character
        out.append(chr((32 | (bits & 31)) + 63))
        bits >>= 5
    out.append(chr(bits + 63))
