"""RPC actions about one more visit: put it in, offer windows, reserve one (extensions)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field
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
from roundsman.api.fields import a_day, a_time_of_day
from roundsman.api.job_shapes import wished
from roundsman.api.plan_shapes import WireLeftOut, left_out_on_wire, username_of
from roundsman.api.plans import WireWeights, weights_of
from roundsman.api.shapes import Answer, Ask, Call, Done, Int
from roundsman.core.clock import hhmm, to_ms, to_yyyymmdd
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.fleet.actions import named_workers
from roundsman.dispatch.slots import actions, queries
from roundsman.dispatch.slots.actions import VisitWish
from roundsman.dispatch.slots.model import (
    DRAFT,
    Alternative,
    Found,
    Slot,
    SlotQuestion,
    Slots,
    VisitQuestion,
)
from roundsman.jobs import actions as jobs
from roundsman.jobs.model import Wish
from roundsman.jobs.wire import all_on_wire

MOST_ALTERNATIVES = 50
MOST_DAYS = 14
MOST_HOLD_MINUTES = 10_080
SLOT_MINUTES = range(15, 721)

A_JOB = {"$ref": "#/components/schemas/JobInput"}
type JobObject = Annotated[
    dict[str, Any],
    Meta(
        description="The job as in createjobs, with a position, place or address.",
        extra_json_schema=A_JOB,
    ),
]
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
    wish = _wish(call, ask, ask.day)
    tx, actor = call.tx, call.actor
    if isinstance(ask.job, str):
        return actions.ask_job(
            tx, actor, JobId(ask.job), wish, most=ask.alternatives, planned=ask.apply
        )
    if ask.apply:
        actor.require(Right.CREATE_JOBS)
    return actions.ask_draft(
        tx, actor, _draft(call, ask.job), wish, most=ask.alternatives, planned=ask.apply
    )


def insert_job(call: Call, ask: InsertJob) -> InsertAnswer:
    """Find the best places for one urgent job in the routes of a day, or put it into the best."""
    question: VisitQuestion
    found: Found
    question, found = call.prepared
    wish = _wish(call, ask, ask.day)
    job, run = None if question.job.id == DRAFT else question.job.id, None
    if ask.apply and found.alternatives:
        if isinstance(ask.job, str):
            run = actions.write_job(call.tx, call.actor, wish, question, found)
        else:
            draft = _draft(call, ask.job)
            made, run = actions.write_draft(call.tx, call.actor, draft, wish, question, found)
            job = made.id
    names = _names(call, found.alternatives, found)
    return InsertAnswer(
        alternatives=[_place(one, names) for one in found.alternatives],
        unserved=left_out_on_wire(found.left_out, names) if found.left_out else None,
        plan=run.id if run else "",
        jobs=_jobs(call, job),
        roads=roads_on_wire(found),
        matrix_ms=found.travel_ms,
        plan_ms=found.plan_ms,
    )


# --- suggestslots ---------------------------------------------------------------------------------


class SuggestSlots(AskVisit, frozen=True, kw_only=True):
    """Body of suggestslots.

    The windows are those of the company's settings: `slot_minutes` long, from `slots_from_minutes`
    to `slots_until_minutes` after midnight. A window is offered when the visit fits into somebody's
    day as it is planned, reserved visits included; the cheapest come first.
    """

    job: JobObject
    day: Annotated[Int, Meta(description="First day such as 20260105; 0 is today.")] = 0
    days: Annotated[Int, Meta(description="How many days to look at, 1 to 14.")] = 7
    slots: Annotated[Int, Meta(description="Most windows to answer, 1 to 50.")] = 5
    minutes: Annotated[
        Int | None, Meta(description="Length of the windows, 15 to 720; else the company's.")
    ] = None


class WireSlot(Struct, frozen=True, kw_only=True, rename="camel"):
    """A window in which the visit fits, in times such as 930, and where it is cheapest."""

    day: int
    window_start: int
    window_end: int
    place: WirePlace


class SlotsAnswer(Answer, frozen=True, kw_only=True):
    """Answer of suggestslots."""

    slots: list[WireSlot]
    roads: RoadsUsed
    matrix_ms: int = field(name="matrixMs")
    plan_ms: int = field(name="planMs")


def ask_slots(call: Call, ask: SuggestSlots) -> SlotQuestion:
    """Return the question behind a suggestslots."""
    minutes = ask.minutes or call.actor.company_profile.policy.slot_minutes
    for name, value, allowed in (
        ("days", ask.days, range(1, MOST_DAYS + 1)),
        ("slots", ask.slots, range(1, MOST_ALTERNATIVES + 1)),
        ("minutes", minutes, SLOT_MINUTES),
    ):
        if value not in allowed:
            problem = f"{name} must be from {allowed[0]} to {allowed[-1]}, not {value}."
            raise BadValue(problem, field=name)
    return actions.ask_slots(
        call.tx,
        call.actor,
        _draft(call, ask.job),
        _wish(call, ask, ask.day),
        days=ask.days,
        minutes=minutes,
        most=ask.slots,
    )


def suggest_slots(call: Call, _: SuggestSlots) -> SlotsAnswer:
    """Offer the cheapest windows for a visit over the next days. Nothing is changed."""
    found: Slots
    _question, found = call.prepared
    names = _names(call, [slot.place for slot in found.slots], None)
    return SlotsAnswer(
        slots=[_slot(slot, names) for slot in found.slots],
        roads=roads_on_wire(found),
        matrix_ms=found.travel_ms,
        plan_ms=found.plan_ms,
    )


# --- reserveslot, confirmslot, releaseslot --------------------------------------------------------


class ReserveSlot(AskVisit, frozen=True, kw_only=True):
    """Body of reserveslot: the job and the window, as suggestslots answered it.

    The visit counts in every later suggestion, insertion and plan of the day until its time is
    over, it is released or confirmed. It is no job yet: workers and lists do not show it.
    """

    job: JobObject
    day: Annotated[Int, Meta(description="Day such as 20260105.")]
    window_start: Annotated[Int, Meta(description="Earliest arrival such as 930.")] = field(
        name="windowStart"
    )
    window_end: Annotated[Int, Meta(description="Latest arrival such as 1130.")] = field(
        name="windowEnd"
    )
    minutes: Annotated[
        Int | None,
        Meta(description="How long it is held, 1 to 10080; else the setting slot_hold_minutes."),
    ] = None


class WireHold(Struct, frozen=True, kw_only=True, rename="camel"):
    """A reserved window; `until` (ms) is when it is free again."""

    id: str
    day: int
    window_start: int
    window_end: int
    worker: str
    until: int


class HoldAnswer(Answer, frozen=True, kw_only=True):
    """Answer of reserveslot."""

    hold: WireHold


def ask_reserved(call: Call, ask: ReserveSlot) -> VisitQuestion:
    """Return the question behind a reserveslot."""
    if ask.minutes is not None and not 1 <= ask.minutes <= MOST_HOLD_MINUTES:
        problem = f"minutes must be from 1 to {MOST_HOLD_MINUTES}."
        raise BadValue(problem, field="minutes")
    draft = _draft(call, {**ask.job, **_window(ask)})
    wish = _wish(call, ask, ask.day)
    return actions.ask_draft(call.tx, call.actor, draft, wish, most=1, planned=False)


def reserve_slot(call: Call, ask: ReserveSlot) -> HoldAnswer:
    """Hold a window for a customer for a while."""
    question: VisitQuestion
    found: Found
    question, found = call.prepared
    held = actions.hold(
        call.tx,
        call.actor,
        _wish(call, ask, ask.day),
        question,
        found,
        job={**ask.job, **_window(ask)},
        minutes=ask.minutes,
    )
    names = accounts.some_members(call.tx, call.actor.company, [held.member])
    return HoldAnswer(
        hold=WireHold(
            id=held.visit.id,
            day=to_yyyymmdd(held.day),
            window_start=hhmm(held.visit.window_start),
            window_end=hhmm(held.visit.window_end),
            worker=username_of(held.member, names),
            until=to_ms(held.until),
        )
    )


class ConfirmSlot(AskVisit, frozen=True, kw_only=True):
    """Body of confirmslot: what becomes of the job beside what was said when it was reserved.

    The job is created with its day and window and goes where it costs least by now. Where it does
    not fit any more it is created all the same, for nobody, and `unserved` says why: the customer
    has our word.
    """

    hold: Annotated[str, Meta(description="Id that reserveslot answered.")]
    job: Annotated[
        dict[str, Any] | UnsetType,
        Meta(description="More of the job, as in createjobs.", extra_json_schema=A_JOB),
    ] = UNSET


def ask_confirmed(call: Call, ask: ConfirmSlot) -> VisitQuestion:
    """Return the question behind a confirmslot."""
    draft = _draft(call, confirmed(call, ask))
    held = queries.get(call.tx, call.actor.company, ask.hold)
    wish = _wish(call, ask, to_yyyymmdd(held.day))
    return actions.ask_confirmed(call.tx, call.actor, held, draft, wish)


def confirm_slot(call: Call, ask: ConfirmSlot) -> InsertAnswer:
    """Make a job of a reserved window."""
    question: VisitQuestion
    found: Found
    question, found = call.prepared
    held = queries.get(call.tx, call.actor.company, ask.hold, lock=True)
    draft = _draft(call, confirmed(call, ask))
    actions.release(call.tx, call.actor, ask.hold)
    wish = _wish(call, ask, to_yyyymmdd(held.day))
    made, run = actions.write_draft(call.tx, call.actor, draft, wish, question, found)
    names = _names(call, found.alternatives, found)
    return InsertAnswer(
        alternatives=[_place(one, names) for one in found.alternatives],
        unserved=left_out_on_wire(found.left_out, names) if found.left_out else None,
        plan=run.id if run else "",
        jobs=_jobs(call, made.id),
        roads=roads_on_wire(found),
        matrix_ms=found.travel_ms,
        plan_ms=found.plan_ms,
    )


class ReleaseSlot(Ask, frozen=True, kw_only=True):
    """Body of releaseslot."""

    hold: Annotated[str, Meta(description="Id that reserveslot answered.")]


def release_slot(call: Call, ask: ReleaseSlot) -> Done:
    """Let go of a reserved window before its time."""
    actions.release(call.tx, call.actor, ask.hold)
    return Done()


# --- shared ---------------------------------------------------------------------------------------


def _wish(call: Call, ask: AskVisit, day: int) -> VisitWish:
    check_batch("workers", ask.workers or ())
    call.actor.require(Right.DISPATCH)
    return VisitWish(
        day=a_day("day", day) or actions.today_of(call.tx, call.actor),
        workers=None if ask.workers is None else named_workers(call.tx, call.actor, ask.workers),
        constraints=constraints_of(ask.constraints or WireConstraints()),
        weights=weights_of(ask.weights or WireWeights()),
    )


def _window(ask: ReserveSlot) -> dict[str, int]:
    start = a_time_of_day("windowStart", ask.window_start)
    end = a_time_of_day("windowEnd", ask.window_end)
    actions.check_window(start, end)
    return {"windowStart": hhmm(start), "windowEnd": hhmm(end)}


def confirmed(call: Call, ask: ConfirmSlot) -> Mapping[str, Any]:
    """Return the job of a reserved window as it is to be created, in the words of createjobs."""
    call.actor.require(Right.DISPATCH)
    call.actor.require(Right.CREATE_JOBS)
    more = {} if isinstance(ask.job, UnsetType) else ask.job
    for name in ("windowStart", "windowEnd", "day"):
        if name in more:
            problem = f"{name} was promised and stays: reserve another window instead."
            raise BadValue(problem, field=f"job.{name}")
    return {**queries.get(call.tx, call.actor.company, ask.hold).job, **more}


def _draft(call: Call, sent: Mapping[str, Any]) -> Wish:
    """Return a described job, with what is known of its address."""
    return replace(wished(sent, "job"), answers=call.answers)


def _names(
    call: Call, places: Sequence[Alternative], found: Found | None
) -> Mapping[MemberId, Member]:
    ids = {place.member for place in places}
    if found is not None and found.left_out is not None and found.left_out.member:
        ids.add(found.left_out.member)
    return accounts.some_members(call.tx, call.actor.company, ids)


def _jobs(call: Call, job: JobId | None) -> list[Any]:
    if job is None:
        return []
    return list(all_on_wire(call.tx, call.actor, [jobs.get(call.tx, call.actor, job)]))


def _place(one: Alternative, names: Mapping[MemberId, Member]) -> WirePlace:
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


def _slot(slot: Slot, names: Mapping[MemberId, Member]) -> WireSlot:
    return WireSlot(
        day=to_yyyymmdd(slot.day),
        window_start=hhmm(slot.window_start),
        window_end=hhmm(slot.window_end),
        place=_place(slot.place, names),
    )
