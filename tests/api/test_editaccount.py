from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from roundsman.accounts.actions import secrets
from roundsman.accounts.rights import Role
from roundsman.core.clock import to_ms

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from tests.world import Person, World

pytestmark = pytest.mark.anyio


async def _edited(world: World, **change: Any) -> dict[str, Any]:
    """Edit Wanda as Ada and return her, read back."""
    answer = await world.ada.post("editaccount", uid=world.wanda.id, **change)
    assert answer["status"] == 0, answer
    found = await world.ada.post("getaccounts", uids=[world.wanda.id])
    account: dict[str, Any] = answer["account"]
    assert found["accounts"] == [account]
    return account


# --- every field ----------------------------------------------------------------------------------


FIELDS: tuple[tuple[str, object, object], ...] = (
    ("name", "Wanda Wander", "Wanda Wander"),
    ("phone", "+14155551234", "+14155551234"),
    ("phone", "", ""),
    ("phone", None, ""),
    ("email", "w@example.com", "w@example.com"),
    ("color", "#22C328", "#22C328"),
    ("color", "", "#2f6fde"),
    ("color", None, "#2f6fde"),
    ("role", "dispatcher", "operator"),
    ("role", "administrator", "admin"),
    ("teams", [2, 1, 2], [1, 2]),
    ("teams", ["4"], [4]),
    ("teams", [0, 3], [3]),
    ("teams", [], []),
    ("teams", None, []),
    ("status_label", "Break", "Break"),
    ("moving", "halted", "halted"),
    ("moving", "idling", "idling"),
    ("moving", "ontheway", "ontheway"),
    ("moving", "offduty", "offduty"),
    ("travel_mode", "car", "car"),
    ("travel_mode", "bicycle", "bicycle"),
    ("travel_mode", "pedestrian", "pedestrian"),
    ("travel_mode", "truck", "truck"),
    ("travel_mode", "van", "van"),
    ("travel_mode", "motorcycle", "motorcycle"),
    ("travel_mode", None, "car"),
    ("vehicle_capacity", 120, 120),
    ("vehicle_capacity", "120", 120),
    ("vehicle_capacity", None, 0),
    ("ignore_working_hours_until_ts", 1767600000000, 1767600000000),
    ("ignore_working_hours_until_ts", None, 0),
    ("route_start_time", 450, 450),
    ("route_start_time", -1, -1),
    ("route_start_time", None, -1),
    ("unit_distance", "US", "US"),
    ("unit_distance", "SI", "SI"),
    ("unit_time", "12", "12"),
    ("unit_time", 12, "12"),
    ("unit_date", "MM/dd/yyyy", "MM/dd/yyyy"),
    ("timezone", "America/New_York", "America/New_York"),
    ("timezone", "", "Europe/Vienna"),
    ("language", "pt-BR", "pt-BR"),
    ("scim_data", '{"id": 7}', '{"id": 7}'),
)


async def test_it_changes_every_field(world: World) -> None:
    kept = [
        (field, sent, (await _edited(world, **{field: sent}))[field]) for field, sent, _ in FIELDS
    ]
    assert kept == list(FIELDS)


async def test_moving_is_shown_among_the_states_too(world: World) -> None:
    assert (await _edited(world, moving="idling"))["states"]["moving"] == "idling"


async def test_date_format_is_another_name_of_unit_date(world: World) -> None:
    account = await _edited(world, date_format="yyyy-MM-dd")
    assert account["unit_date"] == "yyyy-MM-dd"
    assert "date_format" not in account


async def test_route_ends_may_be_set_one_coordinate_at_a_time(world: World) -> None:
    await _edited(world, route_start_lat=47.5, route_start_lng="9.75")
    account = await _edited(world, route_start_lat=48, route_end_lat=-1.5, route_end_lng=2)
    assert (account["route_start_lat"], account["route_start_lng"]) == (48, 9.75)
    assert (account["route_end_lat"], account["route_end_lng"]) == (-1.5, 2)
    account = await _edited(world, route_start_lat=0, route_start_lng=0, route_end_lat=None)
    assert (account["route_start_lat"], account["route_start_lng"]) == (0, 0)
    assert (account["route_end_lat"], account["route_end_lng"]) == (0, 2)


