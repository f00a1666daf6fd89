from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.actions import secrets
from roundsman.accounts.credentials import Kind
from roundsman.accounts.model import State
from tests.job_table import each
from tests.world import PASSWORD

if TYPE_CHECKING:
    from roundsman.storage.database import Tx
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

NO_KEY = {"API-Key": ""}
TODAY = 20260105


async def asked(world: World, auth: Any = None, **headers: str) -> int:
    """Call getjobs with credentials in the body, in headers or in both; return the status."""
    body: dict[str, Any] = {"data": {}}
    if auth is not None:
        body["auth"] = auth
    answer = await world.http.post("/api/getjobs", json=body, headers=headers)
    assert answer.status_code == 200
    return int(answer.json()["status"])


async def acts_as(world: World, auth: dict[str, Any]) -> str:
    """Return the name of the worker whose jobs the credentials see; "all" for everybody's."""
    answer = await world.http.post("/api/getjobs", json={"data": {"day": TODAY}, "auth": auth})
    names = {job["workerName"] for job in answer.json()["jobs"]}
    return "all" if len(names) > 1 else names.pop()


async def give_everybody_a_job(world: World) -> None:
    people: list[Person] = [world.wanda, world.willi]
    jobs = [{"day": TODAY, "worker": person.username} for person in people]
    assert (await world.ada.post("createjobs", jobs=jobs))["status"] == 0


# --- the header -----------------------------------------------------------------------------------


async def test_the_key_stands_in_a_header_of_any_case(still_world: World) -> None:
    for name in ("API-Key", "api-key", "Api-Key", "API-KEY"):
        assert await asked(still_world, **{name: still_world.ada.key}) == 0
    assert await asked(still_world, **{"API-Key": f"  {still_world.ada.key} "}) == 0


def test_a_key_has_the_documented_shape(still_world: World) -> None:
    first, _, second = still_world.ada.key.partition(".")
    assert (len(first), len(second)) == (6, 32)
    assert (first + second).isalnum()
    assert (first + second).isupper()


async def test_a_missing_or_wrong_key_is_one_refusal(still_world: World) -> None:
    key = still_world.ada.key
    wrong = ["", "nonsense", key.lower(), key[:-1], key + "A", key.split(".")[1], "A" * 10_000]
    wrong += ["ABCDEF.ABCDEFGHIJKLMNOPQRSTUVWXYZ123456", "' OR 1=1 --", "\xe9\xff"]
    for one in wrong:
        headers = {b"api-key": one.encode("latin-1")}
        answer = await still_world.http.post("/api/getjobs", json={"data": {}}, headers=headers)
        assert answer.json()["status"] == -8, one
        assert key not in answer.text
    assert await asked(still_world) == -8


async def test_a_bad_key_goes_before_a_bad_request(still_world: World) -> None:
    for data in ({"day": "x"}, {"day": 20260230}, {"limit": 0}):
        answer = await still_world.ada.raw("getjobs", json={"data": data}, headers=NO_KEY)
        assert answer.json()["status"] == -8


async def test_nothing_is_stored_without_a_good_key(world: World) -> None:
    for headers in (NO_KEY, {"API-Key": "nonsense"}):
        answer = await world.ada.raw("createjobs", json={"data": {"jobs": [{}]}}, headers=headers)
        assert answer.json()["status"] == -8
    assert (await world.ada.post("getjobs", day=0))["jobs"] == []


# --- credentials in the body (form A) -------------------------------------------------------------


async def test_user_and_key_in_the_body_open_the_door(world: World) -> None:
    await give_everybody_a_job(world)
    ada, wanda = world.ada, world.wanda
    assert await acts_as(world, {"usr": ada.username, "key": ada.key}) == "all"
    assert await acts_as(world, {"usr": ada.username.upper(), "key": ada.key}) == "all"
    assert await acts_as(world, {"usr": ada.id, "key": ada.key}) == "all"
    assert await acts_as(world, {"usr": wanda.username, "key": wanda.key}) == "Wanda"


async def test_an_administrators_key_may_act_as_any_member(world: World) -> None:
    await give_everybody_a_job(world)
    assert await acts_as(world, {"usr": world.wanda.username, "key": world.ada.key}) == "Wanda"
    auth = {"usr": world.wanda.username, "key": world.ada.key}
    body: dict[str, Any] = {"data": {"jobs": [{}]}, "auth": auth}
    answer = await world.http.post("/api/createjobs", json=body)
    assert answer.json()["status"] == -5


async def test_the_companys_own_key_may_act_as_any_member(world: World) -> None:
    await give_everybody_a_job(world)
    admin = world.actor(world.ada)

    def make(tx: Tx) -> str:
        return secrets.make_key(tx, admin, world.acme, "company")[1]

    key = world.db.write_now(make)
    assert await acts_as(world, {"usr": world.willi.username, "key": key}) == "Willi"
    assert await acts_as(world, {"usr": admin.company_profile.username, "key": key}) == "all"


async def test_a_lesser_key_gains_nothing_by_naming_another(still_world: World) -> None:
    for person in (still_world.otto, still_world.wanda):
        for other in still_world.cast:
            status = await asked(still_world, {"usr": other.username, "key": person.key})
            assert status == (0 if other is person else -3), (person.name, other.name)


