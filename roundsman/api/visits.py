"""RPC action about one urgent job, and what all requests about one visit share (extensions)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member
from roundsman.accounts.rights import Right
from roundsman.api.dispatch import (
    RoadsUsed,
    WireConstraints,
    check_batch,
    constraints_of,
    roads_on_wire,
)
from roundsman.api.fields import a_day
from roundsman.api.job_shapes import wished
from roundsman.api.plan_shapes import WireLeftOut, left_out_on_wire, username_of
from roundsman.api.plans import WireWeights, weights_of
from roundsman.api.shapes import Answer, Ask, Call, Int
from roundsman.core.clock import to_ms
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.fleet.actions import named_workers
from roundsman.dispatch.runs.model import Run
from roundsman.dispatch.slots import actions
from roundsman.dispatch.slots.actions import VisitWish
from roundsman.dispatch.slots.model import DRAFT, Alternative, Found, VisitQuestion
from roundsman.jobs import actions as jobs
from roundsman.jobs.model import Wish
from roundsman.jobs.wire import all_on_wire

MOST_ALTERNATIVES = 50

type Workers = Annotated[
    list[str] | None, Meta(description="User names or ids, at most 1000; all if absent.")
]


class AskVisit(Ask, frozen=True, kw_only=True):
    """What all requests about one visit have in common."""

    workers: Workers = None
    constraints: WireConstraints | None = None
    weights: WireWeights | None = None


class WirePlace(Struct, frozen=True, kw_only=True, rename="camel"):
    """A place for a visit: with whom, as which job of their day, when, and what it adds.

    Times are milliseconds; `later_seconds` is by how much the worker's day ends later.
    """

    uid: str
    worker: str
    number: int
    arrival: int
    start: int
    leaving: int
    slack_seconds: int | None
    adds: Annotated[int, Meta(description="What it costs, in seconds or metres as minimised.")]
    adds_metres: int
    adds_seconds: int
    later_seconds: int


# --- insertjob ------------------------------------------------------------------------------------


class InsertJob(AskVisit, frozen=True, kw_only=True):
    """Body of insertjob: a job by its id, or described as in createjobs.

    Nothing else moves: the job goes between two others of a day that is planned or under way, after
    what has begun and what is pinned. Each worker's best place is answered, cheapest first; `apply`
    takes the first, creates the job where it was described, and writes that worker's day. What was
    written can be undone by undoplan with the `plan` answered.
    """

    job: Annotated[
        str | dict[str, Any],
        Meta(description="Job id, or a job as in createjobs.", extra_json_schema={}),
    ]
    day: Annotated[Int, Meta(description="Day such as 20260105; 0 is today.")] = 0
    alternatives: Annotated[Int, Meta(description="Most places to answer, 1 to 50.")] = 3
    apply: Annotated[bool, Meta(description="Take the best place.")] = False


class InsertAnswer(Answer, frozen=True, kw_only=True):
    """Answer of insertjob; `unserved` says why there is no place."""

    alternatives: list[WirePlace]
    unserved: WireLeftOut | None
    plan: Annotated[str, Meta(description="What undoplan undoes; empty if nothing was written.")]
    jobs: Annotated[
        list[Any],
        Meta(
            description="The job, where it is there.",
            extra_json_schema={"items": {"$ref": "#/components/schemas/WireJob"}},
        ),
    ]
    roads: RoadsUsed
    matrix_ms: int = field(name="matrixMs")
    plan_ms: int = field(name="planMs")


def ask_insertion(call: Call, ask: InsertJob) -> VisitQuestion:
    """Return the question behind an insertjob."""
    if not 1 <= ask.alternatives <= MOST_ALTERNATIVES:
        problem = f"alternatives must be from 1 to {MOST_ALTERNATIVES}."
        raise BadValue(problem, field="alternatives")
    wish = visit_wish(call, ask, ask.day)
    tx, actor = call.tx, call.actor
    if isinstance(ask.job, str):
        return actions.ask_job(
            tx, actor, JobId(ask.job), wish, most=ask.alternatives, planned=ask.apply
        )
    if ask.apply:
        actor.require(Right.CREATE_JOBS)
    return actions.ask_draft(
        tx, actor, draft_of(call, ask.job), wish, most=ask.alternatives, planned=ask.apply
    )


def insert_job(call: Call, ask: InsertJob) -> InsertAnswer:
    """Find the best places for one urgent job in the routes of a day, or put it into the best."""
    question: VisitQuestion
    found: Found
    question, found = call.prepared
    wish = visit_wish(call, ask, ask.day)
    job, run = None if question.job.id == DRAFT else question.job.id, None
    if ask.apply and found.alternatives:
        if isinstance(ask.job, str):
            run = actions.write_job(call.tx, call.actor, wish, question, found)
        else:
            draft = draft_of(call, ask.job)
            made, run = actions.write_draft(call.tx, call.actor, draft, wish, question, found)
            job = made.id
    return inserted(call, found, job, run)


def inserted(call: Call, found: Found, job: JobId | None, run: Run | None) -> InsertAnswer:
    """Return what was found for a visit, and what became of it."""
    closest = [found.left_out.member] if found.left_out and found.left_out.member else []
    names = names_of(call, found.alternatives, closest)
    known = [] if job is None else [jobs.get(call.tx, call.actor, job)]
    return InsertAnswer(
        alternatives=[place_on_wire(one, names) for one in found.alternatives],
        unserved=left_out_on_wire(found.left_out, names) if found.left_out else None,
        plan=run.id if run else "",
        jobs=list(all_on_wire(call.tx, call.actor, known)),
        roads=roads_on_wire(found),
        matrix_ms=found.travel_ms,
        plan_ms=found.plan_ms,
    )


# --- shared ---------------------------------------------------------------------------------------


def draft_of(call: Call, sent: Mapping[str, Any]) -> Wish:
    """Return a described job, with what is known of its address."""
    return replace(wished(sent, "job"), answers=call.answers)


def visit_wish(call: Call, ask: AskVisit, day: int) -> VisitWish:
    """Return where the visit may go. Only those who dispatch may ask."""
    check_batch("workers", ask.workers or ())
    call.actor.require(Right.DISPATCH)
    return VisitWish(
        day=a_day("day", day) or actions.today_of(call.tx, call.actor),
        workers=None if ask.workers is None else named_workers(call.tx, call.actor, ask.workers),
        constraints=constraints_of(ask.constraints or WireConstraints()),
        weights=weights_of(ask.weights or WireWeights()),
    )


def names_of(
    call: Call, places: Sequence[Alternative], others: Sequence[MemberId] = ()
) -> Mapping[MemberId, Member]:
    """Return the members that places and others name."""
    ids = {*(place.member for place in places), *others}
    return accounts.some_members(call.tx, call.actor.company, ids)


def place_on_wire(one: Alternative, names: Mapping[MemberId, Member]) -> WirePlace:
    """Return a place as it is answered."""
    return WirePlace(
        uid=one.member,
        worker=username_of(one.member, names),
        number=one.number,
        arrival=to_ms(one.stop.arrive),
        start=to_ms(one.stop.start),
        leaving=to_ms(one.stop.leave),
        slack_seconds=one.stop.slack_s,
        adds=one.adds,
        adds_metres=one.adds_m,
        adds_seconds=one.adds_s,
        later_seconds=one.later_s,
    )
