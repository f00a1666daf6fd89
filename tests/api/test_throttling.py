from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.core.errors import Throttled
from roundsman.http.limits import BUCKETS, Rate, Throttle
from tests.job_table import each
from tests.world import make_world

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_too_many_requests_of_one_key_are_put_off(database: str, tmp_path: Path) -> None:
    world = make_world(database, tmp_path, api_rate=0.001, api_burst=3)
    for _ in range(3):
        assert (await world.ada.post("getjobs"))["status"] == 0
    for action, body in each((("getjobs", {"data": {}}), ("createjobs", {"data": {"jobs": [{}]}}))):
        answer = await world.ada.raw(action, json=body)
        assert answer.status_code == 200
        assert answer.json()["status"] == -9
        assert 990 <= int(answer.headers["retry-after"]) <= 1000
    assert (await world.otto.post("getjobs", day=0))["jobs"] == []
    await world.close()


async def test_a_key_in_the_body_counts_like_one_in_the_header(
    database: str, tmp_path: Path
) -> None:
    world = make_world(database, tmp_path, api_rate=0.001, api_burst=2)
    assert (await world.ada.post("getjobs"))["status"] == 0
    body = {"data": {}, "auth": {"usr": world.wanda.username, "key": world.ada.key}}
    statuses = [
        (await world.http.post("/api/getjobs", json=body)).json()["status"] for _ in range(2)
    ]
    assert statuses == [0, -9]
    await world.close()


async def test_throttling_can_be_switched_off(database: str, tmp_path: Path) -> None:
    world = make_world(database, tmp_path, api_rate=0, api_burst=1)
    for _ in range(60):
        assert (await world.ada.post("getjobs"))["status"] == 0
    await world.close()


def test_patience_fills_the_bucket_again() -> None:
    now = 100.0
    throttle = Throttle(Rate(per_second=10, burst=50), clock=lambda: now)
    for _ in range(50):
        throttle.take("ada")
    with pytest.raises(Throttled) as refusal:
        throttle.take("ada")
    assert refusal.value.retry_after_s == pytest.approx(0.1)
    now += refusal.value.retry_after_s + 0.001
    throttle.take("ada")
    now += 3600
    for _ in range(50):
        throttle.take("ada")
    with pytest.raises(Throttled):
        throttle.take("ada")


def test_callers_are_counted_apart_and_idle_ones_forgotten() -> None:
    throttle = Throttle(Rate(per_second=1, burst=1), clock=lambda: 0.0)
    throttle.take("ada")
    throttle.take("otto")
    with pytest.raises(Throttled):
        throttle.take("ada")
    for number in range(BUCKETS):
        throttle.take(f"caller {number}")
    throttle.take("otto")
