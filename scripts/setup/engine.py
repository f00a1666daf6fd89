"""The compiled code of the planner, made while the front end is built."""

from __future__ import annotations

import subprocess
from typing import Callable

from scripts.setup import stamps
from scripts.setup.paths import REQUIREMENTS, ROOT, VENV_PYTHON
from scripts.setup.shell import environment, step, stop

SOURCES = ROOT / "roundsman" / "dispatch" / "engine"
WARM = "from roundsman.dispatch.solver import warm; warm()"


def begin_engine() -> Callable[[], None]:
    """Begin to compile, if the sources changed since last time; return what waits for the end."""
    if not SOURCES.is_dir():
        return _nothing
    wanted = stamps.fingerprint([*SOURCES.glob("*.py"), REQUIREMENTS / "run.txt"])
    if stamps.read("engine") == wanted:
        return _nothing
    stamps.clear("engine")
    compiling = subprocess.Popen(
        [str(VENV_PYTHON), "-c", WARM],
        cwd=str(ROOT),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )

    def finish() -> None:
        with step("planner, compiled beside the rest"):
            said, _ = compiling.communicate()
        if compiling.returncode:
            print(said.decode(errors="replace"))
            stop("The planner cannot be compiled. The lines above say why.")
        stamps.write("engine", wanted)

    return finish


def _nothing() -> None:
    """Wait for nothing."""
