"""The work of a company's night: what happens when its day changes, by its own clock."""

from datetime import timedelta
from functools import partial

import structlog
from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Actor, Company
from roundsman.almanac import carry_over, making, queries
from roundsman.core.clock import day_bounds, local_day, to_yyyymmdd
from roundsman.core.ids import CompanyId, MemberId
from roundsman.diary import queries as diary
from roundsman.diary.model import What
from roundsman.events.catalogue import CompanyChanged, Told
from roundsman.jobs import queries as jobs
from roundsman.storage.database import Db, Tx

COMPANIES_AT_ONCE = 20
JOBS_AT_ONCE = 500
TEMPLATES_AT_ONCE = 20
MEANS = "system"
# A company whose night broke is tried again after this long; those behind it go on.
AGAIN_AFTER = timedelta(minutes=5)

_log = structlog.get_logger()


class Night(Struct, frozen=True, kw_only=True):
    """How far the night of a company is.

    Where carrying over goes on (None: it is done), behind which template making jobs goes on,
    what was done so far, and whether all is done.
    """

    carry_after: tuple[int, str] | None = carry_over.BEGINNING
    make_after: str = ""
    moved: int = 0
    made: int = 0
    is_over: bool = False


async def begin_days(db: Db) -> int:
    """Do the work of the nights that are due; return how many companies there were.

    Each night is done in batches, a transaction each. Killed between two of them it begins anew
    and finds what is left: a night that was missed is due until it is done.
    """
    due = await db.read(lambda tx: diary.due(tx, What.DAY, COMPANIES_AT_ONCE))
    for one in due:
        try:
            await _pass_night(db, one.company)
        except Exception:  # noqa: BLE001 - one broken company must not keep the others from their day
            _log.exception("night_failed", company=one.company)
            await db.write(partial(_put_off, company=one.company))
    return len(due)


async def _pass_night(db: Db, company: CompanyId) -> None:
    night = Night()
    while not night.is_over:
        night = await db.write(partial(_step, company_id=company, night=night))
    if night.moved or night.made:
        _log.info("night_passed", company=company, carried_over=night.moved, made=night.made)


def _step(tx: Tx, company_id: CompanyId, night: Night) -> Night:
    """Do the next batch of a night; the last one makes the appointment of the next night."""
    if not diary.is_due(tx, company_id, What.DAY):
        return Night(is_over=True)
    company = accounts.find_company(tx, company_id)
    if company is None:
        diary.drop(tx, company_id, What.DAY)
        return Night(is_over=True)
    if not company.suspended:
        house = house_of(tx, company)
        if night.carry_after is not None:
            carried = carry_over.carry(tx, house, night.carry_after, JOBS_AT_ONCE)
            return replace(night, carry_after=carried.after, moved=night.moved + carried.jobs)
        repeating = queries.page(tx, company.id, night.make_after, TEMPLATES_AT_ONCE)
        made = sum(len(making.make(tx, house, one)) for one in repeating)
        night = replace(night, made=night.made + made)
        if len(repeating) == TEMPLATES_AT_ONCE:
            return replace(night, make_after=repeating[-1].template)
        today = to_yyyymmdd(local_day(tx.now, company.timezone))
        for member in jobs.members_with_open(tx, company.id, today):
            diary.add(tx, company.id, What.ARRIVALS, tx.now, member)
    _, tomorrow = day_bounds(local_day(tx.now, company.timezone), company.timezone)
    diary.put(tx, company.id, What.DAY, tomorrow)
    return replace(night, is_over=True)


def _put_off(tx: Tx, company: CompanyId) -> None:
    diary.put(tx, company, What.DAY, tx.now + AGAIN_AFTER)


def house_of(tx: Tx, company: Company) -> Actor:
    """Return the company itself as the actor of what happens by the clock."""
    owner = accounts.get_member(tx, company.id, MemberId(company.id))
    return Actor(company, owner, MEANS)


def follow_company(tx: Tx, told: Told) -> None:
    """Look at a company at once whose zone or holidays changed: its day may be another."""
    event = told.event
    if isinstance(event, CompanyChanged) and {"timezone", "holidays"}.intersection(event.fields):
        diary.put(tx, told.by.company, What.DAY, tx.now)
