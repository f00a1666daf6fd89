from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.actions import secrets
from roundsman.core.clock import to_ms
from roundsman.core.ids import DeviceId
from roundsman.tracking.live import LiveState
from roundsman.tracking.queries import live

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio


async def _names(who: Person, **data: Any) -> list[str]:
    answer = await who.post("getaccounts", **data)
    assert answer["status"] == 0, answer
    return [one["name"] for one in answer["accounts"]]


async def test_it_answers_every_property_of_a_member(world: World) -> None:
    answer = await world.ada.post("getaccounts", uids=[world.wanda.id])
    assert answer == {
        "status": 0,
        "accounts": [
            {
                "id": world.wanda.id,
                "uid": world.wanda.id,
                "username": "wanda@acme.example",
                "name": "Wanda",
                "email": "wanda@acme.example",
                "email_verified": False,
                "phone": "+431234567",
                "phone_verified": False,
                "type": "person",
                "color": "#2f6fde",
                "portrait": "",
                "portrait_ts": 0,
                "role": "worker",
                "teams": [],
                "scim_data": "",
                "states": {
                    "login_status": False,
                    "location_services": False,
                    "location_permission": False,
                    "battery_save": False,
                    "tracking_status": False,
                    "off_trackrecording": False,
                    "off_gps_stationary": False,
                    "moving": "",
                },
                "timestamps": {
                    "created": to_ms(world.now),
                    "login": 0,
                    "signal": 0,
                    "tracking": 0,
                },
                "battery_level": 0,
                "battery_plugged": False,
                "status_label": "",
                "status_label_ts": 0,
                "moving": "",
                "working_hours": {"source": "default"},
                "ignore_working_hours_until_ts": 0,
                "route_start_lat": 0,
                "route_start_lng": 0,
                "route_end_lat": 0,
                "route_end_lng": 0,
                "route_start_time": -1,
                "travel_mode": "car",
                "vehicle_capacity": 0,
                "language": "en",
                "timezone": "Europe/Vienna",
                "unit_distance": "SI",
                "unit_time": "24",
                "unit_date": "dd.MM.yyyy",
                "google_calendar": False,
                "twofactor_auth_enabled": False,
            }
        ],
    }


async def test_it_tells_what_the_phone_of_a_member_reports(world: World) -> None:
    here = _phone_of(world, world.wanda)
    account = (await world.otto.post("getaccounts", uids=[world.wanda.id]))["accounts"][0]
    assert account["location"] == {
        "lat": 48.2081743,
        "lng": 16.3738189,
        "ts": here.ts_ms,
        "accuracy": 13,
        "speed": 8.5,
        "head": 271,
    }
    assert account["battery_level"] == 81
    assert account["battery_plugged"] is True
    assert account["moving"] == account["states"]["moving"] == "ontheway"
    assert account["states"]["login_status"] is True
    assert account["states"]["tracking_status"] is True
    assert account["states"]["location_services"] is True
    assert account["states"]["location_permission"] is True
    assert account["timestamps"]["signal"] == here.signal_ms
    assert account["timestamps"]["tracking"] == here.ts_ms
    assert account["device"] == {"id": "phone1"}


async def test_where_an_administrator_is_only_they_and_the_company_itself_learn(
    world: World,
) -> None:
    _phone_of(world, world.ada)
    key = world.db.write_now(
        lambda tx: secrets.make_key(tx, world.actor(world.ada), world.acme, "owner")[1]
    )

    async def seen_with(key: str) -> dict[str, Any]:
        body = {"data": {"uids": [world.ada.id]}}
        answer = await world.ada.raw("getaccounts", json=body, headers={"API-Key": key})
        account: dict[str, Any] = answer.json()["accounts"][0]
        return account

    for told in (world.ada.key, key):
        assert "location" in await seen_with(told)
    hidden = await seen_with(world.otto.key)
    assert "location" not in hidden
    assert "device" not in hidden
    assert hidden["moving"] == hidden["states"]["moving"] == ""
    assert hidden["battery_level"] == 0
    assert hidden["timestamps"]["signal"] == hidden["timestamps"]["tracking"] == 0


