"""One more task in routes that are already planned or under way (pure).

Nothing is moved: the task goes where it adds the least travel and keeps every bound. The times of
the plan say at once whether it fits, so that no route is driven anew but the one that changes.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import structs

from roundsman.dispatch.detours import detours, way_of
from roundsman.dispatch.insertion_rich import insert_rich, open_places
from roundsman.dispatch.model import OPEN_END_S, Person, Plan, Problem, Route
from roundsman.dispatch.reasons import explain
from roundsman.dispatch.tables import FAR, is_rich, may_do, preference_of
from roundsman.dispatch.timetable import known, leave_at, route_of


class Place(NamedTuple):
    """A place for one more task: what it adds there, with whom (index), before which stop."""

    added: int
    person: int
    at: int


def given(problem: Problem, routes: Sequence[Sequence[int]]) -> Plan:
    """Return the plan in which people drive their routes; of other tasks it knows nothing."""
    return Plan(
        routes=tuple(route_of(problem, person, stops) for person, stops in enumerate(routes)),
        unserved=(),
        cost=0,
        engine="given",
        stopped="done",
        iterations=0,
    )


def insert_one(problem: Problem, plan: Plan, task: int) -> Plan:
    """Return the plan with the task (index) at its cheapest place that fits, else left out.

    The plan may be one of the problem without this task. Its other routes stay as they are; where
    one is late already, nothing in it gets later. A task that is served stays where it is.
    """
    if any(visit.task == task for route in plan.routes for visit in route.visits):
        return plan
    if is_rich(problem):
        return insert_rich(problem, plan, task)
    penalty = problem.tasks[task].penalty
    others = tuple(one for one in plan.unserved if one.task != task)
    before = plan.cost - (penalty if len(others) < len(plan.unserved) else 0)
    added, person, at = _cheapest(problem, plan, task)
    if person < 0 or added >= penalty:
        stops = [[visit.task for visit in route.visits] for route in plan.routes]
        left_out = sorted([*others, *explain(problem, stops, [task])], key=lambda one: one.task)
        return structs.replace(plan, unserved=tuple(left_out), cost=before + penalty)
    visits = [visit.task for visit in plan.routes[person].visits]
    routes = list(plan.routes)
    routes[person] = route_of(problem, person, [*visits[:at], task, *visits[at:]])
    return structs.replace(plan, routes=tuple(routes), unserved=others, cost=before + added)


def places(problem: Problem, plan: Plan, task: int, most: int) -> list[Place]:
    """Return the cheapest place that fits with each person, cheapest first, at most so many."""
    found: list[Place] = []
    for person, route in enumerate(plan.routes):
        below = found[-1].added if len(found) >= most else FAR
        at, added = _cheapest_of(problem, person, route, task, below)
        if at >= 0:
            found = sorted([*found, Place(added, person, at)])[:most]
    return found


def _cheapest(problem: Problem, plan: Plan, task: int) -> Place:
    """Return the cheapest place that fits with anybody; person -1 where none does."""
    return next(iter(places(problem, plan, task, 1)), Place(FAR, -1, -1))


def _cheapest_of(
    problem: Problem, person: int, route: Route, task: int, below: int
) -> tuple[int, int]:
    """Return the position and the added cost of the cheapest place with a person; -1 for none.

    Only places that add less than `below` are looked at.
    """
    who = problem.persons[person]
    stops = [visit.task for visit in route.visits]
    if not may_do(problem.tasks[task], who) or (
        who.max_tasks is not None and len(stops) >= who.max_tasks
    ):
        return -1, FAR
    extra = preference_of(problem.tasks[task], who, problem.weights.territory)
    way = way_of(problem, person, stops)
    added = [detour + extra for detour in detours(problem, way, task)]
    left_open = open_places(problem, who, stops, task)
    for at in sorted(left_open, key=lambda place: (added[place], place)):
        if added[at] >= below:
            break
        if not _is_near(problem, who, stops, task, at):
            continue
        if _in_time(problem, who, route, task, at) and _has_room(problem, who, stops, task, at):
            return at, added[at]
    return -1, FAR


def _in_time(problem: Problem, who: Person, route: Route, task: int, at: int) -> bool:
    """Tell whether the task begins in a window and nothing behind it becomes too late."""
    seconds = problem.travel.matrices[who.mode].seconds
    new, visits = problem.tasks[task], route.visits
    if new.location is None:
        return False
    leave, here = route.depart_s, who.start
    if at:
        leave, here = visits[at - 1].leave_s, problem.tasks[visits[at - 1].task].location
    arrive = leave + (0 if here is None else seconds[here][new.location])
    if new.windows and arrive > new.windows[-1].end_s:
        return False
    if at < len(visits):
        behind = visits[at]
        there = problem.tasks[behind.task].location
        open_end = behind.slack_s == OPEN_END_S
        latest = FAR if open_end else behind.arrive_s + behind.slack_s
    else:
        there, latest = who.end, max(who.shift.end_s, route.finish_s if visits else 0)
    onward = 0 if there is None else seconds[new.location][there]
    return leave_at(new, arrive) + onward <= latest


def _is_near(problem: Problem, who: Person, stops: Sequence[int], task: int, at: int) -> bool:
    """Tell whether the way stays within its bound with the task before the stop there."""
    if who.max_metres is None:
        return True
    route = [*stops[:at], task, *stops[at:]]
    metres = problem.travel.matrices[who.mode].metres
    places = [who.start, *(problem.tasks[stop].location for stop in route), who.end]
    legs = [0 if a is None or b is None else known(metres[a][b]) for a, b in pairwise(places)]
    return sum(legs) <= who.max_metres


def _has_room(problem: Problem, who: Person, stops: Sequence[int], task: int, at: int) -> bool:
    """Tell whether the loads stay within the capacity with the task before the stop there."""
    route = [problem.tasks[stop] for stop in (*stops[:at], task, *stops[at:])]
    for dimension, bound in enumerate(who.capacity):
        picks = [one.pickup[dimension] if dimension < len(one.pickup) else 0 for one in route]
        drops = [one.dropoff[dimension] if dimension < len(one.dropoff) else 0 for one in route]
        load = sum(drops)
        for pick, drop in zip(picks, drops, strict=True):
            if load > bound:
                return False
            load += pick - drop
        if load > bound:
            return False
    return True
