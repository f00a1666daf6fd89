"""The door of the OsmAnd family: what is acknowledged is stored, and nothing else is."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from roundsman.accounts.model import State
from roundsman.core.clock import to_ms
from roundsman.core.ids import DeviceId, MemberId
from roundsman.tracking import actions
from roundsman.tracking.model import Flag
from roundsman.tracking.queries import devices, fixes, live
from tests.phones import Phone, visits_of

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from roundsman.tracking.devices import Quarantined
    from roundsman.tracking.live import LiveState
    from roundsman.tracking.model import Fix
    from tests.world import Person, World

pytestmark = pytest.mark.anyio


def fixes_of(world: World, person: Person) -> list[Fix]:
    return world.db.read_now(lambda tx: fixes.after(tx, person.company, person.id, 0, 10_000))


def live_of(world: World, person: Person) -> LiveState:
    return world.db.read_now(lambda tx: live.live_states(tx, person.company))[person.id]


def kept_aside(world: World) -> list[Quarantined]:
    return world.db.read_now(lambda tx: devices.kept_aside(tx, world.acme, 100))


def seconds(world: World) -> int:
    return to_ms(world.now) // 1000


NESTED = {
    "location": {
        "timestamp": "2026-01-05T07:00:00Z",
        "coords": {"latitude": 48.2, "longitude": 16.3, "speed": 3.0, "accuracy": 6},
        "battery": {"level": 0.5, "is_charging": True},
    }
}


# --- acknowledged is stored -----------------------------------------------------------------------


async def test_it_stores_a_fix_of_each_generation_and_answers_with_nothing(world: World) -> None:
    phone = Phone(world, world.wanda)
    ts = seconds(world)

    answers = [
        await phone.get(lat=48.2, lon=16.3, timestamp=ts - 20, speed=10),
        await phone.post(data={"id": phone.id, "lat": 48.2, "lon": 16.3, "timestamp": ts - 10}),
        await phone.post(json={**NESTED, "device_id": phone.id}),
    ]

    assert [(each.status_code, each.content) for each in answers] == [(200, b"")] * 3
    stored = fixes_of(world, world.wanda)
    assert [fix.ts_ms // 1000 - ts for fix in stored] == [-20, -10, 0]
    assert [fix.speed_mps for fix in stored] == [5.14, None, 3.0]
    assert {fix.device for fix in stored} == {phone.id}


async def test_the_newest_position_is_seen_at_once(world: World) -> None:
    phone = Phone(world, world.wanda)
    ts = seconds(world)
    await phone.get(lat=48.2, lon=16.3, timestamp=ts, batt=81)
    await phone.get(lat=47.0, lon=15.0, timestamp=ts - 3600, batt=99)
    await phone.get(lat=48.3, lon=16.4, timestamp=ts + 5, accuracy=5000)

    state = live_of(world, world.wanda)

    assert (state.lat_e7, state.ts_ms, state.battery_pct) == (482_000_000, ts * 1000, 81)
    assert state.signal_ms == to_ms(world.now)


async def test_a_repeat_changes_nothing(world: World) -> None:
    phone = Phone(world, world.wanda)
    await phone.get(lat=48.2, lon=16.3, timestamp=seconds(world))
    await world.settle()

    for _ in range(51):
        await phone.get(lat=48.2, lon=16.3, timestamp=seconds(world))

    assert len(fixes_of(world, world.wanda)) == 1


async def test_of_two_positions_at_one_moment_the_better_stays_whichever_came_first(
    world: World,
) -> None:
    ts = seconds(world)
    kept: list[float | None] = []
    for person, order in ((world.wanda, (40, 9)), (world.willi, (9, 40))):
        phone = Phone(world, person)
        for accuracy in order:
            await phone.get(lat=48.2 + accuracy / 1e4, lon=16.3, timestamp=ts, accuracy=accuracy)
        kept += [fix.acc_m for fix in fixes_of(world, person)]

    assert kept == [9.0, 9.0]


async def test_a_heartbeat_is_a_sign_of_life_without_a_position(world: World) -> None:
    phone = Phone(world, world.wanda)

    answer = await phone.get(batt=17, charge="true")

    assert answer.status_code == 200
    state = live_of(world, world.wanda)
    assert (state.ts_ms, state.battery_pct, state.charging) == (0, 17, True)
    assert state.signal_ms == to_ms(world.now)


async def test_a_push_token_is_kept(world: World) -> None:
    phone = Phone(world, world.wanda)
    await phone.post(data={"id": phone.id, "notificationToken": "t0k3n"})

    def stored(tx: Tx) -> str:
        found = devices.find(tx, world.acme, phone.id)
        assert found is not None
        return found.push_token

    assert world.db.read_now(stored) == "t0k3n"


async def test_a_suspect_clock_is_stored_and_flagged_but_not_shown_or_folded(world: World) -> None:
    phone = Phone(world, world.wanda)
    for ts in (61_245, seconds(world) - 1024 * 7 * 86_400, seconds(world) + 7200):
        assert (await phone.get(lat=48.2, lon=16.3, timestamp=ts)).status_code == 200
    await phone.get(lat=48.2, lon=16.3, timestamp=seconds(world) + 500)
    await world.settle()

    def flagged(tx: Tx) -> list[Fix]:
        moments = [61_245_000, to_ms(world.now) + 7_200_000]
        return list(fixes.at(tx, world.acme, world.wanda.id, phone.id, moments).values())

    kept = world.db.read_now(flagged)
    assert [fix.flags for fix in kept] == [Flag.SUSPECT_CLOCK] * 2
    assert live_of(world, world.wanda).ts_ms == (seconds(world) + 500) * 1000
    assert len(fixes_of(world, world.wanda)) == 1


async def test_compressed_bodies_marks_and_wrong_content_types_are_understood(
    world: World,
) -> None:
    phone = Phone(world, world.wanda)
    ts = seconds(world)

    def nested(back_s: int) -> bytes:
        made: dict[str, Any] = json.loads(json.dumps(NESTED))
        made["location"]["timestamp"] = ts - back_s
        return json.dumps(made).encode()

    await phone.post(content=gzip.compress(nested(1)), headers={"Content-Encoding": "gzip"})
    await phone.post(content=gzip.compress(nested(2)))
    await phone.post(
        content=b"\xef\xbb\xbf" + nested(3),
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=uft-8"},
    )
    await phone.post(
        content=f"lat=48.2&lon=16.3&timestamp={ts - 4}".encode(),
        headers={"Content-Type": "application/json"},
    )

    assert [ts - fix.ts_ms // 1000 for fix in fixes_of(world, world.wanda)] == [4, 3, 2, 1]


# --- credentials ----------------------------------------------------------------------------------


def basic(user: str, password: str) -> dict[str, str]:
    packed = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {packed}"}


async def test_the_token_is_taken_from_all_five_places(world: World) -> None:
    phone = Phone(world, world.wanda)
    at = "/ingest/osmand?lat=48.2&lon=16.3&timestamp="
    ts = seconds(world)
    answers = [
        await world.http.get(f"{at}{ts}", headers=basic(phone.id, phone.token)),
        await world.http.get(f"{at}{ts - 1}", headers=basic("wanda@acme.example", phone.token)),
        await world.http.get(f"{at}{ts - 2}", headers={"Authorization": f"Bearer {phone.token}"}),
        await world.http.get(f"{at}{ts - 3}", headers={"X-Device-Token": phone.token}),
        await world.http.get(f"{at}{ts - 4}&token={phone.token}"),
        await world.http.get(f"/ingest/osmand/{phone.token}?lat=48.2&lon=16.3&timestamp={ts - 5}"),
    ]

    assert [each.status_code for each in answers] == [200] * 6
    assert len(fixes_of(world, world.wanda)) == 6


async def test_wrong_credentials_are_401_and_store_nothing(world: World) -> None:
    phone = Phone(world, world.wanda)
    at = "/ingest/osmand?lat=48.2&lon=16.3"
    answers = [
        await world.http.get("/ingest/osmand/wrong?lat=48.2&lon=16.3"),
        await world.http.get(at, headers=basic("willi@acme.example", phone.token)),
        await world.http.get(at, headers={"Authorization": "Basic %%%"}),
        await world.http.get(at, headers={"Authorization": f"Bearer {world.ada.key}"}),
    ]

    assert [each.status_code for each in answers] == [401] * 4
    assert fixes_of(world, world.wanda) == []


async def test_no_credentials_and_another_devices_id_are_404(world: World) -> None:
    phone, other = Phone(world, world.wanda), Phone(world, world.willi)

    assert (await world.http.get(f"/ingest/osmand?id={phone.id}&lat=1&lon=1")).status_code == 404
    assert (await phone.get(id=other.id, lat=48.2, lon=16.3)).status_code == 404
    assert fixes_of(world, world.wanda) == fixes_of(world, world.willi) == []


async def test_an_unknown_protocol_is_404_and_another_method_405(world: World) -> None:
    phone = Phone(world, world.wanda)

    assert (await world.http.get(f"/ingest/carrier-pigeon/{phone.token}")).status_code == 404
    assert (await world.http.put(f"/ingest/osmand/{phone.token}")).status_code == 405


async def test_a_device_of_a_removed_member_keeps_its_data_and_after_two_weeks_stops(
    world: World,
) -> None:
    phone = Phone(world, world.wanda)
    await phone.get(lat=48.2, lon=16.3)
    world.set_member(world.wanda, state=State.DEACTIVATED)

    at_once = await phone.get(lat=48.2, lon=16.3)
    world.pass_time(days=15)
    later = await phone.get(lat=48.2, lon=16.3)

    assert (at_once.status_code, at_once.headers["retry-after"]) == (503, "30")
    assert later.status_code == 403
    assert len(fixes_of(world, world.wanda)) == 1


async def test_tokens_are_in_no_log_and_no_quarantine(world: World) -> None:
    phone = Phone(world, world.wanda)

    with capture_logs() as logs:
        await phone.get(lat="x", lon="y", token=phone.token)
        await world.http.get("/ingest/osmand/wrong-token?lat=1")

    assert phone.token not in repr(logs)
    assert "wrong-token" not in repr(logs)
    assert phone.token not in repr(kept_aside(world))


async def test_another_companys_token_stores_nothing_here(world: World) -> None:
    admin = world.actor(world.zoe)
    made = world.db.write_now(lambda tx: actions.create_device(tx, admin, world.zoe.id, "van"))
    phone = Phone(world, world.wanda, "van")

    answer = await world.http.get(f"/ingest/osmand/{made.token}?id=van&lat=48.2&lon=16.3")

    assert answer.status_code == 200
    assert fixes_of(world, world.wanda) == []
    assert [fix.device for fix in fixes_of(world, world.zoe)] == [phone.id]


# --- useless and hostile --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"location":{"coords":{"latitude":4', "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b"lat=48,2&lon=16,3", "bad_coordinate"),
        (b"lat=0&lon=0", "impossible_position"),
        (b"lat=91&lon=0", "impossible_position"),
        (b"lat=48.2", "missing_coordinate"),
        (b"lat=48.2&lon=16.3&timestamp=soon", "bad_timestamp"),
        (b"\xff\xfe\x00junk", "bad_form"),
        (b"\x1f\x8bdamaged", "bad_compression"),
        (b"[]", "empty_batch"),
    ],
)
async def test_what_nobody_can_read_is_acknowledged_and_kept_aside(
    world: World, body: bytes, reason: str
) -> None:
    phone = Phone(world, world.wanda)

    answer = await phone.post(content=body)

    assert (answer.status_code, answer.content) == (200, b"")
    (kept,) = kept_aside(world)
    assert (kept.reason, kept.device, kept.body) == (reason, phone.id, body[: 64 * 1024])
    assert fixes_of(world, world.wanda) == []


async def test_one_bad_item_spoils_nothing_else_of_its_batch(world: World) -> None:
    phone = Phone(world, world.wanda)
    ts = seconds(world)
    batch = [{"lat": 48.2, "lon": 16.3, "timestamp": ts - back} for back in range(5)]
    batch[2]["lat"] = 4820

    answer = await phone.post(json=batch)

    assert answer.status_code == 200
    assert len(fixes_of(world, world.wanda)) == 4
    assert [kept.reason for kept in kept_aside(world)] == ["impossible_position"]


async def test_a_body_of_more_than_8_mib_is_413_packed_or_not(world: World) -> None:
    phone = Phone(world, world.wanda)
    large = b"x" * (20 * 1024 * 1024)

    assert (await phone.post(content=large)).status_code == 413
    assert (await phone.post(content=gzip.compress(large))).status_code == 413
    assert kept_aside(world) == []


async def test_storage_that_is_gone_is_503(world: World) -> None:
    phone = Phone(world, world.wanda)
    world.db.close()

    answer = await phone.get(lat=48.2, lon=16.3)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


async def test_an_empty_body_is_a_sign_of_life(world: World) -> None:
    phone = Phone(world, world.wanda)

    answer = await phone.post(content=b"")

    assert (answer.status_code, kept_aside(world)) == (200, [])


# --- devices --------------------------------------------------------------------------------------


async def test_a_device_handed_over_at_noon_measures_each_in_their_time(world: World) -> None:
    phone = Phone(world, world.wanda)
    admin = world.actor(world.ada)
    noon_ms = to_ms(world.now)

    def hand_over(tx: Tx) -> None:
        actions.hand_over(tx, admin, phone.id, world.willi.id, noon_ms)

    world.db.write_now(hand_over)
    for late_s in (-60, -30, 0, 30):
        await phone.get(lat=48.2, lon=16.3, timestamp=seconds(world) + late_s)

    assert [fix.ts_ms - noon_ms for fix in fixes_of(world, world.wanda)] == [-60_000, -30_000]
    assert [fix.ts_ms - noon_ms for fix in fixes_of(world, world.willi)] == [0, 30_000]
    assert visits_of(world, world.wanda) == []


async def test_only_administrators_make_devices_and_no_id_twice(world: World) -> None:
    Phone(world, world.wanda, "van-7")
    for who, refusal in ((world.otto, "not permitted"), (world.ada, "already")):
        actor = world.actor(who)

        def make(tx: Tx, actor: Any = actor) -> None:
            actions.create_device(tx, actor, MemberId(world.willi.id), "van-7")

        with pytest.raises(Exception, match=refusal):
            world.db.write_now(make)

    def count(tx: Tx) -> list[DeviceId]:
        return [one.id for one in devices.of_member(tx, world.acme, world.wanda.id)]

    assert world.db.read_now(count) == ["van-7"]
