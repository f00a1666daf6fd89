"""External ids: the caller's own, at most one job for each."""

from msgspec.structs import replace

from roundsman.core.errors import BadValue
from roundsman.core.ids import CompanyId, JobId
from roundsman.jobs import queries
from roundsman.jobs.model import Job
from roundsman.storage.database import Tx


def claim(tx: Tx, company: CompanyId, before: dict[JobId, Job], after: dict[JobId, Job]) -> None:
    """Make the external ids of an edit free to be written, those that change hands in it too.

    BadValue where another job keeps the id, or where two jobs of the edit ask for one.
    """
    claims: dict[tuple[bool, str], Job] = {}
    for job in after.values():
        if job.external_id and job.external_id != before[job.id].external_id:
            if (job.is_template, job.external_id) in claims:
                raise _taken(job)
            claims[job.is_template, job.external_id] = job
    freed: list[Job] = []
    for templates in (False, True):
        wanted = [external_id for kind, external_id in claims if kind is templates]
        holders = queries.by_external(tx, company, wanted, templates=templates)
        for external_id, holder in holders.items():
            if holder.id not in after or after[holder.id].external_id == external_id:
                raise _taken(claims[templates, external_id])
            freed.append(replace(holder, external_id=""))
    queries.save_many(tx, company, freed)


def _taken(job: Job) -> BadValue:
    problem = f"Another job carries the id {job.external_id} already; job {job.id} cannot have it."
    return BadValue(problem, field="uidSecondary")
