"""What the tests of the RPC surface may ask for besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from tests.conftest import database_of
from tests.world import make_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.world import World


@pytest.fixture(scope="module")
def still_world(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[World]:
    """Yield one world for all tests of a module that change nothing in it and need no database."""
    folder = tmp_path_factory.mktemp("still")
    with database_of("sqlite", folder, empty_sqlite) as url:
        made = make_world(url, folder)
        yield made
        anyio.run(made.close)
