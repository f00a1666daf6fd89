"""Is this plan feasible, and if not, what breaks it, by how much (pure).

The oracle of the solver: it knows the problem and nothing of how plans are found, follows each
route step by step, and reports every violation with its number and every total. Where a plan had
no choice its times must be those that are driven; where it chose (breaks, departures, meetings) its
own times are followed.
"""

from collections.abc import Mapping, Sequence

from msgspec import structs

from roundsman.dispatch import promises
from roundsman.dispatch.audit import audit, leg, price
from roundsman.dispatch.findings import Kind, Step, Totals, Verdict, Violation, sum_of
from roundsman.dispatch.model import (
    OPEN_END_S,
    UNREACHABLE,
    Link,
    Person,
    Plan,
    Problem,
    Route,
    Visit,
    Window,
)
from roundsman.dispatch.walk import (
    Course,
    Way,
    begin_of,
    course_of,
    ends,
    is_clocked,
    pauses_of,
    walk,
)

__all__ = ["Kind", "Step", "Totals", "Verdict", "Violation", "check", "follow", "sum_of"]

# A delay of a month stands for one without end.
_LONG_S = 31 * 86_400
# The percentage at which everybody drives who is not said to drive otherwise.
_USUAL = 100


def check(problem: Problem, plan: Plan) -> Verdict:
    """Follow a whole plan."""
    found: list[Violation] = []
    totals: list[Totals] = []
    seen = [0] * len(problem.tasks)
    cost = 0
    agreed = _agreed(problem, plan)
    for person, route in enumerate(plan.routes):
        if route.person != person:
            found.append(Violation("fixed", person))
        tasks = [visit.task for visit in route.visits]
        if _is_plain(problem, problem.persons[person], tasks):
            steps, verdict = follow(problem, person, tasks)
            found += _compare(problem, person, steps, route.visits)
        else:
            verdict = _judge(problem, person, route)
            found += _slacks(problem, person, route, agreed, feasible=verdict.feasible)
        found += verdict.violations
        totals.append(verdict.totals)
        cost += price(problem, person, verdict.totals) + promises.dislike(problem, person, tasks)
        for task in tasks:
            seen[task] += 1
    for left_out in plan.unserved:
        seen[left_out.task] += 1
        cost += problem.tasks[left_out.task].penalty
    found += _bonds(problem, plan)
    found += [Violation("twice", None, task, count) for task, count in enumerate(seen) if count > 1]
    found += [Violation("lost", None, task) for task, count in enumerate(seen) if not count]
    if len(plan.routes) != len(problem.persons):
        found.append(Violation("fixed", len(plan.routes)))
    if plan.cost != cost:
        found.append(Violation("wrong_cost", by=plan.cost - cost))
    return Verdict(tuple(found), sum_of(totals), tuple(totals))


def follow(
    problem: Problem,
    person: int,
    tasks: Sequence[int],
    agreed: Mapping[int, Window] | None = None,
    *,
    early: bool = False,
) -> tuple[list[Step], Verdict]:
    """Drive one person's tasks (indices) in this order: the times, what breaks, what it totals.

    Where something is to be chosen, it is chosen so that least breaks, then to be through soonest.
    A task in `agreed` begins inside that window because of tasks of others. An `early` person never
    leaves later than they may.
    """
    if not agreed and _is_plain(problem, problem.persons[person], tasks):
        steps, found, totals = _drive(problem, person, tasks)
        verdict = _judged(problem, person, tasks, totals, found)
        return steps, verdict
    route = walk(course_of(problem, person, tasks, agreed), early=early)
    verdict = _judge(problem, person, route)
    extra = [
        Violation("no_location", person, task)
        for task in tasks
        if problem.tasks[task].location is None
    ]
    for visit in route.visits:
        window = (agreed or {}).get(visit.task)
        if window is not None and not window.start_s <= visit.start_s <= window.end_s:
            by = max(visit.start_s - window.end_s, window.start_s - visit.start_s)
            extra.append(Violation("linked", person, visit.task, by))
    steps = [Step(one.task, one.arrive_s, one.start_s, one.leave_s) for one in route.visits]
    return steps, structs.replace(verdict, violations=(*verdict.violations, *extra))


