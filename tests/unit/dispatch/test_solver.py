from msgspec import structs

from roundsman.core.geo import Point
from roundsman.dispatch.checker import check
from roundsman.dispatch.model import (
    Budget,
    Matrix,
    Person,
    Plan,
    Problem,
    Reason,
    Task,
    Travel,
    Window,
    penalty_of,
)
from roundsman.dispatch.solver import budget_for, solve
from roundsman.dispatch.travel import great_circle

HOUR = 3600


def ring(count: int, **person: object) -> Problem:
    """Return jobs along a meridian that begins at the depot, listed inside out."""
    points = [Point(48 + step / 100, 16) for step in range(count + 1)]
    order = [*range(count, 0, -2), *range(count - 1, 0, -2)]
    tasks = tuple(
        Task(id=f"t{place}", location=place, service_s=600, penalty=penalty_of(5))
        for place in order
    )
    who = structs.replace(Person(id="wanda", start=0, shift=Window(8 * HOUR)), **person)
    return Problem(
        tasks=tasks, persons=(who,), travel=great_circle(points, ["car"]), minimise="metres"
    )


def order_of(problem: Problem, plan: Plan, person: int = 0) -> list[str]:
    return [problem.tasks[visit.task].id for visit in plan.routes[person].visits]


def solved(problem: Problem) -> Plan:
    plan = solve(problem, budget_for(problem))
    assert check(problem, plan).violations == ()
    return plan


def test_it_drives_along_the_line_from_the_start() -> None:
    for count in (6, 20):
        problem = ring(count)
        assert order_of(problem, solved(problem)) == [f"t{place}" for place in range(1, count + 1)]


def test_a_round_trip_begins_with_what_is_near() -> None:
    for count in (6, 20):
        problem = ring(count, end=0)
        assert order_of(problem, solved(problem))[0] == "t1"


def test_high_priority_goes_first_and_distance_decides_among_equals() -> None:
    problem = ring(12)
    urgent = {"t4", "t11"}
    tasks = tuple(
        structs.replace(task, priority=9 if task.id in urgent else 5) for task in problem.tasks
    )
    problem = structs.replace(problem, tasks=tasks, priority_first=True)
    order = order_of(problem, solved(problem))
    assert order[:2] == ["t4", "t11"]
    assert order[2:] == ["t12", *(f"t{place}" for place in range(10, 0, -1) if place != 4)]


def test_fixed_stops_stay_at_the_ends() -> None:
    problem = ring(12, first=(0, 5), last=(3,))
    order = order_of(problem, solved(problem))
    assert order[:2] == [problem.tasks[0].id, problem.tasks[5].id]
    assert order[-1] == problem.tasks[3].id


def test_windows_are_kept_and_what_does_not_fit_says_why() -> None:
    problem = ring(4, shift=Window(8 * HOUR, 12 * HOUR))
    windows = [(Window(11 * HOUR, 12 * HOUR),), (), (Window(0, 7 * HOUR),), ()]
    tasks = tuple(
        structs.replace(task, windows=each)
        for task, each in zip(problem.tasks, windows, strict=True)
    )
    problem = structs.replace(problem, tasks=tasks, minimise="seconds")
    plan = solved(problem)
    assert order_of(problem, plan)[-1] == problem.tasks[0].id
    assert plan.routes[0].visits[-1].start_s == 11 * HOUR
    assert [(left.task, left.reason) for left in plan.unserved] == [(2, Reason.TIME_WINDOW)]


def one(task: Task, *persons: Person) -> Reason:
    points = [Point(48, 16), Point(48.1, 16)]
    problem = Problem(tasks=(task,), persons=persons, travel=great_circle(points, ["car"]))
    (left_out,) = solved(problem).unserved
    return left_out.reason


def test_every_reason_is_told() -> None:
    wanda = Person(id="wanda", start=0, shift=Window(8 * HOUR, 9 * HOUR))
    job = Task(id="job", location=1, service_s=600, penalty=penalty_of(5))
    assert one(job) is Reason.NO_WORKER
    assert one(structs.replace(job, person="willi"), wanda) is Reason.NO_WORKER
    assert one(structs.replace(job, location=None), wanda) is Reason.NO_LOCATION
    assert one(structs.replace(job, skills=frozenset({"gas"})), wanda) is Reason.SKILL
    heavy = structs.replace(wanda, capacity=(4,))
    assert one(structs.replace(job, pickup=(5,)), heavy) is Reason.CAPACITY
    assert one(structs.replace(job, windows=(Window(0, 60),)), wanda) is Reason.TIME_WINDOW
    assert one(structs.replace(job, service_s=HOUR), wanda) is Reason.WORKING_HOURS
    assert one(job, structs.replace(wanda, max_tasks=0)) is Reason.MAX_JOBS


def test_an_island_is_unreachable() -> None:
    job = Task(id="job", location=1, penalty=penalty_of(5))
    island = Matrix([[0, -1], [-1, 0]], [[0, -1], [-1, 0]])
    problem = Problem(
        tasks=(job,), persons=(Person(id="wanda", start=0),), travel=Travel("sea", {"car": island})
    )
    assert solved(problem).unserved[0].reason is Reason.UNREACHABLE


def test_the_person_who_comes_closest_gives_the_reason() -> None:
    job = Task(id="job", location=1, skills=frozenset({"gas"}), pickup=(5,), penalty=penalty_of(5))
    clumsy = Person(id="wanda", start=0, capacity=(3,))
    able = Person(id="willi", start=0, capacity=(4,), skills=frozenset({"gas"}))
    assert one(job, clumsy, able) is Reason.CAPACITY


def test_higher_priority_is_served_when_not_all_fit() -> None:
    problem = ring(12, max_tasks=3)
    tasks = tuple(
        structs.replace(task, priority=9, penalty=penalty_of(9))
        if task.id in {"t12", "t7", "t2"}
        else task
        for task in problem.tasks
    )
    problem = structs.replace(problem, tasks=tasks)
    plan = solved(problem)
    assert order_of(problem, plan) == ["t2", "t7", "t12"]
    assert {left.reason for left in plan.unserved} == {Reason.MAX_JOBS}


def test_cancelling_keeps_the_best_so_far() -> None:
    problem = ring(40)
    calls = iter(range(100))
    plan = solve(
        problem, Budget(iterations=10**9, seconds=60.0), cancelled=lambda: next(calls) == 2
    )
    assert plan.stopped == "cancelled"
    assert plan.iterations
    assert check(problem, plan).feasible


def test_the_time_budget_ends_the_search() -> None:
    problem = ring(40)
    plan = solve(problem, Budget(iterations=10**9, seconds=0.05))
    assert plan.stopped == "time"
    assert check(problem, plan).feasible


def test_two_persons_share_the_work_by_place() -> None:
    problem = ring(16)
    wanda, willi = (
        problem.persons[0],
        Person(id="willi", start=16, shift=Window(8 * HOUR, 11 * HOUR)),
    )
    hurried = structs.replace(wanda, shift=Window(8 * HOUR, 11 * HOUR))
    problem = structs.replace(problem, persons=(hurried, willi))
    plan = solved(problem)
    assert not plan.unserved
    near, far = order_of(problem, plan, 0), order_of(problem, plan, 1)
    assert {"t1", "t2"} <= set(near)
    assert {"t16", "t15"} <= set(far)
