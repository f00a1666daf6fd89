"""Finding addresses in the console, and putting pins right, in a real Chromium."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.addresses import import_addresses

if TYPE_CHECKING:
    from tests.e2e.conftest import Journey

TODAY = 20260105
FIND = "Find an address, place, job or person"


def test_an_address_is_found_with_the_keyboard_alone(journey: Journey) -> None:
    import_addresses(journey.world.app.settings.data)
    journey.open()
    journey.log_in("otto@acme.example")
    field = journey.page.get_by_role("combobox", name=FIND)
    expect(field).to_have_attribute("aria-expanded", "false")
    field.fill("hauptstr")
    options = journey.page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    first = field.get_attribute("aria-activedescendant")
    field.press("ArrowDown")
    expect(field).not_to_have_attribute("aria-activedescendant", first or "")
    expect(journey.page.get_by_role("option", selected=True)).to_have_count(1)
    field.press("Enter")
    expect(options).to_have_count(0)
    expect(field).to_have_value("Hauptstraße")
    expect(journey.page.locator(".maplibregl-marker svg").first).to_be_visible()
    field.press("Escape")
    expect(field).to_have_value("")
    expect(journey.page.locator(".maplibregl-marker svg")).to_have_count(0)
    field.fill("quittenweg")
    expect(journey.page.get_by_text("Nothing is called like this.").first).to_be_visible()


def test_a_person_and_a_job_of_another_day_open_their_cards(desk: Journey) -> None:
    desk.call(
        desk.world.ada.key,
        "createjobs",
        jobs=[{"destinationName": "Boiler check", "day": TODAY + 1, "orderId": 4711}],
    )
    desk.open()
    desk.log_in("ada@acme.example")
    field = desk.page.get_by_role("combobox", name=FIND)
    field.fill("4711")
    desk.page.get_by_role("option", name=re.compile("Boiler check")).click()
    expect(desk.page.get_by_role("article", name="Boiler check")).to_be_visible()
    field.fill("wan")
    desk.page.get_by_role("option", name=re.compile("Wanda")).click()
    expect(desk.page.get_by_role("article", name="Wanda")).to_be_visible()


def test_a_pin_is_put_right_undone_and_put_again(journey: Journey) -> None:
    import_addresses(journey.world.app.settings.data)
    page = journey.page
    made = journey.call(
        journey.world.ada.key,
        "createjobs",
        jobs=[{"destinationName": "Boiler check", "destinationText": "Mühlweg 4, Altdorf"}],
    )
    (job,) = made["jobs"]
    journey.open("/addresses")
    journey.log_in("otto@acme.example")
    page.get_by_role("button", name=re.compile("Boiler check.*Street only")).click()
    pin = page.get_by_role("button", name="Pin; arrow keys move it")
    expect(pin).to_be_visible()
    expect(page.get_by_role("button", name="It is right like this")).to_be_enabled()
    pin.press("ArrowUp")
    page.get_by_role("button", name="Put the pin here").click()
    expect(page.get_by_text("Every address is on the map")).to_be_visible()
    moved = journey.call(journey.world.ada.key, "getjobs", id=job["id"])["jobs"][0]
    assert moved["destinationLat"] > job["destinationLat"]

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name=re.compile("Boiler check"))).to_be_visible()
    back = journey.call(journey.world.ada.key, "getjobs", id=job["id"])["jobs"][0]
    assert back["destinationLat"] == job["destinationLat"]


def test_what_is_nowhere_is_put_where_a_suggestion_says(desk: Journey) -> None:
    import_addresses(desk.world.app.settings.data)
    page = desk.page
    desk.call(
        desk.world.ada.key,
        "createjobs",
        jobs=[{"destinationName": "Boiler check", "destinationText": "Altdorf"}],
    )
    desk.open("/addresses")
    desk.log_in("otto@acme.example")
    page.get_by_role("button", name=re.compile("Boiler check.*Town only")).click()
    expect(page.get_by_role("button", name="Put the pin here")).to_be_disabled()
    page.get_by_role("combobox", name="Find another address").fill("hauptstr 3 grunau")
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Put the pin here").click()
    expect(page.get_by_text("is where you put it and stays there", exact=False)).to_be_visible()


def test_the_list_is_for_those_who_plan(desk: Journey) -> None:
    desk.open("/addresses")
    desk.log_in("wanda@acme.example")
    expect(desk.page.get_by_text("For dispatchers")).to_be_visible()
    expect(desk.page.get_by_role("link", name="Addresses")).to_have_count(0)
