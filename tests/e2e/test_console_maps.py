"""Journeys over the imported map in a real Chromium: drawn, imported, cancelled, removed."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from roundsman.streets.store import Store
from tests.town import write_grid, write_town

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Request, Response

    from tests.e2e.conftest import Journey

IMPORT_MS = 110_000


def test_the_live_map_stands_on_the_imported_map_and_asks_nobody_else(
    journey: Journey, scenery: Path
) -> None:
    shutil.copytree(scenery / "map", journey.world.app.settings.data / "map")
    hosts: set[str] = set()
    tiles: list[int] = []

    def asked(request: Request) -> None:
        if request.url.startswith("http"):
            hosts.add(request.url.split("/")[2])

    def answered(response: Response) -> None:
        if "/web/tiles/" in response.url:
            tiles.append(response.status)

    journey.page.on("request", asked)
    journey.page.on("response", answered)
    journey.open("/")
    with journey.page.expect_response(re.compile("/web/tiles/.+")):
        journey.log_in("ada@acme.example")
    expect(journey.page.get_by_text("© OpenStreetMap contributors")).to_be_visible()
    # Nothing to show yet: the map begins where the extract lies, near enough for its streets.
    with journey.page.expect_response(re.compile(r"/web/tiles/\w+/1[1-4]/.+")) as near:
        journey.page.get_by_role("button", name="Zoom in").click()
    assert near.value.status == 200
    assert set(tiles) <= {200, 204}
    assert hosts == {journey.url.split("/")[2]}
    assert not any("streets.json" in problem for problem in journey.problems)


def test_an_extract_is_uploaded_imported_and_removed(mapping: Journey, tmp_path: Path) -> None:
    page = mapping.page
    town = write_town(tmp_path / "Small Town.osm.pbf")
    mapping.open("/maps")
    mapping.log_in("ada@acme.example")
    expect(page.get_by_text("No map is imported")).to_be_visible()
    expect(page.get_by_role("link", name="download.geofabrik.de")).to_be_visible()
    page.locator("input[type=file]").set_input_files(town)
    page.get_by_role("button", name="Import Small-Town.osm.pbf").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name of the region")).to_be_focused()
    expect(dialog.get_by_label("Name of the region")).to_have_value("small-town")
    for mode in ("Car", "Van", "Truck", "Motorcycle", "Bicycle", "On foot"):
        dialog.get_by_role("checkbox", name=mode).uncheck()
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog.get_by_text("Choose at least one travel mode.")).to_be_visible()
    dialog.get_by_role("checkbox", name="On foot").check()
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("progressbar", name="Importing small-town")).to_be_visible()
    # It goes on while nobody looks.
    mapping.open("/team")
    mapping.open("/maps")
    row = page.get_by_role("row").filter(has_text="small-town").first
    expect(row.get_by_text("In use")).to_be_visible(timeout=IMPORT_MS)
    expect(row).to_contain_text("9 streets, 0 house numbers, base map")
    expect(row).to_contain_text("On foot")
    expect(page.get_by_text("Map data © OpenStreetMap contributors")).to_be_visible()

    page.get_by_role("button", name="Remove small-town").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("small-town was removed.")).to_be_visible()
    expect(page.get_by_text("No map is imported")).to_be_visible()
    page.get_by_role("button", name="Delete Small-Town.osm.pbf").click()
    expect(page.get_by_text("No extract waits here")).to_be_visible()


def test_an_import_is_cancelled_and_what_is_no_map_is_told(
    mapping: Journey, tmp_path: Path
) -> None:
    page = mapping.page
    extracts = mapping.world.app.settings.data / "extracts"
    extracts.mkdir()
    town = write_town(extracts / "town.osm.pbf")
    (extracts / "cut.osm.pbf").write_bytes(town.read_bytes()[:-30])
    write_grid(extracts / "city.osm.pbf", 150)
    letter = tmp_path / "letter.osm.pbf"
    letter.write_text("Dear Otto,")
    mapping.open("/maps")
    mapping.log_in("ada@acme.example")
    page.locator("input[type=file]").set_input_files(letter)
    expect(page.get_by_text("This is no OpenStreetMap extract")).to_be_visible()

    page.get_by_role("button", name="Import cut.osm.pbf").click()
    page.get_by_role("dialog").get_by_role("button", name="Import", exact=True).click()
    expect(
        page.get_by_text(re.compile("The import of cut failed.*truncated or damaged"))
    ).to_be_visible(timeout=IMPORT_MS)

    page.get_by_role("button", name="Import city.osm.pbf").click()
    page.get_by_role("dialog").get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text(re.compile(r"Step \d+ of 16"))).to_be_visible(timeout=IMPORT_MS)
    with page.expect_response(re.compile("/web/maps/cancel")) as answer:
        page.get_by_role("button", name="Cancel the import").click()
    assert answer.value.status == 202
    expect(page.get_by_text("The import of city was not ended.")).to_be_visible(timeout=IMPORT_MS)
    assert Store(mapping.world.app.settings.data).regions() == []
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("city was removed.")).to_be_visible()


def test_where_companies_share_a_server_its_operator_imports(desk: Journey, scenery: Path) -> None:
    shutil.copytree(scenery / "map", desk.world.app.settings.data / "map")
    desk.open("/maps")
    desk.log_in("zoe@zeta.example")
    expect(desk.page.get_by_text("Several companies share this server")).to_be_visible()
    expect(desk.page.get_by_role("row").filter(has_text="town")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Remove town")).to_have_count(0)
    expect(desk.page.get_by_text("Upload an extract")).to_have_count(0)
    desk.page.context.clear_cookies()
    desk.open("/maps")
    desk.log_in("otto@acme.example")
    expect(desk.page.get_by_role("heading", name="For administrators")).to_be_visible()