async def test_a_status_label_is_stamped_with_the_time(world: World) -> None:
    account = await _edited(world, status_label="Break", status_label_ts=5)
    assert account["status_label_ts"] == to_ms(world.now)
    before = to_ms(world.now)
    world.pass_time(minutes=5)
    assert (await _edited(world, name="W"))["status_label_ts"] == before
    assert (await _edited(world, status_label="Back"))["status_label_ts"] == before + 300_000


async def test_a_new_mail_address_is_not_verified(world: World) -> None:
    world.set_member(world.wanda, email_verified=True)
    assert (await _edited(world, phone="1"))["email_verified"] is True
    assert (await _edited(world, email="new@acme.example"))["email_verified"] is False


async def test_what_is_not_sent_stays_and_read_only_fields_are_ignored(world: World) -> None:
    before = (await world.ada.post("getaccounts", uids=[world.wanda.id]))["accounts"][0]
    after = await _edited(
        world,
        username="other@acme.example",
        id="zzzzzz",
        battery_level=3,
        location={"lat": 1, "lng": 2},
        type="company",
        portrait="x",
        active_status="suspended",
        unheard_of=1,
    )
    assert after == before


async def test_repeating_an_edit_changes_nothing(world: World) -> None:
    first = await _edited(world, color="#112233", working_hours={"monday": {"start": 1, "end": 2}})
    assert first == await _edited(
        world, color="#112233", working_hours={"monday": {"start": 1, "end": 2}}
    )


# --- working hours --------------------------------------------------------------------------------


async def test_working_hours_merge_by_weekday(world: World) -> None:
    await _edited(world, working_hours={"monday": {"start": 480, "end": 1020}})
    account = await _edited(
        world,
        working_hours={
            "tuesday": {"start": "800", "end": 1700},
            "saturday": {"start": 0, "end": 0},
            "source": "default",
        },
    )
    assert account["working_hours"] == {
        "monday": {"start": 480, "end": 1020},
        "tuesday": {"start": 480, "end": 1020},
        "saturday": {"start": 0, "end": 0},
        "source": "individual",
    }


async def test_null_forgets_a_weekday_and_then_all(world: World) -> None:
    day = {"start": 480, "end": 1020}
    await _edited(world, working_hours={"monday": day, "friday": day})
    account = await _edited(world, working_hours={"monday": None})
    assert account["working_hours"] == {"friday": day, "source": "individual"}
    account = await _edited(world, working_hours=None)
    assert account["working_hours"] == {"source": "default"}


async def test_members_without_hours_have_those_of_their_team(world: World) -> None:
    day = {"start": 300, "end": 600}
    await world.ada.post(
        "editcompany", teams_config=[{"id": 1, "name": "North", "working_hours": {"monday": day}}]
    )
    account = await _edited(world, teams=[1])
    assert account["working_hours"] == {"monday": day, "source": "team"}
    account = await _edited(world, working_hours={"sunday": {"start": 600, "end": 700}})
    assert account["working_hours"] == {
        "monday": day,
        "sunday": {"start": 600, "end": 700},
        "source": "individual",
    }


# --- it refuses -----------------------------------------------------------------------------------


REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"name": ""}, -11),
    ({"name": None}, -11),
    ({"name": 5}, -1),
    ({"color": "red"}, -11),
    ({"color": "#12345"}, -11),
    ({"color": "#1234567"}, -11),
    ({"color": 1}, -1),
    ({"role": "boss"}, -11),
    ({"role": ""}, -11),
    ({"role": None}, -11),
    ({"role": "owner"}, -11),
    ({"teams": 1}, -1),
    ({"teams": [-1]}, -11),
    ({"teams": ["north"]}, -1),
    ({"teams": [10**30]}, -11),
    ({"teams": list(range(1, 200))}, -11),
    ({"travel_mode": "rocket"}, -11),
    ({"travel_mode": []}, -1),
    ({"vehicle_capacity": -1}, -11),
    ({"vehicle_capacity": "big"}, -1),
    ({"vehicle_capacity": 1.5}, -1),
    ({"ignore_working_hours_until_ts": -1}, -11),
    ({"ignore_working_hours_until_ts": 2**52}, -11),
    ({"ignore_working_hours_until_ts": "soon"}, -1),
    ({"route_start_lat": 91}, -11),
    ({"route_start_lng": -180.5}, -11),
    ({"route_end_lat": "nan"}, -11),
    ({"route_end_lng": "east"}, -1),
    ({"route_start_time": 1441}, -11),
    ({"route_start_time": -2}, -11),
    ({"route_start_time": "08:00"}, -1),
    ({"unit_distance": "miles"}, -11),
    ({"unit_time": "13"}, -11),
    ({"unit_date": "x" * 300}, -11),
    ({"timezone": "Europe/Atlantis"}, -11),
    ({"timezone": 1}, -1),
    ({"language": "english language"}, -11),
    ({"moving": "flying"}, -11),
    ({"status_label": {}}, -1),
    ({"scim_data": "x" * 20_001}, -11),
    ({"email": "x" * 255}, -11),
    ({"working_hours": []}, -1),
    ({"working_hours": "9-5"}, -1),
    ({"working_hours": {"funday": {"start": 1, "end": 2}}}, -11),
    ({"working_hours": {"monday": 480}}, -1),
    ({"working_hours": {"monday": {"start": 480}}}, -1),
    ({"working_hours": {"monday": {"start": "early", "end": 2}}}, -1),
    ({"working_hours": {"monday": {"start": -1, "end": 2}}}, -11),
    ({"working_hours": {"monday": {"start": 2500, "end": 100}}}, -11),
    ({"working_hours": {"monday": {"start": 1761, "end": 2000}}}, -11),
)


async def test_it_refuses_what_cannot_be_right_and_changes_nothing(world: World) -> None:
    before = (await world.ada.post("getaccounts", uids=[world.wanda.id]))["accounts"]
    answered: list[tuple[dict[str, Any], int]] = []
    for change, _ in REFUSED:
        answer = await world.ada.post("editaccount", uid=world.wanda.id, phone="0", **change)
        answered.append((change, answer["status"]))
        assert answer.get("message"), change
    assert answered == list(REFUSED)
    assert (await world.ada.post("getaccounts", uids=[world.wanda.id]))["accounts"] == before


# --- whom -----------------------------------------------------------------------------------------


async def test_it_finds_the_member_by_user_name_whatever_its_case(world: World) -> None:
    answer = await world.ada.post("editaccount", account="WANDA@acme.example", name="W")
    assert answer["account"]["uid"] == world.wanda.id
    assert answer["account"]["name"] == "W"


async def test_the_uid_wins_over_the_user_name(world: World) -> None:
    answer = await world.ada.post(
        "editaccount", account=world.willi.username, uid=world.wanda.id, name="W"
    )
    assert answer["account"]["uid"] == world.wanda.id


async def test_not_saying_whom_is_refused_and_never_means_oneself(world: World) -> None:
    for whom in ({}, {"uid": None}, {"uid": ""}, {"account": ""}):
        assert (await world.ada.post("editaccount", name="Me", **whom))["status"] == -1, whom


async def test_a_name_that_is_no_text_is_refused(world: World) -> None:
    wrong: tuple[dict[str, Any], ...] = ({"uid": 5}, {"uid": [1]}, {"account": {}})
    for whom in wrong:
        assert (await world.ada.post("editaccount", name="Me", **whom))["status"] == -1, whom


async def test_unknown_members_are_refused(world: World) -> None:
    assert (await world.ada.post("editaccount", uid="nobody", name="X"))["status"] == -2
    assert (await world.ada.post("editaccount", account="x@y.example", name="X"))["status"] == -2


async def test_members_of_another_company_do_not_exist(world: World) -> None:
    for whom in ({"uid": world.wanda.id}, {"account": world.wanda.username}):
        assert (await world.zoe.post("editaccount", name="X", **whom))["status"] == -2
    found = await world.ada.post("getaccounts", uids=[world.wanda.id])
    assert found["accounts"][0]["name"] == "Wanda"


async def test_the_company_s_own_login_is_edited_elsewhere(world: World) -> None:
    assert (await world.ada.post("editaccount", uid=world.acme, name="X"))["status"] == -5


# --- who ------------------------------------------------------------------------------------------


