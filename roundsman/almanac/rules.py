"""Which days are worked on. Pure."""

from datetime import date, timedelta

from roundsman.accounts import hours
from roundsman.accounts.hours import WorkingWeek
from roundsman.accounts.model import Company, Member

# Who works on none of so many days has no working day.
_LOOK_AHEAD_DAYS = 400


def week_of(member: Member | None, company: Company) -> WorkingWeek:
    """Return the hours that count for a member, the company's own for nobody."""
    return hours.of_member(member, company) if member else WorkingWeek(company.hours, "default")


def is_worked(week: WorkingWeek, company: Company, day: date) -> bool:
    """Tell whether a day is a working day of that week and no holiday."""
    return hours.works_on(week, day) and not company.is_holiday(day)


def working_day_from(week: WorkingWeek, company: Company, day: date) -> date:
    """Return the day, or the next one that is worked on; the day itself where none ever is."""
    for ahead in range(_LOOK_AHEAD_DAYS):
        later = day + timedelta(days=ahead)
        if is_worked(week, company, later):
            return later
    return day
