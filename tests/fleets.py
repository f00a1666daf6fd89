"""Days of a generated company, with any mix of hours, pins, windows and stamps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from roundsman.accounts.model import Company, Member, Shift
from roundsman.accounts.rights import Role
from roundsman.core.geo import Point
from roundsman.core.ids import CompanyId, HoldId, JobId, MemberId, TeamId
from roundsman.dispatch.day import in_order
from roundsman.dispatch.fleet.model import Effort, FleetQuestion, Held, Keep, Weights
from roundsman.dispatch.order import Constraints
from roundsman.jobs.model import Job

DAY = date(2026, 1, 5)
MORNING = datetime(2026, 1, 5, 7, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 4, 23, tzinfo=UTC)
ACME = Company(
    id=CompanyId("acme"), username="acme", name="Acme", created_at=MORNING, timezone="Europe/Vienna"
)


def question_of(seed: int, keep: Keep, jobs: int = 12) -> FleetQuestion:
    """Return the question how a random day is planned best."""
    luck = Random(seed)
    members = tuple(_member(luck, number) for number in range(luck.randrange(1, 4)))
    every = [_job(luck, number, members) for number in range(luck.randrange(jobs + 1))]
    routes = tuple(
        tuple(in_order(job for job in every if job.member == member.id)) for member in members
    )
    free = tuple(in_order(job for job in every if not job.member and not job.done_at))
    mine = [job.id for route in routes for job in route]
    return FleetQuestion(
        company=ACME,
        members=members,
        day=DAY,
        now=luck.choice(
            [MORNING - timedelta(days=1), MORNING + timedelta(hours=luck.random() * 6)]
        ),
        routes=routes,
        new=free,
        holds=tuple(_held(luck, number) for number in range(luck.randrange(3))),
        movable=luck.choice([None, frozenset(luck.sample(mine, len(mine) // 2))]),
        keep=keep,
        constraints=Constraints(
            working_hours=luck.random() < 0.8,
            time_window=luck.random() < 0.8,
            capacity=luck.random() < 0.8,
            max_jobs=luck.choice([None, None, 4]),
        ),
        weights=Weights(same_person=luck.choice([0, 600])),
        effort=Effort(iterations=200),
    )


def spot(luck: Random) -> Point:
    """Return a random place in town."""
    return Point(48.2 + luck.uniform(-0.05, 0.05), 16.3 + luck.uniform(-0.08, 0.08))


def _member(luck: Random, number: int) -> Member:
    shift = luck.choice([Shift(480, 960), Shift(420, 720), Shift(0, 0)])
    return Member(
        id=MemberId(f"m{number}"),
        username=f"m{number}@acme.example",
        name=f"M{number}",
        role=Role.WORKER,
        created_at=MORNING,
        teams=[TeamId(1)] if luck.random() < 0.5 else [],
        travel_mode=luck.choice(["car", "bicycle"]),
        vehicle_capacity=luck.choice([0, 8, 20]),
        hours={"monday": shift} if luck.random() < 0.9 else {},
        route_start=spot(luck) if luck.random() < 0.8 else None,
        route_end=spot(luck) if luck.random() < 0.4 else None,
    )


def _job(luck: Random, number: int, members: tuple[Member, ...]) -> Job:
    owner = luck.choice(members).id if luck.random() < 0.6 else MemberId("")
    stamps: dict[str, Any] = {}
    if owner and luck.random() < 0.2:
        at = MORNING + timedelta(minutes=luck.randrange(240))
        stamps = luck.choice([{"done_at": at}, {"checked_in_at": at}])
    window: dict[str, Any] = {}
    if luck.random() < 0.4:
        opens = luck.randrange(420, 900)
        window = {"window_start": opens, "window_end": opens + luck.randrange(30, 240)}
    planned: dict[str, Any] = {}
    if luck.random() < 0.4:
        start = MIDNIGHT + timedelta(minutes=luck.randrange(420, 960))
        planned = {"scheduled_start": start, "scheduled_end": start + timedelta(minutes=12)}
    return Job(
        id=JobId(f"j{number:02d}"),
        created_at=MORNING,
        saved_at=MORNING,
        day=DAY,
        member=owner,
        number=number + 1 if owner else 0,
        priority=luck.randrange(11),
        position=spot(luck) if luck.random() < 0.9 else None,
        on_site_s=luck.choice([0, 300, 1800, 7200]),
        team=luck.choice([0, 0, 0, 1]),
        items_pickup=luck.randrange(4),
        items_dropoff=luck.randrange(4),
        pin_person=luck.random() < 0.15,
        pin_position=luck.random() < 0.1,
        pin_time=luck.random() < 0.3,
        **stamps,
        **window,
        **planned,
    )


def _held(luck: Random, number: int) -> Held:
    opens = luck.choice([480, 600, 720])
    return Held(
        id=HoldId(f"h{number}"),
        position=spot(luck),
        window_start=opens,
        window_end=opens + 120,
        on_site_s=luck.choice([900, 3600]),
    )
