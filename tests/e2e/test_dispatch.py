"""Journeys over the dispatch page in a real Chromium: by mouse, by keyboard, on a phone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from roundsman.accounts import queries as accounts
from roundsman.accounts.model import Member, Shift
from roundsman.accounts.rights import Role
from roundsman.core.ids import MemberId
from tests.e2e.conftest import open_journey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

    from roundsman.storage.database import Tx
    from tests.e2e.conftest import Journey

TODAY = 20260105
HOME = (48.2, 16.37)


@pytest.fixture
def laptop(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Journey]:
    """Yield a fresh page at a laptop's size."""
    yield from open_journey(request, chromium, tmp_path, (1280, 800))


@pytest.fixture
def phone(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Journey]:
    """Yield a fresh page at a phone's size."""
    yield from open_journey(request, chromium, tmp_path, (390, 844))


def make(journey: Journey, *names: str, **each: Any) -> list[str]:
    """Make jobs a kilometre and a half apart; return their ids."""
    made = journey.call(
        journey.world.ada.key,
        "createjobs",
        jobs=[
            {
                "destinationName": name,
                "destinationLat": HOME[0],
                "destinationLng": HOME[1] + 0.02 * (at + 1),
                "day": TODAY,
                "onSiteSeconds": 1800,
                **each,
            }
            for at, name in enumerate(names)
        ],
    )
    return [job["id"] for job in made["jobs"]]


def enter(journey: Journey, who: str = "otto@acme.example") -> None:
    journey.open("/dispatch")
    journey.log_in(who)


def route(journey: Journey, worker: str = "wanda@acme.example") -> list[str]:
    """Return the names of a worker's jobs of today, in order, as the API tells them."""
    said = journey.call(journey.world.ada.key, "getjobs", day=TODAY, worker=worker)
    jobs = sorted(said["jobs"], key=lambda job: job["number"])
    return [job["destinationName"] for job in jobs]


def row(journey: Journey, name: str) -> Locator:
    return journey.page.get_by_role("group", name=name, exact=True)


def stop(journey: Journey, title: str) -> Locator:
    return journey.page.get_by_role("button", name=re.compile(rf"^Stop \d+: {title},"))


def drag(journey: Journey, what: Locator, to: Locator, share: float = 0.5) -> None:
    """Take something by the mouse and hold it over a share of the width of something else."""
    start, end = what.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    mouse = journey.page.mouse
    mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    mouse.down()
    y = end["y"] + end["height"] / 2
    mouse.move(end["x"] + end["width"] * share - 30, y, steps=4)
    mouse.move(end["x"] + end["width"] * share, y, steps=4)


def ghost(journey: Journey) -> Locator:
    return journey.page.locator(".ghost")


def test_a_job_is_dragged_onto_a_day_with_its_cost_shown_and_taken_back(laptop: Journey) -> None:
    make(laptop, "Boiler", "Meter", worker="wanda@acme.example")
    make(laptop, "Lift")
    enter(laptop)
    free = laptop.page.get_by_role("button", name=re.compile("Lift"))
    expect(free).to_be_visible()
    drag(laptop, free, row(laptop, "Wanda").locator("[data-track]"), 0.95)
    expect(ghost(laptop)).to_contain_text("Into the day of Wanda")
    expect(ghost(laptop)).to_contain_text(re.compile(r"\d+ min · .*\d k?m"))
    laptop.page.mouse.up()
    expect(stop(laptop, "Lift")).to_be_visible()
    expect(laptop.page.get_by_text("Everything is assigned")).to_be_visible()
    assert route(laptop) == ["Boiler", "Meter", "Lift"]
    laptop.page.get_by_role("button", name="Undo", exact=True).click()
    expect(laptop.page.get_by_text("Taken back: Lift → Wanda")).to_be_visible()
    expect(stop(laptop, "Lift")).to_have_count(0)
    assert route(laptop) == ["Boiler", "Meter"]
    laptop.page.keyboard.press("Control+Shift+z")
    expect(stop(laptop, "Lift")).to_be_visible()
    expect(laptop.page.get_by_text("Done again: Lift → Wanda")).to_be_visible()


