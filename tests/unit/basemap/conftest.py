"""A small town with its surroundings, imported once for all tests of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from roundsman.streets.building import import_extract
from roundsman.streets.store import Store
from tests.scenery import write_scenery
from tests.town import MADE_AT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def scenery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory whose map is the town with its surroundings."""
    data = tmp_path_factory.mktemp("scenery")
    file = write_scenery(data / "town.osm.pbf")
    import_extract(Store(data), file, name="town", modes=("car",), now=MADE_AT)
    return data
