"""Everything real that a test can start, on one page."""

from tests.browser import FLAGS, chromium_path, open_browser
from tests.hooks import Answer, Inbox, Received, hook_receiver
from tests.mail import Mail, Mailbox, mail_receiver
from tests.ports import free_port, lasting_port
from tests.postgres import (
    durable_postgres,
    fresh_database,
    lent_database,
    postgres_url,
    template_database,
)

__all__ = [
    "FLAGS",
    "Answer",
    "Inbox",
    "Mail",
    "Mailbox",
    "Received",
    "chromium_path",
    "durable_postgres",
    "free_port",
    "fresh_database",
    "hook_receiver",
    "lasting_port",
    "lent_database",
    "mail_receiver",
    "open_browser",
    "postgres_url",
    "template_database",
]
