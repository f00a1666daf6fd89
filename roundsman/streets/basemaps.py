"""The base maps of all regions as one picture."""

import gzip
import hashlib
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import structlog
from msgspec import Struct

from roundsman.basemap.archive import FILE, Archive
from roundsman.basemap.layers import MAX_ZOOM
from roundsman.basemap.merging import BadTile, merged
from roundsman.streets.model import Box, Region
from roundsman.streets.store import Store

_log = structlog.get_logger()

# New, replaced and removed regions are noticed after this time.
LOOK_S = 2.0
# So many tiles that several regions share stay merged.
_KEPT = 256
_LEVEL = 1


class Picture(Struct, frozen=True):
    """What there is to draw: `version` changes with it, and is empty when there is nothing."""

    version: str
    regions: tuple[Region, ...] = ()

    @property
    def box(self) -> Box | None:
        """Return the box around all regions."""
        boxes = [region.extract.box for region in self.regions]
        if not boxes:
            return None
        return Box(
            min(box.west for box in boxes),
            min(box.south for box in boxes),
            max(box.east for box in boxes),
            max(box.north for box in boxes),
        )


class BaseMaps:
    """The tiles of the imported regions; where regions meet, a tile holds what both have.

    Threads may share it. Files of a region that is removed are let go when no call reads them.
    """

    def __init__(self, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = Store(data)
        self._clock = clock
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._open: dict[Path, Archive] = {}
        self._bad: dict[Path, str] = {}
        self._picture = Picture("")
        self._kept: dict[tuple[str, int, int, int], bytes] = {}

    def picture(self) -> Picture:
        """Return what there is to draw now."""
        return self._look()[0]

    def health(self, region: Region) -> str:
        """Return what is wrong with a region's base map, or an empty text."""
        self._look()
        file = self._store.version(region) / FILE
        if not region.tiles:
            return "It was imported without a base map. Import it again."
        if not file.is_file():
            return "The file of its base map is gone. Import it again."
        return self._bad.get(file, "")

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile, gzipped, or None when nothing is there or there is no such tile."""
        if not (0 <= zoom <= MAX_ZOOM and 0 <= column < 1 << zoom and 0 <= row < 1 << zoom):
            return None
        picture, archives = self._look()
        found = [tile for one in archives if (tile := _tile(one, zoom, column, row))]
        if len(found) < 2:  # noqa: PLR2004 - nothing to merge
            return found[0] if found else None
        key = (picture.version, zoom, column, row)
        kept = self._kept.get(key)
        if kept is None:
            kept = _together(found)
            with self._lock:
                self._kept[key] = kept
                while len(self._kept) > _KEPT:
                    self._kept.pop(next(iter(self._kept)))
        return kept

    def _look(self) -> tuple[Picture, list[Archive]]:
        """Return what is in use; looks at the folder once in a while."""
        with self._lock:
            now = self._clock()
            if now - self._looked_at >= LOOK_S:
                self._looked_at = now
                self._open_new()
            return self._picture, list(self._open.values())

    def _open_new(self) -> None:
        files = {self._store.version(one) / FILE: one for one in self._store.regions() if one.tiles}
        there = [file for file in files if file.is_file()]
        self._bad = {file: problem for file, problem in self._bad.items() if file in there}
        before, self._open = self._open, {}
        for file in there:
            if file in self._bad:
                continue
            try:
                self._open[file] = before.get(file) or Archive(file)
            except (OSError, ValueError) as problem:
                self._bad[file] = f"Its base map cannot be read ({problem}). Import it again."
                _log.warning("bad_base_map", file=str(file), problem=str(problem))
        regions = tuple(files[file] for file in self._open)
        shown = " ".join(f"{region.name} {region.tiles}" for region in regions)
        version = hashlib.sha256(shown.encode()).hexdigest()[:16] if regions else ""
        self._picture = Picture(version, regions)


def _tile(archive: Archive, zoom: int, column: int, row: int) -> bytes | None:
    """Return a tile, or None where the file is damaged: one bad block is no reason for no map."""
    try:
        return archive.tile(zoom, column, row)
    except (OSError, EOFError, IndexError, zlib.error) as problem:
        _log.warning("bad_tile", zoom=zoom, column=column, row=row, problem=str(problem))
        return None


def _together(tiles: list[bytes]) -> bytes:
    """Return gzipped tiles as one; the first of them when one is broken."""
    try:
        whole = merged([gzip.decompress(tile) for tile in tiles])
    except (BadTile, OSError, EOFError, zlib.error) as problem:
        _log.warning("bad_tile", problem=str(problem))
        return tiles[0]
    return gzip.compress(whole, _LEVEL, mtime=0)
