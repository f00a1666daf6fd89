"""The dispatch page: everybody's day, quotes, moves and their undoing.

Travel and timetables are worked out between transactions: one reads the question, the pool answers
it, and only a change writes.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date

from msgspec import Struct

from roundsman.accounts.model import Company, Member
from roundsman.core.clock import at_local, from_yyyymmdd, local_day, to_ms, to_yyyymmdd
from roundsman.core.errors import BadValue
from roundsman.core.geo import Point
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch import moves
from roundsman.dispatch.day import ends_of, mode_of
from roundsman.dispatch.model import TravelMode
from roundsman.dispatch.moves import Moved, Placement
from roundsman.dispatch.pool import Pool
from roundsman.dispatch.quotes import Offer, Option, Quote, quote
from roundsman.dispatch.timeline import DayQuestion, Timetable, Timetables, timetables
from roundsman.dispatch.travel import GREAT_CIRCLE, distinct
from roundsman.gateways.roads_model import Line
from roundsman.jobs import actions as jobs
from roundsman.jobs.model import Job
from roundsman.jobs.queries import Filter
from roundsman.streets.model import ATTRIBUTION
from roundsman.web.board import job_cards
from roundsman.web.session import Visit
from roundsman.web.shapes import dispatch as shapes
from roundsman.web.shapes.board import JobCard, TeamCard

# Unscheduled jobs pile up; a page shows the first of them.
UNDATED_LIMIT = 300
_NOBODY = ""

type Lines = Callable[[Sequence[Point], TravelMode], Line]


class Asked(Struct, frozen=True):
    """What one transaction read of a day: the question, and everything that needs no travel."""

    question: DayQuestion
    cards: dict[str, JobCard]
    unassigned: list[JobCard]
    undated: list[JobCard]
    editable: bool


def ask(visit: Visit, day: date, members: Collection[MemberId] | None) -> Asked:
    """Read a day, or the days of some members of it."""
    tx, actor = visit.tx, visit.actor
    question = moves.ask_day(tx, actor, day, members=members)
    free = jobs.search(tx, actor, Filter(day=to_yyyymmdd(day), member=_NOBODY))
    undated = jobs.search(tx, actor, Filter(day=0, member=_NOBODY), limit=UNDATED_LIMIT)
    every = [job for one in question.rounds for job in one.jobs]
    company = actor.company_profile
    return Asked(
        question,
        {card.id: card for card in job_cards(tx, company, every)},
        job_cards(tx, company, free),
        job_cards(tx, company, undated),
        day >= local_day(tx.now, actor.timezone),
    )


async def shown(pool: Pool, asked: Asked) -> shapes.DispatchDay:
    """Return a day with its times."""
    question = asked.question
    found = await pool.answer(timetables, question)
    told = found.used
    company = question.company
    return shapes.DispatchDay(
        day=to_yyyymmdd(question.day),
        midnight=to_ms(at_local(question.day, 0, company.timezone)),
        editable=asked.editable,
        people=people_of(asked, found),
        unassigned=asked.unassigned,
        undated=asked.undated,
        teams=[TeamCard(id=team.id, name=team.name) for team in company.teams],
        roads=told.roads,
        note=told.note,
        attribution="" if told.roads == GREAT_CIRCLE else ATTRIBUTION,
    )


def people_of(asked: Asked, found: Timetables) -> list[shapes.PersonDay]:
    """Return everybody's day as the page shows it."""
    return [_person(asked, at, one) for at, one in enumerate(found.people)]


def _person(asked: Asked, at: int, found: Timetable) -> shapes.PersonDay:
    member, totals = asked.question.rounds[at].member, found.totals
    return shapes.PersonDay(
        id=member.id,
        name=member.name,
        color=member.color,
        teams=list(member.teams),
        mode=mode_of(member),
        works=found.works,
        begins=to_ms(found.begins),
        ends=to_ms(found.ends),
        depart=to_ms(found.depart),
        finish=to_ms(found.finish),
        home=(found.home.lat, found.home.lng) if found.home else None,
        back=(found.back.lat, found.back.lng) if found.back else None,
        stops=[
            shapes.StopCard(
                job=asked.cards[stop.job],
                settled=stop.settled,
                arrive=to_ms(stop.arrive),
                start=to_ms(stop.start),
                leave=to_ms(stop.leave),
                travel_seconds=stop.travel_s,
                metres=stop.metres,
                late_seconds=stop.late_s,
            )
            for stop in found.stops
        ],
        metres=totals.metres,
        driving_seconds=totals.driving_s,
        waiting_seconds=totals.waiting_s,
        service_seconds=totals.service_s,
        late_seconds=totals.late_s,
        overtime_seconds=totals.overtime_s,
        troubles=[
            shapes.Trouble(kind=each.kind, job=each.job, by=each.by) for each in found.troubles
        ],
    )


