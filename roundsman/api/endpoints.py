"""Every action of the RPC surface, on one page."""

from collections.abc import Mapping

from roundsman.api import jobs
from roundsman.api.shapes import Action
from roundsman.jobs.wire import WireJob

JOBS = "Jobs"

ACTIONS: Mapping[str, Action] = {
    "createjobs": Action(
        tag=JOBS,
        ask=jobs.CreateJobs,
        handler=jobs.create_jobs,
        answer=jobs.Jobs,
        writes=True,
        shows=(WireJob,),
    ),
    "getjobs": Action(tag=JOBS, ask=jobs.GetJobs, handler=jobs.get_jobs, answer=jobs.Jobs),
    "editjobs": Action(
        tag=JOBS, ask=jobs.EditJobs, handler=jobs.edit_jobs, answer=jobs.Jobs, writes=True
    ),
    "deletejobs": Action(
        tag=JOBS, ask=jobs.NamedJobs, handler=jobs.delete_jobs, answer=jobs.Done, writes=True
    ),
    "archivejobs": Action(
        tag=JOBS, ask=jobs.NamedJobs, handler=jobs.archive_jobs, answer=jobs.Jobs, writes=True
    ),
    "restorejobs": Action(
        tag=JOBS, ask=jobs.NamedJobs, handler=jobs.restore_jobs, answer=jobs.Jobs, writes=True
    ),
}
