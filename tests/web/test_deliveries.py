"""The delivery log of a webhook: every call with its answer, a closer look, sending again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import Answer, Inbox, hook_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.world import World

pytestmark = pytest.mark.anyio
LOG = "/web/hooks/job_created/deliveries"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Yield a receiver that listens."""
    with hook_receiver() as made:
        yield made


async def watching(browser: Any, inbox: Inbox) -> None:
    """Let the receiver hear of new jobs."""
    answer = await browser.send(
        "PUT", "/web/hooks/job_created", {"url": inbox.url, "headers": {"X-Token": "abc"}}
    )
    assert answer.status_code == 200, answer.text


async def test_each_delivery_is_listed_with_what_came_back(
    world: World, browse: Any, inbox: Inbox
) -> None:
    ada = await browse(world.ada)
    await watching(ada, inbox)
    made = await world.ada.post("createjobs", jobs=[{"destinationName": "Boiler"}])
    await world.settle()
    log = (await ada.get(LOG)).json()
    (line,) = log["lines"]
    assert log["more"] is False
    assert (line["state"], line["status"], line["attempts"]) == ("delivered", 200, 1)
    assert (line["action"], line["subject"]) == ("jobcreated", made["jobs"][0]["id"])
    assert line["created"] == line["done"] == int(world.now.timestamp() * 1000)


async def test_a_closer_look_shows_what_was_sent_and_every_attempt(
    world: World, browse: Any, inbox: Inbox
) -> None:
    inbox.answers_first.append(Answer(status=503))
    ada = await browse(world.ada)
    await watching(ada, inbox)
    await world.ada.post("createjobs", jobs=[{"destinationName": "Boiler"}])
    await world.settle()
    (line,) = (await ada.get(LOG)).json()["lines"]
    assert (line["state"], line["status"]) == ("waiting", 503)
    assert line["due"] > line["created"]
    world.pass_time(minutes=5)
    await world.settle()
    seen = (await ada.get(f"{LOG}/{line['id']}")).json()
    assert seen["delivery"]["state"] == "delivered"
    assert [(one["number"], one["status"]) for one in seen["attempts"]] == [(2, 200), (1, 503)]
    assert all(one["took"] >= 0 for one in seen["attempts"])
    assert seen["contentType"].startswith("application/x-www-form-urlencoded")
    assert seen["body"].encode() == inbox.requests[-1].body


async def test_a_delivery_is_sent_again_with_its_old_id(
    world: World, browse: Any, inbox: Inbox
) -> None:
    ada = await browse(world.ada)
    await watching(ada, inbox)
    await world.ada.post("createjobs", jobs=[{}])
    await world.settle()
    (line,) = (await ada.get(LOG)).json()["lines"]
    answer = await ada.send("POST", "/web/hooks/job_created/replay", {"ids": [line["id"]]})
    assert answer.json() == {"count": 1}
    await world.settle()
    first, second = inbox.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == line["id"]
    assert first.body == second.body
    gone = await ada.send("POST", "/web/hooks/job_created/replay", {"ids": ["msg_0"]})
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_thing")


async def test_a_test_event_is_in_the_log(world: World, browse: Any, inbox: Inbox) -> None:
    ada = await browse(world.ada)
    await watching(ada, inbox)
    assert (await ada.send("POST", "/web/hooks/job_created/test")).status_code == 200
    await world.settle()
    (line,) = (await ada.get(LOG)).json()["lines"]
    assert line["state"] == "delivered"


async def test_a_long_log_comes_in_pages_newest_first(
    world: World, browse: Any, inbox: Inbox
) -> None:
    ada = await browse(world.ada)
    await watching(ada, inbox)
    await world.ada.post("createjobs", jobs=[{"destinationName": f"Job {n}"} for n in range(60)])
    await world.settle()
    first = (await ada.get(LOG)).json()
    assert (len(first["lines"]), first["more"]) == (50, True)
    rest = (await ada.get(LOG, before=first["lines"][-1]["id"])).json()
    assert (len(rest["lines"]), rest["more"]) == (10, False)
    ids = [line["id"] for line in first["lines"] + rest["lines"]]
    assert ids == sorted(set(ids), reverse=True)


async def test_deliveries_of_another_company_do_not_exist(
    world: World, browse: Any, inbox: Inbox
) -> None:
    ada, zoe = await browse(world.ada), await browse(world.zoe)
    await watching(ada, inbox)
    await watching(zoe, inbox)
    await world.ada.post("createjobs", jobs=[{}])
    await world.settle()
    (line,) = (await ada.get(LOG)).json()["lines"]
    assert (await zoe.get(LOG)).json()["lines"] == []
    assert (await zoe.get(f"{LOG}/{line['id']}")).status_code == 404
    answer = await zoe.send("POST", "/web/hooks/job_created/replay", {"ids": [line["id"]]})
    assert answer.status_code == 404
    await world.settle()
    assert len(inbox.requests) == 1


async def test_a_delivery_belongs_to_its_event(world: World, browse: Any, inbox: Inbox) -> None:
    ada = await browse(world.ada)
    await watching(ada, inbox)
    await world.ada.post("createjobs", jobs=[{}])
    await world.settle()
    (line,) = (await ada.get(LOG)).json()["lines"]
    assert (await ada.get(f"/web/hooks/job_updated/deliveries/{line['id']}")).status_code == 404
    assert (await ada.get("/web/hooks/job_eaten/deliveries")).status_code == 404
    assert (await ada.get(f"/web/hooks/job_eaten/deliveries/{line['id']}")).status_code == 404


async def test_the_log_is_for_administrators(world: World, browse: Any) -> None:
    for person in (world.otto, world.wanda):
        browser = await browse(person)
        assert (await browser.get(LOG)).status_code == 403
        assert (await browser.get(f"{LOG}/msg_0")).status_code == 403
        answer = await browser.send("POST", "/web/hooks/job_created/replay", {"ids": ["msg_0"]})
        assert answer.status_code == 403
