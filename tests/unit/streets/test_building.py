"""Importing an extract: the real engine builds a real, small town."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import osmium
import osmium.osm.mutable as make
import pytest

from roundsman.core.errors import BadValue, NotReady
from roundsman.geocoding import build as addresses
from roundsman.streets import child
from roundsman.streets.building import import_extract
from roundsman.streets.child import Failed, run
from roundsman.streets.model import MODES, Progress
from roundsman.streets.store import Store
from tests.project import ROOT
from tests.town import MADE_AT, at, import_town, write_town

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = 110


def test_every_travel_mode_gets_a_graph(tmp_path: Path) -> None:
    heard: list[Progress] = []
    file = write_town(tmp_path / "town.osm.pbf")
    store = Store(tmp_path)
    done = import_extract(store, file, name="town", now=MADE_AT, tell=heard.append)
    assert done.built == (*MODES, "addresses", "base map")
    assert store.find("town") == done.region
    assert done.region.extract.streets == 9
    box = done.region.extract.box.wider(1)
    assert box.holds(at(0, 0))
    assert box.holds(at(5200, 0))
    assert not box.holds(at(5210, 0))
    assert (store.version(done.region) / addresses.FILE).is_file()
    for mode in MODES:
        assert store.graph(done.region, mode).with_suffix(".osrm.hsgr").is_file()
    assert (store.version(done.region) / "import.log").stat().st_size
    assert [one.done for one in heard] == sorted(one.done for one in heard)
    assert (heard[0].done, heard[-1].done) == (0, heard[-1].steps)
    assert any(one.percent is not None for one in heard)


def test_the_same_file_is_not_built_twice(tmp_path: Path) -> None:
    first = import_town(tmp_path, "car")
    again = import_town(tmp_path, "car")
    assert (first.built, again.built) == (("car", "addresses", "base map"), ())
    assert again.region.version == first.region.version
    more = import_town(tmp_path, "car", "truck")
    assert more.built == ("truck",)
    assert more.region.modes == ("car", "truck")
    assert Store(tmp_path).regions() == [more.region]


def test_another_file_of_the_name_replaces_the_region(tmp_path: Path) -> None:
    before = import_town(tmp_path, "car").region
    after = import_town(tmp_path, "car", surface="gravel").region
    assert after.version != before.version
    assert Store(tmp_path).regions() == [after]
    assert not Store(tmp_path).version(before).exists()


def test_a_killed_import_goes_on_where_it_was(tmp_path: Path) -> None:
    before = import_town(tmp_path, "car").region
    file = write_town(tmp_path / "new.osm.pbf", surface="gravel")
    words = ["map", "import", str(file), "--name", "town", "--modes", "car,truck"]
    with subprocess.Popen(
        [sys.executable, "-m", "roundsman", *words, "--data", str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as importing:
        assert importing.stderr is not None
        for line in importing.stderr:
            if "truck" in line:
                break
        os.kill(importing.pid, signal.SIGKILL)
    store = Store(tmp_path)
    assert store.regions() == [before]
    assert store.unfinished() == ["town"]
    after = import_extract(store, file, name="town", modes=("car", "truck"), now=MADE_AT)
    assert after.built == ("truck", "addresses", "base map")
    assert store.regions() == [after.region]
    assert store.unfinished() == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_file_is_refused_and_what_was_there_stays(tmp_path: Path, share: float) -> None:
    before = import_town(tmp_path, "car").region
    whole = (tmp_path / "town.osm.pbf").read_bytes()
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(whole[: int(len(whole) * share)])
    store = Store(tmp_path)
    with pytest.raises(BadValue, match=r"truncated or damaged .* fetch it again"):
        import_extract(store, broken, name="town", now=MADE_AT)
    assert store.regions() == [before]
    assert store.unfinished() == []


def test_what_is_no_extract_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    text = tmp_path / "letter.osm.pbf"
    text.write_text("Dear Otto,\n" * 100)
    with pytest.raises(BadValue, match="no OpenStreetMap extract"):
        import_extract(store, text, name="town", now=MADE_AT)
    with pytest.raises(BadValue, match="There is no file"):
        import_extract(store, tmp_path / "nowhere.osm.pbf", name="town", now=MADE_AT)
    fields = tmp_path / "fields.osm.pbf"
    with osmium.SimpleWriter(str(fields)) as writer:
        writer.add_node(make.Node(id=1, location=(16.0, 48.2)))
    with pytest.raises(BadValue, match="holds no streets"):
        import_extract(store, fields, name="town", now=MADE_AT)
    lost = tmp_path / "lost.osm.pbf"
    with osmium.SimpleWriter(str(lost)) as writer:
        writer.add_way(make.Way(id=1, tags={"highway": "residential"}, nodes=[1, 2]))
    with pytest.raises(BadValue, match="no positions"):
        import_extract(store, lost, name="town", now=MADE_AT)
    assert store.regions() == []


def test_streets_of_no_use_to_a_mode_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match=r"streets for car could not be built: .*import\.log"):
        import_town(tmp_path, "car", access="no")
    assert Store(tmp_path).regions() == []


# --- one step -------------------------------------------------------------------------------------


def test_a_step_is_logged_and_tells_percents(tmp_path: Path) -> None:
    log, heard = tmp_path / "log", list[int | None]()
    script = "print('[info] 10% ... 30%', flush=True); print('done')"
    run([sys.executable, "-c", script], log=log, memory=2**31, environ={}, tell=heard.append)
    assert heard[-1] == 30
    assert "[info] 10% ... 30%\ndone\n" in log.read_text()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import sys; print('[x] [error] no roads'); sys.exit(1)", "no roads"),
        ("import sys; sys.exit(3)", "it ended with 3"),
        ("import os; os.abort()", "ended by signal 6"),
        ("import os; os.kill(os.getpid(), 9)", "more memory"),
    ],
)
def test_a_step_that_fails_says_why(tmp_path: Path, script: str, reason: str) -> None:
    with pytest.raises(Failed, match=reason):
        run([sys.executable, "-c", script], log=tmp_path / "log", memory=2**31, environ={})


def test_a_step_cannot_take_more_memory_than_it_may_have(tmp_path: Path) -> None:
    greedy = "import time\nfor _ in range(100):\n time.sleep(0.01)\nbytearray(2**30)"
    with pytest.raises(Failed, match=r"more memory than the 0\.5 GiB"):
        run([sys.executable, "-c", greedy], log=tmp_path / "log", memory=2**29, environ={})


def test_a_step_ends_with_whoever_leaves_early(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    script = (
        f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid()))\n"
        "print('1%', flush=True); time.sleep(600)"
    )

    def leave(_: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(
            [sys.executable, "-c", script],
            log=tmp_path / "log",
            memory=2**31,
            environ={},
            tell=leave,
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_free_memory_is_known() -> None:
    assert child.free_memory() > 2**20