async def test_every_user_that_does_not_fit_gets_the_same_answer(world: World) -> None:
    world.set_member(world.willi, state=State.DEACTIVATED)
    answers: set[str] = set()
    for usr in ("nobody", world.zoe.username, world.zoe.id, world.willi.username, "", " ", None):
        auth = {"usr": usr, "key": world.ada.key}
        answer = await world.http.post("/api/getjobs", json={"data": {}, "auth": auth})
        assert answer.json()["status"] == -3, usr
        answers.add(answer.text)
    assert await asked(world, {"key": world.ada.key}) == -3
    assert len(answers) == 1


async def test_a_bad_key_in_the_body_is_a_bad_key_whoever_is_named(still_world: World) -> None:
    for auth in (
        {"usr": still_world.ada.username, "key": "nonsense"},
        {"usr": "nobody", "key": "nonsense"},
        {"key": "nonsense"},
        {"usr": still_world.ada.username},
        {"usr": still_world.ada.username, "key": ""},
        {"usr": still_world.ada.username, "key": None},
        {},
    ):
        assert await asked(still_world, auth) == -8, auth


async def test_the_header_goes_first_and_the_body_is_then_ignored(still_world: World) -> None:
    ada = still_world.ada
    for auth in ({"usr": "nobody", "key": "x"}, {"usr": 5}, "nonsense", [1], 5, {"pwd": "x"}):
        assert await asked(still_world, auth, **{"API-Key": ada.key}) == 0, auth
    good = {"usr": ada.username, "key": ada.key}
    assert await asked(still_world, good, **{"API-Key": "nonsense"}) == -8
    assert await asked(still_world, good, **{"API-Key": ""}) == 0


async def test_misshapen_credentials_are_a_format_error(still_world: World) -> None:
    for auth in each(
        ("nonsense", 5, True, [], [1], {"usr": 5, "key": "x"}, {"usr": "x", "key": {}})
    ):
        assert await asked(still_world, auth) == -1, auth
    assert (
        await asked(
            still_world, {"usr": still_world.ada.username, "key": still_world.ada.key, "more": [1]}
        )
        == 0
    )


async def test_password_signatures_are_not_taken(still_world: World) -> None:
    """Form B would need passwords that can be read back, and MD5."""
    ada = still_world.ada
    form_b: dict[str, Any] = {
        "usr": "admin@example.com",
        "tok": "1430580377123",
        "cts": 1430580377,
        "pwd": "d6448a9d9202d25dedfb160b2c080db2",
    }
    assert await asked(still_world, form_b) == -3
    assert await asked(still_world, {**form_b, "usr": ada.username, "pwd": PASSWORD}) == -3
    assert await asked(still_world, {**form_b, "key": "0123456789ABCDEF0123456789ABCDEF"}) == -8
    assert await asked(still_world, {**form_b, "usr": ada.username, "key": ada.key}) == 0


# --- keys that open no more -----------------------------------------------------------------------


async def test_a_revoked_key_opens_nothing(world: World) -> None:
    admin = world.actor(world.ada)

    def revoke(tx: Tx) -> None:
        for key in secrets.keys(tx, admin):
            if key.subject == world.otto.id:
                secrets.revoke_key(tx, admin, key.id)

    world.db.write_now(revoke)
    assert (await world.otto.post("getjobs"))["status"] == -8
    assert (await world.ada.post("getjobs"))["status"] == 0


async def test_only_keys_are_keys(world: World) -> None:
    """Sessions, devices and invitations are secrets for other doors."""

    def others(tx: Tx) -> list[str]:
        by = world.actor(world.ada).by
        session, _ = secrets.start_session(tx, world.acme, world.ada.id)
        return [session, secrets.make_device_token(tx, by, world.wanda.id, "phone")]

    for secret in world.db.write_now(others):
        assert await asked(world, **{"API-Key": secret}) == -8
    assert Kind.KEY.value == "key"


async def test_the_api_can_be_switched_off_for_a_company(world: World) -> None:
    world.set_policy(api_enabled=False)
    for person in world.cast:
        assert (await person.post("getjobs"))["status"] == -8
    auth = {"usr": world.ada.username, "key": world.ada.key}
    assert await asked(world, auth) == -8
    assert (await world.zoe.post("getjobs"))["status"] == 0
    world.set_policy(api_enabled=True)
    assert (await world.ada.post("getjobs"))["status"] == 0


async def test_the_key_of_a_member_who_was_removed_opens_nothing(world: World) -> None:
    world.set_member(world.otto, state=State.DEACTIVATED)
    assert (await world.otto.post("getjobs"))["status"] == -8
    assert await asked(world, {"usr": world.otto.username, "key": world.otto.key}) == -8


async def test_a_suspended_company_is_told_so(world: World) -> None:
    world.set_company(suspended=True)
    for person in world.cast:
        assert (await person.post("getjobs"))["status"] == -6
    assert (await world.ada.post("createjobs", jobs=[{}]))["status"] == -6
    assert (await world.zoe.post("getjobs"))["status"] == 0
    world.set_company(suspended=False)
    assert (await world.ada.post("getjobs", day=0))["jobs"] == []


async def test_the_last_use_of_a_key_is_kept(world: World) -> None:
    admin = world.actor(world.ada)
    await world.otto.post("getjobs")
    await world.settle()
    keys = world.db.read_now(lambda tx: secrets.keys(tx, admin))
    used = {key.subject: key.last_used_at for key in keys}
    assert used[world.otto.id] == world.now
    assert used[world.willi.id] is None
