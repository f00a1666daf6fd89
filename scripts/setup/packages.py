"""The Python packages of the product and of its tests, at the versions and hashes of the lists."""

from __future__ import annotations

from scripts.setup import stamps
from scripts.setup.paths import REQUIREMENTS, ROOT, VENV, VENV_PYTHON
from scripts.setup.shell import CommandFailed, run, step, stop

PROJECT = ROOT / "pyproject.toml"


def prepare_packages(uv: str, group: str) -> None:
    """Make `.venv` hold exactly what requirements/<group>.txt says, and the product itself.

    The test list holds the run list, so a folder that was set up for tests stays so.
    """
    done = stamps.read("packages")
    if done.startswith("test "):
        group = "test"
    names = REQUIREMENTS / f"{group}.txt"
    wanted = f"{group} {stamps.fingerprint([names, PROJECT], str(ROOT))}"
    if done == wanted and (VENV / "bin" / "roundsman").exists():
        return
    stamps.clear("packages")
    python = ["--quiet", "--python", str(VENV_PYTHON)]
    count = sum("==" in line for line in names.read_text(encoding="utf-8").splitlines())
    with step(f"{count} Python packages"):
        try:
            run([uv, "pip", "sync", *python, "--require-hashes", str(names)])
            # uv builds it with the backend inside itself: nothing is fetched.
            run([uv, "pip", "install", *python, "--no-deps", "--offline", "--editable", str(ROOT)])
        except CommandFailed as failure:
            stop("The Python packages could not be installed: is there a network?", failure)
    stamps.write("packages", wanted)
