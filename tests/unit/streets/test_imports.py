"""Imports in processes of their own: seen, ended, and outliving who started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from roundsman.core.errors import BadValue, NotReady
from roundsman.streets.building import import_extract
from roundsman.streets.imports import START, Imports
from roundsman.streets.journal import Cancelled, Journal, Work
from roundsman.streets.model import Progress
from roundsman.streets.store import Store
from tests.project import ROOT
from tests.town import MADE_AT, write_town

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAIT_S = 100.0
STEP_S = 0.05


def wait_for(imports: Imports, fits: Callable[[Work], bool]) -> Work:
    """Return the work as soon as it fits."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        latest = imports.latest()
        if latest and fits(latest[0]):
            return latest[0]
        time.sleep(STEP_S)
    raise AssertionError(imports.latest())


def test_an_import_goes_on_by_itself_and_tells_how_far_it_is(tmp_path: Path) -> None:
    store = Store(tmp_path)
    imports = Imports(store)
    assert imports.latest() is None
    file = write_town(tmp_path / "town.osm.pbf")
    imports.start(file, "town", ["car"])
    begun = wait_for(imports, lambda work: work.state == "running")
    assert (begun.name, begun.file, begun.modes) == ("town", "town.osm.pbf", ("car",))
    with pytest.raises(NotReady, match="Another import is at work"):
        imports.start(file, "other", ["car"])
    at_work = wait_for(imports, lambda work: work.done > 1)
    assert at_work.steps == 6
    # Another process that looks sees the same.
    assert wait_for(Imports(Store(tmp_path)), lambda work: work.state != "running").state == "done"
    (region,) = store.regions()
    assert (region.name, region.modes) == ("town", ("car",))


def test_a_cancelled_import_ends_soon_and_keeps_what_was_built(tmp_path: Path) -> None:
    store = Store(tmp_path)
    imports = Imports(store)
    with pytest.raises(NotReady, match="No import is at work"):
        imports.cancel()
    file = write_town(tmp_path / "town.osm.pbf")
    imports.start(file, "town", ["car", "truck"])
    wait_for(imports, lambda work: work.done > 2)
    imports.cancel()
    ended = wait_for(imports, lambda work: work.state != "running")
    assert ended.state == "cancelled"
    assert store.regions() == []
    assert store.unfinished() == ["town"]
    again = import_extract(store, file, name="town", modes=("car", "truck"), now=MADE_AT)
    assert "car" not in again.built
    assert "base map" in again.built


def test_a_step_that_says_nothing_can_be_cancelled_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    journal = Journal(store)
    work = Work(name="town", file="t.osm.pbf", modes=("car",), started_at="2026-01-05T08:00:00Z")
    store.folder.mkdir()
    step = Progress(1, 6, "a long step")

    def at_work() -> None:
        with journal.noting(work, lambda _: None) as tell:
            tell(step)
            found = journal.read()
            assert found is not None
            journal.ask_to_end(replace(found[0], id="another"))  # meant for one that is gone
            tell(step)
            journal.ask_to_end(found[0])
            tell(step)

    with pytest.raises(Cancelled, match="What was built is kept"):
        at_work()
    found = journal.read()
    assert found is not None
    assert found[0].state == "cancelled"
    # The wish is fulfilled: the next import is not ended by it.
    with journal.noting(work, lambda _: None) as tell:
        tell(step)


def test_a_file_of_no_use_is_told_with_its_reason(tmp_path: Path) -> None:
    store = Store(tmp_path)
    file = tmp_path / "letter.osm.pbf"
    file.write_text("Dear Otto,")
    with pytest.raises(BadValue):
        import_extract(store, file, name="town", now=MADE_AT)
    latest = Imports(store).latest()
    assert latest is not None
    assert latest[0].state == "failed"
    assert "no OpenStreetMap extract" in latest[0].message


def test_an_import_that_was_killed_is_told_as_interrupted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    imports = Imports(store)
    file = write_town(tmp_path / "town.osm.pbf")
    words = ["map", "import", str(file), "--modes", "car,truck", "--data", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, "-m", "roundsman", *words],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as importing:
        wait_for(imports, lambda work: work.done > 0)
        os.kill(importing.pid, signal.SIGKILL)
    assert wait_for(imports, lambda work: work.state != "running").state == "interrupted"
    imports.start(file, "town", ["car"])
    assert wait_for(imports, lambda work: bool(work.id)).state in {"running", "done"}
    assert wait_for(imports, lambda work: work.state != "running").state == "done"


def test_a_process_that_never_came_to_its_work_is_told_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    imports = Imports(store)
    journal = Journal(store)
    work = Work(name="town", file="t.osm.pbf", modes=("car",), started_at="2026-01-05T08:00:00Z")
    journal.write(work)
    latest = imports.latest()
    assert latest is not None
    assert latest[0].state == "running"
    with pytest.raises(NotReady, match="just starting"):
        imports.cancel()
    long_ago = (latest[1] - START - timedelta(seconds=1)).timestamp()
    os.utime(store.folder / "import.json", (long_ago, long_ago))
    latest = imports.latest()
    assert latest is not None
    assert latest[0].state == "interrupted"
