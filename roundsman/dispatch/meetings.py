"""When tasks that are bound to each other begin, so that each route can be timed alone (pure)."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from roundsman.dispatch.model import OPEN_END_S, Link, Problem, Route, Window
from roundsman.dispatch.schedule import Schedule, schedule_of

# Rounds in which one route's times may still move another's, per bond: more means a circle.
_ROUNDS = 3

# Rounds in which the agreed moments of a plan come to rest.
_SETTLING = 6

type Agreed = dict[int, Window]


class Bond(NamedTuple):
    """What serving a task that is left out takes: which tasks on one route, in their order.

    It `meets` another that is left out as well, or `waits` for one that is.
    """

    tasks: tuple[int, ...]
    meets: bool = False
    waits: bool = False


def bonds_left(problem: Problem, served: Collection[int]) -> dict[int, Bond]:
    """Return the bonds of tasks that are left out, by task."""
    found: dict[int, Bond] = {}
    for link in problem.links:
        for task, other in ((link.first, link.then), (link.then, link.first)):
            if task in served or other in served:
                continue
            known = found.get(task, Bond((task,)))
            if link.kind == "carry":
                known = known._replace(tasks=(link.first, link.then))
            elif link.kind == "together":
                known = known._replace(meets=True)
            elif task == link.then:
                known = known._replace(waits=True)
            found[task] = known
    return found


def agreed_in(problem: Problem, routes: Sequence[Route]) -> Agreed:
    """Return windows in which the bound tasks of a plan can begin without moving each other."""
    driver = {visit.task: route.person for route in routes for visit in route.visits}
    links = [
        link
        for link in problem.links
        if link.kind != "carry" and link.first in driver and link.then in driver
    ]
    return _closed(problem, links, driver, dict(enumerate(routes)), {})


def agreed_of(problem: Problem, routes: Sequence[Sequence[int]]) -> Agreed:
    """Return windows in which bound tasks begin: the earliest that keep the bonds.

    Any route that keeps these keeps its bonds, whatever the others do inside theirs.
    """
    driver = {task: number for number, stops in enumerate(routes) for task in stops}
    links = [
        link
        for link in problem.links
        if link.kind != "carry" and link.first in driver and link.then in driver
    ]
    if not links:
        return {}
    opens: dict[int, int] = {}
    times: dict[int, Route] = {}
    stale = {driver[task] for link in links for task in (link.first, link.then)}
    for _ in range(_ROUNDS * (len(links) + 1)):
        for number in sorted(stale):
            agreed = {task: Window(opens[task]) for task in routes[number] if task in opens}
            times[number] = schedule_of(problem, number, routes[number], agreed, early=True).route
        stale = _pushed(problem, links, driver, times, opens)
        if not stale:
            break
    return _closed(problem, links, driver, times, opens)


def settled(
    problem: Problem, routes: Sequence[Sequence[int]], agreed: Mapping[int, Window]
) -> list[Schedule]:
    """Return the schedules of routes, agreed moments being told as they turn out."""
    schedules = [schedule_of(problem, number, stops, agreed) for number, stops in enumerate(routes)]
    for _ in range(_SETTLING if problem.links else 0):
        # Who leaves late begins late.
        told = agreed_in(problem, [schedule.route for schedule in schedules])
        if told == agreed:
            break
        agreed = told
        schedules = [
            schedule_of(problem, number, stops, agreed) for number, stops in enumerate(routes)
        ]
    return schedules


def _pushed(
    problem: Problem,
    links: Sequence[Link],
    driver: dict[int, int],
    times: dict[int, Route],
    opens: dict[int, int],
) -> set[int]:
    """Make tasks wait for those they are bound to; return the routes that change by it."""
    starts = {visit.task: visit.start_s for route in times.values() for visit in route.visits}
    stale: set[int] = set()
    for link in links:
        if link.kind == "together":
            moment = max(starts[link.first], starts[link.then])
            waiting = [link.first, link.then]
        else:
            moment = starts[link.first] + problem.tasks[link.first].service_s + link.least_s
            waiting = [link.then]
        for task in waiting:
            if starts[task] < moment:
                opens[task] = max(opens.get(task, 0), moment)
                stale.add(driver[task])
    return stale


def _closed(
    problem: Problem,
    links: Sequence[Link],
    driver: dict[int, int],
    times: dict[int, Route],
    opens: dict[int, int],
) -> Agreed:
    starts = {visit.task: visit.start_s for route in times.values() for visit in route.visits}
    closes: dict[int, int] = {}
    for link in links:
        if link.kind == "together":
            for task in (link.first, link.then):
                opens[task] = closes[task] = starts[task]
            continue
        if driver[link.first] != driver[link.then] or link.least_s:
            until = starts[link.then] - link.least_s - problem.tasks[link.first].service_s
            closes[link.first] = max(0, min(closes.get(link.first, OPEN_END_S), until))
            opens[link.then] = max(opens.get(link.then, 0), starts[link.then])
    return {
        task: Window(opens.get(task, 0), max(opens.get(task, 0), closes.get(task, OPEN_END_S)))
        for task in {*opens, *closes}
    }
