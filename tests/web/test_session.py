"""Logging in and out of the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import State
from tests.world import PASSWORD

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
Browse = Any


async def test_it_opens_a_session_with_a_cookie_that_scripts_cannot_read(
    world: World, browser: Any
) -> None:
    answer = await browser.log_in("ADA@acme.example")
    session = answer.json()
    assert session["viewer"]["name"] == "Ada"
    assert session["viewer"]["mayIntegrate"] is True
    assert session["company"]["name"] == "Acme"
    assert session["company"]["today"] == 20260105
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert (await browser.get("/web/session")).json()["viewer"]["id"] == world.ada.id


@pytest.mark.parametrize(
    ("username", "password"),
    [("ada@acme.example", "wrong password"), ("nobody@acme.example", PASSWORD), ("", "")],
)
async def test_it_tells_nobody_which_half_was_wrong(
    browser: Any, username: str, password: str
) -> None:
    answer = await browser.log_in(username, password)
    assert answer.status_code == 401
    problem = answer.json()
    assert problem["code"] == "bad_login"
    assert problem["message"] == "The user name or the password is wrong."
    assert problem["requestId"]


async def test_it_stops_who_tries_passwords(browser: Any) -> None:
    for _ in range(10):
        assert (await browser.log_in("ada@acme.example", "guess")).status_code == 401
    answer = await browser.log_in("ada@acme.example")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


async def test_without_a_session_every_endpoint_says_so(world: World, browser: Any) -> None:
    for path in (
        "/web/session",
        "/web/board",
        "/web/integrations",
        "/web/jobs/65a1b2c3d4e5f60718293a4b",
        f"/web/members/{world.wanda.id}/course",
    ):
        answer = await browser.get(path)
        assert answer.status_code == 401, path
        assert answer.json()["code"] == "bad_login"


async def test_logging_out_ends_the_session_everywhere(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    token = browser.http.cookies["roundsman_session"]
    assert (await browser.send("POST", "/web/logout")).status_code == 200
    browser.http.cookies.set("roundsman_session", token)
    assert (await browser.get("/web/session")).status_code == 401


async def test_a_change_without_the_forms_token_is_refused(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    browser.csrf = "stolen"
    answer = await browser.send("PUT", "/web/integrations/enabled", {"on": False})
    assert answer.status_code == 403
    assert answer.json()["code"] == "stale_form"
    assert (await browser.get("/web/integrations")).json()["enabled"] is True


async def test_a_session_ends_after_a_fortnight(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    world.pass_time(days=13)
    assert (await browser.get("/web/session")).status_code == 200
    world.pass_time(days=2)
    assert (await browser.get("/web/session")).status_code == 401


async def test_a_deactivated_member_is_turned_away(world: World, browse: Any) -> None:
    browser = await browse(world.wanda)
    world.set_member(world.wanda, state=State.DEACTIVATED)
    answer = await browser.get("/web/session")
    assert answer.status_code == 403
    assert answer.json()["code"] == "suspended"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"username": 5}', b"\xff\xfe", b"[" * 100_000]
)
async def test_a_body_of_another_form_is_refused(browser: Any, body: bytes) -> None:
    answer = await browser.http.post("/web/login", content=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_format"


async def test_a_body_that_is_too_large_is_refused(browser: Any) -> None:
    answer = await browser.http.post("/web/login", content=b" " * 300_000)
    assert answer.status_code == 413
