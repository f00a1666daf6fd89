"""Mail: an SMTP server, or a stand-in where none is set up."""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from msgspec import Struct

from roundsman.core.clock import utc_now

TIMEOUT_S = 20.0
_PERMANENT = 500


class Letter(Struct, frozen=True, kw_only=True):
    """A mail to one address. `id` makes a repeated one recognisable; `body` is plain text."""

    id: str
    recipient: str
    subject: str
    body: str


class MailServer(Struct, frozen=True, kw_only=True):
    """Where mail goes. `tls` is starttls, tls or none; `sender` the address it comes from."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = "starttls"
    sender: str


class MailDelayed(Exception):
    """The mail could not be handed over now; later it may."""


class MailRefused(Exception):
    """The mail will never be accepted."""


type Send = Callable[[Letter], Awaitable[None]]


def through(server: MailServer) -> Send:
    """Return a function that hands letters to a mail server."""

    async def send(letter: Letter) -> None:
        await _send(server, letter)

    return send


async def nowhere(letter: Letter) -> None:
    """Refuse a letter: the stand-in where no mail server is set up."""
    raise MailRefused(
        f"No mail server is set up (ROUNDSMAN_SMTP_HOST), so mail {letter.id} was not sent."
    )


async def _send(server: MailServer, letter: Letter) -> None:
    """Hand a letter over. MailDelayed or MailRefused when it was not taken."""
    import aiosmtplib  # noqa: PLC0415 - who sends no mail starts without it

    try:
        await aiosmtplib.send(
            _message(server, letter),
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            timeout=TIMEOUT_S,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        refusals = error.recipients
        reason = "; ".join(f"{one.code} {one.message}" for one in refusals)
        for_ever = all(one.code >= _PERMANENT for one in refusals)
        raise (MailRefused if for_ever else MailDelayed)(reason) from error
    except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused) as error:
        reason = f"{error.code} {error.message}"
        raise (MailRefused if error.code >= _PERMANENT else MailDelayed)(reason) from error
    except ValueError as error:
        raise MailRefused(f"The mail cannot be written: {error}") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        # Logging in, the sender's address and TLS are the operator's to mend: the mail waits.
        raise MailDelayed(f"{type(error).__name__}: {error}") from error


def _message(server: MailServer, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = server.sender
    message["To"] = letter.recipient
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(utc_now())
    domain = parseaddr(server.sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message
