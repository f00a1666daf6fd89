from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import secrets
from roundsman.accounts.credentials import verify_password
from roundsman.accounts.rights import Role
from roundsman.core.ids import MemberId
from tests.servers import mail_receiver
from tests.world import PASSWORD, make_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.servers import Mailbox
    from tests.world import World

pytestmark = pytest.mark.anyio

KIM = {"name": "Kim Example", "username": "kim@acme.example"}


async def _created(world: World, **more: Any) -> dict[str, Any]:
    answer = await world.ada.post("createaccount", **{**KIM, **more})
    assert answer["status"] == 0, answer
    return answer


# --- it works -------------------------------------------------------------------------------------


async def test_it_creates_a_worker_with_the_company_s_zone_language_and_units(world: World) -> None:
    world.set_company(language="de", unit_distance="US", unit_time="12", unit_date="MM/dd/yyyy")
    answer = await _created(world)
    account = answer["account"]
    assert answer["uid"] == account["uid"] == account["id"]
    assert len(answer["uid"]) == 6
    assert account["name"] == "Kim Example"
    assert account["username"] == account["email"] == "kim@acme.example"
    assert account["email_verified"] is False
    assert account["role"] == "worker"
    assert account["type"] == "person"
    assert account["timezone"] == "Europe/Vienna"
    assert account["language"] == "de"
    assert account["unit_distance"] == "US"
    assert account["unit_time"] == "12"
    assert account["unit_date"] == "MM/dd/yyyy"
    assert account["teams"] == []
    assert account["timestamps"]["created"] == 1767596400000
    assert "active_status" not in account


async def test_it_keeps_the_member(world: World) -> None:
    answer = await _created(world, phone="+43 1 234", role="dispatcher")
    found = await world.ada.post("getaccounts", uids=[answer["uid"]])
    assert found["accounts"] == [answer["account"]]


ROLES: tuple[tuple[str | None, str], ...] = (
    ("worker", "worker"),
    ("operator", "operator"),
    ("dispatcher", "operator"),
    ("admin", "admin"),
    ("administrator", "admin"),
    ("Administrator", "admin"),
    ("", "worker"),
    (None, "worker"),
)


async def test_it_takes_every_role_and_its_aliases(world: World) -> None:
    for number, (sent, role) in enumerate(ROLES):
        answer = await _created(world, username=f"kim{number}", role=sent)
        assert answer["account"]["role"] == role, sent


async def test_a_free_user_name_is_no_mail_address(world: World) -> None:
    account = (await _created(world, username="kim", phone="+431234"))["account"]
    assert account["username"] == "kim"
    assert account["email"] == ""
    assert account["phone"] == "+431234"


async def test_blanks_around_name_and_user_name_do_not_count(world: World) -> None:
    account = (await _created(world, name="  Kim  ", username=" kim@acme.example "))["account"]
    assert account["name"] == "Kim"
    assert account["username"] == "kim@acme.example"


async def test_a_new_member_joins_the_teams_of_who_adds_them(world: World) -> None:
    world.set_member(world.ada, teams=[2, 5])
    assert (await _created(world))["account"]["teams"] == [2, 5]


async def test_unknown_members_of_the_request_are_ignored(world: World) -> None:
    account = (await _created(world, shoe_size=44, uid="chosen", teams=[9]))["account"]
    assert account["uid"] != "chosen"
    assert account["teams"] == []


async def test_the_password_opens_the_account(world: World) -> None:
    answer = await _created(world, password=PASSWORD)
    assert "invitationUrl" not in answer
    uid = MemberId(answer["uid"])
    hashed = world.db.read_now(lambda tx: accounts.find_password_hash(tx, world.acme, uid))
    assert hashed is not None
    assert verify_password(hashed, PASSWORD)
    body = {"username": "KIM@acme.example", "password": PASSWORD}
    assert (await world.http.post("/web/login", json=body)).status_code == 200


# --- invitations ----------------------------------------------------------------------------------


async def test_without_a_mail_server_the_administrator_gets_the_link(world: World) -> None:
    answer = await _created(world)
    url = answer["invitationUrl"]
    assert url.startswith("http://127.0.0.1:8000/invite/")
    token = url.rpartition("/")[2]
    member, company = world.db.read_now(lambda tx: secrets.find_invited(tx, token))
    assert member.id == answer["uid"]
    assert company.id == world.acme


