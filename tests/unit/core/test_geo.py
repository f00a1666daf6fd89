import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.core.geo import decode_polyline, distance_m, encode_polyline

LAT = st.floats(-90, 90)
LNG = st.floats(-180, 180)


def test_a_degree_of_latitude_is_111_195_metres() -> None:
    assert distance_m(0, 0, 1, 0) == pytest.approx(111_195.08, abs=0.1)


def test_distance_crosses_the_date_line() -> None:
    assert distance_m(0, 179.999, 0, -179.999) == pytest.approx(222.39, abs=0.1)


@given(LAT, LNG, LAT, LNG)
def test_distance_is_the_same_both_ways_and_never_more_than_half_the_globe(
    a: float, b: float, c: float, d: float
) -> None:
    there = distance_m(a, b, c, d)
    assert there == pytest.approx(distance_m(c, d, a, b), abs=1e-6)
    assert 0 <= there <= 20_015_115


def test_the_polyline_of_the_format_s_own_example() -> None:
    points = [(38.5, -120.2), (40.7, -120.95), (43.252, -126.453)]
    assert encode_polyline(points) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    assert decode_polyline("_p~iF~ps|U_ulLnnqC_mqNvxq`@") == points


@given(
    st.lists(st.tuples(st.integers(-9_000_000, 9_000_000), st.integers(-18_000_000, 18_000_000)))
)
def test_a_polyline_survives_the_round_trip(steps: list[tuple[int, int]]) -> None:
    points = [(lat / 1e5, lng / 1e5) for lat, lng in steps]
    flat = [number for point in decode_polyline(encode_polyline(points)) for number in point]
    assert flat == pytest.approx([number for point in points for number in point])
