from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.actions import secrets

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

DAY = {"start": 480, "end": 1020}


async def _edited(world: World, **change: Any) -> dict[str, Any]:
    answer = await world.ada.post("editcompany", **change)
    assert answer["status"] == 0, answer
    assert (await world.ada.post("getcompany"))["company"] == answer["company"]
    company: dict[str, Any] = answer["company"]
    return company


# --- profile --------------------------------------------------------------------------------------

FIELDS: tuple[tuple[str, object, object], ...] = (
    ("name", "Acme & Sons", "Acme & Sons"),
    ("email", "ops@acme.example", "ops@acme.example"),
    ("email", None, ""),
    ("phone", "+431234", "+431234"),
    ("address", "1 Example St, Example City", "1 Example St, Example City"),
    ("address", None, ""),
    ("location", {"lat": 48.2, "lng": "16.4"}, {"lat": 48.2, "lng": 16.4}),
    ("location", None, {"lat": 0, "lng": 0}),
    ("timezone", "America/New_York", "America/New_York"),
    ("language", "de", "de"),
    ("language", None, "en"),
    ("unit_distance", "US", "US"),
    ("unit_time", 12, "12"),
    ("unit_time", "24", "24"),
    ("unit_date", "MM/dd/yyyy", "MM/dd/yyyy"),
    ("working_hours", {"monday": DAY}, {"monday": DAY, "source": "default"}),
    ("working_hours", None, {"source": "default"}),
)


async def test_it_changes_every_field(world: World) -> None:
    kept = [
        (field, sent, (await _edited(world, **{field: sent}))[field]) for field, sent, _ in FIELDS
    ]
    assert kept == list(FIELDS)


async def test_what_is_not_sent_stays(world: World) -> None:
    before = await _edited(world, phone="1", settings={"job_radius_m": 50})
    assert await _edited(world) == before
    assert await _edited(world, username="other", uid="zzzzzz", type="person") == before


async def test_date_format_is_another_name_of_unit_date(world: World) -> None:
    assert (await _edited(world, date_format="yyyy-MM-dd"))["unit_date"] == "yyyy-MM-dd"


async def test_members_follow_the_company_to_another_zone_unless_they_chose_their_own(
    world: World,
) -> None:
    await world.ada.post("editaccount", uid=world.willi.id, timezone="Asia/Tokyo")
    await _edited(world, timezone="Europe/Lisbon")
    answer = await world.ada.post("getaccounts", uids=[world.wanda.id, world.willi.id])
    assert [one["timezone"] for one in answer["accounts"]] == ["Europe/Lisbon", "Asia/Tokyo"]


async def test_places_made_by_the_company_s_own_login_show_its_new_name(world: World) -> None:
    key = world.db.write_now(
        lambda tx: secrets.make_key(tx, world.actor(world.ada), world.acme, "owner")[1]
    )
    body = {"data": {"name": "Depot"}}
    made = await world.ada.raw("createplace", json=body, headers={"API-Key": key})
    assert made.json()["place"]["creator"] == "Acme"
    await _edited(world, name="Acme & Sons")
    places = (await world.ada.post("getplaces"))["places"]
    assert [place["creator"] for place in places] == ["Acme & Sons"]


# --- settings -------------------------------------------------------------------------------------


async def test_it_changes_every_setting(world: World) -> None:
    before = (await world.ada.post("getcompany"))["company"]["settings"]
    others: dict[str, Any] = {
        name: not value if isinstance(value, bool) else value + 1
        for name, value in before.items()
        if name != "api_enabled"
    }
    for name, value in others.items():
        assert (await _edited(world, settings={name: value}))["settings"][name] == value
    assert (await _edited(world, settings=before))["settings"] == before


async def test_switching_the_api_off_ends_every_key(world: World) -> None:
    answer = await world.ada.post("editcompany", settings={"api_enabled": False})
    assert answer["status"] == 0
    assert (await world.ada.post("getcompany"))["status"] == -8
    assert (await world.zoe.post("getcompany"))["status"] == 0


async def test_a_switch_gives_its_right_at_once(world: World) -> None:
    assert (await world.wanda.post("createplace", name="Depot"))["status"] == -5
    await _edited(world, settings={"workers_create_places": True})
    assert (await world.wanda.post("createplace", name="Depot"))["status"] == 0


