"""The delivery log of a webhook: what was sent, what came back, and sending it once more."""

from roundsman.core.clock import to_ms
from roundsman.core.errors import UnknownThing
from roundsman.web.session import Visit
from roundsman.web.shapes.integrations import (
    Attempt,
    Deliveries,
    Delivery,
    DeliveryDetail,
    Replay,
    Replayed,
)
from roundsman.webhooks import actions as webhooks
from roundsman.webhooks.model import Line, State
from roundsman.webhooks.payloads import body_of

PAGE = 50
_STATES = {
    State.FRESH: "waiting",
    State.RETRYING: "waiting",
    State.DELIVERED: "delivered",
    State.DEAD: "dead",
    State.SWITCHED_OFF: "off",
}


def log(visit: Visit, event: str, before: str) -> Deliveries:
    """Return a page of an event's deliveries, newest first."""
    found = webhooks.lines(visit.tx, visit.actor, event, before=before, most=PAGE + 1)
    return Deliveries(lines=[_line(one) for one in found[:PAGE]], more=len(found) > PAGE)


def look(visit: Visit, event: str, delivery: str) -> DeliveryDetail:
    """Return a delivery with the body it is sent with and its attempts, newest first."""
    line, message, attempts = webhooks.look(visit.tx, visit.actor, event, delivery)
    hook = webhooks.settings(visit.tx, visit.actor)[event]
    content_type, body = body_of(message, hook.format)
    return DeliveryDetail(
        delivery=_line(line),
        content_type=content_type,
        body=body.decode(),
        attempts=[
            Attempt(
                at=to_ms(one.at), number=one.number, status=one.status, error=one.error, took=one.ms
            )
            for one in attempts
        ],
    )


def replay(visit: Visit, event: str, asked: Replay) -> Replayed:
    """Put deliveries of an event on their way once more; UnknownThing when there are none."""
    count = webhooks.replay(visit.tx, visit.actor, event, asked.ids)
    if not count:
        raise UnknownThing("No such delivery. It may have been forgotten meanwhile.")
    return Replayed(count=count)


def _line(one: Line) -> Delivery:
    return Delivery(
        id=one.id,
        action=one.action,
        subject=one.subject_id,
        state=_STATES[one.state],
        attempts=one.attempts,
        status=one.status,
        error=one.error,
        created=to_ms(one.created_at),
        due=to_ms(one.due_at),
        done=to_ms(one.done_at),
    )
