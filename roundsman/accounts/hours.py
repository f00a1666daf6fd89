"""Working hours: how a week is read, and whose hours count for whom. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from msgspec import Struct

from roundsman.accounts.model import WEEKDAYS, Company, Hours, Member, Shift, Team
from roundsman.core.clock import MINUTES_A_DAY
from roundsman.core.errors import BadFormat, BadValue

CLOSED = Shift(0, 0)
SOURCE = "source"

# Weekday -> its shift, or None where the day's own hours are to be forgotten.
type Week = Mapping[str, Shift | None]

FORGOTTEN: Week = dict.fromkeys(WEEKDAYS)
"""The week after which no day has hours of its own."""


class WorkingWeek(Struct, frozen=True):
    """The hours that count and where they come from: individual, team or default.

    A weekday that is absent has no hours of its own: nothing is known of it.
    """

    hours: Hours
    source: str


def read_week(sent: Mapping[str, Any], field: str) -> Week:
    """Return what a request says of a week such as `{"monday": {"start": 480, "end": 1020}}`.

    Times are minutes since midnight. A pair that cannot be minutes is read as wall-clock numbers:
    700 and 1730 are seven o'clock and half past five. `end` before `start` ends on the next day.
    """
    week: dict[str, Shift | None] = {}
    for name, value in sent.items():
        day = name.strip().casefold()
        if day == SOURCE:
            continue
        if day not in WEEKDAYS:
            raise BadValue(
                f"{field}: {name[:40]!r} is no weekday. Use {', '.join(WEEKDAYS)}.", field=field
            )
        week[day] = None if value is None else _shift(value, f"{field}.{day}")
    return week


def _shift(sent: object, field: str) -> Shift:
    if not isinstance(sent, Mapping) or "start" not in sent or "end" not in sent:
        raise BadFormat(
            f'{field} must be an object such as {{"start": 480, "end": 1020}}.', field=field
        )
    pair = cast("Mapping[str, Any]", sent)
    start, end = _number(pair["start"], field), _number(pair["end"], field)
    if _is_minutes(start) and _is_minutes(end):
        return _made(start, end)
    if _is_clock(start) and _is_clock(end):
        return _made(_minutes(start), _minutes(end))
    problem = (
        f"{field}: {start} and {end} are neither minutes since midnight (0 to {MINUTES_A_DAY}) "
        "nor times such as 700 and 1730."
    )
    raise BadValue(problem, field=field)


def _number(sent: object, field: str) -> int:
    if isinstance(sent, str) and sent.strip().isdecimal():
        sent = int(sent.strip()[:9])
    if isinstance(sent, float) and sent.is_integer():
        sent = int(sent)
    if isinstance(sent, bool) or not isinstance(sent, int):
        raise BadFormat(f"{field}: start and end must be whole numbers.", field=field)
    return sent


def _is_minutes(number: int) -> bool:
    return 0 <= number <= MINUTES_A_DAY


def _is_clock(number: int) -> bool:
    return 0 <= number <= 2400 and number % 100 < 60  # noqa: PLR2004 - 24:00 and an hour's minutes


def _minutes(clock: int) -> int:
    return clock // 100 * 60 + clock % 100


def _made(start: int, end: int) -> Shift:
    """Return the shift; one that ends when it begins is a day off."""
    return CLOSED if start == end else Shift(start, end)


def merged(hours: Hours, week: Week) -> Hours:
    """Return the hours with the days of the week set or forgotten, Monday first."""
    days: dict[str, Shift | None] = {**hours, **week}
    return {day: shift for day in WEEKDAYS if (shift := days.get(day)) is not None}


def works_on(week: WorkingWeek, day: date) -> bool:
    """Tell whether a day is a working day; one of which nothing is known is."""
    return week.hours.get(WEEKDAYS[day.weekday()]) != CLOSED


def of_team(team: Team) -> WorkingWeek:
    """Return the hours a team has of its own; none when it follows the company's."""
    return WorkingWeek(team.hours, "team") if team.hours else WorkingWeek({}, "default")


def of_member(member: Member, company: Company) -> WorkingWeek:
    """Return the hours that count for a member: own before team's before company's.

    Own hours of single weekdays stand over those of the team. In several teams, the first of them
    that has hours counts.
    """
    inherited = _inherited(member, company)
    if member.hours:
        return WorkingWeek(merged(inherited.hours, member.hours), "individual")
    return inherited


def _inherited(member: Member, company: Company) -> WorkingWeek:
    for team in _teams(member, company):
        if team.hours:
            return WorkingWeek(merged(company.hours, team.hours), "team")
    return WorkingWeek(company.hours, "default")


def _teams(member: Member, company: Company) -> Sequence[Team]:
    found = (company.team(team) for team in member.teams)
    return [team for team in found if team is not None]
