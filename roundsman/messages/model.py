"""A mail that waits, and what an invitation came to."""

from enum import StrEnum

from msgspec import Struct

from roundsman.core.ids import CompanyId, MailId


class MailState(StrEnum):
    """Where a mail is; one that was sent is no longer there."""

    WAITING = "waiting"
    FAILED = "failed"


class Mail(Struct, frozen=True, kw_only=True):
    """A mail of a company. `attempts` counts those begun, `problem` is why the last one failed."""

    company: CompanyId
    id: MailId
    recipient: str
    subject: str
    body: str
    state: MailState = MailState.WAITING
    attempts: int = 0
    problem: str = ""


class Invitation(Struct, frozen=True, kw_only=True):
    """A way in for a new member: the link, and whether it goes out by mail.

    Where no mail goes out, the administrator passes the link on.
    """

    url: str
    mailed: bool
