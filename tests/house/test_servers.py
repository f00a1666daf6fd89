"""The servers that tests start are real, shared where they say so, and gone at the end."""

import os
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.browser import can_draw
from tests.servers import (
    Answer,
    chromium_path,
    durable_postgres,
    free_port,
    fresh_database,
    hook_receiver,
    lent_database,
    mail_receiver,
    postgres_url,
    template_database,
)

ROOT = Path(__file__).resolve().parent.parent.parent

# Prints the URL, then waits to be told to end.
USER = """
import sys
from tests.postgres import postgres_url
print(postgres_url(), flush=True)
sys.stdin.read()
"""


def one_number(url: str, question: str) -> object:
    with psycopg.connect(url) as door:
        row = door.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def start_user(run: str) -> subprocess.Popen[str]:
    """Start a process that uses the PostgreSQL of the test run named `run`."""
    return subprocess.Popen(
        [sys.executable, "-c", USER],
        cwd=ROOT,
        env=os.environ | {"PYTEST_XDIST_TESTRUNUID": run},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_free_port_can_be_listened_on() -> None:
    with hook_receiver() as inbox:
        assert not inbox.url.endswith(f":{free_port()}")


def test_postgres_answers_and_a_fresh_database_is_empty_and_dropped_afterwards() -> None:
    with fresh_database() as url:
        assert one_number(url, "SELECT count(*) FROM pg_stat_user_tables") == 0
        assert one_number(url, "SHOW server_encoding") == "UTF8"
        name = one_number(url, "SELECT current_database()")
    gone = f"SELECT count(*) FROM pg_database WHERE datname = '{name}'"  # noqa: S608 - our own name
    assert one_number(postgres_url(), gone) == 0


def test_a_template_is_filled_once_and_its_copies_do_not_know_each_other() -> None:
    calls: list[str] = []

    def fill(url: str) -> None:
        calls.append(url)
        with psycopg.connect(url) as door:
            door.execute("CREATE TABLE place (id int)")
            door.execute("INSERT INTO place VALUES (1), (2)")

    for _ in range(2):
        with fresh_database(template_database("of_test_servers", fill)) as url:
            assert one_number(url, "SELECT count(*) FROM place") == 2
            with psycopg.connect(url) as door:
                door.execute("DELETE FROM place")
    assert len(calls) == 1


def test_a_lent_database_is_empty_however_it_was_left() -> None:
    def fill(url: str) -> None:
        with psycopg.connect(url) as door:
            door.execute("CREATE TABLE version (id int)")
            door.execute("INSERT INTO version VALUES (1)")
            door.execute("CREATE TABLE stop (id int)")

    template = template_database("of_lent_databases", fill)
    with lent_database(template, but="version") as url:
        left = psycopg.connect(url)
        left.execute("INSERT INTO stop VALUES (1)")
        left.commit()
        left.execute("UPDATE stop SET id = 2")  # ... and the transaction stays open
    with lent_database(template, but="version") as again:
        assert again == url
        assert one_number(again, "SELECT count(*) FROM stop") == 0
        assert one_number(again, "SELECT id FROM version") == 1
    assert left.closed or left.info.transaction_status
    left.close()


def test_a_lent_database_whose_tables_were_changed_is_not_lent_again() -> None:
    template = template_database("of_changed_databases", lambda url: one_table(url, "version"))
    with lent_database(template, but="version") as url:
        one_table(url, "stop")
    with lent_database(template, but="version") as other:
        assert other != url
        assert one_number(other, "SELECT count(*) FROM pg_stat_user_tables") == 1
        with psycopg.connect(other) as door:
            door.execute("INSERT INTO version VALUES (2)")
    with lent_database(template, but="version") as third:
        assert third != other
        assert one_number(third, "SELECT count(*) FROM version") == 0


def one_table(url: str, name: str) -> None:
    with psycopg.connect(url) as door:
        door.execute(sql.SQL("CREATE TABLE {} (id int)").format(sql.Identifier(name)))


def test_all_processes_of_a_run_share_one_postgres_and_the_last_one_stops_it() -> None:
    run = f"shared{os.getpid()}"
    folder = Path(tempfile.gettempdir()) / f"roundsman-postgres-{run}"
    users = [start_user(run), start_user(run)]
    try:
        first, second = map(first_line, users)
        assert first == second
        users[0].communicate("")
        assert one_number(first, "SELECT 1") == 1
        users[1].send_signal(signal.SIGKILL)  # not even a killed run leaves a server behind
    finally:
        for user in users:
            user.kill()
            user.communicate()
    deadline = time.monotonic() + 30
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first)


def test_a_durable_postgres_syncs_every_commit_and_stands_alone() -> None:
    with durable_postgres() as url:
        assert url != postgres_url()
        assert one_number(url, "SHOW fsync") == "on"
        assert one_number(url, "SHOW synchronous_commit") == "on"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_mail_arrives_as_it_was_sent() -> None:
    letter = EmailMessage()
    letter["Subject"] = "Grüße an Wanda"
    letter["From"] = "ada@example.com"
    letter["To"] = "wanda@example.com"
    letter.set_content("Your route is ready.")
    with mail_receiver() as box:
        with smtplib.SMTP("127.0.0.1", box.port, timeout=10) as post:
            post.send_message(letter)
        (mail,) = box.wait_for(1)
    assert mail.sender == "ada@example.com"
    assert mail.recipients == ("wanda@example.com",)
    assert mail.message["Subject"] == "Grüße an Wanda"
    assert mail.message.get_content().strip() == "Your route is ready."


def test_a_mail_is_refused_when_the_test_says_so() -> None:
    letter = EmailMessage()
    letter["From"] = letter["To"] = "ada@example.com"
    with mail_receiver() as box, smtplib.SMTP("127.0.0.1", box.port, timeout=10) as post:
        box.answer = "451 Come back later"
        with pytest.raises(smtplib.SMTPDataError, match="Come back later"):
            post.send_message(letter)
        assert box.mails == []


def test_a_webhook_is_kept_and_answered_as_chosen() -> None:
    with hook_receiver() as inbox:
        inbox.answers_first.extend([Answer(503, headers={"Retry-After": "1"}), Answer(410)])
        inbox.answer = Answer(202, b"taken")
        with httpx.Client(base_url=inbox.url, trust_env=False) as sender:
            answers = [sender.post("/in?x=1", json={"n": n}) for n in range(3)]
        requests = inbox.wait_for(3)
    assert [answer.status_code for answer in answers] == [503, 410, 202]
    assert answers[0].headers["retry-after"] == "1"
    assert answers[2].content == b"taken"
    assert [request.json() for request in requests] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert requests[0].method == "POST"
    assert requests[0].path == "/in?x=1"
    assert requests[0].headers["content-type"] == "application/json"


def test_a_sender_that_gives_up_on_a_slow_receiver_is_in_the_inbox_all_the_same() -> None:
    with hook_receiver() as inbox:
        inbox.answer = Answer(delay_s=60)
        with httpx.Client(trust_env=False) as sender, pytest.raises(httpx.ReadTimeout):
            sender.put(inbox.url, content=b"late", timeout=0.2)
        assert inbox.wait_for(1)[0].body == b"late"


def test_chromium_starts_lays_out_text_and_draws_with_webgl() -> None:
    assert can_draw(chromium_path())
