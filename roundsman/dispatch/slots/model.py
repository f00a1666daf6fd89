"""One more visit: places in the routes of a day, windows to offer, and visits that are held."""

from datetime import date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.fleet.model import FleetPlan, FleetQuestion, Held, LeftOut, Stop
from roundsman.dispatch.slots.travel import over_routes
from roundsman.dispatch.travel import Driven, Ways
from roundsman.jobs.model import Job

# The id of a job that is not there yet.
DRAFT = JobId("draft")
# Open jobs among which places are found within some hundredths of a second.
_LIGHT_JOBS = 1500


class Hold(Struct, frozen=True, kw_only=True):
    """A visit held for a customer until a moment; it was cheapest with `member`.

    `job` is what is known of it, as a surface was told.
    """

    visit: Held
    day: date
    until: datetime
    member: MemberId
    job: dict[str, Any]


class VisitQuestion(Struct, frozen=True, kw_only=True):
    """The question where one more job, the only new one, goes best; nothing else moves.

    `most` alternatives are wanted; with `planned` the plan that takes the best of them.
    """

    fleet: FleetQuestion
    most: int
    planned: bool = False

    def over(self, ways: Ways) -> "VisitQuestion":
        """Return the question with travel between its positions."""
        return replace(self, fleet=over_routes(self.fleet, ways))

    @property
    def job(self) -> Job:
        """Return the job that is to be put in."""
        return self.fleet.new[0]

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes so long that a process of its own is worth it."""
        return sum(1 for _ in self.fleet.open_jobs) > _LIGHT_JOBS


class Alternative(Struct, frozen=True, kw_only=True):
    """A place for a visit: with whom, as which job of their day, when, and what it adds.

    `adds` is the cost in the unit minimised, a change of person included; `later_s` is by how much
    the member's day ends later.
    """

    member: MemberId
    number: int
    stop: Stop
    adds: int
    adds_m: int
    adds_s: int
    later_s: int


class Found(Driven, frozen=True, kw_only=True):
    """The best place with each member, cheapest first; why there is none; and the plan."""

    alternatives: tuple[Alternative, ...]
    left_out: LeftOut | None
    plan: FleetPlan | None
    travel_ms: int
    plan_ms: int


class SlotQuestion(Struct, frozen=True, kw_only=True):
    """The question in which windows a visit fits; `most` are wanted.

    There is one question a day, whose new jobs are the visit in each window of the day.
    """

    days: tuple[FleetQuestion, ...]
    most: int

    def over(self, ways: Ways) -> "SlotQuestion":
        """Return the question with travel between the positions of each day."""
        return replace(self, days=tuple(over_routes(day, ways) for day in self.days))

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes so long that a process of its own is worth it."""
        return sum(1 for day in self.days for _ in day.open_jobs) > _LIGHT_JOBS


class Slot(Struct, frozen=True, kw_only=True):
    """A window in which a visit fits, in minutes after midnight, and where it is cheapest."""

    day: date
    window_start: int
    window_end: int
    place: Alternative


class Slots(Driven, frozen=True, kw_only=True):
    """The cheapest windows, cheapest first."""

    slots: tuple[Slot, ...]
    travel_ms: int
    plan_ms: int
