"""When keys were last used is written in the background, and not lost to an outage."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from roundsman.chores.uses import Uses
from roundsman.core.clock import utc_now
from roundsman.core.errors import NotReady
from roundsman.storage.database import Tx, open_database
from roundsman.storage.dialects import Statement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio


def renamed(name: str, to: str) -> Callable[[Tx], None]:
    return lambda tx: tx.run(Statement(text(f"ALTER TABLE {name} RENAME TO {to}")))


async def test_what_could_not_be_written_is_written_later(
    tmp_path: Path, empty_sqlite: Path
) -> None:
    path = tmp_path / "roundsman.db"
    shutil.copy(empty_sqlite, path)
    db = open_database(f"sqlite:///{path}")
    uses = Uses(db, utc_now)
    uses.note("digest")
    await db.write(renamed("credential", "away"))
    with pytest.raises(NotReady):
        await uses.write()
    await db.write(renamed("away", "credential"))
    uses.note("another")
    assert await uses.write() == 2
    assert await uses.write() == 0
    db.close()
