"""A worker's day as a stream of what happens: fixes of the phone and taps in the app. Pure.

The stream is endless work made lazily: whoever reads it decides how fast time passes and may change
the plan under the worker while it runs, as dispatchers do.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from typing import Any

from msgspec import Struct

from roundsman.core.clock import at_local, from_ms, to_ms, zone
from roundsman.core.geo import Point, distance_m
from roundsman.demo.cast import DAY_MINUTES, OFFICE, TIMEZONE, Person
from roundsman.demo.city import Graph
from roundsman.demo.customers import MIDDLE, WITHIN_M, customers, is_served
from roundsman.demo.driving import FLOW, Fix, Phone, dice, driven, stood, timed
from roundsman.demo.work import DONE, ISSUES

MINUTE_MS = 60_000
# How often a phone reports: at work on a job, waiting, and on its charger at home.
AT_JOB_MS = 45_000
WAITING_MS = MINUTE_MS
AT_HOME_MS = 5 * MINUTE_MS
# Nobody arrives much before the planned time while the plan leaves room.
EARLY_MS = 6 * MINUTE_MS
# Who is late works on for this long; what is then still open stays open.
OVERTIME_MS = 40 * MINUTE_MS
REST_MINUTES = (18, 28)
LATE_MS = 12 * MINUTE_MS
# Between two jobs parts are fetched, up to so often, rather than sitting at a customer's door.
ERRANDS = 2
STOP_MS = (100_000, 5 * MINUTE_MS)
SPOTS = 220
# Nobody has a coffee within the check-in circle of a job still to be done.
APART_M = 250.0
# What is left of a car's speed when only the air line counts.
AIR_MPS = 5.5
SPARE = 0.4
# Who has nothing left to do waits at the office, and goes home so long before the shift ends.
GOING_HOME_MS = 20 * MINUTE_MS
# The last job before midnight begins so long before it: the next day belongs to others.
LAST_MS = 35 * MINUTE_MS
# The app shows so many jobs ahead; they count as seen.
AHEAD = 3
# The office plans with room for slow streets: work takes about 70 % of what it says.
WORK = (-0.36, 0.22)
# What becomes of jobs, in parts of one.
ISSUE, LEFT, REJECTED = 0.055, 0.018, 0.01
# Between the last hand on the job and the tap in the app, and between the tap and leaving.
TAP_MS = (15_000, 90_000)


class Task(Struct, frozen=True, kw_only=True):
    """A job as the worker's app knows it. Times are ms since 1970 UTC, 0 where there is none.

    `ended` says that somebody reported on it, `over` that there is nothing more to do: it was
    reported on, or left without a word.
    """

    id: str
    name: str
    at: Point | None
    on_site_s: int
    window_start_ms: int = 0
    scheduled_ms: int = 0
    accepted: bool = False
    ended: bool = False
    over: bool = False


class Plan:
    """The tasks of a day in their order; the reader of the stream may replace them at any time."""

    def __init__(self, tasks: list[Task]) -> None:
        self.tasks = tasks
        self._over: set[str] = set()
        self._seen: set[str] = set()

    def next(self) -> Task | None:
        """Return the first task that is not over."""
        return next(iter(self._open()), None)

    def unseen(self) -> list[Task]:
        """Return those of the next tasks that were never looked at, and count them as seen."""
        fresh = [task for task in self._open()[:AHEAD] if not self._known(task)]
        self._seen.update(task.id for task in fresh)
        return fresh

    def finish(self, task: Task) -> None:
        """Count a task as over, whatever the server says of it later."""
        self._over.add(task.id)

    def _open(self) -> list[Task]:
        return [task for task in self.tasks if not task.over and task.id not in self._over]

    def _known(self, task: Task) -> bool:
        return task.accepted or task.id in self._seen


class Tap(Struct, frozen=True):
    """Something the worker does in the app: properties of a job to write."""

    ts_ms: int
    job: str
    changes: Mapping[str, Any]

    @property
    def ends_job(self) -> bool:
        """Tell whether the job is over with it."""
        return "tsAccepted" not in self.changes


type Happening = Fix | Tap


class Where(Struct, frozen=True):
    """A node of the city and a moment."""

    node: int
    ts_ms: int


class Town(Struct, frozen=True):
    """The city as workers use it: its streets, the office, and spots where one stops on the way."""

    graph: Graph
    office: int
    spots: list[int]


def town_of(graph: Graph) -> Town:
    """Return the city with the suppliers and some corners to have a coffee at."""
    shops = [one for one in customers() if one.kind == "supplier"]
    corners = graph.addresses(SPOTS, dice("corners"), WITHIN_M, MIDDLE)
    spots = [graph.nearest_node(one.lat, one.lng) for one in shops]
    spots += [one.node for one in corners if is_served(one.point)]
    return Town(graph, graph.nearest_node(*OFFICE), spots)


class Ride:
    """One worker on one day: reads the plan, drives, works, taps.

    `now` is where the day stands; it is kept up to date while the stream of `happenings` is read.
    """

    def __init__(self, town: Town, person: Person, day: date, plan: Plan, now: Where) -> None:
        self.town = town
        self.person = person
        self.plan = plan
        self.now = now
        self.starts_ms = to_ms(at_local(day, person.team.start, TIMEZONE))
        self.ends_ms = to_ms(at_local(day, person.team.end, TIMEZONE))
        self.midnight_ms = to_ms(at_local(day, DAY_MINUTES, TIMEZONE))
        self.home = town.graph.nearest_node(person.lat, person.lng)
        self._spots = [node for node in town.spots if self._is_apart(node)]
        self._key = f"{person.username} {day}"
        self._rested = now.ts_ms > (self.starts_ms + self.ends_ms) // 2
        self._phone = Phone(dice(f"{self._key} phone"), self.starts_ms)

    def happenings(self) -> Iterator[Happening]:
        """Return everything that happens from `now` until midnight or a little later, in order."""
        yield from self._stay(self.starts_ms, AT_HOME_MS, plugged=True)
        while self.now.ts_ms < min(self.ends_ms + OVERTIME_MS, self.midnight_ms - LAST_MS):
            yield from self._look_ahead()
            task = self.plan.next()
            if task is not None:
                yield from self._do(task)
                yield from self._rest(task)
            elif self.now.ts_ms < self.ends_ms - GOING_HOME_MS:
                yield from self._wait_for_work()
            else:
                break
        yield from self._drive(self.home, dice(f"{self._key} home"))
        yield from self._stay(self.midnight_ms, AT_HOME_MS, plugged=True)

    def _wait_for_work(self) -> Iterator[Happening]:
        """Look for something to do between two looks at the app."""
        random = dice(f"{self._key} {self.now.ts_ms}")
        yield from self._drive(self.town.office, random)
        yield from self._stay(self.now.ts_ms + 4 * MINUTE_MS, WAITING_MS)
        if random.random() < SPARE:
            yield from self._errand(random, self.ends_ms - self.now.ts_ms)

    def _look_ahead(self) -> Iterator[Happening]:
        for task in self.plan.unseen():
            random = dice(f"{self._key} {task.name} look")
            if random.random() < REJECTED:
                self.plan.finish(task)
                reply = "Tail lift is broken, cannot take this today."
                changes = {"tsRejected": self.now.ts_ms, "textReceiver": reply}
                yield Tap(self.now.ts_ms, task.id, changes)
            else:
                yield Tap(self.now.ts_ms, task.id, {"tsAccepted": self.now.ts_ms})

    def _do(self, task: Task) -> Iterator[Happening]:
        random = dice(f"{self._key} {task.name}")
        if task.at is not None:
            goal = self.town.graph.nearest_node(task.at.lat, task.at.lng)
            yield from self._drive(goal, random, task.scheduled_ms)
        yield from self._stay(task.window_start_ms, WAITING_MS)
        lot = random.random()
        work_s = task.on_site_s * min(1.7, max(0.5, random.lognormvariate(*WORK)))
        if lot < ISSUE:
            work_s = min(work_s, 11 * 60)
        yield from self._stay(self.now.ts_ms + round(work_s * 1000), AT_JOB_MS)
        self.plan.finish(task)
        if lot < ISSUE:
            changes = {"tsDoneFailed": self.now.ts_ms, "textReceiver": random.choice(ISSUES)}
            yield Tap(self.now.ts_ms, task.id, changes)
        elif lot > ISSUE + LEFT:
            changes = {"tsDoneSuccess": self.now.ts_ms, "textReceiver": random.choice(DONE)}
            yield Tap(self.now.ts_ms, task.id, changes)
        yield from self._stay(self.now.ts_ms + random.randint(*TAP_MS), AT_JOB_MS)

    def _rest(self, task: Task) -> Iterator[Happening]:
        """Have a break once, when half of the shift is over and one is not late."""
        due_ms = task.scheduled_ms + task.on_site_s * 1000 if task.scheduled_ms else self.now.ts_ms
        is_late = self.now.ts_ms > due_ms + LATE_MS
        if self._rested or is_late or self.now.ts_ms < (self.starts_ms + self.ends_ms) // 2:
            return
        self._rested = True
        minutes = dice(f"{self._key} rest").randint(*REST_MINUTES)
        yield from self._stay(self.now.ts_ms + minutes * MINUTE_MS, WAITING_MS)

    def _drive(self, goal: int, random: Random, due_ms: int = 0) -> Iterator[Happening]:
        """Drive to a node, so late that one arrives at `due_ms` where that is known and ahead."""
        early_ms = random.randint(0, EARLY_MS)
        for _ in range(ERRANDS):
            yield from self._errand(random, self._free_ms(goal, due_ms - early_ms))
        if goal == self.now.node:
            return
        path = self.town.graph.shortest_path(self.now.node, goal)
        leg = timed(path, random, FLOW[_hour(self.now.ts_ms)])
        drive_ms = round(leg.duration_s * 1000)
        yield from self._stay(due_ms - early_ms - drive_ms, WAITING_MS)
        left_ms = self.now.ts_ms
        for fix in driven(leg, left_ms, self._phone):
            self.now = Where(self.now.node, fix.ts_ms)
            yield fix
        self.now = Where(goal, left_ms + drive_ms)

    def _errand(self, random: Random, free_ms: float) -> Iterator[Happening]:
        """Fetch parts or a coffee between two jobs, as far away as there is time for."""
        stop_ms = random.randint(*STOP_MS)
        away = {node: self._about_ms(node) for node in self._spots}
        within = [node for node, ms in away.items() if ms > 0 and 2 * ms + stop_ms < free_ms]
        if within:
            goal = max(within, key=lambda node: away[node])
            yield from self._drive(goal, random)
            yield from self._stay(self.now.ts_ms + stop_ms, WAITING_MS)

    def _is_apart(self, node: int) -> bool:
        here = self.town.graph.points[node]
        jobs = (task.at for task in self.plan.tasks if task.at is not None)
        return all(distance_m(here.lat, here.lng, at.lat, at.lng) > APART_M for at in jobs)

    def _free_ms(self, goal: int, due_ms: int) -> float:
        """Return how long one may do something else and still be at a node in time."""
        return due_ms - self.now.ts_ms - self._about_ms(goal)

    def _about_ms(self, node: int) -> float:
        """Return about how long the drive to a node takes."""
        here, there = self.town.graph.points[self.now.node], self.town.graph.points[node]
        return distance_m(here.lat, here.lng, there.lat, there.lng) / AIR_MPS * 1000

    def _stay(self, until_ms: int, every_ms: int, *, plugged: bool = False) -> Iterator[Happening]:
        """Stay where one is until a moment; nothing when it has passed."""
        point = self.town.graph.points[self.now.node]
        for fix in stood(point, self.now.ts_ms, until_ms, self._phone, every_ms, plugged=plugged):
            yield fix
            self.now = Where(self.now.node, fix.ts_ms)
        self.now = Where(self.now.node, max(self.now.ts_ms, until_ms))


def _hour(ts_ms: int) -> int:
    return from_ms(ts_ms).astimezone(zone(TIMEZONE)).hour
