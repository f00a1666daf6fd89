"""What is done with plan runs: ask, look, apply, cancel, undo."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor
from roundsman.accounts.model import State as MemberState
from roundsman.accounts.rights import Right
from roundsman.core.errors import BadValue, Refusal, Throttled, UnknownThing
from roundsman.core.ids import JobId, new_run_id
from roundsman.dispatch.day import is_settled
from roundsman.dispatch.fleet.actions import Written, ask_fleet, write_fleet
from roundsman.dispatch.fleet.model import FleetPlan
from roundsman.dispatch.runs import queries
from roundsman.dispatch.runs.model import (
    APPLICABLE,
    Move,
    Placed,
    Progress,
    Run,
    RunWish,
    State,
)
from roundsman.events.catalogue import By, PlanChanged
from roundsman.events.outbox import emit
from roundsman.jobs import actions as jobs
from roundsman.jobs import queries as job_queries
from roundsman.jobs import rules
from roundsman.jobs.model import Job, Wish
from roundsman.storage.database import PLANS, Tx

# Plans are looked at, applied or undone within this time, then forgotten.
KEPT = timedelta(days=2)
# So many plans of one company may wait or run at once.
MOST_WORKING = 8
WAIT_S = 10.0


def start(tx: Tx, actor: Actor, wish: RunWish) -> Run:
    """Note a plan that is to be made in the background. Throttled where too many are made now."""
    ask_fleet(tx, actor, wish.fleet)
    if queries.working(tx, actor.company) >= MOST_WORKING:
        problem = f"{MOST_WORKING} plans are being made already. Wait for one, or cancel one."
        raise Throttled(problem, retry_after_s=WAIT_S)
    run = _new(tx, actor, wish, State.WAITING)
    tx.ring(PLANS, actor.company)
    return run


def record(tx: Tx, actor: Actor, wish: RunWish, essence: str, plan: FleetPlan) -> Run:
    """Keep a plan that was made while the caller waited; write it where that was wished."""
    run = _new(tx, actor, wish, State.DONE, essence=essence, plan=plan)
    return _write(tx, actor, run) if wish.apply else run


def get(tx: Tx, actor: Actor, run: str) -> Run:
    """Return a run the actor may see."""
    actor.require(Right.DISPATCH)
    return _visible(actor, queries.get(tx, actor.company, run))


def latest(tx: Tx, actor: Actor, day: date, most: int) -> list[Run]:
    """Return the newest runs of a day that the actor may see."""
    actor.require(Right.DISPATCH)
    return [run for run in queries.of_day(tx, actor.company, day, most) if _sees(actor, run)]


def apply(tx: Tx, actor: Actor, run_id: str) -> Run:
    """Write a plan. Applying an applied one changes nothing; Overtaken when it is out of date."""
    actor.require(Right.DISPATCH)
    run = _visible(actor, queries.get(tx, actor.company, run_id, lock=True))
    if run.state is State.APPLIED:
        return run
    if run.state not in APPLICABLE or run.plan is None:
        problem = f"Plan {run.id} is {run.state.value} and cannot be applied."
        raise BadValue(problem, field="id")
    return _write(tx, actor, run)


def cancel(tx: Tx, actor: Actor, run_id: str) -> Run:
    """Stop a plan that is being made, keeping the best so far. One that is done stays as it is."""
    actor.require(Right.DISPATCH)
    run = _visible(actor, queries.get(tx, actor.company, run_id, lock=True))
    if run.state is State.WAITING:
        return _saved(tx, actor.by, replace(run, state=State.CANCELLED), "cancelled")
    if run.state is State.RUNNING and not run.cancel:
        queries.ask_to_cancel(tx, run)
        tx.ring(PLANS, actor.company)
        return replace(run, cancel=True)
    return run


class Undone(Struct, frozen=True):
    """An applied plan that was taken back: the jobs put back, and why others were not."""

    run: Run
    put_back: list[JobId]
    kept: dict[str, str]


def undo(tx: Tx, actor: Actor, run_id: str) -> Undone:
    """Put back what a plan changed, job by job, unless somebody has changed it since."""
    actor.require(Right.DISPATCH)
    run = _visible(actor, queries.get(tx, actor.company, run_id, lock=True))
    if run.state is State.UNDONE:
        return Undone(run, [], {})
    if run.state is not State.APPLIED:
        problem = f"Plan {run.id} is {run.state.value}: there is nothing to undo."
        raise BadValue(problem, field="id")
    found = job_queries.find_many(tx, actor.company, [move.job for move in run.moves], lock=True)
    before: list[Job] = []
    after: list[Job] = []
    kept: dict[str, str] = {}
    for move in run.moves:
        job = found.get(move.job)
        reason = _why_not(tx, actor, job, move)
        if job is None or reason:
            kept[move.job] = reason
        else:
            before.append(job)
            after.append(_put_back(job, move.before, tx.now))
    jobs.replan(tx, actor, before, after)
    run = _saved(tx, actor.by, replace(run, state=State.UNDONE), "undone")
    return Undone(run, [job.id for job in after], kept)


def _why_not(tx: Tx, actor: Actor, job: Job | None, move: Move) -> str:
    """Return why a job cannot be put back: gone, begun, changed, person_gone; empty if it can."""
    if job is None:
        return "gone"
    if is_settled(job):
        return "archived" if job.archived_at else "begun"
    if Placed.of(job) != move.after:
        return "changed"
    owner = move.before.member
    member = accounts.find_member(tx, actor.company, owner) if owner else None
    if owner and owner != job.member and (member is None or member.state is not MemberState.ACTIVE):
        return "person_gone"
    return ""


def _put_back(job: Job, to: Placed, at: datetime) -> Job:
    values = {
        "day": to.day,
        "number": to.number,
        "scheduled_start": to.start,
        "scheduled_end": to.end,
        "scheduled_at": to.start,
    }
    return rules.change(job, Wish(values=values), member=to.member, dispatcher=None, at=at)


# --- the work -------------------------------------------------------------------------------------


def finish(tx: Tx, actor: Actor, run: Run, essence: str, plan: FleetPlan, told: Progress) -> Run:
    """Keep the plan of a run that was worked on; write it where that was wished.

    A plan that is overtaken by then is kept, and says so.
    """
    cancelled = plan.stopped == "cancelled"
    done = replace(
        run,
        state=State.CANCELLED if cancelled else State.DONE,
        essence=essence,
        plan=plan,
        progress=replace(told, iterations=plan.iterations),
    )
    if run.wish.apply and not cancelled:
        try:
            return _write(tx, actor, done)
        except Refusal as refusal:
            told = replace(done.progress, code=refusal.code, message=refusal.message)
            done = replace(done, progress=told)
    return _saved(tx, actor.by, done, done.state.value)


def fail(tx: Tx, run: Run, refusal: Refusal) -> Run:
    """Note why a run has no plan."""
    told = Progress(code=refusal.code, message=refusal.message)
    by = By(run.company, run.member, "system")
    return _saved(tx, by, replace(run, state=State.FAILED, progress=told), "failed")


# --- shared ---------------------------------------------------------------------------------------


def _new(
    tx: Tx,
    actor: Actor,
    wish: RunWish,
    state: State,
    *,
    essence: str = "",
    plan: FleetPlan | None = None,
) -> Run:
    run = Run(
        company=actor.company,
        id=new_run_id(tx.now),
        member=actor.id,
        state=state,
        created_at=tx.now,
        changed_at=tx.now,
        forget_at=tx.now + KEPT,
        wish=wish,
        essence=essence,
        plan=plan,
    )
    queries.save(tx, run)
    return run


def _write(tx: Tx, actor: Actor, run: Run) -> Run:
    assert run.plan is not None  # noqa: S101 - callers looked, for the type checkers
    changed = write_fleet(tx, actor, run.wish.fleet, run.essence, run.plan)
    return _saved(tx, actor.by, replace(run, state=State.APPLIED, moves=_moves(changed)), "applied")


def _moves(changed: Sequence[Written]) -> tuple[Move, ...]:
    return tuple(
        Move(one.before.id, Placed.of(one.before), Placed.of(one.after)) for one in changed
    )


def _saved(tx: Tx, by: By, run: Run, change: str) -> Run:
    run = replace(run, changed_at=tx.now, forget_at=tx.now + KEPT)
    queries.save(tx, run)
    emit(tx, by, PlanChanged(run.id, change))
    return run


def _sees(actor: Actor, run: Run) -> bool:
    """Tell whether the actor may see a plan: all of the company, or only their own."""
    return run.member == actor.id or actor.may(Right.SEE_ALL_MEMBERS)


def _visible(actor: Actor, run: Run) -> Run:
    if not _sees(actor, run):
        problem = f"No plan {run.id}."
        raise UnknownThing(problem, field="id")
    return run
