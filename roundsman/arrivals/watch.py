"""The chore that keeps expected arrivals true while the day goes on.

Only members with a job of today ahead of them are looked at, each by an appointment of their own:
every half minute once they move or check in, or from an hour before their route begins, every
quarter of an hour before that. What is known is read in one transaction, travel is asked for
outside, the outcome is written in a second one.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.arrivals import queries, rules
from roundsman.arrivals.model import EVERY, Errors, Expected
from roundsman.core.clock import from_ms, local_day, to_ms, to_yyyymmdd
from roundsman.core.geo import Point
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.diary import queries as diary
from roundsman.diary.model import Appointment, What
from roundsman.dispatch import eta
from roundsman.dispatch.day import hours_of, mode_of, moment_of
from roundsman.dispatch.eta import Arrival, Fix, Origin, Ride
from roundsman.dispatch.travel import Ways, distinct
from roundsman.events.catalogue import By, EtaChanged
from roundsman.events.outbox import emit
from roundsman.jobs import queries as jobs
from roundsman.jobs.model import Job
from roundsman.jobs.queries import Filter
from roundsman.storage.database import LIVE, Db, Tx
from roundsman.tracking.live import LiveState
from roundsman.tracking.queries import live

MEMBERS_AT_ONCE = 50
STOPS_MOST = 60
# So long before the begin of their route people are looked at often.
BEFORE_START = timedelta(hours=1)
EVERY_EARLY = timedelta(minutes=15)
# An arrival that does not move is written anew after this long, so that its age is told rightly.
KEPT_MS = 120_000
MOVING = frozenset({"ontheway", "idling"})


class Known(Struct, frozen=True):
    """What is known of a member who is looked at; no ride where there is nothing ahead."""

    appointment: Appointment
    day: int = 0
    ride: Ride | None = None
    errors: Errors = {}


class Worked(Struct, frozen=True):
    """What was worked out for a member: from where on, and the arrivals over whose roads."""

    known: Known
    origin: Origin
    arrivals: list[Arrival]
    roads: str


class Watch:
    """Keeps the expected arrivals of everybody true."""

    def __init__(self, db: Db, ways: Ways) -> None:
        self._db = db
        self._ways = ways

    async def look(self) -> int:
        """Work out the arrivals of the members whose time has come; return how many."""
        known = await self._db.read(_load)
        if not known:
            return 0
        worked = await asyncio.to_thread(self._work_out, known)
        await self._db.write(partial(_write, known=known, worked=worked))
        return len(known)

    def _work_out(self, known: Sequence[Known]) -> dict[tuple[CompanyId, str], Worked]:
        found: dict[tuple[CompanyId, str], Worked] = {}
        for one in known:
            if one.ride is not None:
                key = one.appointment.company, one.appointment.subject
                found[key] = work_out(one, one.ride, self._ways)
        return found


def work_out(known: Known, ride: Ride, ways: Ways) -> Worked:
    """Return the expected arrivals of a member.

    Travel between the stops is asked for as one table, which roads remember; from a position that
    moves only the way to the next stop is new.
    """
    origin = eta.origin_of(ride)
    stops = [job.position for job in eta.ahead(ride)[:STOPS_MOST]]
    between, roads = _legs(ride, stops, ways)
    first, _ = _legs(ride, [origin.position, *stops[:1]], ways)
    legs = [*first, *between]
    ahead = replace(ride, jobs=_first_of(ride))
    return Worked(known, origin, eta.arrivals(ahead, origin, legs), roads)


def _first_of(ride: Ride) -> tuple[Job, ...]:
    beyond = {job.id for job in eta.ahead(ride)[STOPS_MOST:]}
    return tuple(job for job in ride.jobs if job.id not in beyond)


def _legs(ride: Ride, stops: Sequence[Point | None], ways: Ways) -> tuple[list[int], str]:
    """Return the seconds from each stop to the next; from or to nowhere it is 0."""
    points, numbers = distinct(stops)
    if not points:
        return [0] * max(0, len(stops) - 1), ""
    mode = mode_of(ride.member)
    travel = ways(points, [mode])
    seconds = travel.matrices[mode].seconds
    legs: list[int] = []
    here: int | None = None
    for at, number in enumerate(numbers):
        if at:
            leg = 0 if here is None or number is None else seconds[here][number]
            legs.append(max(0, leg))
        # Over a job without a position the way goes on from the one before it.
        here = here if number is None else number
    return legs, travel.roads


# --- reading --------------------------------------------------------------------------------------


def _load(tx: Tx) -> list[Known]:
    return [_known(tx, one) for one in diary.due(tx, What.ARRIVALS, MEMBERS_AT_ONCE)]


def _known(tx: Tx, one: Appointment) -> Known:
    company = accounts.find_company(tx, one.company)
    member = accounts.find_member(tx, one.company, one.subject)
    if company is None or member is None or company.suspended:
        return Known(one)
    day = local_day(tx.now, company.timezone)
    found = jobs.search(tx, company.id, Filter(day=to_yyyymmdd(day), member=member.id))
    state = live.states_of(tx, company.id, [member.id]).get(member.id)
    ride = Ride(
        company=company,
        member=member,
        day=day,
        now=tx.now,
        jobs=tuple(found),
        fix=_fix_of(state),
    )
    if not eta.ahead(ride):
        return Known(one, to_yyyymmdd(day))
    return Known(one, to_yyyymmdd(day), ride, queries.errors(tx, company.id))


def _fix_of(state: LiveState | None) -> Fix | None:
    if state is None or not state.ts_ms:
        return None
    return Fix(
        Point(state.lat_e7 / 1e7, state.lng_e7 / 1e7),
        from_ms(state.ts_ms),
        moving=state.moving in MOVING,
    )


# --- writing --------------------------------------------------------------------------------------


def _write(tx: Tx, *, known: Sequence[Known], worked: dict[tuple[CompanyId, str], Worked]) -> None:
    # In one order for everybody, so that two processes do not wait for each other.
    for one in sorted(known, key=lambda one: (one.appointment.company, one.appointment.subject)):
        of = one.appointment
        if not diary.is_due(tx, of.company, What.ARRIVALS, of.subject):
            continue
        found = worked.get((of.company, of.subject))
        if found is None or one.ride is None:
            _forget(tx, one)
            continue
        _settle(tx, one.ride, found)
        later = _next_look(one.ride, found.origin)
        diary.put(tx, of.company, What.ARRIVALS, later, of.subject)


def _forget(tx: Tx, one: Known) -> None:
    """Look at a member no more who has nothing ahead."""
    of = one.appointment
    diary.drop(tx, of.company, What.ARRIVALS, of.subject)
    gone = queries.of_member(tx, of.company, MemberId(of.subject), one.day)
    queries.remove(tx, of.company, list(gone))


def _next_look(ride: Ride, origin: Origin) -> datetime:
    if origin.basis == "job" or (ride.fix is not None and ride.fix.moving):
        return ride.now + EVERY
    hours = hours_of(ride.member, ride.company, ride.day)
    begins = moment_of(hours.start_s, ride.company, ride.day)
    is_early = origin.basis != "stamp" and ride.now < begins - BEFORE_START
    return min(begins - BEFORE_START, ride.now + EVERY_EARLY) if is_early else ride.now + EVERY


def _settle(tx: Tx, ride: Ride, worked: Worked) -> None:
    """Write what moved of a member's arrivals, and tell of what moved far."""
    company, now_ms = ride.company, to_ms(tx.now)
    by_id = {job.id: job for job in ride.jobs}
    before = _before(tx, ride, [one.job for one in worked.arrivals])
    changed: list[Expected] = []
    for one in worked.arrivals:
        old = before.get(one.job)
        new = _expected(ride, worked, one, by_id[one.job], old)
        new = rules.ranged(new, worked.known.errors, now_ms)
        new = replace(new, foreseen=rules.foreseen(old, new, now_ms))
        if rules.is_news(new, company.policy.eta_change_s):
            _tell(tx, ride, new, by_id[one.job])
            new = replace(new, told_ms=new.arrive_ms)
        if _is_worth_writing(old, new):
            changed.append(new)
    if any(one.job not in before for one in changed):
        queries.remove_before(tx, company.id, to_yyyymmdd(ride.day))
    queries.save_many(tx, company.id, changed)
    shown = queries.of_member(tx, company.id, ride.member.id, to_yyyymmdd(ride.day))
    queries.remove(tx, company.id, sorted(set(shown) - {one.job for one in worked.arrivals}))
    if any(rules.has_moved(before.get(one.job), one) for one in changed):
        tx.ring(LIVE, company.id)


