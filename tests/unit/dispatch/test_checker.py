import pytest
from msgspec import structs

from roundsman.dispatch.checker import Violation, check, follow
from roundsman.dispatch.model import (
    OPEN_END_S,
    UNREACHABLE,
    Matrix,
    Person,
    Plan,
    Problem,
    Route,
    Task,
    Travel,
    Unserved,
    Visit,
    Window,
)
from roundsman.dispatch.model import Reason as Why

# Four places on a line, ten minutes and five kilometres from one to the next.
LINE = Matrix(
    [[600 * abs(a - b) for b in range(4)] for a in range(4)],
    [[5000 * abs(a - b) for b in range(4)] for a in range(4)],
)
HOUR = 3600


def task(place: int | None, **more: object) -> Task:
    return structs.replace(Task(id=f"t{place}", location=place, service_s=300, penalty=99), **more)


def problem(*tasks: Task, **person: object) -> Problem:
    who = structs.replace(
        Person(id="wanda", start=0, end=0, shift=Window(8 * HOUR, 10 * HOUR)), **person
    )
    return Problem(tasks=tasks, persons=(who,), travel=Travel("line", {"car": LINE}))


def broken(asked: Problem, *order: int) -> tuple[Violation, ...]:
    return follow(asked, 0, order)[1].violations


def test_it_follows_a_route_and_adds_everything_up() -> None:
    asked = problem(task(1), task(3, windows=(Window(9 * HOUR, 10 * HOUR),)), task(2))
    steps, verdict = follow(asked, 0, [0, 1, 2])
    assert verdict.feasible
    assert [(step.arrive_s, step.start_s, step.leave_s) for step in steps] == [
        (8 * HOUR + 600, 8 * HOUR + 600, 8 * HOUR + 900),
        (8 * HOUR + 2100, 9 * HOUR, 9 * HOUR + 300),
        (9 * HOUR + 900, 9 * HOUR + 900, 9 * HOUR + 1200),
    ]
    totals = verdict.totals
    assert (totals.tasks, totals.metres, totals.driving_s) == (3, 30_000, 3600)
    assert (totals.waiting_s, totals.service_s, totals.work_s) == (1500, 900, 6000)
    assert (totals.late_s, totals.overtime_s) == (0, 0)


def test_nobody_drives_an_empty_route() -> None:
    verdict = follow(problem(end=3), 0, [])[1]
    assert verdict.feasible
    assert verdict.totals.metres == verdict.totals.work_s == 0


@pytest.mark.parametrize(
    ("asked", "kind", "by"),
    [
        (problem(task(None)), "no_location", 1),
        (
            problem(task(1, skills=frozenset({"gas", "water"})), skills=frozenset({"gas"})),
            "skill",
            1,
        ),
        (problem(task(1, person="willi")), "pinned", 1),
        (problem(task(1, forbidden=frozenset({"wanda"}))), "forbidden", 1),
        (problem(task(1, pickup=(3, 7)), capacity=(3, 5)), "capacity", 2),
        (problem(task(1, dropoff=(4,)), capacity=(3,)), "capacity", 1),
        (problem(task(1, windows=(Window(0, 8 * HOUR),))), "time_window", 600),
        (problem(task(1, windows=(Window(0, 10), Window(20, 8 * HOUR + 599)))), "time_window", 1),
        (problem(task(3, service_s=HOUR + 1)), "working_hours", 1),
        (problem(task(1), max_tasks=0), "max_jobs", 1),
        (problem(task(1), max_metres=9_999), "max_distance", 1),
    ],
)
def test_it_names_what_breaks_and_by_how_much(asked: Problem, kind: str, by: int) -> None:
    assert [(found.kind, found.by) for found in broken(asked, 0)] == [(kind, by)]


def test_it_sees_a_leg_without_connection() -> None:
    asked = problem(task(1), end=None)
    matrix = Matrix([[0, UNREACHABLE], [5, 0]], [[0, 5], [5, 0]])
    asked = structs.replace(asked, travel=Travel("island", {"car": matrix}))
    assert broken(asked, 0) == (Violation("unreachable", 0, 0),)


def test_the_load_is_looked_at_between_all_stops() -> None:
    swap = [task(1, pickup=(3,)), task(2, dropoff=(3,)), task(3, dropoff=(2,))]
    asked = problem(*swap, capacity=(5,))
    assert follow(asked, 0, [1, 0, 2])[1].feasible
    assert broken(asked, 0, 1, 2) == (Violation("capacity", 0, None, 3),)
    assert follow(asked, 0, [0, 1, 2])[1].totals.load == (8,)


def test_fixed_tasks_have_their_places() -> None:
    asked = problem(task(1), task(2), task(3), first=(2,), last=(0,))
    assert follow(asked, 0, [2, 1, 0])[1].feasible
    assert broken(asked, 1, 2, 0) == (Violation("fixed", 0),)
    assert broken(asked) == (Violation("fixed", 0),)


def test_priorities_may_not_rise_among_free_tasks() -> None:
    tasks = [task(1, priority=1), task(2, priority=9), task(3, priority=4)]
    asked = structs.replace(problem(*tasks, first=(0,)), priority_first=True)
    assert follow(asked, 0, [0, 1, 2])[1].feasible
    assert broken(asked, 0, 2, 1) == (Violation("priority_order", 0, 1, 5),)


def plan_of(visit: Visit, **more: object) -> Plan:
    route = Route(0, (visit,), 8 * HOUR, 8 * HOUR + 1500)
    plan = Plan(
        routes=(route,), unserved=(), cost=1200, engine="exact", stopped="done", iterations=0
    )
    return structs.replace(plan, **more)


HONEST = Visit(0, 8 * HOUR + 600, 8 * HOUR + 600, 8 * HOUR + 900, 5700)


def test_an_honest_plan_passes() -> None:
    assert check(problem(task(1)), plan_of(HONEST)).feasible


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (plan_of(structs.replace(HONEST, arrive_s=8 * HOUR)), "wrong_time"),
        (plan_of(structs.replace(HONEST, slack_s=5699)), "wrong_time"),
        (plan_of(structs.replace(HONEST, slack_s=5701)), "wrong_time"),
        (plan_of(structs.replace(HONEST, slack_s=OPEN_END_S)), "wrong_time"),
        (plan_of(HONEST, cost=1201), "wrong_cost"),
        (plan_of(HONEST, unserved=(Unserved(0, Why.SKILL),), cost=1299), "twice"),
    ],
)
def test_a_plan_that_lies_is_found_out(plan: Plan, kind: str) -> None:
    assert [found.kind for found in check(problem(task(1)), plan).violations] == [kind]


def test_a_lost_task_is_missed() -> None:
    found = check(problem(task(1), task(2)), plan_of(HONEST)).violations
    assert found == (Violation("lost", None, 1),)
