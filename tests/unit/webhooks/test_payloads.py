"""What goes out, byte for byte."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import msgspec

from roundsman.webhooks.model import KINDS, Message
from roundsman.webhooks.payloads import body_of

MESSAGE = Message(
    account="acme",
    id="65a1b2c3d4e5f60718293a4b",
    action="jobcreated",
    type="job.created",
    at=datetime(2026, 1, 5, 9, 0, tzinfo=timezone(timedelta(hours=1))),
    data='[{"id":"65a1b2c3d4e5f60718293a4b","destinationName":"Öl & Gas + 100%"}]',
)


def test_the_form_has_the_documented_parameters_in_their_order() -> None:
    content_type, body = body_of(MESSAGE, "form")
    assert content_type == "application/x-www-form-urlencoded; charset=utf-8"
    assert body == (
        b"account=acme&id=65a1b2c3d4e5f60718293a4b"
        b"&data=%5B%7B%22id%22%3A%2265a1b2c3d4e5f60718293a4b%22%2C%22destinationName%22%3A"
        b"%22%C3%96l+%26+Gas+%2B+100%25%22%7D%5D"
        b"&action=jobcreated&reason=jobcreated"
    )


def test_the_json_format_carries_the_data_itself() -> None:
    content_type, body = body_of(MESSAGE, "json")
    assert content_type == "application/json"
    assert msgspec.json.decode(body) == {
        "type": "job.created",
        "timestamp": "2026-01-05T08:00:00.000Z",
        "account": "acme",
        "id": "65a1b2c3d4e5f60718293a4b",
        "action": "jobcreated",
        "data": [{"id": "65a1b2c3d4e5f60718293a4b", "destinationName": "Öl & Gas + 100%"}],
    }


def test_keys_actions_and_types_are_the_documented_ones() -> None:
    assert [(kind.key, kind.action, kind.type, kind.legacy) for kind in KINDS.values()] == [
        ("job_created", "jobcreated", "job.created", ""),
        ("job_updated", "jobupdated", "job.updated", ""),
        ("job_completed", "jobcompleted", "job.completed", ""),
        ("job_archived", "jobarchived", "job.archived", ""),
        ("job_deleted", "jobdeleted", "job.deleted", ""),
        ("alert_triggered", "alerttriggered", "alert.triggered", ""),
        ("job_checkin", "jobcheckin", "job.checkin", "jobchecked"),
        ("job_checkout", "jobcheckout", "job.checkout", "jobchecked"),
        ("place_checkin", "placecheckin", "place.checkin", "placechecked"),
        ("place_checkout", "placecheckout", "place.checkout", "placechecked"),
    ]
