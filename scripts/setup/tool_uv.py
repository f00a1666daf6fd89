"""uv, which installs everything else; and the ways to get it on a machine that lacks even pip."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import Callable

from scripts.setup import debian, stamps
from scripts.setup.paths import REQUIREMENTS, TOOLS
from scripts.setup.shell import CommandFailed, run, step, stop

UV = TOOLS / "uv" / "bin" / "uv"
LIST = REQUIREMENTS / "uv.txt"


def prepare_uv() -> str:
    """Return the path of the uv that requirements/uv.txt pins, installed into `.tools`."""
    wanted = stamps.fingerprint([LIST])
    if UV.exists() and stamps.read("uv") == wanted:
        return str(UV)
    with step("uv"):
        installer = _find_installer()
        if not installer:
            stop(
                "This Python has no pip, and there is no other way here to fetch uv. Install one of"
                " them and run this again:\n`apt-get install python3-pip` (Debian, Ubuntu),"
                " `dnf install python3-pip` (Fedora), `apk add py3-pip` (Alpine)."
            )
        shutil.rmtree(str(TOOLS / "uv"), ignore_errors=True)
        try:
            run([*installer, "--quiet", "--require-hashes", "--no-deps", "--target",
                 str(TOOLS / "uv"), "-r", str(LIST)])  # fmt: skip
        except CommandFailed as failure:
            stop("uv could not be fetched: is there a network, and a package index?", failure)
        stamps.write("uv", wanted)
    return str(UV)


def _find_installer() -> list[str] | None:
    """Return the beginning of a command that installs packages: pip's, or a uv's that is there."""
    ways: list[Callable[[], list[str] | None]] = [
        _own_pip, _uv_on_path, _pip_of_ensurepip, _pip_of_debian,
    ]  # fmt: skip
    for way in ways:
        found = way()
        if found:
            return found
    return None


def _own_pip() -> list[str] | None:
    return _pip_if_it_runs([sys.executable, "-m", "pip"])


def _uv_on_path() -> list[str] | None:
    found = shutil.which("uv")
    return [found, "pip", "install", "--python", sys.executable] if found else None


def _pip_of_ensurepip() -> list[str] | None:
    """Make a small environment around the pip that Python itself carries; Debian takes it out."""
    folder = TOOLS / "pip"
    try:
        run([sys.executable, "-m", "venv", "--clear", str(folder)])
    except CommandFailed:
        shutil.rmtree(str(folder), ignore_errors=True)
        return None
    return _pip_if_it_runs([str(folder / "bin" / "python"), "-m", "pip"])


def _pip_of_debian() -> list[str] | None:
    """Take pip out of Debian's package of its wheel; nothing is installed on the machine."""
    try:
        root = debian.unpack(["python3-pip-whl"], TOOLS / "pip-whl")
    except CommandFailed:
        return None
    for wheel in root.glob("usr/share/python-wheels/pip-*.whl"):
        return _pip_if_it_runs([sys.executable, str(wheel / "pip")])
    return None


def _pip_if_it_runs(pip: list[str]) -> list[str] | None:
    try:
        subprocess.run(
            [*pip, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return [*pip, "install"]
