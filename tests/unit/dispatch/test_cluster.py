import pytest

from roundsman.core.geo import Point, distance_m
from roundsman.dispatch.cluster import Spot, even_size, split

HOME = Point(48.2, 16.37)
TOWNS = [Point(48.2, 16.0), Point(48.5, 16.37), Point(47.9, 16.4)]


def around(town: Point, count: int, zone: str = "") -> list[Spot]:
    return [
        Spot(Point(town.lat + 0.001 * k, town.lng + 0.002 * (k % 3)), zone) for k in range(count)
    ]


def test_each_town_becomes_a_cluster_with_its_middle() -> None:
    spots = [spot for town in TOWNS for spot in around(town, 5)]
    clusters = split(spots, regions=3, most=28, home=HOME)
    assert sorted(cluster.members for cluster in clusters) == [
        (0, 1, 2, 3, 4),
        (5, 6, 7, 8, 9),
        (10, 11, 12, 13, 14),
    ]
    for cluster in clusters:
        town = TOWNS[cluster.members[0] // 5]
        assert distance_m(cluster.center.lat, cluster.center.lng, town.lat, town.lng) < 500


def test_no_cluster_grows_beyond_the_largest_size() -> None:
    clusters = split(around(TOWNS[0], 9), regions=3, most=4, home=HOME)
    sizes = [len(cluster.members) for cluster in clusters]
    assert sum(sizes) == 9
    assert max(sizes) <= 4


def test_what_does_not_fit_is_in_no_cluster_and_it_is_the_farthest() -> None:
    spots = [*around(TOWNS[0], 4), *around(HOME, 4)]
    clusters = split(spots, regions=2, most=2, home=HOME)
    assert sorted(member for cluster in clusters for member in cluster.members) == [4, 5, 6, 7]


def test_empty_clusters_stay_at_home() -> None:
    clusters = split(around(TOWNS[0], 2), regions=4, most=28, home=HOME)
    assert [len(cluster.members) for cluster in clusters] == [1, 1, 0, 0]
    assert clusters[3].center == HOME
    assert split([], regions=1, most=28, home=HOME)[0].center == HOME


def test_jobs_at_one_address_stay_together_while_they_fit() -> None:
    same = [Spot(TOWNS[0])] * 6
    assert [len(c.members) for c in split(same, regions=3, most=28, home=HOME)] == [6, 0, 0]
    assert [len(c.members) for c in split(same, regions=3, most=3, home=HOME)] == [3, 3, 0]


def test_a_zone_stays_together_where_it_fits() -> None:
    spread = [Spot(TOWNS[0], "7"), Spot(TOWNS[1], "7"), *around(TOWNS[0], 2), *around(TOWNS[1], 2)]
    clusters = split(spread, regions=2, most=5, home=HOME)
    assert any({0, 1} <= set(cluster.members) for cluster in clusters)
    tight = split([Spot(town, "7") for town in TOWNS], regions=3, most=1, home=HOME)
    assert [len(cluster.members) for cluster in tight] == [1, 1, 1]


def test_both_sides_of_the_date_line_are_one_place() -> None:
    fiji = [Spot(Point(-17.0, 179.99)), Spot(Point(-17.0, -179.99)), Spot(Point(-14.0, 170.0))]
    clusters = split(fiji, regions=2, most=28, home=HOME)
    assert sorted(cluster.members for cluster in clusters) == [(0, 1), (2,)]


@pytest.mark.parametrize(
    ("jobs", "regions", "most", "size"), [(10, 3, 28, 4), (10, 2, 4, 4), (0, 3, 28, 1)]
)
def test_balanced_clusters_share_the_jobs(jobs: int, regions: int, most: int, size: int) -> None:
    assert even_size(jobs, regions, most) == size