def test_a_drag_goes_to_the_place_in_the_order_and_to_another_person(laptop: Journey) -> None:
    make(laptop, "Boiler", "Meter", "Lift", worker="wanda@acme.example")
    enter(laptop)
    drag(laptop, stop(laptop, "Lift"), stop(laptop, "Boiler"), 0.1)
    laptop.page.mouse.up()
    expect(laptop.page.get_by_text("Lift moved in the route of Wanda")).to_be_visible()
    assert route(laptop) == ["Lift", "Boiler", "Meter"]
    drag(laptop, stop(laptop, "Meter"), row(laptop, "Willi").locator("[data-track]"))
    laptop.page.mouse.up()
    expect(laptop.page.get_by_text("Meter → Willi")).to_be_visible()
    assert route(laptop, "willi@acme.example") == ["Meter"]
    drag(laptop, stop(laptop, "Meter"), laptop.page.get_by_role("region", name="Unassigned"))
    expect(ghost(laptop)).to_contain_text("Take off the route")
    laptop.page.mouse.up()
    expect(laptop.page.get_by_text("Meter taken off the route")).to_be_visible()
    assert route(laptop, "willi@acme.example") == []


def test_a_job_is_dragged_to_another_day(laptop: Journey) -> None:
    (job,) = make(laptop, "Boiler", worker="wanda@acme.example")
    enter(laptop)
    tomorrow = laptop.page.get_by_role("button", name="Go to Tue 6 Jan")
    drag(laptop, stop(laptop, "Boiler"), tomorrow)
    expect(ghost(laptop)).to_contain_text("Move to Tue 6 Jan")
    expect(ghost(laptop)).to_contain_text(" min · ")
    laptop.page.mouse.up()
    expect(laptop.page.get_by_text("Boiler → Tue 6 Jan")).to_be_visible()
    expect(stop(laptop, "Boiler")).to_have_count(0)
    tomorrow.click()
    expect(stop(laptop, "Boiler")).to_be_visible()
    said = laptop.call(laptop.world.ada.key, "getjobs", day=TODAY + 1)
    assert [one["id"] for one in said["jobs"]] == [job]


def test_escape_ends_a_drag_and_nothing_moves(laptop: Journey) -> None:
    make(laptop, "Lift")
    enter(laptop)
    free = laptop.page.get_by_role("button", name=re.compile("Lift"))
    drag(laptop, free, row(laptop, "Wanda").locator("[data-track]"))
    expect(ghost(laptop)).to_be_visible()
    laptop.page.keyboard.press("Escape")
    expect(ghost(laptop)).to_have_count(0)
    laptop.page.mouse.up()
    assert route(laptop) == []


