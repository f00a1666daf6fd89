"""The server dies at any moment: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import logging
import os
from statistics import median
from typing import TYPE_CHECKING

import pytest

from roundsman.storage.database import open_database
from tests.e2e import kill_checks as checks
from tests.e2e.kill_day import live_through, ride_in_peace, set_up
from tests.e2e.kill_killer import Killer
from tests.server_process import ServerProcess
from tests.servers import Answer, durable_postgres, hook_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# How often servers are killed in one run of all tests: this share on SQLite, the others on
# PostgreSQL. More for a thorough search: ROUNDSMAN_TEST_KILLS=2000.
KILLS = int(os.environ.get("ROUNDSMAN_TEST_KILLS", "100"))
ON_SQLITE = 0.6
# A start and a moment of life for each kill, and time for what is left over at the end.
LONGEST_S = 300 + 6 * KILLS
# A receiver that takes a moment to answer can lose its sender meanwhile.
RECEIVER_S = 0.02

# Shown with --log-cli-level=INFO.
log = logging.getLogger(__name__)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of a PostgreSQL of the test's own that keeps what it commits, or nothing."""
    if request.param == "sqlite":
        yield ""
        return
    with durable_postgres() as url:
        yield url


@pytest.mark.timeout(LONGEST_S)
def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    database_url: str, tmp_path: Path
) -> None:
    kills = round(KILLS * (1 - ON_SQLITE if database_url else ON_SQLITE))
    stage = set_up(tmp_path, database_url)
    server = ServerProcess(stage.environ, tmp_path / "server.log")
    with hook_receiver() as inbox:
        inbox.answer = Answer(delay_s=RECEIVER_S)
        killer = Killer([server], inbox, kills, seed=kills)
        server.start()
        try:
            noted = live_through(stage, killer, inbox, kills, seed=kills)
            db = open_database(stage.database)
            try:
                checks.until_settled(db)
                checks.check_jobs(db, stage, noted)
                checks.check_fixes(db, stage.wanda, noted)
                checks.check_visits(db, stage, noted)
                checks.check_told(db, stage, noted, inbox.requests)
                ride_in_peace(stage, noted.played)
                checks.until_settled(db)
                checks.check_same_fold(db, stage)
            finally:
                db.close()
            server.stop()
        finally:
            server.end()
    assert sum(killer.struck.values()) == kills
    assert noted.broken > 0, "No kill fell between a request and its answer."
    assert server.problems() == []
    if not database_url:
        checks.check_file(stage.database)
    log.info("%d kills: %s", kills, dict(killer.struck))
    calls = [request.headers["webhook-id"] for request in inbox.requests]
    log.info("%d requests broke", noted.broken)
    log.info("%d webhooks came in %d calls", len(set(calls)), len(calls))
    log.info("ready after %.2f s (median)", median(killer.starts_s))
