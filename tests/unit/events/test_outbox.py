"""The outbox: facts are told once each, in order, whatever breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.core.errors import NotReady
from roundsman.core.ids import CompanyId, JobId, MemberId
from roundsman.events import queries
from roundsman.events.catalogue import By, JobArchived, JobCreated, JobDeleted, Told
from roundsman.events.outbox import emit, relay_once
from roundsman.storage.database import Db, Tx, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio
ADA = By(CompanyId("acme00"), MemberId("adaxxx"), "api")


@pytest.fixture
def db(database: str) -> Iterator[Db]:
    opened = open_database(database)
    yield opened
    opened.close()


def tell(tx: Tx) -> None:
    for event in (JobCreated(JobId("a")), JobArchived(JobId("a")), JobDeleted(JobId("a"))):
        emit(tx, ADA, event, "{}")


async def test_facts_are_told_in_the_order_they_happened(db: Db) -> None:
    await db.write(tell)
    heard: list[str] = []
    assert await relay_once(db, lambda _tx, told: heard.append(told.event.kind)) == 3
    assert heard == ["job_created", "job_archived", "job_deleted"]


async def test_a_settled_fact_is_not_told_again(db: Db) -> None:
    await db.write(tell)
    await relay_once(db, lambda _tx, _told: None)
    heard: list[Told] = []
    assert await relay_once(db, lambda _tx, told: heard.append(told)) == 0
    assert heard == []


async def test_a_refused_change_tells_nothing(db: Db) -> None:
    def refuse(tx: Tx) -> None:
        tell(tx)
        raise KeyError

    with pytest.raises(KeyError):
        await db.write(refuse)
    assert await relay_once(db, lambda _tx, _told: None) == 0


async def test_a_reaction_that_breaks_does_not_stop_the_others(db: Db) -> None:
    await db.write(tell)
    heard: list[str] = []

    def react(_tx: Tx, told: Told) -> None:
        if told.event.kind == "job_archived":
            raise ZeroDivisionError
        heard.append(told.event.kind)

    await relay_once(db, react)
    assert heard[-2:] == ["job_created", "job_deleted"]
    assert await relay_once(db, react) == 0


async def test_facts_wait_while_the_database_cannot_be_used(db: Db) -> None:
    await db.write(tell)
    heard: list[str] = []

    def lose_the_database(_tx: Tx, told: Told) -> None:
        if told.event.kind == "job_archived":
            raise NotReady("The disk is full.")

    with pytest.raises(NotReady):
        await relay_once(db, lose_the_database)
    assert await relay_once(db, lambda _tx, told: heard.append(told.event.kind)) == 3
    assert heard == ["job_created", "job_archived", "job_deleted"]


async def test_a_database_lost_between_two_facts_sets_none_aside(db: Db) -> None:
    """The batch breaks for a reason of its own; the database goes when each is done alone."""
    await db.write(tell)
    breaks: list[Exception] = [ZeroDivisionError(), NotReady("The disk is full.")]

    def react(_tx: Tx, told: Told) -> None:
        if told.event.kind == "job_archived" and breaks:
            raise breaks.pop(0)

    with pytest.raises(NotReady):
        await relay_once(db, react)
    assert await relay_once(db, react) == 2


async def test_the_history_of_a_subject_is_newest_first_and_of_one_company(db: Db) -> None:
    await db.write(tell)
    found = await db.read(lambda tx: queries.history(tx, ADA.company, "job:a", 10))
    assert [told.event.kind for told in found] == ["job_deleted", "job_archived", "job_created"]
    assert await db.read(lambda tx: queries.history(tx, CompanyId("zeta00"), "job:a", 10)) == []
