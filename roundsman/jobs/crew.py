"""Helpers: more people at a job than the one who answers for it. Pure.

The responsible person owns the state of the job. Helpers see it and have stamps of their own, which
are measured by where they are, or said by hand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from roundsman.core.errors import BadValue
from roundsman.core.ids import MemberId
from roundsman.jobs.model import Helper, Job, Outcome

HELPERS_MOST = 20
STAMPS = ("checked_in_at", "checked_out_at")


def is_helper(job: Job, member: MemberId) -> bool:
    """Tell whether a member helps at a job."""
    return any(helper.member == member for helper in job.helpers)


def manned(job: Job, members: Sequence[MemberId]) -> Job:
    """Return the job with these helpers; who helped before keeps their stamps.

    The responsible person is no helper of their own.
    """
    wanted = [one for one in dict.fromkeys(members) if one and one != job.member]
    if len(wanted) > HELPERS_MOST:
        raise BadValue(f"A job has at most {HELPERS_MOST} helpers.", field="helpers")
    known = {helper.member: helper for helper in job.helpers}
    helpers = [known.get(member) or Helper(member=member) for member in wanted]
    return job if helpers == job.helpers else replace(job, helpers=helpers)


def released(job: Job, member: MemberId, at: datetime) -> Job:
    """Return the job without a helper who leaves; one who was there, or whose job ended, stays."""
    if job.outcome is not Outcome.OPEN:
        return job
    staying = [one for one in job.helpers if one.member != member or one.checked_in_at]
    return job if staying == job.helpers else replace(job, helpers=staying, saved_at=at)


def reported(job: Job, member: MemberId, values: Mapping[str, Any], at: datetime) -> Job:
    """Return the job with what a helper said of their own coming and going.

    Clients send whole jobs back, so only what differs from the job's own stamps counts.
    """
    news = {name: value for name, value in values.items() if value != getattr(job, name)}
    if not news:
        return job
    return stamped(job, member, {**news, "said": True}, at)


def stamped(job: Job, member: MemberId, values: Mapping[str, Any], at: datetime) -> Job:
    """Return the job with a helper's stamps."""
    helpers = [
        replace(helper, **values) if helper.member == member else helper for helper in job.helpers
    ]
    return job if helpers == job.helpers else replace(job, helpers=helpers, saved_at=at)
