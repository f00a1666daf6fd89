"""Mails: sent once the change is durable, tried again, given up in the end."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from roundsman.core.errors import BadValue
from roundsman.core.ids import CompanyId, MailId
from roundsman.gateways.notices import (
    Letter,
    MailDelayed,
    MailRefused,
    MailServer,
    nowhere,
    through,
)
from roundsman.messages import queries
from roundsman.messages.actions import MAILS, queue
from roundsman.messages.delivery import BATCH, LEASE, WAITS, send_due
from roundsman.storage.database import Db, open_database
from tests.servers import free_port, mail_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundsman.gateways.notices import Send
    from roundsman.storage.database import Tx
    from tests.servers import Mailbox

pytestmark = pytest.mark.anyio

ACME = CompanyId("acme00")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(database: str, clock: Clock) -> Iterator[Db]:
    opened = open_database(database, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_receiver() as opened:
        yield opened


def server(port: int) -> MailServer:
    return MailServer(host="127.0.0.1", port=port, tls="none", sender="Acme <us@acme.example>")


def post(db: Db, recipient: str = "kim@acme.example", body: str = "Come in.\n") -> MailId:
    return db.write_now(lambda tx: queue(tx, ACME, recipient, "An invitation", body))


def failing(*errors: Exception) -> tuple[Send, list[Letter]]:
    """Return a way out that fails so often and then works, and what it was given."""
    given: list[Letter] = []
    waiting = list(errors)

    async def send(letter: Letter) -> None:
        given.append(letter)
        if waiting:
            raise waiting.pop(0)

    return send, given


# --- through a real server ------------------------------------------------------------------------


async def test_a_mail_arrives_as_it_was_written(db: Db, box: Mailbox) -> None:
    mail = post(db, body="Grüß Gott,\n\nhttps://fleet.example/invite/abc\n")
    assert await send_due(db, through(server(box.port))) == 1
    (arrived,) = box.wait_for(1)
    assert arrived.sender == "us@acme.example"
    assert arrived.recipients == ("kim@acme.example",)
    assert arrived.message["From"] == "Acme <us@acme.example>"
    assert arrived.message["To"] == "kim@acme.example"
    assert arrived.message["Subject"] == "An invitation"
    assert arrived.message["Message-ID"] == f"<{mail}@acme.example>"
    assert arrived.message["Auto-Submitted"] == "auto-generated"
    assert arrived.message["Date"]
    assert arrived.message.get_content().replace("\r\n", "\n") == (
        "Grüß Gott,\n\nhttps://fleet.example/invite/abc\n"
    )


async def test_a_mail_goes_out_once(db: Db, box: Mailbox) -> None:
    post(db)
    send = through(server(box.port))
    assert await send_due(db, send) == 1
    assert await send_due(db, send) == 0
    assert len(box.mails) == 1


async def test_an_address_outside_ascii_and_a_subject_of_two_lines_are_sent(
    box: Mailbox,
) -> None:
    letter = Letter(
        id="1", recipient="jürgen@acme.example", subject="Two\r\nBcc: eve@evil.example", body="."
    )
    await through(server(box.port))(letter)
    (arrived,) = box.wait_for(1)
    assert arrived.recipients == ("jürgen@acme.example",)
    assert arrived.message["Subject"] == "Two Bcc: eve@evil.example"
    assert arrived.message["Bcc"] is None


async def test_the_server_s_answer_decides_between_later_and_never(box: Mailbox) -> None:
    letter = Letter(id="1", recipient="kim@acme.example", subject="S", body="B")
    box.answer = "451 Try again"
    with pytest.raises(MailDelayed, match="451 Try again"):
        await through(server(box.port))(letter)
    box.answer = "550 No such mailbox"
    with pytest.raises(MailRefused, match="550 No such mailbox"):
        await through(server(box.port))(letter)


async def test_a_server_that_is_away_delays_the_mail() -> None:
    letter = Letter(id="1", recipient="kim@acme.example", subject="S", body="B")
    with pytest.raises(MailDelayed):
        await through(server(free_port()))(letter)


async def test_a_server_without_the_encryption_asked_for_gets_nothing(box: Mailbox) -> None:
    letter = Letter(id="1", recipient="kim@acme.example", subject="S", body="B")
    secure = MailServer(host="127.0.0.1", port=box.port, tls="starttls", sender="us@acme.example")
    with pytest.raises(MailDelayed):
        await through(secure)(letter)
    assert box.mails == []


async def test_without_a_mail_server_a_mail_is_given_up_at_once(db: Db) -> None:
    post(db)
    assert await send_due(db, nowhere) == 1
    (kept,) = db.read_now(lambda tx: queries.failed(tx, ACME, 10))
    assert "ROUNDSMAN_SMTP_HOST" in kept.problem
    assert kept.body == ""


# --- trying again ---------------------------------------------------------------------------------


async def test_a_delayed_mail_is_tried_again_with_growing_waits(db: Db, clock: Clock) -> None:
    post(db)
    send, given = failing(*(MailDelayed("later") for _ in WAITS))
    for number, wait in enumerate(WAITS):
        assert await send_due(db, send) == 1, number
        clock.pass_by(wait - timedelta(seconds=1))
        assert await send_due(db, send) == 0, number
        clock.pass_by(timedelta(seconds=1))
    assert await send_due(db, send) == 1
    assert len(given) == len(WAITS) + 1
    assert len({letter.id for letter in given}) == 1
    assert await send_due(db, send) == 0


async def test_a_mail_nobody_takes_is_given_up_and_forgets_its_text(db: Db, clock: Clock) -> None:
    mail = post(db, body="a link that opens an account")
    send, given = failing(*(MailDelayed("the server is away") for _ in range(20)))
    for _ in range(20):
        await send_due(db, send)
        clock.pass_by(timedelta(days=2))
    assert len(given) == len(WAITS) + 1
    (kept,) = db.read_now(lambda tx: queries.failed(tx, ACME, 10))
    assert (kept.id, kept.body, kept.problem) == (mail, "", "the server is away")


async def test_a_refused_mail_is_not_tried_again(db: Db, clock: Clock) -> None:
    post(db)
    send, given = failing(MailRefused("550 no such mailbox"))
    await send_due(db, send)
    clock.pass_by(timedelta(days=10))
    assert await send_due(db, send) == 0
    assert len(given) == 1


async def test_one_bad_mail_does_not_hold_up_the_others(db: Db) -> None:
    for number in range(5):
        post(db, f"kim{number}@acme.example")
    send, given = failing(MailRefused("no"), MailDelayed("later"))
    assert await send_due(db, send) == 5
    assert len({letter.recipient for letter in given}) == 5


async def test_a_mail_of_a_process_that_died_is_taken_up_again(db: Db, clock: Clock) -> None:
    post(db)

    async def die(_: Letter) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await send_due(db, die)
    send, given = failing()
    assert await send_due(db, send) == 0
    clock.pass_by(LEASE)
    assert await send_due(db, send) == 1
    assert len(given) == 1


async def test_two_processes_never_send_one_mail(database: str, db: Db) -> None:
    mails = {post(db, f"kim{number}@acme.example") for number in range(BATCH)}
    other = open_database(database, clock=lambda: db.read_now(lambda tx: tx.now))
    send, given = failing()
    try:
        counts = await asyncio.gather(send_due(db, send), send_due(other, send))
    finally:
        other.close()
    assert sum(counts) == BATCH
    assert sorted(letter.id for letter in given) == sorted(mails)


# --- queueing -------------------------------------------------------------------------------------


async def test_a_mail_is_queued_with_its_change_or_not_at_all(db: Db) -> None:
    def change_mind(tx: Tx) -> None:
        queue(tx, ACME, "kim@acme.example", "S", "B")
        raise BadValue("No, rather not.")

    with pytest.raises(BadValue):
        await db.write(change_mind)
    send, given = failing()
    assert await send_due(db, send) == 0
    assert given == []


def test_queueing_wakes_the_delivery(db: Db) -> None:
    rung = threading.Event()
    db.bells.listen(MAILS, lambda company: rung.set() if company == ACME else None)
    post(db)
    assert rung.wait(10)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kim",
        "kim@",
        "@acme.example",
        "a b@acme.example",
        "a@b.c\nBcc: x@y.z",
        "x" * 300 + "@y.z",
    ],
)
def test_what_is_no_address_is_refused(db: Db, address: str) -> None:
    with pytest.raises(BadValue):
        post(db, address)
