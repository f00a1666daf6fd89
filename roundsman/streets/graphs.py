"""A road graph of a travel mode: the engine's tools over our profiles."""

import functools
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from roundsman.core.errors import NotReady
from roundsman.streets import child
from roundsman.streets.model import Mode
from roundsman.streets.store import GRAPH

PROFILES = Path(__file__).parent / "profiles"
STAGES = ("reading streets", "building shortcuts")
# What the engine reads to answer; the rest is scaffolding and half of the room.
_NEEDED = frozenset(
    {
        "datasource_names",
        "ebg_nodes",
        "edges",
        "fileIndex",
        "geometry",
        "hsgr",
        "icd",
        "maneuver_overrides",
        "names",
        "nbg_nodes",
        "properties",
        "ramIndex",
        "timestamp",
        "tld",
        "tls",
        "turn_duration_penalties",
        "turn_weight_penalties",
    }
)


def key_of(digest: str, mode: Mode) -> str:
    """Return what a graph is made of: extract, profiles and engine. Equal keys, equal graphs."""
    made_of = hashlib.sha256(f"{digest} {metadata.version('osrm-bindings')} {mode}".encode())
    for profile in sorted(PROFILES.glob("*.lua")):
        made_of.update(profile.read_bytes())
    return made_of.hexdigest()


def is_there(graph: Path, key: str, region: Path) -> bool:
    """Tell whether a graph is there already, maybe by way of another version of its region."""
    if _is(graph, key):
        return True
    for other in region.glob(f"*/{graph.name}"):
        if _is(other, key):
            part = _part(graph)
            shutil.copytree(other, part, copy_function=os.link)
            part.rename(graph)
            return True
    return False


def _part(graph: Path) -> Path:
    """Return a fresh name to build a graph under; what others have left behind is removed.

    Fresh, because the tool of an import that was killed may live on for a moment and write.
    """
    for left in graph.parent.glob(f"{graph.name}.*.part"):
        shutil.rmtree(left, ignore_errors=True)
    return graph.with_name(f"{graph.name}.{uuid.uuid4().hex}.part")


def _is(graph: Path, key: str) -> bool:
    note = graph / "key"
    return note.is_file() and note.read_text() == key


def build(
    file: Path, mode: Mode, key: str, folder: Path, tell: Callable[[int, int | None], None]
) -> None:
    """Build one graph beside its place and move it there when it is whole.

    `tell` hears the stage (an index of STAGES) and the percents of it. NotReady when a step fails.
    """
    part = _part(folder / mode)
    part.mkdir()
    source = part / "extract.osm.pbf"  # the engine goes by the end of the name
    source.symlink_to(file.resolve())
    engine = _engine()
    log = folder / child.LOG
    environ = {**child.environ(), "LUA_PATH": f"{engine / 'share' / 'profiles'}/?.lua;;"}
    threads = str(os.cpu_count() or 1)
    stages = (
        [
            str(engine / "bin" / "osrm-extract"),
            *("--profile", str(PROFILES / f"mode_{mode}.lua")),
            *("--threads", threads, "--output", str(part / "graph"), str(source)),
        ],
        [str(engine / "bin" / "osrm-contract"), "--threads", threads, str(part / GRAPH)],
    )
    for stage, words in enumerate(stages):
        tell(stage, None)
        try:
            child.run(
                words,
                log=log,
                environ=environ,
                tell=functools.partial(tell, stage),
            )
        except child.Failed as failed:
            problem = f"The streets for {mode} could not be built: {failed}. See {log}."
            raise NotReady(problem) from failed
    for path in part.iterdir():
        if path.suffix.removeprefix(".") not in _NEEDED:
            path.unlink()
    (part / "key").write_text(key)
    shutil.rmtree(folder / mode, ignore_errors=True)
    part.rename(folder / mode)


def _engine() -> Path:
    """Return the folder of the installed road engine with its programs and profiles."""
    found = find_spec("osrm")
    if found is None or found.origin is None:
        problem = "The road engine is not installed. Install osrm-bindings."
        raise NotReady(problem)
    return Path(found.origin).parent
