"""All SQL about expected arrivals and how far off they were."""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import bindparam, delete, select

from roundsman.arrivals.model import Errors, Expected
from roundsman.core.clock import to_us
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import arrival, arrival_error

_encode = msgspec.json.Encoder().encode
_expected = msgspec.json.Decoder(Expected).decode
_counts = msgspec.json.Decoder(list[int]).decode
_a, _e = arrival.c, arrival_error.c

_OURS = _a.company_id == bindparam("company")
_OF_JOBS = Statement(select(_a.doc).where(_OURS, is_in(_a.job_id, "jobs")))
_OF_DAY = Statement(select(_a.doc).where(_OURS, _a.day == bindparam("day")).order_by(_a.job_id))
_OF_MEMBER = Statement(
    select(_a.doc)
    .where(_OURS, _a.day == bindparam("day"), _a.member_id == bindparam("member"))
    .order_by(_a.job_id)
)
_SINCE = Statement(
    select(_a.job_id, _a.updated_us).where(
        _OURS, _a.updated_us > bindparam("since"), _a.day == bindparam("day")
    )
)
_SAVE = upsert(arrival, keys=["company_id", "job_id"])
_REMOVE = Statement(delete(arrival).where(_OURS, is_in(_a.job_id, "jobs")))
_BEFORE = Statement(delete(arrival).where(_OURS, _a.day < bindparam("day")))

_OUR_ERRORS = _e.company_id == bindparam("company")
_ERRORS = Statement(select(_e.lead, _e.counts).where(_OUR_ERRORS))
_ONE_ERROR = Statement(
    select(_e.counts).where(_OUR_ERRORS, _e.lead == bindparam("lead")).with_for_update()
)
_SAVE_ERROR = upsert(arrival_error, keys=["company_id", "lead"])


def of_jobs(tx: Tx, company: CompanyId, jobs: Iterable[str]) -> dict[JobId, Expected]:
    """Return the expected arrivals at these jobs."""
    wanted = sorted(set(jobs))
    rows = tx.rows(_OF_JOBS, company=company, jobs=wanted) if wanted else []
    return {one.job: one for one in (_expected(row[0]) for row in rows)}


def of_day(tx: Tx, company: CompanyId, day: int) -> dict[JobId, Expected]:
    """Return the expected arrivals of a day."""
    rows = tx.rows(_OF_DAY, company=company, day=day)
    return {one.job: one for one in (_expected(row[0]) for row in rows)}


def of_member(tx: Tx, company: CompanyId, member: MemberId, day: int) -> dict[JobId, Expected]:
    """Return the expected arrivals of a member's day."""
    rows = tx.rows(_OF_MEMBER, company=company, member=member, day=day)
    return {one.job: one for one in (_expected(row[0]) for row in rows)}


def changed_since(tx: Tx, company: CompanyId, day: int, since_us: int) -> dict[str, int]:
    """Return the jobs of a day whose expected arrival was written after a moment, and when."""
    rows = tx.rows(_SINCE, company=company, day=day, since=since_us)
    return {str(row[0]): int(row[1]) for row in rows}


def save_many(tx: Tx, company: CompanyId, many: Sequence[Expected]) -> None:
    """Write expected arrivals."""
    tx.run_many(
        _SAVE,
        [
            {
                "company_id": company,
                "job_id": one.job,
                "member_id": one.member,
                "day": one.day,
                "updated_us": to_us(tx.now),
                "doc": _encode(one).decode(),
            }
            for one in many
        ],
    )


def remove(tx: Tx, company: CompanyId, jobs: Sequence[str]) -> None:
    """Forget expected arrivals at these jobs."""
    if jobs:
        tx.run(_REMOVE, company=company, jobs=sorted(jobs))


def remove_before(tx: Tx, company: CompanyId, day: int) -> None:
    """Forget the expected arrivals of days that are over."""
    tx.run(_BEFORE, company=company, day=day)


def errors(tx: Tx, company: CompanyId) -> Errors:
    """Return how far off the company's arrivals were, by kind of lead."""
    return {int(row[0]): _counts(row[1]) for row in tx.rows(_ERRORS, company=company)}


def find_error(tx: Tx, company: CompanyId, lead: int) -> list[int]:
    """Return the counts of one kind of lead, locked for a change; none where there are none."""
    row = tx.row(_ONE_ERROR, company=company, lead=lead)
    return _counts(row[0]) if row else []


def save_error(tx: Tx, company: CompanyId, lead: int, counts: Sequence[int]) -> None:
    """Write the counts of one kind of lead."""
    tx.run(_SAVE_ERROR, company_id=company, lead=lead, counts=_encode(list(counts)).decode())
