"""Where imported streets lie: a folder per region, a folder per version, one manifest that counts.

    map/import.json                 how the import at work is (journal.py)
    map/lock                        held by whoever imports or removes
    map/porto/region.json           the manifest: which version is in use
    map/porto/3f9a.../car/          the graph of a travel mode
    map/porto/building/3f9a.../     a version that is being built, or was when its import was killed

A manifest is written last and renamed into place: readers see the old version or the new one,
never something between. A version is removed when its successor counts; who has its files open
keeps them until they let go.
"""

import contextlib
import fcntl
import os
import re
import shutil
import time
import uuid
from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec

from roundsman.core.errors import BadValue, NotReady, UnknownThing
from roundsman.streets.model import Mode, Region

MANIFEST = "region.json"
BUILDING = "building"
GRAPH = "graph.osrm"
# Who only looks whether the map is held holds it for a moment: one try is not enough to say no.
_TRIES, _TRY_S = 5, 0.05
# Rejected early, so that a name is a folder everywhere and nothing else.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class Store:
    """The map folder of a data directory. Nothing is made before it is needed."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "map"

    def regions(self) -> list[Region]:
        """Return what is in use, by name; a folder without a readable manifest is none."""
        found: list[Region] = []
        for manifest in sorted(self.folder.glob(f"*/{MANIFEST}")):
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                found.append(msgspec.json.decode(manifest.read_bytes(), type=Region))
        return found

    def unfinished(self) -> list[str]:
        """Return the names of regions whose import was begun and not ended."""
        return sorted({path.parent.parent.name for path in self.folder.glob(f"*/{BUILDING}/*")})

    def find(self, name: str) -> Region | None:
        """Return a region in use, or None."""
        return next((region for region in self.regions() if region.name == name), None)

    def version(self, region: Region) -> Path:
        """Return the folder of a region's version in use."""
        return self.folder / region.name / region.version

    def graph(self, region: Region, mode: Mode) -> Path:
        """Return the path the road engine is given for a graph."""
        return self.version(region) / mode / GRAPH

    def building(self, name: str, version: str) -> Path:
        """Return the folder a version is built in."""
        return self.folder / name / BUILDING / version

    def bytes_of(self, region: Region) -> int:
        """Return how much room a region's version takes."""
        files = self.version(region).rglob("*")
        return sum(path.stat().st_size for path in files if path.is_file())

    def publish(self, region: Region) -> None:
        """Put a version that was built into use, then remove all others of its region."""
        home = self.folder / region.name
        built = self.building(region.name, region.version)
        if built.exists():
            shutil.rmtree(home / region.version, ignore_errors=True)
            built.rename(home / region.version)
        fresh = home / f"{MANIFEST}.{uuid.uuid4().hex}"
        with fresh.open("xb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(region)))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(home / MANIFEST)
        _sync(home)
        self.tidy(region.name, keep=(region.version,))

    def tidy(self, name: str, keep: Sequence[str]) -> None:
        """Remove what lies in a region's folder besides its manifest and the versions to keep."""
        home = self.folder / name
        for path in home.glob("*"):
            if path.name not in {MANIFEST, *keep}:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Take a region out of use and remove its files. UnknownThing when there is none."""
        home = self.folder / check_name(name)
        if not home.is_dir():
            known = ", ".join(region.name for region in self.regions()) or "none"
            problem = f"There is no region {name}. Imported: {known}."
            raise UnknownThing(problem, field="name")
        (home / MANIFEST).unlink(missing_ok=True)
        _sync(home)
        shutil.rmtree(home)

    @contextlib.contextmanager
    def locked(self) -> Generator[None]:
        """Hold the map alone. NotReady when somebody else imports or the folder is not ours."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / "lock").open("a")
        except OSError as error:
            problem = f"{self.folder} cannot be written ({error.strerror}). Name another --data."
            raise NotReady(problem) from error
        with file:
            for left in reversed(range(_TRIES)):
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    if not left:
                        problem = "Another import is at work on this map. Wait until it is done."
                        raise NotReady(problem) from error
                time.sleep(_TRY_S)
            yield

    def is_locked(self) -> bool:
        """Tell whether somebody holds the map alone."""
        try:
            with (self.folder / "lock").open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False


def check_name(name: str) -> str:
    """Return a region's name. BadValue when it cannot be one."""
    if not _NAME.fullmatch(name) or name == BUILDING:
        problem = (
            f"A region cannot be called {name[:60]!r}. "
            "Use at most 40 small letters, digits, - and _."
        )
        raise BadValue(problem, field="name")
    return name


def name_of(file: Path) -> str:
    """Return the name a region gets from its file: porto-roads of Porto-Roads.osm.pbf."""
    stem = file.name.lower().split(".")[0]
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")[:40] or "map"


def _sync(folder: Path) -> None:
    """Make what was renamed in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
