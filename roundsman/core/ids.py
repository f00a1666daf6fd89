"""A type per kind of id, and how new ones are made.

Ids of things that are written often begin with the time, so that new rows land at the right edge
of their index. Ids that people see are short; secrets come from the system's random source.
"""

import secrets
import string
from datetime import datetime
from typing import NewType

CompanyId = NewType("CompanyId", str)
MemberId = NewType("MemberId", str)
PlaceId = NewType("PlaceId", str)
JobId = NewType("JobId", str)
TeamId = NewType("TeamId", int)
DeviceId = NewType("DeviceId", str)
EventId = NewType("EventId", str)
DeliveryId = NewType("DeliveryId", str)
CredentialId = NewType("CredentialId", str)
MailId = NewType("MailId", str)
RunId = NewType("RunId", str)
HoldId = NewType("HoldId", str)

TEMPLATE_PREFIX = "tpl-"

_SHORT = string.ascii_lowercase + string.digits
_KEY = string.ascii_uppercase + string.digits


def _timed_hex(now: datetime) -> str:
    """Return 24 hex digits: 8 of seconds, 5 of microseconds, 11 random (44 bits)."""
    return f"{int(now.timestamp()):08x}{now.microsecond:05x}{secrets.randbits(44):011x}"


def new_job_id(now: datetime) -> JobId:
    """Return a fresh job id: 24 lower-case hex digits that sort by time."""
    return JobId(_timed_hex(now))


def new_template_id(now: datetime) -> JobId:
    """Return a fresh id of a job template."""
    return JobId(TEMPLATE_PREFIX + _timed_hex(now))


def is_template_id(job: str) -> bool:
    """Tell whether the id names a template."""
    return job.startswith(TEMPLATE_PREFIX)


def new_delivery_id(now: datetime) -> DeliveryId:
    """Return a fresh webhook message id: `msg_` and 24 letters or digits that sort by time."""
    return DeliveryId("msg_" + _timed_hex(now))


def new_mail_id(now: datetime) -> MailId:
    """Return a fresh id of a mail: 24 hex digits that sort by time."""
    return MailId(_timed_hex(now))


def new_run_id(now: datetime) -> RunId:
    """Return a fresh id of a plan run: `plan_` and 24 hex digits that sort by time."""
    return RunId("plan_" + _timed_hex(now))


def new_hold_id(now: datetime) -> HoldId:
    """Return a fresh id of a reserved slot: `hold_` and 24 hex digits that sort by time."""
    return HoldId("hold_" + _timed_hex(now))


def new_short_id() -> str:
    """Return six lower-case letters or digits, the shape of account and place uids.

    36^6 are two thousand million: a caller must still be ready to draw again when one is taken.
    """
    return "".join(secrets.choice(_SHORT) for _ in range(6))


def new_api_key() -> str:
    """Return a new API key: six characters, a dot, 32 characters (165 bits behind the dot)."""
    return (
        "".join(secrets.choice(_KEY) for _ in range(6))
        + "."
        + "".join(secrets.choice(_KEY) for _ in range(32))
    )


def new_token() -> str:
    """Return a secret for sessions, invitations and devices: 26 characters, over 128 bits."""
    return "".join(secrets.choice(_SHORT) for _ in range(26))
