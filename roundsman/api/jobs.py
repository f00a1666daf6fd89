"""RPC actions about jobs."""

from typing import Annotated, Any

from msgspec import Meta, field
from msgspec.structs import fields, replace

from roundsman.accounts import queries as accounts
from roundsman.api import recurrences
from roundsman.api.fields import a_day
from roundsman.api.job_shapes import wished
from roundsman.api.paging import arranged, sort_keys
from roundsman.api.shapes import Answer, Ask, Call, Done, Int, Long
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId
from roundsman.dispatch import actions as plans
from roundsman.dispatch.share import ShareQuestion
from roundsman.http.limits import BATCH_LIMIT
from roundsman.jobs import actions
from roundsman.jobs.model import Job, Outcome, Wish
from roundsman.jobs.queries import Filter
from roundsman.jobs.wire import WireJob, all_on_wire

type TellRoute = Annotated[
    bool, Meta(description="Tell the worker's device of today's new route at once.")
]
type Notify = Annotated[
    bool, Meta(description="Whether people are notified; webhooks fire either way.")
]
JOB_INPUTS: dict[str, Any] = {"items": {"$ref": "#/components/schemas/JobInput"}}


_PROPERTIES = frozenset(field.encode_name for field in fields(WireJob))


class Jobs(Answer, frozen=True, kw_only=True):
    """Answer with jobs."""

    jobs: Annotated[
        list[Any], Meta(extra_json_schema={"items": {"$ref": "#/components/schemas/WireJob"}})
    ] = field(default_factory=list[Any])


class CreateJobs(Ask, frozen=True, kw_only=True):
    """Body of createjobs. `template`, `templates` and `asTemplate` mean the same.

    A job may carry `pin` (extension): `{"person": true, "position": true, "time": true}` keeps
    `autoassign`, `optimizeroute`, `planday` and every other automatic step from changing its
    worker, its position in the worker's day, its planned begin. `time` may be that begin in
    milliseconds. A pin holds what is there: without a worker or a planned time it holds nothing
    yet. Up to a job that is pinned to its position the day stays as it is. Only those who dispatch
    may pin; a job without pins is answered without the key.
    """

    jobs: Annotated[
        list[Any], Meta(description="The jobs, at most 1000.", extra_json_schema=JOB_INPUTS)
    ]
    send_route_change: TellRoute = field(default=False, name="sendRouteChange")
    autoassign: Annotated[bool, Meta(description="Choose a worker for each job that has none.")] = (
        False
    )
    template: Annotated[bool, Meta(description="Create templates instead of jobs.")] = False
    templates: bool = False
    as_template: bool = field(default=False, name="asTemplate")


def create_jobs(call: Call, ask: CreateJobs) -> Jobs:
    """Create jobs, or update those whose `uidSecondary` is known. All of them or none.

    A template may say how it repeats (`recurrence`, an extension, as in setrecurrence).
    """
    _check_batch(len(ask.jobs))
    wishes = wishes_of(call, ask)
    if call.prepared is not None:
        wishes = plans.with_takers(call.tx, call.actor, wishes, *call.prepared)
    made = actions.create(
        call.tx,
        call.actor,
        wishes,
        templates=makes_templates(ask),
        tell_route=ask.send_route_change,
    )
    recurrences.let_repeat(call, ask.jobs, made)
    return _answer(call, made)


def wishes_of(call: Call, ask: CreateJobs) -> list[Wish]:
    """Return what a createjobs wants its jobs to be."""
    return [
        replace(wished(sent, f"jobs[{index}]"), answers=call.answers)
        for index, sent in enumerate(ask.jobs)
    ]


def makes_templates(ask: CreateJobs) -> bool:
    """Tell whether a createjobs makes templates instead of jobs."""
    return ask.template or ask.templates or ask.as_template