async def _status(who: Person, whom: Person, **change: Any) -> int:
    status: int = (await who.post("editaccount", uid=whom.id, **change))["status"]
    return status


async def test_everybody_edits_their_own_profile_but_role_and_teams(world: World) -> None:
    for person in (world.wanda, world.otto):
        assert await _status(person, person, name="New", travel_mode="van", phone="1") == 0
        assert await _status(person, person, role="admin") == -5
        assert await _status(person, person, teams=[1]) == -5
    answer = await world.wanda.post("editaccount", uid=world.wanda.id, role="worker", teams=[])
    assert answer["status"] == 0, "sending back what is so already is no change"


async def test_workers_edit_nobody_else(world: World) -> None:
    for one in (world.willi, world.otto, world.ada):
        assert await _status(world.wanda, one, name="X") == -5
        answer = await world.wanda.post("editaccount", account=one.username, name="X")
        assert answer["status"] == -5
        assert one.name not in answer["message"], "whom one may not see keeps their name"
    world.set_policy(switches={"workers_see_team_members": True})
    assert await _status(world.wanda, world.willi, name="X") == -5


async def test_operators_edit_workers_of_their_teams_only(world: World) -> None:
    world.set_member(world.otto, teams=[1])
    world.set_member(world.wanda, teams=[1, 2])
    world.set_member(world.willi, teams=[2])
    assert await _status(world.otto, world.wanda, name="X") == 0
    assert await _status(world.otto, world.wanda, role="operator") == -5
    assert await _status(world.otto, world.wanda, teams=[1]) == -5
    assert await _status(world.otto, world.willi, name="X") == -5
    assert await _status(world.otto, world.ada, name="X") == -5


async def test_operators_without_teams_edit_workers_without_teams(world: World) -> None:
    assert await _status(world.otto, world.wanda, name="X") == 0


async def test_operators_behind_team_walls_edit_nobody_of_other_teams(world: World) -> None:
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    world.set_member(world.willi, teams=[2])
    assert await _status(world.otto, world.willi, name="X") == -5


async def test_administrators_edit_everybody(world: World) -> None:
    for person in world.cast:
        assert await _status(world.ada, person, name="X", teams=[7]) == 0


async def test_removed_members_are_edited_by_administrators_only(world: World) -> None:
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    assert await _status(world.ada, world.wanda, phone="1") == 0
    assert await _status(world.otto, world.wanda, phone="1") == -2
    found = await world.ada.post("getaccounts", uids=[world.wanda.id])
    assert found["accounts"][0]["active_status"] == "deactivated"


# --- the last administrator -----------------------------------------------------------------------


async def test_the_last_administrator_cannot_be_demoted(world: World) -> None:
    for role in ("worker", "operator"):
        assert await _status(world.ada, world.ada, role=role) == -11
    assert await _status(world.ada, world.ada, role="admin", name="Ada A.") == 0


async def test_removed_administrators_do_not_count(world: World) -> None:
    await world.ada.post("editaccount", uid=world.otto.id, role="admin")
    await world.ada.post("deleteaccount", uid=world.otto.id)
    assert await _status(world.ada, world.ada, role="worker") == -11


async def test_an_administrator_beside_another_may_step_down(world: World) -> None:
    await world.ada.post("editaccount", uid=world.otto.id, role="admin")
    assert await _status(world.ada, world.ada, role="worker") == 0
    assert await _status(world.ada, world.otto, role="worker") == -5


async def test_two_administrators_cannot_demote_each_other_at_once(world: World) -> None:
    await world.ada.post("editaccount", uid=world.otto.id, role="admin")
    statuses = await asyncio.gather(
        _status(world.ada, world.otto, role="worker"), _status(world.otto, world.ada, role="worker")
    )
    assert sorted(statuses) != [0, 0]
    owner = world.db.write_now(lambda tx: _owner_key(world, tx))
    answer = await world.ada.raw("getaccounts", json={"data": {}}, headers={"API-Key": owner})
    assert "admin" in [one["role"] for one in answer.json()["accounts"]]


def _owner_key(world: World, tx: Tx) -> str:
    actor = world.actor(world.ada)
    admin = replace(actor, member=replace(actor.member, role=Role.ADMIN))
    return secrets.make_key(tx, admin, world.acme, "owner")[1]
