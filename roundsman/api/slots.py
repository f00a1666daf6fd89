"""RPC actions about windows for a customer: offer, reserve, confirm, release (extensions)."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member
from roundsman.accounts.rights import Right
from roundsman.api.dispatch import RoadsUsed, roads_on_wire
from roundsman.api.fields import a_time_of_day
from roundsman.api.plan_shapes import username_of
from roundsman.api.shapes import Answer, Ask, Call, Done, Int
from roundsman.api.visits import (
    MOST_ALTERNATIVES,
    AskVisit,
    InsertAnswer,
    WirePlace,
    draft_of,
    inserted,
    names_of,
    place_on_wire,
    visit_wish,
)
from roundsman.core.clock import hhmm, to_ms, to_yyyymmdd
from roundsman.core.errors import BadValue
from roundsman.core.ids import MemberId
from roundsman.dispatch.slots import actions, queries
from roundsman.dispatch.slots.model import Found, Slot, SlotQuestion, Slots, VisitQuestion

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
        draft_of(call, ask.job),
        visit_wish(call, ask, ask.day),
        days=ask.days,
        minutes=minutes,
        most=ask.slots,
    )


def suggest_slots(call: Call, _: SuggestSlots) -> SlotsAnswer:
    """Offer the cheapest windows for a visit over the next days. Nothing is changed."""
    found: Slots
    _question, found = call.prepared
    names = names_of(call, [slot.place for slot in found.slots])
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
    draft = draft_of(call, {**ask.job, **_window(ask)})
    wish = visit_wish(call, ask, ask.day)
    return actions.ask_draft(call.tx, call.actor, draft, wish, most=1, planned=False)


def reserve_slot(call: Call, ask: ReserveSlot) -> HoldAnswer:
    """Hold a window for a customer for a while."""
    question: VisitQuestion
    found: Found
    question, found = call.prepared
    held = actions.hold(
        call.tx,
        call.actor,
        visit_wish(call, ask, ask.day),
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
    draft = draft_of(call, confirmed(call, ask))
    held = queries.get(call.tx, call.actor.company, ask.hold)
    wish = visit_wish(call, ask, to_yyyymmdd(held.day))
    return actions.ask_confirmed(call.tx, call.actor, held, draft, wish)


def confirm_slot(call: Call, ask: ConfirmSlot) -> InsertAnswer:
    """Make a job of a reserved window."""
    question: VisitQuestion
    found: Found
    question, found = call.prepared
    held = queries.get(call.tx, call.actor.company, ask.hold, lock=True)
    draft = draft_of(call, confirmed(call, ask))
    actions.release(call.tx, call.actor, ask.hold)
    wish = visit_wish(call, ask, to_yyyymmdd(held.day))
    made, run = actions.write_draft(call.tx, call.actor, draft, wish, question, found)
    return inserted(call, found, made.id, run)


class ReleaseSlot(Ask, frozen=True, kw_only=True):
    """Body of releaseslot."""

    hold: Annotated[str, Meta(description="Id that reserveslot answered.")]


def release_slot(call: Call, ask: ReleaseSlot) -> Done:
    """Let go of a reserved window before its time."""
    actions.release(call.tx, call.actor, ask.hold)
    return Done()


# --- shared ---------------------------------------------------------------------------------------


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


def _slot(slot: Slot, names: Mapping[MemberId, Member]) -> WireSlot:
    return WireSlot(
        day=to_yyyymmdd(slot.day),
        window_start=hhmm(slot.window_start),
        window_end=hhmm(slot.window_end),
        place=place_on_wire(slot.place, names),
    )
