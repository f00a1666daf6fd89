"""Putting mails on their way, in the transaction of the change they tell of."""

from datetime import timedelta

from roundsman.accounts.actions import secrets
from roundsman.accounts.credentials import INVITATION_LIFE
from roundsman.accounts.model import Actor, Member
from roundsman.accounts.rights import Right
from roundsman.accounts.rules import is_email
from roundsman.core.clock import local_day
from roundsman.core.errors import BadValue
from roundsman.core.ids import CompanyId, MailId, new_mail_id
from roundsman.core.site import Site
from roundsman.events.catalogue import MemberInvited
from roundsman.events.outbox import emit
from roundsman.messages import queries, texts
from roundsman.messages.model import Invitation, Mail
from roundsman.storage.database import Tx

MAILS = "mails"
"""The bell that wakes the delivery of mails."""

# The day that is named is one on which the link works from morning to night.
_CLEAR_OF_THE_END = timedelta(days=1)


def queue(tx: Tx, company: CompanyId, recipient: str, subject: str, body: str) -> MailId:
    """Write a mail to be sent once this transaction is committed. BadValue for no mail address."""
    if not is_email(recipient):
        raise BadValue(f"{recipient[:60]!r} is no mail address.", field="email")
    one = Mail(
        company=company, id=new_mail_id(tx.now), recipient=recipient, subject=subject, body=body
    )
    queries.add(tx, one)
    tx.ring(MAILS, company)
    return one.id


def invite(tx: Tx, actor: Actor, member: Member, site: Site) -> Invitation:
    """Make an invitation for a member and mail it where that is possible.

    Older invitations of the member no longer work.
    """
    actor.require(Right.MANAGE_MEMBERS)
    made, token = secrets.invite(tx, actor.by, member)
    emit(tx, actor.by, MemberInvited(member.id, made.id))
    url = f"{site.public_url}/invite/{token}"
    address = member.username if is_email(member.username) else ""
    if not (address and site.sends_mail):
        return Invitation(url=url, mailed=False)
    company = actor.company_profile
    body = texts.invitation(
        name=member.name,
        username=member.username,
        company=company.name,
        inviter=actor.member.name,
        url=url,
        until=local_day(tx.now + INVITATION_LIFE - _CLEAR_OF_THE_END, company.timezone),
    )
    queue(tx, actor.company, address, texts.invitation_subject(company.name), body)
    return Invitation(url=url, mailed=True)
