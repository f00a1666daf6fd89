"""The pages themselves: strict headers, whatever is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/", "/team", "/integrations", "/reference", "/invite/abc"])
async def test_every_page_is_one_document_with_a_strict_policy(world: World, path: str) -> None:
    answer = await world.http.get(path)
    assert answer.status_code == 200
    assert '<div id="app">' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("query", ["id=a&lat=1&lon=2&timestamp=3", "id=a&location=1,2"])
async def test_a_phone_that_was_given_only_our_host_is_not_told_that_all_is_well(
    world: World, query: str
) -> None:
    answer = await world.http.get(f"/?{query}")
    assert answer.status_code == 404
    assert "address of the device" in answer.text


@pytest.mark.parametrize("path", ["/ingest", "/api", "/team/"])
async def test_nothing_is_redirected_for_a_slash(world: World, path: str) -> None:
    assert (await world.http.get(path)).status_code in {404, 405}


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


async def test_people_who_are_lost_get_the_page_that_leads_back(world: World) -> None:
    accept = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    answer = await world.http.get("/nothing", headers=accept)
    assert answer.status_code == 404
    assert '<div id="app">' in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-cache"


async def test_programs_that_are_lost_get_a_word(world: World) -> None:
    answer = await world.http.get("/nothing")
    assert answer.text == "Not Found"
    posted = await world.http.post("/nothing", headers={"accept": "text/html"})
    assert (posted.status_code, posted.text) == (404, "Not Found")


async def test_health_and_readiness_answer(world: World) -> None:
    assert (await world.http.get("/health/live")).json() == {"live": True}
    assert (await world.http.get("/health/ready")).json() == {"ready": True}


async def test_metrics_count_requests(world: World) -> None:
    await world.ada.post("getjobs")
    text = (await world.http.get("/metrics")).text
    assert 'roundsman_requests_total{status="200",surface="api"}' in text
