"""The pages themselves: strict headers, whatever is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/", "/integrations", "/reference", "/invite/abc"])
async def test_every_page_is_one_document_with_a_strict_policy(world: World, path: str) -> None:
    answer = await world.http.get(path)
    assert answer.status_code == 200
    assert '<div id="app">' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert answer.headers["x-frame-options"] == "DENY"


async def test_a_page_names_no_other_host(world: World) -> None:
    text = (await world.http.get("/")).text
    assert "http://" not in text
    assert "https://" not in text


async def test_hashed_assets_may_be_kept_for_ever_and_come_compressed(world: World) -> None:
    page = (await world.http.get("/")).text
    script = next(
        part
        for part in page.split('"')
        if part.startswith("/assets/index-") and part.endswith(".js")
    )
    answer = await world.http.get(script)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "path", ["/nothing", "/assets/../../settings.py", "/assets/nothing.js", "/map/streets.json"]
)
async def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert (await world.http.get(path)).status_code == 404


async def test_health_and_readiness_answer(world: World) -> None:
    assert (await world.http.get("/health/live")).json() == {"live": True}
    assert (await world.http.get("/health/ready")).json() == {"ready": True}


async def test_metrics_count_requests(world: World) -> None:
    await world.ada.post("getjobs")
    text = (await world.http.get("/metrics")).text
    assert 'roundsman_requests_total{status="200",surface="api"}' in text
