from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.ids import JobId
from roundsman.jobs import queries as jobs
from roundsman.places import queries as places

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

HERE = {"lat": 48.31, "lng": 14.29}


async def _place(world: World, **sent: Any) -> str:
    answer = await world.ada.post("createplace", **{"name": "Depot", **sent})
    uid: str = answer["uid"]
    return uid


async def _edited(world: World, uid: str, **change: Any) -> dict[str, Any]:
    answer = await world.ada.post("editplace", uid=uid, **change)
    assert answer["status"] == 0, answer
    place: dict[str, Any] = answer["place"]
    assert (await world.ada.post("getplaces", uids=[uid]))["places"] == [place]
    return place


async def _radii(world: World, area: str) -> list[int]:
    await world.settle()
    found = world.db.read_now(lambda tx: places.area_versions(tx, world.acme, area))
    return [one.radius_m for one in found]


FIELDS: tuple[tuple[str, object, object], ...] = (
    ("name", "Depot East", "Depot East"),
    ("location", {"lat": 1.5, "lng": 2}, {"lat": 1.5, "lng": 2}),
    ("location", None, {"lat": 0, "lng": 0}),
    ("radius", 150, 150),
    ("radius", None, 0),
    ("address", "Hafen 2", "Hafen 2"),
    ("address", None, ""),
    ("city", "Linz", "Linz"),
    ("postalcode", "4020", "4020"),
    ("state", "OÖ", "OÖ"),
    ("country_code", "at", "AT"),
    ("email", "depot@acme.example", "depot@acme.example"),
    ("phone", "+43732123", "+43732123"),
    ("color", "#22c328", "#22c328"),
    ("color", None, ""),
    ("linkedForms", "f1,f2", "f1,f2"),
    ("teams", [2, 1], [1, 2]),
    ("teams", [], []),
    ("teams", None, []),
)


async def test_it_changes_every_field(world: World) -> None:
    uid = await _place(world)
    kept = [
        (field, sent, (await _edited(world, uid, **{field: sent}))[field])
        for field, sent, _ in FIELDS
    ]
    assert kept == list(FIELDS)


async def test_what_is_not_sent_stays_and_read_only_fields_are_ignored(world: World) -> None:
    uid = await _place(world, location=HERE, radius=50, city="Linz")
    before = (await world.ada.post("getplaces"))["places"][0]
    assert await _edited(world, uid, creator="Eve", visibility="network", unheard_of=1) == before


async def test_custom_fields_merge_by_key_and_an_empty_value_removes(world: World) -> None:
    uid = await _place(
        world, extended_data=[{"key": "gate", "val": "B"}, {"key": "docks", "val": 5}]
    )
    change = [{"key": "gate", "val": ""}, {"key": "keys", "val": "at the bar"}]
    place = await _edited(world, uid, extended_data=change)
    assert place["data"] == [{"docks": "5"}, {"keys": "at the bar"}]
    assert (await _edited(world, uid, data=[{"docks": "6"}]))["data"] == [
        {"docks": "6"},
        {"keys": "at the bar"},
    ]
    assert (await _edited(world, uid, extended_data=[]))["data"] == [
        {"docks": "6"},
        {"keys": "at the bar"},
    ]


async def test_it_changes_several_and_skips_those_that_do_not_exist(world: World) -> None:
    uids = [await _place(world), await _place(world)]
    answer = await world.ada.post("editplace", uids=[*uids, "nowher"], color="#22c328")
    assert answer == {"status": 0}
    found = (await world.ada.post("getplaces"))["places"]
    assert [place["color"] for place in found] == ["#22c328", "#22c328"]


async def test_repeating_an_edit_changes_nothing(world: World) -> None:
    uid = await _place(world)
    assert await _edited(world, uid, city="Linz") == await _edited(world, uid, city="Linz")


# --- the circle -----------------------------------------------------------------------------------


async def test_the_circle_follows_position_and_radius(world: World) -> None:
    uid = await _place(world, location=HERE)
    area = f"place:{uid}"
    assert await _radii(world, area) == [100]
    await _edited(world, uid, radius=200)
    assert await _radii(world, area) == [200]
    await _edited(world, uid, location={"lat": 1, "lng": 2})
    await world.settle()
    moved = world.db.read_now(lambda tx: places.area_versions(tx, world.acme, area))
    assert [(one.lat_e7, one.lng_e7) for one in moved] == [(10_000_000, 20_000_000)]
    await _edited(world, uid, location=None)
    assert await _radii(world, area) == []


