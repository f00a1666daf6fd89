"""What is done with jobs: create, edit, archive, restore, delete, check in and out."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.errors import NotAllowed, UnknownJob
from roundsman.core.ids import JobId, MemberId, new_job_id, new_template_id
from roundsman.events.catalogue import (
    By,
    Event,
    JobArchived,
    JobDeleted,
    JobScheduled,
)
from roundsman.events.outbox import emit
from roundsman.jobs import areas, crew, external, numbering, presets, queries, rules, telling
from roundsman.jobs.model import Job, Outcome, Wish
from roundsman.jobs.names import Names, named
from roundsman.jobs.queries import Filter
from roundsman.places import queries as places
from roundsman.storage.database import Tx

LAST_DAY = 99991231

# --- creating -------------------------------------------------------------------------------------


def create(
    tx: Tx,
    actor: Actor,
    wishes: Sequence[Wish],
    *,
    templates: bool = False,
    tell_route: bool = False,
) -> list[Job]:
    """Create jobs, or update those whose external id is known; all of them or none.

    Returns the jobs in the order of the wishes.
    """
    actor.require(Right.CREATE_JOBS)
    names = named(tx, actor.company, wishes)
    keys = [str(wish.values.get("external_id", "")) for wish in wishes]
    known = queries.by_external(tx, actor.company, keys, templates=templates)
    before: dict[JobId, Job] = {job.id: job for job in known.values()}
    jobs: dict[JobId, Job] = {}
    order: list[JobId] = []
    # Lists end their order with the id: sorted, the jobs of one request keep its order in them.
    draw = new_template_id if templates else new_job_id
    drawn = sorted(draw(tx.now) for _ in wishes)
    for wish, key, fresh_id in zip(wishes, keys, drawn, strict=True):
        job = known.get(key) if key else None
        if job is None:
            job = _fresh(tx, actor, fresh_id, wish, names)
            _check_right_to_pin(actor, wish, None, job)
        else:
            now = jobs.get(job.id, job)
            job = _changed(tx, actor, now, wish, names)
            _check_right_to_pin(actor, wish, now, job)
            if job.id in before:
                _check_right_to_update(actor, before[job.id], job)
        if key:
            known[key] = job
        jobs[job.id] = job
        order.append(job.id)
    _settle(tx, actor, before, jobs, tell_route=tell_route)
    return [jobs[job] for job in order]


def _fresh(tx: Tx, actor: Actor, job_id: JobId, wish: Wish, names: Names) -> Job:
    place = names.place(wish)
    member = names.person(wish.assignee, "worker") or MemberId("")
    job = rules.new(
        job_id,
        presets.at(place, wish) if place else wish,
        member=member if actor.may(Right.EDIT_JOBS) else _oneself(actor, member),
        dispatcher=names.person(wish.dispatcher, "dispatcherUid") or MemberId(""),
        on_site_s=actor.company_profile.policy.default_on_site_s,
        at=tx.now,
    )
    helpers = names.crew(wish, ())
    if helpers is not None and actor.may(Right.EDIT_JOBS):
        job = crew.manned(job, helpers)
    created = wish.values.get("created_at")
    return replace(job, created_at=created) if created else replace(job, created_at=tx.now)


def _oneself(actor: Actor, member: MemberId) -> MemberId:
    """Return who does a job that a worker creates: that worker. NotAllowed for anybody else."""
    if member not in {"", actor.id}:
        problem = "Workers create jobs for themselves only: leave out the worker."
        raise NotAllowed(problem, field="worker")
    return actor.id


# --- editing --------------------------------------------------------------------------------------


def edit(tx: Tx, actor: Actor, wishes: dict[JobId, Wish], *, tell_route: bool = False) -> list[Job]:
    """Change jobs, all of them or none; what a wish does not name stays as it is."""
    found = _visible(tx, actor, list(wishes))
    names = named(tx, actor.company, list(wishes.values()))
    before = {job.id: job for job in found}
    after: dict[JobId, Job] = {}
    for job in found:
        after[job.id] = _changed(tx, actor, job, wishes[job.id], names)
        _check_right_to_edit(actor, job, after[job.id])
        _check_right_to_pin(actor, wishes[job.id], job, after[job.id])
    external.claim(tx, actor.company, before, after)
    _settle(tx, actor, before, after, tell_route=tell_route)
    return list(after.values())


def _changed(tx: Tx, actor: Actor, job: Job, wish: Wish, names: Names) -> Job:
    if not actor.may(Right.EDIT_JOBS) and job.member != actor.id and crew.is_helper(job, actor.id):
        return _helped(tx, actor, job, wish, names)
    place = names.place(wish)
    if place is not None and place.id != job.place:
        left = places.find_many(tx, actor.company, [job.place]).get(job.place)
        wish = presets.after_move(job, left, place, wish)
    changed = rules.change(
        job,
        wish,
        member=names.person(wish.assignee, "worker", job.member),
        dispatcher=names.person(wish.dispatcher, "dispatcherUid", job.dispatcher),
        at=tx.now,
    )
    helpers = names.crew(wish, [helper.member for helper in job.helpers])
    if helpers is not None:
        changed = crew.manned(changed, helpers)
    if changed.helpers != job.helpers:
        changed = replace(changed, saved_at=tx.now)
    return rules.by_hand(job, changed)


def _helped(tx: Tx, actor: Actor, job: Job, wish: Wish, names: Names) -> Job:
    """Return the job after what somebody who helps at it said: their own stamps, nothing else."""
    stamps = {name: at for name, at in wish.values.items() if name in crew.STAMPS}
    rest = {name: value for name, value in wish.values.items() if name not in crew.STAMPS}
    other = rules.change(
        job,
        replace(wish, values=rest),
        member=names.person(wish.assignee, "worker", job.member),
        dispatcher=names.person(wish.dispatcher, "dispatcherUid", job.dispatcher),
        at=tx.now,
    )
    helpers = names.crew(wish, [helper.member for helper in job.helpers])
    said = other if helpers is None else crew.manned(other, helpers)
    fields = rules.changed_fields(job, said)
    if fields:
        problem = f"You help at job {job.id}: you may check in and out, not change {fields[0]}."
        raise NotAllowed(problem)
    return crew.reported(job, actor.id, stamps, tx.now)


def _check_right_to_update(actor: Actor, before: Job, after: Job) -> None:
    """Refuse an upsert that would change what the actor may not edit."""
    if not sees(actor, before):
        problem = f"The job with your id {before.external_id} is not one you may change."
        raise NotAllowed(problem, field="uidSecondary")
    _check_right_to_edit(actor, before, after)


def _check_right_to_edit(actor: Actor, before: Job, after: Job) -> None:
    """Workers change progress and reply of their jobs, the day too where the company lets them."""
    if actor.may(Right.EDIT_JOBS):
        return
    allowed = rules.WORKERS_FIELDS
    if before.member != actor.id and crew.is_helper(before, actor.id):
        return  # what helpers may say was looked at before
    if actor.may(Right.MOVE_JOB_DAY):
        allowed |= {"day", "number"}
    forbidden = sorted(set(rules.changed_fields(before, after)) - allowed)
    if forbidden:
        problem = f"Workers may only report on job {before.id}, not change {', '.join(forbidden)}."
        raise NotAllowed(problem)


def _check_right_to_pin(actor: Actor, wish: Wish, before: Job | None, after: Job) -> None:
    """Refuse pins by those who may not dispatch: nobody else says what no plan may move."""
    if rules.pins_anew(wish, before, after) and not actor.may(Right.DISPATCH):
        problem = "Only those who dispatch may pin a job: leave out pin."
        raise NotAllowed(problem, field="pin")


# --- archiving and deleting -----------------------------------------------------------------------


def archive(tx: Tx, actor: Actor, ids: Sequence[JobId]) -> list[Job]:
    """Hide jobs from every list. Archiving an archived job changes nothing."""
    actor.require(Right.EDIT_JOBS)
    before = _visible(tx, actor, ids)
    after = [rules.archive(job, tx.now) for job in before]
    for old, job in zip(before, after, strict=True):
        if job != old:
            _write(tx, actor.by, job, [JobArchived(job.id)])
            areas.follow(tx, actor.company_profile, old, job)
    return after


def restore(tx: Tx, actor: Actor, ids: Sequence[JobId]) -> list[Job]:
    """Bring archived jobs back. Restoring what is not archived changes nothing.

    A job takes its old position in the day again, or the last one where another job has it now.
    """
    actor.require(Right.EDIT_JOBS)
    before = _visible(tx, actor, ids)
    hidden = [job for job in before if job.archived_at]
    back = [rules.restore(job, tx.now) for job in hidden]
    back = numbering.kept_or_appended(tx, actor.company, back)
    for old, job in zip(hidden, back, strict=True):
        _write(tx, actor.by, job, [telling.update(old, job, rules.changed_fields(old, job))])
        areas.follow(tx, actor.company_profile, old, job)
    restored = {job.id: job for job in back}
    return [restored.get(job.id, job) for job in before]


def delete(tx: Tx, actor: Actor, ids: Sequence[JobId]) -> None:
    """Delete jobs for good; ids nobody knows are skipped."""
    actor.require(Right.DELETE_JOBS)
    found = queries.find_many(tx, actor.company, ids, lock=True)
    gone = [job for job in found.values() if sees(actor, job)]
    withdraw(tx, actor, [job for job in gone if not job.is_template])
    queries.remove(tx, actor.company, [job.id for job in gone if job.is_template])


# --- reading --------------------------------------------------------------------------------------


def search(
    tx: Tx, actor: Actor, wanted: Filter, *, limit: int | None = None, skip: int = 0
) -> list[Job]:
    """Return the jobs of a filter that the actor may see."""
    return queries.search(tx, actor.company, _limited(tx, actor, wanted), limit=limit, skip=skip)


def pages(tx: Tx, actor: Actor, wanted: Filter) -> Iterator[list[Job]]:
    """Yield the jobs of a filter that the actor may see, a page at a time."""
    return queries.pages(tx, actor.company, _limited(tx, actor, wanted))


def get(tx: Tx, actor: Actor, job: JobId, *, lock: bool = False) -> Job:
    """Return one job the actor may see."""
    return _visible(tx, actor, [job], lock=lock)[0]


def _limited(tx: Tx, actor: Actor, wanted: Filter) -> Filter:
    """Return the filter narrowed to what the actor may see in lists."""
    if not actor.may(Right.SEE_ALL_JOBS):
        if not actor.may(Right.SEE_CALENDAR):
            today = to_yyyymmdd(local_day(tx.now, actor.timezone))
            first, last = wanted.days or (today, today)
            wanted = replace(wanted, days=(max(first, today), min(last, today)))
        day = wanted.day
        span = wanted.days or ((0, LAST_DAY) if day is None else (day, day))
        helping = queries.helping(tx, actor.company, actor.id, span)
        return replace(wanted, seen_by_worker=actor.id, helping_at=helping)
    if not actor.may(Right.SEE_ALL_MEMBERS):
        return replace(wanted, seen_by_teams=[0, *actor.member.teams])
    return wanted


def sees(actor: Actor, job: Job) -> bool:
    """Tell whether the actor may see the job."""
    if not actor.may(Right.SEE_ALL_JOBS):
        return job.member == actor.id or crew.is_helper(job, actor.id)
    return actor.may(Right.SEE_ALL_MEMBERS) or job.team in {0, *actor.member.teams}


def _visible(tx: Tx, actor: Actor, ids: Sequence[JobId], *, lock: bool = True) -> list[Job]:
    """Return the jobs of those ids; one that is hidden from the actor does not exist."""
    jobs = queries.get_many(tx, actor.company, ids, lock=lock)
    for job in jobs:
        if not sees(actor, job):
            problem = f"No job {job.id}."
            raise UnknownJob(problem)
    return jobs


# --- planning -------------------------------------------------------------------------------------


def replan(tx: Tx, actor: Actor, before: Sequence[Job], after: Sequence[Job]) -> None:
    """Write the outcome of a plan: order, person and day are told, planned times only shown."""
    old = {job.id: job for job in before}
    touched: set[tuple[MemberId, int]] = set()
    for job in after:
        fields = rules.changed_fields(old[job.id], job)
        if not fields:
            continue
        told = rules.is_worth_telling(fields)
        event: Event = telling.update(old[job.id], job, fields) if told else JobScheduled(job.id)
        _write(tx, actor.by, replace(job, saved_at=tx.now), [event])
        areas.follow(tx, actor.company_profile, old[job.id], job)
        if told:
            touched |= {
                (one.member, to_yyyymmdd(one.day)) for one in (old[job.id], job) if one.member
            }
    telling.tell_routes(tx, actor, touched)


def release(tx: Tx, actor: Actor, member: MemberId) -> list[Job]:
    """Unassign what a member who leaves has not begun: jobs of today, of later, and of no day.

    They no longer help there either.
    """
    today = to_yyyymmdd(local_day(tx.now, actor.timezone))
    waiting = [
        job.id
        for days in ((0, 0), (today, LAST_DAY))
        for job in queries.search(
            tx, actor.company, Filter(member=member, days=days, outcome=Outcome.OPEN)
        )
        if job.checked_in_at is None
    ]
    before = queries.find_many(tx, actor.company, waiting, lock=True)
    nobody = MemberId("")
    after = {
        job.id: rules.change(job, Wish(), member=nobody, dispatcher=None, at=tx.now)
        for job in before.values()
    }
    _settle(tx, actor, before, after, tell_route=False)
    _release_helper(tx, actor, member, today)
    return list(after.values())


def _release_helper(tx: Tx, actor: Actor, member: MemberId, today: int) -> None:
    helped = [
        job
        for days in ((0, 0), (today, LAST_DAY))
        for job in queries.helping(tx, actor.company, member, days)
    ]
    before = queries.find_many(tx, actor.company, helped, lock=True)
    after = {job.id: crew.released(job, member, tx.now) for job in before.values()}
    _settle(tx, actor, before, after, tell_route=False)


# --- shared ---------------------------------------------------------------------------------------


def put(tx: Tx, actor: Actor, before: dict[JobId, Job], after: dict[JobId, Job]) -> list[Job]:
    """Write jobs that follow from a rule, new or changed, with their numbers; tell of them."""
    written = dict(after)
    _settle(tx, actor, before, written, tell_route=True)
    return list(written.values())


def withdraw(tx: Tx, actor: Actor, gone: Sequence[Job]) -> None:
    """Delete jobs for good that a rule made and no longer wants."""
    for job in gone:
        emit(tx, actor.by, JobDeleted(job.id), queries.snapshot_of(job))
        areas.forget(tx, actor.company, job)
    queries.remove(tx, actor.company, [job.id for job in gone])


def _settle(
    tx: Tx, actor: Actor, before: dict[JobId, Job], after: dict[JobId, Job], *, tell_route: bool
) -> None:
    """Write a batch with its numbers and tell of it; `after` is updated with what was written."""
    numbering.append(tx, actor.company, before, after)
    fresh = [job for job in after.values() if job.id not in before]
    queries.add_many(tx, actor.company, fresh)
    touched: set[tuple[MemberId, int]] = set()
    for job in after.values():
        old = before.get(job.id)
        if old is None:
            events = telling.creation(job)
        elif old == job:
            continue
        else:
            queries.save(tx, actor.company, job)
            events = telling.edition(old, job)
        telling.tell(tx, actor.by, job, events)
        areas.follow(tx, actor.company_profile, old, job)
        touched |= {
            (one.member, to_yyyymmdd(one.day))
            for one in (old, job)
            if one is not None and one.member
        }
    if tell_route:
        telling.tell_routes(tx, actor, touched)


def _write(tx: Tx, by: By, job: Job, events: Sequence[Event]) -> None:
    queries.save(tx, by.company, job)
    telling.tell(tx, by, job, events)
