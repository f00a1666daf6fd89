"""A Python that is new enough, wherever this machine keeps one, and the project's environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

from scripts.setup import stamps
from scripts.setup.paths import ROOT, VENV, VENV_PYTHON
from scripts.setup.shell import CommandFailed, environment, note, run, step, stop

OLDEST = (3, 12)
PREFERRED = ("3.13", "3.12", "3.14", "3.15")  # checks run on the first two
FOLDERS = (
    "{PYENV_ROOT}/versions/{version}*/bin",
    "{HOME}/.pyenv/versions/{version}*/bin",
    "{HOME}/.local/share/uv/python/cpython-{version}*/bin",
    "{HOME}/.local/share/mise/installs/python/{version}*/bin",
    "{HOME}/.asdf/installs/python/{version}*/bin",
    "{ROOT}/.tools/python/cpython-{version}*/bin",
    "/usr/local/bin",
    "/opt/python{version}*/bin",
    "/opt/python/{version}*/bin",
    "/opt/*/bin",
)
TRIAL = "import ssl, sqlite3, ctypes, venv, sys; print(*sys.version_info[:3], sep='.')"


class Python(NamedTuple):
    """An interpreter that was run and answered."""

    path: str
    version: str


def prepare_environment(uv: str) -> None:
    """Make `.venv` unless it is there, works and was made in this folder."""
    if VENV_PYTHON.exists() and stamps.read("venv") == str(ROOT):
        return
    if VENV_PYTHON.exists() and not stamps.read("venv") and _is_new_enough(str(VENV_PYTHON)):
        stamps.write("venv", str(ROOT))
        return
    python = _find() or _fetch(uv)
    with step(f"environment with Python {python.version}"):
        stamps.clear("packages")
        try:
            run([uv, "venv", "--quiet", "--clear", "--python", python.path, str(VENV)])
        except CommandFailed as failure:
            stop(f"The environment could not be made with {python.path}.", failure)
        stamps.write("venv", str(ROOT))


def _is_new_enough(path: str) -> bool:
    return try_python(path) is not None


def _find() -> Python | None:
    """Return this interpreter if it is new enough, else the best one of the machine."""
    own = getattr(sys, "_base_executable", sys.executable)  # not that of a `.venv` about to go
    for candidate in (own, *_candidates()):
        found = try_python(candidate)
        if found:
            return found
    return None


def _candidates() -> Iterator[str]:
    home = os.environ.get("HOME", "/")
    places = {"HOME": home, "PYENV_ROOT": os.environ.get("PYENV_ROOT", home), "ROOT": str(ROOT)}
    for version in PREFERRED:
        name = f"python{version}"
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
            found = shutil.which(name, path=folder) if folder else None
            if found:
                yield found
        for pattern in FOLDERS:
            yield from _found_in(pattern.format(version=version, **places), name)


def _found_in(pattern: str, name: str) -> Iterator[str]:
    for path in sorted(Path("/").glob(f"{pattern}/{name}".lstrip("/"))):
        yield str(path)


def try_python(path: str) -> Python | None:
    """Run the interpreter: a name on the PATH may be a shim with nothing behind it."""
    try:
        answer = subprocess.run(
            [path, "-c", TRIAL],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = answer.stdout.decode().strip()
    numbers = tuple(int(part) for part in version.split(".")[:2])
    return Python(path, version) if numbers >= OLDEST else None


def _fetch(uv: str) -> Python:
    """Let uv fetch a Python into the project folder, where there is a network that allows it."""
    note("No Python 3.12 or newer on this machine: uv tries to fetch one.")
    try:
        with step(f"Python {PREFERRED[0]}"):
            run([uv, "python", "install", "--no-bin", PREFERRED[0]])
    except CommandFailed as failure:
        here = ".".join(str(part) for part in sys.version_info[:2])
        stop(
            f"Roundsman needs Python 3.12 or newer. This machine has {here} ({sys.executable}), and"
            " none could be fetched.\nInstall one (on Debian 13 or Ubuntu 24.04:"
            " `apt-get install python3`; elsewhere pyenv or uv), then run this again,\nor name one"
            " that is there: `make run PYTHON=/path/to/python3.13`.",
            failure,
        )
    found = _find()
    if not found:
        stop(
            "uv fetched a Python that does not run here. Run `make run PYTHON=/path/to/python3.13`."
        )
    return found
