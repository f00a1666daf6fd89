"""What mails say. Pure."""

from collections.abc import Sequence
from datetime import date

# A mail names so many jobs; of more it says how many there are.
JOBS_NAMED = 30


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


def left_behind_subject(company: str) -> str:
    """Return the subject of the mail about jobs that are no longer carried over."""
    return f"{company}: unfinished jobs were moved too often"


def job_line(title: str, day: date | None) -> str:
    """Return the line about one job in that mail."""
    return f"- {title}, on {day:%d %B %Y}" if day else f"- {title}"


def left_behind(
    *,
    name: str,
    company: str,
    lines: Sequence[str],
    others: int,
    times: int,
    night: date | None,
) -> str:
    """Return the text of that mail; `others` is how many jobs the lines leave out."""
    listed = "\n".join([*lines, f"- and {others} more"] if others > 0 else lines)
    begun = f" when {night:%d %B %Y} began" if night else ""
    return f"""Hello {name},

these jobs of {company} are not finished and were carried over {times} times. They stayed on their
day{begun}:

{listed}

Give each of them another day, finish or archive it. How often a job is carried over is the
company's setting carry_over_max.
"""
