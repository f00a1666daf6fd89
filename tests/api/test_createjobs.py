from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_it_creates_a_job_with_every_default(world: World) -> None:
    answer = await world.ada.post("createjobs", jobs=[{}])
    assert answer["status"] == 0
    job = answer["jobs"][0]
    assert job["priority"] == 5
    assert job["windowEnd"] == 2400
    assert len(job["id"]) == 24
