"""RPC actions about plans of a whole day: make, look at, apply, cancel, undo (extensions)."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct, field

from roundsman.api.dispatch import WireConstraints, check_batch, constraints_of
from roundsman.api.fields import a_day
from roundsman.api.plan_shapes import UNITS, WirePlan, run_on_wire
from roundsman.api.shapes import Answer, Ask, Call, Int
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId
from roundsman.dispatch.fleet.actions import ask_fleet, named_workers
from roundsman.dispatch.fleet.model import (
    Effort,
    FleetPlan,
    FleetQuestion,
    FleetWish,
    Keep,
    Minimise,
    Weights,
)
from roundsman.dispatch.fleet.outcome import essence
from roundsman.dispatch.runs import actions
from roundsman.dispatch.runs.model import RunWish

# Somebody waits for a plan, or nobody does; more than a search of the size could use.
MOST_SECONDS, MOST_SECONDS_IN_BACKGROUND = 20.0, 600.0
MOST_ITERATIONS = 20_000_000
MOST_SEED = 2**53
# An hour more to drive is more than any person is preferred by.
MOST_PREFERENCE = 100_000
RUNS_SHOWN = 20
KEEPS: tuple[Keep, ...] = ("everything", "assignment", "nothing")

type RunName = Annotated[str, Meta(description="Id that planday answered.")]


class WireWeights(Struct, frozen=True, kw_only=True):
    """What counts. As much priority as possible is served first of all."""

    minimise: Annotated[str, Meta(description="time or distance.")] = "time"
    same_person: Annotated[
        Int,
        Meta(description="Seconds (or metres) more that are driven rather than change the worker."),
    ] = field(default=0, name="samePerson")


class PlanDay(Ask, frozen=True, kw_only=True):
    """Body of planday. What has begun, is done or is pinned stays as it is.

    Reserved slots keep their room. `keep` says what stays of the plan there is: `nothing`,
    `assignment` (who does what; the order is free), `everything` (only what nobody has yet is put
    in). Without `workers` all are planned, without `jobs` all they have that day and all that
    nobody has; of these workers' other jobs only order and time change. Today is planned from now
    on. Nothing is changed without `apply`; the plan is kept for two days and can be applied and
    undone by its `id`. Equal questions with equal `seed` get equal plans unless time ended the
    search (`stopped` is `time`): give `iterations`, or nothing, rather than `seconds`.
    """

    day: Annotated[Int, Meta(description="Day such as 20260105.")]
    workers: Annotated[
        list[str] | None, Meta(description="User names or ids, at most 1000; all if absent.")
    ] = None
    jobs: Annotated[
        list[str] | None,
        Meta(description="Ids of jobs of that day or of no day, at most 1000; all if absent."),
    ] = None
    keep: Annotated[str, Meta(description="everything, assignment or nothing.")] = "nothing"
    constraints: WireConstraints | None = None
    weights: WireWeights | None = None
    seconds: Annotated[
        float | None,
        Meta(description="Time to search, up to 20; up to 600 in the background."),
    ] = None
    iterations: Annotated[
        Int | None, Meta(description="Steps to search; by the size if absent.")
    ] = None
    seed: Annotated[Int, Meta(description="Another seed may find another plan.")] = 1
    apply: Annotated[bool, Meta(description="Write the plan.")] = False
    background: Annotated[
        bool, Meta(description="Answer at once with an id; getplan tells how it goes.")
    ] = False


class PlanAnswer(Answer, frozen=True, kw_only=True):
    """Answer with a plan."""

    plan: WirePlan


def is_waited_for(ask: PlanDay) -> bool:
    """Tell whether the caller waits for the plan."""
    return not ask.background


def ask_plan(call: Call, ask: PlanDay) -> FleetQuestion:
    """Return the question behind a planday."""
    return ask_fleet(call.tx, call.actor, _wish(call, ask).fleet)


def plan_day(call: Call, ask: PlanDay) -> PlanAnswer:
    """Plan the day of many workers at once, and say what it would change or write it."""
    wish = _wish(call, ask)
    if call.prepared is None:
        run = actions.start(call.tx, call.actor, wish)
    else:
        question: FleetQuestion
        plan: FleetPlan
        question, plan = call.prepared
        run = actions.record(call.tx, call.actor, wish, essence(question), plan)
    return PlanAnswer(plan=run_on_wire(call, run))


class GetPlan(Ask, frozen=True, kw_only=True):
    """Body of getplan: one plan by its id, or how far the newest twenty of a day are."""

    id: Annotated[str | None, Meta(description="Id that planday answered.")] = None
    day: Annotated[Int | None, Meta(description="Day such as 20260105.")] = None


class PlansAnswer(Answer, frozen=True, kw_only=True):
    """Answer of getplan."""

    plans: list[WirePlan]


def get_plan(call: Call, ask: GetPlan) -> PlansAnswer:
    """Return a plan, or the plans of a day, newest first, without what they hold."""
    if ask.id is not None:
        found = actions.get(call.tx, call.actor, ask.id)
        return PlansAnswer(plans=[run_on_wire(call, found)])
    runs = actions.latest(call.tx, call.actor, _day(ask.day), RUNS_SHOWN)
    return PlansAnswer(plans=[run_on_wire(call, run, whole=False) for run in runs])


class NamedPlan(Ask, frozen=True, kw_only=True):
    """Body of an action about one plan."""

    id: RunName


def apply_plan(call: Call, ask: NamedPlan) -> PlanAnswer:
    """Write a plan: day, worker, position and planned times, all of it or nothing.

    Refused with `overtaken` when jobs it was made of have changed since.
    """
    return PlanAnswer(plan=run_on_wire(call, actions.apply(call.tx, call.actor, ask.id)))


def cancel_plan(call: Call, ask: NamedPlan) -> PlanAnswer:
    """Stop a plan that is being made in the background; the best so far is kept."""
    return PlanAnswer(plan=run_on_wire(call, actions.cancel(call.tx, call.actor, ask.id)))


class UndoneAnswer(Answer, frozen=True, kw_only=True):
    """Answer of undoplan: jobs put back, and by id why others were not.

    `gone`, `archived`, `begun`, `changed` (by somebody since), `person_gone`.
    """

    plan: WirePlan
    restored: list[str]
    kept: dict[str, str]


def undo_plan(call: Call, ask: NamedPlan) -> UndoneAnswer:
    """Put back what a plan changed, except jobs that somebody has changed since."""
    undone = actions.undo(call.tx, call.actor, ask.id)
    return UndoneAnswer(
        plan=run_on_wire(call, undone.run, whole=False),
        restored=list(undone.put_back),
        kept=undone.kept,
    )


# --- what is asked --------------------------------------------------------------------------------


def _wish(call: Call, ask: PlanDay) -> RunWish:
    for name, given in (("workers", ask.workers), ("jobs", ask.jobs)):
        check_batch(name, given or ())
    return RunWish(
        fleet=FleetWish(
            day=_day(ask.day),
            workers=None
            if ask.workers is None
            else named_workers(call.tx, call.actor, ask.workers),
            jobs=None if ask.jobs is None else tuple(map(JobId, dict.fromkeys(ask.jobs))),
            keep=_keep(ask.keep),
            constraints=constraints_of(ask.constraints or WireConstraints()),
            weights=weights_of(ask.weights or WireWeights()),
            effort=_effort(ask),
        ),
        apply=ask.apply,
    )


def _day(sent: int | None) -> date:
    day = a_day("day", sent)
    if day is None:
        problem = "day must be a day such as 20260105."
        raise BadValue(problem, field="day")
    return day


def _keep(name: str) -> Keep:
    for known in KEEPS:
        if name == known:
            return known
    problem = f"keep must be everything, assignment or nothing, not {name[:40]!r}."
    raise BadValue(problem, field="keep")


def weights_of(sent: WireWeights) -> Weights:
    """Return what counts in a plan; BadValue for what nobody could mean."""
    if sent.minimise not in UNITS:
        problem = f"weights.minimise must be time or distance, not {sent.minimise[:40]!r}."
        raise BadValue(problem, field="weights.minimise")
    if not 0 <= sent.same_person <= MOST_PREFERENCE:
        problem = f"weights.samePerson must be from 0 to {MOST_PREFERENCE}."
        raise BadValue(problem, field="weights.samePerson")
    unit: Minimise = "metres" if sent.minimise == "distance" else "seconds"
    return Weights(minimise=unit, same_person=sent.same_person)


def _effort(ask: PlanDay) -> Effort:
    most = MOST_SECONDS_IN_BACKGROUND if ask.background else MOST_SECONDS
    if ask.seconds is not None and not 0 < ask.seconds <= most:
        problem = f"seconds must be above 0 and at most {most:g}."
        raise BadValue(problem, field="seconds")
    if ask.iterations is not None and not 1 <= ask.iterations <= MOST_ITERATIONS:
        problem = f"iterations must be from 1 to {MOST_ITERATIONS}."
        raise BadValue(problem, field="iterations")
    if not 0 <= ask.seed <= MOST_SEED:
        problem = "seed must not be negative."
        raise BadValue(problem, field="seed")
    return Effort(iterations=ask.iterations, seconds=ask.seconds, limit_s=most, seed=ask.seed)