# --- teams ----------------------------------------------------------------------------------------


async def test_teams_are_made_numbered_and_kept(world: World) -> None:
    company = await _edited(
        world,
        teams_config=[
            {"name": "North", "working_hours": {"monday": {"start": 700, "end": 1730}}},
            {"id": 7, "name": "South", "route": {"start_lat": 48.2, "start_lng": 16.4}},
            {"name": "East"},
        ],
    )
    hours = {"monday": {"start": 420, "end": 1050}, "source": "team"}
    route = {"start_lat": 48.2, "start_lng": 16.4, "end_lat": 0, "end_lng": 0}
    own = {"source": "default"}
    assert company["teams_config"] == [
        {"id": 7, "name": "South", "working_hours": own, "route": route},
        {"id": 8, "name": "North", "working_hours": hours},
        {"id": 9, "name": "East", "working_hours": own},
    ]


async def test_a_known_team_keeps_what_is_not_sent_and_null_empties(world: World) -> None:
    await _edited(
        world,
        teams_config=[
            {
                "id": 1,
                "name": "North",
                "working_hours": {"monday": DAY},
                "route": {"end_lat": 1, "end_lng": 2},
            }
        ],
    )
    teams = (await _edited(world, teams_config=[{"id": 1}]))["teams_config"]
    assert teams[0]["name"] == "North"
    assert teams[0]["working_hours"] == {"monday": DAY, "source": "team"}
    assert teams[0]["route"] == {"start_lat": 0, "start_lng": 0, "end_lat": 1, "end_lng": 2}
    assert (await _edited(world, teams_config=teams))["teams_config"] == teams
    empty = {"id": 1, "working_hours": None, "route": None}
    assert (await _edited(world, teams_config=[empty]))["teams_config"] == [
        {"id": 1, "name": "North", "working_hours": {"source": "default"}}
    ]


async def test_a_team_that_is_left_out_goes_unless_members_are_in_it(world: World) -> None:
    both = [{"id": 1, "name": "North"}, {"id": 2, "name": "South"}]
    await _edited(world, teams_config=both)
    await world.ada.post("editaccount", uid=world.wanda.id, teams=[2])
    answer = await world.ada.post("editcompany", teams_config=both[:1])
    assert answer["status"] == -11
    assert "Wanda" in answer["message"]
    assert [team["id"] for team in (await _edited(world))["teams_config"]] == [1, 2]
    await world.ada.post("editaccount", uid=world.wanda.id, teams=[])
    assert [
        team["id"] for team in (await _edited(world, teams_config=both[:1]))["teams_config"]
    ] == [1]
    assert (await _edited(world, teams_config=[]))["teams_config"] == []


# --- inputs ---------------------------------------------------------------------------------------


async def test_inputs_are_asked_for_on_every_job(world: World) -> None:
    inputs = [
        {"kind": "number", "slot": 2, "label": "Meter", "form": "decimal"},
        {"kind": "text", "slot": 1, "label": "Reading by", "form": ""},
    ]
    assert (await _edited(world, inputs=inputs[::-1]))["inputs"] == inputs
    made = (await world.ada.post("createjobs", jobs=[{"extra_number_2_val": 45.5}]))["jobs"][0]
    assert made["extra_number_2_key"] == "Meter"
    assert made["extra_number_2_val"] == 45.5
    assert made["extra_text_1_key"] == "Reading by"
    assert (await _edited(world, inputs=[]))["inputs"] == []


# --- it refuses -----------------------------------------------------------------------------------

