"""The question how the day of a fleet is planned best, and its answer."""

from collections.abc import Iterator
from datetime import date, datetime
from time import perf_counter
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.model import Company, Member
from roundsman.core.geo import Point
from roundsman.core.ids import HoldId, JobId, MemberId
from roundsman.dispatch.day import ends_of, is_settled, mode_of
from roundsman.dispatch.model import Reason, Travel, TravelMode
from roundsman.dispatch.order import Constraints
from roundsman.dispatch.travel import Driven, Ways, distinct
from roundsman.jobs.model import Job

Keep = Literal["everything", "assignment", "nothing"]
Minimise = Literal["seconds", "metres"]

# Open jobs that are planned within some hundredths of a second.
_LIGHT_JOBS = 8


class Weights(Struct, frozen=True, kw_only=True):
    """What counts: the unit of travel to keep small, and what changing a job's person costs in it.

    Before either of them as much priority as possible is served.
    """

    minimise: Minimise = "seconds"
    same_person: int = 0


class Effort(Struct, frozen=True, kw_only=True):
    """How long to search: so many iterations, or so many seconds; else the usual for the size.

    Equal questions with equal seed get equal plans unless `seconds`, or `limit_s` where nothing was
    said of time, ended the search.
    """

    iterations: int | None = None
    seconds: float | None = None
    limit_s: float = 20.0
    seed: int = 1


class FleetWish(Struct, frozen=True, kw_only=True):
    """What somebody wants planned: None for all workers, for all jobs they have or nobody has."""

    day: date
    workers: tuple[MemberId, ...] | None = None
    jobs: tuple[JobId, ...] | None = None
    keep: Keep = "nothing"
    constraints: Constraints = Constraints()
    weights: Weights = Weights()
    effort: Effort = Effort()


class Held(Struct, frozen=True, kw_only=True):
    """A visit that is promised to a customer for a while and is no job yet.

    It begins inside the window, in minutes after the company's local midnight of its day.
    """

    id: HoldId
    position: Point
    window_start: int
    window_end: int
    on_site_s: int
    team: int = 0
    items_pickup: int = 0
    items_dropoff: int = 0


class FleetQuestion(Struct, frozen=True, kw_only=True):
    """The question who of the members does what of a day, in which order.

    `routes` are the members' days so far, in order; `new` are jobs that nobody of them has. Of the
    routes only jobs of `movable` may change hands, all where it is None. Without `travel` the
    straight line counts; `travel_ms` is how long it took to find out.
    """

    company: Company
    members: tuple[Member, ...]
    day: date
    now: datetime
    routes: tuple[tuple[Job, ...], ...]
    new: tuple[Job, ...]
    holds: tuple[Held, ...] = ()
    movable: frozenset[JobId] | None = None
    keep: Keep = "nothing"
    constraints: Constraints = Constraints()
    weights: Weights = Weights()
    effort: Effort = Effort()
    travel: Travel | None = None
    travel_ms: int = 0

    def over(self, ways: Ways) -> "FleetQuestion":
        """Return the question with travel between its positions."""
        began = perf_counter()
        modes: set[TravelMode] = {mode_of(member) for member in self.members}
        travel = ways(places_of(self)[0], modes)
        return replace(self, travel=travel, travel_ms=round((perf_counter() - began) * 1000))

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes so long that a process of its own is worth it."""
        return sum(1 for _ in self.open_jobs) > _LIGHT_JOBS

    @property
    def open_jobs(self) -> Iterator[Job]:
        """Yield every job that is planned: of the routes in their order, then the new ones."""
        for route in self.routes:
            yield from (job for job in route if not is_settled(job))
        yield from self.new


def places_of(question: FleetQuestion) -> tuple[list[Point], list[int | None]]:
    """Return the distinct positions, and the numbers of open jobs, holds, all starts, all ends."""
    ends = [ends_of(member, question.company) for member in question.members]
    here = [
        next((job.position for job in reversed(route) if is_settled(job) and job.position), None)
        for route in question.routes
    ]
    return distinct(
        [
            *(job.position for job in question.open_jobs),
            *(hold.position for hold in question.holds),
            *(at or end.start for at, end in zip(here, ends, strict=True)),
            *(end.end for end in ends),
        ]
    )


class Stop(Struct, frozen=True, kw_only=True):
    """A visit of a planned route: a job's, or one that is held for a customer.

    `slack_s` is how much later the arrival may be; None where nothing bounds it.
    """

    arrive: datetime
    start: datetime
    leave: datetime
    slack_s: int | None
    job: JobId = JobId("")
    hold: HoldId = HoldId("")


class Sums(Struct, frozen=True, kw_only=True):
    """What is driven, waited and worked on what is still open; `load` is the highest at once."""

    jobs: int = 0
    metres: int = 0
    driving_s: int = 0
    waiting_s: int = 0
    service_s: int = 0
    late_s: int = 0
    overtime_s: int = 0
    work_s: int = 0
    load: int = 0


class PersonPlan(Struct, frozen=True, kw_only=True):
    """What one member does of what is still open.

    `rest` are jobs that stay with the member although they do not fit; they come last, unplanned.
    """

    member: MemberId
    stops: tuple[Stop, ...]
    rest: tuple[JobId, ...]
    begin: datetime
    end: datetime
    sums: Sums


class LeftOut(Struct, frozen=True, kw_only=True):
    """A job that fits nowhere, and why.

    `member` comes closest to doing it: `by` so much the bound of the reason breaks there, in
    seconds, metres, jobs, skills or items, and the job adds `adds` to the travel minimised.
    """

    job: JobId
    reason: Reason
    member: MemberId | None = None
    by: int = 0
    adds: int | None = None
    hold: HoldId = HoldId("")


class FleetPlan(Driven, frozen=True, kw_only=True):
    """The answer: a plan for each member, what is left out, and totals before and after."""

    persons: tuple[PersonPlan, ...]
    left_out: tuple[LeftOut, ...]
    before: Sums
    after: Sums
    unserved_before: int
    engine: str
    stopped: str
    iterations: int
    seed: int
    travel_ms: int
    plan_ms: int
