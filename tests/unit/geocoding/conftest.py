"""The two towns, built once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roundsman.geocoding.queries import Index
from tests.addresses import build_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    index = Index(build_addresses(Path(tmp_path_factory.mktemp("towns"))))
    yield index
    index.close()
