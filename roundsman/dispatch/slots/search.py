"""Where one more visit goes best, the routes of the day staying as they are (pure)."""

from time import perf_counter

from msgspec import Struct, structs

from roundsman.core.ids import MemberId
from roundsman.dispatch.checker import follow
from roundsman.dispatch.day import is_settled
from roundsman.dispatch.fleet.model import FleetPlan, FleetQuestion
from roundsman.dispatch.fleet.problem import FleetProblem, problem_of
from roundsman.dispatch.fleet.search import left_out, proposal, stop_of
from roundsman.dispatch.insertion import Place, given, insert_one, places
from roundsman.dispatch.loosening import loosened
from roundsman.dispatch.model import Plan, Problem
from roundsman.dispatch.reasons import explain
from roundsman.dispatch.slots.model import (
    Alternative,
    Found,
    Slot,
    SlotQuestion,
    Slots,
    VisitQuestion,
)
from roundsman.dispatch.timetable import route_of
from roundsman.dispatch.travel import Used, together, used


class _Day(Struct, frozen=True):
    """A day's problem, and the plan of its routes with all that is held for customers."""

    fleet: FleetProblem
    problem: Problem
    plan: Plan


def find_places(question: VisitQuestion) -> Found:
    """Return the best place with each member. Equal questions get equal answers."""
    began = perf_counter()
    fleet = question.fleet
    day = _day_of(fleet)
    task = len(day.fleet.jobs) - 1
    found = places(day.problem, day.plan, task, question.most)
    unserved = None
    if not found:
        stops = [[visit.task for visit in route.visits] for route in day.plan.routes]
        unserved = left_out(fleet, day.fleet, explain(day.problem, stops, [task])[0])
    return Found(
        alternatives=tuple(_alternative(fleet, day, task, place) for place in found),
        left_out=unserved,
        plan=_planned(fleet, day, task, found[0]) if found and question.planned else None,
        travel_ms=fleet.travel_ms,
        plan_ms=round((perf_counter() - began) * 1000),
        used=used(day.problem.travel, day.problem.tasks),
    )


def find_slots(question: SlotQuestion) -> Slots:
    """Return the cheapest windows, cheapest first, of equal ones the earliest."""
    began = perf_counter()
    found: list[tuple[int, int, Slot]] = []
    roads: list[Used] = []
    for fleet in question.days:
        day = _day_of(fleet)
        roads.append(used(day.problem.travel, day.problem.tasks))
        first = len(day.fleet.jobs) - len(fleet.new)
        for task in range(first, len(day.fleet.jobs)):
            job = day.fleet.jobs[task]
            for place in places(day.problem, day.plan, task, 1):
                slot = Slot(
                    day=fleet.day,
                    window_start=job.window_start,
                    window_end=job.window_end,
                    place=_alternative(fleet, day, task, place),
                )
                found.append((place.added, len(found), slot))
    best = sorted(found, key=lambda one: one[:2])[: question.most]
    told = together(roads)
    return Slots(
        slots=tuple(slot for _, _, slot in best),
        travel_ms=sum(day.travel_ms for day in question.days),
        plan_ms=round((perf_counter() - began) * 1000),
        # The visit itself is no job yet that could be named.
        used=structs.replace(told, far=()),
    )


def _day_of(question: FleetQuestion) -> _Day:
    """Return the day with what is held for customers put in, each at its cheapest place."""
    fleet = problem_of(question, question.constraints)
    problem = loosened(fleet.problem)
    plan = given(problem, fleet.routes)
    for at in range(len(fleet.holds)):
        plan = insert_one(problem, plan, len(fleet.jobs) + at)
    return _Day(fleet, problem, plan)


def _alternative(question: FleetQuestion, day: _Day, task: int, place: Place) -> Alternative:
    before = [visit.task for visit in day.plan.routes[place.person].visits]
    after = [*before[: place.at], task, *before[place.at :]]
    old, new = (follow(day.problem, place.person, stops)[1].totals for stops in (before, after))
    visit = route_of(day.problem, place.person, after).visits[place.at]
    settled = sum(is_settled(job) for job in question.routes[place.person])
    ahead = sum(stop < len(day.fleet.jobs) for stop in before[: place.at])
    return Alternative(
        member=MemberId(question.members[place.person].id),
        number=settled + ahead + 1,
        stop=stop_of(question, day.fleet, visit),
        adds=place.added,
        adds_m=new.metres - old.metres,
        adds_s=new.driving_s - old.driving_s,
        later_s=_later_s(day, place, after) if before else 0,
    )


def _later_s(day: _Day, place: Place, after: list[int]) -> int:
    """Return by how much the day of who takes the visit ends later."""
    finish_s = route_of(day.problem, place.person, after).finish_s
    return finish_s - day.plan.routes[place.person].finish_s


def _planned(question: FleetQuestion, day: _Day, task: int, place: Place) -> FleetPlan:
    """Return the plan of the one route that changes."""
    stops = [visit.task for visit in day.plan.routes[place.person].visits]
    routes = list(day.plan.routes)
    routes[place.person] = route_of(
        day.problem, place.person, [*stops[: place.at], task, *stops[place.at :]]
    )
    told = proposal(question, day.fleet, structs.replace(day.plan, routes=tuple(routes)))
    return structs.replace(told, persons=(told.persons[place.person],), left_out=())
