"""What the outbox tells of members, the company and places: each change once, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.events import queries as facts
from roundsman.events.catalogue import (
    CompanyChanged,
    CredentialChanged,
    JobUpdated,
    MemberChanged,
    MemberInvited,
    PlaceChanged,
)

if TYPE_CHECKING:
    from roundsman.events.catalogue import Event
    from tests.world import World

pytestmark = pytest.mark.anyio


def told(world: World, subject: str) -> list[Event]:
    """Return the facts about a subject, oldest first; Ada brought every one about."""
    found = world.db.read_now(lambda tx: facts.history(tx, world.acme, subject, 100))
    assert {one.by.member for one in found} <= {world.ada.id}
    assert {one.by.means for one in found} <= {"api", "cli"}
    return [one.event for one in reversed(found)]


def secrets_of(world: World, owner: str) -> list[tuple[str, str]]:
    return [
        (event.credential_kind, event.change)
        for event in told(world, "company")
        if isinstance(event, CredentialChanged) and event.owner == owner
    ]


async def test_a_new_member_is_told_and_invited(world: World) -> None:
    made = await world.ada.post("createaccount", name="Kim", username="kim@acme.example")
    created, invited = told(world, f"member:{made['uid']}")
    assert created == MemberChanged(made["uid"], "created")
    assert isinstance(invited, MemberInvited)
    await world.ada.post("createaccount", name="Kim", username="kim@acme.example")
    assert len(told(world, f"member:{made['uid']}")) == 2


async def test_an_edit_that_changes_nothing_is_not_told(world: World) -> None:
    uid = world.wanda.id
    for _ in range(2):
        await world.ada.post("editaccount", uid=uid, name="W", teams=[1])
    assert told(world, f"member:{uid}") == [MemberChanged(uid, "edited")]


async def test_removing_tells_of_the_member_the_keys_and_the_jobs(world: World) -> None:
    uid = world.wanda.id
    job = {"worker": world.wanda.username, "day": 20260106}
    made = (await world.ada.post("createjobs", jobs=[job]))["jobs"][0]
    for _ in range(2):
        await world.ada.post("deleteaccount", uid=uid)
    assert told(world, f"member:{uid}") == [MemberChanged(uid, "deactivated")]
    assert secrets_of(world, uid) == [("key", "made"), ("key", "revoked")]
    _, released = told(world, f"job:{made['id']}")
    assert isinstance(released, JobUpdated)
    assert released.member_before == uid
    assert {"member", "assigned_at"} <= set(released.fields)
    await world.ada.post("createaccount", name="Wanda", username=world.wanda.username)
    assert told(world, f"member:{uid}")[1] == MemberChanged(uid, "reactivated")


async def test_an_edit_of_the_company_names_what_changed(world: World) -> None:
    for _ in range(2):
        await world.ada.post(
            "editcompany",
            phone="1",
            teams_config=[{"id": 1, "name": "North"}],
            settings={"job_radius_m": 50, "workers_create_places": True},
        )
    edits = [event for event in told(world, "company") if isinstance(event, CompanyChanged)]
    assert [sorted(edit.fields) for edit in edits] == [
        ["job_radius_m", "phone", "switches", "teams"]
    ]


async def test_each_change_of_a_place_is_told_once(world: World) -> None:
    uid = (await world.ada.post("createplace", name="Depot"))["uid"]
    for _ in range(2):
        await world.ada.post("editplace", uid=uid, radius=50, city="Linz")
    await world.ada.post("deleteplaces", uid=uid)
    assert told(world, f"place:{uid}") == [
        PlaceChanged(uid, "created"),
        PlaceChanged(uid, "edited", ["city", "radius_m"]),
        PlaceChanged(uid, "deleted"),
    ]


async def test_a_refused_change_is_not_told(world: World) -> None:
    uid = world.wanda.id
    await world.ada.post("editaccount", uid=uid, name="W", color="red")
    await world.otto.post("deleteaccount", uid=uid)
    await world.zoe.post("editaccount", uid=uid, name="W")
    assert told(world, f"member:{uid}") == []


async def test_the_outbox_holds_no_secret(world: World) -> None:
    made = await world.ada.post("createaccount", name="Kim", username="kim@acme.example")
    token = made["invitationUrl"].rpartition("/")[2]
    found = world.db.read_now(
        lambda tx: facts.history(tx, world.acme, f"member:{made['uid']}", 100)
    )
    assert all(token not in repr(one) for one in found)
