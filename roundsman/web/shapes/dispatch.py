"""The dispatch page: everybody's day, what a move would cost, and what a change did."""

from roundsman.web.shapes.board import JobCard, TeamCard
from roundsman.web.shapes.shape import Shape


class StopCard(Shape, frozen=True):
    """One job in somebody's day.

    `travelSeconds` and `metres` are of the way to it; work begins at `start`, after waiting where
    that is later than `arrive`. `lateSeconds` counts from the end of its time window. A `settled`
    stop has begun or ended and is as it happened.
    """

    job: JobCard
    settled: bool
    arrive: int
    start: int
    leave: int
    travel_seconds: int
    metres: int
    late_seconds: int


class Trouble(Shape, frozen=True):
    """What somebody's day breaks, at which job (empty: as a whole), and by how much.

    `kind` is one of time_window, working_hours, capacity, unreachable, no_location, pinned, skill
    or another constraint of the planner; `by` is in seconds, units of load or items of its kind.
    """

    kind: str
    job: str
    by: int


class PersonDay(Shape, frozen=True):
    """Somebody's day. `works` is false on a day off; `ends` is 0 where nothing ends the day.

    What is still to be done is driven from `depart` to `finish`; the sums are of that.
    `home` and `back` are where the route starts and ends, as latitude and longitude.
    """

    id: str
    name: str
    color: str
    teams: list[int]
    mode: str
    works: bool
    begins: int
    ends: int
    depart: int
    finish: int
    home: tuple[float, float] | None
    back: tuple[float, float] | None
    stops: list[StopCard]
    metres: int
    driving_seconds: int
    waiting_seconds: int
    service_seconds: int
    late_seconds: int
    overtime_seconds: int
    troubles: list[Trouble]


class DispatchDay(Shape, frozen=True):
    """Answer of `GET /web/dispatch/day?day=YYYYMMDD&members=a,b`.

    `unassigned` are the jobs of the day that nobody has, `undated` those without person and day.
    With `members` only their days are in the answer. `editable` is false for a day that is over.
    `roads` names whose travel times these are, `note` why not streets.
    """

    day: int
    midnight: int
    editable: bool
    people: list[PersonDay]
    unassigned: list[JobCard]
    undated: list[JobCard]
    teams: list[TeamCard]
    roads: str
    note: str
    attribution: str


class RouteLine(Shape, frozen=True):
    """The way of somebody's day on the map (polyline, 5); `roads` tells whose way it is."""

    member: str
    encoded: str
    roads: str


class RouteLines(Shape, frozen=True):
    """Answer of `GET /web/dispatch/lines?day=YYYYMMDD&members=a,b`."""

    lines: list[RouteLine]


class Option(Shape, frozen=True):
    """What a job adds before the open job `before` (empty: at the end).

    `lateSeconds` is lateness at all stops and overtime together; `arrive` when the job is reached;
    `breaks` names constraints it breaks or breaks more.
    """

    before: str
    driving_seconds: int
    metres: int
    late_seconds: int
    arrive: int
    breaks: list[str]


class Offer(Shape, frozen=True):
    """Somebody's options for a job, one for each place in what is open of their day."""

    member: str
    options: list[Option]


class JobQuote(Shape, frozen=True):
    """Answer of `GET /web/dispatch/quote?job=&day=YYYYMMDD`.

    `saved` is what the job costs where it is on that day now, null when it is with nobody. A job
    without a position has no offers.
    """

    job: str
    day: int
    offers: list[Offer]
    saved: Option | None


class MoveJob(Shape, frozen=True):
    """Body of `POST /web/dispatch/move`: into whose day, before which open job (empty: the end).

    An empty `member` takes the job from whoever has it.
    """

    job: str
    member: str
    day: int
    before: str = ""


class JobPlace(Shape, frozen=True):
    """Where a job stands: whose (empty: nobody's), on which day (0: none), under which number."""

    job: str
    member: str
    day: int
    number: int


class PutBack(Shape, frozen=True):
    """Body of `POST /web/dispatch/undo`: jobs stand as expected and shall stand as wanted."""

    expected: list[JobPlace]
    wanted: list[JobPlace]


class ChangedDay(Shape, frozen=True):
    """The members whose day a change touched."""

    day: int
    people: list[PersonDay]


class Changed(Shape, frozen=True):
    """Answer of a change: where the jobs it touched stood and stand, and the days it touched.

    `before` and `after` are what `undo` takes back and brings again.
    """

    before: list[JobPlace]
    after: list[JobPlace]
    days: list[ChangedDay]


class MakePlan(Shape, frozen=True):
    """Body of `POST /web/dispatch/plans`: the day that is planned anew; nothing changes by it.

    `keep` is what stays of the plan there is: nothing, assignment or everything.
    """

    day: int
    keep: str = "nothing"


class PlanSums(Shape, frozen=True):
    """What a day amounts to, of what has not begun yet."""

    jobs: int
    metres: int
    driving_seconds: int
    waiting_seconds: int
    work_seconds: int
    late_seconds: int
    overtime_seconds: int


class LeftOut(Shape, frozen=True):
    """A job that fits nowhere, and why.

    `member` comes closest (empty: nobody can be asked): the bound of the reason breaks there `by`
    so many seconds, metres, jobs or items; the job adds `adds` seconds to the way, null unknown.
    """

    job: str
    reason: str
    member: str
    by: int
    adds: int | None


class PlanCard(Shape, frozen=True):
    """How far a plan is: waiting, running, done, failed, cancelled, applied or undone.

    `before` and `after` are null until there is a plan. `problem` says why it has none.
    """

    id: str
    day: int
    state: str
    keep: str
    elapsed_ms: int
    iterations: int
    problem: str
    before: PlanSums | None
    after: PlanSums | None
    unserved_before: int
    left_out: list[LeftOut]
    changed: int


class PlanPreview(Shape, frozen=True):
    """Answer of `GET /web/dispatch/plans/{id}`: a plan, and the day as it would be with it.

    `people`, `unassigned` and `lines` are empty until there is a plan.
    """

    plan: PlanCard
    people: list[PersonDay]
    unassigned: list[JobCard]
    lines: list[RouteLine]


class LatestPlan(Shape, frozen=True):
    """Answer of `GET /web/dispatch/plans?day=`: the newest plan of a day, null where none is."""

    plan: PlanCard | None


class PlanUndone(Shape, frozen=True):
    """Answer of `POST /web/dispatch/plans/{id}/undo`.

    `kept` counts jobs that somebody has changed since and that stay as they are.
    """

    plan: PlanCard
    kept: int


class PinJob(Shape, frozen=True):
    """Body of `PUT /web/dispatch/pins/{job}`: what no automatic step may change of a job."""

    person: bool
    position: bool
    time: bool