_INPUT = {"kind": "number", "slot": 1, "label": "Meter"}
REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"name": ""}, -11),
    ({"name": None}, -11),
    ({"name": 1}, -1),
    ({"timezone": "Nowhere/City"}, -11),
    ({"language": "!"}, -11),
    ({"unit_distance": "km"}, -11),
    ({"unit_time": "13"}, -11),
    ({"location": {"lat": 91, "lng": 0}}, -11),
    ({"location": {"lat": 1}}, -1),
    ({"location": [1, 2]}, -1),
    ({"location": "here"}, -1),
    ({"working_hours": {"monday": {"start": -5, "end": 7}}}, -11),
    ({"working_hours": 5}, -1),
    ({"settings": {"job_radius_m": 24}}, -11),
    ({"settings": {"job_radius_m": 2001}}, -11),
    ({"settings": {"place_radius_m": -1}}, -11),
    ({"settings": {"place_radius_m": 5001}}, -11),
    ({"settings": {"checkin_delay_s": 1801}}, -11),
    ({"settings": {"checkout_delay_s": -1}}, -11),
    ({"settings": {"default_on_site_s": 86_401}}, -11),
    ({"settings": {"job_radius_m": "wide"}}, -1),
    ({"settings": {"job_radius_m": True}}, -1),
    ({"settings": {"workers_create_places": "yes"}}, -1),
    ({"settings": {"auto_checkin": 2}}, -1),
    ({"settings": {"free_beer": True}}, -11),
    ({"settings": []}, -1),
    ({"teams_config": {}}, -1),
    ({"teams_config": [5]}, -1),
    ({"teams_config": [{}]}, -11),
    ({"teams_config": [{"name": " "}]}, -11),
    ({"teams_config": [{"id": 0, "name": "Zero"}]}, -11),
    ({"teams_config": [{"id": 1, "name": "A"}, {"id": 1, "name": "B"}]}, -11),
    ({"teams_config": [{"name": "A", "route": {"start_lat": 95}}]}, -11),
    ({"teams_config": [{"name": "A", "working_hours": {"mo": DAY}}]}, -11),
    ({"teams_config": [{"name": "A"}] * 501}, -11),
    ({"inputs": [{**_INPUT, "kind": "colour"}]}, -11),
    ({"inputs": [{**_INPUT, "slot": 0}]}, -11),
    ({"inputs": [{**_INPUT, "slot": 8}]}, -11),
    ({"inputs": [{**_INPUT, "form": "text"}]}, -11),
    ({"inputs": [{**_INPUT, "label": " "}]}, -11),
    ({"inputs": [{**_INPUT, "label": "x" * 81}]}, -11),
    ({"inputs": [_INPUT, _INPUT]}, -11),
    ({"inputs": [{"kind": "number"}]}, -1),
    ({"inputs": "Meter"}, -1),
)


async def test_it_refuses_what_cannot_be_right_and_changes_nothing(world: World) -> None:
    before = (await world.ada.post("getcompany"))["company"]
    answered: list[tuple[dict[str, Any], int]] = []
    for change, _ in REFUSED:
        answer = await world.ada.post("editcompany", **{"phone": "0", **change})
        answered.append((change, answer["status"]))
        assert answer.get("message"), change
    assert answered == list(REFUSED)
    assert (await world.ada.post("getcompany"))["company"] == before


async def test_only_administrators_change_the_company(world: World) -> None:
    for person in (world.otto, world.wanda):
        assert (await person.post("editcompany", name="Mine"))["status"] == -5


async def test_it_changes_the_caller_s_company_only(world: World) -> None:
    await world.zoe.post("editcompany", name="Zeta Ltd", uid=world.acme)
    assert (await world.zoe.post("getcompany"))["company"]["name"] == "Zeta Ltd"
    assert (await world.ada.post("getcompany"))["company"]["name"] == "Acme"


async def test_holidays_are_a_complete_list_in_the_order_of_days(world: World) -> None:
    christmas = {"day": 20261225, "name": "Christmas", "yearly": True}
    answer = await world.ada.post("editcompany", holidays=[christmas, {"day": 20260406}])
    assert answer["company"]["holidays"] == [
        {"day": 20260406, "name": "", "yearly": False},
        christmas,
    ]
    assert (await world.ada.post("editcompany", holidays=[christmas]))["company"]["holidays"] == [
        christmas
    ]
    refused: list[tuple[Any, int]] = [
        ([{"day": 0}], -11),
        ([{"day": 20260230}], -11),
        ([{}], -1),
        ("x", -1),
        ([christmas] * 1001, -11),
        ([{"day": 20261225, "name": "x" * 100}], -11),
    ]
    for wrong, status in refused:
        assert (await world.ada.post("editcompany", holidays=wrong))["status"] == status, wrong
    assert (await world.otto.post("editcompany", holidays=[]))["status"] == -5
