"""What happens when: event -> reactions."""

from collections.abc import Callable

from roundsman.almanac import nights
from roundsman.arrivals import actions as arrivals
from roundsman.events.catalogue import (
    AreaEntered,
    AreaLeft,
    AreaVisitRetracted,
    CarryOverEnded,
    CompanyChanged,
    Event,
    JobArchived,
    JobCarriedOver,
    JobCheckedIn,
    JobCheckedOut,
    JobCompleted,
    JobCreated,
    JobDeleted,
    JobScheduled,
    JobUpdated,
    PlaceChanged,
    Told,
    WebhookSwitchedOff,
)
from roundsman.jobs import aftermath, helping, presence
from roundsman.messages import to_admins
from roundsman.storage.database import Tx
from roundsman.webhooks import enqueue as webhooks

type Reaction = Callable[[Tx, Told], None]

REACTIONS: dict[type[Event], list[Reaction]] = {
    PlaceChanged: [aftermath.follow_place],
    CompanyChanged: [aftermath.follow_company, nights.follow_company],
    JobCreated: [webhooks.tell_of_job, arrivals.follow_job],
    JobUpdated: [webhooks.tell_of_job, presence.follow_job, arrivals.follow_job],
    JobScheduled: [arrivals.follow_job],
    JobCarriedOver: [webhooks.tell_of_job, arrivals.follow_job],
    CarryOverEnded: [to_admins.carry_over_ended],
    JobCompleted: [webhooks.tell_of_job, arrivals.follow_job],
    JobArchived: [webhooks.tell_of_job, presence.follow_job, arrivals.follow_job],
    JobDeleted: [webhooks.tell_of_job, arrivals.follow_job],
    JobCheckedIn: [webhooks.tell_of_job, arrivals.learn, arrivals.follow_job],
    JobCheckedOut: [webhooks.tell_of_job, arrivals.follow_job],
    AreaEntered: [presence.follow_visit, helping.follow_visit, webhooks.tell_of_visit],
    AreaLeft: [presence.follow_visit, helping.follow_visit, webhooks.tell_of_visit],
    AreaVisitRetracted: [presence.follow_visit, helping.follow_visit],
    WebhookSwitchedOff: [to_admins.webhook_switched_off],
}


def react(tx: Tx, told: Told) -> None:
    """Run every reaction to a fact, in the transaction that settles it."""
    for reaction in REACTIONS.get(type(told.event), ()):
        reaction(tx, told)
