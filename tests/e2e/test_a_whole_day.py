"""A whole day in the field: jobs in, a plan, a drive, check-ins, webhooks, a report."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from roundsman.tracking import actions as tracking
from roundsman.tracking.queries import segments
from roundsman.webhooks.queries import hooks
from tests.days import on_earth
from tests.e2e.played_day import CUSTOMERS, DAY, MORNING, Played, jobs, osmand, play, shaken
from tests.servers import Inbox, Received, hook_receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from roundsman.storage.database import Tx
    from roundsman.tracking.model import Fix
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

JOB_KEYS = (
    "job_created",
    "job_updated",
    "job_completed",
    "job_archived",
    "job_deleted",
    "job_checkin",
    "job_checkout",
)
SPAN_MS = (int(MORNING.timestamp() * 1000), int(MORNING.timestamp() * 1000) + 86_400_000)


@pytest.fixture(scope="module")
def played() -> Played:
    return play()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with hook_receiver() as opened:
        yield opened


async def old_client(world: World, action: str, data: dict[str, Any]) -> dict[str, Any]:
    """Call as published older clients do: text/plain, credentials in the body."""
    body = {"auth": {"usr": world.ada.username, "key": world.ada.key}, "data": data}
    answer = await world.http.post(
        f"/api/{action}",
        content=msgspec.json.encode(body),
        headers={"content-type": "text/plain; charset=uft-8"},
    )
    assert answer.status_code == 200
    called: dict[str, Any] = answer.json()
    assert called["status"] == 0, called
    return called


async def send(world: World, token: str, fix: Fix, dialect: int = 0) -> None:
    answer = await world.http.post(f"/ingest/osmand/{token}", **osmand(fix, dialect))
    assert (answer.status_code, answer.content) == (200, b"")


def new_device(world: World, person: Person, device: str) -> str:
    """Give a member a phone; return its token."""
    admin = world.actor(world.ada)
    return world.db.write_now(lambda tx: tracking.create_device(tx, admin, person.id, device)).token


def form(request: Received) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


def is_signed(request: Received, secret: str) -> bool:
    """Check a Standard Webhooks signature with nothing of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    head = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    wanted = base64.b64encode(hmac.new(key, head + request.body, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in request.headers["webhook-signature"].split(" ")


async def test_a_day_from_the_first_job_to_the_report(
    world: World, played: Played, inbox: Inbox
) -> None:
    world.now = MORNING
    await old_client(world, "setwebhooks", {key: {"url": inbox.url} for key in JOB_KEYS})
    token = new_device(world, world.wanda, "van")

    # The office: jobs by an older client, assigned and put into order.
    made = (await old_client(world, "createjobs", {"jobs": jobs()}))["jobs"]
    ids = [job["id"] for job in made]
    assigned = await old_client(
        world,
        "autoassign",
        {"jobs": ids, "workers": [world.wanda.username], "day": DAY},
    )
    assert set(assigned["assignedJobs"]) == set(ids)
    plan = await old_client(world, "optimizeroute", {"day": DAY, "account": world.wanda.id})
    assert [job["number"] for job in plan["jobs"]] == [1, 2, 3, 4, 5]
    assert all(
        job["scheduledEnd"] - job["scheduledStart"] == job["onSiteSeconds"] * 1000
        for job in plan["jobs"]
    )

    # The road: live until the second customer, then two hours of silence, then all of it at once.
    silent_from = played.stays[1].end_ms + 120_000
    silent_until = silent_from + 2 * 3_600_000
    live = [fix for fix in played.fixes if fix.ts_ms < silent_from]
    late = [fix for fix in played.fixes if silent_from <= fix.ts_ms < silent_until]
    after = [fix for fix in played.fixes if fix.ts_ms >= silent_until]
    await drive(world, token, live)
    world.now = moment(silent_until)
    for number, fix in enumerate(shaken(late, seed=3)):
        await send(world, token, fix, number % 3)
    await world.settle()
    await drive(world, token, after)
    world.now = played.end
    await world.settle()

    # The worker finishes four and reports a problem with one.
    for number, job in enumerate(ids):
        stamp = "tsDoneFailed" if number == 4 else "tsDoneSuccess"
        answer = await world.wanda.post(
            "editjobs", jobs={job: {stamp: played.stays[number].end_ms, "textReceiver": "See note"}}
        )
        assert answer["status"] == 0
    await world.settle()

    # The right check-ins on the right jobs, at the right time.
    done = {job["id"]: job for job in (await world.ada.post("getjobs", ids=ids))["jobs"]}
    for number, job in enumerate(ids):
        stay = played.stays[number]
        assert abs(done[job]["tsCheckIn"] - stay.start_ms) < 60_000, done[job]["destinationName"]
        assert abs(done[job]["tsCheckOut"] - stay.end_ms) < 60_000, done[job]["destinationName"]

    check_webhooks(world, inbox.requests, done)
    await check_report(world, done)


async def drive(world: World, token: str, fixes: list[Fix]) -> None:
    """Send fixes in order as they are measured; the house keeps up every few minutes."""
    for number, fix in enumerate(fixes):
        world.now = max(world.now, moment(fix.ts_ms + 500))
        await send(world, token, fix, number % 3)
        if number % 60 == 0:
            await world.settle()
    await world.settle()


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def check_webhooks(world: World, requests: list[Received], done: dict[str, Any]) -> None:
    """Every change was told once, signed, in an order that makes sense."""
    secrets = {
        key: hook.secret
        for key, hook in world.db.read_now(lambda tx: hooks.all_of(tx, world.acme)).items()
    }
    by_id: dict[str, Received] = {}
    for request in requests:  # at least once: a receiver tells repetitions by their id
        assert by_id.setdefault(request.headers["webhook-id"], request).body == request.body
    requests = list(by_id.values())
    told: dict[str, list[str]] = {}
    for request in requests:
        said = form(request)
        key = said["action"].replace("job", "job_", 1)
        assert is_signed(request, secrets[key]), key
        told.setdefault(said["id"], []).append(said["action"])
    assert set(told) == set(done)
    for actions in told.values():
        assert actions[0] == "jobcreated"
        assert actions.count("jobcheckin") == 1
        assert actions.count("jobcheckout") == 1
        assert actions.index("jobcheckin") < actions.index("jobcheckout")
        assert actions[-2:] == ["jobupdated", "jobcompleted"]
    last = {form(request)["id"]: form(request) for request in requests}
    for job, said in last.items():
        assert msgspec.json.decode(said["data"]) == [done[job]]


async def check_report(world: World, done: dict[str, Any]) -> None:
    """The report says of each job what the API says."""
    keys = ("title", "member", "status", "external_id", "checkin", "checkout", "custom:PO")
    answer = await world.ada.raw(
        "createreport",
        json={
            "data": {
                "reporttype": "jobs",
                "format": "csv",
                "day": DAY,
                "columns": [{"key": key} for key in keys],
            }
        },
    )
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]
    assert len(rows) == len(done)
    by_external = {job["uidSecondary"]: job for job in done.values()}
    for row in rows:
        said: dict[str, str] = dict(zip(keys, row, strict=True))
        job = by_external[said["external_id"]]
        assert said["title"] == job["destinationName"]
        assert said["member"] == "Wanda"
        assert said["custom:PO"] == job["customFields"][0]["val"]
        assert said["status"].lower() == ("issue" if job["tsDoneFailed"] else "done")
        for key, stamp in (("checkin", "tsCheckIn"), ("checkout", "tsCheckOut")):
            local = moment(job[stamp]).astimezone(ZoneInfo("Europe/Vienna"))
            assert local.strftime("%H:%M") in said[key]


def what_was_folded(world: World, person: Person) -> bytes:
    """Return a member's stops, trips, gaps and visits as bytes."""

    def read(tx: Tx) -> list[list[Any]]:
        parts = segments.segments_within(tx, world.acme, person.id, SPAN_MS, 1000)
        visits = segments.visits_within(tx, world.acme, person.id, SPAN_MS, 1000)
        return [[one.what for one in parts], [one.what for one in visits]]

    return msgspec.json.encode(world.db.read_now(read))


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_order_of_arrival_folds_to_the_same_bytes(world: World, seed: int) -> None:
    """Wanda's phone sends in order, Willi's sends the same day shaken and some of it twice."""
    for number, (x, y, _) in enumerate(CUSTOMERS, 1):
        lat, lng = on_earth(x, y)
        place = {"name": f"Customer {number}", "location": {"lat": lat, "lng": lng}, "radius": 100}
        assert (await world.ada.post("createplace", **place))["status"] == 0
    played = play(interval_s=20)
    world.now = played.end
    in_order, storm = (
        new_device(world, world.wanda, "calm"),
        new_device(world, world.willi, "storm"),
    )
    for fix in played.fixes:
        await send(world, in_order, replace(fix, device="calm"))
    await world.settle()
    mixed = shaken(played.fixes, seed)
    for start in range(0, len(mixed), 97):
        for fix in mixed[start : start + 97]:
            await send(world, storm, replace(fix, device="storm"), start % 3)
        await world.settle()
    folded = what_was_folded(world, world.wanda)
    assert folded.count(b'"type":"trip"') == len(CUSTOMERS) + 1
    assert folded.count(b'"type":"visit"') == len(CUSTOMERS)
    assert what_was_folded(world, world.willi) == folded
