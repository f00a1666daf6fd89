"""Bring this folder to where it runs, or to where its tests run. Doing it twice does nothing.

    python3 -m scripts.setup run|test|uv

run: the product and its front end. test: also the tools of the tests and a Chromium. uv: uv alone,
for `make lock`.
"""

from __future__ import annotations

import argparse
import fcntl
import os

from scripts.setup.chromium import prepare_chromium
from scripts.setup.engine import begin_engine
from scripts.setup.frontend import prepare_frontend, prepare_modules
from scripts.setup.packages import prepare_packages
from scripts.setup.paths import ROOT, TOOLS
from scripts.setup.pythons import prepare_environment
from scripts.setup.shell import stop
from scripts.setup.tool_uv import prepare_uv


def main() -> None:
    """Do what is missing for the goal that was named."""
    ask = argparse.ArgumentParser(prog="scripts.setup", description=(__doc__ or "").split("\n")[0])
    ask.add_argument("goal", choices=["run", "test", "uv"])
    goal = ask.parse_args().goal
    if not os.access(str(ROOT), os.W_OK):
        stop(
            f"{ROOT} cannot be written to, and everything is installed there. Use a clone of yours."
        )
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second finds all done
        prepare(goal)


def prepare(goal: str) -> None:
    """Do the steps of a goal, each of which does nothing when it has nothing to do."""
    uv = prepare_uv()
    if goal == "uv":
        return
    prepare_environment(uv)
    prepare_packages(uv, goal)
    finish_engine = begin_engine()
    prepare_frontend(uv)
    finish_engine()
    if goal == "test":
        prepare_modules(uv)
        prepare_chromium(uv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("Interrupted. Run it again: it goes on where it was.")
