import os
import subprocess
import sys

import pytest
from msgspec import structs

from roundsman.dispatch.checker import check
from roundsman.dispatch.model import (
    UNREACHABLE,
    Budget,
    Matrix,
    Person,
    Problem,
    Progress,
    Reason,
    Task,
    Travel,
    Window,
)
from roundsman.dispatch.solver import solve
from tests.problems import PLAIN, generate

RICH = structs.replace(PLAIN, windows=True, shift=True, load=True, skills=True)


def test_two_hundred_tasks_of_twenty_people_get_a_plan_without_fault() -> None:
    problem = generate(7, RICH, 200, 20)
    plan = solve(problem, Budget(iterations=300, seconds=60.0))
    assert plan.engine == "ruin_and_recreate"
    assert plan.iterations == 300
    assert check(problem, plan).violations == ()


def test_more_iterations_are_never_worse_for_nothing() -> None:
    problem = generate(3, PLAIN, 60, 4)
    first = solve(problem, Budget(iterations=0, seconds=60.0))
    later = solve(problem, Budget(iterations=3000, seconds=60.0))
    assert later.cost < first.cost


def test_different_seeds_search_differently_and_equal_ones_do_not() -> None:
    problem = generate(3, RICH, 60, 6)
    plans = [solve(problem, Budget(iterations=50, seconds=60.0, seed=seed)) for seed in (0, 1, 1)]
    assert plans[1] == plans[2]
    assert plans[0] != plans[1]


def test_without_iterations_the_time_is_used_to_its_end() -> None:
    problem = generate(3, PLAIN, 30, 2)
    plan = solve(problem, Budget(iterations=None, seconds=0.05))
    assert plan.stopped == "time"
    assert plan.iterations > 0
    assert check(problem, plan).feasible


def test_no_time_at_all_still_gives_a_plan() -> None:
    problem = generate(3, RICH, 40, 4)
    plan = solve(problem, Budget(iterations=100, seconds=0.0))
    assert (plan.stopped, plan.iterations) == ("time", 0)
    assert check(problem, plan).violations == ()


def test_a_long_search_tells_how_far_it_is() -> None:
    told: list[Progress] = []
    problem = generate(3, PLAIN, 40, 3)
    plan = solve(problem, Budget(iterations=500, seconds=60.0), progress=told.append)
    assert told
    assert all(0 <= one.share <= 1 and one.cost >= plan.cost for one in told)
    assert [one.iterations for one in told] == sorted(one.iterations for one in told)


def test_cancelling_keeps_the_best_so_far() -> None:
    problem = generate(3, RICH, 40, 4)
    plan = solve(problem, Budget(iterations=500, seconds=60.0), cancelled=lambda: True)
    assert (plan.stopped, plan.iterations) == ("cancelled", 0)
    assert check(problem, plan).violations == ()


def crowd(*people: Person, **task: object) -> Problem:
    """Return twelve like tasks around a place, for these people."""
    size = 13
    legs = [[100 * abs(a - b) for b in range(size)] for a in range(size)]
    job = structs.replace(Task(id="", location=1, service_s=60, penalty=10**9), **task)
    return Problem(
        tasks=tuple(
            structs.replace(job, id=str(place), location=place) for place in range(1, size)
        ),
        persons=people,
        travel=Travel("line", {"car": Matrix(legs, legs)}),
    )


def test_bounds_on_tasks_are_shared_by_everybody_and_the_rest_says_so() -> None:
    problem = crowd(*[Person(id=f"p{n}", start=0, max_tasks=5) for n in range(2)])
    plan = solve(problem, Budget(iterations=200, seconds=60.0))
    assert [len(route.visits) for route in plan.routes] == [5, 5]
    assert {left.reason for left in plan.unserved} == {Reason.MAX_JOBS}
    assert {left.by for left in plan.unserved} == {1}


@pytest.mark.parametrize("start", [0, None])
def test_one_driver_without_an_end_drives_along_the_line(start: int | None) -> None:
    problem = crowd(Person(id="wanda", start=start))
    plan = solve(problem, Budget(iterations=500, seconds=60.0))
    order = [problem.tasks[visit.task].location for visit in plan.routes[0].visits]
    assert order in ([*range(1, 13)], [*range(12, 0, -1)])


def test_a_task_can_be_cheaper_to_leave_out() -> None:
    problem = crowd(Person(id="wanda", start=0, end=0), penalty=150)
    plan = solve(problem, Budget(iterations=500, seconds=60.0))
    assert not plan.routes[0].visits
    assert plan.cost == 12 * 150


def test_an_island_is_left_alone() -> None:
    problem = crowd(Person(id="wanda", start=0, end=0, shift=Window(0, 10**6)))
    legs = [row[:] for row in problem.travel.matrices["car"].seconds]
    for place in range(12):
        legs[12][place] = legs[place][12] = UNREACHABLE
    problem = structs.replace(problem, travel=Travel("sea", {"car": Matrix(legs, legs)}))
    plan = solve(problem, Budget(iterations=200, seconds=60.0))
    (left_out,) = plan.unserved
    assert (left_out.reason, left_out.adds) == (Reason.UNREACHABLE, None)
    assert check(problem, plan).feasible


def test_nobody_drives_farther_than_their_bound() -> None:
    problem = crowd(Person(id="wanda", start=0, end=0, max_metres=1400))
    plan = solve(problem, Budget(iterations=200, seconds=60.0))
    served = {problem.tasks[visit.task].location for visit in plan.routes[0].visits}
    assert served == {*range(1, 8)}
    assert {left.reason for left in plan.unserved} == {Reason.MAX_DISTANCE}
    assert min(left.by for left in plan.unserved) == 200
    assert check(problem, plan).violations == ()


def test_work_goes_to_whom_it_is_preferred_for_unless_the_way_is_too_long() -> None:
    people = [Person(id=name, start=0, end=0) for name in ("wanda", "willi")]
    problem = crowd(*people, preferred=frozenset({"willi"}), preference=50)
    plan = solve(problem, Budget(iterations=500, seconds=60.0))
    assert [len(route.visits) for route in plan.routes] == [0, 12]
    far = structs.replace(people[1], start=12, end=12, max_tasks=3)
    problem = structs.replace(problem, persons=(people[0], far))
    plan = solve(problem, Budget(iterations=500, seconds=60.0))
    assert [len(route.visits) for route in plan.routes] == [9, 3]
    assert check(problem, plan).violations == ()


def test_nobody_does_what_they_are_kept_from() -> None:
    people = [Person(id=name, start=0, end=0) for name in ("wanda", "willi")]
    problem = crowd(*people, forbidden=frozenset({"wanda"}))
    plan = solve(problem, Budget(iterations=100, seconds=60.0))
    assert [len(route.visits) for route in plan.routes] == [0, 12]


def test_the_server_itself_never_loads_the_compiler() -> None:
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, roundsman.app; sys.exit('numba' in sys.modules)",
        ],
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