def test_another_dispatchers_change_arrives_and_the_drag_goes_on(laptop: Journey) -> None:
    boiler, _ = make(laptop, "Boiler", "Meter", worker="wanda@acme.example")
    make(laptop, "Lift")
    enter(laptop)
    expect(laptop.page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    free = laptop.page.get_by_role("button", name=re.compile("Lift"))
    drag(laptop, free, row(laptop, "Willi").locator("[data-track]"))
    laptop.call(laptop.world.ada.key, "editjobs", jobs={boiler: {"worker": "willi@acme.example"}})
    expect(row(laptop, "Willi").locator("[data-stop]")).to_have_count(1)
    expect(ghost(laptop)).to_contain_text(re.compile(r" min · "))
    laptop.page.mouse.up()
    expect(row(laptop, "Willi").locator("[data-stop]")).to_have_count(2)
    assert set(route(laptop, "willi@acme.example")) == {"Boiler", "Lift"}


def test_everything_a_drag_does_is_done_by_keyboard(laptop: Journey) -> None:
    page = laptop.page
    make(laptop, "Boiler", "Meter", worker="wanda@acme.example")
    make(laptop, "Lift")
    enter(laptop)
    page.get_by_role("button", name=re.compile("Lift")).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    wanda = dialog.get_by_role("button", name=re.compile("Wanda"))
    expect(wanda).to_contain_text(re.compile(r" min · "))
    wanda.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Lift → Wanda")).to_be_visible()
    assert sorted(route(laptop)) == ["Boiler", "Lift", "Meter"]
    row(laptop, "Wanda").locator("[data-label]").focus()
    page.keyboard.press("ArrowRight")
    expect(row(laptop, "Wanda").locator("[data-stop]").first).to_be_focused()
    first = route(laptop)[0]
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text(f"{first} moved in the route of Wanda")).to_be_visible()
    assert route(laptop)[1] == first
    stop(laptop, "Meter").focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("article", name="Meter")
    card.get_by_role("button", name="Unassign").click()
    expect(page.get_by_text("Meter taken off the route")).to_be_visible()
    assert "Meter" not in route(laptop)
    card.get_by_label("Move to another day").select_option(label="Wed 7 Jan")
    expect(page.get_by_text("Meter → Wed 7 Jan")).to_be_visible()


def test_lateness_is_shown_and_not_blocked(laptop: Journey) -> None:
    make(laptop, "Boiler", worker="wanda@acme.example", windowEnd=830, onSiteSeconds=3600)
    make(laptop, "Meter", windowEnd=830)
    enter(laptop)
    free = laptop.page.get_by_role("button", name=re.compile("Meter"))
    drag(laptop, free, row(laptop, "Wanda").locator("[data-track]"), 0.9)
    expect(ghost(laptop)).to_contain_text("after the time window")
    laptop.page.mouse.up()
    late = stop(laptop, "Meter")
    expect(late).to_have_accessible_name(re.compile(r"\d+ min late$"))
    late.click()
    card = laptop.page.get_by_role("article", name="Meter")
    expect(card.get_by_role("alert")).to_contain_text("after the time window")


def test_one_thing_hovered_shows_in_all_three(laptop: Journey) -> None:
    make(laptop, "Boiler", worker="wanda@acme.example")
    enter(laptop)
    stop(laptop, "Boiler").click()
    expect(laptop.page.get_by_role("article", name="Boiler")).to_be_visible()
    laptop.page.get_by_role("article").get_by_role("button", name="Wanda").click()
    card = laptop.page.get_by_role("article", name="Wanda")
    card.get_by_role("button", name=re.compile("Boiler")).hover()
    expect(stop(laptop, "Boiler")).to_have_class(re.compile("hovered"))


def test_days_that_are_over_are_for_looking_only(laptop: Journey) -> None:
    make(laptop, "Boiler", worker="wanda@acme.example", day=TODAY - 1)
    enter(laptop)
    laptop.page.get_by_role("button", name="Previous day").click()
    expect(laptop.page.get_by_text("This day is over.")).to_be_visible()
    stop(laptop, "Boiler").click()
    expect(laptop.page.get_by_role("article", name="Boiler")).to_be_visible()
    expect(laptop.page.get_by_role("button", name="Move to…")).to_have_count(0)


def test_an_empty_day_and_workers_are_told_what_to_do(laptop: Journey) -> None:
    enter(laptop)
    expect(laptop.page.get_by_text("No jobs on Mon 5 Jan")).to_be_visible()
    expect(laptop.page.get_by_text("Everything is assigned")).to_be_visible()
    laptop.page.context.clear_cookies()
    enter(laptop, "wanda@acme.example")
    expect(laptop.page.get_by_role("heading", name="For dispatchers")).to_be_visible()
    expect(laptop.page.get_by_role("link", name="Dispatch")).to_have_count(0)


