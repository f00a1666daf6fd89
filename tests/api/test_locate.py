"""locate: where members are, for those who may know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import Team
from roundsman.core.clock import to_ms
from roundsman.core.ids import TeamId
from tests.phones import Phone

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

FIELDS = {
    *("uid", "username", "name", "lat", "lng", "ts", "accuracy", "speed", "head", "moving"),
    *("status_label", "battery_level", "battery_plugged", "teams", "location"),
}


async def seen(world: World, *people: Person) -> None:
    """Let each of these people be seen once."""
    for person in people:
        answer = await Phone(world, person).get(
            lat=47.25, lon=9.6, accuracy=12, speed=10, bearing=243.4, batt=89, charge="true"
        )
        assert answer.status_code == 200


async def found(who: Person, **data: Any) -> set[str]:
    answer = await who.post("locate", **data)
    assert answer["status"] == 0, answer
    return set(answer["accounts"])


async def test_it_says_where_a_member_is(world: World) -> None:
    world.set_member(world.wanda, status_label="Break", teams=[TeamId(1)])
    await seen(world, world.wanda)

    answer = await world.ada.post("locate", accounts={world.wanda.id: {}})

    now = to_ms(world.now)
    (one,) = answer["accounts"].values()
    assert set(one) == FIELDS
    assert one == {
        "uid": world.wanda.id,
        "username": "wanda@acme.example",
        "name": "Wanda",
        "lat": 47.25,
        "lng": 9.6,
        "ts": now,
        "accuracy": 12,
        "speed": 5.14,
        "head": 243,
        "moving": "",
        "status_label": "Break",
        "battery_level": 89,
        "battery_plugged": True,
        "teams": [1],
        "location": {
            "lat": 47.25,
            "lng": 9.6,
            "ts": now,
            "accuracy": 12,
            "speed": 5.14,
            "head": 243,
        },
    }


async def test_members_are_keyed_as_they_were_asked_for(world: World) -> None:
    await seen(world, world.wanda)
    by_name: dict[str, object] = {
        "Wanda@ACME.example": {},
        world.willi.id: {},
        "nobody@acme.example": {},
    }

    assert await found(world.ada, accounts=by_name) == {"Wanda@ACME.example", world.willi.id}


async def test_one_who_was_never_seen_has_no_position(world: World) -> None:
    answer = await world.ada.post("locate", accounts={world.willi.id: {}})

    (one,) = answer["accounts"].values()
    assert one.keys() & {"lat", "lng", "ts", "location"} == set()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ""),
        ({"teams": []}, ""),
        ({"teams": [1]}, "wanda"),
        ({"teams": ["1", 2]}, "wanda willi"),
        ({"teams": True}, "ada otto wanda willi"),
        ({"teams": "all"}, "ada otto wanda willi"),
        ({"teams": None, "accounts": None}, ""),
        ({"teams": [2], "accounts": {"wanda@acme.example": {}}}, "wanda@acme.example willi"),
    ],
)
async def test_teams_choose_members(world: World, asked: dict[str, Any], names: str) -> None:
    world.set_company(teams=[Team(id=TeamId(1), name="One"), Team(id=TeamId(2), name="Two")])
    world.set_member(world.wanda, teams=[TeamId(1)])
    world.set_member(world.willi, teams=[TeamId(2)])
    people = {one.name.lower(): one.id for one in world.cast}

    wanted = {people.get(name, name) for name in names.split()}
    assert await found(world.ada, **asked) == wanted


async def test_details_and_address_come_only_when_asked_for(world: World) -> None:
    await seen(world, world.wanda)
    asked: dict[str, Any] = {
        "accounts": {world.wanda.id: {}},
        "withDetails": True,
        "withAddress": True,
    }

    answer = await world.ada.post("locate", **asked, signal="ping")

    one = answer["accounts"][world.wanda.id]
    assert set(one) - FIELDS == {
        *("address", "connection_type", "android_id", "loc_gps_on", "tracking_status")
    }
    assert (one["loc_gps_on"], one["tracking_status"]) == (True, True)
    world.pass_time(hours=2)
    later = await world.ada.post("locate", **asked)
    assert later["accounts"][world.wanda.id]["tracking_status"] is False


async def test_administrators_are_seen_by_themselves_only(world: World) -> None:
    await seen(world, world.ada, world.wanda)

    assert world.ada.id in await found(world.ada, teams=True)
    assert world.ada.id not in await found(world.otto, teams=True)
    assert await found(world.otto, accounts={world.ada.id: {}}) == set()


async def test_workers_see_themselves_and_their_team_where_the_company_lets_them(
    world: World,
) -> None:
    world.set_member(world.wanda, teams=[TeamId(1)])
    world.set_member(world.willi, teams=[TeamId(1)])

    assert await found(world.wanda, teams=True) == {world.wanda.id}
    world.set_policy(switches={"workers_see_team_members": True})
    assert await found(world.wanda, teams=True) == {world.wanda.id, world.willi.id}


async def test_operators_behind_team_walls_see_their_team(world: World) -> None:
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[TeamId(1)])
    world.set_member(world.wanda, teams=[TeamId(1)])
    world.set_member(world.willi, teams=[TeamId(2)])

    assert await found(world.otto, teams=True) == {world.otto.id, world.wanda.id}


async def test_it_leaves_out_members_of_another_company(world: World) -> None:
    await seen(world, world.wanda)

    assert await found(world.zoe, accounts={world.wanda.id: {}, "wanda@acme.example": {}}) == set()


@pytest.mark.parametrize("accounts", [7, "all", [1], True])
async def test_it_refuses_accounts_of_another_form(world: World, accounts: object) -> None:
    answer = await world.ada.post("locate", accounts=accounts)

    assert answer["status"] == -1


async def test_team_numbers_that_are_none_are_refused(world: World) -> None:
    assert (await world.ada.post("locate", teams=["one"]))["status"] == -1
