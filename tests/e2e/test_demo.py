"""The demo as a newcomer starts it: one command, and a company at work behind the real doors."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from roundsman.core.clock import local_day, to_ms, to_yyyymmdd, utc_now
from roundsman.demo.cast import EVERYBODY, TEAMS, TIMEZONE, WORKERS
from roundsman.demo.customers import customers
from roundsman.demo.memory import FILE
from roundsman.settings import PREFIX
from tests.program import running
from tests.project import ROOT
from tests.world import settings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

# Generous: the machines that run tests are busy.
LIVELY_S = 150
POLL_S = 0.5
pytestmark = pytest.mark.timeout(400)


class Started:
    """A server with the demo, and somebody who looks at it with the key it printed."""

    def __init__(self, process: subprocess.Popen[str], said: dict[str, Any]) -> None:
        self.process = process
        self.url: str = said["url"]
        self.demo: dict[str, Any] = said["demo"]

    def post(self, action: str, **data: Any) -> dict[str, Any]:
        """Call an action as the administrator, waiting where the demo itself uses the key up."""
        while True:
            answer = httpx.post(
                f"{self.url}/api/{action}",
                headers={"API-Key": self.demo["api_key"]},
                json={"data": data},
                timeout=60,
            )
            said: dict[str, Any] = answer.json()
            if said["status"] != -9:
                assert said["status"] == 0, said
                return said
            time.sleep(POLL_S)

    def jobs(self, days_back: int = 0) -> list[dict[str, Any]]:
        """Return the jobs of a day."""
        day = local_day(utc_now(), TIMEZONE) - timedelta(days=days_back)
        jobs: list[dict[str, Any]] = self.post("getjobs", day=to_yyyymmdd(day))["jobs"]
        return jobs

    def fresh(self) -> list[dict[str, Any]]:
        """Return the members whose position is of this minute."""
        seen = self.post("locate", teams=True)["accounts"].values()
        return [one for one in seen if to_ms(utc_now()) - one.get("ts", 0) < 60_000]


@contextlib.contextmanager
def demo_in(folder: Path, **environ: str) -> Generator[Started]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    words = ["serve", "--demo", "--data", str(folder), "--port", "0", "--json"]
    with (
        (folder.parent / "log").open("a") as log,
        subprocess.Popen(
            [sys.executable, "-m", "roundsman", *words],
            cwd=ROOT,
            env={**kept, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield Started(process, msgspec.json.decode(process.stdout.readline()))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(30)


def wait_for[T](ask: Callable[[], T], is_enough: Callable[[T], bool]) -> T:
    """Ask until the answer is enough; fail with the last answer when it never is."""
    deadline = time.monotonic() + LIVELY_S
    while not is_enough(said := ask()):
        assert time.monotonic() < deadline, said
        time.sleep(POLL_S)
    return said


def driver_of(process: subprocess.Popen[str]) -> int:
    """Return the process that drives the demo of a server."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        if b"demo" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
            return int(child)
    raise AssertionError(children)


def test_one_command_shows_a_company_at_work(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with demo_in(folder) as first:
        # The address, login and key are there before anything else is.
        assert httpx.get(f"{first.url}/health/ready").is_success
        login = {"username": first.demo["username"], "password": first.demo["password"]}
        assert httpx.post(f"{first.url}/web/login", json=login).is_success
        assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600

        today = wait_for(first.jobs, lambda jobs: sum(bool(job["worker"]) for job in jobs) >= 130)
        assert len(today) == 150
        company = first.post("getcompany")["company"]
        assert [team["name"] for team in company["teams_config"]] == [team.name for team in TEAMS]
        people = first.post("getaccounts")["accounts"]
        assert {one["username"] for one in people} == {one.username for one in EVERYBODY}
        places = first.post("getplaces")["places"]
        assert {one["name"] for one in places} == {one.name for one in customers()}

        on_the_road = wait_for(first.fresh, lambda seen: len(seen) >= 3)
        workers = {person.username for person in WORKERS}
        assert {one["username"] for one in on_the_road} <= workers

        # Yesterday's early shift is lived whatever the hour: seen by the geofences, then finished.
        def done() -> list[dict[str, Any]]:
            return [job for job in first.jobs(days_back=1) if job["tsDoneSuccess"]]

        for job in wait_for(done, lambda jobs: len(jobs) >= 10):
            assert 0 < job["tsCheckIn"] < job["tsDoneSuccess"] < job["tsCheckOut"]
            assert job["tsAccepted"]

    with demo_in(folder) as second:
        assert second.demo["company"] == first.demo["company"]
        assert second.demo["password"] == first.demo["password"]
        assert second.demo["api_key"] == first.demo["api_key"]
        wait_for(second.fresh, lambda seen: len(seen) >= 3)
        assert len(second.jobs()) == 150
        assert len(second.post("getaccounts")["accounts"]) == len(EVERYBODY)
        assert len(second.post("getplaces")["places"]) == len(customers())


def test_without_its_memory_the_demo_gets_a_new_password_and_key(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with demo_in(folder) as first:
        pass
    (folder / FILE).unlink()
    with demo_in(folder) as second:
        assert second.demo["company"] == first.demo["company"]
        assert second.demo["api_key"] != first.demo["api_key"]
        assert second.post("getcompany")["company"]["uid"] == second.demo["company"]["id"]
        login = {"username": second.demo["username"], "password": second.demo["password"]}
        assert httpx.post(f"{second.url}/web/login", json=login).is_success


def test_the_driver_ends_with_a_server_that_was_killed(tmp_path: Path) -> None:
    with demo_in(tmp_path / "data") as server:
        driver = driver_of(server.process)
        server.process.kill()
        server.process.wait(30)
        wait_for(lambda: Path(f"/proc/{driver}").exists(), lambda there: not there)


def test_a_server_over_another_database_is_not_driven(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/one/roundsman.db", tmp_path / "one")
    with running(settings) as program:
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "roundsman", "demo", "--json"),
                *("--url", program.url, "--data", str(tmp_path / "two")),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert ended.returncode == 1
    refused = msgspec.json.decode(ended.stdout)["error"]
    assert "Give both the same --data" in refused["message"]
