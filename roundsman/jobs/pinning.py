"""Jobs whose position a person should look at, and putting their pins right."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from roundsman.accounts.model import Actor
from roundsman.accounts.rights import Right
from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.geo import Point
from roundsman.core.ids import JobId
from roundsman.jobs import actions, areas, queries, rules, telling
from roundsman.jobs.model import Job
from roundsman.jobs.queries import Filter
from roundsman.places import pins
from roundsman.places.pins import Spot
from roundsman.storage.database import Tx

# Open jobs of days before these are nobody's work any more.
LOOK_BACK = timedelta(days=7)
AGAIN_MOST = 1000


def unlocated(tx: Tx, actor: Actor, most: int) -> list[Job]:
    """Return open jobs with an inexact position, those without a day first, then day by day."""
    actor.require(Right.EDIT_JOBS)
    since = to_yyyymmdd(local_day(tx.now, actor.timezone) - LOOK_BACK)
    found: list[Job] = []
    for days in ((0, 0), (since, actions.LAST_DAY)):
        wanted = Filter(days=days, inexact=True)
        found += actions.search(tx, actor, wanted, limit=most - len(found))
        if len(found) >= most:
            break
    return found


def put(tx: Tx, actor: Actor, job: JobId, position: Point) -> Job:
    """Put a job's pin; it never moves by itself afterwards."""
    return _repinned(tx, actor, job, lambda spot: pins.by_hand(spot, position))


def take_back(tx: Tx, actor: Actor, job: JobId) -> Job:
    """Undo the last `put`; a job whose pin nobody put stays as it is."""
    return _repinned(tx, actor, job, lambda spot: pins.undone(spot, tx.now))


def seek_again(tx: Tx, actor: Actor) -> int:
    """Look once more for the addresses of open jobs that were not found; return how many."""
    count = 0
    for job in unlocated(tx, actor, AGAIN_MOST):
        after = replace(job, pin=pins.sought_again(job.spot, tx.now).pin)
        if after != job:
            queries.save(tx, actor.company, after)
            count += 1
    return count


def _repinned(tx: Tx, actor: Actor, job: JobId, change: Callable[[Spot], Spot]) -> Job:
    actor.require(Right.EDIT_JOBS)
    before = actions.get(tx, actor, job, lock=True)
    after = rules.repinned(before, change(before.spot), tx.now)
    if after == before:
        return before
    queries.save(tx, actor.company, after)
    fields = rules.changed_fields(before, after)
    if fields:
        telling.tell(tx, actor.by, after, [telling.update(before, after, fields)])
        areas.follow(tx, actor.company_profile, before, after)
    return after
