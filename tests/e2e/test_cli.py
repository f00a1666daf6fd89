"""The command line as people and scripts run it: in processes of its own, beside a server."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from roundsman.settings import PREFIX
from tests.program import running
from tests.project import ROOT
from tests.world import settings_for

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from roundsman.settings import Settings

WAIT_S = 60


def environ_of(settings: Settings, **more: str) -> dict[str, str]:
    """Return the environment of a program that uses these settings' database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {"DATA": str(settings.data), "DATABASE_URL": settings.database_url, **more}
    return {**kept, **{PREFIX + name: value for name, value in given.items() if value}}


def roundsman(settings: Settings, *words: str, code: int = 0) -> str:
    """Run one command to its end and return what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "roundsman", *words],
        cwd=ROOT,
        env=environ_of(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
    )
    assert ended.returncode == code, ended.stderr
    return ended.stdout or ended.stderr


def asked(settings: Settings, *words: str) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(roundsman(settings, *words, "--json"))
    return said


@contextlib.contextmanager
def started(settings: Settings, *words: str, **more: str) -> Generator[subprocess.Popen[str]]:
    """Start a server that somebody stops by hand; kill it if nobody did."""
    with subprocess.Popen(
        [sys.executable, "-m", "roundsman", "serve", *words],
        cwd=ROOT,
        env=environ_of(settings, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def post(url: str, key: str, action: str, **data: Any) -> dict[str, Any]:
    answer = httpx.post(f"{url}/api/{action}", headers={"API-Key": key}, json={"data": data})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """Return settings over a fresh database, once on SQLite and once on PostgreSQL."""
    return settings_for(database, tmp_path)


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    """Return settings over a data directory in which there is nothing yet."""
    folder = tmp_path / "data"
    return settings_for(f"sqlite:///{folder}/roundsman.db", folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_address_is_printed_when_it_answers_and_a_signal_ends_it_well(
    number: signal.Signals, embedded: Settings
) -> None:
    with started(embedded, "--port", "0", "--json") as server:
        assert server.stdout is not None
        said = msgspec.json.decode(server.stdout.readline())
        assert said["pid"] == server.pid
        assert httpx.get(f"{said['url']}/health/ready").json() == {"ready": True}
        server.send_signal(number)
        assert server.wait(WAIT_S) == 0


def test_a_person_reads_where_it_is_and_how_to_stop_it(embedded: Settings) -> None:
    with started(embedded, "--port", "0", LOG="text") as server:
        assert server.stdout is not None
        banner = "".join(iter(server.stdout.readline, "Ctrl+C stops the server.\n"))
        url = next(word for word in banner.split() if word.startswith("http://"))
        assert str(embedded.data) in banner
        assert httpx.get(f"{url}/health/live").is_success
        assert httpx.get(f"{url}/nothing/here").status_code == 404
        server.terminate()
        _, log = server.communicate(timeout=WAIT_S)
    assert "started" in log
    # A person is shown what went wrong, not every request.
    assert log.count("request_served") == 1
    assert "404" in log
    assert '{"' not in log


def test_a_machine_reads_one_json_object_a_line(embedded: Settings) -> None:
    with running(embedded) as program:
        httpx.get(f"{program.url}/health/live")
        program.check_alive()
        lines = [msgspec.json.decode(line) for line in program.lines()]
    assert {"started", "request_served"} <= {line["event"] for line in lines}
    assert all({"at", "level"} <= set(line) for line in lines)


def test_a_taken_port_is_refused_before_anything_is_made(embedded: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = roundsman(embedded, "serve", "--port", str(port), code=1)
    assert "--port" in said
    assert said.count("\n") == 1
    assert not embedded.data.exists()


def test_a_host_that_is_not_here_is_refused_in_words_of_its_own(embedded: Settings) -> None:
    said = roundsman(embedded, "serve", "--host", "192.0.2.1", "--port", "0", code=1)
    assert "--host" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "0"),
        ("migrate",),
        ("company", "create", "Acme", "--admin", "ada@acme.example"),
        ("key", "create", "--member", "ada@acme.example"),
        ("demo",),
    ],
    ids=lambda words: words[0],
)
def test_no_command_shows_a_person_a_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    nowhere = settings_for(f"sqlite:///{in_the_way}/roundsman.db", in_the_way)
    said = roundsman(nowhere, *words, code=1)
    assert said.startswith("The database cannot be used (")
    assert said.endswith("Run: roundsman doctor\n")
    assert said.count("\n") == 1


def test_who_stops_reading_the_answer_is_not_shouted_at(embedded: Settings) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "roundsman", "doctor"],
        cwd=ROOT,
        env=environ_of(embedded),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, errors = process.communicate(timeout=WAIT_S)
    assert (process.returncode, errors) == (1, b"")


def test_an_answer_that_cannot_be_written_is_no_secret(embedded: Settings) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        ended = subprocess.run(
            [sys.executable, "-m", "roundsman", "migrate"],
            cwd=ROOT,
            env=environ_of(embedded),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=WAIT_S,
        )
    assert ended.returncode == 1
    assert ended.stderr == (
        b"It is done, but the answer cannot be written (No space left on device).\n"
    )
    assert embedded.file.exists()


def test_what_the_command_line_makes_works_at_once_on_the_running_server(
    settings: Settings,
) -> None:
    with running(settings) as program:
        made = asked(settings, "company", "create", "Acme", "--admin", "ada@acme.example")
        company = post(program.url, made["api_key"], "getcompany")["company"]
        assert company["uid"] == made["company"]["id"]
        words = ("--name", "Wanda", "--username", "wanda@acme.example")
        wanda = asked(settings, "member", "create", "--company", company["uid"], *words)
        device = asked(settings, "device", "create", "--member", "wanda@acme.example")
        key = asked(settings, "key", "create", "--member", "wanda@acme.example")["api_key"]
        path = device["urls"]["traccar"].partition("/ingest/")[2]
        where = {"id": device["device_id"], "lat": "41.15", "lon": "-8.61"}
        sent = httpx.post(f"{program.url}/ingest/{path}", params=where)
        assert (sent.status_code, sent.content) == (200, b"")
        uid = wanda["member"]["id"]
        seen = post(program.url, key, "locate", accounts={uid: {}})["accounts"][uid]
        assert (seen["lat"], seen["lng"]) == (41.15, -8.61)


# These days are over: their jobs are not to be carried to today.
STAYS = {"carryOver": 0}


def test_a_backup_taken_while_the_server_writes_is_whole(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "all.backup"
    with running(settings) as program:
        made = asked(settings, "company", "create", "Acme", "--admin", "ada@acme.example")
        key = made["api_key"]
        post(program.url, key, "createjobs", jobs=[{"day": 20260105, **STAYS}] * 50)
        before = post(program.url, key, "getjobs", day=20260105)["jobs"]
        enough = threading.Event()

        def keep_writing() -> None:
            while not enough.is_set():
                post(program.url, key, "createjobs", jobs=[{"day": 20260106, **STAYS}] * 5)

        writer = threading.Thread(target=keep_writing)
        writer.start()
        try:
            asked(settings, "backup", str(file))
        finally:
            enough.set()
            writer.join()
    again = settings_for(f"sqlite:///{tmp_path}/again/roundsman.db", tmp_path / "again")
    asked(again, "restore", str(file))
    with running(again) as program:
        assert post(program.url, key, "getjobs", day=20260105)["jobs"] == before
        batch = post(program.url, key, "getjobs", day=20260106)["jobs"]
        # One moment: a batch is in it whole or not at all.
        assert len(batch) % 5 == 0


def test_the_doctor_finds_the_server_that_runs(embedded: Settings) -> None:
    with running(embedded) as program:
        ended = subprocess.run(
            [sys.executable, "-m", "roundsman", "doctor", "--json"],
            cwd=ROOT,
            env=environ_of(embedded, PORT=str(program.port)),
            capture_output=True,
            check=True,
            timeout=WAIT_S,
        )
    said = msgspec.json.decode(ended.stdout)
    (server,) = [one for one in said["checks"] if one["what"] == "Server"]
    assert server["state"] == "ok"
    assert server["found"] == f"{program.url} is ready"


@pytest.mark.parametrize("role", ["web", "work"])
def test_a_process_may_do_one_half_of_the_work(role: str, embedded: Settings) -> None:
    with started(embedded, "--port", "0", "--role", role, "--json") as server:
        assert server.stdout is not None
        said = msgspec.json.decode(server.stdout.readline())
        assert said["role"] == role
        assert httpx.get(f"{said['url']}/health/ready").is_success
        server.terminate()
        assert server.wait(WAIT_S) == 0


def test_a_killed_server_starts_again_with_everything(embedded: Settings) -> None:
    made = asked(embedded, "company", "create", "Acme", "--admin", "ada@acme.example")
    with started(embedded, "--port", "0", "--json", API_RATE="0") as server:
        assert server.stdout is not None
        url = msgspec.json.decode(server.stdout.readline())["url"]
        jobs = post(url, made["api_key"], "createjobs", jobs=[{"day": 20260105}])["jobs"]
        server.kill()
        server.wait(WAIT_S)
    with running(embedded) as program:
        assert post(program.url, made["api_key"], "getjobs", day=20260105)["jobs"] == jobs
