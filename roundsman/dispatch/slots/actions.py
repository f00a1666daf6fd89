"""One more visit: put into the routes of a day, offered to a customer, held and confirmed."""

from datetime import date, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.clock import MINUTES_A_DAY, at_local, local_day, to_yyyymmdd
from roundsman.core.errors import BadValue, NotReady, Overtaken, SlotTaken, UnknownJob
from roundsman.core.ids import JobId, MemberId, new_hold_id
from roundsman.dispatch.day import in_order, is_settled
from roundsman.dispatch.fleet.actions import OVERTAKEN, ask_fleet
from roundsman.dispatch.fleet.model import FleetPlan, FleetQuestion, FleetWish, Held, Weights
from roundsman.dispatch.fleet.outcome import essence
from roundsman.dispatch.order import Constraints
from roundsman.dispatch.runs import actions as runs
from roundsman.dispatch.runs.model import Run, RunWish
from roundsman.dispatch.slots import queries
from roundsman.dispatch.slots.model import DRAFT, Found, Hold, SlotQuestion, VisitQuestion
from roundsman.jobs import actions as jobs
from roundsman.jobs import queries as job_queries
from roundsman.jobs import rules
from roundsman.jobs.model import Job, Wish
from roundsman.jobs.names import named
from roundsman.storage.database import Tx
from roundsman.storage.dialects import wait_turn

# So many visits of one company may be held at once.
MOST_HOLDS = 1000


class VisitWish(Struct, frozen=True, kw_only=True):
    """Where a visit may go: which day, with whom (None for all), and what counts."""

    day: date
    workers: tuple[MemberId, ...] | None = None
    constraints: Constraints = Constraints()
    weights: Weights = Weights()

    def fleet(self, workers: tuple[MemberId, ...] | None, jobs: tuple[JobId, ...]) -> FleetWish:
        """Return the wish that leaves everything as it is but for these jobs."""
        return FleetWish(
            day=self.day,
            workers=workers,
            jobs=jobs,
            keep="everything",
            constraints=self.constraints,
            weights=self.weights,
        )


# --- into the routes of a day ---------------------------------------------------------------------


def ask_job(
    tx: Tx, actor: Actor, job_id: JobId, wish: VisitWish, *, most: int, planned: bool
) -> VisitQuestion:
    """Return the question where a job goes best; the one it has now is a place like any other."""
    base = ask_fleet(tx, actor, wish.fleet(wish.workers, ()))
    job = job_queries.find_many(tx, actor.company, [job_id]).get(job_id)
    if job is None or job.is_template or not jobs.sees(actor, job):
        problem = f"No job {job_id[:80]}."
        raise UnknownJob(problem, field="job")
    if is_settled(job) or job.keeps_position:
        problem = f"Job {job.id} has begun or ended, or is pinned to its position."
        raise BadValue(problem, field="job")
    if job.day not in {None, wish.day}:
        problem = f"Job {job.id} is for {to_yyyymmdd(job.day)}: put it in there, or move it."
        raise BadValue(problem, field="day")
    if job.keeps_person:
        base = _only(base, job.member)
    return VisitQuestion(fleet=_without(base, job), most=most, planned=planned)


def ask_draft(
    tx: Tx, actor: Actor, draft: Wish, wish: VisitWish, *, most: int, planned: bool
) -> VisitQuestion:
    """Return the question where a job that is not there yet goes best."""
    base = ask_fleet(tx, actor, wish.fleet(wish.workers, ()))
    return VisitQuestion(
        fleet=replace(base, new=(_draft(tx, actor, draft, wish.day),)), most=most, planned=planned
    )


def write_job(tx: Tx, actor: Actor, wish: VisitWish, question: VisitQuestion, found: Found) -> Run:
    """Put a job where it goes best; only that route changes. Overtaken when it is another now."""
    plan = _plan_of(found)
    member = plan.persons[0].member
    base, job = _only(question.fleet, member), question.job
    route = base.routes[0]
    if job.member == member and job.day == wish.day:
        base = replace(base, routes=(tuple(in_order([*route, job])),), new=())
    fleet = wish.fleet((member,), (job.id,))
    return runs.record(tx, actor, _applied(fleet), essence(base), plan)


def write_draft(
    tx: Tx, actor: Actor, draft: Wish, wish: VisitWish, question: VisitQuestion, found: Found
) -> tuple[Job, Run | None]:
    """Create a job and put it where it goes best; where it fits nowhere it is nobody's."""
    values = {**draft.values, "day": wish.day}
    (job,) = jobs.create(tx, actor, [replace(draft, values=values, assignee=None)])
    if not found.alternatives:
        return job, None
    plan = _plan_of(found)
    member = plan.persons[0].member
    fleet = wish.fleet((member,), (job.id,))
    fresh = ask_fleet(tx, actor, fleet)
    known = _only(question.fleet, member)
    if essence(replace(fresh, new=())) != essence(replace(known, new=())):
        raise Overtaken(OVERTAKEN)
    person = plan.persons[0]
    stops = tuple(replace(stop, job=job.id) if stop.job == DRAFT else stop for stop in person.stops)
    plan = replace(plan, persons=(replace(person, stops=stops),))
    return job, runs.record(tx, actor, _applied(fleet), essence(fresh), plan)


# --- windows to offer -----------------------------------------------------------------------------


