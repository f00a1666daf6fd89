"""What people's days and jobs can ask for beyond windows, shifts and loads, each by itself."""

from msgspec import structs

from roundsman.dispatch.checker import Violation, check
from roundsman.dispatch.insertion import insert_one
from roundsman.dispatch.model import (
    Break,
    Budget,
    Link,
    Matrix,
    Person,
    Plan,
    Problem,
    Reason,
    Rest,
    Task,
    Travel,
    Weights,
    Window,
)
from roundsman.dispatch.solver import as_plan, solve

MINUTE, HOUR = 60, 3600
# Seven places on a line, ten minutes and five kilometres from one to the next.
LINE = Matrix(
    [[10 * MINUTE * abs(a - b) for b in range(7)] for a in range(7)],
    [[5000 * abs(a - b) for b in range(7)] for a in range(7)],
)


def job(place: int, **more: object) -> Task:
    task = Task(id=f"job{place}", location=place, service_s=30 * MINUTE, penalty=10**8)
    return structs.replace(task, **more)


def person(name: str, **more: object) -> Person:
    who = Person(id=name, start=0, end=0, shift=Window(8 * HOUR, 17 * HOUR))
    return structs.replace(who, **more)


def day(tasks: list[Task], *people: Person, **more: object) -> Problem:
    problem = Problem(tasks=tuple(tasks), persons=people, travel=Travel("line", {"car": LINE}))
    return structs.replace(problem, **more)


def solved(problem: Problem) -> Plan:
    plan = solve(problem, Budget(iterations=300, seconds=60.0))
    assert check(problem, plan).violations == ()
    return plan


def order_of(plan: Plan, number: int = 0) -> list[int]:
    return [visit.task for visit in plan.routes[number].visits]


def test_lunch_is_taken_on_the_way_or_after_the_customer_who_cannot_wait() -> None:
    lunch = Break(Window(12 * HOUR, 13 * HOUR), 30 * MINUTE)
    noon = Window(12 * HOUR, 12 * HOUR + 10 * MINUTE)
    jobs = [job(1, windows=(noon,)), job(2, windows=(Window(14 * HOUR),))]
    problem = day(jobs, person("wanda", breaks=(lunch,)))
    plan = solved(problem)
    (rest,) = plan.routes[0].rests
    assert rest.end_s - rest.start_s == 30 * MINUTE
    assert not plan.unserved
    starts = {visit.task: visit.start_s for visit in plan.routes[0].visits}
    assert starts[0] <= noon.end_s


def test_a_drive_goes_on_after_the_break_where_it_stopped() -> None:
    pause = Break(Window(8 * HOUR + 5 * MINUTE, 8 * HOUR + 5 * MINUTE), 15 * MINUTE)
    plan = solved(day([job(1)], person("wanda", breaks=(pause,))))
    assert plan.routes[0].rests == (
        Rest("break", 0, 8 * HOUR + 5 * MINUTE, 8 * HOUR + 20 * MINUTE),
    )
    assert plan.routes[0].visits[0].arrive_s == 8 * HOUR + 25 * MINUTE


def test_no_break_is_due_when_the_day_is_over_before_it() -> None:
    lunch = Break(Window(12 * HOUR, 13 * HOUR), 30 * MINUTE)
    plan = solved(day([job(1)], person("wanda", breaks=(lunch,))))
    assert plan.routes[0].rests == ()
    assert plan.routes[0].finish_s == 8 * HOUR + 50 * MINUTE


def test_nothing_happens_in_the_middle_of_a_split_shift() -> None:
    off = Window(8 * HOUR + 30 * MINUTE, 15 * HOUR)
    plan = solved(day([job(1)], person("wanda", off=(off,))))
    assert plan.routes[0].visits[0].start_s == 15 * HOUR
    assert [rest.kind for rest in plan.routes[0].rests] == ["off"]


def test_a_job_that_a_break_pushes_out_of_its_window_says_by_how_much() -> None:
    pause = Break(Window(9 * HOUR, 9 * HOUR), 30 * MINUTE)
    early = Window(8 * HOUR + 30 * MINUTE, 8 * HOUR + 40 * MINUTE)
    long = job(1, service_s=2 * HOUR, windows=(early,))
    (left,) = solved(day([long], person("wanda", breaks=(pause,)))).unserved
    assert (left.reason, left.by) == (Reason.TIME_WINDOW, 50 * MINUTE)


def test_driving_and_working_are_bounded_each_by_itself() -> None:
    far = [job(6), job(5)]
    plan = solved(day(far, person("wanda", max_driving_s=110 * MINUTE)))
    assert (order_of(plan), plan.unserved[0].reason) == ([1], Reason.MAX_DRIVING)
    plan = solved(day(far, person("wanda", max_working_s=170 * MINUTE)))
    assert len(order_of(plan)) == 1
    assert plan.unserved[0].reason is Reason.MAX_WORKING


def test_who_is_paid_by_the_hour_leaves_when_it_is_time() -> None:
    late = job(1, windows=(Window(15 * HOUR, 16 * HOUR),))
    plan = solved(day([late], person("wanda", per_hour=600)))
    assert plan.routes[0].depart_s == 14 * HOUR + 50 * MINUTE
    assert plan.cost == 20 * MINUTE + 600 * 50 // 60


def test_a_fast_driver_takes_less_time_for_the_same_way() -> None:
    plan = solved(day([job(1)], person("wanda", speed=200)))
    assert plan.routes[0].visits[0].arrive_s == 8 * HOUR + 5 * MINUTE
    assert check(day([job(1)], person("wanda", speed=200)), plan).totals.metres == 10_000


