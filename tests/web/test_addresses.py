"""The search box of the console, and the list of pins that people put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.clock import to_ms
from tests.addresses import ALTDORF, GRUNAU, import_addresses, spot
from tests.phones import Phone

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY = 20260105
STREET, UNKNOWN = "Mühlweg 4, Altdorf", "Quittenweg 5, Berlin"
HERE = {"lat": 49.5, "lng": 11.2}


@pytest.fixture(autouse=True)
def towns(world: World) -> None:
    import_addresses(world.app.settings.data)


async def jobs_of(person: Person, *jobs: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await person.post("createjobs", jobs=list(jobs))
    assert answer["status"] == 0, answer
    made: list[dict[str, Any]] = answer["jobs"]
    return made


async def found(browser: Any, text: str, **more: Any) -> list[tuple[str, str]]:
    answer = await browser.get("/web/search", q=text, **more)
    assert answer.status_code == 200, answer.text
    return [(one["kind"], one["title"]) for one in answer.json()["found"]]


async def listed(browser: Any) -> dict[str, str]:
    answer = await browser.get("/web/unlocated")
    assert answer.status_code == 200, answer.text
    return {one["id"]: one["state"] for one in answer.json()["items"]}


# --- search ---------------------------------------------------------------------------------------


async def test_an_address_is_found_while_it_is_typed(world: World, browse: Any) -> None:
    otto = await browse(world.otto)
    answer = (await otto.get("/web/search", q="hauptstr 3 gru")).json()
    first = answer["found"][0]
    assert (first["kind"], first["title"], first["state"]) == ("address", "Hauptstraße 3", "exact")
    assert first["about"] == "91100 Grünau am Bach"
    house = spot(GRUNAU, (0.2, -3))
    assert (first["lat"], first["lng"]) == pytest.approx((house.lat, house.lng), abs=1e-5)
    assert "OpenStreetMap" in answer["attribution"]


async def test_what_is_near_the_map_comes_first(world: World, browse: Any) -> None:
    otto = await browse(world.otto)
    for town, name in ((GRUNAU, "91100 Grünau am Bach"), (ALTDORF, "91200 Altdorf")):
        near = (await otto.get("/web/search", q="hauptstrasse", lat=town.lat, lng=town.lng)).json()
        assert near["found"][0]["about"] == name


async def test_people_jobs_and_places_are_found_beside_addresses(world: World, browse: Any) -> None:
    await jobs_of(
        world.ada,
        {
            "destinationName": "Haupt boiler",
            "day": TODAY,
            "destinationText": "Hauptstr. 1, Altdorf",
        },
        {"destinationName": "Another day", "day": TODAY + 1, "orderId": 4711},
        {"destinationName": "By key", "day": TODAY + 1, "uidSecondary": "SO-17"},
    )
    await world.ada.post("createplace", name="Haupt depot", location={"lat": 48.0, "lng": 16.0})
    world.set_member(world.wanda, name="Wanda Hauptmann")
    sent: dict[str, Any] = {"lat": 49.5, "lon": 11.2, "timestamp": to_ms(world.now), "accuracy": 5}
    assert (await Phone(world, world.wanda).get(**sent)).status_code == 200
    await world.settle()

    otto = await browse(world.otto)
    assert (await found(otto, "haupt"))[:3] == [
        ("person", "Wanda Hauptmann"),
        ("job", "Haupt boiler"),
        ("place", "Haupt depot"),
    ]
    assert ("job", "Another day") in await found(otto, "4711")
    assert ("job", "By key") in await found(otto, "SO-17")
    assert await found(otto, "boiler", day=TODAY + 1) == []
    person = (await otto.get("/web/search", q="Wanda H")).json()["found"][0]
    assert (person["lat"], person["lng"]) == (49.5, 11.2)
    only = await found(otto, "haupt", only="address")
    assert {kind for kind, _ in only} == {"address"}


async def test_letters_with_a_meaning_in_patterns_mean_themselves(
    world: World, browse: Any
) -> None:
    for name in ("100% Depot", "Depot_1", "Depot"):
        await world.ada.post("createplace", name=name)
    otto = await browse(world.otto)
    assert await found(otto, "%") == [("place", "100% Depot")]
    assert await found(otto, "depot_") == [("place", "Depot_1")]
    assert await found(otto, "\\") == []
    assert await found(otto, "\0") == []
    assert await found(otto, "  ") == []


async def test_another_company_finds_none_of_ours(world: World, browse: Any) -> None:
    await jobs_of(world.ada, {"destinationName": "Boiler", "day": TODAY, "orderId": 4711})
    await jobs_of(world.ada, {"destinationName": "Keyed", "uidSecondary": "SO-17"})
    await world.ada.post("createplace", name="Boiler depot")
    zoe = await browse(world.zoe)
    for text in ("Boiler", "4711", "SO-17", "Wanda"):
        assert await found(zoe, text) == []


async def test_a_worker_finds_only_what_they_may_see(world: World, browse: Any) -> None:
    await jobs_of(
        world.ada,
        {"destinationName": "Boiler one", "day": TODAY, "worker": world.wanda.username},
        {"destinationName": "Boiler two", "day": TODAY, "uidSecondary": "SO-17"},
    )
    wanda = await browse(world.wanda)
    assert await found(wanda, "boiler") == [("job", "Boiler one")]
    assert await found(wanda, "SO-17") == []
    assert await found(wanda, "Willi") == []


async def test_search_refuses_strangers_and_nonsense(
    world: World, browse: Any, browser: Any
) -> None:
    assert (await browser.get("/web/search", q="haupt")).status_code == 401
    otto = await browse(world.otto)
    for more in ({"lat": "north", "lng": "1"}, {"lat": "91", "lng": "1"}, {"day": "20260230"}):
        assert (await otto.get("/web/search", q="haupt", **more)).status_code == 422
    assert (await otto.get("/web/search", q="x" * 201)).status_code == 422


# --- pins -----------------------------------------------------------------------------------------


async def test_a_pin_is_put_right_and_the_change_undone(world: World, browse: Any) -> None:
    street, unknown = await jobs_of(
        world.ada,
        {"destinationText": STREET, "day": TODAY, "worker": world.wanda.username},
        {"destinationText": UNKNOWN, "destinationName": "Boiler"},
    )
    otto = await browse(world.otto)
    assert await listed(otto) == {unknown["id"]: "failed", street["id"]: "street"}

    put = await otto.send("PUT", f"/web/pins/job/{street['id']}", HERE)
    assert put.status_code == 200, put.text
    assert put.json() == {
        "kind": "job",
        "id": street["id"],
        "title": STREET,
        "address": STREET,
        "state": "hand",
        "day": TODAY,
        **HERE,
    }
    assert await listed(otto) == {unknown["id"]: "failed"}
    (job,) = (await world.ada.post("getjobs", id=street["id"]))["jobs"]
    assert (job["destinationLat"], job["destinationLng"]) == (49.5, 11.2)

    undone = await otto.send("DELETE", f"/web/pins/job/{street['id']}")
    assert (undone.json()["state"], undone.json()["lat"]) == ("street", street["destinationLat"])
    assert await listed(otto) == {unknown["id"]: "failed", street["id"]: "street"}
    again = await otto.send("DELETE", f"/web/pins/job/{street['id']}")
    assert again.json() == undone.json()


async def test_a_moved_pin_moves_the_area_and_is_told(world: World, browse: Any) -> None:
    (job,) = await jobs_of(
        world.ada, {"destinationText": STREET, "day": TODAY, "worker": world.wanda.username}
    )
    otto = await browse(world.otto)
    await otto.send("PUT", f"/web/pins/job/{job['id']}", HERE)
    await world.settle()
    phone = Phone(world, world.wanda)
    for _ in range(10):
        world.pass_time(minutes=1)
        sent: dict[str, Any] = {"lat": 49.5, "lon": 11.2, "timestamp": to_ms(world.now)}
        assert (await phone.get(**sent, accuracy=5)).status_code == 200
    await world.settle()
    detail = (await otto.get(f"/web/jobs/{job['id']}")).json()
    assert [step["what"] for step in detail["history"]][:2] == ["job_created", "job_updated"]
    board = (await otto.get("/web/board")).json()
    (wanda,) = [one for one in board["members"] if one["id"] == world.wanda.id]
    assert wanda["at"]


async def test_a_place_is_put_right_too(world: World, browse: Any) -> None:
    made = await world.ada.post("createplace", name="Depot", address="Quittenweg 5", city="Berlin")
    uid = made["uid"]
    ada = await browse(world.ada)
    assert await listed(ada) == {uid: "failed"}
    assert (await ada.send("PUT", f"/web/pins/place/{uid}", HERE)).json()["state"] == "hand"
    assert await listed(ada) == {}
    edit = {"address": "Hauptstr. 3", "city": "Grünau"}
    await world.ada.post("editplace", uid=uid, **edit)
    assert await listed(ada) == {uid: "outdated"}
    (place,) = (await world.ada.post("getplaces", uids=[uid]))["places"]
    assert place["location"] == HERE
    assert (await ada.send("PUT", f"/web/pins/place/{uid}", HERE)).json()["state"] == "hand"
    assert (await ada.send("DELETE", f"/web/pins/place/{uid}")).json()["state"] == "outdated"


async def test_what_was_not_found_is_sought_again_on_demand(world: World, browse: Any) -> None:
    street, unknown = await jobs_of(
        world.ada, {"destinationText": STREET}, {"destinationText": UNKNOWN}
    )
    place = await world.ada.post("createplace", name="D", address="Quittenweg 5", city="Berlin")
    otto = await browse(world.otto)
    assert (await otto.send("POST", "/web/unlocated/again")).json() == {"count": 2}
    page = (await otto.get("/web/unlocated")).json()
    assert page["waiting"] == 2
    assert [one["id"] for one in page["items"]] == [street["id"]]
    await world.settle()
    assert set(await listed(otto)) == {street["id"], unknown["id"], place["uid"]}


async def test_nobody_moves_pins_of_another_company(world: World, browse: Any) -> None:
    (job,) = await jobs_of(world.ada, {"destinationText": UNKNOWN})
    place = await world.ada.post("createplace", name="D", address="Quittenweg 5", city="Berlin")
    zoe = await browse(world.zoe)
    assert await listed(zoe) == {}
    assert (await zoe.send("POST", "/web/unlocated/again")).json() == {"count": 0}
    for path in (f"/web/pins/job/{job['id']}", f"/web/pins/place/{place['uid']}"):
        assert (await zoe.send("PUT", path, HERE)).status_code == 404
        assert (await zoe.send("DELETE", path)).status_code == 404


async def test_workers_and_nonsense_are_refused(world: World, browse: Any) -> None:
    (job,) = await jobs_of(
        world.ada, {"destinationText": UNKNOWN, "day": TODAY, "worker": world.wanda.username}
    )
    path = f"/web/pins/job/{job['id']}"
    wanda = await browse(world.wanda)
    assert (await wanda.get("/web/unlocated")).status_code == 403
    assert (await wanda.send("PUT", path, HERE)).status_code == 403
    otto = await browse(world.otto)
    for body in ({"lat": 91, "lng": 0}, {"lat": 0, "lng": 0}):
        assert (await otto.send("PUT", path, body)).status_code == 422
    assert (await otto.send("PUT", path, {"lat": "north"})).status_code == 400
    assert (await otto.send("PUT", "/web/pins/member/x", HERE)).status_code == 404
    assert (await otto.http.put(path, json=HERE)).status_code == 403  # without its form token