def ask_slots(
    tx: Tx, actor: Actor, draft: Wish, wish: VisitWish, *, days: int, minutes: int, most: int
) -> SlotQuestion:
    """Return the question in which windows of so many days from the wish's on a visit fits.

    The windows are the company's, so many minutes long; what has begun is not offered any more.
    """
    policy = actor.company_profile.policy
    starts = range(policy.slots_from_minutes, policy.slots_until_minutes - minutes + 1, minutes)
    questions: list[FleetQuestion] = []
    visit = _draft(tx, actor, draft, wish.day)
    for ahead in range(days):
        day = wish.day + timedelta(days=ahead)
        there = replace(wish, day=day)
        base = ask_fleet(tx, actor, there.fleet(there.workers, ()))
        drafts = tuple(
            replace(
                visit,
                id=JobId(f"{DRAFT}-{start}"),
                day=day,
                window_start=start,
                window_end=start + minutes,
            )
            for start in starts
            if at_local(day, start, actor.timezone) >= tx.now
        )
        questions.append(replace(base, new=drafts))
    return SlotQuestion(days=tuple(questions), most=most)


# --- visits that are held -------------------------------------------------------------------------


def hold(
    tx: Tx,
    actor: Actor,
    wish: VisitWish,
    question: VisitQuestion,
    found: Found,
    *,
    job: dict[str, Any],
    minutes: int | None,
) -> Hold:
    """Hold a window for a customer. SlotTaken when the visit does not fit there any more.

    Who holds windows of one day waits for each other, so that none is promised twice.
    """
    wait_turn(tx, f"slots:{actor.company}:{to_yyyymmdd(wish.day)}")
    base = ask_fleet(tx, actor, wish.fleet(wish.workers, ()))
    if essence(base) != essence(replace(question.fleet, new=())):
        raise Overtaken(OVERTAKEN)
    if not found.alternatives:
        raise SlotTaken("This window is not free any more. Ask for others.", field="windowStart")
    if queries.count(tx, actor.company) >= MOST_HOLDS:
        raise NotReady(f"{MOST_HOLDS} windows are reserved already. Release some.")
    visit = question.job
    assert visit.position is not None  # noqa: S101 - a draft has one, for the type checkers
    held = Hold(
        visit=Held(
            id=new_hold_id(tx.now),
            position=visit.position,
            window_start=visit.window_start,
            window_end=visit.window_end,
            on_site_s=visit.on_site_s,
            team=visit.team,
            items_pickup=visit.items_pickup,
            items_dropoff=visit.items_dropoff,
        ),
        day=wish.day,
        until=tx.now + timedelta(minutes=minutes or actor.company_profile.policy.slot_hold_minutes),
        member=found.alternatives[0].member,
        job=job,
    )
    queries.save(tx, actor.company, actor.id, held)
    return held


def ask_confirmed(tx: Tx, actor: Actor, held: Hold, draft: Wish, wish: VisitWish) -> VisitQuestion:
    """Return the question where a held visit goes best, its own hold left aside."""
    question = ask_draft(tx, actor, draft, wish, most=1, planned=True)
    others = tuple(one for one in question.fleet.holds if one.id != held.visit.id)
    return replace(question, fleet=replace(question.fleet, holds=others))


def release(tx: Tx, actor: Actor, hold_id: str) -> None:
    """Let go of a window before its time."""
    actor.require(Right.DISPATCH)
    held = queries.get(tx, actor.company, hold_id, lock=True)
    queries.remove(tx, actor.company, held.visit.id)


# --- shared ---------------------------------------------------------------------------------------


def today_of(tx: Tx, actor: Actor) -> date:
    """Return the company's day now."""
    return local_day(tx.now, actor.timezone)


def check_window(start: int, end: int) -> None:
    """Refuse a window, in minutes after midnight, that is none."""
    if not 0 <= start < end <= MINUTES_A_DAY:
        problem = "windowEnd must be after windowStart, on the same day."
        raise BadValue(problem, field="windowEnd")


def _draft(tx: Tx, actor: Actor, draft: Wish, day: date) -> Job:
    """Return the job as it would be. BadValue where nobody can tell where it is."""
    key = str(draft.values.get("external_id", ""))
    if job_queries.find_external(tx, actor.company, [key]):
        problem = f"There is a job with your id {key[:80]} already: name it by its id."
        raise BadValue(problem, field="job.uidSecondary")
    place = named(tx, actor.company, [draft]).place(draft)
    blank = Job(
        id=DRAFT,
        created_at=tx.now,
        saved_at=tx.now,
        on_site_s=actor.company_profile.policy.default_on_site_s,
    )
    job = rules.change(blank, draft, member=None, dispatcher=None, at=tx.now)
    if job.position is None and place is not None:
        job = replace(job, position=place.position)
    if job.position is None:
        problem = "The job needs a position, a place that has one, or an address that is found."
        raise BadValue(problem, field="job")
    return replace(job, day=day, number=0)


def _plan_of(found: Found) -> FleetPlan:
    assert found.plan is not None  # noqa: S101 - asked for with `planned`, for the type checkers
    return found.plan


def _applied(fleet: FleetWish) -> RunWish:
    return RunWish(fleet=fleet, apply=True, is_insertion=True)


def _only(question: FleetQuestion, member: MemberId) -> FleetQuestion:
    """Return the question to one member, to nobody where that is none of those asked."""
    chosen = [
        (one, route)
        for one, route in zip(question.members, question.routes, strict=True)
        if one.id == member
    ]
    return replace(
        question,
        members=tuple(one for one, _ in chosen),
        routes=tuple(route for _, route in chosen),
    )


def _without(question: FleetQuestion, job: Job) -> FleetQuestion:
    """Return the question with the job taken out of the routes, as the only new one."""
    return replace(
        question,
        routes=tuple(tuple(one for one in route if one.id != job.id) for route in question.routes),
        new=(job,),
    )
