"""The position of jobs in a member's day."""

from msgspec.structs import replace

from roundsman.core.clock import to_yyyymmdd
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.jobs import queries
from roundsman.jobs.model import Job
from roundsman.storage.database import Tx
from roundsman.storage.dialects import wait_turn

type Route = tuple[MemberId, int]


def append(tx: Tx, company: CompanyId, before: dict[JobId, Job], after: dict[JobId, Job]) -> None:
    """Put jobs that are new in a member's day at its end; `after` is updated.

    A number that was chosen stays, and what is appended behind it in the same batch goes on from
    it. Transactions that append to one day wait for each other, so that no number is given twice.
    """
    waiting = {job.id for job in after.values() if _is_to_append(before.get(job.id), job)}
    last: dict[Route, int] = {}
    for route in sorted({_route(after[job]) for job in waiting}):
        wait_turn(tx, f"route:{company}:{route[0]}:{route[1]}")
        last[route] = queries.last_number(tx, company, *route)
    for job in list(after.values()):
        route = _route(job)
        if job.id in waiting:
            last[route] += 1
            after[job.id] = replace(job, number=last[route])
        elif route in last and not job.is_template:
            last[route] = max(last[route], job.number)


def _route(job: Job) -> Route:
    return job.member, to_yyyymmdd(job.day)


def _is_to_append(before: Job | None, job: Job) -> bool:
    if job.is_template or not (job.member and job.day):
        return False
    if before is None:
        return job.number == 0
    moved = (before.member, before.day) != (job.member, job.day)
    return moved and job.number in {0, before.number}
