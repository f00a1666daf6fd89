from msgspec import structs

from roundsman.core.geo import Point
from roundsman.dispatch.checker import check
from roundsman.dispatch.insertion import insert_one
from roundsman.dispatch.model import Person, Plan, Problem, Reason, Task, Window, penalty_of
from roundsman.dispatch.solver import as_plan
from roundsman.dispatch.travel import great_circle

HOUR = 3600


def two_routes(*, until: int = 12 * HOUR) -> Problem:
    """Return two people who drive away from each other, and a task (the last) near the second."""
    points = [Point(48 + step / 100, 16) for step in range(-6, 7)]
    tasks = [
        Task(id=f"t{place}", location=place, service_s=600, penalty=penalty_of(5))
        for place in (5, 4, 3, 7, 8, 9, 10)
    ]
    people = [
        Person(id=name, start=6, shift=Window(8 * HOUR, until)) for name in ("wanda", "willi")
    ]
    return Problem(tasks=tuple(tasks), persons=tuple(people), travel=great_circle(points, ["car"]))


def stops(plan: Plan) -> list[list[int]]:
    return [[visit.task for visit in route.visits] for route in plan.routes]


def test_it_takes_the_cheapest_place_and_moves_nothing_else() -> None:
    problem = two_routes()
    before = as_plan(problem, [[0, 1, 2], [3, 4, 5]])
    after = insert_one(problem, before, 6)
    assert stops(after) == [[0, 1, 2], [3, 4, 5, 6]]
    assert after.routes[0] is before.routes[0]
    assert after.unserved == ()
    assert check(problem, after).feasible


def test_a_task_the_plan_has_never_heard_of_is_put_in_as_well() -> None:
    problem = two_routes()
    before = as_plan(structs.replace(problem, tasks=problem.tasks[:6]), [[0, 1, 2], [3, 4, 5]])
    after = insert_one(problem, before, 6)
    assert stops(after) == [[0, 1, 2], [3, 4, 5, 6]]
    assert check(problem, after).feasible


def test_what_fits_nowhere_is_left_out_and_says_why_and_with_whom() -> None:
    problem = two_routes(until=8 * HOUR + 2600)
    before = as_plan(problem, [[0, 1, 2], [3, 4, 5]])
    assert check(problem, before).feasible
    after = insert_one(problem, before, 6)
    assert stops(after) == stops(before)
    (left_out,) = after.unserved
    assert (left_out.task, left_out.reason, left_out.person) == (6, Reason.WORKING_HOURS, 1)
    assert left_out.by > 0
    assert left_out.adds == insert_one(two_routes(), before, 6).cost - (
        before.cost - problem.tasks[6].penalty
    )
    assert check(problem, after).feasible


def test_a_task_that_is_served_stays_where_it_is() -> None:
    problem = two_routes()
    plan = as_plan(problem, [[0, 1, 2, 6], [3, 4, 5]])
    assert insert_one(problem, plan, 6) is plan


def test_a_route_that_is_late_already_gets_no_later() -> None:
    problem = two_routes()
    tasks = list(problem.tasks)
    tasks[5] = structs.replace(tasks[5], windows=(Window(0, 8 * HOUR),))  # willi's third: too late
    problem = structs.replace(problem, tasks=tuple(tasks))
    before = as_plan(problem, [[0, 1, 2], [3, 4, 5]])
    after = insert_one(problem, before, 6)
    assert stops(after) == [[0, 1, 2], [3, 4, 5, 6]]
    assert after.routes[1].visits[2] == structs.replace(
        before.routes[1].visits[2], slack_s=after.routes[1].visits[2].slack_s
    )
