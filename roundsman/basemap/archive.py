"""Reading tiles from PMTiles files."""

import functools
import mmap
from pathlib import Path

from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,  # pyright: ignore[reportUnknownVariableType] - its second parameter has no type
    zxy_to_tileid,
)

# The name of a base map in the folder of an imported map.
FILE = "basemap.pmtiles"

_HEADER_BYTES = 127
# Directories lead to directories to tiles; the format allows no deeper nesting than this.
_DEEPEST = 4
# So many directories stay unpacked: about 3,000 entries each.
_KEPT = 32


class Archive:
    """One PMTiles file of gzipped vector tiles, mapped: what is not read takes no memory.

    It stays readable when the file is removed, and threads may share it. ValueError when the file
    is no such archive.
    """

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._bytes = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            header = deserialize_header(self._bytes[:_HEADER_BYTES])
        except (MagicNumberNotFound, SpecVersionUnsupported, IndexError) as error:
            raise ValueError(f"{file} is no PMTiles file of version 3") from error
        if header["tile_type"] != TileType.MVT or header["tile_compression"] != Compression.GZIP:
            raise ValueError(f"{file} holds no gzipped vector tiles")
        self._header = header
        self._directory = functools.lru_cache(_KEPT)(self._unpacked)

    @property
    def zooms(self) -> tuple[int, int]:
        """Return the lowest and the highest zoom that has tiles."""
        return self._header["min_zoom"], self._header["max_zoom"]

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile, gzipped, or None when nothing is there."""
        number = zxy_to_tileid(zoom, column, row)
        at, length = self._header["root_offset"], self._header["root_length"]
        for _ in range(_DEEPEST):
            entry = find_tile(self._directory(at, length), number)
            if entry is None:
                return None
            if entry.run_length:
                begin = self._header["tile_data_offset"] + entry.offset
                return self._bytes[begin : begin + entry.length]
            at, length = self._header["leaf_directory_offset"] + entry.offset, entry.length
        return None

    def _unpacked(self, at: int, length: int) -> list[Entry]:
        """Return a directory: which tile lies where."""
        return deserialize_directory(self._bytes[at : at + length])