def _is_plain(problem: Problem, who: Person, tasks: Sequence[int]) -> bool:
    """Tell whether the order of tasks leaves nothing to choose about their times."""
    chosen = (
        pauses_of(who) or who.overtime_s or who.max_driving_s is not None or who.speed != _USUAL
        or who.reload or problem.links or is_clocked(problem, who)
    )  # fmt: skip
    return not chosen and not any(problem.tasks[task].late_s for task in tasks)


def _judge(problem: Problem, person: int, route: Route) -> Verdict:
    """Return the finding about a route by its own times."""
    totals, found = audit(problem, person, route)
    tasks = [visit.task for visit in route.visits]
    return _judged(problem, person, tasks, totals, found, [stop.before for stop in route.reloads])


def _judged(
    problem: Problem,
    person: int,
    tasks: Sequence[int],
    totals: Totals,
    found: Sequence[Violation],
    reloads: Sequence[int] = (),
) -> Verdict:
    """Return the finding about a route with all that is not about time."""
    who = problem.persons[person]
    found = list(found)
    for index in tasks:
        found += promises.who_may(who, person, problem.tasks[index], index)
    peak, heavy = promises.carry(problem, person, tasks, reloads)
    found += heavy
    if who.max_tasks is not None and len(tasks) > who.max_tasks:
        found.append(Violation("max_jobs", person, None, len(tasks) - who.max_tasks))
    if who.max_metres is not None and totals.metres > who.max_metres:
        by = totals.metres - who.max_metres
        found.append(Violation("max_distance", person, None, by))
    found += promises.order(problem, person, tasks)
    found += promises.bonds(problem, person, tasks)
    return Verdict(tuple(found), structs.replace(totals, load=peak))


def _bonds(problem: Problem, plan: Plan) -> list[Violation]:
    """Find bonds between tasks of different routes, or times of one route, that are not kept."""
    visits = {visit.task: visit for route in plan.routes for visit in route.visits}
    found: list[Violation] = []
    for link in problem.links:
        first, then = visits.get(link.first), visits.get(link.then)
        if first is None and then is None:
            continue
        by = _apart(link, first, then)
        if by:
            found.append(Violation("linked", None, link.then, by))
    return found


def _apart(link: Link, first: Visit | None, then: Visit | None) -> int:
    """Return by how much the bond is broken, of tasks at least one of which is served."""
    if first is None or then is None:
        return 0 if link.kind == "after" and then is None else 1
    if link.kind == "together":
        return abs(first.start_s - then.start_s)
    if link.kind == "after":
        return max(0, first.leave_s + link.least_s - then.start_s)
    return 0  # one route: its order was looked at


def _agreed(problem: Problem, plan: Plan) -> dict[int, Window]:
    """Return when bound tasks may begin so that bonds keep, the others staying where they are."""
    visits = {visit.task: visit for route in plan.routes for visit in route.visits}
    drivers = {visit.task: route.person for route in plan.routes for visit in route.visits}
    windows: dict[int, Window] = {}
    for link in problem.links:
        first, then = visits.get(link.first), visits.get(link.then)
        if first is None or then is None or link.kind == "carry":
            continue
        if link.kind == "together":
            spans = {
                link.first: Window(first.start_s, first.start_s),
                link.then: Window(then.start_s, then.start_s),
            }
        elif drivers[link.first] == drivers[link.then] and not link.least_s:
            continue  # the one is late, the other is later
        else:
            until = then.start_s - link.least_s - problem.tasks[link.first].service_s
            spans = {link.first: Window(0, max(0, until)), link.then: Window(then.start_s)}
        for task, span in spans.items():
            known = windows.get(task, Window())
            windows[task] = Window(max(known.start_s, span.start_s), min(known.end_s, span.end_s))
    return windows


def _slacks(
    problem: Problem, person: int, route: Route, agreed: Mapping[int, Window], *, feasible: bool
) -> list[Violation]:
    """Find slack that is not true to the second, the breaks so far being as they are."""
    tasks = [visit.task for visit in route.visits]
    if not feasible:
        return []
    depots = {stop.before: stop.location for stop in route.reloads}
    course = Course(problem, person, tasks, depots, agreed)
    found: list[Violation] = []
    for position, visit in enumerate(route.visits):
        true = visit.slack_s
        if true == OPEN_END_S:
            exact = _keeps(course, route, position, _LONG_S)
        else:
            exact = _keeps(course, route, position, true)
            exact = exact and not _keeps(course, route, position, true + 1)
        if not exact:
            found.append(Violation("wrong_time", person, visit.task))
    return found


