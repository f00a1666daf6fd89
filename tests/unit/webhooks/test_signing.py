"""Signatures after Standard Webhooks 1.0."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from roundsman.webhooks.signing import new_secret, signature, signed_headers

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # noqa: S105 - published
MESSAGE = "msg_0123456789abcdef"
BODY = (
    b"account=acme&id=65a1b2c3d4e5f60718293a4b"
    b"&data=%5B%7B%22id%22%3A%2265a1b2c3d4e5f60718293a4b%22%7D%5D"
    b"&action=jobcreated&reason=jobcreated"
)


def test_it_signs_the_published_vector() -> None:
    assert base64.b64decode(SECRET.removeprefix("whsec_")) == bytes(range(32))
    signed = signature(SECRET, MESSAGE, 1767600000, BODY)
    assert signed == "v1,WdhlgEhkqu8nll/81q6y4IGyXz45s1a/Rv56hLHyM0s="


def test_its_headers_carry_the_id_the_time_in_seconds_and_a_signature_for_each_secret() -> None:
    other = new_secret()
    at = datetime(2026, 1, 5, 8, 0, 0, 999_000, tzinfo=UTC)
    assert signed_headers([SECRET, other], MESSAGE, at, BODY) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1767600000",
        "webhook-signature": "v1,WdhlgEhkqu8nll/81q6y4IGyXz45s1a/Rv56hLHyM0s= "
        + signature(other, MESSAGE, 1767600000, BODY),
    }


def test_each_secret_is_new_and_has_32_bytes() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert one.startswith("whsec_")
    assert len(base64.b64decode(one.removeprefix("whsec_"), validate=True)) == 32