def _phone_of(world: World, person: Person) -> LiveState:
    """Let a member's phone have reported a moment ago."""
    state = LiveState(
        member=person.id,
        device=DeviceId("phone1"),
        ts_ms=to_ms(world.now) - 30_000,
        signal_ms=to_ms(world.now) - 20_000,
        lat_e7=482_081_743,
        lng_e7=163_738_189,
        acc_m=12.6,
        speed_mps=8.5,
        bearing_deg=271.2,
        battery_pct=81,
        charging=True,
        moving="ontheway",
    )
    world.db.write_now(lambda tx: live.save(tx, person.company, state))
    return state


async def test_the_caller_comes_first_then_everybody_by_name(world: World) -> None:
    assert await _names(world.otto) == ["Otto", "Ada", "Wanda", "Willi"]
    assert await _names(world.otto, uids=None) == ["Otto", "Ada", "Wanda", "Willi"]


async def test_the_company_s_own_login_is_not_among_the_members(world: World) -> None:
    answer = await world.ada.post("getaccounts")
    assert world.acme not in [one["uid"] for one in answer["accounts"]]
    assert await _names(world.ada, uids=[world.acme, "acme"]) == []


async def test_uids_narrow_the_list_in_their_order(world: World) -> None:
    assert await _names(world.ada, uids=[world.willi.id, world.otto.id]) == ["Willi", "Otto"]


async def test_user_names_will_do_and_nobody_comes_twice(world: World) -> None:
    asked = ["WILLI@acme.example", world.willi.id, world.willi.username]
    assert await _names(world.ada, uids=asked) == ["Willi"]


async def test_unknown_uids_are_left_out(world: World) -> None:
    assert await _names(world.ada, uids=["nobody", world.willi.id, ""]) == ["Willi"]


async def test_no_uids_are_nobody(world: World) -> None:
    assert await _names(world.ada, uids=[]) == []


async def test_members_of_another_company_are_left_out(world: World) -> None:
    asked = [world.wanda.id, world.wanda.username, world.zoe.id]
    assert await _names(world.zoe, uids=asked) == ["Zoe"]
    assert await _names(world.zoe) == ["Zoe"]


async def test_workers_see_themselves_unless_the_company_shows_them_their_team(
    world: World,
) -> None:
    everybody = [one.id for one in world.cast]
    world.set_member(world.wanda, teams=[1])
    world.set_member(world.willi, teams=[1, 2])
    assert await _names(world.wanda) == ["Wanda"]
    assert await _names(world.wanda, uids=everybody) == ["Wanda"]
    world.set_policy(switches={"workers_see_team_members": True})
    assert await _names(world.wanda) == ["Wanda", "Willi"]
    assert await _names(world.wanda, uids=everybody) == ["Wanda", "Willi"]


async def test_operators_see_other_teams_unless_the_company_keeps_them_apart(
    world: World,
) -> None:
    world.set_member(world.otto, teams=[1])
    world.set_member(world.wanda, teams=[1])
    world.set_member(world.willi, teams=[2])
    assert await _names(world.otto) == ["Otto", "Ada", "Wanda", "Willi"]
    world.set_policy(switches={"operators_see_other_teams": False})
    assert await _names(world.otto) == ["Otto", "Ada", "Wanda"]
    assert await _names(world.otto, uids=[world.willi.id]) == []


async def test_removed_members_are_found_by_administrators_who_name_them(world: World) -> None:
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    assert await _names(world.ada) == ["Ada", "Otto", "Willi"]
    answer = await world.ada.post("getaccounts", uids=[world.wanda.username])
    assert [one["active_status"] for one in answer["accounts"]] == ["deactivated"]
    assert await _names(world.otto, uids=[world.wanda.id]) == []


async def test_uids_of_another_form_are_refused(world: World) -> None:
    wrong: tuple[Any, ...] = ("wandax", 5, {}, [5], [None], True)
    for uids in wrong:
        assert (await world.ada.post("getaccounts", uids=uids))["status"] == -1, uids


async def test_more_than_a_thousand_uids_are_refused(world: World) -> None:
    many = [f"u{number}" for number in range(1001)]
    assert (await world.ada.post("getaccounts", uids=many))["status"] == -11
    assert (await world.ada.post("getaccounts", uids=many[1:]))["status"] == 0
