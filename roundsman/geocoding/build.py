"""Building an address index from an OpenStreetMap extract."""

import os
from collections.abc import Callable
from pathlib import Path

from roundsman.geocoding import layout
from roundsman.geocoding.extract import Staging, read
from roundsman.geocoding.writer import Writer

FILE = layout.FILE
_READING, _WRITING = 0.5, 0.4


def _silent(_share: float) -> None:
    """Tell nobody."""


def build_index(pbf: Path, target: Path, progress: Callable[[float], None] = _silent) -> None:
    """Build the address index of an extract (`.osm.pbf`) as one SQLite file at `target`.

    `progress` hears the share that is done, from 0 to 1. The file is written under another name,
    synced and renamed, so `target` is whole or as it was before, whenever the process is killed; a
    second try sweeps away what the first one left. BadExtract, in one sentence for people, when
    the file is no extract or ends too early; OSError when the disk is full or not writable.
    What comes out is derived from OpenStreetMap and under the ODbL: show `ATTRIBUTION` beside it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    notes = target.with_name(f"{target.name}.notes")
    _sweep(part, notes)
    try:
        staging = Staging(notes)
        try:
            ground = read(pbf, staging, lambda share: progress(_READING * share))
            Writer(
                part, ground, staging, lambda share: progress(_READING + _WRITING * share)
            ).write(pbf.name)
        finally:
            staging.close()
        _sync(part)
        part.replace(target)
        _sync(target.parent)
        progress(1.0)
    finally:
        _sweep(part, notes)


def _sweep(*paths: Path) -> None:
    for path in paths:
        for file in (path, path.with_name(f"{path.name}-journal")):
            file.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
