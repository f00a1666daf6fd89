"""Whether the times that a route states can be driven, and what they keep and break (pure).

Nothing is planned here: between two moments of the route there must be time enough for the way and
for what is said to happen on it.
"""

from collections.abc import Sequence

from roundsman.dispatch.findings import Kind, Totals, Violation
from roundsman.dispatch.model import UNREACHABLE, Person, Problem, Reload, Rest, Route, Visit


class _Ledger:
    """What was found and added up so far on one route."""

    def __init__(self, problem: Problem, person: int) -> None:
        self.problem, self.person = problem, person
        self.found: list[Violation] = []
        self.metres = self.driving = self.waiting = self.service = 0
        self.late = self.priced_late = 0

    def breaks(self, kind: Kind, by: int, task: int | None = None) -> None:
        """Note a violation if its measure is above nothing."""
        if by > 0:
            self.found.append(Violation(kind, self.person, task, by))


def audit(problem: Problem, person: int, route: Route) -> tuple[Totals, list[Violation]]:
    """Return what a route amounts to and what its own times break."""
    who = problem.persons[person]
    if not route.visits:
        return Totals(), []
    ledger = _Ledger(problem, person)
    moment, here = route.depart_s, who.start
    ledger.breaks("wrong_time", who.shift.start_s - route.depart_s)
    for position, visit in enumerate(route.visits):
        there = problem.tasks[visit.task].location
        if there is None:
            ledger.breaks("no_location", 1, visit.task)
            continue
        _leg(ledger, route, position, (moment, visit.arrive_s), (here, there))
        _work(ledger, visit)
        moment, here = visit.leave_s, there
    _leg(ledger, route, len(route.visits), (moment, route.finish_s), (here, who.end))
    _pauses(ledger, who, route)
    rest_s = sum(rest.end_s - rest.start_s for rest in route.rests)
    work_s = route.finish_s - route.depart_s - rest_s
    overtime_s = max(0, route.finish_s - who.shift.end_s)
    ledger.breaks("working_hours", overtime_s - who.overtime_s)
    if who.max_driving_s is not None:
        ledger.breaks("max_driving", ledger.driving - who.max_driving_s)
    if who.max_working_s is not None:
        ledger.breaks("max_working", work_s - who.max_working_s)
    totals = Totals(
        tasks=len(route.visits),
        metres=ledger.metres,
        driving_s=ledger.driving,
        waiting_s=ledger.waiting,
        service_s=ledger.service,
        late_s=ledger.late,
        overtime_s=overtime_s,
        work_s=work_s,
        rest_s=rest_s,
        priced_late_s=ledger.priced_late,
    )
    return totals, ledger.found


def price(problem: Problem, person: int, totals: Totals) -> int:
    """Return what a route of these totals costs, preferences apart."""
    who, weights = problem.persons[person], problem.weights
    if not totals.tasks:
        return 0
    travel = totals.metres if problem.minimise == "metres" else totals.driving_s
    return (
        weights.travel * travel
        + weights.lateness * totals.priced_late_s
        + (weights.overtime * totals.overtime_s if who.overtime_s else 0)
        + who.per_route
        + who.per_km * totals.metres // 1000
        + who.per_hour * totals.work_s // 3600
        + weights.balance * totals.work_s**2 // 3600**2
    )


