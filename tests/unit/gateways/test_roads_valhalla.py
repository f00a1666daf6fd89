"""Roads of a Valhalla server: a real one over a real, small town, and what happens without."""

from __future__ import annotations

import contextlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import numpy as np
import pytest

from roundsman.core.errors import BadSettings
from roundsman.core.geo import Point, decode_polyline
from roundsman.gateways.roads import Roads, roads_of
from roundsman.gateways.roads_model import GREAT_CIRCLE, NO_WAY
from roundsman.gateways.roads_valhalla import LOOK_S, STOPS, Valhalla
from roundsman.settings import read_settings
from roundsman.streets import crow
from roundsman.streets.model import MODES
from tests.ports import free_port
from tests.project import ROOT
from tests.servers import Answer, hook_receiver
from tests.town import at, write_town
from tests.valhalla import build_tiles, valhalla_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMIT_M = 500.0
FAR_HALL = Point(47.0, 15.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("valhalla")


@pytest.fixture(scope="module")
def config(folder: Path) -> dict[str, Any]:
    return build_tiles(write_town(folder / "town.osm.pbf"), folder / "built")


@pytest.fixture(scope="module")
def server(config: dict[str, Any], folder: Path) -> Iterator[str]:
    with valhalla_server(config, folder) as url:
        yield url


@pytest.fixture(scope="module")
def roads(server: str) -> Iterator[Roads]:
    made = roads_of(data=ROOT, url=server, limit_m=LIMIT_M, engine="valhalla")
    with contextlib.closing(made):
        yield made


# --- a real server --------------------------------------------------------------------------------


def test_a_way_is_as_long_as_its_streets(roads: Roads) -> None:
    table = roads.table([at(0, 0), at(1000, 0), at(500, -400)], "car")
    assert (table.roads, table.note) == ("valhalla:remote", "")
    assert table.metres.tolist() == pytest.approx(
        np.array([[0, 1000, 900], [1000, 0, 900], [900, 900, 0]]), abs=5
    )
    assert 60 < table.seconds[0, 1] < 200
    assert table.seconds.diagonal().tolist() == [0, 0, 0]


def test_a_one_way_street_is_driven_one_way(roads: Roads) -> None:
    table = roads.table([at(200, 300), at(800, 300)], "car")
    assert table.metres[0, 1] == pytest.approx(600, abs=5)
    assert table.metres[1, 0] == pytest.approx(200 + 300 + 1000 + 300 + 200, abs=10)
    assert roads.table([at(200, 300), at(800, 300)], "pedestrian").metres[1, 0] < 700


def test_each_mode_has_its_costing_and_a_truck_goes_around_what_is_closed(roads: Roads) -> None:
    points = [at(500, 0), at(500, -400)]
    metres = {mode: int(roads.table(points, mode).metres[0, 1]) for mode in MODES}
    assert metres["car"] == metres["van"] == metres["motorcycle"] == pytest.approx(400, abs=5)
    assert metres["bicycle"] == metres["pedestrian"] == pytest.approx(400, abs=5)
    assert metres["truck"] == pytest.approx(2600, abs=15)
    seconds = {mode: int(roads.table(points, mode).seconds[0, 1]) for mode in MODES}
    assert seconds["pedestrian"] > seconds["bicycle"] > seconds["car"]


def test_an_island_cannot_be_reached_but_driven_on(roads: Roads) -> None:
    table = roads.table([at(0, 0), at(5000, 0), at(5200, 0)], "car")
    assert table.metres[1, 2] == pytest.approx(200, abs=5)
    assert table.seconds[0].tolist() == [0, NO_WAY, NO_WAY]
    assert table.metres[:, 0].tolist() == [0, NO_WAY, NO_WAY]


def test_positions_are_put_on_streets_within_the_limit(roads: Roads) -> None:
    table = roads.table([at(100, 40), at(1000, -300), at(300, -1600), FAR_HALL], "car")
    near, on, far, farther = table.snaps
    assert near is not None
    assert near.distance_m == pytest.approx(40, abs=2)
    assert near.position.lat == pytest.approx(at(0, 0).lat, abs=1e-5)
    assert on is not None
    assert on.distance_m < 2
    assert (far, farther) == (None, None)
    straight = crow.metres_between([at(300, -1600)], [at(100, 40)])[0, 0]
    assert table.metres[2, 0] == table.metres[0, 2] == pytest.approx(straight, abs=2)


def test_the_line_follows_the_streets(roads: Roads) -> None:
    line = roads.line([at(200, 0), at(500, -400), at(500, -1000)], "car")
    assert (line.roads, line.note) == ("valhalla:remote", "")
    assert line.metres == pytest.approx((700, 600), abs=5)
    assert len(line.seconds) == 2
    points = decode_polyline(line.polyline)
    assert points[0] == pytest.approx((at(200, 0).lat, at(200, 0).lng), abs=2e-5)
    assert points[-1] == pytest.approx((at(500, -1000).lat, at(500, -1000).lng), abs=2e-5)
    assert all(here != there for here, there in pairwise(points))
    nowhere = roads.line([at(0, 0), at(5000, 0)], "car")
    assert (nowhere.roads, nowhere.note) == (GREAT_CIRCLE, "There is no way along streets.")
    off = roads.line([at(0, 0), FAR_HALL], "car")
    assert off.roads == GREAT_CIRCLE


def test_a_way_along_more_stops_than_the_server_takes_is_one(roads: Roads) -> None:
    stops = [at(20 * step, 0) for step in range(2 * STOPS + 3)]
    line = roads.line(stops, "car")
    assert line.roads == "valhalla:remote"
    assert len(line.metres) == len(line.seconds) == len(stops) - 1
    assert sum(line.metres) == pytest.approx(20 * (len(stops) - 1), abs=25)
    assert len(decode_polyline(line.polyline)) < 2 * len(stops)


def test_a_table_larger_than_the_server_takes_is_asked_in_pieces(
    roads: Roads, config: dict[str, Any], folder: Path
) -> None:
    grid = [at(east, north) for east in range(0, 1001, 90) for north in range(-1000, 301, 100)]
    assert len(grid) > 150
    whole = roads.table(grid, "car")
    assert whole.roads == "valhalla:remote"
    assert [snap is not None for snap in whole.snaps].count(True) > 100
    # A server that takes less than usual gives the same.
    limits = config["service_limits"]
    tight = {**limits, "auto": {**limits["auto"], "max_matrix_location_pairs": 700}}
    points = grid[:60]
    with (
        valhalla_server({**config, "service_limits": tight}, folder) as url,
        contextlib.closing(Roads(Valhalla(url, limit_m=LIMIT_M))) as other,
    ):
        table = other.table(points, "car")
        assert table.roads == "valhalla:remote"
        assert (table.metres == whole.metres[:60, :60]).all()
        assert (table.seconds == whole.seconds[:60, :60]).all()


def test_health_says_which_server_answers(roads: Roads, server: str) -> None:
    ((words, wrong),) = roads.health()
    assert words.startswith("Valhalla 3.")
    assert words.endswith(f"at {server} answers")
    assert wrong == ""


def test_new_tiles_are_noticed(server: str) -> None:
    now = 0.0
    with contextlib.closing(Valhalla(server, limit_m=LIMIT_M, clock=lambda: now)) as valhalla:
        network = valhalla.network([], "car")
        assert not isinstance(network, str)
        status = httpx.get(f"{server}/status", trust_env=False).json()
        assert network.version == str(status["tileset_last_modified"])
        now += LOOK_S / 2
        assert valhalla.network([], "car") == network


# --- servers that are none ------------------------------------------------------------------------


def test_a_dead_server_falls_back_and_the_answer_says_so() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with contextlib.closing(Roads(Valhalla(url, limit_m=LIMIT_M), clock=lambda: 0.0)) as roads:
        points = [at(0, 0), at(1000, 0)]
        table = roads.table(points, "car")
        assert table.roads == GREAT_CIRCLE
        assert table.note.startswith(f"The roads gave no answer ({url}: ConnectError")
        assert table.metres[0, 1] == 1300
        assert roads.line(points, "car").note == "The roads gave no answer a moment ago."
        ((_, wrong),) = roads.health()
        assert "ConnectError" in wrong


def test_a_table_that_takes_too_long_is_given_up(server: str) -> None:
    late = iter([0.0, 0.0, 0.0, 100.0])
    slow = Valhalla(server, limit_m=LIMIT_M, clock=lambda: next(late, 100.0))
    with contextlib.closing(Roads(slow)) as roads:
        table = roads.table([at(0, 0), at(1000, 0)], "car")
        assert table.note == f"The roads gave no answer ({server} took too long)."


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ([], "and is no Valhalla server"),
        ({"version": "3.9.1", "tileset_last_modified": 0}, "has no tiles"),
        (
            {"version": "3.9", "tileset_last_modified": 1, "available_actions": ["route"]},
            "does not offer locate, sources_to_targets",
        ),
    ],
)
def test_health_tells_what_is_wrong(answer: object, problem: str) -> None:
    with hook_receiver() as inbox:
        inbox.answer = Answer(body=msgspec.json.encode(answer))
        with contextlib.closing(Valhalla(inbox.url, limit_m=LIMIT_M)) as valhalla:
            ((_, wrong),) = valhalla.health()
            assert problem in wrong


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b"no JSON", b'{"error_code": 154, "error": "too far"}', b'[{"edges": []}, 1]'],
)
def test_an_answer_that_is_none_of_valhalla_is_no_answer(body: bytes) -> None:
    with hook_receiver() as inbox:
        inbox.answer = Answer(body=body)
        with contextlib.closing(Roads(Valhalla(inbox.url, limit_m=LIMIT_M), lambda: 0.0)) as roads:
            table = roads.table([at(0, 0), at(1000, 0)], "car")
            assert table.roads == GREAT_CIRCLE
            assert "The roads gave no answer" in table.note
        with contextlib.closing(Roads(Valhalla(inbox.url, limit_m=LIMIT_M), lambda: 0.0)) as roads:
            assert roads.line([at(0, 0), at(1000, 0)], "car").roads == GREAT_CIRCLE


