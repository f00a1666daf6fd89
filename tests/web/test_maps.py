"""The page on which maps are imported, and who may do what on it."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from roundsman.streets.store import Store
from roundsman.web.maps import why_not
from tests.town import write_town
from tests.web.conftest import Browser
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    import httpx

    from tests.world import Person, World

    type Browse = Callable[[Person], Awaitable[Browser]]

WAIT_S = 100.0


@pytest.fixture
async def ada(database: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Browser]:
    """Yield Ada's browser on a server whose operator lets administrators import maps."""
    del anyio_backend
    world = make_world(database, tmp_path, map_imports="any", map_upload_limit=100_000)
    browser = Browser(world)
    assert (await browser.log_in(world.ada.username)).status_code == 200
    yield browser
    await world.close()


async def page_of(browser: Browser) -> dict[str, Any]:
    answer = await browser.get("/web/maps")
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


async def upload(browser: Browser, name: str, content: bytes, offset: int = 0) -> httpx.Response:
    return await browser.http.put(
        f"/web/maps/files/{name}",
        params={"offset": offset, "size": len(content)},
        content=content[offset:],
        headers={"X-CSRF-Token": browser.csrf},
    )


async def ended(browser: Browser) -> dict[str, Any]:
    """Return the page when no import is at work any more."""
    deadline = time.monotonic() + WAIT_S
    page: dict[str, Any] = {}
    while time.monotonic() < deadline:
        page = await page_of(browser)
        if page["work"] and page["work"]["state"] != "running":
            return page
        await anyio.sleep(0.1)
    raise AssertionError(page)


async def test_an_extract_is_uploaded_imported_and_removed(ada: Browser, tmp_path: Path) -> None:
    empty = await page_of(ada)
    assert (empty["regions"], empty["files"], empty["work"]) == ([], [], None)
    assert (empty["whyNot"], empty["uploadLimit"]) == ("", 100_000)
    assert empty["folder"] == str(tmp_path / "extracts")
    assert empty["free"] > 0

    town = write_town(tmp_path / "town.osm.pbf").read_bytes()
    sent = await upload(ada, "Town.osm.pbf", town)
    assert (sent.status_code, sent.json()) == (200, {"bytes": len(town)})
    (file,) = (await page_of(ada))["files"]
    assert (file["name"], file["bytes"], file["size"]) == ("Town.osm.pbf", len(town), len(town))

    asked = {"file": "Town.osm.pbf", "name": "", "modes": ["truck", "car"]}
    started = await ada.send("POST", "/web/maps/import", asked)
    assert started.status_code == 202, started.text
    busy = await ada.send("POST", "/web/maps/import", asked)
    assert (busy.status_code, busy.json()["code"]) == (503, "not_ready")
    page = await ended(ada)
    assert (page["work"]["state"], page["work"]["name"]) == ("done", "town")
    assert page["work"]["done"] == page["work"]["steps"] == 8
    (region,) = page["regions"]
    assert (region["name"], region["file"]) == ("town", "Town.osm.pbf")
    assert (region["modes"], region["streets"], region["houses"]) == (["car", "truck"], 9, 0)
    assert (region["baseMap"], region["problem"]) == (True, "")
    assert region["bytes"] > 1000
    assert page["attribution"] == "© OpenStreetMap contributors"

    graph = Store(tmp_path).graph(Store(tmp_path).regions()[0], "truck")
    graph.with_suffix(".osrm.hsgr").unlink()
    (broken,) = (await page_of(ada))["regions"]
    assert broken["problem"] == "The streets for truck are gone. Import it again."

    assert (await ada.send("DELETE", "/web/maps/files/Town.osm.pbf")).status_code == 200
    assert (await ada.send("DELETE", "/web/maps/regions/town")).status_code == 200
    gone = await page_of(ada)
    assert (gone["regions"], gone["files"]) == ([], [])
    for path in ("/web/maps/files/Town.osm.pbf", "/web/maps/regions/town"):
        assert (await ada.send("DELETE", path)).status_code == 404


