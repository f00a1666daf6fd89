"""Clusters of any jobs keep their promises."""

from hypothesis import given, settings
from hypothesis import strategies as st

from roundsman.core.geo import Point
from roundsman.dispatch.cluster import Spot, split

POINTS = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))
SPOTS = st.lists(st.builds(Spot, POINTS, st.sampled_from(["", "", "1", "2"])), max_size=40)


@given(SPOTS, st.integers(1, 8), st.integers(1, 12), POINTS)
@settings(max_examples=150, deadline=None)
def test_every_job_that_fits_is_in_exactly_one_cluster(
    spots: list[Spot], regions: int, most: int, home: Point
) -> None:
    clusters = split(spots, regions=regions, most=most, home=home)
    members = [member for cluster in clusters for member in cluster.members]
    assert len(clusters) == regions
    assert len(members) == len(set(members)) == min(len(spots), regions * most)
    assert max(len(cluster.members) for cluster in clusters) <= most
    for cluster in clusters:
        assert -90 <= cluster.center.lat <= 90
        assert -180 <= cluster.center.lng <= 180
        assert cluster.members or cluster.center == home
    assert split(spots, regions=regions, most=most, home=home) == clusters
