"""What may be set, when is tried again, and when is given up. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from roundsman.core.errors import BadValue
from roundsman.webhooks.model import FORMATS, Hook, Result

HEADERS_MOST = 20
HEADERS_BYTES = 4096
OLD_SECRET_LIFE = timedelta(hours=24)
PAUSE_MOST = timedelta(hours=24)
SILENT_AFTER = timedelta(days=5)
KEPT = timedelta(days=30)
JITTER = 0.2

GONE = 410
# Statuses by which a receiver says that it is too much just now.
SLOW_DOWN = frozenset({429, 502, 503, 504})

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
_OUR_PREFIX = "webhook-"


class HookWish(Struct, frozen=True, kw_only=True):
    """What a caller wants a key to be; UNSET stays as it is, an empty `url` switches off."""

    url: str | UnsetType = UNSET
    headers: Mapping[str, str] | UnsetType = UNSET
    format: str | UnsetType = UNSET


def change(hook: Hook, wish: HookWish, *, new_secret: Callable[[], str]) -> Hook:
    """Return the setting as wished. A key that is switched on gets a secret by itself."""
    after = hook
    if not isinstance(wish.headers, UnsetType):
        after = replace(after, headers=checked_headers(wish.headers))
    if not isinstance(wish.format, UnsetType):
        if wish.format not in FORMATS:
            raise BadValue(f"format must be one of {', '.join(FORMATS)}.", field="format")
        after = replace(after, format=wish.format)
    if not isinstance(wish.url, UnsetType):
        after = replace(after, url=wish.url)
        if wish.url:
            after = replace(after, off_because="")
        if wish.url != hook.url:
            after = replace(after, failing_since=None)
    if after.url and not after.secret:
        after = replace(after, secret=new_secret())
    return after


def rotated(hook: Hook, secret: str, at: datetime) -> Hook:
    """Return the setting with a new secret; the old one signs along for a day."""
    return replace(
        hook, secret=secret, old_secret=hook.secret, old_secret_until=at + OLD_SECRET_LIFE
    )


def secrets_at(hook: Hook, at: datetime) -> list[str]:
    """Return the secrets that sign at a moment, the newest first."""
    old_counts = hook.old_secret and hook.old_secret_until and at < hook.old_secret_until
    return [secret for secret in (hook.secret, hook.old_secret if old_counts else "") if secret]


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers to add to each call. BadValue for what must not or cannot be sent."""
    if len(headers) > HEADERS_MOST:
        raise BadValue(f"At most {HEADERS_MOST} headers can be added.", field="header")
    good: dict[str, str] = {}
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise BadValue(f"{name[:60]!r} is no name of a header.", field="header")
        if name.lower() in _OURS or name.lower().startswith(_OUR_PREFIX):
            raise BadValue(f"The header {name} is set by the server itself.", field="header")
        if _CONTROL.search(value):
            raise BadValue(f"The header {name} must not hold line breaks.", field="header")
        good[name] = value.strip()
    if sum(len(name) + len(value.encode()) for name, value in good.items()) > HEADERS_BYTES:
        raise BadValue(f"The headers exceed {HEADERS_BYTES} bytes.", field="header")
    return good


# --- after an attempt -----------------------------------------------------------------------------


class Verdict(StrEnum):
    """What an attempt means for its delivery."""

    DELIVERED = "delivered"
    AGAIN = "again"
    DEAD = "dead"
    GONE = "gone"


def verdict(result: Result, attempts: int, retries_s: Sequence[int]) -> Verdict:
    """Return what follows from the result of attempt number `attempts`, counted from 1."""
    if 200 <= result.status < 300:  # noqa: PLR2004 - HTTP's range of success
        return Verdict.DELIVERED
    if result.status == GONE:
        return Verdict.GONE
    return Verdict.AGAIN if attempts <= len(retries_s) else Verdict.DEAD


def next_try(
    at: datetime, attempts: int, retries_s: Sequence[int], result: Result, chance: float
) -> datetime:
    """Return when to try again after failed attempt number `attempts`, counted from 1.

    Up to a fifth is added by `chance` (0 to 1), so that many failures do not come back together.
    """
    wait = timedelta(seconds=retries_s[attempts - 1] * (1 + JITTER * chance))
    return max(at + wait, result.pause_until or at)


def pause_until(status: int, retry_after: str, at: datetime) -> datetime | None:
    """Return until when a receiver asks to be left alone: seconds or a date, a day at most."""
    if status not in SLOW_DOWN or not retry_after:
        return None
    if retry_after.strip().isdecimal():
        wait = timedelta(seconds=min(int(retry_after.strip()[:9]), PAUSE_MOST.total_seconds()))
        return at + wait
    try:
        until = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):  # the latter for a zone beyond all numbers
        return None
    if until.tzinfo is None:
        return None
    return min(max(until, at), at + PAUSE_MOST)


def is_overloaded(result: Result) -> bool:
    """Tell whether the receiver should get one call at a time until one succeeds."""
    return result.status in SLOW_DOWN or (
        result.status == 0 and result.error in {"timeout", "connect", "connect_timeout"}
    )


def is_silent(hook: Hook, at: datetime) -> bool:
    """Tell whether a key had no success for so long that it is switched off."""
    return hook.failing_since is not None and at - hook.failing_since >= SILENT_AFTER
