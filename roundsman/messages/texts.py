"""What mails say. Pure."""

from datetime import date


def invitation(
    *, name: str, username: str, company: str, inviter: str, url: str, until: date
) -> str:
    """Return the text of an invitation."""
    return f"""Hello {name},

{inviter} has added you to {company} on Roundsman, where your team plans its days in the field.

Open this link to choose a password. It works once, until {until:%d %B %Y}:

{url}

Your user name is {username}

If you did not expect this mail, you need not do anything: without the link nobody gets in.
"""


def invitation_subject(company: str) -> str:
    """Return the subject of an invitation."""
    return f"{company} invites you to Roundsman"


def webhook_off_subject(company: str, key: str) -> str:
    """Return the subject of the mail about a webhook that was switched off."""
    return f"{company}: the webhook {key} was switched off"


def webhook_off(*, name: str, company: str, key: str, because: str) -> str:
    """Return the text of that mail; `because` is gone or silent."""
    reason = (
        "Its receiver answered 410 Gone, which means that it wants no more calls."
        if because == "gone"
        else "Its receiver has not accepted a single call for five days."
    )
    return f"""Hello {name},

the webhook {key} of {company} was switched off.

{reason}

What could not be delivered is kept for 30 days. To go on, set the address again under API and
integrations; there you can also send the kept events once more.
"""
