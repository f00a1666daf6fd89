"""What administrators are told by mail when the house itself did something."""

from roundsman.accounts import queries as accounts
from roundsman.accounts.rights import Role
from roundsman.accounts.rules import is_email
from roundsman.events.catalogue import Told, WebhookSwitchedOff
from roundsman.messages import texts
from roundsman.messages.actions import queue
from roundsman.storage.database import Tx


def webhook_switched_off(tx: Tx, told: Told) -> None:
    """Tell every administrator with a mail address that a webhook was switched off, and why."""
    event = told.event
    if not isinstance(event, WebhookSwitchedOff):
        return
    company = accounts.get_company(tx, told.by.company)
    subject = texts.webhook_off_subject(company.name, event.key)
    for member in accounts.members(tx, company.id):
        address = member.email or member.username
        if member.role is Role.ADMIN and is_email(address):
            body = texts.webhook_off(
                name=member.name, company=company.name, key=event.key, because=event.because
            )
            queue(tx, company.id, address, subject, body)
