"""Webhooks from the request that caused them to a real receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from roundsman.webhooks.model import KINDS
from roundsman.webhooks.queries import hooks
from roundsman.webhooks.signing import signature
from tests.servers import Answer, Inbox, Received, hook_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with hook_receiver() as opened:
        yield opened


def form(request: Received) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


def actions(requests: list[Received]) -> list[str]:
    return [form(one)["action"] for one in requests]


async def listen(world: World, url: str, *keys: str, **more: Any) -> None:
    """Let Acme hear of the given keys, or of all of them."""
    answer = await world.ada.post(
        "setwebhooks", **{key: {"url": url, **more} for key in keys or KINDS}
    )
    assert answer["status"] == 0, answer


async def test_a_new_job_is_told_signed_with_the_whole_job(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url + "/hook", "job_created", header={"Authorization": "Bearer s"})
    made = await world.otto.post(
        "createjobs", jobs=[{"destinationName": "Kühlung & Öl", "worker": "wanda@acme.example"}]
    )
    await world.settle()
    (request,) = inbox.requests
    assert request.method == "POST"
    assert request.path == "/hook"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    assert request.headers["authorization"] == "Bearer s"
    assert request.headers["user-agent"].startswith("Roundsman/")
    assert list(form(request)) == ["account", "id", "data", "action", "reason"]
    said = form(request)
    job = made["jobs"][0]
    assert said["account"] == "acme"
    assert said["id"] == job["id"]
    assert said["action"] == said["reason"] == "jobcreated"
    assert msgspec.json.decode(said["data"]) == [job]
    assert b"K%C3%BChlung+%26+%C3%96l" in request.body
    hook = world.db.read_now(lambda tx: hooks.find(tx, world.acme, "job_created"))
    assert hook is not None
    assert request.headers["webhook-signature"] == signature(
        hook.secret,
        request.headers["webhook-id"],
        int(request.headers["webhook-timestamp"]),
        request.body,
    )


async def test_every_change_of_a_job_is_told_in_order(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url)
    job = (await world.otto.post("createjobs", jobs=[{"destinationName": "A"}]))["jobs"][0]["id"]
    await world.otto.post("editjobs", jobs={job: {"priority": 7}})
    await world.otto.post("editjobs", jobs={job: {"priority": 7}})
    await world.otto.post("editjobs", jobs={job: {"tsCheckIn": 1767600000000}})
    await world.otto.post("editjobs", jobs={job: {"tsDoneSuccess": 1767600001000}})
    await world.otto.post("archivejobs", jobs=[job])
    await world.otto.post("restorejobs", jobs=[job])
    await world.ada.post("deletejobs", jobs=[job])
    await world.settle()
    assert actions(inbox.requests) == [
        "jobcreated",
        "jobupdated",
        "jobupdated",
        "jobcheckin",
        "jobupdated",
        "jobcompleted",
        "jobarchived",
        "jobupdated",
        "jobdeleted",
    ]


async def test_a_failure_is_tried_again_with_the_same_id(world: World, inbox: Inbox) -> None:
    inbox.answers_first.extend([Answer(status=500), Answer(status=302)])
    await listen(world, inbox.url, "job_created")
    await world.otto.post("createjobs", jobs=[{"destinationName": "A"}])
    await world.settle()
    assert len(inbox.requests) == 1
    world.pass_time(seconds=6)
    await world.settle()
    assert len(inbox.requests) == 2
    world.pass_time(seconds=359)
    await world.settle()
    first, _, last = inbox.requests
    assert first.headers["webhook-id"] == last.headers["webhook-id"]
    assert first.body == last.body
    assert first.headers["webhook-timestamp"] != last.headers["webhook-timestamp"]
    assert first.headers["webhook-signature"] != last.headers["webhook-signature"]
