"""All SQL about jobs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from roundsman.core.clock import to_us, to_yyyymmdd
from roundsman.core.errors import UnknownJob
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.jobs.model import Job, Outcome
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import job as table
from roundsman.storage.schema import job_helper, second_look

_encode = msgspec.json.Encoder().encode
_job = msgspec.json.Decoder(Job).decode
_c = table.c

_OURS = _c.company_id == bindparam("company")
_LISTED = (_OURS, _c.template == 0, _c.archived == 0)
_ORDER = (_c.day, _c.number, _c.created_us, _c.job_id)
PAGE = 1000

_BY_IDS = Statement(select(_c.doc).where(_OURS, is_in(_c.job_id, "jobs")))
_BY_IDS_LOCKED = Statement(
    select(_c.doc).where(_OURS, is_in(_c.job_id, "jobs")).order_by(_c.job_id).with_for_update()
)
# SQLite uses a partial index only where it reads the index's own condition, so no parameter here,
# and only if the order does not look like that of another index.
_EMPTY: ColumnElement[str] = literal_column("''")
_NONE: ColumnElement[int] = literal_column("0")
_BY_ID = _c.job_id.concat(_EMPTY)
_BY_EXTERNAL = Statement(
    select(_c.doc)
    .where(
        _OURS,
        _c.template == bindparam("template"),
        _c.external_id != _EMPTY,
        is_in(_c.external_id, "external"),
    )
    .order_by(_BY_ID)
    .with_for_update()
)
_FIND_EXTERNAL = Statement(
    select(_c.doc)
    .where(_OURS, _c.template == 0, _c.external_id != _EMPTY, is_in(_c.external_id, "external"))
    .order_by(_BY_ID)
)
_AT_PLACES = Statement(
    select(_c.doc)
    .where(_OURS, _c.place_id != _EMPTY, is_in(_c.place_id, "places"))
    .order_by(_BY_ID)
    .with_for_update()
)
_ONE: ColumnElement[int] = literal_column("1")
_CARRYING = Statement(
    select(_c.doc)
    .where(
        _OURS,
        _c.carries == _ONE,
        _c.day < bindparam("until"),
        tuple_(_c.day, _c.job_id) > tuple_(bindparam("day"), bindparam("job")),
    )
    .order_by(_c.day, _c.job_id)
    .limit(bindparam("most"))
    .with_for_update()
)
_h = job_helper.c
_HELPING = Statement(
    select(_h.job_id)
    .where(
        _h.company_id == bindparam("company"),
        _h.member_id == bindparam("member"),
        _h.day.between(bindparam("first"), bindparam("last")),
    )
    .order_by(_h.day, _h.job_id)
)
_ADD_HELPER = upsert(job_helper, keys=["company_id", "member_id", "day", "job_id"], change=[])
_DROP_HELPER = Statement(
    delete(job_helper).where(
        _h.company_id == bindparam("company"),
        _h.member_id == bindparam("member"),
        _h.day == bindparam("of"),
        _h.job_id == bindparam("job"),
    )
)
_WITH_OPEN = Statement(
    select(_c.member_id)
    .where(
        *_LISTED,
        _c.day == bindparam("day"),
        _c.outcome == bindparam("open"),
        _c.member_id != _EMPTY,
    )
    .distinct()
)
_INSERT = Statement(insert(table))
_SAVE = upsert(table, keys=["company_id", "job_id"])
_DELETE = Statement(delete(table).where(_OURS, is_in(_c.job_id, "jobs")))
_LAST_NUMBER = Statement(
    select(func.coalesce(func.max(_c.number), 0)).where(
        *_LISTED, _c.member_id == bindparam("member"), _c.day == bindparam("day")
    )
)

_NUMBERS = Statement(
    select(_c.number).where(
        *_LISTED, _c.member_id == bindparam("member"), _c.day == bindparam("day")
    )
)


class Filter(Struct, frozen=True, kw_only=True):
    """Which jobs are wanted; None narrows nothing.

    `day` and the ends of `days` are integers such as 20260105, 0 for no date; `member` empty means
    unassigned; `seen_by_worker` and `seen_by_teams` are what the caller may see; a worker sees the
    jobs of `helping_at` too.
    """

    day: int | None = None
    days: tuple[int, int] | None = None
    member: str | None = None
    members: list[str] | None = None
    team: int | None = None
    orders: list[int] | None = None
    ids: list[str] | None = None
    outcome: Outcome | None = None
    inexact: bool = False
    archived_too: bool = False
    templates_too: bool = False
    seen_by_worker: str | None = None
    helping_at: list[str] | None = None
    seen_by_teams: list[int] | None = None


def row_of(company: CompanyId, job: Job) -> dict[str, Any]:
    """Return the stored row of a job."""
    return {
        "company_id": company,
        "job_id": job.id,
        "template": int(job.is_template),
        "external_id": job.external_id,
        "day": to_yyyymmdd(job.day),
        "number": job.number,
        "member_id": job.member,
        "team": job.team,
        "order_number": job.order_number,
        "place_id": job.place,
        "archived": int(job.archived_at is not None),
        "outcome": int(job.outcome),
        "carries": int(job.carries),
        "created_us": to_us(job.created_at),
        "saved_us": to_us(job.saved_at),
        "inexact": int(job.pin.is_inexact and _counts(job)),
        "seek_us": to_us(job.pin.seek_at) if job.pin.seek_at and not job.archived_at else 0,
        "doc": _encode(job).decode(),
    }


def _counts(job: Job) -> bool:
    return not (job.is_template or job.archived_at or job.outcome)


def snapshot_of(job: Job) -> str:
    """Return the job as JSON of our own struct, as facts carry it."""
    return _encode(job).decode()


def from_snapshot(text: str) -> Job:
    """Return the job a fact carries."""
    return _job(text)


def find_many(
    tx: Tx, company: CompanyId, ids: Iterable[str], *, lock: bool = False
) -> dict[JobId, Job]:
    """Return the jobs of those ids that exist, archived ones and templates among them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = tx.rows(_BY_IDS_LOCKED if lock else _BY_IDS, company=company, jobs=wanted)
    found = [_job(row[0]) for row in rows]
    return {job.id: job for job in found}


