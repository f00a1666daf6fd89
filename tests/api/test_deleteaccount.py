from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import secrets
from roundsman.core.errors import BadLogin, UnknownThing

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

MONDAY, TUESDAY, SUNDAY = 20260105, 20260106, 20260104


async def _state(world: World, person: Person) -> str:
    answer = await world.ada.post("getaccounts", uids=[person.id])
    status: str = answer["accounts"][0].get("active_status", "active")
    return status


# --- it works -------------------------------------------------------------------------------------


async def test_it_deactivates_a_member(world: World) -> None:
    assert await world.ada.post("deleteaccount", uid=world.wanda.id) == {"status": 0}
    assert await _state(world, world.wanda) == "deactivated"


async def test_it_takes_user_names(world: World) -> None:
    assert (await world.ada.post("deleteaccount", uid=world.wanda.username))["status"] == 0
    assert await _state(world, world.wanda) == "deactivated"


async def test_repeating_it_changes_nothing(world: World) -> None:
    for _ in range(2):
        assert (await world.ada.post("deleteaccount", uid=world.wanda.id))["status"] == 0


async def test_it_removes_several_in_one_operation(world: World) -> None:
    answer = await world.ada.post("deleteaccount", uids=[world.wanda.id, world.willi.id])
    assert answer["status"] == 0
    assert await _state(world, world.wanda) == await _state(world, world.willi) == "deactivated"


async def test_an_empty_batch_removes_nobody(world: World) -> None:
    assert (await world.ada.post("deleteaccount", uids=[]))["status"] == 0


# --- what it ends ---------------------------------------------------------------------------------


async def test_keys_of_the_member_stop_working_for_good(world: World) -> None:
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    assert (await world.wanda.post("getjobs"))["status"] == -8
    await world.ada.post("createaccount", name="Wanda", username=world.wanda.username)
    assert (await world.wanda.post("getjobs"))["status"] == -8


async def test_nobody_speaks_for_the_member_any_more(world: World) -> None:
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    body = {"auth": {"usr": world.wanda.username, "key": world.ada.key}, "data": {}}
    answer = await world.http.post("/api/getjobs", json=body)
    assert answer.json()["status"] == -3


async def test_sessions_and_password_of_the_member_end(world: World) -> None:
    token, _ = world.db.write_now(
        lambda tx: secrets.start_session(
            tx, world.acme, accounts.get_member(tx, world.acme, world.wanda.id).id
        )
    )
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    with pytest.raises(BadLogin):
        world.db.read_now(lambda tx: secrets.open_with_session(tx, token))
    name = world.wanda.username
    assert world.db.read_now(lambda tx: secrets.password_hash_of(tx, name)) is None


async def test_an_open_invitation_of_the_member_ends(world: World) -> None:
    made = await world.ada.post("createaccount", name="Kim", username="kim@acme.example")
    token = made["invitationUrl"].rpartition("/")[2]
    await world.ada.post("deleteaccount", uid=made["uid"])
    with pytest.raises(UnknownThing):
        world.db.read_now(lambda tx: secrets.find_invited(tx, token))


async def test_what_the_member_has_not_begun_is_unassigned(world: World) -> None:
    now = 1767596400000
    wishes: dict[str, dict[str, Any]] = {
        "today": {"day": MONDAY},
        "tomorrow": {"day": TUESDAY},
        "no day": {},
        "yesterday": {"day": SUNDAY},
        "begun": {"day": MONDAY, "tsCheckIn": now},
        "done": {"day": MONDAY, "tsDoneSuccess": now},
        "issue": {"day": TUESDAY, "tsDoneFailed": now},
    }
    jobs = [
        {"destinationName": name, "worker": world.wanda.username, **more}
        for name, more in wishes.items()
    ]
    other = {"destinationName": "other", "worker": world.willi.username, "day": TUESDAY}
    made = await world.ada.post("createjobs", jobs=[*jobs, other])
    assert (await world.ada.post("deleteaccount", uid=world.wanda.id))["status"] == 0
    found = await world.ada.post("getjobs", ids=[job["id"] for job in made["jobs"]])
    left = {job["destinationName"] for job in found["jobs"] if job["receiverUid"]}
    assert left == {"yesterday", "begun", "done", "issue", "other"}
    stamps = {
        job["destinationName"]: job["tsAssigned"] for job in found["jobs"] if not job["worker"]
    }
    assert stamps == {"today": 0, "tomorrow": 0, "no day": 0}