def test_going_out_costs_so_that_one_person_does_it_all() -> None:
    jobs = [job(1), job(2), job(5), job(6)]
    people = [person("wanda", start=0, end=0), person("willi", start=6, end=6)]
    both = solved(day(jobs, *people))
    assert [len(route.visits) for route in both.routes] == [2, 2]
    dear = [structs.replace(who, per_route=100 * MINUTE) for who in people]
    assert sorted(len(route.visits) for route in solved(day(jobs, *dear)).routes) == [0, 4]


def test_balance_shares_what_one_person_could_do_alone() -> None:
    jobs = [job(1, id=f"job{number}") for number in range(6)]
    people = [person("wanda"), person("willi")]
    plan = solved(day(jobs, *people, weights=Weights(balance=2000)))
    assert [len(route.visits) for route in plan.routes] == [3, 3]


def test_lateness_and_overtime_have_a_bound_and_a_price() -> None:
    early = job(3, windows=(Window(8 * HOUR, 8 * HOUR + 20 * MINUTE),), late_s=15 * MINUTE)
    plan = solved(day([early], person("wanda")))
    assert plan.cost == 60 * MINUTE + 10 * MINUTE * Weights().lateness
    strict = structs.replace(early, late_s=9 * MINUTE)
    assert solved(day([strict], person("wanda"))).unserved[0].reason is Reason.TIME_WINDOW
    evening = job(1, windows=(Window(16 * HOUR + 30 * MINUTE),))
    plan = solved(day([evening], person("wanda", overtime_s=HOUR)))
    assert plan.cost == 20 * MINUTE + 10 * MINUTE * Weights().overtime
    assert solved(day([evening], person("wanda"))).unserved


def test_work_outside_the_territory_costs() -> None:
    people = [person("wanda", zones=frozenset({"north"})), person("willi")]
    problem = day([job(1, zone="south")], *people)
    assert [len(route.visits) for route in solved(problem).routes] == [0, 1]


def test_a_small_van_reloads_at_the_depot() -> None:
    jobs = [job(place, dropoff=(1,)) for place in (1, 2, 3, 4)]
    plan = solved(day(jobs, person("wanda", capacity=(2,), reload=(0,), reload_s=5 * MINUTE)))
    assert not plan.unserved
    (stop,) = plan.routes[0].reloads
    assert (stop.before, stop.location) == (2, 0)
    assert stop.leave_s - stop.arrive_s == 5 * MINUTE


def test_a_parcel_goes_from_one_customer_to_another_in_one_van() -> None:
    jobs = [job(5, pickup=(2,)), job(1, dropoff=(2,)), job(3)]
    carry = (Link(kind="carry", first=0, then=1),)
    people = [person("wanda", capacity=(2,)), person("willi", capacity=(1,))]
    plan = solved(day(jobs, *people, links=carry))
    order = order_of(plan)
    assert order.index(0) < order.index(1)
    assert not plan.unserved


def test_half_a_parcel_is_never_carried() -> None:
    jobs = [job(5, pickup=(2,)), job(1, dropoff=(2,), windows=(Window(0, 8 * HOUR),))]
    problem = day(jobs, person("wanda"), links=(Link(kind="carry", first=0, then=1),))
    plan = solved(problem)
    assert [left.reason for left in plan.unserved] == [Reason.TIME_WINDOW] * 2
    broken = check(problem, as_plan(problem, [[0]])).violations
    assert Violation("linked", 0, 0) in broken


def test_what_comes_after_waits_for_whom_it_may() -> None:
    jobs = [job(6, skills=frozenset({"gas"})), job(1, windows=(Window(8 * HOUR),))]
    people = [
        person("wanda", skills=frozenset({"gas"}), max_tasks=1),
        person("willi"),
    ]
    link = (Link(kind="after", first=0, then=1, least_s=10 * MINUTE),)
    plan = solved(day(jobs, *people, links=link))
    first, then = plan.routes[0].visits[0], plan.routes[1].visits[0]
    assert then.start_s == first.leave_s + 10 * MINUTE


def test_two_people_begin_at_the_same_moment() -> None:
    jobs = [job(4, id="wanda's part"), job(4, id="willi's part"), job(1)]
    people = [person("wanda"), person("willi", shift=Window(10 * HOUR, 17 * HOUR))]
    plan = solved(day(jobs, *people, links=(Link(kind="together", first=0, then=1),)))
    starts = {visit.task: visit.start_s for route in plan.routes for visit in route.visits}
    assert starts[0] == starts[1] >= 10 * HOUR + 40 * MINUTE
    assert not plan.unserved


def test_two_people_are_needed_and_there_is_one() -> None:
    jobs = [job(4, id="one part"), job(4, id="other part")]
    plan = solved(day(jobs, person("wanda"), links=(Link(kind="together", first=0, then=1),)))
    assert [left.reason for left in plan.unserved] == [Reason.LINKED] * 2


def test_an_urgent_parcel_goes_into_a_running_route_with_its_delivery() -> None:
    jobs = [job(2), job(5), job(4, pickup=(1,)), job(1, dropoff=(1,))]
    problem = day(
        jobs, person("wanda", capacity=(1,)), links=(Link(kind="carry", first=2, then=3),)
    )
    running = as_plan(problem, [[0, 1]])
    after = insert_one(problem, running, 2)
    assert check(problem, after).violations == ()
    order = order_of(after)
    assert order.index(2) < order.index(3)
    assert order.index(0) < order.index(1)
