"""getunlocated: jobs and places whose address was not found exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from roundsman.accounts.rights import Right
from roundsman.core.geo import Point
from roundsman.core.ids import JobId
from roundsman.jobs import pinning
from tests.addresses import GRUNAU, import_addresses, spot

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

EXACT, STREET, UNKNOWN = "Hauptstr. 3, 91100 Grünau", "Mühlweg 4, Altdorf", "Quittenweg 5, Berlin"
HOUSE = spot(GRUNAU, (0.2, -3))


@pytest.fixture(autouse=True)
def towns(world: World) -> None:
    import_addresses(world.app.settings.data)


async def jobs_of(person: Person, *jobs: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await person.post("createjobs", jobs=list(jobs))
    assert answer["status"] == 0, answer
    made: list[dict[str, Any]] = answer["jobs"]
    return made


async def states(person: Person) -> dict[str, str]:
    answer = await person.post("getunlocated")
    assert answer["status"] == 0, answer
    return {one["uid"]: one["state"] for one in (*answer["jobs"], *answer["places"])}


async def test_it_lists_what_was_not_found_exactly(world: World) -> None:
    exact, street, unknown, given = await jobs_of(
        world.ada,
        {"destinationText": EXACT},
        {"destinationText": STREET, "destinationName": "Boiler", "day": 20260105},
        {"destinationText": UNKNOWN},
        {"destinationText": UNKNOWN, "destinationLat": 48, "destinationLng": 16},
    )
    depot = await world.ada.post(
        "createplace", name="Depot", address="Mühlweg 4", city="Altdorf", country_code="DE"
    )
    answer = await world.otto.post("getunlocated")
    assert answer["status"] == 0
    assert [one["uid"] for one in answer["jobs"]] == [unknown["id"], street["id"]]
    assert answer["jobs"][1] == {
        "uid": street["id"],
        "name": "Boiler",
        "address": STREET,
        "state": "street",
        "lat": street["destinationLat"],
        "lng": street["destinationLng"],
        "day": 20260105,
    }
    assert answer["jobs"][0]["state"] == "failed"
    assert (answer["jobs"][0]["lat"], answer["jobs"][0]["lng"]) == (0, 0)
    assert [(one["name"], one["state"]) for one in answer["places"]] == [("Depot", "street")]
    assert exact["id"] not in await states(world.ada)
    assert given["id"] not in await states(world.ada)
    assert depot["uid"] in await states(world.ada)


async def test_coordinates_settle_an_entry(world: World) -> None:
    (job,) = await jobs_of(world.ada, {"destinationText": UNKNOWN})
    here = {"destinationLat": 48.2, "destinationLng": 16.3}
    await world.otto.post("editjobs", jobs={job["id"]: here})
    assert await states(world.ada) == {}


@pytest.mark.parametrize("action", ["archivejobs", "deletejobs"])
async def test_a_job_that_is_put_away_leaves_the_list(world: World, action: str) -> None:
    (job,) = await jobs_of(world.ada, {"destinationText": UNKNOWN})
    assert list(await states(world.ada)) == [job["id"]]
    await world.ada.post(action, jobs=[job["id"]])
    assert await states(world.ada) == {}


async def test_a_job_that_is_done_or_long_past_leaves_the_list(world: World) -> None:
    done, past = await jobs_of(
        world.ada, {"destinationText": UNKNOWN}, {"destinationText": UNKNOWN, "day": 20251220}
    )
    await world.ada.post("editjobs", jobs={done["id"]: {"tsDoneSuccess": 1767600000000}})
    assert await states(world.ada) == {}
    assert past["day"] == 20251220


async def test_a_changed_address_is_sought_and_a_given_position_is_kept(world: World) -> None:
    found, given = await jobs_of(
        world.ada,
        {"uidSecondary": "a", "destinationText": EXACT},
        {"uidSecondary": "b", "destinationText": EXACT, "destinationLat": 48, "destinationLng": 16},
    )
    again = await jobs_of(
        world.ada,
        {"uidSecondary": "a", "destinationText": "Hauptstr. 7, 91200 Altdorf"},
        {"uidSecondary": "b", "destinationText": "Hauptstr. 7, 91200 Altdorf"},
    )
    assert [job["id"] for job in again] == [found["id"], given["id"]]
    assert again[0]["destinationLat"] == pytest.approx(49.4002, abs=1e-4)
    assert again[1]["destinationLat"] == 48
    assert await states(world.ada) == {given["id"]: "outdated"}
    edited = await world.ada.post(
        "editjobs", jobs={found["id"]: {"destinationText": STREET}, given["id"]: {"notes": "x"}}
    )
    assert edited["jobs"][0]["destinationLat"] != again[0]["destinationLat"]
    assert await states(world.ada) == {given["id"]: "outdated", found["id"]: "street"}


async def test_a_pin_put_by_hand_survives_what_a_client_sends_again(world: World) -> None:
    sent: dict[str, Any] = {"uidSecondary": "a", "destinationText": EXACT}
    sent |= {"destinationLat": 48, "destinationLng": 16}
    (job,) = await jobs_of(world.ada, sent)
    otto = replace(world.actor(world.otto), means="web")
    world.db.write_now(lambda tx: pinning.put(tx, otto, JobId(job["id"]), Point(48.5, 16.5)))
    (again,) = await jobs_of(world.ada, {**sent, "notes": "second floor"})
    assert (again["destinationLat"], again["destinationLng"]) == (48.5, 16.5)
    (moved,) = await jobs_of(world.ada, {**sent, "destinationLat": 48.1})
    assert (moved["destinationLat"], moved["destinationLng"]) == (48.1, 16)


async def test_templates_are_not_listed(world: World) -> None:
    await world.ada.post("createjobs", jobs=[{"destinationText": UNKNOWN}], template=True)
    assert await states(world.ada) == {}


async def test_it_bounds_its_answer(world: World) -> None:
    await jobs_of(world.ada, *({"destinationText": UNKNOWN, "day": 20260105 + n} for n in range(4)))
    answer = await world.ada.post("getunlocated", limit=2)
    assert [one["day"] for one in answer["jobs"]] == [20260105, 20260106]
    for limit in (0, 1001):
        assert (await world.ada.post("getunlocated", limit=limit))["status"] == -11
    assert (await world.ada.post("getunlocated", limit="all"))["status"] != 0


async def test_workers_are_refused(world: World) -> None:
    assert not world.actor(world.wanda).may(Right.EDIT_JOBS)
    assert (await world.wanda.post("getunlocated"))["status"] == -5


async def test_another_company_sees_none_of_it(world: World) -> None:
    await jobs_of(world.ada, {"destinationText": UNKNOWN})
    await world.ada.post("createplace", name="Depot", address="Mühlweg 4", city="Altdorf")
    assert len(await states(world.ada)) == 2
    assert await states(world.zoe) == {}


async def test_jobs_of_hidden_teams_are_left_out(world: World) -> None:
    await world.ada.post("editcompany", teams_config=[{"id": 3, "name": "North"}])
    await jobs_of(world.ada, {"destinationText": UNKNOWN, "teamId": 3})
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[4])
    assert len(await states(world.ada)) == 1
    assert await states(world.otto) == {}