def _keeps(course: Course, route: Route, position: int, by: int) -> bool:
    """Tell whether arriving so much later breaks nothing, whatever breaks are left being moved."""
    who = course.who
    behind = sum(rest.before <= position for rest in route.rests)
    arrive = route.visits[position].arrive_s + by
    for way in ends(course, Way(0, 0, 0, behind), position, arrive):
        rest_s = sum(length for _, length, _ in pauses_of(who)[: way.pauses])
        work_s = way.moment - route.depart_s - rest_s
        if not way.broken and (who.max_working_s is None or work_s <= who.max_working_s):
            return True
    return False


def _drive(
    problem: Problem, person: int, tasks: Sequence[int], delay: tuple[int, int] = (-1, 0)
) -> tuple[list[Step], list[Violation], Totals]:
    """Move through time and space, arriving late at one position by so many seconds if asked."""
    who = problem.persons[person]
    now, here = who.shift.start_s, who.start
    metres = driving = waiting = service = late = 0
    steps: list[Step] = []
    found: list[Violation] = []
    for position, index in enumerate(tasks):
        task = problem.tasks[index]
        if task.location is None:
            found.append(Violation("no_location", person, index))
            continue
        seconds, far = leg(problem, who, here, task.location)
        if UNREACHABLE in {seconds, far}:
            found.append(Violation("unreachable", person, index))
            seconds = far = 0
        arrive = now + seconds + (delay[1] if position == delay[0] else 0)
        start = begin_of(task, arrive)
        if task.windows and start > task.windows[-1].end_s:
            found.append(Violation("time_window", person, index, start - task.windows[-1].end_s))
            late += start - task.windows[-1].end_s
        steps.append(Step(index, arrive, start, start + task.service_s))
        metres, driving, waiting = metres + far, driving + seconds, waiting + start - arrive
        service += task.service_s
        now, here = start + task.service_s, task.location
    seconds, far = leg(problem, who, here, who.end) if tasks else (0, 0)
    if UNREACHABLE in {seconds, far}:
        found.append(Violation("unreachable", person))
        seconds = far = 0
    now, metres, driving = now + seconds, metres + far, driving + seconds
    overtime = max(0, now - who.shift.end_s) if tasks else 0
    if overtime:
        found.append(Violation("working_hours", person, None, overtime))
    totals = Totals(
        tasks=len(tasks),
        metres=metres,
        driving_s=driving,
        waiting_s=waiting,
        service_s=service,
        late_s=late,
        overtime_s=overtime,
        work_s=now - who.shift.start_s,
    )
    return steps, found, (totals if tasks else Totals())


def _compare(
    problem: Problem, person: int, steps: Sequence[Step], visits: Sequence[Visit]
) -> list[Violation]:
    """Find times that are not those that are driven, and slack that is not true to the second."""
    found: list[Violation] = []
    for position, (step, visit) in enumerate(zip(steps, visits, strict=False)):
        wrong = max(
            abs(step.arrive_s - visit.arrive_s),
            abs(step.start_s - visit.start_s),
            abs(step.leave_s - visit.leave_s),
        )
        if wrong or not _is_slack(problem, person, steps, position, visit.slack_s):
            found.append(Violation("wrong_time", person, step.task, wrong))
    return found


def _is_slack(
    problem: Problem, person: int, steps: Sequence[Step], position: int, slack_s: int
) -> bool:
    """Tell whether arriving so much later breaks nothing, and one second more does."""
    tasks = [step.task for step in steps]
    if _drive(problem, person, tasks)[1]:
        return slack_s >= 0
    if slack_s == OPEN_END_S:
        return not _drive(problem, person, tasks, (position, _LONG_S))[1]
    return not _drive(problem, person, tasks, (position, slack_s))[1] and bool(
        _drive(problem, person, tasks, (position, slack_s + 1))[1]
    )
