"""Webhooks from the request that caused them to a real receiver."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from msgspec.structs import replace

from roundsman.core.clock import to_ms
from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId
from roundsman.events.catalogue import AreaEntered, AreaEvent, AreaLeft, By
from roundsman.events.outbox import emit
from roundsman.gateways.web import Client
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.webhooks import actions as webhooks
from roundsman.webhooks.delivery import LEASE, Deliveries
from roundsman.webhooks.model import KINDS, Health, Hook, Line, State
from roundsman.webhooks.queries import hooks
from roundsman.webhooks.rules import HookWish
from roundsman.webhooks.signing import signature
from tests.servers import Answer, Inbox, Mailbox, Received, hook_receiver, mail_receiver
from tests.world import World, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.world import Person

pytestmark = pytest.mark.anyio


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with hook_receiver() as opened:
        yield opened


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_receiver() as opened:
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


async def add(world: World, count: int = 1, by: Person | None = None) -> list[str]:
    """Create jobs in one request and return their ids."""
    wishes = [{"destinationName": f"{number}"} for number in range(count)]
    answer = await (by or world.otto).post("createjobs", jobs=wishes)
    assert answer["status"] == 0, answer
    return [job["id"] for job in answer["jobs"]]


def hook_of(world: World, key: str) -> Hook:
    found = world.db.read_now(lambda tx: hooks.find(tx, world.acme, key))
    assert found is not None
    return found


def lines_of(world: World, key: str) -> list[Line]:
    """Return the deliveries of a key, newest first."""
    return world.db.read_now(lambda tx: webhooks.lines(tx, world.actor(world.ada), key))


def health_of(world: World, key: str) -> Health:
    found = world.db.read_now(lambda tx: webhooks.overview(tx, world.actor(world.ada)))
    return next(health for hook, health in found if hook.key == key)


async def arrived(inbox: Inbox, count: int) -> list[Received]:
    """Return the requests as soon as there are so many."""
    return await asyncio.to_thread(inbox.wait_for, count)


# --- what is told ---------------------------------------------------------------------------------


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
    assert request.headers["webhook-signature"] == signature(
        hook_of(world, "job_created").secret,
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


async def test_a_job_created_done_is_told_as_created_and_completed(
    world: World, inbox: Inbox
) -> None:
    await listen(world, inbox.url)
    await world.otto.post("createjobs", jobs=[{"tsDoneFailed": 1767600000000}])
    await world.settle()
    assert actions(inbox.requests) == ["jobcreated", "jobcompleted"]


async def test_an_upsert_is_told_as_an_update(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url)
    for priority in (3, 4, 4):
        await world.otto.post("createjobs", jobs=[{"uidSecondary": "x", "priority": priority}])
    await world.settle()
    assert actions(inbox.requests) == ["jobcreated", "jobupdated"]


async def test_switching_between_success_and_failure_completes_again(
    world: World, inbox: Inbox
) -> None:
    await listen(world, inbox.url, "job_completed", "job_updated")
    (job,) = await add(world)
    for stamps in (
        {"tsDoneSuccess": 1767600000000},
        {"tsDoneFailed": 1767600000000},
        {"tsDoneFailed": 0},
    ):
        await world.otto.post("editjobs", jobs={job: stamps})
    await world.settle()
    told = ["jobupdated", "jobcompleted", "jobupdated", "jobcompleted", "jobupdated"]
    assert actions(inbox.requests) == told


async def test_templates_refusals_and_other_companies_are_not_told(
    world: World, inbox: Inbox
) -> None:
    await listen(world, inbox.url)
    await world.otto.post("createjobs", template=True, jobs=[{"destinationName": "T"}])
    refused = await world.otto.post(
        "createjobs", jobs=[{"destinationName": "good"}, {"priority": "bad"}]
    )
    assert refused["status"] == -1
    await add(world, by=world.zoe)
    await world.settle()
    assert inbox.requests == []


async def test_a_snapshot_is_told_whatever_happened_since(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url)
    (job,) = await add(world)
    await world.otto.post("editjobs", jobs={job: {"destinationName": "new"}})
    await world.ada.post("deletejobs", jobs=[job])
    await world.settle()
    titles = [
        msgspec.json.decode(form(one)["data"])[0]["destinationName"] for one in inbox.requests
    ]
    assert titles == ["0", "new", "new"]


async def test_a_change_without_notice_is_told_all_the_same(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url, "job_updated")
    (job,) = await add(world)
    await world.otto.post("editjobs", notify=False, jobs={job: {"priority": 9}})
    await world.settle()
    assert actions(inbox.requests) == ["jobupdated"]


async def test_only_the_keys_that_are_set_are_told(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url + "/archived", "job_archived")
    (job,) = await add(world)
    await world.otto.post("archivejobs", jobs=[job])
    await world.settle()
    assert [(one.path, form(one)["action"]) for one in inbox.requests] == [
        ("/archived", "jobarchived")
    ]


async def test_json_can_be_chosen(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url, "job_created", format="json")
    (job,) = await add(world)
    await world.settle()
    (request,) = inbox.requests
    assert request.headers["content-type"] == "application/json"
    said = request.json()
    data = said.pop("data")
    assert [one["id"] for one in data] == [job]
    assert said == {
        "type": "job.created",
        "timestamp": "2026-01-05T07:00:00.000Z",
        "account": "acme",
        "id": job,
        "action": "jobcreated",
    }


async def test_older_receivers_can_get_the_older_names(world: World, inbox: Inbox) -> None:
    world.set_policy(legacy_action_names=True)
    await listen(world, inbox.url, "job_checkin", "job_checkout", "job_created")
    (job,) = await add(world)
    stamps = {"tsCheckIn": 1767600000000, "tsCheckOut": 1767600900000}
    await world.otto.post("editjobs", jobs={job: stamps})
    await world.settle()
    assert actions(inbox.requests) == ["jobcreated", "jobchecked", "jobchecked"]


async def test_visits_of_places_are_told(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url)
    depot = Place(id=PlaceId("depot1"), name="Depot", position=Point(48.3, 14.3), radius_m=80)
    world.db.write_now(lambda tx: places.save(tx, world.acme, depot))
    (as_answered,) = (await world.ada.post("getplaces"))["places"]
    on_time, long_ago = to_ms(world.now), to_ms(world.now - timedelta(minutes=16))

    def visit(kind: type[AreaEvent], at_ms: int) -> None:
        event = kind(area_kind="place", of=depot.id, member=world.wanda.id, visit="v1", at_ms=at_ms)
        by = By(world.acme, world.wanda.id, "geofence")
        world.db.write_now(lambda tx: emit(tx, by, event))

    visit(AreaEntered, long_ago)
    visit(AreaLeft, on_time)
    await world.settle()
    assert actions(inbox.requests) == ["placecheckin", "placecheckout"]
    assert [form(one)["id"] for one in inbox.requests] == ["v1-in", "v1-out"]
    who = {"uid": world.wanda.id, "name": "Wanda", "username": world.wanda.username}
    came, left = (msgspec.json.decode(form(one)["data"]) for one in inbox.requests)
    shared = {"place": as_answered, "who": who}
    assert came == {**shared, "ts": long_ago, "type": "in", "late": True}
    assert left == {**shared, "ts": on_time, "type": "out"}
    world.set_policy(auto_checkin=False)
    visit(AreaEntered, on_time)
    await world.settle()
    assert len(inbox.requests) == 2


# --- trying again ---------------------------------------------------------------------------------


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


async def test_after_the_last_retry_it_is_kept_as_dead_and_can_be_sent_again(
    world: World, inbox: Inbox
) -> None:
    inbox.answer = Answer(status=500)
    await listen(world, inbox.url, "job_created")
    await add(world)
    await world.settle()
    for retry_s in world.app.settings.webhook_retries_s:
        world.pass_time(seconds=retry_s * 1.2 + 1)
        await world.settle()
    assert len(inbox.requests) == 10
    world.pass_time(days=2)
    await world.settle()
    (line,) = lines_of(world, "job_created")
    assert (line.state, line.attempts, line.status, len(inbox.requests)) == (
        State.DEAD,
        10,
        500,
        10,
    )
    assert health_of(world, "job_created") == Health(
        last_status=500, last_attempt=line.done_at, failed=1
    )
    inbox.answer = Answer()
    ada = world.actor(world.ada)
    assert world.db.write_now(lambda tx: webhooks.replay(tx, ada, "job_created", [line.id])) == 1
    await world.settle()
    assert lines_of(world, "job_created")[0].state is State.DELIVERED
    assert inbox.requests[-1].headers["webhook-id"] == line.id
    zoe = world.actor(world.zoe)
    world.db.write_now(
        lambda tx: webhooks.change(
            tx, zoe, {"job_created": HookWish(url=inbox.url)}, world.app.outbound
        )
    )
    assert world.db.write_now(lambda tx: webhooks.replay(tx, zoe, "job_created", [line.id])) == 0


async def test_a_receiver_that_asks_for_patience_gets_it(world: World, inbox: Inbox) -> None:
    inbox.answers_first.append(Answer(status=429, headers={"Retry-After": "600"}))
    await listen(world, inbox.url, "job_created")
    await add(world)
    await world.settle()
    await add(world)
    world.pass_time(seconds=599)
    await world.settle()
    assert len(inbox.requests) == 1
    world.pass_time(seconds=1)
    await world.settle()
    assert len(inbox.requests) == 3


async def test_410_switches_the_key_off(world: World, inbox: Inbox) -> None:
    inbox.answers_first.append(Answer(status=410))
    await listen(world, inbox.url, "job_created", "job_updated")
    (job,) = await add(world)
    await world.settle()
    assert (hook_of(world, "job_created").url, hook_of(world, "job_created").off_because) == (
        "",
        "gone",
    )
    await add(world)
    await world.otto.post("editjobs", jobs={job: {"priority": 1}})
    world.pass_time(days=1)
    await world.settle()
    assert actions(inbox.requests) == ["jobcreated", "jobupdated"]


async def test_five_days_without_success_switch_the_key_off_and_tell_the_administrators(
    database: str, tmp_path: Path, inbox: Inbox, box: Mailbox
) -> None:
    settings = settings_for(database, tmp_path)
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_tls": "none"}
    world = World(replace(settings, **smtp))
    inbox.answer = Answer(status=500)
    await listen(world, inbox.url, "job_created")
    for _ in range(5):
        await add(world)
        await world.settle()
        world.pass_time(days=1)
    assert hook_of(world, "job_created").url
    await world.settle()
    hook = hook_of(world, "job_created")
    assert (hook.url, hook.off_because) == ("", "silent")
    assert health_of(world, "job_created").pending == 0
    assert health_of(world, "job_created").failed == 5
    (mail,) = box.mails
    assert mail.recipients == ("ada@acme.example",)
    assert "job_created" in mail.message["Subject"]
    await world.close()


async def test_a_success_forgets_the_failures_before(world: World, inbox: Inbox) -> None:
    inbox.answers_first.append(Answer(status=500))
    await listen(world, inbox.url, "job_created")
    await add(world)
    await world.settle()
    assert hook_of(world, "job_created").failing_since is not None
    world.pass_time(minutes=1)
    await world.settle()
    assert hook_of(world, "job_created").failing_since is None


async def test_an_inner_address_is_not_called_however_it_is_named(
    database: str, tmp_path: Path, inbox: Inbox
) -> None:
    world = World(replace(settings_for(database, tmp_path), allow_networks=()))
    ada = world.actor(world.ada)
    url = inbox.url.replace("127.0.0.1", "localtest.invalid")

    def set_behind_the_check(tx: Any) -> None:
        hooks.save(tx, ada.company, Hook(key="job_created", url=inbox.url, secret="whsec_"))  # noqa: S106 - signs nothing
        hooks.save(tx, ada.company, Hook(key="job_updated", url=url, secret="whsec_"))  # noqa: S106 - likewise

    world.db.write_now(set_behind_the_check)
    (job,) = await add(world)
    await world.otto.post("editjobs", jobs={job: {"priority": 1}})
    await world.settle()
    assert inbox.requests == []
    assert [lines_of(world, key)[0].error for key in ("job_created", "job_updated")] == [
        "forbidden_address",
        "dns",
    ]
    await world.close()


# --- many at once ---------------------------------------------------------------------------------


async def test_a_slow_receiver_gets_four_calls_at_once_and_holds_up_nobody_else(
    world: World, inbox: Inbox
) -> None:
    with hook_receiver() as slow:
        slow.answer = Answer(delay_s=60)
        await listen(world, slow.url, "job_created")
        await listen(world, inbox.url, "job_archived")
        jobs = await add(world, 10)
        settled = asyncio.create_task(world.settle())
        await arrived(slow, 4)
        await world.otto.post("archivejobs", jobs=jobs)
        await arrived(inbox, 10)
        assert len(slow.requests) == 4
        slow.answer = Answer()
        slow.close()
        await settled
        assert len(slow.requests) == 10
        assert {form(one)["id"] for one in slow.requests} == set(jobs)


async def test_the_events_of_one_job_never_travel_together(world: World, inbox: Inbox) -> None:
    with hook_receiver() as slow:
        slow.answer = Answer(delay_s=60)
        await listen(world, slow.url)
        zoe_hears = await world.zoe.post("setwebhooks", job_created={"url": inbox.url})
        assert zoe_hears["status"] == 0
        (job,) = await add(world)
        for priority in (1, 2, 3):
            await world.otto.post("editjobs", jobs={job: {"priority": priority}})
        settled = asyncio.create_task(world.settle())
        await arrived(slow, 1)
        await add(world, 3, by=world.zoe)
        await arrived(inbox, 3)
        assert len(slow.requests) == 1
        slow.answer = Answer()
        slow.close()
        await settled
        priorities = [
            msgspec.json.decode(form(one)["data"])[0]["priority"] for one in slow.requests
        ]
        assert priorities == [5, 1, 2, 3]


async def test_an_overloaded_receiver_gets_one_call_at_a_time(world: World) -> None:
    with hook_receiver() as slow:
        slow.answers_first.append(Answer(status=503))
        slow.answer = Answer(delay_s=60)
        await listen(world, slow.url, "job_created")
        await add(world)
        await world.settle()
        assert len(slow.requests) == 1
        await add(world, 5)
        settled = asyncio.create_task(world.settle())
        await arrived(slow, 5)
        slow.close()
        await settled
        assert len(slow.requests) == 6


async def test_two_processes_send_each_delivery_once(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url)
    other = Deliveries(world.db, Client(world.app.outbound), (5,), world.app.clock)
    jobs = await add(world, 60)
    await asyncio.gather(world.settle(), keep(other), keep(other))
    await add(world, 60)
    await asyncio.gather(keep(other), world.settle(), keep(other))
    await other.close()
    ids = [one.headers["webhook-id"] for one in inbox.requests]
    assert len(ids) == len(set(ids)) == 120
    assert set(jobs) < {form(one)["id"] for one in inbox.requests}


async def keep(process: Deliveries) -> None:
    """Let another process look for work for a while."""
    for _ in range(20):
        await process.deliver_due()
        await asyncio.sleep(0.005)


async def test_what_a_killed_process_had_in_hand_is_sent_again(world: World, inbox: Inbox) -> None:
    with hook_receiver() as slow:
        slow.answer = Answer(delay_s=60)
        await listen(world, slow.url, "job_created")
        await add(world, 3)
        while await world.app.chores[0].work():
            pass
        killed = Deliveries(world.db, Client(world.app.outbound), (5,), world.app.clock)
        dying = asyncio.create_task(killed.deliver_due())
        first = {one.headers["webhook-id"] for one in await arrived(slow, 3)}
        dying.cancel()
        for lane in asyncio.all_tasks():
            if lane.get_name().startswith("lane"):
                lane.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        slow.answer = Answer()
        slow.close()
        await world.settle()
        assert len(slow.requests) == 3
        world.now += LEASE
        await world.settle()
        again = [one.headers["webhook-id"] for one in slow.requests[3:]]
        assert set(again) == first
        assert inbox.requests == []
        await killed.close()


# --- settings that change on the way --------------------------------------------------------------


async def test_what_waits_follows_the_url(world: World, inbox: Inbox) -> None:
    with hook_receiver() as old:
        old.answer = Answer(status=500)
        await listen(world, old.url, "job_created")
        await add(world, 2)
        await world.settle()
        await listen(world, inbox.url, "job_created")
        world.pass_time(seconds=6)
        await world.settle()
        assert (len(old.requests), len(inbox.requests)) == (2, 2)


async def test_what_waits_goes_nowhere_when_the_key_is_switched_off(
    world: World, inbox: Inbox
) -> None:
    inbox.answer = Answer(status=500)
    await listen(world, inbox.url, "job_created")
    await add(world, 2)
    await world.settle()
    await world.ada.post("setwebhooks", job_created=None)
    world.pass_time(days=1)
    await world.settle()
    assert len(inbox.requests) == 2
    assert {line.state for line in lines_of(world, "job_created")} == {State.SWITCHED_OFF}
    assert health_of(world, "job_created").pending == 0


async def test_both_secrets_sign_for_a_day_after_a_new_one_was_made(
    world: World, inbox: Inbox
) -> None:
    await listen(world, inbox.url, "job_created")
    old = hook_of(world, "job_created").secret
    ada = world.actor(world.ada)
    new = world.db.write_now(lambda tx: webhooks.new_signing_secret(tx, ada, "job_created"))
    assert new != old
    await add(world)
    await world.settle()
    world.pass_time(hours=24)
    await add(world)
    await world.settle()
    for request, secrets in zip(inbox.requests, ([new, old], [new]), strict=True):
        assert request.headers["webhook-signature"].split(" ") == [
            signature(
                secret,
                request.headers["webhook-id"],
                int(request.headers["webhook-timestamp"]),
                request.body,
            )
            for secret in secrets
        ]


@pytest.mark.parametrize("key", list(KINDS))
async def test_a_test_event_of_each_key_can_be_sent(world: World, inbox: Inbox, key: str) -> None:
    await listen(world, inbox.url, key)
    ada = world.actor(world.ada)
    world.db.write_now(lambda tx: webhooks.send_test(tx, ada, key))
    await world.settle()
    (request,) = inbox.requests
    assert form(request)["action"] == KINDS[key].action
    assert "est" in form(request)["data"]


async def test_what_ended_is_forgotten_after_thirty_days(world: World, inbox: Inbox) -> None:
    await listen(world, inbox.url, "job_created")
    await add(world, 2)
    await world.settle()
    world.pass_time(days=31)
    inbox.answer = Answer(status=500)
    await add(world)
    await world.settle()
    fresh = Deliveries(world.db, Client(world.app.outbound), (5,), world.app.clock)
    await fresh.deliver_due()
    await fresh.close()
    assert [line.state for line in lines_of(world, "job_created")] == [State.RETRYING]
