from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.geo import Point
from roundsman.core.ids import PlaceId
from roundsman.places import queries as places
from roundsman.places.model import Place
from roundsman.tracking.live import LiveState
from roundsman.tracking.queries import live

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

# Eastwards from Linz.
SPOTS = {"Linz": 14.29, "Enns": 14.47, "Amstetten": 14.87}


async def _names(who: Person, **data: Any) -> list[str]:
    answer = await who.post("getplaces", **data)
    assert answer["status"] == 0, answer
    return [place["name"] for place in answer["places"]]


async def _along_the_river(world: World) -> dict[str, str]:
    """Create the spots and one place without a position; return their ids."""
    uids: dict[str, str] = {}
    for name, lng in SPOTS.items():
        made = await world.ada.post("createplace", name=name, location={"lat": 48.3, "lng": lng})
        uids[name] = made["uid"]
    uids["Nowhere"] = (await world.ada.post("createplace", name="Nowhere"))["uid"]
    return uids


def _stands_at(world: World, person: Person, lng: float) -> None:
    state = LiveState(member=person.id, ts_ms=1, lat_e7=483_000_000, lng_e7=round(lng * 1e7))
    world.db.write_now(lambda tx: live.save(tx, person.company, state))


async def test_without_any_position_places_come_by_name(world: World) -> None:
    await _along_the_river(world)
    assert await _names(world.ada) == ["Amstetten", "Enns", "Linz", "Nowhere"]


async def test_places_come_by_distance_from_the_caller(world: World) -> None:
    await _along_the_river(world)
    world.set_company(position=Point(48.3, 14.2))
    _stands_at(world, world.wanda, 14.5)
    assert await _names(world.wanda) == ["Enns", "Linz", "Amstetten", "Nowhere"]


async def test_a_caller_without_a_position_stands_at_the_company(world: World) -> None:
    await _along_the_river(world)
    world.set_company(position=Point(48.3, 14.2))
    _stands_at(world, world.wanda, 14.9)
    assert await _names(world.otto) == ["Linz", "Enns", "Amstetten", "Nowhere"]


async def test_max_cuts_off_by_distance(world: World) -> None:
    await _along_the_river(world)
    _stands_at(world, world.otto, 15.0)
    assert await _names(world.otto, max=1) == ["Amstetten"]
    assert await _names(world.otto, max="2") == ["Amstetten", "Enns"]
    for none in (0, -5, None):
        assert len(await _names(world.otto, max=none)) == 4


async def test_five_hundred_are_answered_unless_more_are_asked_for(world: World) -> None:
    def fill(tx: Tx) -> None:
        for number in range(502):
            one = Place(id=PlaceId(f"p{number:05}"), name=f"Site {number:05}")
            places.save(tx, world.acme, one)

    world.db.write_now(fill)
    assert len(await _names(world.ada)) == 500
    assert len(await _names(world.ada, max=1000)) == 502


async def test_query_looks_for_part_of_the_name_whatever_its_case(world: World) -> None:
    await _along_the_river(world)
    assert await _names(world.ada, query="nN") == ["Enns"]
    assert await _names(world.ada, query="e") == ["Amstetten", "Enns", "Nowhere"]
    assert await _names(world.ada, query="") == ["Amstetten", "Enns", "Linz", "Nowhere"]
    for text in ("%", "_", "' OR 1=1 --", "zz"):
        assert await _names(world.ada, query=text) == [], text


async def test_uids_and_query_must_both_match(world: World) -> None:
    uids = await _along_the_river(world)
    asked = [uids["Linz"], uids["Enns"], "nowher", uids["Linz"]]
    assert await _names(world.ada, uids=asked) == ["Enns", "Linz"]
    assert await _names(world.ada, uids=asked, query="li") == ["Linz"]
    assert await _names(world.ada, uids=[]) == []


async def test_getplace_is_another_name(world: World) -> None:
    uids = await _along_the_river(world)
    answer = await world.ada.post("getplace", uids=[uids["Linz"]])
    assert [place["name"] for place in answer["places"]] == ["Linz"]


async def test_workers_see_their_teams_places_where_the_company_hides_the_others(
    world: World,
) -> None:
    uids = await _along_the_river(world)
    await world.ada.post("editplace", uid=uids["Linz"], teams=[1])
    await world.ada.post("editplace", uid=uids["Enns"], teams=[1, 2])
    await world.ada.post("editplace", uid=uids["Amstetten"], teams=[3])
    world.set_member(world.wanda, teams=[2])
    assert len(await _names(world.wanda)) == 4
    world.set_policy(switches={"workers_view_places": False})
    assert await _names(world.wanda) == ["Enns", "Nowhere"]
    assert await _names(world.wanda, uids=[uids["Linz"]]) == []
    assert len(await _names(world.otto)) == 4


async def test_places_of_another_company_are_left_out(world: World) -> None:
    uids = await _along_the_river(world)
    assert await _names(world.zoe) == []
    assert await _names(world.zoe, uids=list(uids.values())) == []


async def test_parameters_of_another_form_are_refused(world: World) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {"query": 5},
        {"query": ["Linz"]},
        {"uids": "p1"},
        {"uids": [1]},
        {"uids": {}},
        {"max": "many"},
        {"max": 1.5},
        {"max": []},
    )
    for data in wrong:
        assert (await world.ada.post("getplaces", **data))["status"] == -1, data
    many = [f"u{number}" for number in range(1001)]
    assert (await world.ada.post("getplaces", uids=many))["status"] == -11
