from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.webhooks.model import KINDS

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

OFF: dict[str, Any] = {"url": "", "header": {}}


async def test_it_answers_every_key_beside_status_and_under_webhooks(world: World) -> None:
    every = dict.fromkeys(KINDS, OFF)
    assert await world.ada.post("getwebhooks") == {"status": 0, "webhooks": every, **every}


async def test_it_answers_what_was_set(world: World) -> None:
    hook = {"url": "https://erp.example/hook", "header": {"Authorization": "Bearer s3cret"}}
    await world.ada.post("setwebhooks", job_completed=hook)
    answer = await world.ada.post("getwebhooks")
    assert answer["job_completed"] == answer["webhooks"]["job_completed"] == hook
    assert answer["job_created"] == OFF


async def test_it_never_answers_the_secret(world: World) -> None:
    await world.ada.post("setwebhooks", job_completed={"url": "https://erp.example/hook"})
    assert "whsec_" not in (await world.ada.raw("getwebhooks", json={"data": {}})).text


async def test_only_administrators_may_look(world: World) -> None:
    for person in (world.otto, world.wanda):
        assert (await person.post("getwebhooks"))["status"] == -5


async def test_another_company_sees_its_own(world: World) -> None:
    await world.ada.post("setwebhooks", job_completed={"url": "https://erp.example/hook"})
    assert (await world.zoe.post("getwebhooks"))["job_completed"] == OFF


@pytest.mark.parametrize("body", ['{"data": []}', '{"data": 5}', "{}", "no json"])
async def test_it_refuses_a_bad_shape(world: World, body: str) -> None:
    answer = await world.ada.raw("getwebhooks", content=body)
    assert answer.json()["status"] == -1
