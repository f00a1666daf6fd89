"""A plan run: what was asked, how far it is, what came out, and what applying it changed."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from roundsman.core.ids import CompanyId, JobId, MemberId, RunId
from roundsman.dispatch.fleet.model import FleetPlan, FleetWish
from roundsman.jobs.model import Job


class State(StrEnum):
    """How far a run is. `failed` has no plan, `cancelled` may have one."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    APPLIED = "applied"
    UNDONE = "undone"


WORKING = frozenset({State.WAITING, State.RUNNING})
# A plan in one of these states may be written, one that was undone once more.
APPLICABLE = frozenset({State.DONE, State.CANCELLED, State.UNDONE})


class RunWish(Struct, frozen=True, kw_only=True):
    """What is planned, and whether it is written as soon as it is there.

    `is_insertion` marks one urgent job put into routes, which is found in another way.
    """

    fleet: FleetWish
    apply: bool = False
    is_insertion: bool = False


class Progress(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the search goes: least cost so far, iterations, time; and why a run failed.

    The cost is what leaving jobs out costs and the travel, in the unit minimised.
    """

    cost: int | None = None
    iterations: int = 0
    elapsed_ms: int = 0
    code: str = ""
    message: str = ""


class Placed(Struct, frozen=True):
    """Where a job stands in the plan of a day."""

    member: MemberId
    day: date | None
    number: int
    start: datetime | None
    end: datetime | None

    @classmethod
    def of(cls, job: Job) -> "Placed":
        """Return where a job stands."""
        return cls(job.member, job.day, job.number, job.scheduled_start, job.scheduled_end)


class Move(Struct, frozen=True):
    """What a plan changed of a job."""

    job: JobId
    before: Placed
    after: Placed


class Run(Struct, frozen=True, kw_only=True):
    """One plan of a company's day. `essence` says what it was made of; see `fleet.outcome`."""

    company: CompanyId
    id: RunId
    member: MemberId
    state: State
    created_at: datetime
    changed_at: datetime
    forget_at: datetime
    wish: RunWish
    cancel: bool = False
    tries: int = 0
    essence: str = ""
    progress: Progress = Progress()
    plan: FleetPlan | None = None
    moves: tuple[Move, ...] = ()
