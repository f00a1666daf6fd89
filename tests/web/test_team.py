"""The team page: members, invitations and teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import State
from tests.phones import Phone
from tests.world import PASSWORD

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
FIX_MS = 1767596100000  # five minutes before the world's morning
FORTNIGHT_MS = 14 * 24 * 3600 * 1000
NEWCOMER: dict[str, Any] = {
    "name": "Nora Neu",
    "username": "nora@acme.example",
    "phone": "+43 1 999",
    "role": "worker",
    "teams": [],
}
CHANGED: dict[str, Any] = {"name": "X", "phone": "", "color": "", "role": "worker", "teams": []}


def wanted(shown: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body that leaves a member as shown, but for the changes."""
    kept = {name: shown[name] for name in ("name", "phone", "color", "role", "teams")}
    return {**kept, **changes}


async def member(browser: Any, name: str) -> dict[str, Any]:
    """Return a member as the page shows them."""
    page = (await browser.get("/web/team")).json()
    found: dict[str, Any] = next(one for one in page["members"] if one["name"] == name)
    return found


async def test_it_lists_members_by_name_with_role_teams_and_last_position(
    world: World, browse: Any
) -> None:
    await world.ada.post("editcompany", teams_config=[{"id": 4, "name": "North"}])
    world.set_member(world.wanda, teams=[4])
    phone = Phone(world, world.wanda)
    sent = await phone.get(timestamp=FIX_MS, lat=48.2, lon=16.37, accuracy=8)
    assert sent.status_code == 200
    await world.settle()
    page = (await (await browse(world.ada)).get("/web/team")).json()
    assert [one["name"] for one in page["members"]] == ["Ada", "Otto", "Wanda", "Willi"]
    assert page["teams"] == [{"id": 4, "name": "North", "members": 1}]
    assert page["mayManage"] is True
    wanda = page["members"][2]
    assert (wanda["role"], wanda["teams"], wanda["state"]) == ("worker", [4], "active")
    assert (wanda["seen"], wanda["freshness"]) == (FIX_MS, "recent")
    assert (page["members"][3]["seen"], page["members"][3]["freshness"]) == (0, "none")


async def test_an_invited_member_gets_in_by_the_link_that_is_shown_once(
    world: World, browse: Any, browser: Any
) -> None:
    ada = await browse(world.ada)
    answer = await ada.send("POST", "/web/team/members", NEWCOMER)
    assert answer.status_code == 201, answer.text
    invited = answer.json()
    assert invited["mailed"] is False
    assert invited["member"]["invitation"] == "open"
    assert invited["member"]["invitedUntil"] == int(world.now.timestamp() * 1000) + FORTNIGHT_MS
    token = invited["url"].rpartition("/invite/")[2]
    assert token not in str((await ada.get("/web/team")).json())
    entered = await browser.http.post(f"/web/invitations/{token}", json={"password": PASSWORD})
    assert entered.status_code == 200, entered.text
    assert entered.json()["viewer"]["name"] == "Nora Neu"
    assert (await member(ada, "Nora Neu"))["invitation"] == ""


async def test_newcomers_get_colours_that_are_told_apart_and_who_returns_keeps_theirs(
    world: World, browse: Any
) -> None:
    ada = await browse(world.ada)
    colors: list[str] = []
    for number in range(12):
        newcomer = {**NEWCOMER, "name": f"Nora {number}", "username": f"nora{number}"}
        made = await ada.send("POST", "/web/team/members", newcomer)
        colors.append(made.json()["member"]["color"])
    assert len(set(colors)) == 12
    first = await member(ada, "Nora 0")
    world.pass_time(minutes=1)
    await ada.send("DELETE", f"/web/team/members/{first['id']}")
    again = {**NEWCOMER, "name": "Nora 0", "username": "nora0"}
    back = await ada.send("POST", "/web/team/members", again)
    assert back.json()["member"]["color"] == colors[0]