def ask_takers(call: Call, ask: CreateJobs) -> ShareQuestion:
    """Return the question who takes the jobs of a createjobs with autoassign."""
    _check_batch(len(ask.jobs))
    return plans.ask_takers(call.tx, call.actor, wishes_of(call, ask))


def wants_takers(ask: CreateJobs) -> bool:
    """Tell whether a createjobs asks for a person for each of its jobs."""
    return ask.autoassign and not makes_templates(ask)


class GetJobs(Ask, frozen=True, kw_only=True):
    """Body of getjobs. Without `id`, `ids` and order numbers, the day defaults to today.

    `from` and `until` (days) are an extension.
    """

    id: Annotated[str | None, Meta(description="One job.")] = None
    ids: Annotated[list[str] | None, Meta(description="Several jobs, at most 1000.")] = None
    day: Annotated[Int | None, Meta(description="Day such as 20260105; 0 is without a date.")] = (
        None
    )
    worker: Annotated[
        str | None, Meta(description='User name or id; "*" is everybody, "" only unassigned jobs.')
    ] = None
    team: Annotated[Int | None, Meta(description="Only this team.")] = None
    order_id: Annotated[Long | None, Meta(description="One order number.")] = field(
        default=None, name="orderId"
    )
    order_ids: Annotated[
        list[Long] | None, Meta(description="Several order numbers, at most 1000.")
    ] = field(default=None, name="orderIds")
    progress_success: Annotated[Int, Meta(description="1 is only jobs done with success.")] = field(
        default=0, name="progressSuccess"
    )
    progress_active: Annotated[Int, Meta(description="1 is only jobs neither done nor failed.")] = (
        field(default=0, name="progressActive")
    )
    first_day: Annotated[Int | None, Meta(description="First day of a range (extension).")] = field(
        default=None, name="from"
    )
    last_day: Annotated[Int | None, Meta(description="Last day of a range (extension).")] = field(
        default=None, name="until"
    )
    sort: Annotated[
        str | dict[str, Int] | None, Meta(description='Property to sort by, "-" in front descends.')
    ] = None
    limit: Annotated[Int | None, Meta(description="Most jobs to answer, at least 1.")] = None
    skip: Annotated[Int, Meta(description="Jobs to leave out at the beginning.")] = 0


def get_jobs(call: Call, ask: GetJobs) -> Jobs:
    """Return the jobs that match every filter, in the order day, number, time of creation."""
    if ask.limit is not None and ask.limit < 1:
        problem = "limit must be at least 1."
        raise BadValue(problem, field="limit")
    if ask.skip < 0:
        problem = "skip must not be negative."
        raise BadValue(problem, field="skip")
    for name, asked in (("ids", ask.ids), ("orderIds", ask.order_ids)):
        _check_batch(len(asked or ()), name)
    if ask.progress_success == 1 and ask.progress_active == 1:
        return Jobs()
    wanted = _filter(call, ask)
    if ask.sort is None:
        found = actions.search(call.tx, call.actor, wanted, limit=ask.limit, skip=ask.skip)
        return _answer(call, found)
    keys = sort_keys(ask.sort, _is_property)
    every = all_on_wire(call.tx, call.actor, actions.search(call.tx, call.actor, wanted))
    return Jobs(jobs=arranged(every, keys, limit=ask.limit, skip=ask.skip))


def _is_property(name: str) -> bool:
    return name in _PROPERTIES or name.startswith(("custom_", "extra_"))


def _filter(call: Call, ask: GetJobs) -> Filter:
    ids = _ids_asked(ask)
    orders = _orders_asked(ask)
    narrowed = ids is not None or orders is not None
    days = _days_asked(ask)
    day = None if ask.day is None else to_yyyymmdd(a_day("day", ask.day))
    if day is None and days is None and not narrowed:
        day = to_yyyymmdd(local_day(call.tx.now, call.actor.timezone))
    return Filter(
        ids=ids,
        orders=orders,
        day=day,
        days=days,
        member=_member_asked(call, ask),
        team=ask.team,
        outcome=Outcome.SUCCESS
        if ask.progress_success == 1
        else Outcome.OPEN
        if ask.progress_active == 1
        else None,
        archived_too=ids is not None and ask.progress_active != 1,
        templates_too=ids is not None,
    )


