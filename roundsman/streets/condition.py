"""Whether what was imported is whole and can be used."""

import contextlib
import functools
import sqlite3
from pathlib import Path

from roundsman.geocoding.layout import FILE
from roundsman.geocoding.queries import count_houses
from roundsman.streets.basemaps import BaseMaps
from roundsman.streets.model import Region
from roundsman.streets.store import Store


def problem_of(store: Store, maps: BaseMaps, region: Region) -> str:
    """Return in one sentence what is wrong with a region, or an empty text."""
    gone = [
        mode
        for mode in region.modes
        if not store.graph(region, mode).with_suffix(".osrm.hsgr").is_file()
    ]
    if gone:
        return f"The streets for {', '.join(gone)} are gone. Import it again."
    if houses_of(store, region) is None:
        return "Its addresses cannot be read. Import it again."
    return maps.health(region)


def houses_of(store: Store, region: Region) -> int | None:
    """Return how many house numbers a region has, or None when they cannot be read."""
    return _houses(store.version(region) / FILE)


@functools.lru_cache(64)
def _houses(file: Path) -> int | None:
    """Count once: a version never changes."""
    with contextlib.suppress(sqlite3.Error):
        return count_houses(file)
    return None