async def test_an_invitation_that_ran_out_says_so_and_a_new_one_voids_the_old(
    world: World, browse: Any, browser: Any
) -> None:
    ada = await browse(world.ada)
    first = (await ada.send("POST", "/web/team/members", NEWCOMER)).json()
    world.pass_time(days=15)
    ada = await browse(world.ada)
    nora = await member(ada, "Nora Neu")
    assert nora["invitation"] == "expired"
    links = [first["url"]]
    for _ in range(2):
        again = await ada.send("POST", f"/web/team/members/{nora['id']}/invitation")
        assert again.status_code == 201, again.text
        assert again.json()["member"]["invitation"] == "open"
        links.append(again.json()["url"])
    paths = [f"/web/invitations/{link.rpartition('/')[2]}" for link in links]
    assert [(await browser.get(path)).status_code for path in paths] == [404, 404, 200]


async def test_a_user_name_that_is_taken_is_refused_at_its_field(world: World, browse: Any) -> None:
    ada = await browse(world.ada)
    for username, said in (
        ("WANDA@acme.example", "Wanda has this user name and belongs to your company already."),
        ("zoe@zeta.example", "belongs to somebody else on this server"),
    ):
        answer = await ada.send("POST", "/web/team/members", {**NEWCOMER, "username": username})
        assert answer.status_code == 409
        assert answer.json()["field"] == "username"
        assert said in answer.json()["message"]
    assert (await member(ada, "Wanda"))["invitation"] == ""


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": " "}, 400, "name"),
        ({"username": ""}, 400, "username"),
        ({"role": "owner"}, 422, "role"),
        ({"teams": [9]}, 422, "teams"),
        ({"teams": "all"}, 400, ""),
    ],
)
async def test_nobody_is_invited_by_a_form_with_a_mistake(
    world: World, browse: Any, change: dict[str, Any], status: int, field: str
) -> None:
    ada = await browse(world.ada)
    answer = await ada.send("POST", "/web/team/members", {**NEWCOMER, **change})
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert len((await ada.get("/web/team")).json()["members"]) == 4


async def test_name_phone_colour_role_and_teams_are_changed_together(
    world: World, browse: Any
) -> None:
    ada = await browse(world.ada)
    await ada.send("POST", "/web/team/teams", {"name": "North"})
    wanda = await member(ada, "Wanda")
    answer = await ada.send(
        "PUT",
        f"/web/team/members/{wanda['id']}",
        wanted(wanda, name="Wanda Wels", phone="", color="#123456", role="operator", teams=[1]),
    )
    assert answer.status_code == 200, answer.text
    shown = await member(ada, "Wanda Wels")
    assert answer.json() == shown
    assert (shown["phone"], shown["color"], shown["role"], shown["teams"]) == (
        "",
        "#123456",
        "operator",
        [1],
    )


async def test_a_team_the_company_no_longer_has_may_stay_but_not_be_given(
    world: World, browse: Any
) -> None:
    world.set_member(world.wanda, teams=[7])
    ada = await browse(world.ada)
    wanda = await member(ada, "Wanda")
    kept = await ada.send("PUT", f"/web/team/members/{wanda['id']}", wanted(wanda, phone="1"))
    assert (kept.status_code, kept.json()["teams"]) == (200, [7])
    willi = await member(ada, "Willi")
    answer = await ada.send("PUT", f"/web/team/members/{willi['id']}", wanted(willi, teams=[7]))
    assert (answer.status_code, answer.json()["field"]) == (422, "teams")


async def test_the_last_administrator_stays_one(world: World, browse: Any) -> None:
    ada = await browse(world.ada)
    shown = await member(ada, "Ada")
    answer = await ada.send("PUT", f"/web/team/members/{shown['id']}", wanted(shown, role="worker"))
    assert answer.status_code == 422
    assert "last administrator" in answer.json()["message"]
    assert (await ada.send("DELETE", f"/web/team/members/{shown['id']}")).status_code == 422


