from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.places import queries as places

if TYPE_CHECKING:
    from roundsman.places.areas import Area
    from tests.world import World

pytestmark = pytest.mark.anyio


async def _created(world: World, **sent: Any) -> dict[str, Any]:
    answer = await world.ada.post("createplace", **{"name": "Depot", **sent})
    assert answer["status"] == 0, answer
    place: dict[str, Any] = answer["place"]
    assert answer["uid"] == place["uid"]
    found = await world.ada.post("getplaces", uids=[place["uid"]])
    assert found["places"] == [place]
    return place


async def areas(world: World, uid: str) -> list[Area]:
    """Return the circles around a place once everything has come to rest."""
    await world.settle()
    return world.db.read_now(lambda tx: places.area_versions(tx, world.acme, f"place:{uid}"))


# --- it works -------------------------------------------------------------------------------------


async def test_a_name_is_enough(world: World) -> None:
    place = await _created(world)
    assert len(place["uid"]) == 6
    assert place == {
        "uid": place["uid"],
        "name": "Depot",
        "address": "",
        "city": "",
        "state": "",
        "postalcode": "",
        "country_code": "",
        "phone": "",
        "email": "",
        "location": {"lat": 0, "lng": 0},
        "radius": 0,
        "color": "",
        "linkedForms": "",
        "creator": "Ada",
        "teams": [],
        "data": [],
    }


FIELDS: tuple[tuple[str, object, object], ...] = (
    ("name", " Depot East ", "Depot East"),
    ("location", {"lat": 48.31, "lng": 14.29}, {"lat": 48.31, "lng": 14.29}),
    ("location", {"lat": "48.31", "lng": -14}, {"lat": 48.31, "lng": -14}),
    ("location", {"lat": 0, "lng": 0}, {"lat": 0, "lng": 0}),
    ("location", None, {"lat": 0, "lng": 0}),
    ("radius", 150, 150),
    ("radius", "150", 150),
    ("radius", None, 0),
    ("address", "Hafen 1", "Hafen 1"),
    ("city", "Linz", "Linz"),
    ("postalcode", "4020", "4020"),
    ("state", "OÖ", "OÖ"),
    ("country_code", "AT", "AT"),
    ("country_code", "at", "AT"),
    ("email", "depot@acme.example", "depot@acme.example"),
    ("phone", "+43732123", "+43732123"),
    ("phone", None, ""),
    ("color", "#22c328", "#22c328"),
    ("color", "", ""),
    ("linkedForms", "f1,f2", "f1,f2"),
)


async def test_it_keeps_every_field(world: World) -> None:
    kept = [
        (field, sent, (await _created(world, **{field: sent}))[field]) for field, sent, _ in FIELDS
    ]
    assert kept == list(FIELDS)


DATA: tuple[tuple[dict[str, Any], list[dict[str, str]]], ...] = (
    (
        {"extended_data": [{"key": "manager", "val": "Ann"}, {"key": "docks", "val": 5}]},
        [{"manager": "Ann"}, {"docks": "5"}],
    ),
    ({"extended_data": [{"manager": "Ann"}]}, [{"manager": "Ann"}]),
    ({"extended_data": {"manager": "Ann"}}, [{"manager": "Ann"}]),
    ({"data": [{"manager": "Ann"}, {"docks": "5"}]}, [{"manager": "Ann"}, {"docks": "5"}]),
    ({"data": [{"key": "manager", "val": "Ann"}]}, [{"manager": "Ann"}]),
    ({"data": [{"key": "under the mat"}]}, [{"key": "under the mat"}]),
    ({"data": [{"a": "1"}], "extended_data": [{"key": "a", "val": "2"}]}, [{"a": "2"}]),
    ({"extended_data": [{"key": "open", "val": True}]}, [{"open": "true"}]),
    ({"extended_data": [{"key": "empty", "val": ""}, {"key": "null", "val": None}]}, []),
    ({"extended_data": None, "data": []}, []),
)


async def test_custom_fields_come_in_either_form_and_go_out_in_pairs(world: World) -> None:
    for sent, kept in DATA:
        assert (await _created(world, **sent))["data"] == kept, sent


async def test_the_place_gets_the_teams_of_who_creates_it(world: World) -> None:
    world.set_member(world.ada, teams=[3, 1])
    assert (await _created(world, teams=[7]))["teams"] == [1, 3]