async def test_a_removed_member_cannot_be_given_jobs(world: World) -> None:
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    answer = await world.ada.post("createjobs", jobs=[{"worker": world.wanda.username}])
    assert answer["status"] == -2


async def test_jobs_keep_the_name_of_who_did_them(world: World) -> None:
    job = {"worker": world.wanda.username, "day": SUNDAY}
    made = (await world.ada.post("createjobs", jobs=[job]))["jobs"][0]
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    found = (await world.ada.post("getjobs", id=made["id"]))["jobs"][0]
    assert found["workerName"] == "Wanda"


# --- it refuses -----------------------------------------------------------------------------------


async def test_only_administrators_remove_members(world: World) -> None:
    for person in (world.otto, world.wanda):
        assert (await person.post("deleteaccount", uid=world.willi.id))["status"] == -5
    assert await _state(world, world.willi) == "active"


async def test_the_company_s_own_login_cannot_be_removed(world: World) -> None:
    assert (await world.ada.post("deleteaccount", uid=world.acme))["status"] == -5


async def test_nobody_removes_themselves(world: World) -> None:
    await world.ada.post("editaccount", uid=world.otto.id, role="admin")
    assert (await world.ada.post("deleteaccount", uid=world.ada.id))["status"] == -11
    answer = await world.ada.post("deleteaccount", uids=[world.wanda.id, world.ada.id])
    assert answer["status"] == -11
    assert await _state(world, world.wanda) == "active"


async def test_the_last_administrator_cannot_be_removed(world: World) -> None:
    key = world.db.write_now(
        lambda tx: secrets.make_key(tx, world.actor(world.ada), world.acme, "owner")[1]
    )
    body = {"data": {"uid": world.ada.id}}
    answer = await world.ada.raw("deleteaccount", json=body, headers={"API-Key": key})
    assert answer.json()["status"] == -11
    assert await _state(world, world.ada) == "active"


async def test_unknown_members_are_refused_alone_and_skipped_among_others(world: World) -> None:
    assert (await world.ada.post("deleteaccount", uid="nobody"))["status"] == -2
    answer = await world.ada.post("deleteaccount", uids=["nobody", world.acme, world.wanda.id])
    assert answer["status"] == 0
    assert await _state(world, world.wanda) == "deactivated"


async def test_a_batch_skips_members_one_may_not_remove(world: World) -> None:
    assert (await world.otto.post("deleteaccount", uids=[world.wanda.id]))["status"] == 0
    assert await _state(world, world.wanda) == "active"


async def test_members_of_another_company_do_not_exist(world: World) -> None:
    assert (await world.zoe.post("deleteaccount", uid=world.wanda.id))["status"] == -2
    answer = await world.zoe.post("deleteaccount", uids=[world.wanda.id, world.wanda.username])
    assert answer["status"] == 0
    assert await _state(world, world.wanda) == "active"


async def test_requests_of_another_form_are_refused(world: World) -> None:
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"uid": None},
        {"uid": ""},
        {"uid": 5},
        {"uid": ["wandax"]},
        {"uids": "wandax"},
        {"uids": {"wandax": {}}},
        {"uids": [5]},
    )
    for data in wrong:
        assert (await world.ada.post("deleteaccount", **data))["status"] == -1, data
    many = [f"u{number}" for number in range(1001)]
    assert (await world.ada.post("deleteaccount", uids=many))["status"] == -11