def _ids_asked(ask: GetJobs) -> list[str] | None:
    if ask.id is None:
        return ask.ids
    return [ask.id] if ask.ids is None else [one for one in ask.ids if one == ask.id]


def _orders_asked(ask: GetJobs) -> list[int] | None:
    if ask.order_id is None:
        return ask.order_ids
    return (
        [ask.order_id]
        if ask.order_ids is None
        else [one for one in ask.order_ids if one == ask.order_id]
    )


def _days_asked(ask: GetJobs) -> tuple[int, int] | None:
    if ask.first_day is None and ask.last_day is None:
        return None
    first = to_yyyymmdd(a_day("from", ask.first_day)) if ask.first_day else 1
    last = to_yyyymmdd(a_day("until", ask.last_day)) if ask.last_day else 99991231
    if first > last:
        problem = "from must not be after until."
        raise BadValue(problem, field="from")
    return first, last


def _member_asked(call: Call, ask: GetJobs) -> str | None:
    """Return the id of the worker asked for: None for all, empty for nobody."""
    if ask.worker is None or ask.worker == "*":
        return None
    return accounts.get_named(call.tx, call.actor.company, ask.worker).id if ask.worker else ""


class EditJobs(Ask, frozen=True, kw_only=True):
    """Body of editjobs: job id -> properties to change."""

    jobs: Annotated[
        dict[str, Any],
        Meta(
            description="Job id -> properties to change, at most 1000.",
            extra_json_schema={"additionalProperties": {"$ref": "#/components/schemas/JobInput"}},
        ),
    ]
    notify: Notify = True
    send_route_change: TellRoute = field(default=False, name="sendRouteChange")


def edit_jobs(call: Call, ask: EditJobs) -> Jobs:
    """Change properties of jobs; what is not sent stays. All of them or none."""
    _check_batch(len(ask.jobs))
    wishes = {
        JobId(job): replace(wished(sent, f"jobs.{job[:40]}"), answers=call.answers)
        for job, sent in ask.jobs.items()
    }
    return _answer(
        call, actions.edit(call.tx, call.actor, wishes, tell_route=ask.send_route_change)
    )


class NamedJobs(Ask, frozen=True, kw_only=True):
    """Body of deletejobs, archivejobs and restorejobs: ids, or an object keyed by id."""

    jobs: Annotated[
        list[str] | dict[str, Any],
        Meta(description="Job ids, at most 1000; older clients send an object keyed by id."),
    ]
    notify: Notify = True


def delete_jobs(call: Call, ask: NamedJobs) -> Done:
    """Delete jobs for good. Unknown ids are skipped."""
    actions.delete(call.tx, call.actor, _ids(ask))
    return Done()


def archive_jobs(call: Call, ask: NamedJobs) -> Jobs:
    """Hide jobs; restorejobs brings them back."""
    return _answer(call, actions.archive(call.tx, call.actor, _ids(ask)))


def restore_jobs(call: Call, ask: NamedJobs) -> Jobs:
    """Bring archived jobs back into the lists."""
    return _answer(call, actions.restore(call.tx, call.actor, _ids(ask)))


def _ids(ask: NamedJobs) -> list[JobId]:
    _check_batch(len(ask.jobs))
    return list(dict.fromkeys(JobId(one) for one in ask.jobs))


def _check_batch(size: int, name: str = "jobs") -> None:
    if size > BATCH_LIMIT:
        problem = (
            f"At most {BATCH_LIMIT} {name} go into one request; this one has {size}. Split it."
        )
        raise BadValue(problem, field=name)


def _answer(call: Call, jobs: list[Job]) -> Jobs:
    return Jobs(jobs=all_on_wire(call.tx, call.actor, jobs))
