from collections.abc import Sequence
from typing import Any

import anyio
import pytest

from roundsman.core.errors import TookTooLong, TooLarge
from roundsman.http.limits import read_body

pytestmark = pytest.mark.anyio


class Sender:
    """A connection that sends these messages, and then keeps silent."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = list(messages)
        self.taken = 0

    async def __call__(self) -> dict[str, Any]:
        if self.taken == len(self._messages):
            await anyio.sleep_forever()
        self.taken += 1
        return self._messages[self.taken - 1]


def parts(*bodies: bytes, more: bool = False) -> Sequence[dict[str, Any]]:
    """Return the messages of a body that comes in parts; with `more` the end never comes."""
    return [
        {
            "type": "http.request",
            "body": body,
            "more_body": more or number < len(bodies) - 1,
        }
        for number, body in enumerate(bodies)
    ]


async def test_a_body_is_put_together_from_its_parts() -> None:
    assert await read_body(Sender(*parts(b"ab", b"", b"c")), None) == b"abc"
    assert await read_body(Sender({"type": "http.request"}), 0) == b""
    assert await read_body(Sender(*parts(b"abc")), 3, limit=3) == b"abc"


async def test_a_body_that_declares_too_much_is_not_even_read() -> None:
    sender = Sender(*parts(b"abcd"))
    with pytest.raises(TooLarge):
        await read_body(sender, 4, limit=3)
    assert sender.taken == 0


async def test_a_body_that_grows_too_large_is_read_no_further() -> None:
    sender = Sender(*parts(b"ab", b"cd", b"ef", b"gh"))
    with pytest.raises(TooLarge):
        await read_body(sender, None, limit=3)
    assert sender.taken == 2


async def test_a_declared_length_that_is_too_small_helps_nobody() -> None:
    with pytest.raises(TooLarge):
        await read_body(Sender(*parts(b"ab", b"cd")), 1, limit=3)


async def test_a_sender_who_falls_silent_is_given_up() -> None:
    for messages in (parts(), parts(b"ab", more=True)):
        with pytest.raises(TookTooLong):
            await read_body(Sender(*messages), 100, idle_s=0.001)


async def test_a_sender_who_leaves_is_told_apart() -> None:
    with pytest.raises(ConnectionError):
        await read_body(Sender(*parts(b"ab", more=True), {"type": "http.disconnect"}), None)


async def test_a_sender_who_drips_is_given_up_though_never_silent() -> None:
    async def drip() -> dict[str, Any]:
        await anyio.sleep(0.001)
        return {"type": "http.request", "body": b"", "more_body": True}

    with pytest.raises(TookTooLong):
        await read_body(drip, 100, idle_s=0.02)
