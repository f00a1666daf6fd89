"""What every test may ask for."""

from __future__ import annotations

import contextlib
import logging
import shutil
from typing import TYPE_CHECKING

import pytest
import structlog

from roundsman.storage import migrate
from roundsman.streets.building import import_extract
from roundsman.streets.store import Store
from tests.scenery import write_scenery
from tests.servers import lent_database, template_database
from tests.town import MADE_AT
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator
    from pathlib import Path

    from tests.world import World

# A failing test shows what went wrong, not every request that went right.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@contextlib.contextmanager
def database_of(kind: str, folder: Path, empty_sqlite: Path) -> Generator[str]:
    """Yield the URL of an empty, migrated database."""
    if kind == "sqlite":
        path = folder / "roundsman.db"
        shutil.copy(empty_sqlite, path)
        yield f"sqlite:///{path}"
        return
    template = template_database("schema", migrate.upgrade)
    with lent_database(template, but="alembic_version") as url:
        yield url


@pytest.fixture(scope="session")
def scenery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory whose map is the small town with its surroundings."""
    data = tmp_path_factory.mktemp("scenery")
    file = write_scenery(data / "town.osm.pbf")
    import_extract(Store(data), file, name="town", modes=("car",), now=MADE_AT)
    return data


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path, empty_sqlite: Path) -> Iterator[str]:
    """Yield the URL of a fresh database, once on SQLite and once on PostgreSQL."""
    with database_of(request.param, tmp_path, empty_sqlite) as url:
        yield url


@pytest.fixture
async def world(database: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    """Yield the cast and their server, once on SQLite and once on PostgreSQL."""
    del anyio_backend
    made = make_world(database, tmp_path)
    yield made
    await made.close()