async def test_creating_it_again_makes_no_second_invitation(world: World) -> None:
    await _created(world)
    assert "invitationUrl" not in await _created(world)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_receiver() as opened:
        yield opened


@pytest.fixture
async def mailing(
    database: str, tmp_path: Path, box: Mailbox, anyio_backend: str
) -> AsyncIterator[World]:
    """Yield a server that sends mail."""
    del anyio_backend
    made = make_world(
        database,
        tmp_path,
        base_url="https://fleet.example/",
        smtp_host="127.0.0.1",
        smtp_port=box.port,
        smtp_tls="none",
        mail_from="dispatch@acme.example",
    )
    yield made
    await made.close()


async def test_with_a_mail_server_the_invitation_goes_out_by_mail(
    mailing: World, box: Mailbox
) -> None:
    assert "invitationUrl" not in await _created(mailing)
    await mailing.settle()
    (mail,) = box.wait_for(1)
    assert mail.sender == "dispatch@acme.example"
    assert mail.recipients == ("kim@acme.example",)
    assert mail.message["Subject"] == "Acme invites you to Roundsman"
    text = mail.message.get_content()
    assert "Hello Kim Example" in text
    assert "Ada has added you to Acme" in text
    assert "until 18 January 2026" in text
    token = re.search(r"https://fleet\.example/invite/([a-z0-9]{26})\s", text)
    assert token is not None
    member, _ = mailing.db.read_now(lambda tx: secrets.find_invited(tx, token[1]))
    assert member.username == "kim@acme.example"


async def test_who_has_no_mail_address_or_has_a_password_gets_no_mail(
    mailing: World, box: Mailbox
) -> None:
    plain = await _created(mailing, username="kim", phone="+431234")
    assert plain["invitationUrl"].startswith("https://fleet.example/invite/")
    await _created(mailing, username="other@acme.example", password=PASSWORD)
    await mailing.settle()
    assert box.mails == []


async def test_an_invitation_opens_the_account_once(world: World) -> None:
    token = (await _created(world))["invitationUrl"].rpartition("/")[2]
    invitation = f"/web/invitations/{token}"
    assert (await world.http.get(invitation)).json()["username"] == "kim@acme.example"
    accepted = await world.http.post(invitation, json={"password": PASSWORD})
    assert accepted.status_code == 200, accepted.text
    body = {"username": "kim@acme.example", "password": PASSWORD}
    assert (await world.http.post("/web/login", json=body)).status_code == 200
    again = await world.http.post(invitation, json={"password": "another password"})
    assert again.status_code == 404


# --- coming back ----------------------------------------------------------------------------------


async def test_an_active_member_of_that_name_stays_as_it_is(world: World) -> None:
    before = (await world.ada.post("getaccounts", uids=[world.wanda.id]))["accounts"][0]
    answer = await world.ada.post(
        "createaccount", name="Somebody", username="WANDA@acme.example", role="admin", phone="1"
    )
    assert answer["status"] == 0
    assert answer["uid"] == world.wanda.id
    assert answer["account"] == before


async def test_a_removed_member_comes_back_with_all_history(world: World) -> None:
    await world.ada.post("editaccount", uid=world.wanda.id, teams=[3], color="#112233")
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    answer = await world.ada.post(
        "createaccount", name="Wanda W.", username="Wanda@acme.example", role="operator"
    )
    assert answer["status"] == 0
    account = answer["account"]
    assert account["uid"] == world.wanda.id
    assert "active_status" not in account
    assert account["name"] == "Wanda W."
    assert account["role"] == "operator"
    assert account["phone"] == "+431234567"
    assert account["teams"] == [3]
    assert account["color"] == "#112233"
    assert account["username"] == "wanda@acme.example"


async def test_coming_back_without_a_password_takes_a_new_invitation(world: World) -> None:
    await world.ada.post("deleteaccount", uid=world.wanda.id)
    answer = await world.ada.post("createaccount", name="Wanda", username=world.wanda.username)
    assert "/invite/" in answer["invitationUrl"]
    known = world.db.read_now(lambda tx: secrets.password_hash_of(tx, world.wanda.username))
    assert known is None, "the password of before must not open the account again"


