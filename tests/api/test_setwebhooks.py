from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from roundsman.webhooks.model import KINDS, Hook
from roundsman.webhooks.queries import hooks
from tests.facts import told_of
from tests.world import World, settings_for

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

OFF: dict[str, Any] = {"url": "", "header": {}}
URL = "https://erp.example/hook"


async def put(world: World, **keys: Any) -> dict[str, Any]:
    """Set keys and return every setting as answered."""
    answer = await world.ada.post("setwebhooks", **keys)
    assert answer["status"] == 0, answer
    return dict(answer["webhooks"])


def stored(world: World, key: str) -> Hook:
    found = world.db.read_now(lambda tx: hooks.find(tx, world.acme, key))
    assert found is not None
    return found


@pytest.mark.parametrize("key", list(KINDS))
async def test_each_key_can_be_set(world: World, key: str) -> None:
    found = await put(world, **{key: {"url": URL, "header": {"X-Token": "abc"}}})
    assert found == dict.fromkeys(KINDS, OFF) | {key: {"url": URL, "header": {"X-Token": "abc"}}}


async def test_keys_that_are_not_sent_stay(world: World) -> None:
    await put(world, job_created={"url": URL}, job_updated={"url": URL + "/2"})
    found = await put(world, job_updated={"url": URL + "/3"})
    assert found["job_created"]["url"] == URL
    assert found["job_updated"]["url"] == URL + "/3"


@pytest.mark.parametrize("off", [None, {"url": ""}, {"url": None}])
async def test_null_and_an_empty_url_switch_a_key_off(world: World, off: Any) -> None:
    await put(world, job_created={"url": URL})
    assert (await put(world, job_created=off))["job_created"] == OFF


async def test_headers_stay_when_they_are_not_sent(world: World) -> None:
    await put(world, job_created={"url": URL, "header": {"X-A": "1"}})
    changed = await put(world, job_created={"url": URL + "/2"})
    assert changed["job_created"] == {"url": URL + "/2", "header": {"X-A": "1"}}
    removed = await put(world, job_created={"header": {}})
    assert removed["job_created"] == {"url": URL + "/2", "header": {}}


async def test_the_plural_of_header_is_taken_too(world: World) -> None:
    found = await put(world, job_created={"url": URL, "headers": {"X-A": "1"}})
    assert found["job_created"] == {"url": URL, "header": {"X-A": "1"}}


async def test_the_json_format_can_be_chosen(world: World) -> None:
    found = await put(world, job_created={"url": URL, "format": "json"})
    assert found["job_created"] == {"url": URL, "header": {}, "format": "json"}
    back = await put(world, job_created={"format": None})
    assert back["job_created"] == {"url": URL, "header": {}}


async def test_a_key_that_is_set_gets_a_secret_of_its_own(world: World) -> None:
    await put(world, job_created={"url": URL}, job_updated={"url": URL})
    first, second = stored(world, "job_created").secret, stored(world, "job_updated").secret
    assert first.startswith("whsec_")
    assert first != second
    await put(world, job_created={"url": URL + "/2"})
    assert stored(world, "job_created").secret == first


@pytest.mark.parametrize(
    ("hook", "status"),
    [
        ({"url": "http://8.8.8.8/hook"}, -11),
        ({"url": "ftp://erp.example"}, -11),
        ({"url": "erp.example"}, -11),
        ({"url": "https://10.0.0.1/hook"}, -11),
        ({"url": "https://127.0.0.1/hook"}, -11),
        ({"url": "https://[::1]/hook"}, -11),
        ({"url": "https://169.254.169.254/latest"}, -11),
        ({"url": "https://localhost/hook"}, -11),
        ({"url": "https://a:b@erp.example"}, -11),
        ({"url": 5}, -1),
        ({"url": ["https://erp.example"]}, -1),
        ({"url": URL, "header": {"Host": "x"}}, -11),
        ({"url": URL, "header": {"X-A": "a\r\nb"}}, -11),
        ({"url": URL, "header": {"X-A": 5}}, -1),
        ({"url": URL, "header": ["X-A"]}, -1),
        ({"url": URL, "format": "xml"}, -11),
        (URL, -1),
        ([URL], -1),
        (7, -1),
    ],
)
async def test_it_refuses_what_cannot_be(
    database: str, tmp_path: Path, hook: Any, status: int
) -> None:
    settings = settings_for(database, tmp_path)
    strict = World(replace(settings, allow_http_webhooks=False, allow_networks=()))
    answer = await strict.ada.post("setwebhooks", job_updated={"url": URL}, job_created=hook)
    assert (answer["status"], bool(answer["message"])) == (status, True)
    assert (await strict.ada.post("getwebhooks"))["job_updated"] == OFF
    await strict.close()


@pytest.mark.parametrize("key", ["job_exploded", "jobcreated", "JOB_CREATED", ""])
async def test_an_unknown_key_changes_nothing(world: World, key: str) -> None:
    answer = await world.ada.post("setwebhooks", job_created={"url": URL}, **{key: {"url": URL}})
    assert (answer["status"], answer["code"]) == (-11, "bad_value")
    assert key in answer["message"]
    assert (await world.ada.post("getwebhooks"))["job_created"] == OFF


async def test_nothing_to_set_answers_what_is(world: World) -> None:
    await put(world, job_created={"url": URL})
    assert (await put(world))["job_created"] == {"url": URL, "header": {}}


async def test_the_operator_can_allow_http_and_networks(world: World) -> None:
    found = await put(world, job_created={"url": "http://127.0.0.1:9000/hook"})
    assert found["job_created"]["url"] == "http://127.0.0.1:9000/hook"
    refused = await world.ada.post("setwebhooks", job_created={"url": "http://10.0.0.1/"})
    assert refused["status"] == -11


async def test_only_administrators_may_set(world: World) -> None:
    for person in (world.otto, world.wanda):
        answer = await person.post("setwebhooks", job_created={"url": URL})
        assert answer["status"] == -5
    assert (await world.ada.post("getwebhooks"))["job_created"] == OFF


async def test_it_touches_no_other_company(world: World) -> None:
    await put(world, job_created={"url": URL})
    assert (await world.zoe.post("getwebhooks"))["job_created"] == OFF


async def test_setting_twice_is_one_change(world: World) -> None:
    for _ in range(2):
        await put(world, job_created={"url": URL, "header": {"X-A": "1"}})
    changes = [told for told in told_of(world, "company") if told.event.kind == "company_changed"]
    assert len(changes) == 1
    assert "erp.example" not in str(changes[0])