def get_many(tx: Tx, company: CompanyId, ids: Sequence[str], *, lock: bool = False) -> list[Job]:
    """Return the jobs of those ids in that order; UnknownJob names the first that is missing."""
    found = find_many(tx, company, ids, lock=lock)
    for wanted in ids:
        if wanted not in found:
            problem = f"No job {wanted}."
            raise UnknownJob(problem)
    return [found[JobId(wanted)] for wanted in ids]


def by_external(
    tx: Tx, company: CompanyId, external: Iterable[str], *, templates: bool
) -> dict[str, Job]:
    """Return the jobs (or templates) that carry those external ids, locked for a change."""
    wanted = sorted({one for one in external if one})
    if not wanted:
        return {}
    rows = tx.rows(_BY_EXTERNAL, company=company, external=wanted, template=int(templates))
    found = [_job(row[0]) for row in rows]
    return {job.external_id: job for job in found}


def find_external(tx: Tx, company: CompanyId, external: Iterable[str]) -> dict[str, Job]:
    """Return the jobs that carry those external ids, for looking only."""
    wanted = sorted({one for one in external if one})
    if not wanted:
        return {}
    rows = tx.rows(_FIND_EXTERNAL, company=company, external=wanted)
    return {job.external_id: job for job in (_job(row[0]) for row in rows)}


def at_places(tx: Tx, company: CompanyId, places: Iterable[str]) -> list[Job]:
    """Return the jobs and templates at those places, locked for a change."""
    rows = tx.rows(_AT_PLACES, company=company, places=sorted(set(places)))
    return [_job(row[0]) for row in rows]


def carrying(
    tx: Tx, company: CompanyId, until: int, after: tuple[int, str], most: int
) -> list[Job]:
    """Return open jobs of days before `until` that move on, locked for a change.

    In the order of day and id, behind the (day, id) of `after`.
    """
    rows = tx.rows(_CARRYING, company=company, until=until, day=after[0], job=after[1], most=most)
    return [_job(row[0]) for row in rows]


def day_of(job: Job) -> int:
    """Return the day of a job as the tables hold it."""
    return to_yyyymmdd(job.day)


def helping(tx: Tx, company: CompanyId, member: MemberId, days: tuple[int, int]) -> list[str]:
    """Return the jobs at which a member helps, of these days (the ends are among them)."""
    rows = tx.rows(_HELPING, company=company, member=member, first=days[0], last=days[1])
    return [str(row[0]) for row in rows]


def change_crew(
    tx: Tx,
    company: CompanyId,
    job: JobId,
    *,
    gone: Iterable[tuple[MemberId, int]],
    new: Iterable[tuple[MemberId, int]],
) -> None:
    """Write who helps at a job on which day, and who no longer does."""
    for member, day in sorted(gone):
        tx.run(_DROP_HELPER, company=company, member=member, of=day, job=job)
    for member, day in sorted(new):
        tx.run(_ADD_HELPER, company_id=company, member_id=member, day=day, job_id=job)


def members_with_open(tx: Tx, company: CompanyId, day: int) -> list[MemberId]:
    """Return who has something to do on a day."""
    rows = tx.rows(_WITH_OPEN, company=company, day=day, open=int(Outcome.OPEN))
    return [MemberId(row[0]) for row in rows]


