"""A real browser on a real server, for the journeys through the pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import open_browser
from tests.serving import serving
from tests.world import PASSWORD, World, make_world

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser, Page

SCREENS = Path(__file__).resolve().parent.parent.parent / ".tools" / "screens"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield one Chromium for the journeys of a file.

    Playwright keeps an event loop running as long as it is open; tests of other files that bring
    their own could not run beside it.
    """
    with open_browser() as browser:
        yield browser


class Journey:
    """A page of the console and the cast behind it."""

    def __init__(self, world: World, page: Page, url: str) -> None:
        self.world = world
        self.page = page
        self.url = url
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._listen)

    def _listen(self, message: Any) -> None:
        # A refused login is an answer; the browser calls every 4xx an error all the same.
        if message.type == "error" and "status of 4" not in message.text:
            self.problems.append(message.text)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.url + path)

    def log_in(self, username: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("E-mail or username").fill(username)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def call(self, key: str, action: str, **data: Any) -> dict[str, Any]:
        """Call the API as another program does."""
        answer = self.page.request.post(
            f"{self.url}/api/{action}", headers={"API-Key": key}, data={"data": data}
        )
        called: dict[str, Any] = answer.json()
        return called


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def journey(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Journey]:
    """Yield a fresh page at a desktop's and at a phone's width; it must not log an error."""
    yield from open_journey(request, chromium, tmp_path, request.param)


@pytest.fixture
def desk(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Journey]:
    """Yield a fresh page at a desktop's width."""
    yield from open_journey(request, chromium, tmp_path, (1440, 900))


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def mapping(request: pytest.FixtureRequest, chromium: Browser, tmp_path: Path) -> Iterator[Journey]:
    """Yield a journey on a server whose operator lets administrators import maps."""
    yield from open_journey(request, chromium, tmp_path, request.param, map_imports="any")


def open_journey(
    request: pytest.FixtureRequest,
    chromium: Browser,
    folder: Path,
    size: tuple[int, int],
    **settings: Any,
) -> Iterator[Journey]:
    database = request.getfixturevalue("empty_sqlite")
    path = folder / "roundsman.db"
    path.write_bytes(database.read_bytes())
    world = make_world(f"sqlite:///{path}", folder, **settings)
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.set_default_timeout(20_000)
    with serving(world.app.asgi) as url:
        one = Journey(world, page, url)
        yield one
        if request.node.stash.get(FAILED, False):
            SCREENS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENS / f"{re.sub(r'\\W+', '-', request.node.name)}.png")
        context.close()
    assert one.problems == []