async def test_a_truncated_file_and_a_letter_are_met_with_a_sentence(
    ada: Browser, tmp_path: Path
) -> None:
    letter = await upload(ada, "letter.osm.pbf", b"Dear Otto," * 10)
    assert (letter.status_code, letter.json()["code"]) == (422, "bad_value")
    assert "no OpenStreetMap extract" in letter.json()["message"]
    large = await ada.http.put(
        "/web/maps/files/large.osm.pbf",
        params={"offset": 0, "size": 200_000},
        content=b"x",
        headers={"X-CSRF-Token": ada.csrf},
    )
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert "extracts" in large.json()["message"]

    town = write_town(tmp_path / "town.osm.pbf").read_bytes()
    await upload(ada, "cut.osm.pbf", town[:-30])
    asked = {"file": "cut.osm.pbf", "name": "", "modes": ["car"]}
    assert (await ada.send("POST", "/web/maps/import", asked)).status_code == 202
    page = await ended(ada)
    assert page["work"]["state"] == "failed"
    assert "truncated or damaged" in page["work"]["message"]
    assert page["regions"] == []


async def test_wrong_wishes_are_refused(ada: Browser, tmp_path: Path) -> None:
    town = write_town(tmp_path / "town.osm.pbf").read_bytes()
    await upload(ada, "town.osm.pbf", town)
    good = {"file": "town.osm.pbf", "name": "", "modes": ["car"]}
    for wish, field in (
        ({**good, "file": "none.osm.pbf"}, "file"),
        ({**good, "file": "../town.osm.pbf"}, "file"),
        ({**good, "name": "../x"}, "name"),
        ({**good, "modes": []}, "modes"),
        ({**good, "modes": ["car", "tram"]}, "modes"),
    ):
        refused = await ada.send("POST", "/web/maps/import", wish)
        assert refused.status_code in {404, 422}
        assert refused.json()["field"] == field
    assert (await ada.send("POST", "/web/maps/cancel")).status_code == 503
    for params in ({"offset": "-1", "size": "5"}, {"offset": "0"}, {"offset": "0", "size": "x"}):
        wrong = await ada.http.put(
            "/web/maps/files/town.osm.pbf", params=params, headers={"X-CSRF-Token": ada.csrf}
        )
        assert wrong.status_code == 422
    stale = await ada.http.post("/web/maps/import", json=good)
    assert (stale.status_code, stale.json()["code"]) == (403, "stale_form")


async def test_only_administrators_see_the_page(world: World, browse: Browse) -> None:
    for person in (world.otto, world.wanda):
        browser = await browse(person)
        assert (await browser.get("/web/session")).json()["viewer"]["mayManageCompany"] is False
        assert (await browser.get("/web/maps")).status_code == 403


async def test_one_of_several_companies_does_not_change_everybodys_map(
    world: World, browse: Browse, scenery: Path, tmp_path: Path
) -> None:
    shutil.copytree(scenery / "map", tmp_path / "map")
    extracts = tmp_path / "extracts"
    extracts.mkdir()
    shutil.copy(scenery / "town.osm.pbf", extracts / "town.osm.pbf")
    town = (scenery / "town.osm.pbf").read_bytes()
    for person in (world.ada, world.zoe):
        browser = await browse(person)
        page = await page_of(browser)
        assert "Several companies" in page["whyNot"]
        assert [region["name"] for region in page["regions"]] == ["town"]
        assert (page["files"], page["folder"]) == ([], "")
        asked = {"file": "town.osm.pbf", "name": "town", "modes": ["car"]}
        for answer in (
            await browser.send("POST", "/web/maps/import", asked),
            await browser.send("POST", "/web/maps/cancel"),
            await browser.send("DELETE", "/web/maps/regions/town"),
            await browser.send("DELETE", "/web/maps/files/town.osm.pbf"),
            await upload(browser, "other.osm.pbf", town),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert [region.name for region in Store(tmp_path).regions()] == ["town"]
    assert [path.name for path in extracts.iterdir()] == ["town.osm.pbf"]


@pytest.mark.parametrize(
    ("rule", "companies", "may"),
    [
        ("alone", 1, True),
        ("alone", 2, False),
        ("any", 1, True),
        ("any", 5, True),
        ("nobody", 1, False),
    ],
)
def test_who_may_import(rule: str, companies: int, *, may: bool) -> None:
    assert (why_not(rule, companies) == "") is may
