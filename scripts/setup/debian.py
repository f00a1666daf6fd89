"""Debian's packages, unpacked into the project folder: no root, no change to the machine."""

from __future__ import annotations

import getpass
import os
import shutil
from pathlib import Path
from typing import Sequence

from scripts.setup.paths import TOOLS
from scripts.setup.shell import CommandFailed, run

APT = TOOLS / "apt"


def is_debian() -> bool:
    """Return whether this is Debian itself: Ubuntu's chromium is a stub for another store."""
    release = Path("/etc/os-release")
    lines = release.read_text(encoding="utf-8").splitlines() if release.exists() else []
    return "ID=debian" in lines and shutil.which("apt-get") is not None


def unpack(packages: Sequence[str], target: Path) -> Path:
    """Download the packages and unpack them below `target`, which is returned."""
    archives = _private_apt() / "archives"
    run(["apt-get", *_options(), "download", *packages], cwd=archives)
    shutil.rmtree(str(target), ignore_errors=True)
    for archive in sorted(archives.glob("*.deb")):
        run(["dpkg-deb", "-x", str(archive), str(target)])
        archive.unlink()
    return target


def missing_with(package: str) -> list[str]:
    """Return the package and everything it needs that this machine does not have."""
    _private_apt()
    plan = run(
        ["apt-get", *_options(), "--simulate", "--no-install-recommends", "install", package]
    )
    return [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]


def install(*packages: str) -> None:
    """Install packages on the machine, as root."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update"], env=quiet)
    run(["apt-get", "install", "--yes", "--no-install-recommends", *packages], env=quiet)


def _private_apt() -> Path:
    """Return a folder with apt's lists and archives of our own, brought up to date once."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise CommandFailed(["apt-get"], "This machine has no apt-get.")
    if not (APT / "updated").exists():
        for folder in ("lists/partial", "cache/archives/partial", "archives"):
            (APT / folder).mkdir(parents=True, exist_ok=True)
        run(["apt-get", *_options(), "update"])
        (APT / "updated").touch()
    return APT


def _options() -> list[str]:
    settings = {
        "Dir::State::Lists": APT / "lists",
        "Dir::Cache": APT / "cache",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": getpass.getuser() if os.geteuid() else "root",
    }
    return [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
