"""What moving a job by hand would cost, at every place of everybody's day (pure).

The checker follows a round from its start each time; a thousand places are asked for at once here,
so each goes on from the stop before it.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from roundsman.core.ids import JobId, MemberId
from roundsman.dispatch.checker import Kind
from roundsman.dispatch.day import moment_of
from roundsman.dispatch.model import UNREACHABLE, Problem
from roundsman.dispatch.timeline import DayQuestion, problem_of
from roundsman.dispatch.timetable import leave_at
from roundsman.dispatch.travel import Driven, Used, distinct, together, used


class Option(Struct, frozen=True, kw_only=True):
    """What the job would add before the open job `before` (empty: at the end), and what it breaks.

    `late_s` is lateness at all jobs of the round together, overtime included. `arrive` is when the
    job itself would be reached.
    """

    before: JobId
    driving_s: int
    metres: int
    late_s: int
    arrive: datetime
    breaks: tuple[Kind, ...]


class Offer(Struct, frozen=True):
    """A member's options for a job, in the order of their round."""

    member: MemberId
    options: tuple[Option, ...]


class Quote(Driven, frozen=True, kw_only=True):
    """What a job would cost everybody; `saved` is what it costs where it is now, if on this day."""

    offers: tuple[Offer, ...]
    saved: Option | None = None


def quote(question: DayQuestion) -> Quote:
    """Return what the question's job would add at every place of every round.

    The job itself is taken out of the round it is in. A job without a position has no quote.
    """
    if question.job is None or distinct([question.job.position])[1] == [None]:
        return Quote(offers=())
    travels = question.travel or (None,) * len(question.rounds)
    offers: list[Offer] = []
    saved: Option | None = None
    told: list[Used] = []
    for one, travel in zip(question.rounds, travels, strict=True):
        others = [job for job in one.open if job.id != question.job.id]
        problem = problem_of(question, one, [*others, question.job], travel)
        options = _options(question, problem)
        if len(others) < len(one.open):
            saved = options[[job.id for job in one.open].index(question.job.id)]
        offers.append(Offer(one.member.id, tuple(options)))
        told.append(used(problem.travel, problem.tasks))
    return Quote(offers=tuple(offers), saved=saved, used=together(told))


class _Come(Struct, frozen=True):
    """How far somebody has come on their round, and what that took."""

    here: int | None
    now_s: int
    arrived_s: int
    driving_s: int = 0
    metres: int = 0
    late_s: int = 0
    unreachable: int = 0


class _Sums(Struct, frozen=True):
    """What a whole round amounts to."""

    driving_s: int
    metres: int
    late_s: int
    overtime_s: int
    unreachable: int
    over: int


def _options(question: DayQuestion, problem: Problem) -> list[Option]:
    """Return the options of one round; the job is the last task of its problem."""
    new = len(problem.tasks) - 1
    route = list(range(new))
    begin = problem.persons[0].shift.start_s
    comes = [_Come(problem.persons[0].start, begin, begin)]
    for index in route:
        comes.append(_on(problem, comes[-1], [index]))
    before = _sums(problem, comes[-1], route)
    found: list[Option] = []
    for at, come in enumerate(comes):
        there = _on(problem, come, [new])
        end = _on(problem, there, route[at:])
        after = _sums(problem, end, [*route[:at], new, *route[at:]])
        found.append(
            Option(
                before=JobId(problem.tasks[at].id) if at < new else JobId(""),
                driving_s=after.driving_s - before.driving_s,
                metres=after.metres - before.metres,
                late_s=after.late_s + after.overtime_s - before.late_s - before.overtime_s,
                arrive=moment_of(there.arrived_s, question.company, question.day),
                breaks=_worse(problem, before, after),
            )
        )
    return found


def _on(problem: Problem, come: _Come, stops: Sequence[int]) -> _Come:
    """Return how far somebody has come after these tasks (indices) as well."""
    here, now_s, arrived_s = come.here, come.now_s, come.arrived_s
    driving_s, metres, late_s, unreachable = (
        come.driving_s,
        come.metres,
        come.late_s,
        come.unreachable,
    )
    matrix = problem.travel.matrices[problem.persons[0].mode]
    for index in stops:
        task = problem.tasks[index]
        if task.location is None:
            continue
        if here is not None:
            seconds, way = matrix.seconds[here][task.location], matrix.metres[here][task.location]
            if UNREACHABLE in {seconds, way}:
                unreachable += 1
            else:
                now_s, driving_s, metres = now_s + seconds, driving_s + seconds, metres + way
        here, arrived_s = task.location, now_s
        if task.windows:
            late_s += max(0, now_s - task.windows[-1].end_s)
        now_s = leave_at(task, now_s)
    return _Come(here, now_s, arrived_s, driving_s, metres, late_s, unreachable)


def _sums(problem: Problem, come: _Come, stops: Sequence[int]) -> _Sums:
    """Return what the round amounts to that ends there; `stops` are all its tasks in order."""
    who = problem.persons[0]
    now_s, driving_s, metres, unreachable = (
        come.now_s,
        come.driving_s,
        come.metres,
        come.unreachable,
    )
    if stops and come.here is not None and who.end is not None:
        matrix = problem.travel.matrices[who.mode]
        seconds, way = matrix.seconds[come.here][who.end], matrix.metres[come.here][who.end]
        if UNREACHABLE in {seconds, way}:
            unreachable += 1
        else:
            now_s, driving_s, metres = now_s + seconds, driving_s + seconds, metres + way
    overtime_s = max(0, now_s - who.shift.end_s) if stops else 0
    over = _over(problem, stops)
    return _Sums(driving_s, metres, come.late_s, overtime_s, unreachable, over)


def _over(problem: Problem, stops: Sequence[int]) -> int:
    """Return by how much the load exceeds the vehicle at its fullest; it has one dimension."""
    capacity = problem.persons[0].capacity
    if not capacity:
        return 0
    tasks = [problem.tasks[stop] for stop in stops]
    load = peak = sum(sum(task.dropoff) for task in tasks)
    for task in tasks:
        load += sum(task.pickup) - sum(task.dropoff)
        peak = max(peak, load)
    return max(0, peak - capacity[0])


def _worse(problem: Problem, before: _Sums, after: _Sums) -> tuple[Kind, ...]:
    """Return what breaks with the job, the last task, that did not break as much without it."""
    who, task = problem.persons[0], problem.tasks[-1]
    broken: dict[Kind, bool] = {
        "capacity": after.over > before.over,
        "forbidden": who.id in task.forbidden,
        "pinned": bool(task.person) and task.person != who.id,
        "skill": bool(task.skills - who.skills),
        "time_window": after.late_s > before.late_s,
        "unreachable": after.unreachable > before.unreachable,
        "working_hours": after.overtime_s > before.overtime_s,
    }
    return tuple(kind for kind, is_broken in broken.items() if is_broken)
