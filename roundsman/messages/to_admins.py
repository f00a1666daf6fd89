"""What administrators are told by mail when the house itself did something."""

from roundsman.accounts import queries as accounts
from roundsman.accounts.rights import Role
from roundsman.accounts.rules import is_email
from roundsman.core.clock import from_yyyymmdd
from roundsman.core.ids import CompanyId
from roundsman.events.catalogue import CarryOverEnded, Told, WebhookSwitchedOff
from roundsman.jobs import queries as jobs
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
    for name, address in _administrators(tx, company.id):
        body = texts.webhook_off(
            name=name, company=company.name, key=event.key, because=event.because
        )
        queue(tx, company.id, address, subject, body)


def carry_over_ended(tx: Tx, told: Told) -> None:
    """Tell every administrator with a mail address which jobs are no longer carried over."""
    event = told.event
    if not isinstance(event, CarryOverEnded):
        return
    company = accounts.get_company(tx, told.by.company)
    found = jobs.find_many(tx, company.id, event.jobs[: texts.JOBS_NAMED])
    lines = [texts.job_line(job.title or job.address or job.id, job.day) for job in found.values()]
    for name, address in _administrators(tx, company.id):
        body = texts.left_behind(
            name=name,
            company=company.name,
            lines=lines,
            others=len(event.jobs) - len(lines),
            times=company.policy.carry_over_max,
            night=from_yyyymmdd(event.day),
        )
        queue(tx, company.id, address, texts.left_behind_subject(company.name), body)


def _administrators(tx: Tx, company: CompanyId) -> list[tuple[str, str]]:
    """Return name and mail address of every administrator who has one."""
    found = [
        (member.name, member.email or member.username)
        for member in accounts.members(tx, company)
        if member.role is Role.ADMIN
    ]
    return [(name, address) for name, address in found if is_email(address)]