def test_a_session_that_ends_leads_to_the_login(laptop: Journey) -> None:
    make(laptop, "Lift")
    enter(laptop)
    free = laptop.page.get_by_role("button", name=re.compile("Lift"))
    expect(free).to_be_visible()
    drag(laptop, free, row(laptop, "Wanda").locator("[data-track]"))
    laptop.page.context.clear_cookies()
    laptop.page.mouse.up()
    expect(laptop.page.get_by_text("You were logged out", exact=False)).to_be_visible()


def test_a_move_without_the_server_changes_nothing_and_says_so(laptop: Journey) -> None:
    make(laptop, "Lift")
    enter(laptop)
    free = laptop.page.get_by_role("button", name=re.compile("Lift"))
    expect(free).to_be_visible()
    laptop.page.route("**/web/dispatch/move", lambda route: route.abort())
    drag(laptop, free, row(laptop, "Wanda").locator("[data-track]"))
    laptop.page.mouse.up()
    toast = laptop.page.locator(".toast")
    expect(toast).to_contain_text("The server does not answer.")
    expect(free).to_be_visible()
    laptop.page.unroute("**/web/dispatch/move")
    drag(laptop, free, row(laptop, "Wanda").locator("[data-track]"))
    laptop.page.mouse.up()
    expect(stop(laptop, "Lift")).to_be_visible()
    # The browser calls a request without an answer an error; that is what was tried.
    laptop.problems[:] = [one for one in laptop.problems if "net::ERR_FAILED" not in one]


def test_of_fifty_people_only_those_in_sight_are_drawn(laptop: Journey) -> None:
    world = laptop.world
    people = [
        Member(
            id=MemberId(f"crew{number:02}"),
            username=f"crew{number}@acme.example",
            name=f"Crew {number:02}",
            role=Role.WORKER,
            created_at=world.now,
        )
        for number in range(50)
    ]

    def hire(tx: Tx) -> None:
        for one in people:
            accounts.save_member(tx, world.acme, one)
            accounts.take_username(tx, world.acme, one.id, one.username)

    world.db.write_now(hire)
    for one in people:
        make(laptop, *(f"{one.name} job {at}" for at in range(20)), worker=one.username)
    enter(laptop)
    rows = laptop.page.locator("[data-member]")
    expect(rows.first).to_be_visible()
    assert rows.count() < 20
    assert laptop.page.locator("[data-stop]").count() < 400
    rows.first.hover()
    laptop.page.mouse.wheel(0, 10_000)
    expect(row(laptop, "Willi")).to_be_visible()
    assert rows.count() < 20


def test_a_plan_is_compared_accepted_and_undone(laptop: Journey) -> None:
    page = laptop.page
    make(laptop, "Boiler", "Meter")
    make(laptop, "Far away", onSiteSeconds=20 * 3600, windowEnd=830)
    laptop.world.set_member(laptop.world.wanda, hours={"monday": Shift(8 * 60, 16 * 60)})
    laptop.world.set_member(laptop.world.willi, hours={"monday": Shift(8 * 60, 16 * 60)})
    enter(laptop)
    page.get_by_role("button", name="Plan the day").click()
    dialog = page.get_by_role("dialog", name="Plan the day")
    dialog.get_by_text("Plan everything anew").click()
    dialog.get_by_role("button", name="Make a plan").click()
    proposal = page.get_by_role("region", name="Proposal")
    expect(proposal).to_be_visible(timeout=60_000)
    expect(proposal).to_contain_text(re.compile(r"Left out\s*3\s*→\s*1"))
    expect(stop(laptop, "Boiler")).to_be_visible()
    assert route(laptop) + route(laptop, "willi@acme.example") == []
    page.get_by_role("tab", name="Before").click()
    expect(stop(laptop, "Boiler")).to_have_count(0)
    page.get_by_role("button", name="Accept").click()
    expect(stop(laptop, "Boiler")).to_be_visible()
    assert len(route(laptop) + route(laptop, "willi@acme.example")) == 2
    left = page.get_by_role("button", name=re.compile("Far away"))
    expect(left).to_contain_text("It does not fit into anybody's hours")
    left.click()
    card = page.get_by_role("article", name="Far away")
    expect(card).to_contain_text(re.compile(r"(Wanda|Willi) comes closest, \d+ h \d+ late"))
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Taken back: Plan of the day")).to_be_visible()
    expect(stop(laptop, "Boiler")).to_have_count(0)
    assert route(laptop) + route(laptop, "willi@acme.example") == []


