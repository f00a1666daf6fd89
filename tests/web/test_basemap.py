"""The tiles under the live map."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

from roundsman.streets.model import ATTRIBUTION
from tests.town import HALL, at
from tests.vector_tiles import covers, layers_of, square

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.web.conftest import Browser
    from tests.world import Person, World

    type Browse = Callable[[Person], Awaitable[Browser]]


def path_of(tiles: str, zoom: int) -> str:
    _, column, row = square(at(30, 20), zoom)
    named = (("{z}", zoom), ("{x}", column), ("{y}", row))
    for name, number in named:
        tiles = tiles.replace(name, str(number))
    return tiles


async def test_without_a_map_there_are_no_tiles(world: World, browse: Browse) -> None:
    browser = await browse(world.otto)
    told = (await browser.get("/web/basemap")).json()
    assert told == {"tiles": "", "maxZoom": 14, "frame": None, "attribution": ""}
    assert (await browser.get("/web/tiles/none/0/0/0")).status_code == 204


async def test_tiles_of_an_imported_map_are_kept_by_the_browser(
    world: World, browse: Browse, scenery: Path, tmp_path: Path
) -> None:
    shutil.copytree(scenery / "map", tmp_path / "map")
    browser = await browse(world.wanda)
    told = (await browser.get("/web/basemap")).json()
    assert told["attribution"] == ATTRIBUTION
    frame = told["frame"]
    assert frame["west"] < HALL.lng < frame["east"]
    assert frame["south"] < HALL.lat < frame["north"]

    address = path_of(told["tiles"], 14)
    tile = await browser.get(address)
    assert tile.status_code == 200
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert tile.headers["content-encoding"] == "gzip"
    assert "immutable" in tile.headers["cache-control"]
    assert tile.headers["cache-control"].startswith("private")
    layers = layers_of(gzip.compress(tile.content))  # the client has unpacked it
    assert covers(layers["buildings"], at(30, 20), 14)

    plain = await browser.http.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == tile.content

    again = await browser.http.get(address, headers={"if-none-match": tile.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    old = await browser.get(path_of("/web/tiles/0123456789abcdef/{z}/{x}/{y}", 14))
    assert old.status_code == 200
    assert old.headers["cache-control"] == "private, no-cache"

    assert (await browser.get(told["tiles"].split("{")[0] + "14/0/0")).status_code == 204
    assert (await browser.get(told["tiles"].split("{")[0] + "15/0/0")).status_code == 204
    assert (await browser.get(told["tiles"].split("{")[0] + "1/-1/0")).status_code == 404


async def test_tiles_are_for_who_is_logged_in(
    browser: Browser, scenery: Path, tmp_path: Path
) -> None:
    shutil.copytree(scenery / "map", tmp_path / "map")
    for path in ("/web/basemap", "/web/tiles/0123456789abcdef/0/0/0"):
        refused = await browser.get(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "bad_login")
