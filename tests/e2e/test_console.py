"""Journeys through the console in a real Chromium."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from roundsman.accounts.actions import secrets

if TYPE_CHECKING:
    from tests.e2e.conftest import Journey

TODAY = 20260105


def test_a_wrong_password_is_said_and_the_right_one_opens_the_map(journey: Journey) -> None:
    journey.open()
    journey.log_in("ada@acme.example", "not this one")
    expect(journey.page.get_by_text("The user name or the password is wrong.")).to_be_visible()
    journey.log_in("ada@acme.example")
    expect(journey.page.get_by_role("tab", name=re.compile("Jobs"))).to_be_visible()
    expect(journey.page.get_by_text("No jobs on", exact=False)).to_be_visible()


def test_a_job_made_by_api_appears_by_itself_and_opens_its_card(desk: Journey) -> None:
    desk.open()
    desk.log_in("ada@acme.example")
    expect(
        desk.page.get_by_text("Live", exact=True).and_(desk.page.locator(":visible")).first
    ).to_be_visible()
    desk.call(
        desk.world.ada.key,
        "createjobs",
        jobs=[
            {
                "destinationName": "Boiler check",
                "destinationText": "Ring 1, Vienna",
                "destinationLat": 48.2,
                "destinationLng": 16.37,
                "day": TODAY,
                "worker": "wanda@acme.example",
                "contactName": "Front desk",
                "contactPhone": "+431234567",
                "custom_PO": "4711",
            }
        ],
    )
    row = desk.page.get_by_text("Boiler check").first
    expect(row).to_be_visible()
    row.click()
    expect(desk.page.get_by_role("link", name=re.compile(r"\+431234567"))).to_have_attribute(
        "href", "tel:+431234567"
    )
    expect(desk.page.get_by_text("4711")).to_be_visible()
    expect(desk.page.get_by_text("Created").first).to_be_visible()
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_text("4711")).to_be_hidden()


def test_the_search_finds_a_job_among_many(journey: Journey) -> None:
    made = journey.call(
        journey.world.ada.key,
        "createjobs",
        jobs=[
            {
                "destinationName": f"Meter {number:03}",
                "destinationLat": 48.1 + number / 2000,
                "destinationLng": 16.3 + number / 2000,
                "day": TODAY,
            }
            for number in range(200)
        ],
    )
    assert made["status"] == 0
    journey.open()
    journey.log_in("otto@acme.example")
    expect(journey.page.get_by_role("tab", name=re.compile("Jobs.*200"))).to_be_visible()
    journey.page.get_by_placeholder("Search jobs and people").fill("Meter 137")
    expect(journey.page.get_by_text("Meter 137").first).to_be_visible()
    expect(journey.page.get_by_text("Meter 001")).to_have_count(0)


def test_a_key_is_made_shown_once_used_and_revoked(desk: Journey) -> None:
    page = desk.page
    desk.open("/integrations")
    desk.log_in("ada@acme.example")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("What is it for?").fill("ERP import")
    page.get_by_role("button", name="Make key").click()
    secret = page.get_by_role("textbox", name="Your new key")
    expect(secret).to_have_value(re.compile(r"^[A-Z0-9]{6}\.[A-Z0-9]{32}$"))
    key = secret.input_value()
    assert desk.call(key, "getjobs")["status"] == 0
    page.get_by_role("button", name="I have copied it").click()
    assert key not in page.content()
    row = page.get_by_role("row").filter(has_text="ERP import")
    row.get_by_role("button", name=re.compile("Revoke")).click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert desk.call(key, "getjobs")["status"] == -8


def test_the_switch_asks_before_it_stops_every_program(desk: Journey) -> None:
    page = desk.page
    desk.open("/integrations")
    desk.log_in("ada@acme.example")
    page.get_by_role("button", name="Switch off").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("The API is off")).to_be_visible()
    assert desk.call(desk.world.otto.key, "getjobs")["status"] == -8
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("The API is on")).to_be_visible()
    assert desk.call(desk.world.otto.key, "getjobs")["status"] == 0


def test_an_operator_is_sent_to_an_administrator(journey: Journey) -> None:
    journey.open("/integrations")
    journey.log_in("otto@acme.example")
    expect(journey.page.get_by_text("For administrators")).to_be_visible()


def test_the_reference_is_readable_without_a_login(journey: Journey) -> None:
    journey.open("/reference")
    expect(journey.page.get_by_role("heading", name="createjobs")).to_be_visible()
    expect(journey.page.get_by_text("uidSecondary").first).to_be_attached()


def test_an_invited_member_sets_a_password_and_is_in(journey: Journey) -> None:
    world = journey.world
    wanda = world.actor(world.wanda).member
    token = world.db.write_now(lambda tx: secrets.invite(tx, world.actor(world.ada).by, wanda)[1])
    journey.open(f"/invite/{token}")
    expect(journey.page.get_by_text("Acme invites you to Roundsman.")).to_be_visible()
    journey.page.get_by_label("Choose a password").fill("a sentence of my own")
    journey.page.get_by_role("button", name="Set password and log in").click()
    expect(journey.page.get_by_role("tab", name=re.compile("Jobs"))).to_be_visible()
    journey.open(f"/invite/{token}")
    expect(journey.page.get_by_text("This invitation is no longer valid")).to_be_visible()


def test_a_page_that_does_not_exist_leads_back(journey: Journey) -> None:
    answer = journey.page.goto(f"{journey.url}/no/such/page")
    assert answer is not None
    assert answer.status == 404
    expect(journey.page.get_by_role("heading", name="There is no page here")).to_be_visible()
    journey.page.get_by_role("link", name="Go to the live map").click()
    expect(journey.page.get_by_role("heading", name="Log in")).to_be_visible()