async def test_a_deactivated_member_is_out_at_once_and_comes_back_by_invitation(
    world: World, browse: Any, browser: Any
) -> None:
    ada, wanda = await browse(world.ada), await browse(world.wanda)
    await world.ada.post(
        "createjobs", jobs=[{"day": 20260105, "worker": "wanda@acme.example"} for _ in range(3)]
    )
    path = f"/web/team/members/{world.wanda.id}"
    gone = (await ada.send("DELETE", path)).json()
    assert (gone["member"]["state"], gone["released"]) == ("deactivated", 3)
    assert gone["member"]["mayEdit"] is False
    assert (await ada.send("DELETE", path)).json()["released"] == 0
    assert (await wanda.get("/web/session")).status_code in {401, 403}
    assert (await ada.send("POST", f"{path}/invitation")).status_code == 422
    back = await ada.send("POST", f"{path}/return")
    assert back.status_code == 201, back.text
    assert back.json()["member"]["state"] == "active"
    assert back.json()["member"]["role"] == "worker"
    assert (await ada.send("POST", f"{path}/return")).status_code == 422
    token = back.json()["url"].rpartition("/")[2]
    entered = await browser.http.post(f"/web/invitations/{token}", json={"password": PASSWORD})
    assert entered.json()["viewer"]["id"] == world.wanda.id


async def test_teams_are_added_renamed_and_removed_when_empty(world: World, browse: Any) -> None:
    ada = await browse(world.ada)
    added = await ada.send("POST", "/web/team/teams", {"name": "North"})
    assert added.status_code == 201
    await ada.send("POST", "/web/team/teams", {"name": "South"})
    renamed = await ada.send("PUT", "/web/team/teams/1", {"name": "Nord"})
    assert [team["name"] for team in renamed.json()] == ["Nord", "South"]
    world.set_member(world.wanda, teams=[1])
    refused = await ada.send("DELETE", "/web/team/teams/1")
    assert refused.status_code == 422
    assert "Wanda is in it" in refused.json()["message"]
    left = await ada.send("DELETE", "/web/team/teams/2")
    assert left.json() == [{"id": 1, "name": "Nord", "members": 1}]
    assert (await ada.send("POST", "/web/team/teams", {"name": ""})).status_code == 422


