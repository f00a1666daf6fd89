"""Endpoints of the dispatch page, whose answers are worked out between transactions."""

import asyncio
from collections.abc import Callable
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from roundsman.core.clock import local_day, to_yyyymmdd
from roundsman.core.errors import BadValue
from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.moves import Moved, ask_day
from roundsman.dispatch.pool import Pool
from roundsman.dispatch.timeline import timetables
from roundsman.web import dispatch, plans
from roundsman.web.session import Endpoint, Sessions, Visit, answer, form
from roundsman.web.shapes.dispatch import (
    ChangedDay,
    MakePlan,
    MoveJob,
    PinJob,
    PlanPreview,
    PutBack,
)

# Members named in one question: more than a company of this size has people on the road.
MEMBERS_LIMIT = 500


class Desk:
    """The dispatcher's desk: reads in one transaction, answers outside, changes in another."""

    def __init__(self, sessions: Sessions, pool: Pool, line: dispatch.Lines) -> None:
        self._sessions = sessions
        self._pool = pool
        self._line = line

    async def day(self, request: Request) -> Response:
        """Answer everybody's day, or that of some members."""
        members = _members(request)
        asked = await self._sessions.read(
            request, lambda visit: dispatch.ask(visit, _day(request, visit), members)
        )
        return answer(await dispatch.shown(self._pool, asked))

    async def lines(self, request: Request) -> Response:
        """Answer the ways of the day along streets."""
        members = _members(request)
        ways = await self._sessions.read(
            request, lambda visit: dispatch.ask_lines(visit, _day(request, visit), members)
        )
        return answer(await asyncio.to_thread(dispatch.lines, ways, self._line))

    async def quote(self, request: Request) -> Response:
        """Answer what a job would cost everybody at every place of their day."""
        job = JobId(request.query_params.get("job", ""))
        if not job:
            raise BadValue("job must name a job.", field="job")
        question = await self._sessions.read(
            request,
            lambda visit: ask_day(visit.tx, visit.actor, _day(request, visit), job=job),
        )
        return answer(await dispatch.quoted(self._pool, question))

    async def move(self, request: Request) -> Response:
        """Move a job and answer what that did."""
        asked = await form(request, MoveJob)
        return await self._changed(request, lambda visit: dispatch.move(visit, asked))

    async def undo(self, request: Request) -> Response:
        """Take a change back, or bring it again, and answer what that did."""
        asked = await form(request, PutBack)
        return await self._changed(request, lambda visit: dispatch.put_back(visit, asked))

    async def make_plan(self, request: Request) -> Response:
        """Begin a plan of a day and answer how far it is."""
        asked = await form(request, MakePlan)
        return answer(
            await self._sessions.write(request, lambda visit: plans.start(visit, asked)), 201
        )

    async def latest_plan(self, request: Request) -> Response:
        """Answer the newest plan of a day."""
        return answer(
            await self._sessions.read(
                request,
                lambda visit: plans.latest(visit, to_yyyymmdd(_day(request, visit))),
            )
        )

    async def look_at_plan(self, request: Request) -> Response:
        """Answer how far a plan is, and the day as it would be with it."""
        name = str(request.path_params["plan"])
        card, asked = await self._sessions.read(request, lambda visit: plans.look(visit, name))
        if asked is None:
            return answer(PlanPreview(plan=card, people=[], unassigned=[], lines=[]))
        found = await self._pool.answer(timetables, asked.question)
        ways = dispatch.ways_of(asked.question)
        drawn = await asyncio.to_thread(dispatch.lines, ways, self._line)
        return answer(
            PlanPreview(
                plan=card,
                people=dispatch.people_of(asked, found),
                unassigned=asked.unassigned,
                lines=drawn.lines,
            )
        )

    async def pin(self, request: Request) -> Response:
        """Pin a job or release it."""
        asked = await form(request, PinJob)
        job = JobId(str(request.path_params["job"]))
        await self._sessions.write(request, lambda visit: plans.pin(visit, job, asked))
        return answer({})

    def about(self, deal: Callable[[Visit, str], object]) -> Endpoint:
        """Return an endpoint that deals with the plan its path names."""

        async def endpoint(request: Request) -> Response:
            name = str(request.path_params["plan"])
            return answer(await self._sessions.write(request, lambda visit: deal(visit, name)))

        return endpoint

    async def _changed(self, request: Request, change: Callable[[Visit], Moved]) -> Response:
        """Make a change, give the days it touched their new times, and answer with them."""
        moved = await self._sessions.write(request, change)
        days: list[ChangedDay] = []
        for day, members in sorted(dispatch.touched(moved).items()):
            days.append(await self._timed(request, day, members))
        return answer(dispatch.told(moved, days))

    async def _timed(self, request: Request, day: date, members: set[MemberId]) -> ChangedDay:
        asked = await self._sessions.read(request, lambda visit: dispatch.ask(visit, day, members))
        found = await self._pool.answer(timetables, asked.question)
        await self._sessions.write(request, lambda visit: dispatch.keep_times(visit, asked, found))
        return ChangedDay(day=to_yyyymmdd(day), people=dispatch.people_of(asked, found))


def _members(request: Request) -> set[MemberId] | None:
    """Return the members a page asks for, None for all."""
    named = request.query_params.get("members", "")
    if not named:
        return None
    members = {MemberId(one) for one in named.split(",") if one}
    if len(members) > MEMBERS_LIMIT:
        problem = f"At most {MEMBERS_LIMIT} members are asked for at once."
        raise BadValue(problem, field="members")
    return members


def _day(request: Request, visit: Visit) -> date:
    """Return the day a page asks for, today without one."""
    asked = request.query_params.get("day", "") or "0"
    if not (asked.isascii() and asked.isdecimal()):
        raise BadValue("day must be a day such as 20260105.", field="day")
    today = local_day(visit.tx.now, visit.actor.timezone)
    return dispatch.day_of(int(asked[:9])) or today
