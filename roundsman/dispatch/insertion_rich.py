"""One more task in routes with breaks, prices or bonds (pure).

Whole routes are timed anew with the task in them, the places first that prolong the way least, as
long as that way alone costs less than the best place so far. What is carried goes in with where it
is brought; a task that meets another is left out unless that one is served.
"""

from collections.abc import Iterator, Sequence

from msgspec import structs

from roundsman.dispatch.detours import detours, way_of
from roundsman.dispatch.meetings import Agreed, Bond, agreed_in, bonds_left, settled
from roundsman.dispatch.model import OPEN_END_S, Person, Plan, Problem, Window
from roundsman.dispatch.reasons import explain
from roundsman.dispatch.schedule import schedule_of
from roundsman.dispatch.tables import FAR, may_do, preference_of


def insert_rich(problem: Problem, plan: Plan, task: int) -> Plan:
    """Return the plan with the task (index) at its cheapest place that fits, else left out."""
    routes = [[visit.task for visit in route.visits] for route in plan.routes]
    served = {stop for stops in routes for stop in stops}
    bond = bonds_left(problem, served).get(task, Bond((task,)))
    left_out = [one for one in plan.unserved if one.task not in bond.tasks]
    known = {one.task for one in plan.unserved}
    penalty = sum(problem.tasks[one].penalty for one in bond.tasks)
    before = plan.cost - sum(problem.tasks[one].penalty for one in bond.tasks if one in known)
    best: tuple[int, int, list[int]] | None = None
    if not bond.meets and not bond.waits:
        best = _cheapest(problem, plan, routes, bond, penalty)
    if best is None:
        told = explain(problem, routes, bond.tasks)
        unserved = sorted([*left_out, *told], key=lambda one: one.task)
        return structs.replace(plan, unserved=tuple(unserved), cost=before + penalty)
    added, person, stops = best
    routes[person] = stops
    agreed = _agreed(problem, plan, bond.tasks)
    if problem.links:
        schedules = settled(problem, routes, agreed)
        return structs.replace(
            plan,
            routes=tuple(schedule.route for schedule in schedules),
            unserved=tuple(left_out),
            cost=sum(schedule.cost for schedule in schedules)
            + sum(problem.tasks[one.task].penalty for one in left_out),
        )
    timed = schedule_of(problem, person, stops, agreed).route
    after = [timed if route.person == person else route for route in plan.routes]
    return structs.replace(plan, routes=tuple(after), unserved=tuple(left_out), cost=before + added)


def _cheapest(
    problem: Problem, plan: Plan, routes: Sequence[Sequence[int]], bond: Bond, penalty: int
) -> tuple[int, int, list[int]] | None:
    agreed = _agreed(problem, plan, bond.tasks)
    places: list[tuple[int, int, int]] = []
    for person, stops in enumerate(routes):
        who = problem.persons[person]
        if all(may_do(problem.tasks[one], who) for one in bond.tasks) and (
            who.max_tasks is None or len(stops) + len(bond.tasks) <= who.max_tasks
        ):
            places += _places(problem, person, stops, bond.tasks)
    best: tuple[int, int, list[int]] | None = None
    least = penalty
    costs: dict[int, int] = {}
    for floor, person, at in sorted(places):
        if floor >= least:
            break
        if person not in costs:
            costs[person] = schedule_of(problem, person, routes[person], agreed).cost
        for tried in _with(problem, person, routes[person], bond.tasks, at):
            if not _keeps_bonds(problem, person, tried, routes):
                continue
            schedule = schedule_of(problem, person, tried, agreed)
            if schedule.feasible and schedule.cost - costs[person] < least:
                least = schedule.cost - costs[person]
                best = least, person, tried
    return best


def _places(
    problem: Problem, person: int, stops: Sequence[int], tasks: Sequence[int]
) -> Iterator[tuple[int, int, int]]:
    """Return where the first of the tasks may go, with what the way to it costs at least."""
    who = problem.persons[person]
    way = way_of(problem, person, stops)
    added = detours(problem, way, tasks[0])
    extra = sum(preference_of(problem.tasks[one], who, problem.weights.territory) for one in tasks)
    for at in open_places(problem, who, stops, tasks[0]):
        if added[at] < FAR:
            slower = added[at]
            if problem.minimise == "seconds":
                slower = slower * 100 // who.speed - 3  # three legs are rounded
            if len(tasks) > 1 or who.reload:
                slower = min(slower, 0)  # what follows may lie on the way
            yield problem.weights.travel * slower + extra, person, at


def _with(
    problem: Problem, person: int, stops: Sequence[int], tasks: Sequence[int], at: int
) -> Iterator[list[int]]:
    """Return the route with the tasks in it, the second anywhere behind the first."""
    first = [*stops[:at], tasks[0], *stops[at:]]
    if len(tasks) == 1:
        yield first
        return
    who = problem.persons[person]
    for behind in open_places(problem, who, first, tasks[1]):
        if behind > at:
            yield [*first[:behind], tasks[1], *first[behind:]]


def _agreed(problem: Problem, plan: Plan, tasks: Sequence[int]) -> Agreed:
    """Return when bound tasks begin if nobody else is to be moved, the new ones among them."""
    agreed = agreed_in(problem, plan.routes)
    visits = {visit.task: visit for route in plan.routes for visit in route.visits}
    for link in problem.links:
        first, then = visits.get(link.first), visits.get(link.then)
        if link.kind == "carry":
            continue
        if link.then in tasks and first is not None:
            opens = first.start_s if link.kind == "together" else first.leave_s + link.least_s
            closes = first.start_s if link.kind == "together" else OPEN_END_S
            agreed[link.then] = _both(agreed.get(link.then), opens, closes)
            if link.kind == "together":
                agreed[link.first] = Window(first.start_s, first.start_s)
        if link.first in tasks and then is not None:
            service = problem.tasks[link.first].service_s
            closes = then.start_s - (0 if link.kind == "together" else link.least_s + service)
            opens = then.start_s if link.kind == "together" else 0
            agreed[link.first] = _both(agreed.get(link.first), opens, closes)
            agreed[link.then] = Window(
                then.start_s, then.start_s if link.kind == "together" else OPEN_END_S
            )
    return agreed


def _keeps_bonds(
    problem: Problem, person: int, tried: Sequence[int], routes: Sequence[Sequence[int]]
) -> bool:
    """Tell whether what is bound stands in order on this route, or on another where it must."""
    spot = {task: at for at, task in enumerate(tried)}
    elsewhere = {task for number, stops in enumerate(routes) if number != person for task in stops}
    for link in problem.links:
        first, then = spot.get(link.first), spot.get(link.then)
        if first is not None and then is not None:
            if link.kind == "together" or first > then:
                return False
        elif link.kind == "carry":
            other = link.then if then is None else link.first
            if (first is not None or then is not None) and other in elsewhere:
                return False
    return True


def _both(window: Window | None, opens: int, closes: int) -> Window:
    known = window or Window()
    return Window(max(known.start_s, opens), min(known.end_s, closes))


def open_places(problem: Problem, who: Person, stops: Sequence[int], task: int) -> range:
    """Return the positions that fixed tasks and priorities leave open."""
    low, high = len(who.first), len(stops) - len(who.last)
    if problem.priority_first:
        rank = problem.tasks[task].priority
        while low < high and problem.tasks[stops[low]].priority > rank:
            low += 1
        while high > low and problem.tasks[stops[high - 1]].priority < rank:
            high -= 1
    return range(low, high + 1)