@pytest.mark.parametrize("team", ["9", "x", "1e3", "-1", "٣", "9" * 5000])
async def test_a_team_that_is_not_there_is_unknown(world: World, browse: Any, team: str) -> None:
    ada = await browse(world.ada)
    for method, body in (("PUT", {"name": "North"}), ("DELETE", None)):
        answer = await ada.send(method, f"/web/team/teams/{team}", body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_thing")


async def test_a_renamed_team_keeps_its_hours(world: World, browse: Any) -> None:
    await world.ada.post(
        "editcompany",
        teams_config=[
            {"id": 1, "name": "North", "working_hours": {"monday": {"start": 800, "end": 1600}}}
        ],
    )
    before = world.actor(world.ada).company_profile.team(1)
    await (await browse(world.ada)).send("PUT", "/web/team/teams/1", {"name": "Nord"})
    after = world.actor(world.ada).company_profile.team(1)
    assert before is not None
    assert after is not None
    assert (after.name, after.hours) == ("Nord", before.hours)


async def test_an_operator_sees_the_team_and_edits_workers_only(world: World, browse: Any) -> None:
    world.set_member(world.willi, state=State.DEACTIVATED)
    otto = await browse(world.otto)
    page = (await otto.get("/web/team")).json()
    assert page["mayManage"] is False
    assert [(one["name"], one["mayEdit"]) for one in page["members"]] == [
        ("Ada", False),
        ("Otto", True),
        ("Wanda", True),
    ]
    wanda = page["members"][2]
    path = f"/web/team/members/{wanda['id']}"
    assert (await otto.send("PUT", path, wanted(wanda, phone="+43 1"))).status_code == 200
    promoted = await otto.send("PUT", path, wanted(wanda, role="admin"))
    assert promoted.status_code == 403
    ada = f"/web/team/members/{world.ada.id}"
    assert (await otto.send("PUT", ada, wanted(page["members"][0]))).status_code == 403
    for method, where, sent in (
        ("POST", "/web/team/members", NEWCOMER),
        ("DELETE", path, None),
        ("POST", f"{path}/invitation", None),
        ("POST", f"{path}/return", None),
        ("POST", "/web/team/teams", {"name": "North"}),
    ):
        answer = await otto.send(method, where, sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), where


async def test_an_operator_behind_team_walls_sees_own_teams(world: World, browse: Any) -> None:
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    world.set_member(world.wanda, teams=[1])
    world.set_member(world.willi, teams=[2])
    otto = await browse(world.otto)
    names = [one["name"] for one in (await otto.get("/web/team")).json()["members"]]
    assert "Wanda" in names
    assert "Willi" not in names


async def test_the_page_is_not_for_workers(world: World, browse: Any) -> None:
    wanda = await browse(world.wanda)
    assert (await wanda.get("/web/team")).status_code == 403
    path = f"/web/team/members/{world.willi.id}"
    for method, where, sent in (
        ("POST", "/web/team/members", NEWCOMER),
        ("PUT", path, CHANGED),
        ("DELETE", path, None),
        ("POST", f"{path}/invitation", None),
        ("POST", f"{path}/return", None),
        ("POST", "/web/team/teams", {"name": "North"}),
        ("PUT", "/web/team/teams/1", {"name": "North"}),
        ("DELETE", "/web/team/teams/1", None),
    ):
        answer = await wanda.send(method, where, sent)
        assert answer.status_code in {403, 404}, where
    everybody = world.db.read_now(lambda tx: accounts.members(tx, world.acme))
    assert sorted(one.name for one in everybody) == ["Acme", "Ada", "Otto", "Wanda", "Willi"]


async def test_members_and_teams_of_another_company_do_not_exist(world: World, browse: Any) -> None:
    ada, zoe = await browse(world.ada), await browse(world.zoe)
    await ada.send("POST", "/web/team/teams", {"name": "North"})
    page = (await zoe.get("/web/team")).json()
    assert [one["name"] for one in page["members"]] == ["Zoe"]
    assert page["teams"] == []
    wanda = await member(ada, "Wanda")
    path = f"/web/team/members/{wanda['id']}"
    for method, where, sent in (
        ("PUT", path, wanted(wanda, name="Stolen")),
        ("PUT", "/web/team/members/wanda@acme.example", wanted(wanda, name="Stolen")),
        ("DELETE", path, None),
        ("POST", f"{path}/invitation", None),
        ("POST", f"{path}/return", None),
        ("PUT", "/web/team/teams/1", {"name": "Stolen"}),
        ("DELETE", "/web/team/teams/1", None),
    ):
        answer = await zoe.send(method, where, sent)
        assert answer.status_code == 404, where
    assert await member(ada, "Wanda") == wanda
    invited = await zoe.send("POST", "/web/team/members", {**NEWCOMER, "teams": [1]})
    assert invited.status_code == 422


async def test_the_companys_own_login_cannot_be_invited_or_removed(
    world: World, browse: Any
) -> None:
    ada = await browse(world.ada)
    for method, way in (("POST", "/invitation"), ("POST", "/return"), ("DELETE", "")):
        answer = await ada.send(method, f"/web/team/members/{world.acme}{way}")
        assert answer.status_code in {403, 422}, way


async def test_a_change_without_the_forms_token_is_refused(world: World, browse: Any) -> None:
    ada = await browse(world.ada)
    ada.csrf = ""
    answer = await ada.send("DELETE", f"/web/team/members/{world.wanda.id}")
    assert (answer.status_code, answer.json()["code"]) == (403, "stale_form")
