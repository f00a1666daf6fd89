"""What a plan of a fleet's day makes of the jobs (pure)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.day import held, is_settled
from roundsman.dispatch.fleet.model import FleetPlan, FleetQuestion, Stop
from roundsman.jobs import rules
from roundsman.jobs.model import Job, Wish

# What of a job a plan is made of; another note or another phone number changes no plan.
_MATTERS = (
    "id",
    "member",
    "day",
    "number",
    "position",
    "window_start",
    "window_end",
    "on_site_s",
    "priority",
    "team",
    "items_pickup",
    "items_dropoff",
    "checked_in_at",
    "checked_out_at",
    "done_at",
    "failed_at",
    "archived_at",
    "keeps_person",
    "keeps_position",
    "keeps_time",
)
_UNPLANNED: Mapping[str, Any] = {
    "scheduled_start": None,
    "scheduled_end": None,
    "scheduled_at": None,
}
_encode = msgspec.json.Encoder().encode


def essence(question: FleetQuestion) -> str:
    """Return a text that differs when something the plan was made of has changed."""
    parts = [
        [member.id for member in question.members],
        [[_essence(job) for job in route] for route in question.routes],
        [_essence(job) for job in question.new],
        question.holds,
    ]
    return hashlib.sha256(_encode(parts)).hexdigest()


def _essence(job: Job) -> list[Any]:
    return [*(getattr(job, name) for name in _MATTERS), job.keeps_time and job.scheduled_start]


def outcome(question: FleetQuestion, plan: FleetPlan, at: datetime) -> list[Job]:
    """Return every job of the question as the plan makes it.

    A member's day is what is settled, then the planned stops, then what stays with them unplanned;
    a front that is pinned stays in its order. A job that was left out and does not stay with its
    person is nobody's again.
    """
    jobs = {job.id: job for route in question.routes for job in route}
    mine = set(jobs)
    jobs |= {job.id: job for job in question.new}
    after: dict[JobId, Job] = {}
    for route, person in zip(question.routes, plan.persons, strict=True):
        stops = {stop.job: stop for stop in person.stops if stop.job}
        settled = [job.id for job in route if is_settled(job)]
        front = [job.id for job in route[: held(route)]]
        order = dict.fromkeys([*front, *settled, *stops, *person.rest])
        for number, one in enumerate(order, start=1):
            if is_settled(jobs[one]):
                after[one] = replace(jobs[one], number=number)
                continue
            values = _times(question, jobs[one], stops.get(one)) | {"number": number}
            after[one] = _changed(jobs[one], person.member, values, at)
    for left in plan.left_out:
        if left.job in mine - after.keys():
            values = {"number": 0, **_UNPLANNED}
            after[left.job] = _changed(jobs[left.job], MemberId(""), values, at)
    return list(after.values())


def _times(question: FleetQuestion, job: Job, stop: Stop | None) -> dict[str, Any]:
    """Return the day and the planned times of a job; those it is pinned to stay."""
    day: dict[str, Any] = {"day": question.day}
    if job.keeps_time:
        return day | {name: getattr(job, name) for name in _UNPLANNED}
    if stop is None:
        return day | dict(_UNPLANNED)
    return day | {
        "scheduled_start": stop.start,
        "scheduled_end": stop.leave,
        "scheduled_at": stop.start,
    }


def _changed(job: Job, member: MemberId, values: Mapping[str, Any], at: datetime) -> Job:
    changed = rules.change(job, Wish(values=values), member=member, dispatcher=None, at=at)
    # Who gets another person loses the planned times, pinned ones too: here they are meant.
    return replace(changed, **values)
