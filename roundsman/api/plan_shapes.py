"""Plans of a day on the wire (extensions)."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member
from roundsman.api.dispatch import RoadsUsed, roads_on_wire
from roundsman.api.shapes import Call
from roundsman.core.clock import to_ms, to_yyyymmdd
from roundsman.core.ids import MemberId
from roundsman.dispatch.fleet.model import FleetPlan, LeftOut, PersonPlan, Stop, Sums
from roundsman.dispatch.runs.model import Progress, Run

UNITS = {"time": "seconds", "distance": "metres"}
NAMES = {unit: name for name, unit in UNITS.items()}


class WireSums(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is driven, waited and worked on what has not begun yet; `load` is the most at once.

    `late_seconds` are past the jobs' windows, `overtime_seconds` past the working hours.
    """

    jobs: int
    metres: int
    driving_seconds: int
    waiting_seconds: int
    work_seconds: int
    late_seconds: int
    overtime_seconds: int
    duration_seconds: int
    load: int


class WireStop(Struct, frozen=True, kw_only=True, rename="camel"):
    """One planned visit, in milliseconds since 1970; `hold` names a reserved slot, not a job.

    `slack_seconds` is how much later the arrival may be, null where nothing bounds it.
    """

    job: str
    hold: str
    arrival: int
    start: int
    leaving: int
    slack_seconds: int | None


class WirePersonPlan(Struct, frozen=True, kw_only=True):
    """What one worker does; `rest` are jobs that stay with the worker although they do not fit."""

    uid: str
    worker: str
    name: str
    begin: int
    end: int
    stops: list[WireStop]
    rest: list[str]
    sums: WireSums


class WireLeftOut(Struct, frozen=True, kw_only=True):
    """A job (or reserved slot) that fits nowhere, and why.

    `worker` comes closest: the bound of the reason breaks there `by` so many seconds, metres, jobs
    or items, and the job adds `adds` to the way, in seconds or metres as minimised.
    """

    job: str
    hold: str
    reason: str
    worker: str
    by: int
    adds: int | None


class WireProgress(Struct, frozen=True, kw_only=True, rename="camel"):
    """How a search goes, or why it has no plan; `cost` is the least so far, null before any."""

    cost: int | None
    iterations: int
    elapsed_ms: int
    code: str
    message: str


class WirePlan(Struct, frozen=True, kw_only=True, rename="camel"):
    """A plan of a day. Everything from `persons` on is there once there is a plan."""

    id: str
    day: int
    state: Annotated[
        str,
        Meta(description="waiting, running, done, failed, cancelled, applied or undone."),
    ]
    created: int
    kept_until: int
    progress: WireProgress
    persons: list[WirePersonPlan] | UnsetType = UNSET
    unserved: list[WireLeftOut] | UnsetType = UNSET
    before: WireSums | UnsetType = UNSET
    after: WireSums | UnsetType = UNSET
    unserved_before: int | UnsetType = UNSET
    changed: Annotated[
        list[str] | UnsetType, Meta(description="Jobs that applying it changed.")
    ] = UNSET
    minimised: Annotated[str | UnsetType, Meta(description="time or distance.")] = UNSET
    engine: str | UnsetType = UNSET
    stopped: Annotated[
        str | UnsetType, Meta(description="What ended the search: done, time or cancelled.")
    ] = UNSET
    iterations: int | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    roads: RoadsUsed | UnsetType = UNSET
    matrix_ms: int | UnsetType = UNSET
    plan_ms: int | UnsetType = UNSET
    matrix_share: Annotated[
        float | UnsetType,
        Meta(description="Share of the time that finding the roads took, 0 to 1."),
    ] = UNSET


def run_on_wire(call: Call, run: Run, *, whole: bool = True) -> WirePlan:
    """Return a run as it is answered; without `whole` only how far it is."""
    plan = run.plan if whole else None
    wire = WirePlan(
        id=run.id,
        day=to_yyyymmdd(run.wish.fleet.day),
        state=run.state.value,
        created=to_ms(run.created_at),
        kept_until=to_ms(run.forget_at),
        progress=_progress(run.progress),
    )
    if plan is None:
        return wire
    names = accounts.some_members(call.tx, call.actor.company, _members(plan))
    total_ms = plan.travel_ms + plan.plan_ms
    return WirePlan(
        id=wire.id,
        day=wire.day,
        state=wire.state,
        created=wire.created,
        kept_until=wire.kept_until,
        progress=wire.progress,
        persons=[_person(one, names) for one in plan.persons],
        unserved=[left_out_on_wire(one, names) for one in plan.left_out],
        before=sums_on_wire(plan.before),
        after=sums_on_wire(plan.after),
        unserved_before=plan.unserved_before,
        changed=[move.job for move in run.moves],
        minimised=NAMES[run.wish.fleet.weights.minimise],
        engine=plan.engine,
        stopped=plan.stopped,
        iterations=plan.iterations,
        seed=plan.seed,
        roads=roads_on_wire(plan),
        matrix_ms=plan.travel_ms,
        plan_ms=plan.plan_ms,
        matrix_share=round(plan.travel_ms / total_ms, 3) if total_ms else 0.0,
    )


def sums_on_wire(sums: Sums) -> WireSums:
    """Return totals as they are answered."""
    return WireSums(
        jobs=sums.jobs,
        metres=sums.metres,
        driving_seconds=sums.driving_s,
        waiting_seconds=sums.waiting_s,
        work_seconds=sums.service_s,
        late_seconds=sums.late_s,
        overtime_seconds=sums.overtime_s,
        duration_seconds=sums.work_s,
        load=sums.load,
    )


def stop_on_wire(stop: Stop) -> WireStop:
    """Return a planned visit as it is answered."""
    return WireStop(
        job=stop.job,
        hold=stop.hold,
        arrival=to_ms(stop.arrive),
        start=to_ms(stop.start),
        leaving=to_ms(stop.leave),
        slack_seconds=stop.slack_s,
    )


def username_of(member: MemberId | None, names: Mapping[MemberId, Member]) -> str:
    """Return the user name of a member; an empty text for nobody, and for somebody who left."""
    known = names.get(member) if member else None
    return known.username if known else ""


def _members(plan: FleetPlan) -> Iterable[MemberId]:
    closest = {one.member for one in plan.left_out if one.member}
    return closest | {person.member for person in plan.persons}


def _person(person: PersonPlan, names: Mapping[MemberId, Member]) -> WirePersonPlan:
    known = names.get(person.member)
    return WirePersonPlan(
        uid=person.member,
        worker=username_of(person.member, names),
        name=known.name if known else "",
        begin=to_ms(person.begin),
        end=to_ms(person.end),
        stops=[stop_on_wire(stop) for stop in person.stops],
        rest=list(person.rest),
        sums=sums_on_wire(person.sums),
    )


def left_out_on_wire(one: LeftOut, names: Mapping[MemberId, Member]) -> WireLeftOut:
    """Return why a job is left out, as it is answered."""
    return WireLeftOut(
        job=one.job,
        hold=one.hold,
        reason=one.reason.value,
        worker=username_of(one.member, names),
        by=one.by,
        adds=one.adds,
    )


def _progress(told: Progress) -> WireProgress:
    return WireProgress(
        cost=told.cost,
        iterations=told.iterations,
        elapsed_ms=told.elapsed_ms,
        code=told.code,
        message=told.message,
    )
