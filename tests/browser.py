"""The Chromium that the browser tests drive; `make setup` found or fetched it."""

import contextlib
import os
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
NOTE: Final = ROOT / ".tools" / "chromium"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")

# WebGL without a graphics card, no sandbox (root has none), and not one request of its own.
FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

CLEAR_TO_GREEN: Final = """
() => {
  const gl = document.createElement("canvas").getContext("webgl2");
  gl.clearColor(0, 1, 0, 1);
  gl.clear(gl.COLOR_BUFFER_BIT);
  const pixel = new Uint8Array(4);
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  return [...pixel];
}
"""
GREEN: Final = [0, 255, 0, 255]


def chromium_path() -> Path:
    """Return the program: `ROUNDSMAN_CHROMIUM`, what set-up noted, or one on the PATH."""
    noted = NOTE.read_text().strip() if NOTE.exists() else ""
    for candidate in (os.environ.get("ROUNDSMAN_CHROMIUM", ""), noted, *NAMES):
        found = shutil.which(candidate) if candidate else None
        if found:
            return Path(found)
    raise FileNotFoundError(
        "No Chromium. Run `make setup`, or set ROUNDSMAN_CHROMIUM to the path of one."
    )


@contextlib.contextmanager
def open_browser(program: Path | None = None) -> Generator[Browser]:
    """Start Chromium with a new, empty profile; close it when the block ends."""
    program = program or chromium_path()
    _let_playwright_use_our_node()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def _let_playwright_use_our_node() -> None:
    """Name a Node to Playwright: its own wants a library that a bare Debian lacks (libatomic1)."""
    carried = ROOT / ".tools" / "bin" / "node"
    node = str(carried) if carried.exists() else shutil.which("node")
    if node:
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)


def can_draw(program: Path) -> bool:
    """Return whether this browser lays out text and draws with WebGL, as the map needs."""
    with open_browser(program) as browser:
        page = browser.new_page()
        page.set_content("<span>Roundsman</span>")
        box = page.locator("span").bounding_box()
        return box is not None and box["width"] > 0 and page.evaluate(CLEAR_TO_GREEN) == GREEN
