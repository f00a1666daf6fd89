"""The databases find what is asked for by an index, on both of them."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import msgspec
import psycopg
from msgspec import Struct
from sqlalchemy import Table

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member
from roundsman.accounts.rights import Role
from roundsman.almanac import queries as recurrences
from roundsman.arrivals import queries as arrivals
from roundsman.arrivals.model import Expected
from roundsman.core.clock import to_yyyymmdd
from roundsman.core.ids import CompanyId, DeviceId, JobId, MemberId, PlaceId
from roundsman.diary import queries as diary
from roundsman.diary.model import What
from roundsman.events import queries as events
from roundsman.jobs import queries as jobs
from roundsman.jobs.model import Job
from roundsman.jobs.queries import Filter
from roundsman.places import queries as places
from roundsman.places.areas import Area
from roundsman.places.model import Place
from roundsman.storage.database import Tx, open_database
from roundsman.storage.dialects import POSTGRESQL, SQLITE
from roundsman.storage.kept import Kept
from roundsman.storage.schema import DIRECTORIES, metadata
from roundsman.tracking.devices import Device
from roundsman.tracking.queries import devices, fixes, folds, live, segments
from roundsman.tracking.queries import live as live_states
from roundsman.webhooks.model import Lane
from roundsman.webhooks.queries import deliveries, lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from roundsman.storage.dialects import Statement

COMPANIES = [CompanyId("acme01"), CompanyId("zeta01")]
ACME = COMPANIES[0]
WANDA = MemberId("worker0")
VAN = DeviceId("van")
LANE = Lane(ACME, "0" * 16)
FIRST_DAY = date(2026, 1, 1)
TODAY = 20260105
JOBS, DAYS, WORKERS = 3000, 60, 20


class Listener(Tx):
    """A transaction that hears what is asked and knows no answer."""

    __slots__ = ("heard",)

    def __init__(self, dialect: str) -> None:
        nothing = cast("Any", None)  # it never gets as far as a cursor
        super().__init__(nothing, dialect, datetime(2026, 1, 5, tzinfo=UTC), nothing, Kept())
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def rows(self, statement: Statement, /, **params: Any) -> list[tuple[Any, ...]]:
        sql, own = statement.compiled(self.dialect)
        self.heard.append((sql, {**own, **params}))
        return []

    def row(self, statement: Statement, /, **params: Any) -> None:
        self.rows(statement, **params)

    def run(self, statement: Statement, /, **params: Any) -> None:
        self.rows(statement, **params)

    def count(self, statement: Statement, /, **params: Any) -> int:
        self.rows(statement, **params)
        return 0

    def run_many(self, statement: Statement, many: Sequence[Mapping[str, Any]], /) -> None:
        for params in many:
            self.rows(statement, **params)


class Question(Struct, frozen=True):
    """What is asked, and the index that must find it."""

    ask: Callable[[Tx], object]
    index: str


QUESTIONS = {
    "jobs by day": Question(lambda tx: jobs.search(tx, ACME, Filter(day=TODAY)), "ix_job_day"),
    "jobs without a date": Question(lambda tx: jobs.search(tx, ACME, Filter(day=0)), "ix_job_day"),
    "jobs by days": Question(
        lambda tx: jobs.search(tx, ACME, Filter(days=(TODAY, TODAY + 3))), "ix_job_day"
    ),
    "a page of jobs": Question(lambda tx: jobs.search(tx, ACME, Filter(), limit=100), "ix_job_day"),
    "jobs by worker and day": Question(
        lambda tx: jobs.search(tx, ACME, Filter(day=TODAY, member=WANDA)), "ix_job_member"
    ),
    "jobs by worker and days": Question(
        lambda tx: jobs.search(tx, ACME, Filter(days=(TODAY, TODAY + 3), member=WANDA)),
        "ix_job_member",
    ),
    "jobs of the caller": Question(
        lambda tx: jobs.search(tx, ACME, Filter(day=TODAY, seen_by_worker=WANDA)), "ix_job_member"
    ),
    "jobs by ids": Question(
        lambda tx: jobs.search(tx, ACME, Filter(ids=["0" * 24], archived_too=True)), "pk_job"
    ),
    "jobs to change": Question(
        lambda tx: jobs.find_many(tx, ACME, ["0" * 24], lock=True), "pk_job"
    ),
    "jobs by order number": Question(
        lambda tx: jobs.search(tx, ACME, Filter(orders=[5, 6])), "ix_job_order"
    ),
    "jobs by external id": Question(
        lambda tx: jobs.by_external(tx, ACME, ["ERP-5", "ERP-6"], templates=False),
        "ix_job_external",
    ),
    "jobs at a place": Question(lambda tx: jobs.at_places(tx, ACME, ["place5"]), "ix_job_place"),
    "the end of a route": Question(
        lambda tx: jobs.last_number(tx, ACME, WANDA, TODAY), "ix_job_member"
    ),
    "jobs to delete": Question(lambda tx: jobs.remove(tx, ACME, ["0" * 24]), "pk_job"),
    "the holder of a key": Question(
        lambda tx: accounts.find_credential(tx, "0" * 64), "pk_credential"
    ),
    "the owner of a user name": Question(
        lambda tx: accounts.find_owner_of_username(tx, "ada@acme.example"), "pk_login_name"
    ),
    "a member": Question(lambda tx: accounts.find_member(tx, ACME, WANDA), "pk_member"),
    "places by id": Question(lambda tx: places.find_many(tx, ACME, ["place5"]), "pk_place"),
    "fixes to fold": Question(lambda tx: fixes.after(tx, ACME, WANDA, 0, 500), "pk_fix"),
    "a fix that came before": Question(lambda tx: fixes.at(tx, ACME, WANDA, VAN, [1, 2]), "pk_fix"),
    "the path of a trip": Question(
        lambda tx: fixes.path(tx, ACME, WANDA, (0, 9), coarsest_m=100, most=9), "pk_fix"
    ),
    "who is to be folded": Question(
        lambda tx: folds.due(tx, 20, now_us=9, lost_us=0), "ix_fold_state_dirty"
    ),
    "whose time has changed": Question(
        lambda tx: folds.due(tx, 20, now_us=9, lost_us=0), "ix_fold_state_wake"
    ),
    "the newest snapshot": Question(
        lambda tx: folds.state_before(tx, ACME, WANDA, 9), "pk_snapshot"
    ),
    "segments to refold": Question(
        lambda tx: segments.segments_from(tx, ACME, WANDA, 5), "ix_segment_seq"
    ),
    "segments of a day": Question(
        lambda tx: segments.segments_within(tx, ACME, WANDA, (0, 9), 50), "ix_segment_start"
    ),
    "visits to refold": Question(
        lambda tx: segments.visits_from(tx, ACME, WANDA, 5), "ix_visit_seq"
    ),
    "visits of a day": Question(
        lambda tx: segments.visits_within(tx, ACME, WANDA, (0, 9), 50), "ix_visit_member"
    ),
    "visitors of an area": Question(
        lambda tx: segments.visitors(tx, ACME, "job:5"), "ix_visit_area"
    ),
    "positions since a moment": Question(
        lambda tx: live.live_states(tx, ACME, since_us=5), "ix_live_state_updated"
    ),
    "areas near a fix": Question(
        lambda tx: places.areas_in_cells(tx, ACME, WANDA, [1, 2], 0), "pk_area_cell"
    ),
    "a device": Question(lambda tx: devices.find(tx, ACME, VAN), "pk_device"),
    "whose a device token is": Question(
        lambda tx: devices.openings(tx, ["0" * 64]), "pk_credential"
    ),
    "the device of a token": Question(lambda tx: devices.openings(tx, ["0" * 64]), "pk_device"),
    "the states to change": Question(
        lambda tx: live_states.get_many_locked(tx, ACME, [WANDA]), "pk_live_state"
    ),
    "facts that wait": Question(lambda tx: events.pending(tx, 200), "ix_outbox_pending"),
    "jobs of a report": Question(
        lambda tx: list(jobs.pages(tx, ACME, Filter(days=(TODAY, TODAY + 3)))), "ix_job_day"
    ),
    "deliveries never tried": Question(
        lambda tx: deliveries.fresh(tx, LANE, 48), "ix_delivery_fresh"
    ),
    "deliveries to try again": Question(
        lambda tx: deliveries.again(tx, LANE, 16), "ix_delivery_again"
    ),
    "the next delivery of a lane": Question(
        lambda tx: deliveries.earliest(tx, LANE), "ix_delivery_fresh"
    ),
    "deliveries of a key": Question(
        lambda tx: deliveries.lines(tx, ACME, "job_created", most=50), "ix_delivery_key"
    ),
    "deliveries that wait or failed": Question(
        lambda tx: deliveries.health(tx, ACME, ["job_created"]), "ix_delivery_open"
    ),
    "the last attempt at a key": Question(
        lambda tx: deliveries.health(tx, ACME, ["job_created"]), "ix_attempt_key"
    ),
    "lanes in which something is due": Question(lanes.has_due, "ix_lane_due"),
    "the jobs a member helps at": Question(
        lambda tx: jobs.helping(tx, ACME, WANDA, (TODAY, TODAY)), "pk_job_helper"
    ),
    "jobs of a helper": Question(
        lambda tx: jobs.search(
            tx, ACME, Filter(day=TODAY, seen_by_worker=WANDA, helping_at=["0" * 24])
        ),
        "ix_job_day",
    ),
    "who has something to do": Question(
        lambda tx: jobs.members_with_open(tx, ACME, TODAY), "ix_job_day"
    ),
    "how a template repeats": Question(
        lambda tx: recurrences.find(tx, ACME, JobId("tpl-5")), "pk_recurrence"
    ),
    "templates that repeat": Question(
        lambda tx: recurrences.page(tx, ACME, "", 20), "pk_recurrence"
    ),
    "what came of a template": Question(
        lambda tx: recurrences.occurrences(tx, ACME, JobId("tpl-5"), FIRST_DAY), "pk_occurrence"
    ),
    "arrivals of a member": Question(
        lambda tx: arrivals.of_member(tx, ACME, WANDA, TODAY), "ix_arrival_day"
    ),
    "arrivals that moved": Question(
        lambda tx: arrivals.changed_since(tx, ACME, TODAY, 2**60), "ix_arrival_updated"
    ),
    "whose day changes": Question(lambda tx: diary.due(tx, What.DAY, 20), "pk_appointment"),
    "the day of a company": Question(
        lambda tx: diary.is_due(tx, ACME, What.DAY), "ix_appointment_company"
    ),
    "jobs that are carried over": Question(
        lambda tx: jobs.carrying(tx, ACME, TODAY, (0, ""), 500), "ix_job_carries"
    ),
    "the history of a job": Question(
        lambda tx: events.history(tx, ACME, "job:5", 50), "ix_outbox_subject"
    ),
}


def area_of(place: Place, number: int) -> Area:
    return Area(
        id=f"place:{place.id}",
        kind="place",
        subject=place.id,
        lat_e7=480_000_000 + 200_000 * number,
        lng_e7=160_000_000,
        radius_m=100,
    )


def expected_at(job: Job) -> Expected:
    return Expected(
        job=job.id,
        member=job.member,
        day=to_yyyymmdd(job.day),
        arrive_ms=0,
        low_ms=0,
        high_ms=0,
        leave_ms=0,
        basis="plan",
        roads="",
        at_ms=0,
    )


def fill(url: str) -> None:
    """Write as many jobs as make an index worth using."""
    draw = random.Random(7)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    every = [
        Job(
            id=JobId(f"{number:024x}"),
            created_at=now + timedelta(seconds=number),
            saved_at=now,
            external_id=f"ERP-{number}" if number % 2 else "",
            day=FIRST_DAY + timedelta(days=number % DAYS) if number % 10 else None,
            number=draw.randrange(50),
            member=MemberId(f"worker{draw.randrange(WORKERS)}"),
            order_number=number if number % 3 == 0 else 0,
            place=PlaceId(f"place{number % 100}" if number % 4 == 0 else ""),
        )
        for number in range(JOBS)
    ]
    sites = [Place(id=PlaceId(f"place{number}"), name=f"Site {number}") for number in range(200)]
    people = [
        Member(
            id=MemberId(f"worker{n}"),
            username=f"w{n}",
            name=f"W {n}",
            role=Role.WORKER,
            created_at=now,
        )
        for n in range(1000)
    ]

    def write(tx: Tx) -> None:
        for company in COMPANIES:
            jobs.add_many(tx, company, every)
            arrivals.save_many(tx, company, [expected_at(job) for job in every])
            for number, site in enumerate(sites):
                places.save(tx, company, site)
                places.save_area(tx, company, area_of(site, number))
            for person in people:
                phone = Device(id=DeviceId(f"phone-{person.id}"), member=person.id, created_ms=0)
                devices.save(tx, company, phone)
            for person in people:
                accounts.save_member(tx, company, person)

    db = open_database(url)
    db.write_now(write)
    db.close()
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.execute("ANALYZE")
    else:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("ANALYZE")


def sqlite_plan(url: str, heard: Listener) -> str:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        plans: list[str] = []
        for sql, params in heard.heard:
            plain = {
                name: msgspec.json.encode(value).decode() if isinstance(value, list) else value
                for name, value in params.items()
            }
            rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", plain).fetchall()
            plans += [str(row[3]) for row in rows]
        return "\n".join(plans)


def postgresql_plan(url: str, heard: Listener) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        # A table of a test is small enough to be read whole; what counts is that the index fits.
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET enable_bitmapscan = off")
        plans: list[str] = []
        for sql, params in heard.heard:
            statement = cast("Any", f"EXPLAIN {sql}")
            plans += [str(row[0]) for row in connection.execute(statement, params).fetchall()]
        return "\n".join(plans)


# SQLite names the index of a primary key by itself.
def names_of(index: str) -> tuple[str, ...]:
    return (index, f"sqlite_autoindex_{index.removeprefix('pk_')}_1", "USING PRIMARY KEY")


def test_what_is_asked_every_day_is_found_by_its_index(database: str) -> None:
    fill(database)
    dialect, plan_of = (
        (SQLITE, sqlite_plan) if database.startswith("sqlite") else (POSTGRESQL, postgresql_plan)
    )
    wrong: dict[str, str] = {}
    for name, question in QUESTIONS.items():
        listener = Listener(dialect)
        question.ask(listener)
        plan = plan_of(database, listener)
        if not any(index in plan for index in names_of(question.index)) or "SCAN job" in plan:
            wrong[name] = plan
    assert not wrong


def test_every_key_and_every_index_begins_with_the_company() -> None:
    for table in metadata.tables.values():
        assert isinstance(table, Table)
        if table.name in DIRECTORIES:
            continue
        first = next(iter(table.primary_key.columns)).name
        assert first == "company_id", f"the primary key of {table.name}"
        for index in table.indexes:
            assert next(iter(index.columns)).name == "company_id", index.name
        for constraint in table.constraints:
            columns = list(getattr(constraint, "columns", []))
            assert columns[0].name == "company_id", constraint


def test_the_three_directories_are_the_only_exceptions() -> None:
    assert {"login_name", "credential", "appointment"} == DIRECTORIES
    assert set(metadata.tables) > DIRECTORIES
    for name in DIRECTORIES:
        for index in metadata.tables[name].indexes:
            assert next(iter(index.columns)).name == "company_id", index.name