async def test_the_circle_of_a_place_without_radius_follows_the_company(world: World) -> None:
    standard = await _place(world, location=HERE)
    own = await _place(world, location=HERE, radius=70)
    await world.ada.post("editcompany", settings={"place_radius_m": 300})
    assert await _radii(world, f"place:{standard}") == [300]
    assert await _radii(world, f"place:{own}") == [70]
    await world.ada.post("editcompany", settings={"place_radius_m": 0})
    assert await _radii(world, f"place:{standard}") == []
    assert await _radii(world, f"place:{own}") == [70]


async def test_jobs_at_the_place_get_its_new_radius(world: World) -> None:
    uid = await _place(world, location=HERE, radius=70)
    job = {"placeUid": uid, "worker": world.wanda.username, "day": 20260105}
    made = (await world.ada.post("createjobs", jobs=[job]))["jobs"][0]
    assert await _radii(world, f"job:{made['id']}") == [70]
    await _edited(world, uid, radius=120)
    assert await _radii(world, f"job:{made['id']}") == [120]
    await world.ada.post("editcompany", settings={"job_radius_m": 30})
    assert await _radii(world, f"job:{made['id']}") == [120]


async def test_jobs_elsewhere_get_the_company_s_new_radius(world: World) -> None:
    job = {
        "destinationLat": 48.3,
        "destinationLng": 14.3,
        "worker": world.wanda.username,
        "day": 20260105,
    }
    done = {**job, "tsDoneSuccess": 1767596400000}
    open_job, done_job = (await world.ada.post("createjobs", jobs=[job, done]))["jobs"]
    await world.ada.post("editcompany", settings={"job_radius_m": 30})
    assert await _radii(world, f"job:{open_job['id']}") == [30]
    assert await _radii(world, f"job:{done_job['id']}") == [100]
    stored = world.db.read_now(lambda tx: jobs.find_many(tx, world.acme, [open_job["id"]]))
    assert stored[JobId(open_job["id"])].saved_at == world.now


# --- it refuses -----------------------------------------------------------------------------------

REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"name": ""}, -11),
    ({"name": None}, -11),
    ({"name": []}, -1),
    ({"radius": -1}, -11),
    ({"radius": "wide"}, -1),
    ({"location": {"lat": -90.5, "lng": 0}}, -11),
    ({"location": {"lng": 0}}, -1),
    ({"color": "green"}, -11),
    ({"teams": [-1]}, -11),
    ({"teams": 1}, -1),
    ({"extended_data": 5}, -1),
    ({"extended_data": [{"key": "", "val": "x"}]}, -11),
    ({"address": 5}, -1),
)


async def test_it_refuses_what_cannot_be_right_and_changes_nothing(world: World) -> None:
    uid = await _place(world)
    before = (await world.ada.post("getplaces"))["places"]
    answered: list[tuple[dict[str, Any], int]] = []
    for change, _ in REFUSED:
        answer = await world.ada.post("editplace", uid=uid, phone="0", **change)
        answered.append((change, answer["status"]))
        assert answer.get("message"), change
    assert answered == list(REFUSED)
    assert (await world.ada.post("getplaces"))["places"] == before


async def test_it_must_be_said_which_place(world: World) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"uid": None},
        {"uid": ""},
        {"uid": 5},
        {"uids": "depot1"},
        {"uids": [5]},
        {"uids": {"depot1": {}}},
    )
    for which in wrong:
        assert (await world.ada.post("editplace", name="X", **which))["status"] == -1, which
    many = [f"u{number}" for number in range(1001)]
    assert (await world.ada.post("editplace", name="X", uids=many))["status"] == -11


async def test_an_unknown_place_is_refused(world: World) -> None:
    answer = await world.ada.post("editplace", uid="nowher", name="X")
    assert answer["status"] == -11
    assert answer["code"] == "unknown_place"


async def test_places_of_another_company_do_not_exist(world: World) -> None:
    uid = await _place(world)
    assert (await world.zoe.post("editplace", uid=uid, name="X"))["status"] == -11
    assert (await world.zoe.post("editplace", uids=[uid], name="X"))["status"] == 0
    assert (await world.ada.post("getplaces"))["places"][0]["name"] == "Depot"


async def test_workers_do_not_edit_places_and_operators_do(world: World) -> None:
    world.set_policy(switches={"workers_create_places": True})
    uid = await _place(world)
    assert (await world.wanda.post("editplace", uid=uid, name="X"))["status"] == -5
    assert (await world.wanda.post("editplace", uids=[uid], name="X"))["status"] == -5
    assert (await world.otto.post("editplace", uid=uid, name="Y"))["status"] == 0
