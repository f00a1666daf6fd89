"""The page API and integrations: the switch, keys and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def test_a_key_made_here_opens_the_api_and_is_shown_once(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    answer = await browser.send("POST", "/web/keys", {"label": "ERP", "member": world.otto.id})
    assert answer.status_code == 201
    made = answer.json()
    used = await world.http.post(
        "/api/getjobs", headers={"API-Key": made["secret"]}, json={"data": {}}
    )
    assert used.json()["status"] == 0
    page = (await browser.get("/web/integrations")).json()
    (shown,) = [key for key in page["keys"] if key["id"] == made["key"]["id"]]
    assert shown["label"] == "ERP"
    assert shown["memberName"] == "Otto"
    assert made["secret"].startswith(shown["hint"])
    assert made["secret"] not in str(page)


async def test_the_last_use_of_a_key_is_shown(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    made = (await browser.send("POST", "/web/keys", {"label": "", "member": world.ada.id})).json()
    assert made["key"]["lastUsed"] == 0
    world.pass_time(minutes=5)
    await world.http.post("/api/getjobs", headers={"API-Key": made["secret"]}, json={"data": {}})
    await world.settle()
    page = (await browser.get("/web/integrations")).json()
    (shown,) = [key for key in page["keys"] if key["id"] == made["key"]["id"]]
    assert shown["lastUsed"] == int(world.now.timestamp() * 1000)


async def test_a_revoked_key_is_worthless_at_once(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    made = (await browser.send("POST", "/web/keys", {"label": "", "member": world.ada.id})).json()
    for _ in range(2):  # revoking twice is revoking once
        assert (await browser.send("DELETE", f"/web/keys/{made['key']['id']}")).status_code == 200
    used = await world.http.post(
        "/api/getjobs", headers={"API-Key": made["secret"]}, json={"data": {}}
    )
    assert used.json()["status"] == -8


async def test_the_switch_stops_every_key_and_starts_them_again(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    await browser.send("PUT", "/web/integrations/enabled", {"on": False})
    assert (await world.otto.post("getjobs"))["status"] == -8
    assert (await browser.get("/web/integrations")).json()["enabled"] is False
    await browser.send("PUT", "/web/integrations/enabled", {"on": True})
    assert (await world.otto.post("getjobs"))["status"] == 0


async def test_only_administrators_may_integrate(world: World, browse: Any) -> None:
    for person in (world.otto, world.wanda):
        browser = await browse(person)
        assert (await browser.get("/web/integrations")).status_code == 403
        answer = await browser.send("POST", "/web/keys", {"label": "", "member": person.id})
        assert answer.status_code == 403


async def test_keys_and_members_of_another_company_do_not_exist(world: World, browse: Any) -> None:
    ada, zoe = await browse(world.ada), await browse(world.zoe)
    key = (await ada.get("/web/integrations")).json()["keys"][0]["id"]
    assert (await zoe.send("DELETE", f"/web/keys/{key}")).status_code == 404
    answer = await zoe.send("POST", "/web/keys", {"label": "", "member": world.wanda.id})
    assert answer.status_code == 404
    assert (await world.otto.post("getjobs"))["status"] == 0


async def test_a_webhook_is_set_and_its_secret_shown_once(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    hook = {"url": "https://erp.example/hook", "headers": {"X-Token": "abc"}}
    answer = await browser.send("PUT", "/web/hooks/job_created", hook)
    assert answer.status_code == 200, answer.text
    secret = (await browser.send("POST", "/web/hooks/job_created/secret")).json()["secret"]
    assert secret.startswith("whsec_")
    page = (await browser.get("/web/integrations")).json()
    (shown,) = [one for one in page["hooks"] if one["event"] == "job_created"]
    assert shown["url"] == hook["url"]
    assert secret not in str(page)


async def test_a_webhook_of_an_unknown_event_or_a_bad_url_is_refused(
    world: World, browse: Any
) -> None:
    browser = await browse(world.ada)
    for event, url in (("job_eaten", "https://erp.example"), ("job_created", "ftp://erp.example")):
        answer = await browser.send("PUT", f"/web/hooks/{event}", {"url": url, "headers": {}})
        assert answer.status_code == 422, event