async def test_a_role_that_is_not_sent_stays_when_a_member_comes_back(world: World) -> None:
    await world.ada.post("deleteaccount", uid=world.otto.id)
    answer = await world.ada.post("createaccount", name="Otto", username=world.otto.username)
    assert answer["account"]["role"] == "operator"


# --- it refuses -----------------------------------------------------------------------------------


REFUSED: tuple[tuple[dict[str, Any], int], ...] = (
    ({"name": ""}, -1),
    ({"name": "  "}, -1),
    ({"name": None}, -1),
    ({"name": 7}, -1),
    ({"name": ["Kim"]}, -1),
    ({"name": "x" * 201}, -11),
    ({"username": ""}, -1),
    ({"username": " "}, -1),
    ({"username": None}, -1),
    ({"username": {}}, -1),
    ({"username": "x" * 255}, -11),
    ({"username": "kim\nbcc"}, -11),
    ({"role": "boss"}, -11),
    ({"role": "owner"}, -11),
    ({"role": "company"}, -11),
    ({"role": 1}, -1),
    ({"phone": 43}, -1),
    ({"phone": "1" * 255}, -11),
    ({"password": "short"}, -11),
    ({"password": "x" * 257}, -11),
    ({"password": 12345678}, -1),
)


async def test_it_refuses_what_cannot_be_right_and_creates_nobody(world: World) -> None:
    answered: list[tuple[dict[str, Any], int]] = []
    for change, _ in REFUSED:
        answer = await world.ada.post("createaccount", **{**KIM, **change})
        answered.append((change, answer["status"]))
        assert answer.get("message"), change
    assert answered == list(REFUSED)
    everybody = await world.ada.post("getaccounts")
    assert len(everybody["accounts"]) == len(world.cast)


async def test_name_and_user_name_must_be_sent(world: World) -> None:
    for missing in KIM:
        sent = {name: value for name, value in KIM.items() if name != missing}
        assert (await world.ada.post("createaccount", **sent))["status"] == -1, missing


async def test_only_administrators_add_members(world: World) -> None:
    also: tuple[dict[str, Any], ...] = (
        {},
        {"password": "short"},
        {"role": "king"},
        {"username": world.zoe.username},
    )
    for person in (world.otto, world.wanda):
        for wrong in also:
            assert (await person.post("createaccount", **KIM | wrong))["status"] == -5, wrong


async def test_the_company_s_own_login_adds_members_too(world: World) -> None:
    key = world.db.write_now(
        lambda tx: secrets.make_key(tx, world.actor(world.ada), world.acme, "owner")[1]
    )
    answer = await world.ada.raw("createaccount", json={"data": KIM}, headers={"API-Key": key})
    assert answer.json()["status"] == 0


async def test_a_user_name_of_another_company_is_taken(world: World) -> None:
    for name in (world.zoe.username, world.zoe.username.upper()):
        answer = await world.ada.post("createaccount", name="Zoe", username=name)
        assert answer["status"] == -4
        assert answer["code"] == "username_taken"


async def test_the_company_s_own_login_is_no_member_to_bring_back(world: World) -> None:
    answer = await world.ada.post("createaccount", name="Acme", username="acme")
    assert answer["status"] == -4


async def test_a_name_removed_elsewhere_stays_with_its_company(world: World) -> None:
    await _created(world)
    kim = (await world.ada.post("getaccounts", uids=[KIM["username"]]))["accounts"][0]
    await world.ada.post("deleteaccount", uid=kim["uid"])
    assert (await world.zoe.post("createaccount", **KIM))["status"] == -4


async def test_eight_at_once_make_one_member(world: World) -> None:
    answers = await asyncio.gather(*(world.ada.post("createaccount", **KIM) for _ in range(8)))
    assert {answer["status"] for answer in answers} == {0}
    assert len({answer["uid"] for answer in answers}) == 1
    stored = world.db.read_now(lambda tx: accounts.members(tx, world.acme))
    assert sum(one.role is Role.WORKER for one in stored) == 3