def leg(problem: Problem, who: Person, here: int | None, there: int | None) -> tuple[int, int]:
    """Return seconds and metres from here to there at the person's speed; UNREACHABLE for none."""
    if here is None or there is None:
        return 0, 0
    matrix = problem.travel.matrices[who.mode]
    seconds, metres = matrix.seconds[here][there], matrix.metres[here][there]
    if UNREACHABLE in {seconds, metres}:
        return UNREACHABLE, UNREACHABLE
    return (seconds * 100 + who.speed // 2) // who.speed, metres


def _leg(
    ledger: _Ledger,
    route: Route,
    position: int,
    span: tuple[int, int],
    ends: tuple[int | None, int | None],
) -> None:
    """Follow the way to the visit at the position, or to the end, with the rests on it."""
    who = ledger.problem.persons[ledger.person]
    rests = [rest for rest in route.rests if rest.before == position]
    stops = [stop for stop in route.reloads if stop.before == position]
    begin, here = span[0], ends[0]
    for stop in stops:
        if stop.location not in who.reload:
            ledger.breaks("wrong_time", 1)
        _stretch(
            ledger,
            _inside(rests, begin, stop.arrive_s),
            (begin, stop.arrive_s),
            (here, stop.location),
        )
        ledger.breaks("wrong_time", who.reload_s - (stop.leave_s - stop.arrive_s))
        begin, here = stop.leave_s, stop.location
    _stretch(ledger, _inside(rests, begin, span[1]), (begin, span[1]), (here, ends[1]))
    if not _are_apart(rests, stops, span):
        ledger.breaks("wrong_time", 1)


def _stretch(
    ledger: _Ledger,
    rests: Sequence[Rest],
    span: tuple[int, int],
    ends: tuple[int | None, int | None],
) -> None:
    """Check that there is time for the way and the rests, and add it up."""
    seconds, metres = leg(ledger.problem, ledger.problem.persons[ledger.person], *ends)
    if seconds == UNREACHABLE:
        ledger.breaks("unreachable", 1)
        seconds = metres = 0
    idle = span[1] - span[0] - seconds - sum(rest.end_s - rest.start_s for rest in rests)
    ledger.breaks("wrong_time", -idle)
    ledger.waiting += max(0, idle)
    ledger.driving += seconds
    ledger.metres += metres


def _inside(rests: Sequence[Rest], begin: int, end: int) -> list[Rest]:
    return [rest for rest in rests if begin <= rest.start_s and rest.end_s <= end]


def _are_apart(rests: Sequence[Rest], stops: Sequence[Reload], span: tuple[int, int]) -> bool:
    """Tell whether rests and reloads lie inside the leg, one after the other."""
    spans = sorted(
        [(rest.start_s, rest.end_s) for rest in rests]
        + [(stop.arrive_s, stop.leave_s) for stop in stops]
    )
    moment = span[0]
    for begin, end in spans:
        if begin < moment or end < begin:
            return False
        moment = end
    return moment <= span[1]


def _work(ledger: _Ledger, visit: Visit) -> None:
    """Check when the work of a visit begins and ends."""
    task = ledger.problem.tasks[visit.task]
    ledger.breaks("wrong_time", visit.arrive_s - visit.start_s, visit.task)
    ledger.breaks("wrong_time", abs(visit.leave_s - visit.start_s - task.service_s), visit.task)
    ledger.waiting += max(0, visit.start_s - visit.arrive_s)
    ledger.service += task.service_s
    if not task.windows:
        return
    late = visit.start_s - task.windows[-1].end_s
    if late > 0:
        ledger.late += late
        ledger.priced_late += late if task.late_s else 0
        if late > task.late_s:
            ledger.breaks("time_window", late, visit.task)
    elif not any(one.start_s <= visit.start_s <= one.end_s for one in task.windows):
        ledger.breaks("wrong_time", 1, visit.task)


def _pauses(ledger: _Ledger, who: Person, route: Route) -> None:
    """Check that every break and span off that falls into the route is kept, and no other."""
    left = list(route.rests)
    for span in who.off:
        if not who.shift.start_s <= span.start_s < route.finish_s:
            continue
        kept = Rest("off", 0, span.start_s, span.end_s)
        _take(ledger, left, [one for one in left if _same(one, kept)])
    for pause in who.breaks:
        window = pause.window
        if not who.shift.start_s <= window.end_s < route.finish_s:
            continue
        _take(
            ledger,
            left,
            [
                one
                for one in left
                if one.kind == "break"
                and window.start_s <= one.start_s <= window.end_s
                and one.end_s - one.start_s == pause.seconds
            ],
        )
    # What was rested without need is a pause that ended with the route, or shortens the work.
    for rest in left:
        if not any(
            pause.window.start_s <= rest.start_s <= pause.window.end_s
            and rest.end_s - rest.start_s == pause.seconds
            for pause in who.breaks
        ):
            ledger.breaks("break", 1)


def _take(ledger: _Ledger, left: list[Rest], fitting: Sequence[Rest]) -> None:
    if fitting:
        left.remove(fitting[0])
    else:
        ledger.breaks("break", 1)


def _same(one: Rest, other: Rest) -> bool:
    return (one.kind, one.start_s, one.end_s) == (other.kind, other.start_s, other.end_s)
