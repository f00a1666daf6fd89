"""The best plan of a fleet's day that can be found (pure)."""

from collections.abc import Callable, Sequence
from time import perf_counter

from msgspec import structs

from roundsman.core.ids import HoldId, JobId, MemberId
from roundsman.dispatch.assign import assign
from roundsman.dispatch.checker import Totals, follow, sum_of
from roundsman.dispatch.day import moment_of
from roundsman.dispatch.fleet.model import (
    FleetPlan,
    FleetQuestion,
    LeftOut,
    PersonPlan,
    Stop,
    Sums,
)
from roundsman.dispatch.fleet.problem import FleetProblem, problem_of
from roundsman.dispatch.loosening import loosened
from roundsman.dispatch.model import (
    OPEN_END_S,
    Budget,
    Plan,
    Problem,
    Route,
    Unserved,
    Visit,
)
from roundsman.dispatch.order import Constraints
from roundsman.dispatch.solver import as_plan, budget_for, solve
from roundsman.dispatch.timetable import cost_of
from roundsman.dispatch.travel import used

type Tell = Callable[[int, int], None]


def plan_fleet(
    question: FleetQuestion,
    cancelled: Callable[[], bool] = lambda: False,
    tell: Tell = lambda _done, _cost: None,
) -> FleetPlan:
    """Return the best plan found. Equal questions with equal effort get equal plans.

    `tell` hears of iterations and the least cost so far; cancelling keeps the best so far.
    """
    began = perf_counter()
    fleet = problem_of(question, question.constraints)
    problem = loosened(fleet.problem)
    if question.keep == "everything":
        plan = _inserted(problem, fleet.routes)
    else:
        plan = _searched(question, problem, fleet.routes, cancelled, tell)
    told = proposal(question, fleet, plan)
    return structs.replace(told, plan_ms=round((perf_counter() - began) * 1000))


def budget_of(question: FleetQuestion, problem: Problem) -> Budget:
    """Return the budget asked for; the usual one for the size where nothing was said."""
    effort = question.effort
    iterations = effort.iterations
    if iterations is None and effort.seconds is None:
        iterations = budget_for(problem).iterations
    return Budget(iterations=iterations, seconds=effort.seconds or effort.limit_s, seed=effort.seed)


def _inserted(problem: Problem, routes: Sequence[Sequence[int]]) -> Plan:
    """Return the routes as they are, with whatever nobody has yet at its cheapest places."""
    there = {task for route in routes for task in route}
    new = [task for task in range(len(problem.tasks)) if task not in there]
    found = assign(problem, routes, new, "distance")
    return as_plan(problem, found.routes)


def _searched(
    question: FleetQuestion,
    problem: Problem,
    routes: Sequence[Sequence[int]],
    cancelled: Callable[[], bool],
    tell: Tell,
) -> Plan:
    """Return the plan found, or today's routes where they keep everything and are as good.

    Nobody is sent a new order that is only different.
    """
    found = solve(
        problem,
        budget_of(question, problem),
        cancelled=cancelled,
        progress=lambda so_far: tell(so_far.iterations, so_far.cost),
    )
    there = {task for route in routes for task in route}
    cost = sum(cost_of(problem, person, route) for person, route in enumerate(routes))
    cost += sum(task.penalty for at, task in enumerate(problem.tasks) if at not in there)
    if cost > found.cost or not all(
        follow(problem, person, route)[1].feasible for person, route in enumerate(routes)
    ):
        return found
    return structs.replace(
        as_plan(problem, routes),
        engine=found.engine,
        stopped=found.stopped,
        iterations=found.iterations,
    )


# --- what it means --------------------------------------------------------------------------------


def proposal(question: FleetQuestion, fleet: FleetProblem, plan: Plan) -> FleetPlan:
    """Return a plan of the question's problem in words of jobs, members and moments."""
    honest = problem_of(question, Constraints()).problem
    before = [follow(honest, at, route)[1].totals for at, route in enumerate(fleet.routes)]
    after = [
        follow(honest, at, [visit.task for visit in route.visits])[1].totals
        for at, route in enumerate(plan.routes)
    ]
    rest = _rest(question, fleet, plan)
    return FleetPlan(
        persons=tuple(
            _person_plan(question, fleet, route, rest[at], after[at])
            for at, route in enumerate(plan.routes)
        ),
        left_out=tuple(left_out(question, fleet, one) for one in plan.unserved),
        before=_sums(sum_of(before)),
        after=_sums(sum_of(after)),
        unserved_before=len(question.new) + len(question.holds),
        engine=plan.engine,
        stopped=plan.stopped,
        iterations=plan.iterations,
        seed=question.effort.seed,
        travel_ms=question.travel_ms,
        plan_ms=0,
        used=used(fleet.problem.travel, fleet.problem.tasks),
    )


def _rest(question: FleetQuestion, fleet: FleetProblem, plan: Plan) -> list[tuple[JobId, ...]]:
    """Return the jobs of each member that were not planned and stay with the member all the same.

    Jobs that are pinned to a time keep their order among each other; they come before the others.
    """
    left = {one.task for one in plan.unserved} & fleet.stays
    rest: list[tuple[JobId, ...]] = []
    for route in question.routes:
        mine = {job.id for job in route}
        jobs = [fleet.jobs[task] for task in sorted(left) if fleet.jobs[task].id in mine]
        rest.append(tuple(job.id for job in sorted(jobs, key=lambda job: not job.keeps_time)))
    return rest


def _person_plan(
    question: FleetQuestion,
    fleet: FleetProblem,
    route: Route,
    rest: tuple[JobId, ...],
    totals: Totals,
) -> PersonPlan:
    return PersonPlan(
        member=MemberId(question.members[route.person].id),
        stops=tuple(stop_of(question, fleet, visit) for visit in route.visits),
        rest=rest,
        begin=moment_of(route.depart_s, question.company, question.day),
        end=moment_of(route.finish_s, question.company, question.day),
        sums=_sums(totals),
    )


def stop_of(question: FleetQuestion, fleet: FleetProblem, visit: Visit) -> Stop:
    """Return a visit in words of jobs and moments."""
    arrive, start, leave = (
        moment_of(second, question.company, question.day)
        for second in (visit.arrive_s, visit.start_s, visit.leave_s)
    )
    stop = Stop(
        arrive=arrive,
        start=start,
        leave=leave,
        slack_s=None if visit.slack_s >= OPEN_END_S else visit.slack_s,
    )
    if visit.task < len(fleet.jobs):
        return structs.replace(stop, job=fleet.jobs[visit.task].id)
    return structs.replace(stop, hold=fleet.holds[visit.task - len(fleet.jobs)].id)


def left_out(question: FleetQuestion, fleet: FleetProblem, one: Unserved) -> LeftOut:
    """Return why a task is left out, in words of jobs and members."""
    job, hold = JobId(""), HoldId("")
    if one.task < len(fleet.jobs):
        job = fleet.jobs[one.task].id
    else:
        hold = fleet.holds[one.task - len(fleet.jobs)].id
    closest = None if one.person is None else MemberId(question.members[one.person].id)
    return LeftOut(job=job, hold=hold, reason=one.reason, member=closest, by=one.by, adds=one.adds)


def _sums(totals: Totals) -> Sums:
    return Sums(
        jobs=totals.tasks,
        metres=totals.metres,
        driving_s=totals.driving_s,
        waiting_s=totals.waiting_s,
        service_s=totals.service_s,
        late_s=totals.late_s,
        overtime_s=totals.overtime_s,
        work_s=totals.work_s,
        load=max(totals.load, default=0),
    )