# --- lines on the map -------------------------------------------------------------------------


def ask_lines(
    visit: Visit, day: date, members: Collection[MemberId] | None
) -> list[tuple[str, list[Point], TravelMode]]:
    """Return whose way leads along which positions; two at least."""
    return ways_of(moves.ask_day(visit.tx, visit.actor, day, members=members))


def ways_of(question: DayQuestion) -> list[tuple[str, list[Point], TravelMode]]:
    """Return along which positions everybody's way leads; two at least."""
    ways: list[tuple[str, list[Point], TravelMode]] = [
        (str(one.member.id), _along(question.company, one.member, one.jobs), mode_of(one.member))
        for one in question.rounds
        if one.jobs
    ]
    return [way for way in ways if len(way[1]) > 1]


def _along(company: Company, member: Member, route: Sequence[Job]) -> list[Point]:
    ends = ends_of(member, company)
    points = [ends.start, *(job.position for job in route), ends.end]
    return [point for point in points if point and distinct([point])[0]]


def lines(ways: Sequence[tuple[str, list[Point], TravelMode]], line: Lines) -> shapes.RouteLines:
    """Return the ways along streets. It asks the roads, so it belongs into a thread."""
    found = [(member, line(points, mode)) for member, points, mode in ways]
    return shapes.RouteLines(
        lines=[
            shapes.RouteLine(member=member, encoded=one.polyline, roads=one.roads)
            for member, one in found
        ]
    )


# --- quotes -----------------------------------------------------------------------------------


async def quoted(pool: Pool, question: DayQuestion) -> shapes.JobQuote:
    """Return what the question's job would cost everybody at every place."""
    found: Quote = await pool.answer(quote, question)
    return shapes.JobQuote(
        job=question.job.id if question.job else "",
        day=to_yyyymmdd(question.day),
        offers=[_offer(one) for one in found.offers],
        saved=_option(found.saved) if found.saved else None,
    )


def _offer(one: Offer) -> shapes.Offer:
    return shapes.Offer(member=one.member, options=[_option(each) for each in one.options])


def _option(one: Option) -> shapes.Option:
    return shapes.Option(
        before=one.before,
        driving_seconds=one.driving_s,
        metres=one.metres,
        late_seconds=one.late_s,
        arrive=to_ms(one.arrive),
        breaks=list(one.breaks),
    )


# --- changes ----------------------------------------------------------------------------------


def move(visit: Visit, asked: shapes.MoveJob) -> Moved:
    """Move one job."""
    return moves.move(
        visit.tx,
        visit.actor,
        JobId(asked.job),
        member=asked.member,
        day=needed_day(asked.day),
        before=asked.before,
    )


def put_back(visit: Visit, asked: shapes.PutBack) -> Moved:
    """Take a change back, or do it again."""
    return moves.put_back(
        visit.tx,
        visit.actor,
        [_placement(one) for one in asked.expected],
        [_placement(one) for one in asked.wanted],
    )


def touched(moved: Moved) -> dict[date, set[MemberId]]:
    """Return whose days a change touched."""
    found: dict[date, set[MemberId]] = {}
    for place in (*moved.before, *moved.after):
        if place.member and place.day:
            found.setdefault(place.day, set()).add(place.member)
    return found


def told(moved: Moved, days: list[shapes.ChangedDay]) -> shapes.Changed:
    """Return what a change did."""
    return shapes.Changed(
        before=[_place(one) for one in moved.before],
        after=[_place(one) for one in moved.after],
        days=days,
    )


def keep_times(visit: Visit, asked: Asked, found: Timetables) -> None:
    """Write the planned times of days that a change touched."""
    moves.write_times(visit.tx, visit.actor, asked.question, found)


def _placement(one: shapes.JobPlace) -> Placement:
    return Placement(JobId(one.job), MemberId(one.member), day_of(one.day), one.number)


def _place(one: Placement) -> shapes.JobPlace:
    return shapes.JobPlace(
        job=one.job, member=one.member, day=to_yyyymmdd(one.day), number=one.number
    )


# --- shared -----------------------------------------------------------------------------------


def day_of(number: int) -> date | None:
    """Return the day of a number such as 20260105, None for 0."""
    try:
        return from_yyyymmdd(number)
    except ValueError as error:
        raise BadValue("day must be a day such as 20260105.", field="day") from error


def needed_day(number: int) -> date:
    """Return the day of a number such as 20260105."""
    day = day_of(number)
    if day is None:
        raise BadValue("day must be a day such as 20260105.", field="day")
    return day
