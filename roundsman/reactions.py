"""What happens when: event -> reactions."""

from collections.abc import Callable

from roundsman.events.catalogue import (
    AreaEntered,
    AreaLeft,
    CompanyChanged,
    Event,
    JobArchived,
    JobCheckedIn,
    JobCheckedOut,
    JobCompleted,
    JobCreated,
    JobDeleted,
    JobUpdated,
    PlaceChanged,
    Told,
    WebhookSwitchedOff,
)
from roundsman.jobs import aftermath
from roundsman.messages import to_admins
from roundsman.storage.database import Tx
from roundsman.webhooks import enqueue as webhooks

type Reaction = Callable[[Tx, Told], None]

REACTIONS: dict[type[Event], list[Reaction]] = {
    PlaceChanged: [aftermath.follow_place],
    CompanyChanged: [aftermath.follow_company],
    JobCreated: [webhooks.tell_of_job],
    JobUpdated: [webhooks.tell_of_job],
    JobCompleted: [webhooks.tell_of_job],
    JobArchived: [webhooks.tell_of_job],
    JobDeleted: [webhooks.tell_of_job],
    JobCheckedIn: [webhooks.tell_of_job],
    JobCheckedOut: [webhooks.tell_of_job],
    AreaEntered: [webhooks.tell_of_visit],
    AreaLeft: [webhooks.tell_of_visit],
    WebhookSwitchedOff: [to_admins.webhook_switched_off],
}


def react(tx: Tx, told: Told) -> None:
    """Run every reaction to a fact, in the transaction that settles it."""
    for reaction in REACTIONS.get(type(told.event), ()):
        reaction(tx, told)
