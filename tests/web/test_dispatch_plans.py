"""Plans and pins on the dispatch page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import Shift
from tests.line import HOME, settle_in
from tests.web.test_dispatch import TODAY, TOMORROW, jobs_at, move, person, route, shown

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio


async def planned(world: World, browser: Any, **more: Any) -> dict[str, Any]:
    """Ask for a plan of tomorrow, let it be made, and look at it."""
    asked = await browser.send("POST", "/web/dispatch/plans", {"day": TOMORROW, **more})
    assert asked.status_code == 201, asked.text
    assert asked.json()["state"] == "waiting"
    await world.settle()
    looked = await browser.get(f"/web/dispatch/plans/{asked.json()['id']}")
    assert looked.status_code == 200, looked.text
    preview: dict[str, Any] = looked.json()
    return preview


async def deal(browser: Any, preview: dict[str, Any], how: str) -> Any:
    return await browser.send("POST", f"/web/dispatch/plans/{preview['plan']['id']}/{how}", {})


async def test_a_plan_is_shown_beside_the_day_and_changes_nothing(
    world: World, browse: Any
) -> None:
    settle_in(world)
    ids = await jobs_at(world, 1, 2, 38, day=TOMORROW)
    browser = await browse(world.otto)
    preview = await planned(world, browser)
    plan = preview["plan"]
    assert (plan["state"], plan["leftOut"], plan["unservedBefore"]) == ("done", [], 3)
    assert (plan["before"]["jobs"], plan["after"]["jobs"]) == (0, 3)
    assert set(route(person(preview, world.wanda))) == set(ids[:2])
    assert route(person(preview, world.willi)) == [ids[2]]
    stops = person(preview, world.wanda)["stops"]
    assert all(stop["travelSeconds"] > 0 for stop in stops)
    assert {line["member"] for line in preview["lines"]} == {world.wanda.id, world.willi.id}
    assert preview["unassigned"] == []
    page = await shown(browser, TOMORROW)
    assert {job["id"] for job in page["unassigned"]} == set(ids)


async def test_it_is_accepted_undone_and_accepted_again(world: World, browse: Any) -> None:
    settle_in(world)
    (job,) = await jobs_at(world, 1, day=TOMORROW)
    browser = await browse(world.otto)
    preview = await planned(world, browser)
    applied = (await deal(browser, preview, "apply")).json()
    assert (applied["state"], applied["changed"]) == ("applied", 1)
    assert route(person(await shown(browser, TOMORROW), world.wanda)) == [job]
    latest = await browser.get("/web/dispatch/plans", day=TOMORROW)
    assert latest.json()["plan"]["state"] == "applied"
    undone = (await deal(browser, preview, "undo")).json()
    assert (undone["plan"]["state"], undone["kept"]) == ("undone", 0)
    assert [one["id"] for one in (await shown(browser, TOMORROW))["unassigned"]] == [job]
    assert (await deal(browser, preview, "apply")).json()["state"] == "applied"


async def test_what_was_moved_since_is_not_undone_with_the_plan(world: World, browse: Any) -> None:
    settle_in(world)
    (job,) = await jobs_at(world, 1, day=TOMORROW)
    browser = await browse(world.otto)
    preview = await planned(world, browser)
    await deal(browser, preview, "apply")
    assert (await move(browser, job, world.willi, TOMORROW)).status_code == 200
    assert (await deal(browser, preview, "undo")).json()["kept"] == 1
    assert route(person(await shown(browser, TOMORROW), world.willi)) == [job]


async def test_a_plan_that_is_out_of_date_is_refused(world: World, browse: Any) -> None:
    settle_in(world)
    await jobs_at(world, 1, day=TOMORROW)
    browser = await browse(world.otto)
    preview = await planned(world, browser)
    await jobs_at(world, 2, day=TOMORROW)
    answer = await deal(browser, preview, "apply")
    assert answer.json()["code"] == "overtaken"


async def test_what_is_left_out_says_why_and_who_comes_closest(world: World, browse: Any) -> None:
    world.set_member(world.wanda, route_start=HOME, hours={"tuesday": Shift(480, 540)})
    world.set_member(world.willi, hours={"tuesday": Shift(0, 0)})
    (job,) = await jobs_at(world, 1, day=TOMORROW, onSiteSeconds=7200)
    preview = await planned(world, await browse(world.otto))
    (left,) = preview["plan"]["leftOut"]
    assert (left["job"], left["reason"], left["member"]) == (job, "working_hours", world.wanda.id)
    assert left["by"] == 3600 + left["adds"]
    assert [one["id"] for one in preview["unassigned"]] == [job]


async def test_a_plan_can_be_called_off_before_it_begins(world: World, browse: Any) -> None:
    await jobs_at(world, 1, day=TOMORROW)
    browser = await browse(world.otto)
    asked = await browser.send("POST", "/web/dispatch/plans", {"day": TOMORROW})
    preview = {"plan": asked.json()}
    assert (await deal(browser, preview, "cancel")).json()["state"] == "cancelled"
    looked = (await browser.get(f"/web/dispatch/plans/{asked.json()['id']}")).json()
    assert (looked["plan"]["after"], looked["people"]) == (None, [])


async def test_unknown_wishes_are_refused_in_words(world: World, browse: Any) -> None:
    browser = await browse(world.otto)
    for body, field in (({"day": TOMORROW, "keep": "some"}, "keep"), ({"day": 0}, "day")):
        answer = await browser.send("POST", "/web/dispatch/plans", body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_pin_holds_a_job_against_every_plan(world: World, browse: Any) -> None:
    settle_in(world)
    (job,) = await jobs_at(world, 1, day=TOMORROW, worker=world.willi.username)
    browser = await browse(world.otto)
    pins = {"person": True, "position": False, "time": False}
    answer = await browser.send("PUT", f"/web/dispatch/pins/{job}", pins)
    assert answer.status_code == 200, answer.text
    stop = person(await shown(browser, TOMORROW), world.willi)["stops"][0]
    assert stop["job"]["pinned"] == ["person"]
    preview = await planned(world, browser)
    assert route(person(preview, world.willi)) == [job]
    pins["person"] = False
    assert (await browser.send("PUT", f"/web/dispatch/pins/{job}", pins)).status_code == 200
    preview = await planned(world, browser)
    assert route(person(preview, world.wanda)) == [job]


async def test_workers_make_no_plans_and_pin_nothing(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1, worker=world.wanda.username)
    preview = await planned(world, await browse(world.otto))
    browser = await browse(world.wanda)
    assert (await browser.get("/web/dispatch/plans")).status_code == 403
    name = preview["plan"]["id"]
    assert (await browser.get(f"/web/dispatch/plans/{name}")).status_code == 403
    asked = await browser.send("POST", "/web/dispatch/plans", {"day": TOMORROW})
    assert asked.status_code == 403
    for how in ("apply", "cancel", "undo"):
        assert (await deal(browser, preview, how)).status_code == 403
    pins = {"person": True, "position": False, "time": False}
    assert (await browser.send("PUT", f"/web/dispatch/pins/{job}", pins)).status_code == 403


async def test_another_companys_plans_and_jobs_do_not_exist(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1, worker=world.wanda.username)
    preview = await planned(world, await browse(world.otto))
    zoe = await browse(world.zoe)
    assert (await zoe.get("/web/dispatch/plans", day=TOMORROW)).json() == {"plan": None}
    name = preview["plan"]["id"]
    assert (await zoe.get(f"/web/dispatch/plans/{name}")).status_code == 404
    for how in ("apply", "cancel", "undo"):
        assert (await deal(zoe, preview, how)).status_code == 404
    pins = {"person": True, "position": False, "time": False}
    assert (await zoe.send("PUT", f"/web/dispatch/pins/{job}", pins)).status_code == 404


async def test_a_plan_needs_the_pages_own_token(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1)
    preview = await planned(world, await browse(world.otto))
    browser = await browse(world.otto)
    browser.csrf = "forged"
    asked = await browser.send("POST", "/web/dispatch/plans", {"day": TODAY})
    assert asked.json()["code"] == "stale_form"
    for how in ("apply", "cancel", "undo"):
        assert (await deal(browser, preview, how)).json()["code"] == "stale_form"
    pins = {"person": True, "position": False, "time": False}
    answer = await browser.send("PUT", f"/web/dispatch/pins/{job}", pins)
    assert answer.json()["code"] == "stale_form"
