"""releaseslot: an extension that lets go of a reserved window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.line import settle_in
from tests.slots import reserve, suggest, windows

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_the_window_is_free_again(world: World) -> None:
    settle_in(world)
    wanda: dict[str, Any] = {"workers": [world.wanda.username]}
    held = await reserve(world, **wanda)
    assert (800, 1000) not in windows(await suggest(world, **wanda))
    assert await world.otto.post("releaseslot", hold=held["id"]) == {"status": 0}
    assert (800, 1000) in windows(await suggest(world, **wanda))
    answer = await world.otto.post("releaseslot", hold=held["id"])
    assert (answer["status"], answer["code"]) == (-11, "unknown_thing")


async def test_it_refuses_strangers_workers_and_nonsense(world: World) -> None:
    settle_in(world)
    held = await reserve(world)
    assert (await world.zoe.post("releaseslot", hold=held["id"]))["code"] == "unknown_thing"
    assert (await world.wanda.post("releaseslot", hold=held["id"]))["code"] == "not_allowed"
    assert (await world.otto.post("releaseslot", hold=[]))["status"] == -1
    assert (await world.otto.post("releaseslot", hold=held["id"]))["status"] == 0
