"""The city the demo drives in."""

from itertools import pairwise
from random import Random

import pytest

from roundsman.core.geo import Point, distance_m
from roundsman.demo import city

BOAVISTA = Point(41.1579, -8.6291)
CAMPANHA = Point(41.1486, -8.5856)
CENTRE = Point(41.157, -8.62)


def dice(seed: int) -> Random:
    return Random(seed)


@pytest.fixture(scope="module")
def graph() -> city.Graph:
    return city.load()


def test_it_is_read_once(graph: city.Graph) -> None:
    assert city.load() is graph


def test_every_place_has_a_street_nearby(graph: city.Graph) -> None:
    for spot in (BOAVISTA, CAMPANHA, CENTRE):
        node = graph.points[graph.nearest_node(spot.lat, spot.lng)]
        assert distance_m(spot.lat, spot.lng, node.lat, node.lng) < 150


def test_the_nearest_node_is_the_nearest_of_all(graph: city.Graph) -> None:
    random = dice(1)
    for _ in range(20):
        lat, lng = random.uniform(41.13, 41.19), random.uniform(-8.68, -8.56)
        found = graph.points[graph.nearest_node(lat, lng)]
        best = min(
            distance_m(lat, lng, graph.points[node].lat, graph.points[node].lng)
            for node in graph.exits
        )
        assert distance_m(lat, lng, found.lat, found.lng) == pytest.approx(best, abs=0.5)


def test_far_from_the_city_there_is_no_nearest_node(graph: city.Graph) -> None:
    with pytest.raises(ValueError, match="No street"):
        graph.nearest_node(48.2, 16.4)


def test_a_way_leads_from_one_node_to_the_other(graph: city.Graph) -> None:
    a = graph.nearest_node(BOAVISTA.lat, BOAVISTA.lng)
    b = graph.nearest_node(CAMPANHA.lat, CAMPANHA.lng)
    path = graph.shortest_path(a, b)
    assert path.points[0] == graph.points[a]
    assert path.points[-1] == graph.points[b]
    assert len(path.seconds) == len(path.points) - 1
    air_m = distance_m(BOAVISTA.lat, BOAVISTA.lng, CAMPANHA.lat, CAMPANHA.lng)
    assert air_m < path.distance_m < 3 * air_m
    assert path.distance_m / path.duration_s < city.FASTEST_MPS


def test_the_way_to_where_one_is_is_no_way(graph: city.Graph) -> None:
    node = graph.nearest_node(CENTRE.lat, CENTRE.lng)
    path = graph.shortest_path(node, node)
    assert (path.points, path.seconds, path.distance_m) == ([graph.points[node]], [], 0.0)


def test_the_quickest_way_is_as_quick_as_a_search_without_direction(graph: city.Graph) -> None:
    random = dice(2)
    for _ in range(3):
        a, b = (house.node for house in graph.addresses(2, random, 2500, CENTRE))
        assert graph.shortest_path(a, b).duration_s == pytest.approx(_dijkstra(graph, a)[b])


def _dijkstra(graph: city.Graph, start: int) -> dict[int, float]:
    """Relax edges until nothing changes: slow, and too simple to be wrong."""
    cost, front = {start: 0.0}, {start}
    while front:
        changed: set[int] = set()
        for here in front:
            for there, seconds in graph.exits[here]:
                if cost[here] + seconds < cost.get(there, float("inf")):
                    cost[there] = cost[here] + seconds
                    changed.add(there)
        front = changed
    return cost


def test_nobody_drives_a_one_way_street_backwards(graph: city.Graph) -> None:
    both = {(a, b) for a, exits in graph.exits.items() for b, _ in exits}
    one_way = [street for street in graph.streets if street.kind.one_way and street.kind.speed_kmh]
    steps = [step for street in one_way for step in pairwise(street.nodes)]
    # Here and there two carriageways share a piece; what matters is that they are the exception.
    backwards = [1 for a, b in steps if (b, a) in both]
    assert len(steps) > 1000
    assert len(backwards) < len(steps) / 100


def test_from_every_address_one_gets_to_every_other(graph: city.Graph) -> None:
    houses = graph.addresses(40, dice(3), 5000, CENTRE)
    for a, b in pairwise(houses):
        assert graph.shortest_path(a.node, b.node).points


def test_addresses_are_houses_on_named_streets(graph: city.Graph) -> None:
    houses = graph.addresses(200, dice(4), 3000, CENTRE)
    assert len({(house.point.lat, house.point.lng) for house in houses}) == 200
    for house in houses:
        assert house.street
        assert house.number >= 1
        assert house.text == f"{house.street} {house.number}"
        node = graph.points[house.node]
        away = distance_m(house.point.lat, house.point.lng, node.lat, node.lng)
        assert away == pytest.approx(city.HOUSE_OFFSET_M, abs=1)
        assert distance_m(node.lat, node.lng, CENTRE.lat, CENTRE.lng) < 3010


def test_every_door_of_the_city_can_be_an_address(graph: city.Graph) -> None:
    houses = graph.addresses(10**9, dice(7), 20_000, CENTRE)
    assert len(houses) > 20_000
    assert all(40 < house.point.lat < 42 for house in houses)


def test_the_same_seed_gives_the_same_addresses(graph: city.Graph) -> None:
    first = graph.addresses(20, dice(5), 3000, CENTRE)
    assert first == graph.addresses(20, dice(5), 3000, CENTRE)
    assert first != graph.addresses(20, dice(6), 3000, CENTRE)
