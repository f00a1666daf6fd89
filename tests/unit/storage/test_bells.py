"""Bells rung by a commit: who waits for them wakes, in this process and in others."""

from __future__ import annotations

import queue
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from roundsman.core.errors import BadValue
from roundsman.storage.database import Db, Tx, open_database
from roundsman.storage.migrate import upgrade
from roundsman.storage.notify import AT_ONCE, CHANNEL
from tests.servers import fresh_database, template_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BELL = "test"
# A bell that never sounds fails a test after this long; one that does takes milliseconds.
LONG_S = 20

type Heard = queue.SimpleQueue[str]


@pytest.fixture
def db(database: str) -> Iterator[Db]:
    opened = open_database(database)
    yield opened
    opened.close()


@pytest.fixture
def shared_url() -> Iterator[str]:
    with fresh_database(template_database("schema", upgrade)) as url:
        yield url


@pytest.fixture
def process(shared_url: str) -> Iterator[Callable[[], tuple[Db, Heard]]]:
    """Return what opens the database as one more process would: its `Db`, and what it hears."""
    with ExitStack() as stack:

        def start() -> tuple[Db, Heard]:
            opened = open_database(shared_url)
            stack.callback(opened.close)
            heard = ear(opened)
            opened.share_bells()
            return opened, heard

        yield start


def ear(db: Db) -> Heard:
    heard: Heard = queue.SimpleQueue()
    db.bells.listen(BELL, heard.put)
    return heard


def ring(db: Db, *companies: str) -> None:
    def unit(tx: Tx) -> None:
        for company in companies:
            tx.ring(BELL, company)

    db.write_now(unit)


def until_heard(heard: Heard, ringing: Db, company: str) -> None:
    """Ring until the other side listens and hears it; TimeoutError when it never does."""
    for _ in range(LONG_S * 10):
        ring(ringing, company)
        try:
            while heard.get(timeout=0.1) != company:
                pass
        except queue.Empty:
            continue
        return
    raise TimeoutError(company)


def test_a_commit_rings_in_its_own_process_once(db: Db) -> None:
    heard = ear(db)
    db.share_bells()
    ring(db, "acme", "acme")
    ring(db, "zeta")
    assert [heard.get(timeout=LONG_S), heard.get(timeout=LONG_S)] == ["acme", "zeta"]
    with pytest.raises(queue.Empty):
        heard.get(timeout=0.3)


def test_a_refusal_rings_nothing(db: Db) -> None:
    heard = ear(db)

    def refuse(tx: Tx) -> None:
        tx.ring(BELL, "acme")
        raise BadValue("No.")

    with pytest.raises(BadValue):
        db.write_now(refuse)
    ring(db, "zeta")
    assert heard.get(timeout=LONG_S) == "zeta"


def test_it_sounds_in_every_other_process(process: Callable[[], tuple[Db, Heard]]) -> None:
    (one, _), (two, at_two), (_, at_three) = process(), process(), process()
    until_heard(at_two, one, "acme")
    until_heard(at_three, two, "zeta")


def test_nothing_rung_at_once_is_lost(process: Callable[[], tuple[Db, Heard]]) -> None:
    (one, _), (_, at_two) = process(), process()
    until_heard(at_two, one, "ready")
    companies = {f"company{number}" for number in range(3 * AT_ONCE)}
    for company in companies:
        ring(one, company)
    heard: set[str] = set()
    while not heard >= companies:
        heard.add(at_two.get(timeout=LONG_S))


def test_it_comes_back_when_its_connection_breaks(
    process: Callable[[], tuple[Db, Heard]], shared_url: str
) -> None:
    (one, _), (two, at_two) = process(), process()
    until_heard(at_two, one, "before")
    cut(shared_url)
    until_heard(at_two, one, "after")
    two.close()
    ring(one, "nobody is there")


def test_words_it_does_not_understand_are_passed_over(
    process: Callable[[], tuple[Db, Heard]], shared_url: str
) -> None:
    (one, _), (_, at_two) = process(), process()
    until_heard(at_two, one, "before")
    with psycopg.connect(shared_url, autocommit=True) as stranger:
        for payload in ("", "{", '{"v":2}', "[[1]]"):
            stranger.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
    until_heard(at_two, one, "after")


def cut(url: str) -> None:
    """End every connection that listens for bells."""
    with psycopg.connect(url, autocommit=True) as door:
        rows: list[tuple[Any, ...]] = door.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND (query LIKE 'LISTEN %' OR query LIKE '%pg_notify%')"
        ).fetchall()
    assert rows
