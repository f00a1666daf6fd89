"""The position of jobs in a member's day."""

from collections.abc import Iterable, Sequence

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
    for route in take_turns(tx, company, {_route(after[job]) for job in waiting}):
        last[route] = queries.last_number(tx, company, *route)
    for job in list(after.values()):
        route = _route(job)
        if job.id in waiting:
            last[route] += 1
            after[job.id] = replace(job, number=last[route])
        elif route in last and not job.is_template:
            last[route] = max(last[route], job.number)


def take_turns(tx: Tx, company: CompanyId, routes: Iterable[Route]) -> list[Route]:
    """Wait until nobody else appends to those routes; return them in the order of waiting."""
    # One order for everybody, so that no two wait for each other.
    ordered = sorted(routes)
    for member, day in ordered:
        wait_turn(tx, f"route:{company}:{member}:{day}")
    return ordered


def kept_or_appended(tx: Tx, company: CompanyId, jobs: Sequence[Job]) -> list[Job]:
    """Return jobs that come back into their days: on their old numbers where these are free.

    Where another job has the number meanwhile, the one that comes back goes to the end of the day.
    """
    taken: dict[Route, set[int]] = {}
    for route in take_turns(tx, company, {_route(job) for job in jobs if _has_a_place(job)}):
        taken[route] = queries.numbers(tx, company, *route)
    back = {job.id: job for job in jobs}
    late: list[Job] = []
    for job in jobs:
        if not _has_a_place(job):
            continue
        if job.number in {0, *taken[_route(job)]}:
            late.append(job)
        else:
            taken[_route(job)].add(job.number)
    for job in late:
        numbers = taken[_route(job)]
        back[job.id] = replace(job, number=max(numbers, default=0) + 1)
        numbers.add(back[job.id].number)
    return list(back.values())


def _has_a_place(job: Job) -> bool:
    return bool(job.member and job.day) and not job.is_template


def _route(job: Job) -> Route:
    return job.member, to_yyyymmdd(job.day)


def _is_to_append(before: Job | None, job: Job) -> bool:
    if not _has_a_place(job):
        return False
    if before is None:
        return job.number == 0
    moved = (before.member, before.day) != (job.member, job.day)
    return moved and job.number in {0, before.number}
