"""A real SMTP receiver for the tests."""

import asyncio
import contextlib
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

DELIVERED: Final = "250 OK"


@dataclass(frozen=True)
class Mail:
    """One message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass
class Mailbox:
    """What the receiver has got so far, and how it answers the next message."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list[Mail])
    answer: str = DELIVERED
    _arrival: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, timeout_s: float = 10) -> list[Mail]:
        """Return the mails as soon as there are `count`; TimeoutError says how many came."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.mails) >= count, timeout_s):
                raise TimeoutError(f"{len(self.mails)} of {count} mails came within {timeout_s} s.")
            return list(self.mails)

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one message, or refuse it with the answer that was set (such as "451 Later")."""
        if self.answer != DELIVERED:
            return self.answer
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        message = message_from_bytes(raw, policy=policy.default)
        mail = Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message)
        with self._arrival:
            self.mails.append(mail)
            self._arrival.notify_all()
        return DELIVERED


@contextlib.contextmanager
def mail_receiver() -> Generator[Mailbox]:
    """Listen for mail on a free port of 127.0.0.1, in a thread, until the block ends."""
    box = Mailbox()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(
            lambda: SMTP(box, hostname="localhost", enable_SMTPUTF8=True, loop=loop),
            "127.0.0.1",
            0,
        )
    )
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="mail-receiver", daemon=True)
    thread.start()
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    """Stop listening and end the conversations that clients left open."""
    server.close()
    here = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not here]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