def _before(tx: Tx, ride: Ride, ids: Sequence[JobId]) -> dict[JobId, Expected]:
    """Return what was expected of this member today; of others and other days it is no news."""
    found = queries.of_jobs(tx, ride.company.id, ids)
    mine = (ride.member.id, to_yyyymmdd(ride.day))
    return {job: one for job, one in found.items() if (one.member, one.day) == mine}


def _expected(ride: Ride, worked: Worked, one: Arrival, job: Job, old: Expected | None) -> Expected:
    arrive_ms = to_ms(one.arrive)
    told_ms = old.told_ms if old is not None else 0
    return Expected(
        job=one.job,
        member=ride.member.id,
        day=to_yyyymmdd(ride.day),
        arrive_ms=arrive_ms,
        low_ms=arrive_ms,
        high_ms=arrive_ms,
        leave_ms=to_ms(one.leave),
        basis=worked.origin.basis,
        roads=worked.roads,
        at_ms=to_ms(ride.now),
        # Before anybody heard of an expected arrival, the planned one is what they know.
        told_ms=told_ms or to_ms(job.scheduled_start) or arrive_ms,
    )


def _is_worth_writing(old: Expected | None, new: Expected) -> bool:
    return (
        old is None
        or rules.has_moved(old, new)
        or (old.told_ms, old.foreseen) != (new.told_ms, new.foreseen)
        or new.at_ms - old.at_ms >= KEPT_MS
    )


def _tell(tx: Tx, ride: Ride, new: Expected, job: Job) -> None:
    house = By(ride.company.id, MemberId(ride.company.id), "system")
    fact = EtaChanged(
        JobId(new.job), new.member, new.told_ms, new.arrive_ms, new.low_ms, new.high_ms
    )
    emit(tx, house, fact, jobs.snapshot_of(job))
