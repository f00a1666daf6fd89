"""Journeys through the team page and the delivery log in a real Chromium."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.servers import Answer, hook_receiver

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.e2e.conftest import Journey


def row(journey: Journey, text: str) -> Locator:
    """Return the row of a table that says a text."""
    return journey.page.get_by_role("row").filter(has_text=text)


def open_team(journey: Journey, username: str = "ada@acme.example") -> None:
    """Log in and go to the team page."""
    journey.open("/team")
    journey.log_in(username)
    expect(journey.page.get_by_role("heading", name="Team", exact=True)).to_be_visible()


def test_somebody_is_invited_by_a_link_and_gets_in(journey: Journey) -> None:
    page = journey.page
    journey.world.now = datetime.now(UTC)  # the browser tells by its own clock what has expired
    open_team(journey)
    page.get_by_role("button", name="Invite a member").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    dialog.get_by_role("button", name="Invite").click()
    expect(dialog.get_by_text("Enter a name.")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Nora Neu")
    dialog.get_by_label("E-mail or username").fill("zoe@zeta.example")
    dialog.get_by_role("radio", name=re.compile("Operator")).check()
    dialog.get_by_role("button", name="Invite").click()
    expect(dialog.get_by_text("belongs to somebody else on this server")).to_be_visible()
    dialog.get_by_label("E-mail or username").fill("nora@acme.example")
    dialog.get_by_role("button", name="Invite").click()
    link = dialog.get_by_role("textbox", name="Invitation link").input_value()
    dialog.get_by_role("button", name="Done").click()
    expect(row(journey, "Nora Neu").get_by_text("Invited until")).to_be_visible()
    journey.page.context.clear_cookies()
    journey.open(f"/invite/{link.rpartition('/')[2]}")
    page.get_by_label("Choose a password").fill("a sentence of my own")
    page.get_by_role("button", name="Set password and log in").click()
    expect(page.get_by_role("tab", name=re.compile("Jobs"))).to_be_visible()


def test_role_and_teams_are_changed_and_stay_so(journey: Journey) -> None:
    page = journey.page
    open_team(journey)
    page.get_by_role("button", name="New team").click()
    page.get_by_role("dialog").get_by_label("Name of the team").fill("North")
    page.keyboard.press("Enter")
    expect(row(journey, "North")).to_be_visible()
    page.get_by_role("button", name="Edit Wanda").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile("Operator")).check()
    dialog.get_by_role("checkbox", name="North").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Wanda was saved.")).to_be_visible()
    expect(row(journey, "wanda@acme.example")).to_contain_text(
        re.compile("Operator.*North", re.DOTALL)
    )
    page.get_by_role("button", name="Rename North").click()
    page.get_by_role("dialog").get_by_label("Name of the team").fill("Nord")
    page.keyboard.press("Enter")
    expect(row(journey, "wanda@acme.example")).to_contain_text("Nord")


def test_deactivating_asks_first_and_can_be_taken_back(journey: Journey) -> None:
    page = journey.page
    open_team(journey)
    page.get_by_role("button", name="Edit Willi").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Deactivate").click()
    expect(dialog.get_by_text("They are logged out at once")).to_be_visible()
    dialog.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Deactivate").click()
    dialog.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_text("Willi was deactivated.")).to_be_visible()
    expect(row(journey, "willi@acme.example")).to_have_count(0)
    assert journey.call(journey.world.willi.key, "getjobs")["status"] == -8
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("dialog").get_by_label("Invitation link")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(row(journey, "willi@acme.example")).to_be_visible()


def test_an_empty_team_is_removed_after_a_question(desk: Journey) -> None:
    page = desk.page
    open_team(desk)
    page.get_by_role("button", name="New team").click()
    page.get_by_role("dialog").get_by_label("Name of the team").fill("North")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Remove North").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No teams yet", exact=True)).to_be_visible()


def test_everything_on_the_page_is_done_by_keyboard(desk: Journey) -> None:
    page = desk.page
    open_team(desk)
    page.get_by_role("button", name="Edit Wanda").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type(" Wels")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Wanda Wels was saved.")).to_be_visible()
    page.get_by_role("button", name="Edit Wanda Wels").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Edit Wanda Wels")).to_be_focused()


def test_an_operator_edits_workers_and_invites_nobody(journey: Journey) -> None:
    page = journey.page
    open_team(journey, "otto@acme.example")
    expect(page.get_by_role("button", name="Invite a member")).to_have_count(0)
    expect(page.get_by_role("button", name="Edit Ada")).to_have_count(0)
    page.get_by_role("button", name="Edit Wanda").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Deactivate")).to_have_count(0)
    dialog.get_by_label("Phone").fill("+43 1 777")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Wanda was saved.")).to_be_visible()


def test_a_worker_is_told_whom_to_ask(journey: Journey) -> None:
    journey.open("/team")
    journey.log_in("wanda@acme.example")
    expect(journey.page.get_by_role("heading", name="For the office")).to_be_visible()
    expect(journey.page.get_by_role("link", name="Team")).to_have_count(0)


def test_a_session_that_ended_leads_to_the_login_and_back(desk: Journey) -> None:
    page = desk.page
    open_team(desk)
    page.get_by_role("button", name="New team").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name of the team").fill("North")
    desk.world.pass_time(days=15)
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    desk.log_in("ada@acme.example")
    expect(page.get_by_role("button", name="New team")).to_be_visible()


def test_a_page_that_looks_by_itself_leads_to_the_login_and_back(desk: Journey) -> None:
    # Nothing is clicked: the log asks for news every few seconds and hears that the session ended.
    desk.open("/integrations")
    desk.log_in("ada@acme.example")
    button = desk.page.get_by_role("button", name="Switch off")
    expect(button).to_be_visible()
    desk.world.pass_time(days=15)
    expect(desk.page.get_by_role("heading", name="Log in")).to_be_visible(timeout=20_000)
    desk.log_in("ada@acme.example")
    expect(button).to_be_visible()


def test_the_delivery_log_shows_a_failure_and_sends_it_again(journey: Journey) -> None:
    page = journey.page
    with hook_receiver() as inbox:
        inbox.answer = Answer(status=410)
        journey.open("/integrations")
        journey.log_in("ada@acme.example")
        page.get_by_role("button", name="Set up").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Address to call").fill(inbox.url)
        dialog.get_by_role("button", name="Save").click()
        dialog.get_by_role("button", name="Close").last.click()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("Given up · 410").first).to_be_visible()
        page.get_by_role("button", name=re.compile("^Details of")).first.click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("listitem").filter(has_text="410")).to_be_visible()
        expect(dialog.get_by_text("action: jobcreated")).to_be_visible()
        # A receiver that is gone is switched off: it is set again before anything is sent.
        expect(dialog.get_by_role("button", name="Send again")).to_be_disabled()
        dialog.get_by_role("button", name="Close").last.click()
        inbox.answer = Answer(status=204)
        page.get_by_role("button", name="Set up").first.click()
        dialog.get_by_label("Address to call").fill(inbox.url)
        dialog.get_by_role("button", name="Save").click()
        dialog.get_by_role("button", name="Close").last.click()
        page.get_by_role("button", name=re.compile("^Details of")).first.click()
        dialog.get_by_role("button", name="Send again").click()
        expect(dialog.get_by_text("Delivered · 204")).to_be_visible()
        expect(dialog.get_by_role("listitem")).to_have_count(2)
        first, second = inbox.wait_for(2)
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
