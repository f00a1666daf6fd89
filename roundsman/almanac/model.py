"""A recurrence: how a template repeats, and the jobs that come of it."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from roundsman.core.ids import JobId, MemberId

# Jobs are made for so many days ahead, today among them.
HORIZON_DAYS = 14


class OnHolidays(StrEnum):
    """What becomes of a job whose day is a holiday of the company."""

    SKIP = "skip"
    MOVE = "move"
    KEEP = "keep"


class Recurrence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a template repeats, in days of the company's calendar.

    `rule` is an RRULE of RFC 5545 without its end; `until` (the last day) or `count` (0: no such
    end) ends it. Days of `except_on` are left out. `member` gets the jobs, nobody where empty.
    """

    template: JobId
    rule: str
    start: date
    until: date | None = None
    count: int = 0
    except_on: list[date] = []
    holidays: OnHolidays = OnHolidays.SKIP
    member: MemberId = MemberId("")


class Occurrence(Struct, frozen=True):
    """That a template was made into a job for an original day; `placed` is the day it got."""

    template: JobId
    original: date
    placed: date
    job: JobId
