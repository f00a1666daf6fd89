"""Plans of a day on the dispatch page: asked for, looked at beside the day there is, dealt with."""

from collections.abc import Sequence

from msgspec import structs

from roundsman.core.clock import to_yyyymmdd
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.day import is_settled
from roundsman.dispatch.fleet.model import Effort, FleetPlan, FleetWish, Keep, Sums
from roundsman.dispatch.runs import actions
from roundsman.dispatch.runs.model import Run, RunWish, State
from roundsman.dispatch.timeline import DayQuestion, Round
from roundsman.jobs import actions as jobs
from roundsman.jobs.model import Job, Wish
from roundsman.web.board import job_cards
from roundsman.web.dispatch import Asked, ask, needed_day
from roundsman.web.session import Visit
from roundsman.web.shapes import dispatch as shapes

# A dispatcher looks on while it is made; a search that is not done by then gives its best so far.
LONGEST_S = 60.0
KEEPS: tuple[Keep, ...] = ("nothing", "assignment", "everything")


def start(visit: Visit, asked: shapes.MakePlan) -> shapes.PlanCard:
    """Ask for a plan of a day; it is made in the background."""
    wish = FleetWish(
        day=needed_day(asked.day), keep=_keep(asked.keep), effort=Effort(limit_s=LONGEST_S)
    )
    return card(actions.start(visit.tx, visit.actor, RunWish(fleet=wish)))


def latest(visit: Visit, day: int) -> shapes.LatestPlan:
    """Return the newest plan of a day."""
    runs = actions.latest(visit.tx, visit.actor, needed_day(day), 1)
    return shapes.LatestPlan(plan=card(runs[0]) if runs else None)


def look(visit: Visit, run: str) -> tuple[shapes.PlanCard, Asked | None]:
    """Return a plan and, where it is one that may be written, the day as it would be with it."""
    found = actions.get(visit.tx, visit.actor, run)
    if found.plan is None or found.state not in {State.DONE, State.CANCELLED}:
        return card(found), None
    asked = ask(visit, found.wish.fleet.day, None)
    return card(found), _with(visit, asked, found.plan)


def apply(visit: Visit, run: str) -> shapes.PlanCard:
    """Write a plan."""
    return card(actions.apply(visit.tx, visit.actor, run))


def cancel(visit: Visit, run: str) -> shapes.PlanCard:
    """End the search with the best so far."""
    return card(actions.cancel(visit.tx, visit.actor, run))


def undo(visit: Visit, run: str) -> shapes.PlanUndone:
    """Take an applied plan back."""
    undone = actions.undo(visit.tx, visit.actor, run)
    return shapes.PlanUndone(plan=card(undone.run), kept=len(undone.kept))


def pin(visit: Visit, job: JobId, asked: shapes.PinJob) -> None:
    """Pin a job to its person, position or time, or release it."""
    values = {
        "pin_person": asked.person,
        "pin_position": asked.position,
        "pin_time": asked.time,
    }
    jobs.edit(visit.tx, visit.actor, {job: Wish(values=values)})


def card(run: Run) -> shapes.PlanCard:
    """Return how far a run is."""
    plan = run.plan
    return shapes.PlanCard(
        id=run.id,
        day=to_yyyymmdd(run.wish.fleet.day),
        state=run.state.value,
        keep=run.wish.fleet.keep,
        elapsed_ms=run.progress.elapsed_ms,
        iterations=run.progress.iterations,
        problem=run.progress.message,
        before=_sums(plan.before) if plan else None,
        after=_sums(plan.after) if plan else None,
        unserved_before=plan.unserved_before if plan else 0,
        left_out=[
            shapes.LeftOut(
                job=left.job,
                reason=left.reason.value,
                member=left.member or "",
                by=left.by,
                adds=left.adds,
            )
            for left in (plan.left_out if plan else ())
            if left.job
        ],
        changed=len(run.moves),
    )


def _sums(sums: Sums) -> shapes.PlanSums:
    return shapes.PlanSums(
        jobs=sums.jobs,
        metres=sums.metres,
        driving_seconds=sums.driving_s,
        waiting_seconds=sums.waiting_s,
        work_seconds=sums.service_s,
        late_seconds=sums.late_s,
        overtime_seconds=sums.overtime_s,
    )


def _with(visit: Visit, asked: Asked, plan: FleetPlan) -> Asked:
    """Return the day as it would be: everybody's jobs by the plan, behind what has begun."""
    known: dict[JobId, Job] = {job.id: job for one in asked.question.rounds for job in one.jobs}
    free = {card.id: card for card in (*asked.unassigned, *asked.undated)}
    planned: dict[MemberId, list[JobId]] = {
        person.member: [*(stop.job for stop in person.stops if stop.job), *person.rest]
        for person in plan.persons
    }
    named = {job for route in planned.values() for job in route}
    new = [JobId(job) for job in free if job in named]
    known |= {job.id: job for job in (jobs.get(visit.tx, visit.actor, job) for job in new)}
    left_out = {left.job for left in plan.left_out if left.job}
    dropped = [known[job] for job in left_out if job in known and known[job].member]
    company = visit.actor.company_profile
    cards = asked.cards | {
        one.id: one for one in job_cards(visit.tx, company, list(known.values()))
    }
    return structs.replace(
        asked,
        question=_rearranged(asked.question, known, planned, named | left_out),
        cards=cards,
        unassigned=[
            *(one for one in asked.unassigned if one.id not in named),
            *job_cards(visit.tx, company, dropped),
        ],
    )


def _rearranged(
    question: DayQuestion,
    known: dict[JobId, Job],
    planned: dict[MemberId, list[JobId]],
    moved: set[JobId],
) -> DayQuestion:
    def route(one: Round) -> Sequence[Job]:
        stays = [job for job in one.jobs if is_settled(job) or job.id not in moved]
        mine = [known[job] for job in planned.get(one.member.id, []) if job in known]
        return [*stays, *(job for job in mine if not is_settled(job))]

    rounds = tuple(Round(one.member, tuple(route(one))) for one in question.rounds)
    return structs.replace(question, rounds=rounds)


def _keep(name: str) -> Keep:
    for known in KEEPS:
        if name == known:
            return known
    problem = f"keep must be nothing, assignment or everything, not {name[:40]!r}."
    raise BadValue(problem, field="keep")
