"""`roundsman map` as people and scripts run it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from roundsman.streets.model import ATTRIBUTION
from roundsman.streets.store import Store
from tests.project import ROOT
from tests.town import write_town

if TYPE_CHECKING:
    from pathlib import Path

WAIT_S = 110


def roundsman(data: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    ended = subprocess.run(
        [sys.executable, "-m", "roundsman", *words, "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
    )
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended


def asked(data: Path, *words: str, code: int = 0) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(roundsman(data, *words, "--json", code=code).stdout)
    return said


def test_a_map_is_imported_looked_at_and_removed(tmp_path: Path) -> None:
    town = write_town(tmp_path / "Small-Town.osm.pbf")
    data = tmp_path / "data"
    nothing = roundsman(data, "map", "status").stdout
    assert "No map is imported" in nothing
    assert "roundsman map import" in nothing

    done = roundsman(data, "map", "import", str(town), "--modes", "car, Truck")
    assert done.stderr.splitlines() == [
        "[0/8] looking at Small-Town.osm.pbf",
        "[1/8] car: reading streets",
        "[2/8] car: building shortcuts",
        "[3/8] truck: reading streets",
        "[4/8] truck: building shortcuts",
        "[5/8] addresses",
        "[6/8] base map: reading",
        "[7/8] base map: cutting tiles",
        "[8/8] small-town is in use",
    ]
    assert "small-town" in done.stdout
    assert "car, truck" in done.stdout

    status = asked(data, "map", "status")
    (region,) = status["regions"]
    assert (region["name"], region["modes"]) == ("small-town", ["car", "truck"])
    assert region["extract"]["streets"] == 9
    assert region["bytes"] > 1000
    assert (status["unfinished"], status["work"]) == ([], None)
    assert status["attribution"] == ATTRIBUTION
    assert ATTRIBUTION in roundsman(data, "map", "status").stdout

    # Nothing listens here and no database was made: the doctor has more to say, roads are well.
    doctor = msgspec.json.decode(roundsman(data, "doctor", "--json").stdout)
    (roads,) = [check for check in doctor["checks"] if check["what"] == "Roads"]
    assert (roads["state"], roads["found"][:22]) == ("ok", "small-town: car, truck")
    (base,) = [check for check in doctor["checks"] if check["what"] == "Base map"]
    assert (base["state"], base["found"]) == ("ok", "small-town")

    assert asked(data, "map", "remove", "small-town") == {"removed": "small-town"}
    assert asked(data, "map", "status")["regions"] == []


def test_an_import_in_json_answers_with_the_region(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town.osm.pbf")
    words = ("map", "import", str(town), "--name", "porto", "--modes", "pedestrian")
    said = asked(tmp_path, *words)
    assert (said["name"], said["modes"]) == ("porto", ["pedestrian"])
    assert said["built"] == ["pedestrian", "addresses", "base map"]
    assert asked(tmp_path, *words)["built"] == []


def test_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town.osm.pbf")
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(town.read_bytes()[:-20])
    for words, code, field, part in (
        (("import", str(broken)), "bad_value", "file", "truncated or damaged"),
        (("import", str(tmp_path / "none.pbf")), "bad_value", "file", "There is no file"),
        (("import", str(tmp_path)), "bad_value", "file", "There is no file"),
        (("import", str(town), "--modes", "tram"), "bad_value", "modes", "no travel mode 'tram'"),
        (("import", str(town), "--name", "../x"), "bad_value", "name", "cannot be called"),
        (("remove", "atlantis"), "unknown_thing", "name", "no region atlantis"),
    ):
        error = asked(tmp_path, "map", *words, code=1)["error"]
        assert (error["code"], error["field"]) == (code, field)
        assert part in error["message"]
    assert Store(tmp_path).regions() == []


def test_two_imports_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    town = write_town(tmp_path / "town.osm.pbf")
    with Store(tmp_path).locked():
        refused = asked(tmp_path, "map", "import", str(town), code=1)
    assert refused["error"]["code"] == "not_ready"
    assert "at work" in refused["error"]["message"]