async def test_visibility_is_accepted_and_ignored(world: World) -> None:
    assert "visibility" not in await _created(world, visibility="network", shoe_size=44)


async def test_two_places_may_have_one_name(world: World) -> None:
    assert (await _created(world))["uid"] != (await _created(world))["uid"]


async def test_operators_create_places(world: World) -> None:
    answer = await world.otto.post("createplace", name="Depot")
    assert answer["place"]["creator"] == "Otto"


async def test_workers_create_places_where_the_company_lets_them(world: World) -> None:
    assert (await world.wanda.post("createplace", name="Depot"))["status"] == -5
    world.set_policy(switches={"workers_create_places": True})
    assert (await world.wanda.post("createplace", name="Depot"))["status"] == 0


# --- the circle -----------------------------------------------------------------------------------


async def test_a_place_with_a_position_checks_members_in(world: World) -> None:
    here = {"lat": 48.31, "lng": 14.29}
    own = await _created(world, location=here, radius=150)
    standard = await _created(world, location=here)
    assert [
        (area.lat_e7, area.lng_e7, area.radius_m) for area in await areas(world, own["uid"])
    ] == [(483_100_000, 142_900_000, 150)]
    assert [area.radius_m for area in await areas(world, standard["uid"])] == [100]
    assert [area.member for area in await areas(world, own["uid"])] == [""]


async def test_without_position_or_radius_nobody_is_checked_in(world: World) -> None:
    nowhere = await _created(world, radius=150)
    assert await areas(world, nowhere["uid"]) == []
    world.set_policy(place_radius_m=0)
    without = await _created(world, location={"lat": 48.31, "lng": 14.29})
    assert await areas(world, without["uid"]) == []


# --- it refuses -----------------------------------------------------------------------------------

REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"name": ""}, -1),
    ({"name": "  "}, -1),
    ({"name": None}, -1),
    ({"name": 5}, -1),
    ({"name": "x" * 201}, -11),
    ({"radius": -1}, -11),
    ({"radius": 100_001}, -11),
    ({"radius": "wide"}, -1),
    ({"radius": 1.5}, -1),
    ({"radius": True}, -1),
    ({"location": {"lat": 90.1, "lng": 0}}, -11),
    ({"location": {"lat": 0, "lng": 180.1}}, -11),
    ({"location": {"lat": "nan", "lng": 1}}, -11),
    ({"location": {"lat": 1}}, -1),
    ({"location": {"lat": "north", "lng": 1}}, -1),
    ({"location": [48, 16]}, -1),
    ({"location": "Linz"}, -1),
    ({"color": "green"}, -11),
    ({"color": "22c328"}, -11),
    ({"color": 5}, -1),
    ({"address": {}}, -1),
    ({"address": "x" * 2001}, -11),
    ({"city": "x" * 255}, -11),
    ({"phone": 5}, -1),
    ({"linkedForms": ["f1"]}, -1),
    ({"teams": "north"}, -1),
    ({"extended_data": "gate"}, -1),
    ({"extended_data": ["gate"]}, -1),
    ({"extended_data": [{"key": "gate", "val": {}}]}, -1),
    ({"extended_data": [{"key": ["gate"], "val": "B"}]}, -1),
    ({"extended_data": [{"key": "", "val": "B"}]}, -11),
    ({"extended_data": [{"key": "x" * 201, "val": "B"}]}, -11),
    ({"extended_data": [{"key": "gate", "val": "x" * 2001}]}, -11),
    ({"extended_data": {f"k{number}": "x" for number in range(201)}}, -11),
)


async def test_it_refuses_what_cannot_be_right_and_creates_nothing(world: World) -> None:
    answered: list[tuple[dict[str, Any], int]] = []
    for change, _ in REFUSED:
        answer = await world.ada.post("createplace", **{"name": "Depot", **change})
        answered.append((change, answer["status"]))
        assert answer.get("message"), change
    assert answered == list(REFUSED)
    assert (await world.ada.post("createplace"))["status"] == -1
    assert (await world.ada.post("getplaces"))["places"] == []


async def test_the_place_belongs_to_the_caller_s_company(world: World) -> None:
    uid = (await _created(world))["uid"]
    assert (await world.zoe.post("getplaces", uids=[uid]))["places"] == []
