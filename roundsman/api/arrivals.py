"""RPC action about expected arrivals: an extension of the contract."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member
from roundsman.api.shapes import Answer, Ask, Call
from roundsman.arrivals import actions
from roundsman.arrivals.actions import Shown
from roundsman.core.clock import to_ms
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId
from roundsman.http.limits import BATCH_LIMIT


class Eta(Ask, frozen=True, kw_only=True):
    """Body of eta: all of today by default."""

    jobs: Annotated[list[str] | None, Meta(description="Only these jobs, at most 1000.")] = None
    worker: Annotated[str | None, Meta(description="Only this worker: user name or id.")] = None


class Expected(Struct, frozen=True, kw_only=True):
    """When a worker is expected at a job. Times are ms.

    Four of five arrivals fall between `low` and `high`, by what was measured of the company's
    earlier ones. `minutesLate` (early is negative) is against `scheduledStart`, without one
    against the window; it is left out where neither says anything. `basis` is what it was worked
    out from: job (somebody is at one), position, stamp (the last job was left) or plan. `at` is
    when, `age` how many seconds ago.
    """

    job: str
    worker: str
    worker_name: str = field(name="workerName")
    eta: int
    low: int
    high: int
    leave: int
    scheduled_start: int = field(name="scheduledStart")
    minutes_late: int | UnsetType = field(name="minutesLate", default=UNSET)
    basis: str
    roads: str
    at: int
    age: int


class Etas(Answer, frozen=True, kw_only=True):
    """Answer with expected arrivals, for each worker in the order of the route."""

    etas: list[Expected]


def eta(call: Call, ask: Eta) -> Etas:
    """Return when workers are expected at the jobs of today that are still ahead of them.

    Nobody need ask for it to be worked out: it follows positions, check-ins and the clock, at most
    every 30 seconds.
    """
    tx, actor = call.tx, call.actor
    if ask.jobs is not None and len(ask.jobs) > BATCH_LIMIT:
        raise BadValue(f"At most {BATCH_LIMIT} jobs go into one request.", field="jobs")
    member = accounts.get_named(tx, actor.company, ask.worker).id if ask.worker else None
    ids = None if ask.jobs is None else [JobId(job) for job in ask.jobs]
    found = actions.expected(tx, actor, member=member, ids=ids)
    people = accounts.some_members(tx, actor.company, {one.expected.member for one in found})
    return Etas(
        etas=[_on_wire(one, people.get(one.expected.member), to_ms(tx.now)) for one in found]
    )


def _on_wire(one: Shown, who: Member | None, now_ms: int) -> Expected:
    known = one.expected
    return Expected(
        job=one.job.id,
        worker=who.username if who else "",
        worker_name=who.name if who else "",
        eta=known.arrive_ms,
        low=known.low_ms,
        high=known.high_ms,
        leave=known.leave_ms,
        scheduled_start=to_ms(one.job.scheduled_start),
        minutes_late=UNSET if one.minutes_late is None else one.minutes_late,
        basis=known.basis,
        roads=known.roads,
        at=known.at_ms,
        age=max(0, (now_ms - known.at_ms) // 1000),
    )