def test_a_plan_is_discarded_and_nothing_has_changed(laptop: Journey) -> None:
    make(laptop, "Boiler", "Meter")
    enter(laptop)
    laptop.page.get_by_role("button", name="Plan the day").click()
    laptop.page.get_by_role("button", name="Make a plan").click()
    laptop.page.get_by_role("button", name="Discard").click(timeout=60_000)
    expect(laptop.page.get_by_role("button", name=re.compile("Boiler"))).to_be_visible()
    assert route(laptop) + route(laptop, "willi@acme.example") == []


def test_a_job_is_pinned(laptop: Journey) -> None:
    (job,) = make(laptop, "Boiler", worker="wanda@acme.example")
    enter(laptop)
    stop(laptop, "Boiler").click()
    pin = laptop.page.get_by_role("article").get_by_label("Person", exact=True)
    pin.check()
    expect(pin).to_be_checked()
    expect(stop(laptop, "Boiler")).to_have_class(re.compile("pinned"))
    said = laptop.call(laptop.world.ada.key, "getjobs", day=TODAY)["jobs"]
    assert [one["pin"]["person"] for one in said if one["id"] == job] == [True]


def test_on_a_phone_a_persons_day_opens_from_the_list(phone: Journey) -> None:
    make(phone, "Boiler", "Meter", worker="wanda@acme.example")
    make(phone, "Lift")
    enter(phone)
    phone.page.get_by_role("button", name=re.compile("^W Wanda|Wanda")).first.click()
    card = phone.page.get_by_role("article", name="Wanda")
    expect(card.get_by_role("button", name=re.compile("Boiler"))).to_be_visible()
    expect(card.get_by_text(re.compile("Travel"))).to_have_count(1)
    card.get_by_role("button", name="Close").click()
    phone.page.get_by_role("tab", name=re.compile("Unassigned")).click()
    phone.page.get_by_role("button", name=re.compile("Lift")).click()
    phone.page.get_by_role("button", name="Assign to…").click()
    phone.page.get_by_role("dialog").get_by_role("button", name=re.compile("Willi")).click()
    expect(phone.page.get_by_text("Lift → Willi")).to_be_visible()
    assert route(phone, "willi@acme.example") == ["Lift"]
    width = phone.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


CONTRAST = """
() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a] = rgb(getComputedStyle(at).backgroundColor);
      if (a > 250) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const node = walker.currentNode.parentElement;
    if (!text || !node.checkVisibility() || node.closest("[disabled], .unseen, option")) continue;
    const [one, two] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) bad.push([text.slice(0, 30), ratio.toFixed(2)]);
  }
  return bad;
}
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read(laptop: Journey, theme: str) -> None:
    make(laptop, "Boiler", worker="wanda@acme.example", windowEnd=830, onSiteSeconds=5400)
    make(laptop, "Meter", worker="wanda@acme.example", windowEnd=830)
    (done,) = make(laptop, "Done", worker="willi@acme.example")
    laptop.call(laptop.world.willi.key, "editjobs", jobs={done: {"tsDoneSuccess": 1767596400000}})
    make(laptop, "Lift")
    laptop.page.add_init_script(f"localStorage.setItem('roundsman.theme', {json.dumps(theme)})")
    enter(laptop)
    stop(laptop, "Meter").click()
    expect(laptop.page.get_by_role("article", name="Meter")).to_be_visible()
    assert laptop.page.evaluate(CONTRAST) == []
