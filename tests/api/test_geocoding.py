"""Addresses without a position get one from the imported maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.clock import to_ms
from roundsman.gateways.geocoder_embedded import LOOK_S
from tests.addresses import ALTDORF, GRUNAU, import_addresses, spot
from tests.phones import Phone

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio

HOUSE = spot(GRUNAU, (0.2, -3))


@pytest.fixture
def towns(world: World) -> None:
    assert LOOK_S > 0  # the map is there before anybody looks for it
    import_addresses(world.app.settings.data)


async def created(world: World, **sent: Any) -> dict[str, Any]:
    answer = await world.ada.post("createplace", name="Depot", **sent)
    assert answer["status"] == 0, answer
    place: dict[str, Any] = answer["place"]
    return place


@pytest.mark.usefixtures("towns")
async def test_a_place_gets_the_position_of_its_address(world: World) -> None:
    place = await created(
        world, address="Hauptstr. 3", city="Grünau", postalcode="91100", country_code="DE"
    )
    assert place["location"]["lat"] == pytest.approx(HOUSE.lat, abs=1e-5)
    assert place["location"]["lng"] == pytest.approx(HOUSE.lng, abs=1e-5)
    assert place["address"] == "Hauptstr. 3"


@pytest.mark.usefixtures("towns")
async def test_a_position_that_was_sent_stays(world: World) -> None:
    place = await created(
        world, address="Hauptstr. 3", city="Grünau", location={"lat": 48.0, "lng": 16.0}
    )
    assert place["location"] == {"lat": 48.0, "lng": 16.0}


@pytest.mark.usefixtures("towns")
@pytest.mark.parametrize(
    "address",
    [
        {"address": "Quittenweg 5", "city": "Altdorf"},  # only the town would be found
        {"address": "Hauptstr. 3", "city": "Berlin"},
        {"address": "Hauptstr. 3", "city": "Grünau", "country_code": "AT"},
        {"city": "Altdorf"},
        {},
    ],
)
async def test_what_is_not_found_on_its_street_stays_unplaced(
    world: World, address: dict[str, str]
) -> None:
    place = await created(world, **address)
    assert place.get("location", {"lat": 0, "lng": 0}) == {"lat": 0, "lng": 0}


async def test_without_a_map_a_place_stays_unplaced(world: World) -> None:
    place = await created(world, address="Hauptstr. 3", city="Grünau")
    assert place.get("location", {"lat": 0, "lng": 0}) == {"lat": 0, "lng": 0}


@pytest.mark.usefixtures("towns")
async def test_a_changed_address_places_only_what_had_no_position(world: World) -> None:
    unplaced = await created(world)
    placed = await created(world, location={"lat": 48.0, "lng": 16.0})
    address = {"address": "Hauptstraße 7", "postalcode": "91200", "city": "Altdorf"}
    for place in (unplaced, placed):
        assert (await world.ada.post("editplace", uid=place["uid"], **address))["status"] == 0
    found = await world.ada.post("getplaces", uids=[unplaced["uid"], placed["uid"]])
    lats = {place["uid"]: place["location"]["lat"] for place in found["places"]}
    assert lats[unplaced["uid"]] == pytest.approx(spot(ALTDORF, (0.2, 3)).lat, abs=1e-5)
    assert lats[placed["uid"]] == 48.0


@pytest.mark.usefixtures("towns")
async def test_who_may_not_create_places_is_refused_all_the_same(world: World) -> None:
    answer = await world.wanda.post(
        "createplace", name="Depot", address="Hauptstr. 3", city="Grünau"
    )
    assert answer["status"] == -5


@pytest.mark.usefixtures("towns")
async def test_jobs_get_the_positions_of_their_addresses(world: World) -> None:
    place = await created(world, location={"lat": 48.0, "lng": 16.0})
    answer = await world.ada.post(
        "createjobs",
        jobs=[
            {"destinationText": "Hauptstr. 3, 91100 Grünau"},
            {
                "destinationText": "Hauptstr. 3, 91100 Grünau",
                "destinationLat": 47,
                "destinationLng": 15,
            },
            {"destinationText": "Hauptstr. 3, 91100 Grünau", "placeUid": place["uid"]},
            {"destinationText": "Quittenweg 5, Berlin"},
            {},
        ],
    )
    assert answer["status"] == 0, answer
    found = [(job["destinationLat"], job["destinationLng"]) for job in answer["jobs"]]
    assert found[0] == pytest.approx((HOUSE.lat, HOUSE.lng), abs=1e-5)
    assert found[1:] == [(47, 15), (48.0, 16.0), (0, 0), (0, 0)]


@pytest.mark.usefixtures("towns")
async def test_jobs_with_a_bad_one_are_refused_before_anything_is_stored(world: World) -> None:
    jobs = [{"destinationText": "Hauptstr. 3, Grünau"}, {"destinationText": 5}, "no job"]
    assert (await world.ada.post("createjobs", jobs=jobs))["status"] in {-1, -11}
    assert (await world.ada.post("getjobs"))["jobs"] == []


@pytest.mark.usefixtures("towns")
async def test_members_are_located_with_the_address_at_their_position(world: World) -> None:
    sent = {"lat": HOUSE.lat, "lon": HOUSE.lng, "timestamp": to_ms(world.now), "accuracy": 5}
    assert (await Phone(world, world.wanda).get(**sent)).status_code == 200
    await world.settle()
    asked: dict[str, Any] = {"accounts": {world.wanda.id: {}, world.willi.id: {}}}
    answer = await world.ada.post("locate", **asked, withAddress=True)
    addresses = {uid: one["address"] for uid, one in answer["accounts"].items()}
    assert addresses == {
        world.wanda.id: "Hauptstraße 3, 91100 Grünau am Bach",
        world.willi.id: "",
    }
    without = await world.ada.post("locate", **asked)
    assert "address" not in without["accounts"][world.wanda.id]


@pytest.mark.usefixtures("towns")
async def test_visits_get_the_positions_of_their_addresses(world: World) -> None:
    visit = {"destinationText": "Hauptstr. 3, 91100 Grünau"}
    answer = await world.otto.post("insertjob", job=visit, apply=True)
    (job,) = answer["jobs"]
    found = job["destinationLat"], job["destinationLng"]
    assert found == pytest.approx((HOUSE.lat, HOUSE.lng), abs=1e-5)
    assert (await world.otto.post("suggestslots", job=visit))["slots"]
    unknown = {"destinationText": "Quittenweg 5, Berlin"}
    assert (await world.otto.post("suggestslots", job=unknown))["field"] == "job"
