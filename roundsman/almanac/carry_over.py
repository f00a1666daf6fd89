"""Unfinished jobs move on when their day is over (product.md 2.5)."""

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor
from roundsman.almanac.rules import week_of, working_day_from
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.events.catalogue import (
    CarryOverEnded,
    JobCarriedOver,
    JobLeftBehind,
    RouteChanged,
)
from roundsman.events.outbox import emit
from roundsman.jobs import areas, numbering, queries, rules, telling
from roundsman.jobs.model import Job
from roundsman.storage.database import Tx

if TYPE_CHECKING:
    from roundsman.core.ids import JobId, MemberId

# Where the jobs of a company begin that are to be carried over: (day, job id).
BEGINNING = (0, "")


class Carried(Struct, frozen=True):
    """What a batch came to; `after` is where the next one goes on, None behind the last."""

    jobs: int
    after: tuple[int, str] | None


def carry(tx: Tx, actor: Actor, after: tuple[int, str], most: int) -> Carried:
    """Move a batch of the company's jobs on whose day is over, to today or later.

    Each goes to the end of its person's route, on today or the next day they work. What somebody
    is at stays, and what moved as often as the company lets it. Doing it twice changes nothing.
    """
    company = actor.company_profile
    today = local_day(tx.now, company.timezone)
    found = queries.carrying(tx, company.id, to_yyyymmdd(today), after, most)
    waiting = [job for job in found if not rules.is_at_work(job)]
    _leave(tx, actor, [job for job in waiting if job.carried >= company.policy.carry_over_max])
    moving = [job for job in waiting if job.carried < company.policy.carry_over_max]
    _move(tx, actor, today, moving)
    end = (to_yyyymmdd(found[-1].day), str(found[-1].id)) if len(found) == most else None
    return Carried(len(moving), end)


def _move(tx: Tx, actor: Actor, today: date, jobs: list[Job]) -> None:
    company = actor.company_profile
    people = accounts.some_members(tx, company.id, {job.member for job in jobs if job.member})
    days: dict[MemberId, date] = {
        member: working_day_from(week_of(one, company), company, today)
        for member, one in people.items()
    }
    before = {job.id: job for job in sorted(jobs, key=_in_order)}
    after: dict[JobId, Job] = {
        job.id: rules.carry_over(job, days.get(job.member, today), tx.now)
        for job in before.values()
    }
    numbering.append(tx, company.id, before, after)
    queries.save_many(tx, company.id, list(after.values()))
    for job in after.values():
        old = before[job.id]
        fact = JobCarriedOver(job.id, to_yyyymmdd(old.day), to_yyyymmdd(job.day), job.carried)
        telling.tell(tx, actor.by, job, [fact])
        areas.follow(tx, company, old, job)
    for member in sorted({job.member for job in after.values() if job.member}):
        if days.get(member) == today:
            emit(tx, actor.by, RouteChanged(member, to_yyyymmdd(today)))


def _in_order(job: Job) -> tuple[int, int, str]:
    return to_yyyymmdd(job.day), job.number, job.id


def _leave(tx: Tx, actor: Actor, jobs: list[Job]) -> None:
    """Let jobs stay on their day for good, and raise it with those who run the company."""
    if not jobs:
        return
    stopped = [replace(job, carry_stopped=True, saved_at=tx.now) for job in jobs]
    queries.save_many(tx, actor.company, stopped)
    for job in stopped:
        fact = JobLeftBehind(job.id, to_yyyymmdd(job.day), job.carried)
        telling.tell(tx, actor.by, job, [fact])
    today = to_yyyymmdd(local_day(tx.now, actor.timezone))
    emit(tx, actor.by, CarryOverEnded([job.id for job in stopped], today))
