"""What goes out: a message as the bytes of a request. Pure."""

from datetime import UTC
from urllib.parse import urlencode

import msgspec

from roundsman.webhooks.model import JSON, Message

FORM_TYPE = "application/x-www-form-urlencoded; charset=utf-8"
JSON_TYPE = "application/json"


def body_of(message: Message, format_: str) -> tuple[str, bytes]:
    """Return the content type and the body of a message in one of the two formats."""
    return (JSON_TYPE, as_json(message)) if format_ == JSON else (FORM_TYPE, as_form(message))


def as_form(message: Message) -> bytes:
    """Return the documented form: account, id, data, action, reason, in this order."""
    return urlencode(
        [
            ("account", message.account),
            ("id", message.id),
            ("data", message.data),
            ("action", message.action),
            ("reason", message.action),
        ]
    ).encode()


def as_json(message: Message) -> bytes:
    """Return the optional form: one JSON object whose `data` is no text but the value itself."""
    at = message.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode(
        {
            "type": message.type,
            "timestamp": at,
            "account": message.account,
            "id": message.id,
            "action": message.action,
            "data": msgspec.Raw(message.data.encode()),
        }
    )