def add_many(tx: Tx, company: CompanyId, jobs: Sequence[Job]) -> None:
    """Write new jobs."""
    tx.run_many(_INSERT, [row_of(company, job) for job in jobs])


def save(tx: Tx, company: CompanyId, job: Job) -> None:
    """Write a job."""
    tx.run(_SAVE, **row_of(company, job))


def save_many(tx: Tx, company: CompanyId, jobs: Sequence[Job]) -> None:
    """Write jobs."""
    tx.run_many(_SAVE, [row_of(company, job) for job in jobs])


def remove(tx: Tx, company: CompanyId, ids: Sequence[str]) -> None:
    """Delete jobs for good."""
    if ids:
        tx.run(_DELETE, company=company, jobs=list(ids))


def last_number(tx: Tx, company: CompanyId, member: MemberId, day: int) -> int:
    """Return the highest position in a member's day, 0 when it is empty."""
    row = tx.row(_LAST_NUMBER, company=company, member=member, day=day)
    return int(row[0]) if row else 0


def numbers(tx: Tx, company: CompanyId, member: MemberId, day: int) -> set[int]:
    """Return the positions that are taken in a member's day."""
    rows = tx.rows(_NUMBERS, company=company, member=member, day=day)
    return {int(row[0]) for row in rows}


# Each way to narrow a list: the condition, and the parameters it takes of a filter. A condition
# whose first parameter is None narrows nothing.
_NARROWING: dict[str, tuple[ColumnElement[bool], Callable[[Filter], dict[str, Any]]]] = {
    "day": (_c.day == bindparam("day"), lambda it: {"day": it.day}),
    "days": (
        _c.day.between(bindparam("first"), bindparam("last")),
        lambda it: {"first": it.days and it.days[0], "last": it.days and it.days[1]},
    ),
    "member": (_c.member_id == bindparam("member"), lambda it: {"member": it.member}),
    "members": (is_in(_c.member_id, "members"), lambda it: {"members": it.members}),
    "team": (_c.team == bindparam("team"), lambda it: {"team": it.team}),
    "orders": (is_in(_c.order_number, "orders"), lambda it: {"orders": it.orders}),
    # The index of order numbers holds no 0, and is used only where a query says so.
    "numbered": (
        _c.order_number != _NONE,
        lambda it: {} if it.orders and 0 not in it.orders else {"": None},
    ),
    "ids": (is_in(_c.job_id, "ids"), lambda it: {"ids": it.ids}),
    "outcome": (_c.outcome == bindparam("outcome"), lambda it: {"outcome": it.outcome}),
    "inexact": (_c.inexact != _NONE, lambda it: {} if it.inexact else {"": None}),
    "worker": (
        _c.member_id == bindparam("seen_by"),
        lambda it: {"seen_by": None if it.helping_at else it.seen_by_worker},
    ),
    "crew": (
        or_(_c.member_id == bindparam("seen_by"), is_in(_c.job_id, "helping")),
        lambda it: {"seen_by": it.seen_by_worker, "helping": it.helping_at or None},
    ),
    "teams": (is_in(_c.team, "teams"), lambda it: {"teams": it.seen_by_teams}),
    "listed": (_c.template == 0, lambda it: {} if not it.templates_too else {"": None}),
    "live": (_c.archived == 0, lambda it: {} if not it.archived_too else {"": None}),
}
_BEHIND = tuple_(*_ORDER) > tuple_(
    bindparam("after_day"),
    bindparam("after_number"),
    bindparam("after_created"),
    bindparam("after_id"),
)
_LISTS: dict[tuple[str, ...], Statement] = {}


def search(
    tx: Tx, company: CompanyId, wanted: Filter, *, limit: int | None = None, skip: int = 0
) -> list[Job]:
    """Return the jobs of a filter in the order day, number, time of creation, id."""
    names, params = _narrowed(company, wanted)
    if limit is not None or skip:
        # OFFSET wants a LIMIT on SQLite; nobody has this many jobs.
        params |= {"limit": limit if limit is not None else 2**53, "skip": skip}
        names.append("paged")
    return [_job(row[0]) for row in tx.rows(_list_of(names), **params)]


def pages(tx: Tx, company: CompanyId, wanted: Filter, *, size: int = PAGE) -> Iterator[list[Job]]:
    """Yield the jobs of a filter in the same order, a page at a time, however many there are."""
    names, params = _narrowed(company, wanted)
    params |= {"limit": size, "skip": 0}
    statement = _list_of([*names, "paged"])
    while True:
        found = [_job(row[0]) for row in tx.rows(statement, **params)]
        if found:
            yield found
        if len(found) < size:
            return
        last = found[-1]
        if "first" in params:
            # SQLite takes the range of days for its index and passes over the rest row by row.
            params["first"] = to_yyyymmdd(last.day)
        params |= {
            "after_day": to_yyyymmdd(last.day),
            "after_number": last.number,
            "after_created": to_us(last.created_at),
            "after_id": last.id,
        }
        statement = _list_of([*names, "behind", "paged"])


