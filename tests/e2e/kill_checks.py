"""What must be true of a day, however often the server was killed in it."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, defaultdict
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec
from sqlalchemy import func, select

from roundsman.core.clock import to_ms
from roundsman.events.queries import FAILED, HANDLED, PENDING
from roundsman.jobs import queries as jobs
from roundsman.jobs.queries import Filter
from roundsman.storage import schema
from roundsman.storage.dialects import Statement
from roundsman.tracking.model import Stop, Trip
from roundsman.tracking.queries import segments
from roundsman.webhooks.model import State
from tests.e2e.played_day import CUSTOMERS, MORNING

if TYPE_CHECKING:
    from roundsman.core.ids import MemberId
    from roundsman.jobs.model import Job
    from roundsman.storage.database import Db, Tx
    from tests.e2e.kill_day import Noted, Stage
    from tests.hooks import Received

SETTLED_S = 120.0
LOOK_EVERY_S = 0.1
SPAN_MS = (to_ms(MORNING), to_ms(MORNING) + 86_400_000)
# Facts of which others hear, and the webhook they hear.
TOLD = {
    "job_created": "job_created",
    "job_updated": "job_updated",
    "job_completed": "job_completed",
    "job_archived": "job_archived",
    "job_deleted": "job_deleted",
    "job_checked_in": "job_checkin",
    "job_checked_out": "job_checkout",
}

_outbox, _delivery, _fold = schema.outbox.c, schema.delivery.c, schema.fold_state.c
_OPEN = (
    Statement(select(func.count()).where(_outbox.pending == PENDING)),
    Statement(select(func.count()).where(_fold.since_us > 0)),
    Statement(select(func.count()).where(_delivery.state <= int(State.RETRYING))),
    Statement(select(func.count()).select_from(schema.second_look)),
)
_FACTS = Statement(
    select(_outbox.event_id, _outbox.kind, _outbox.subject, _outbox.pending, _outbox.snapshot)
)
_DELIVERIES = Statement(
    select(_delivery.delivery_id, _delivery.event_key, _delivery.ordering, _delivery.state)
)
_FIXES = Statement(select(schema.fix.c.member_id, schema.fix.c.ts_ms))


def until_settled(db: Db) -> None:
    """Wait until nothing is left to be told, folded or delivered. TimeoutError says what is."""

    def look(tx: Tx) -> list[int]:
        return [int((tx.row(statement) or [0])[0]) for statement in _OPEN]

    give_up_at = time.monotonic() + SETTLED_S
    while any(left := db.read_now(look)):
        if time.monotonic() > give_up_at:
            problem = "{} facts, {} folds, {} deliveries, {} looks are left over."
            raise TimeoutError(problem.format(*left))
        time.sleep(LOOK_EVERY_S)


def check_jobs(db: Db, stage: Stage, noted: Noted) -> None:
    """No acknowledged job or edit is missing, no job is there twice."""
    found = _jobs(db, stage)
    by_own_id = {job.external_id: job for job in found}
    assert len(by_own_id) == len(found)
    acknowledged = {own: told for office in noted.offices for own, told in office.jobs.items()}
    assert {own: job.id for own, job in by_own_id.items()} == acknowledged
    for office in noted.offices:
        for own in office.jobs:
            job = by_own_id[own]
            assert job.note == (office.notes[own][-1] if office.notes[own] else ""), own
            assert (job.archived_at is not None) == (own in office.archived), own


def check_fixes(db: Db, member: MemberId, noted: Noted) -> None:
    """Every fix is there; each has one row by the key of its table."""
    stored = [at for who, at in db.read_now(lambda tx: tx.rows(_FIXES)) if who == member]
    assert sorted(stored) == [fix.ts_ms for fix in noted.played.fixes]


def check_visits(db: Db, stage: Stage, noted: Noted) -> None:
    """The worker was at each customer once, and is checked in and out there at the right time."""

    visits, parts = db.read_now(
        lambda tx: (
            segments.visits_within(tx, stage.company, stage.wanda, SPAN_MS, 1000),
            segments.segments_within(tx, stage.company, stage.wanda, SPAN_MS, 1000),
        )
    )
    by_job = {job.external_id: job for job in _jobs(db, stage)}
    day = [by_job[f"ERP-{number}"] for number in range(1, len(CUSTOMERS) + 1)]
    assert [one.what.area for one in visits] == [f"job:{job.id}" for job in day]
    for job, stay in zip(day, noted.played.stays, strict=False):
        assert abs(to_ms(job.checked_in_at) - stay.start_ms) < 60_000, job.title
        assert abs(to_ms(job.checked_out_at) - stay.end_ms) < 60_000, job.title
    kinds = Counter(type(one.what) for one in parts)
    assert kinds[Trip] == len(CUSTOMERS) + 1
    assert kinds[Stop] == len(CUSTOMERS) + 2
    for before, after in pairwise(parts):
        assert before.what.end_ms <= after.what.start_ms


def check_same_fold(db: Db, stage: Stage) -> None:
    """Both workers drove the same day, one of them in peace."""

    def read(tx: Tx, member: MemberId) -> bytes:
        parts = segments.segments_within(tx, stage.company, member, SPAN_MS, 1000)
        return msgspec.json.encode([one.what for one in parts])

    killed = db.read_now(lambda tx: read(tx, stage.wanda))
    assert killed == db.read_now(lambda tx: read(tx, stage.willi))


def check_told(db: Db, stage: Stage, noted: Noted, received: list[Received]) -> None:
    """Each change is one fact, each fact one webhook, and each webhook has arrived."""
    facts = db.read_now(lambda tx: tx.rows(_FACTS))
    assert {row[3] for row in facts} == {HANDLED}, f"{FAILED} is a fact set aside"
    sent = db.read_now(lambda tx: tx.rows(_DELIVERIES))
    assert {row[3] for row in sent} == {int(State.DELIVERED)}
    due = [(event, TOLD[kind]) for event, kind, _, _, _ in facts if kind in TOLD]
    assert Counter((event, key) for _, key, event, _ in sent) == Counter(due)
    first: dict[str, dict[str, str]] = {}
    for request in received:
        first.setdefault(request.headers["webhook-id"], _form(request))
    assert set(first) == {row[0] for row in sent}
    _check_actions(noted, list(first.values()), _jobs(db, stage))


def _check_actions(noted: Noted, told: list[dict[str, str]], found: list[Job]) -> None:
    """Each change of each job was told as what it was; `told` is in order of first arrival."""
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    notes: dict[str, list[str]] = defaultdict(list)
    for said in told:
        heard[said["id"]][said["action"]] += 1
        (job,) = msgspec.json.decode(said["data"])
        note = job["textDispatcher"]
        if said["action"] == "jobupdated" and note and note not in notes[said["id"]]:
            notes[said["id"]].append(note)
    assert set(heard) == {job.id for job in found}
    for job in found:
        at_customer = int(job.external_id.startswith("ERP-"))
        counts = heard[job.id]
        assert counts["jobcreated"] == 1
        assert counts["jobarchived"] == int(job.archived_at is not None)
        assert (counts["jobcheckin"], counts["jobcheckout"]) == (at_customer, at_customer)
    for office in noted.offices:
        for own, texts in office.notes.items():
            assert notes[office.jobs[own]] == texts, own


def check_file(database: str) -> None:
    """The SQLite file is whole."""
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _jobs(db: Db, stage: Stage) -> list[Job]:
    wanted = Filter(archived_too=True, templates_too=True)
    return db.read_now(lambda tx: jobs.search(tx, stage.company, wanted))


def _form(request: Received) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
