"""Several processes over one PostgreSQL: one answers requests, others do the standing work."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from websockets.sync.client import connect

from roundsman.storage.database import open_database
from roundsman.storage.migrate import upgrade
from tests.e2e import kill_checks as checks
from tests.e2e.kill_clients import Line, Office, ride
from tests.e2e.kill_day import ADA, KEYS, PASSWORD, WANDA, Stage, live_through, set_up
from tests.e2e.kill_killer import Killer
from tests.e2e.played_day import DAY, play
from tests.server_process import ServerProcess
from tests.servers import Answer, fresh_database, hook_receiver, template_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from websockets.sync.client import ClientConnection

# Beside the kills of whole servers; more of them: ROUNDSMAN_TEST_KILLS.
KILLS = max(10, int(os.environ.get("ROUNDSMAN_TEST_KILLS", "100")) // 10)
LONGEST_S = 300 + 6 * KILLS
# Much less than a page waits for news before it looks by itself.
FRAME_S = 15

type Start = Callable[[str], ServerProcess]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with fresh_database(template_database("schema", upgrade)) as url:
        yield set_up(tmp_path, url)


@pytest.fixture
def start(stage: Stage, tmp_path: Path) -> Iterator[Start]:
    """Return what starts one more process of a role; all are stopped, and none had a problem."""
    started: list[ServerProcess] = []

    def one(role: str) -> ServerProcess:
        port = {} if role == "web" else {"ROUNDSMAN_PORT": "0"}
        environ = {**stage.environ, "ROUNDSMAN_ROLE": role, **port}
        server = ServerProcess(environ, tmp_path / f"{role}{len(started)}.log")
        started.append(server)
        server.start()
        return server

    try:
        yield one
        for server in started:
            server.stop()
            assert server.problems() == []
    finally:
        for server in started:
            server.end()


@pytest.mark.timeout(LONGEST_S)
def test_workers_killed_at_any_moment_lose_nothing(stage: Stage, start: Start) -> None:
    start("web")
    with hook_receiver() as inbox, closing(open_database(stage.database)) as db:
        inbox.answer = Answer(delay_s=0.02)
        killer = Killer([start("work"), start("work")], inbox, KILLS, seed=KILLS)
        noted = live_through(stage, killer, inbox, KILLS, seed=KILLS)
        checks.until_settled(db)
        checks.check_jobs(db, stage, noted)
        checks.check_fixes(db, stage.wanda, noted)
        checks.check_visits(db, stage, noted)
        checks.check_told(db, stage, noted, inbox.requests)
    assert sum(killer.struck.values()) == KILLS


@pytest.mark.timeout(LONGEST_S)
def test_two_workers_send_each_webhook_once(stage: Stage, start: Start) -> None:
    with hook_receiver() as inbox, closing(open_database(stage.database)) as db:
        inbox.answer = Answer(delay_s=0.02)
        for role in ("web", "work", "work"):
            start(role)
        with closing(Line(stage.url)) as line:
            office = Office("Ada", line, stage.keys[0], seed=1)
            office.call("setwebhooks", **{key: {"url": f"{inbox.url}/{key}"} for key in KEYS})
            office.work(60)
        checks.until_settled(db)
        ids = [request.headers["webhook-id"] for request in inbox.requests]
        changes = sum(len(texts) for texts in office.notes.values())
        assert len(ids) == len(office.jobs) + changes + len(office.archived)
        assert len(set(ids)) == len(ids)


@pytest.mark.timeout(LONGEST_S)
def test_a_page_sees_what_another_process_found_out(stage: Stage, start: Start) -> None:
    start("web").wait_ready()
    played = play(interval_s=20)
    arrival_ms, leaving_ms = played.stays[0].start_ms, played.stays[0].end_ms
    here, away = (
        [fix for fix in played.fixes if after_ms < fix.ts_ms <= until_ms + 300_000]
        for after_ms, until_ms in ((0, arrival_ms), (arrival_ms + 300_000, leaving_ms))
    )
    with (
        closing(Line(stage.url)) as line,
        httpx.Client(base_url=stage.url, timeout=20) as page,
        live(page) as socket,
    ):
        office = Office("Ada", line, stage.keys[0], seed=1)
        office.plan_day(WANDA)
        job = office.jobs["ERP-1"]
        frame_where(socket, lambda frame: job in {one["id"] for one in frame["jobs"]})
        ride(line, stage.tokens[0], here)
        seen = frame_where(
            socket, lambda frame: any(_ts(one) == here[-1].ts_ms for one in frame["members"])
        )
        # Nobody folds, so nobody is known to have arrived.
        assert all(one["checkIn"] == 0 for one in seen["jobs"])
        start("work").wait_ready()
        arrived = frame_where(socket, lambda frame: bool(_card(frame, job).get("checkIn")))
        assert abs(_card(arrived, job)["checkIn"] - arrival_ms) < 60_000
        # The day is long over, and yet silence is no leaving: the first one told is the true one.
        assert _card(arrived, job)["checkOut"] == 0
        # Both are settled by now and wait for the bell.
        ride(line, stage.tokens[0], away)
        left = frame_where(socket, lambda frame: bool(_card(frame, job).get("checkOut")))
        assert abs(_card(left, job)["checkOut"] - leaving_ms) < 60_000


def live(page: httpx.Client) -> ClientConnection:
    """Open the live line of the day as a logged-in page does."""
    page.post("/web/login", json={"username": ADA, "password": PASSWORD}).raise_for_status()
    seq = page.get(f"/web/board?day={DAY}").raise_for_status().json()["seq"]
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    url = str(page.base_url).replace("http", "ws")
    return connect(f"{url}/web/live?day={DAY}&seq={seq}", additional_headers={"cookie": cookies})


def frame_where(
    socket: ClientConnection, holds: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Return the first frame that fits. TimeoutError when none comes for a while."""
    while True:
        message: dict[str, Any] = msgspec.json.decode(socket.recv(timeout=FRAME_S))
        if message["type"] == "frame" and holds(message):
            return message


def _card(frame: dict[str, Any], job: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = [one for one in frame["jobs"] if one["id"] == job]
    return found[0] if found else {}


def _ts(member: dict[str, Any]) -> int:
    here: dict[str, Any] | None = member.get("here")
    return int(here["ts"]) if here else 0