def _narrowed(company: CompanyId, wanted: Filter) -> tuple[list[str], dict[str, Any]]:
    """Return the names of the conditions of a filter, and their parameters."""
    params: dict[str, Any] = {"company": company}
    names: list[str] = []
    for name, (_, taken) in _NARROWING.items():
        values = taken(wanted)
        if None not in values.values():
            names.append(name)
            params |= values
    return names, params


def _list_of(names: Sequence[str]) -> Statement:
    """Return a list query; each combination of conditions is compiled once."""
    statement = _LISTS.get(tuple(names))
    if statement is None:
        statement = _LISTS[tuple(names)] = _list(names)
    return statement


def _list(names: Sequence[str]) -> Statement:
    """Compose a list query."""
    conditions = [_NARROWING[name][0] for name in names if name in _NARROWING]
    if "behind" in names:
        conditions.append(_BEHIND)
    clause = select(_c.doc).where(_OURS, *conditions).order_by(*_ORDER)
    if "paged" in names:
        clause = clause.limit(bindparam("limit")).offset(bindparam("skip"))
    return Statement(clause)


# --- addresses to look for ------------------------------------------------------------------------

_WAITS = _c.seek_us > _NONE
_HUNGRY = Statement(
    select(_c.company_id)
    .where(_WAITS, _c.seek_us <= bindparam("now"), _c.company_id > bindparam("after"))
    .group_by(_c.company_id)
    .order_by(_c.company_id)
    .limit(bindparam("most"))
)
_UNSOUGHT = Statement(
    select(_c.doc)
    .where(_OURS, _WAITS, _c.seek_us <= bindparam("now"))
    .order_by(_c.seek_us)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = Statement(
    update(table)
    .where(_c.company_id == bindparam("of_company"), _c.job_id == bindparam("of_job"))
    .values(seek_us=bindparam("until"))
)
_WAITING = Statement(select(_c.job_id).where(_OURS, _WAITS).limit(bindparam("most")))


def hungry(tx: Tx, after: str, most: int) -> list[CompanyId]:
    """Return companies behind another whose jobs have addresses to be looked for now."""
    rows = tx.rows(_HUNGRY, now=to_us(tx.now), after=after, most=most)
    return [CompanyId(row[0]) for row in rows]


def claim_unsought(tx: Tx, company: CompanyId, most: int, until: datetime) -> list[Job]:
    """Return jobs whose addresses are to be looked for now, put off so that nobody else does."""
    rows = tx.rows(_UNSOUGHT, company=company, now=to_us(tx.now), most=most)
    found = [_job(row[0]) for row in rows]
    tx.run_many(
        _CLAIM,
        [{"of_company": company, "of_job": job.id, "until": to_us(until)} for job in found],
    )
    return found


def waiting(tx: Tx, company: CompanyId, most: int) -> int:
    """Return how many jobs wait for their addresses to be looked for, counted up to a number."""
    return len(tx.rows(_WAITING, company=company, most=most))


# --- second looks ---------------------------------------------------------------------------------

_PLAN_LOOK = upsert(second_look, keys=["company_id", "member_id"])
_LOOKS = Statement(
    select(second_look.c.company_id, second_look.c.member_id, second_look.c.around_ms)
    .where(second_look.c.due_ms <= bindparam("now"))
    .order_by(second_look.c.due_ms)
    .limit(bindparam("most"))
)
_DROP_LOOK = Statement(
    delete(second_look).where(
        second_look.c.company_id == bindparam("company"),
        second_look.c.member_id == bindparam("member"),
    )
)


def plan_look(tx: Tx, company: CompanyId, member: MemberId, due_ms: int, around_ms: int) -> None:
    """Note that a member's check-ins around a moment are to be thought over at a later one."""
    tx.run(_PLAN_LOOK, company_id=company, member_id=member, due_ms=due_ms, around_ms=around_ms)


def has_looks(tx: Tx, now_ms: int) -> bool:
    """Tell whether anybody's check-ins are to be thought over now."""
    return tx.row(_LOOKS, now=now_ms, most=1) is not None


def take_looks(tx: Tx, now_ms: int, most: int) -> list[tuple[CompanyId, MemberId, int]]:
    """Return whose check-ins are to be thought over, around when, and forget them."""
    rows = tx.rows(_LOOKS, now=now_ms, most=most)
    tx.run_many(_DROP_LOOK, [{"company": row[0], "member": row[1]} for row in rows])
    return [(CompanyId(row[0]), MemberId(row[1]), int(row[2])) for row in rows]
