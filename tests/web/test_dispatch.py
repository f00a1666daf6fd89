"""The dispatch page: everybody's day, quotes, moves, and taking them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import Shift
from roundsman.core.geo import Point, decode_polyline
from roundsman.events import queries as facts
from roundsman.events.catalogue import JobUpdated, RouteChanged

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY = 20260105
TOMORROW = TODAY + 1
YESTERDAY = TODAY - 1
MORNING_MS = 1767596400000  # 5 January 2026, 08:00 in Vienna, when the world's clock stands
MINUTE_MS = 60_000
HOME = Point(48.2, 16.0)


async def jobs_at(world: World, *steps: float, by: Person | None = None, **each: Any) -> list[str]:
    """Make jobs so many hundredths of a degree east of home; return their ids."""
    sent = [
        {
            "destinationName": f"at {step}",
            "destinationLat": HOME.lat,
            "destinationLng": HOME.lng + step / 100,
            "day": TODAY,
            **each,
        }
        for step in steps
    ]
    made = await (by or world.ada).post("createjobs", jobs=sent)
    return [job["id"] for job in made["jobs"]]


async def shown(browser: Any, day: int = TODAY, **more: Any) -> dict[str, Any]:
    answer = await browser.get("/web/dispatch/day", day=day, **more)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def person(page: dict[str, Any], who: Person) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in page["people"] if one["id"] == who.id)
    return found


def route(day: dict[str, Any]) -> list[str]:
    return [stop["job"]["id"] for stop in day["stops"]]


async def move(browser: Any, job: str, who: Person | None, day: int = TODAY, **more: Any) -> Any:
    body = {"job": job, "member": who.id if who else "", "day": day, **more}
    return await browser.send("POST", "/web/dispatch/move", body)


# --- the day --------------------------------------------------------------------------------------


async def test_it_shows_everybodys_day_and_what_nobody_has(world: World, browse: Any) -> None:
    world.set_member(world.wanda, route_start=HOME)
    near, far = await jobs_at(world, 1, 3, worker=world.wanda.username, onSiteSeconds=600)
    (free,) = await jobs_at(world, 2)
    made = await world.ada.post("createjobs", jobs=[{"destinationName": "Some day"}])
    page = await shown(await browse(world.otto))
    assert (page["day"], page["editable"], page["roads"]) == (TODAY, True, "great_circle")
    assert [one["name"] for one in page["people"]] == ["Wanda", "Willi"]
    assert [job["id"] for job in page["unassigned"]] == [free]
    assert [job["id"] for job in page["undated"]] == [made["jobs"][0]["id"]]
    wanda = person(page, world.wanda)
    assert route(wanda) == [near, far]
    first, second = wanda["stops"]
    assert wanda["depart"] == MORNING_MS
    assert first["start"] == first["arrive"] == MORNING_MS + first["travelSeconds"] * 1000
    assert first["leave"] == first["start"] + 10 * MINUTE_MS
    assert second["arrive"] == first["leave"] + second["travelSeconds"] * 1000
    assert second["travelSeconds"] == pytest.approx(2 * first["travelSeconds"], abs=1)
    assert wanda["metres"] == first["metres"] + second["metres"]
    assert wanda["finish"] == second["leave"]
    assert (wanda["home"], wanda["back"]) == ([HOME.lat, HOME.lng], None)


async def test_waiting_lateness_and_overtime_are_told_not_blocked(
    world: World, browse: Any
) -> None:
    world.set_member(world.wanda, hours={"monday": Shift(8 * 60, 11 * 60)})
    await jobs_at(world, 1, worker=world.wanda.username, windowStart=1000, windowEnd=1030)
    await jobs_at(world, 2, worker=world.wanda.username, windowEnd=930, onSiteSeconds=2 * 3600)
    wanda = person(await shown(await browse(world.ada)), world.wanda)
    first, second = wanda["stops"]
    assert first["arrive"] == MORNING_MS
    assert first["start"] == MORNING_MS + 120 * MINUTE_MS
    assert wanda["waitingSeconds"] == 7200
    assert second["lateSeconds"] == (second["start"] - MORNING_MS) // 1000 - 90 * 60
    assert wanda["overtimeSeconds"] == (second["leave"] - wanda["ends"]) // 1000 > 0
    assert {(one["kind"], one["job"]) for one in wanda["troubles"]} == {
        ("time_window", second["job"]["id"]),
        ("working_hours", ""),
    }


async def test_what_has_happened_stands_where_it_happened(world: World, browse: Any) -> None:
    later, done = await jobs_at(world, 1, 3, worker=world.wanda.username, onSiteSeconds=600)
    stamps = {"tsCheckIn": MORNING_MS - 40 * MINUTE_MS, "tsDoneSuccess": MORNING_MS - 5 * MINUTE_MS}
    await world.wanda.post("editjobs", jobs={done: stamps})
    wanda = person(await shown(await browse(world.ada)), world.wanda)
    assert route(wanda) == [done, later]
    first, second = wanda["stops"]
    assert (first["settled"], second["settled"]) == (True, False)
    assert (first["start"], first["leave"]) == (stamps["tsCheckIn"], stamps["tsDoneSuccess"])
    assert second["arrive"] == MORNING_MS + second["travelSeconds"] * 1000 > MORNING_MS


async def test_who_is_on_the_way_arrives_now_at_the_earliest(world: World, browse: Any) -> None:
    await jobs_at(world, 1, worker=world.wanda.username)
    world.pass_time(hours=3)
    wanda = person(await shown(await browse(world.ada)), world.wanda)
    assert wanda["stops"][0]["arrive"] == MORNING_MS + 180 * MINUTE_MS


async def test_who_is_done_for_the_day_makes_no_overtime(world: World, browse: Any) -> None:
    world.set_member(world.wanda, hours={"monday": Shift(6 * 60, 8 * 60)})
    (done,) = await jobs_at(world, 1, worker=world.wanda.username)
    await world.wanda.post("editjobs", jobs={done: {"tsDoneSuccess": MORNING_MS - 10 * MINUTE_MS}})
    world.pass_time(hours=3)
    wanda = person(await shown(await browse(world.ada)), world.wanda)
    assert wanda["finish"] == MORNING_MS - 10 * MINUTE_MS
    assert (wanda["overtimeSeconds"], wanda["troubles"]) == (0, [])


async def test_a_job_without_a_position_takes_no_time_and_says_so(
    world: World, browse: Any
) -> None:
    made = await world.ada.post(
        "createjobs",
        jobs=[{"destinationName": "Nowhere", "day": TODAY, "worker": world.wanda.username}],
    )
    job = made["jobs"][0]["id"]
    wanda = person(await shown(await browse(world.ada)), world.wanda)
    assert route(wanda) == [job]
    assert wanda["troubles"] == [{"kind": "no_location", "job": job, "by": 1}]


async def test_a_day_that_is_over_is_for_looking_only(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1, day=YESTERDAY, worker=world.wanda.username)
    browser = await browse(world.ada)
    page = await shown(browser, YESTERDAY)
    assert page["editable"] is False
    assert route(person(page, world.wanda)) == [job]
    answer = await move(browser, job, world.willi, YESTERDAY)
    assert (answer.status_code, answer.json()["field"]) == (422, "day")


async def test_some_members_are_asked_for_alone(world: World, browse: Any) -> None:
    await jobs_at(world, 1, worker=world.wanda.username)
    page = await shown(await browse(world.ada), members=world.wanda.id)
    assert [one["id"] for one in page["people"]] == [world.wanda.id]


async def test_no_day_and_no_member_are_refused_in_words(world: World, browse: Any) -> None:
    browser = await browse(world.ada)
    for day in ("x", "20260230", "-1"):
        answer = await browser.get("/web/dispatch/day", day=day)
        assert (answer.status_code, answer.json()["field"]) == (422, "day")


async def test_the_lines_lead_along_each_round(world: World, browse: Any) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 1, 3, worker=world.wanda.username)
    answer = await (await browse(world.ada)).get("/web/dispatch/lines", day=TODAY)
    (line,) = answer.json()["lines"]
    assert (line["member"], line["roads"]) == (world.wanda.id, "great_circle")
    assert [round(lng, 5) for _, lng in decode_polyline(line["encoded"])] == [16.0, 16.01, 16.03]


# --- quotes ---------------------------------------------------------------------------------------


async def test_a_quote_tells_what_a_job_costs_at_every_place(world: World, browse: Any) -> None:
    for who in (world.wanda, world.willi):
        world.set_member(who, route_start=HOME)
    one, three = await jobs_at(world, 1, 3, worker=world.wanda.username)
    (free,) = await jobs_at(world, 2)
    answer = await (await browse(world.otto)).get("/web/dispatch/quote", job=free, day=TODAY)
    quote = answer.json()
    assert (quote["job"], quote["saved"]) == (free, None)
    offers = {offer["member"]: offer["options"] for offer in quote["offers"]}
    assert [option["before"] for option in offers[world.wanda.id]] == [one, three, ""]
    between = offers[world.wanda.id][1]
    assert abs(between["metres"]) <= 2  # on the way: nothing is driven on top
    (alone,) = offers[world.willi.id]
    assert alone["metres"] == pytest.approx(2 * 963, abs=3)
    assert alone["drivingSeconds"] == pytest.approx(2 * 87, abs=2)
    assert (alone["lateSeconds"], alone["breaks"]) == (0, [])


async def test_a_quote_takes_the_job_out_of_where_it_is(world: World, browse: Any) -> None:
    world.set_member(world.wanda, route_start=HOME)
    one, five = await jobs_at(world, 1, 5, worker=world.wanda.username)
    answer = await (await browse(world.ada)).get("/web/dispatch/quote", job=five, day=TODAY)
    quote = answer.json()
    wanda = next(o["options"] for o in quote["offers"] if o["member"] == world.wanda.id)
    assert [option["before"] for option in wanda] == [one, ""]
    assert quote["saved"] == wanda[1]
    assert quote["saved"]["metres"] == pytest.approx(4 * 963, abs=5)


async def test_a_quote_names_what_would_break(world: World, browse: Any) -> None:
    world.set_member(world.wanda, hours={"monday": Shift(8 * 60, 9 * 60)})
    (late,) = await jobs_at(world, 1, onSiteSeconds=5400, windowEnd=700)
    answer = await (await browse(world.ada)).get("/web/dispatch/quote", job=late, day=TODAY)
    options = {o["member"]: o["options"][0] for o in answer.json()["offers"]}
    assert options[world.wanda.id]["breaks"] == ["time_window", "working_hours"]
    assert options[world.wanda.id]["lateSeconds"] == 3600 + 1800


async def test_a_job_without_a_position_has_no_offers(world: World, browse: Any) -> None:
    made = await world.ada.post("createjobs", jobs=[{"destinationName": "Nowhere", "day": TODAY}])
    answer = await (await browse(world.ada)).get(
        "/web/dispatch/quote", job=made["jobs"][0]["id"], day=TODAY
    )
    assert (answer.status_code, answer.json()["offers"]) == (200, [])


# --- moves ----------------------------------------------------------------------------------------


async def test_a_job_goes_where_it_is_put_and_times_follow(world: World, browse: Any) -> None:
    one, three = await jobs_at(world, 1, 3, worker=world.wanda.username)
    (free,) = await jobs_at(world, 2)
    browser = await browse(world.otto)
    answer = await move(browser, free, world.wanda, before=three)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    (day,) = changed["days"]
    assert [route(each) for each in day["people"]] == [[one, free, three]]
    assert {place["job"] for place in changed["after"]} == {free, three}
    jobs = {job["id"]: job for job in (await world.wanda.post("getjobs", day=TODAY))["jobs"]}
    assert [jobs[job]["number"] for job in (one, free, three)] == [1, 2, 3]
    stops = {stop["job"]["id"]: stop for stop in day["people"][0]["stops"]}
    assert all(jobs[job]["scheduledStart"] == stops[job]["start"] for job in stops)
    history = world.db.read_now(lambda tx: facts.history(tx, world.acme, f"job:{free}", 9))
    assert isinstance(history[-1].event, JobUpdated) or any(
        isinstance(told.event, JobUpdated) and told.by.member == world.otto.id for told in history
    )
    routes = world.db.read_now(
        lambda tx: facts.history(tx, world.acme, f"member:{world.wanda.id}", 9)
    )
    assert RouteChanged(world.wanda.id, TODAY) in [told.event for told in routes]


async def test_a_move_to_another_person_leaves_the_others_numbers_alone(
    world: World, browse: Any
) -> None:
    one, two, three = await jobs_at(world, 1, 2, 3, worker=world.wanda.username)
    browser = await browse(world.ada)
    answer = await move(browser, two, world.willi)
    assert {place["job"] for place in answer.json()["after"]} == {two}
    page = await shown(browser)
    assert route(person(page, world.wanda)) == [one, three]
    assert route(person(page, world.willi)) == [two]


async def test_a_move_to_where_it_is_changes_nothing(world: World, browse: Any) -> None:
    one, two = await jobs_at(world, 1, 2, worker=world.wanda.username)
    answer = await move(await browse(world.ada), one, world.wanda, before=two)
    assert answer.json() == {"before": [], "after": [], "days": []}


async def test_a_job_is_taken_from_its_person_and_given_another_day(
    world: World, browse: Any
) -> None:
    (job,) = await jobs_at(world, 1, worker=world.wanda.username)
    browser = await browse(world.ada)
    assert (await move(browser, job, None)).status_code == 200
    assert [one["id"] for one in (await shown(browser))["unassigned"]] == [job]
    assert (await move(browser, job, world.willi, TOMORROW)).status_code == 200
    assert route(person(await shown(browser, TOMORROW), world.willi)) == [job]


async def test_what_has_begun_stays_and_nothing_goes_before_it(world: World, browse: Any) -> None:
    first, second, third = await jobs_at(world, 1, 2, 3, worker=world.wanda.username)
    await world.wanda.post("editjobs", jobs={first: {"tsCheckIn": MORNING_MS}})
    browser = await browse(world.ada)
    answer = await move(browser, first, world.willi)
    assert (answer.status_code, answer.json()["field"]) == (422, "job")
    assert "at 1 has begun or ended" in answer.json()["message"]
    assert (await move(browser, third, world.wanda, before=first)).status_code == 200
    assert route(person(await shown(browser), world.wanda)) == [first, third, second]


async def test_a_place_that_is_gone_is_refused_and_nothing_changes(
    world: World, browse: Any
) -> None:
    one, two = await jobs_at(world, 1, 2, worker=world.wanda.username)
    (free,) = await jobs_at(world, 3)
    browser = await browse(world.ada)
    assert (await move(browser, two, world.willi)).status_code == 200
    answer = await move(browser, free, world.wanda, before=two)
    assert answer.json()["code"] == "overtaken"
    assert route(person(await shown(browser), world.wanda)) == [one]


async def test_a_change_is_taken_back_and_brought_again(world: World, browse: Any) -> None:
    one, two, three = await jobs_at(world, 1, 2, 3, worker=world.wanda.username)
    browser = await browse(world.ada)
    changed = (await move(browser, three, world.wanda, before=one)).json()
    assert route(person(await shown(browser), world.wanda)) == [three, one, two]
    back = {"expected": changed["after"], "wanted": changed["before"]}
    undone = await browser.send("POST", "/web/dispatch/undo", back)
    assert undone.status_code == 200, undone.text
    assert route(person(await shown(browser), world.wanda)) == [one, two, three]
    again = undone.json()
    again = {"expected": again["after"], "wanted": again["before"]}
    assert (await browser.send("POST", "/web/dispatch/undo", again)).status_code == 200
    assert route(person(await shown(browser), world.wanda)) == [three, one, two]


async def test_what_somebody_else_changed_meanwhile_is_not_undone(
    world: World, browse: Any
) -> None:
    (job,) = await jobs_at(world, 1)
    browser = await browse(world.ada)
    changed = (await move(browser, job, world.wanda)).json()
    assert (await move(await browse(world.otto), job, world.willi)).status_code == 200
    back = {"expected": changed["after"], "wanted": changed["before"]}
    answer = await browser.send("POST", "/web/dispatch/undo", back)
    assert answer.json()["code"] == "overtaken"
    assert "at 1 was changed meanwhile" in answer.json()["message"]
    assert route(person(await shown(browser), world.willi)) == [job]


async def test_undo_names_the_same_jobs_on_both_sides(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1)
    place = {"job": job, "member": "", "day": TODAY, "number": 0}
    browser = await browse(world.ada)
    for body in (
        {"expected": [place], "wanted": []},
        {"expected": [place], "wanted": [place, place]},
    ):
        answer = await browser.send("POST", "/web/dispatch/undo", body)
        assert (answer.status_code, answer.json()["field"]) == (422, "wanted")


# --- who may --------------------------------------------------------------------------------------


async def test_workers_are_refused_everywhere(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1, worker=world.wanda.username)
    browser = await browse(world.wanda)
    for path in ("day", "lines", "quote"):
        assert (await browser.get(f"/web/dispatch/{path}", job=job)).status_code == 403
    assert (await move(browser, job, world.willi)).status_code == 403
    place = {"job": job, "member": world.wanda.id, "day": TODAY, "number": 1}
    answer = await browser.send(
        "POST", "/web/dispatch/undo", {"expected": [place], "wanted": [place]}
    )
    assert answer.status_code == 403


async def test_another_companys_ids_open_nothing(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1, worker=world.wanda.username)
    (own,) = await jobs_at(world, 1, by=world.zoe)
    zoe = await browse(world.zoe)
    page = await shown(zoe, members=world.wanda.id)
    assert (page["people"], [one["id"] for one in page["unassigned"]]) == ([], [own])
    answer = await zoe.get("/web/dispatch/lines", members=world.wanda.id)
    assert answer.json() == {"lines": []}
    assert (await zoe.get("/web/dispatch/quote", job=job)).status_code == 404
    assert (await move(zoe, job, None)).status_code == 404
    assert (await move(zoe, own, world.wanda)).status_code == 404
    answer = await move(zoe, own, world.zoe, before=job)
    assert answer.json()["code"] == "overtaken"
    place = {"job": job, "member": world.wanda.id, "day": TODAY, "number": 1}
    undo = {"expected": [place], "wanted": [{**place, "member": ""}]}
    assert (await zoe.send("POST", "/web/dispatch/undo", undo)).status_code == 404
    place = {"job": own, "member": "", "day": TODAY, "number": 0}
    undo = {"expected": [place], "wanted": [{**place, "member": world.wanda.id}]}
    assert (await zoe.send("POST", "/web/dispatch/undo", undo)).status_code == 404
    assert route(person(await shown(await browse(world.ada)), world.wanda)) == [job]


async def test_team_walls_hold(world: World, browse: Any) -> None:
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    world.set_member(world.wanda, teams=[1])
    world.set_member(world.willi, teams=[2])
    (theirs,) = await jobs_at(world, 1, teamId=2)
    (ours,) = await jobs_at(world, 1, teamId=1)
    otto = await browse(world.otto)
    page = await shown(otto)
    assert [one["name"] for one in page["people"]] == ["Wanda"]
    assert [one["id"] for one in page["unassigned"]] == [ours]
    assert (await move(otto, theirs, world.wanda)).status_code == 404
    assert (await move(otto, ours, world.willi)).status_code == 404


async def test_a_change_needs_the_pages_own_token(world: World, browse: Any) -> None:
    (job,) = await jobs_at(world, 1)
    browser = await browse(world.ada)
    browser.csrf = "forged"
    assert (await move(browser, job, world.wanda)).json()["code"] == "stale_form"
    undo = await browser.send("POST", "/web/dispatch/undo", {"expected": [], "wanted": []})
    assert undo.json()["code"] == "stale_form"
