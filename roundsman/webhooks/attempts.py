"""One attempt at one delivery: what is sent, and what follows from the answer."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import httpx
import structlog
from msgspec.structs import replace

from roundsman.gateways.web import Client
from roundsman.storage.database import DELIVERIES, Tx
from roundsman.webhooks import actions, rules
from roundsman.webhooks.enqueue import lane_of
from roundsman.webhooks.model import Delivery, Hook, Result, State
from roundsman.webhooks.payloads import body_of
from roundsman.webhooks.queries import deliveries, hooks, lanes
from roundsman.webhooks.rules import Verdict
from roundsman.webhooks.signing import signed_headers

LARGE_BYTES = 256 * 1024
USER_AGENT = "User-Agent"

_log = structlog.get_logger()


@lru_cache(maxsize=1)
def user_agent() -> str:
    """Return how the house introduces itself to receivers."""
    try:
        return f"Roundsman/{version('roundsman')}"
    except PackageNotFoundError:
        return "Roundsman/0"


def request_of(one: Delivery, hook: Hook, at: datetime) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of an attempt at a moment."""
    content_type, body = body_of(one.message, hook.format)
    if len(body) > LARGE_BYTES:
        _log.warning("webhook_large", delivery=one.id, company=one.company, bytes=len(body))
    headers = {
        USER_AGENT: user_agent(),
        "Content-Type": content_type,
        **signed_headers(rules.secrets_at(hook, at), one.id, at, body),
    }
    if any(name.lower() == USER_AGENT.lower() for name in hook.headers):
        del headers[USER_AGENT]
    return headers | hook.headers, body


async def send(web: Client, one: Delivery, hook: Hook, at: datetime) -> Result:
    """Call the receiver and return what came of it."""
    headers, body = request_of(one, hook, at)
    reply = await web.post(httpx.URL(hook.url), headers, body)
    pause = rules.pause_until(reply.status, reply.retry_after, at)
    return Result(status=reply.status, error=reply.error, ms=reply.ms, pause_until=pause)


def settle(
    tx: Tx, one: Delivery, result: Result, retries_s: Sequence[int], chance: float
) -> Verdict:
    """Write down what came of an attempt, and what follows for its key and its lane."""
    made = one.attempts + 1
    verdict = rules.verdict(result, made, retries_s)
    if verdict is Verdict.DELIVERED:
        if deliveries.finish(tx, one, State.DELIVERED, result):
            _note_success(tx, one)
        return verdict
    again = verdict is Verdict.AGAIN
    due = rules.next_try(tx.now, made, retries_s, result, chance) if again else None
    state = State.RETRYING if again else State.DEAD
    if deliveries.finish(tx, one, state, result, due=due):
        if result.pause_until is not None:
            lanes.pause(tx, one.company, one.lane, result.pause_until)
        _note_failure(tx, one, gone=verdict is Verdict.GONE)
    return verdict


def _note_success(tx: Tx, one: Delivery) -> None:
    hook = hooks.find(tx, one.company, one.key)
    if hook is not None and hook.failing_since is not None:
        hook = hooks.find(tx, one.company, one.key, lock=True) or hook
        hooks.save(tx, one.company, replace(hook, failing_since=None))


def _note_failure(tx: Tx, one: Delivery, *, gone: bool) -> None:
    """Remember since when a key fails; switch it off when its receiver is gone or long silent."""
    hook = hooks.find(tx, one.company, one.key, lock=True)
    if hook is None or not hook.url or lane_of(hook.url) != one.lane:
        return
    if gone:
        actions.switch_off(tx, one.company, one.key, "gone")
    elif hook.failing_since is None:
        hooks.save(tx, one.company, replace(hook, failing_since=tx.now))
    elif rules.is_silent(hook, tx.now):
        actions.switch_off(tx, one.company, one.key, "silent")


def follow(tx: Tx, one: Delivery) -> None:
    """Let a delivery go where its key leads by now, or nowhere."""
    hook = hooks.find(tx, one.company, one.key)
    if hook is None or not hook.url:
        by_house = hook is not None and hook.off_because
        deliveries.close(tx, one, State.DEAD if by_house else State.SWITCHED_OFF)
    elif lane_of(hook.url) != one.lane:
        deliveries.move(tx, one, lane_of(hook.url))
        lanes.wake(tx, one.company, lane_of(hook.url), tx.now)
        tx.ring(DELIVERIES, one.company)