def test_an_older_servers_long_table_is_read(server: str) -> None:
    """Servers that know no short form answer a cell per pair."""
    asked = {
        "sources": [{"lat": at(0, 0).lat, "lon": at(0, 0).lng}],
        "targets": [{"lat": one.lat, "lon": one.lng} for one in (at(1000, 0), at(5000, 0))],
        "costing": "auto",
    }
    long = httpx.post(f"{server}/sources_to_targets", json=asked, trust_env=False).content
    with hook_receiver() as inbox:
        street = {"edges": [{"correlated_lat": 48.2, "correlated_lon": 16.0}], "nodes": []}
        points = [at(0, 0), at(0, 1), at(0, 2)]
        with contextlib.closing(Valhalla(inbox.url, limit_m=LIMIT_M)) as valhalla:
            network = valhalla.network((), "car")
            assert not isinstance(network, str)
            inbox.answers_first.extend(
                [Answer(body=msgspec.json.encode([street] * 3)), Answer(body=long)]
            )
            found = valhalla.block(network, points, [0], [1, 2])
    assert found.metres.tolist() == [[pytest.approx(1000, abs=5), NO_WAY]]


def test_the_engine_is_a_setting() -> None:
    read = read_settings({"ROUNDSMAN_ROADS_ENGINE": "valhalla"})
    assert read.roads_engine == "valhalla"
    with pytest.raises(BadSettings, match="osrm, valhalla"):
        read_settings({"ROUNDSMAN_ROADS_ENGINE": "graphhopper"})
