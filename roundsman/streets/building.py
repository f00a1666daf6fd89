"""From an extract to a region in use: look at the file, build what is made of it, switch.

What is made of it is a graph per travel mode, the index of addresses and the base map. An import
that was killed is taken up by the next one of the same file: what was done is kept. While a version
is built the one before it stays in use.
"""

import hashlib
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from roundsman.basemap import archive
from roundsman.core.errors import BadValue
from roundsman.geocoding import layout
from roundsman.streets import addresses, child, graphs, noted, tiles
from roundsman.streets.journal import Journal, Work
from roundsman.streets.model import MODES, Extract, Mode, Progress, Region, Survey, Tell
from roundsman.streets.store import Store


class Built(Struct, frozen=True):
    """What an import did: the region in use, and what was built rather than kept.

    `built` names travel modes, `addresses` and `base map`.
    """

    region: Region
    built: tuple[str, ...]


def import_extract(
    store: Store,
    file: Path,
    *,
    name: str,
    modes: Sequence[Mode] = MODES,
    now: datetime,
    tell: Tell = lambda _: None,
) -> Built:
    """Build streets, addresses and base map of an extract; put them into use under a name.

    BadValue when the file is no extract or is broken, NotReady when another import is at work or a
    step fails. A region of that name is replaced when everything is done, not before.
    """
    wanted: tuple[Mode, ...] = tuple(mode for mode in MODES if mode in modes)
    with store.locked():
        work = Work(
            name=name,
            file=file.name,
            modes=wanted,
            started_at=now.isoformat(timespec="seconds"),
        )
        with Journal(store).noting(work, tell) as told:
            return _import(store, file, work, told)


def _import(store: Store, file: Path, work: Work, tell: Tell) -> Built:
    name, wanted = work.name, work.modes
    steps = 2 + len(graphs.STAGES) * len(wanted) + len(tiles.STAGES)
    tell(Progress(0, steps, f"looking at {file.name}"))
    extract = _survey(file)
    digest = _digest(file)
    keys = {mode: graphs.key_of(digest, mode) for mode in wanted}
    index_key, tiles_key = addresses.key_of(digest), tiles.key_of(digest)
    made_of = "".join([*keys.values(), index_key, tiles_key])
    region = Region(
        name=name,
        version=hashlib.sha256(made_of.encode()).hexdigest()[:16],
        file=file.name,
        sha256=digest,
        extract=extract,
        modes=wanted,
        imported_at=work.started_at,
        tiles=tiles_key[:16],
    )
    folder, home = store.building(name, region.version), store.folder / name
    built: list[str] = []
    if not store.version(region).exists():
        folder.mkdir(parents=True, exist_ok=True)
        for number, mode in enumerate(wanted):
            if not graphs.is_there(folder / mode, keys[mode], home):
                said = _step(tell, 1 + len(graphs.STAGES) * number, steps, mode)
                graphs.build(file, mode, keys[mode], folder, said)
                built.append(mode)
        if not noted.is_there(folder, layout.FILE, index_key, home):
            at = steps - 1 - len(tiles.STAGES)
            addresses.build(
                file,
                index_key,
                folder,
                lambda percent: tell(Progress(at, steps, "addresses", percent)),
            )
            built.append("addresses")
        if not noted.is_there(folder, archive.FILE, tiles_key, home):
            tiles.build(file, extract, tiles_key, folder, _cutting(tell, steps))
            built.append("base map")
    store.publish(region)
    tell(Progress(steps, steps, f"{name} is in use"))
    return Built(region, tuple(built))


def _cutting(tell: Tell, steps: int) -> Callable[[int, int | None], None]:
    def said(stage: int, percent: int | None) -> None:
        at = steps - len(tiles.STAGES) + stage
        tell(Progress(at, steps, tiles.STAGES[stage], percent))

    return said


def _step(tell: Tell, first: int, steps: int, mode: Mode) -> Callable[[int, int | None], None]:
    def said(stage: int, percent: int | None) -> None:
        tell(Progress(first + stage, steps, f"{mode}: {graphs.STAGES[stage]}", percent))

    return said


# --- the file -------------------------------------------------------------------------------------


def _survey(file: Path) -> Extract:
    """Return what the file holds, seen by a process that may break over it."""
    if not file.is_file():
        problem = f"There is no file {file}."
        raise BadValue(problem, field="file")
    output = child.captured(
        [sys.executable, "-m", "roundsman.streets.survey", str(file)], environ=child.environ()
    )
    try:
        said = msgspec.json.decode(output, type=Survey)
    except msgspec.MsgspecError as error:
        problem = f"{file} is damaged: reading it ended at once. Fetch it again."
        raise BadValue(problem, field="file") from error
    if said.extract is None:
        problem = f"{file} {said.problem}."
        raise BadValue(problem, field="file")
    return said.extract


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
