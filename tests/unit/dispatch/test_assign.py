from collections.abc import Sequence

from roundsman.core.geo import Point
from roundsman.dispatch.assign import Assigned, Method, assign
from roundsman.dispatch.model import Person, Problem, Reason, Task, Window, penalty_of
from roundsman.dispatch.travel import great_circle

# Places every 0.01 degrees to the north; Wanda lives at 0, Willi at 20.
POINTS = [Point(48 + step / 100, 16) for step in range(21)]
HOUR = 3600


def task(place: int | None, pickup: int = 0, dropoff: int = 0) -> Task:
    return Task(
        id=f"t{place}",
        location=place,
        service_s=1200,
        pickup=(pickup, 0),
        dropoff=(0, dropoff),
        penalty=penalty_of(5),
    )


def give(
    tasks: Sequence[Task],
    method: Method = "distance",
    *,
    routes: Sequence[Sequence[int]] = ((), ()),
    capacity: tuple[int, ...] = (),
    zones: Sequence[str] = (),
    shift: Window = Window(),  # noqa: B008 - a frozen value
) -> Assigned:
    persons = (
        Person(id="wanda", start=0, capacity=capacity, shift=shift),
        Person(id="willi", start=20, capacity=capacity, shift=shift),
    )
    problem = Problem(
        tasks=tuple(tasks), persons=persons, travel=great_circle(POINTS, ["car"]), minimise="metres"
    )
    placed = {stop for route in routes for stop in route}
    return assign(problem, routes, [t for t in range(len(tasks)) if t not in placed], method, zones)


def test_distance_gives_each_job_to_whom_it_adds_least() -> None:
    after = give([task(2), task(17), task(5), task(14)])
    assert after.routes == ((0, 2), (1, 3))
    assert after.unserved == ()


def test_a_route_that_passes_by_costs_nothing() -> None:
    after = give([task(15), task(14), task(12)], routes=((0,), ()))
    assert after.routes[0] == (2, 1, 0)


def test_the_order_of_the_day_so_far_is_kept() -> None:
    after = give([task(9), task(3), task(6)], routes=((0, 1), ()))
    assert [stop for stop in after.routes[0] if stop != 2] == [0, 1]


def test_size_balances_the_number_of_jobs() -> None:
    after = give([task(place) for place in (1, 2, 3, 4, 5, 6)], "size")
    assert [len(route) for route in after.routes] == [3, 3]
    assert set(after.routes[0]) == {0, 1, 2}


def test_size_counts_the_jobs_of_the_day() -> None:
    after = give([task(1), task(2), task(3), task(4)], "size", routes=((0, 1), ()))
    assert [len(route) for route in after.routes] == [2, 2]


def test_zones_stay_with_one_worker() -> None:
    tasks = [task(1), task(19), task(9), task(3), task(18)]
    after = give(tasks, "zones", zones=["a", "a", "", "a", "b"])
    assert [bool({0, 1, 3} & set(route)) for route in after.routes].count(True) == 1
    assert not after.unserved


def test_a_zone_goes_to_who_already_works_there() -> None:
    after = give([task(19), task(1), task(2)], "zones", routes=((), (0, 1)), zones=["", "n", "n"])
    assert 2 in after.routes[1]


def test_a_zone_too_large_for_one_is_shared() -> None:
    tasks = [task(place, pickup=1) for place in (1, 2, 3)]
    after = give(tasks, "zones", capacity=(2, 2), zones=["a", "a", "a"])
    assert sorted(len(route) for route in after.routes) == [1, 2]


def test_capacity_counts_pickups_and_dropoffs_apart() -> None:
    tasks = [task(1, pickup=2, dropoff=1), task(2, pickup=1), task(3, dropoff=2), task(4, pickup=3)]
    after = give(tasks, capacity=(3, 2))
    picked = [sum(tasks[stop].pickup[0] for stop in route) for route in after.routes]
    dropped = [sum(tasks[stop].dropoff[1] for stop in route) for route in after.routes]
    assert max(picked) <= 3
    assert max(dropped) <= 2
    assert not after.unserved


def test_what_nobody_can_take_says_why() -> None:
    after = give([task(None), task(1, pickup=9)], capacity=(3, 3))
    assert [left.reason for left in after.unserved] == [Reason.NO_LOCATION, Reason.CAPACITY]


def test_a_shift_that_is_full_takes_no_more() -> None:
    tasks = [task(1), task(2), task(3), task(4)]
    after = give(tasks, routes=((0, 1), ()), shift=Window(8 * HOUR, 8 * HOUR + 3000))
    assert after.routes[0] == (0, 1)
    assert {left.reason for left in after.unserved} == {Reason.WORKING_HOURS}


def test_nobody_to_ask_leaves_everything_open() -> None:
    problem = Problem(tasks=(task(1),), persons=(), travel=great_circle(POINTS, ["car"]))
    for method in ("distance", "size", "zones"):
        after = assign(problem, (), [0], method, [""])
        assert [left.reason for left in after.unserved] == [Reason.NO_WORKER]
