"""Roads: streets of a real, small town, asked through the real engine, and what happens without."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from roundsman.core.geo import Point, encode_polyline
from roundsman.gateways.roads import REST_S, Roads, roads_of
from roundsman.gateways.roads_embedded import Embedded
from roundsman.gateways.roads_model import GREAT_CIRCLE, NO_WAY
from roundsman.gateways.roads_remote import Remote
from roundsman.streets import crow
from roundsman.streets.store import Store
from tests.ports import free_port, until_it_answers
from tests.project import ROOT
from tests.town import at, import_town

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

LIMIT_M = 500.0
FAR_HALL = Point(47.0, 15.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with the town, which no test changes."""
    folder = tmp_path_factory.mktemp("town")
    import_town(folder, "car", "van", "truck")
    return folder


@pytest.fixture(scope="module")
def roads(data: Path) -> Iterator[Roads]:
    with contextlib.closing(roads_of(data=data, url="", limit_m=LIMIT_M)) as made:
        yield made


# --- streets of our own ---------------------------------------------------------------------------


def test_a_way_is_as_long_as_its_streets(roads: Roads) -> None:
    table = roads.table([at(0, 0), at(1000, 0), at(500, -400)], "car")
    assert (table.roads, table.note) == ("osrm:town", "")
    assert table.metres.tolist() == pytest.approx(
        np.array([[0, 1000, 900], [1000, 0, 900], [900, 900, 0]]), abs=3
    )
    # A residential street is driven at some 25 km/h.
    assert 100 < table.seconds[0, 1] < 200
    assert table.seconds.diagonal().tolist() == [0, 0, 0]


def test_a_one_way_street_is_driven_one_way(roads: Roads) -> None:
    table = roads.table([at(200, 300), at(800, 300)], "car")
    assert table.metres[0, 1] == pytest.approx(600, abs=3)
    assert table.metres[1, 0] == pytest.approx(200 + 300 + 1000 + 300 + 200, abs=5)


def test_a_truck_goes_around_what_is_closed_or_too_low_for_it(roads: Roads) -> None:
    points = [at(500, 0), at(500, -400)]
    assert roads.table(points, "car").metres[0, 1] == pytest.approx(400, abs=3)
    assert roads.table(points, "van").metres[0, 1] == pytest.approx(400, abs=3)
    assert roads.table(points, "truck").metres[0, 1] == pytest.approx(2600, abs=10)
    under = [at(0, -50), at(0, -400)]
    assert roads.table(under, "van").metres[0, 1] == pytest.approx(350, abs=3)


def test_an_island_cannot_be_reached_but_driven_on(roads: Roads) -> None:
    table = roads.table([at(0, 0), at(5000, 0), at(5200, 0)], "car")
    assert table.metres[1, 2] == pytest.approx(200, abs=3)
    assert table.seconds[0].tolist() == [0, NO_WAY, NO_WAY]
    assert table.metres[:, 0].tolist() == [0, NO_WAY, NO_WAY]


def test_positions_are_put_on_streets_within_the_limit(roads: Roads) -> None:
    table = roads.table([at(100, 40), at(1000, -300), at(300, -1600)], "car")
    near, on, far = table.snaps
    assert near is not None
    assert near.distance_m == pytest.approx(40, abs=2)
    assert near.position.lat == pytest.approx(at(0, 0).lat, abs=1e-5)
    assert on is not None
    assert on.distance_m < 2
    assert far is None
    straight = crow.metres_between([at(300, -1600)], [at(100, 40)])[0, 0]
    assert table.metres[2, 0] == table.metres[0, 2] == pytest.approx(straight, abs=2)
    assert table.seconds[2, 0] == crow.seconds_of(table.metres[2:, :1], "car")[0, 0]


def test_positions_outside_of_every_map_go_straight(roads: Roads) -> None:
    table = roads.table([at(0, 0), FAR_HALL, at(1000, 0)], "car")
    assert table.roads == "osrm:town"
    assert [snap is None for snap in table.snaps] == [False, True, False]
    assert table.metres[0, 2] == pytest.approx(1000, abs=3)
    assert table.metres[0, 1] == pytest.approx(
        crow.metres_between([at(0, 0)], [FAR_HALL])[0, 0], abs=2
    )
    nowhere = roads.table([FAR_HALL, FAR_HALL], "car")
    assert nowhere.roads == GREAT_CIRCLE
    assert "outside" in nowhere.note


def test_a_mode_without_a_graph_goes_straight(roads: Roads) -> None:
    table = roads.table([at(0, 0), at(1000, 0)], "bicycle")
    assert table.roads == GREAT_CIRCLE
    assert table.note == "No imported map has streets for bicycle."
    assert table.metres[0, 1] == 1300


@pytest.mark.parametrize("count", [0, 1])
def test_a_table_of_hardly_any_points_is_one(roads: Roads, count: int) -> None:
    table = roads.table([at(0, 0)] * count, "car")
    assert table.seconds.tolist() == table.metres.tolist() == [[0] * count] * count


def test_the_same_position_twice_is_one_place(roads: Roads) -> None:
    table = roads.table([at(0, 0), at(1000, 0), at(0, 0)], "car")
    assert table.metres[0, 2] == 0
    assert table.metres[1, 0] == table.metres[1, 2] == pytest.approx(1000, abs=3)


def test_the_line_follows_the_streets(roads: Roads) -> None:
    line = roads.line([at(800, 300), at(200, 300), at(200, 0)], "car")
    assert line.roads == "osrm:town"
    assert sum(line.metres) == pytest.approx(2000 + 1900, abs=15)
    assert line.metres[0] == pytest.approx(2000, abs=5)
    assert len(line.polyline) > 20
    straight = roads.line([at(0, 0), at(5000, 0)], "car")
    assert (straight.roads, straight.note) == (GREAT_CIRCLE, "There is no way along streets.")
    ends = [at(0, 0), at(5000, 0)]
    assert straight.polyline == encode_polyline((end.lat, end.lng) for end in ends)
    assert straight.metres == (6500,)
    off = roads.line([at(0, 0), at(300, -1600)], "car")
    assert off.roads == GREAT_CIRCLE


def test_health_names_every_region(roads: Roads) -> None:
    assert roads.health() == [("town: car, van, truck, imported 2026-01-05", "")]


# --- several maps, new maps, no map ---------------------------------------------------------------


def test_without_a_map_it_goes_straight(tmp_path: Path) -> None:
    with contextlib.closing(roads_of(data=tmp_path, url="", limit_m=LIMIT_M)) as roads:
        roads.warm()
        table = roads.table([at(0, 0), at(1000, 0)], "car")
        assert (table.roads, table.note) == (GREAT_CIRCLE, "No map is imported.")
        assert table.metres.tolist() == [[0, 1300], [1300, 0]]
        assert roads.health() == []


def test_the_map_is_chosen_by_position_and_a_new_one_counts_at_once(tmp_path: Path) -> None:
    with contextlib.closing(roads_of(data=tmp_path, url="", limit_m=LIMIT_M)) as roads:
        here = [at(0, 0), at(1000, 0)]
        there = [at(0, 0, hall=FAR_HALL), at(1000, 0, hall=FAR_HALL)]
        assert roads.table(here, "car").roads == GREAT_CIRCLE
        import_town(tmp_path, "car", name="east")
        import_town(tmp_path, "car", name="west", hall=FAR_HALL)
        assert roads.table(here, "car").roads == "osrm:east"
        assert roads.table(there, "car").roads == "osrm:west"
        both = roads.table([*here, *there], "car")
        assert both.roads == GREAT_CIRCLE
        assert both.note == "The positions lie in different imported maps."
        # The same town, driven at walking pace: what was remembered of the old one is forgotten.
        before = roads.table(here, "car")
        import_town(tmp_path, "car", name="east", maxspeed="5")
        after = roads.table(here, "car")
        assert after.metres.tolist() == before.metres.tolist()
        assert after.seconds[0, 1] > 2 * before.seconds[0, 1]


def test_a_process_that_hangs_is_ended_and_the_plan_goes_straight(data: Path) -> None:
    now, others = 1000.0, engines()
    embedded = Embedded(Store(data), limit_m=LIMIT_M, longest_s=5.0)
    with contextlib.closing(Roads(embedded, clock=lambda: now)) as roads:
        assert embedded.health()[0][1] == ""
        (process,) = set(engines()) - set(others)
        os.kill(process, signal.SIGSTOP)
        points = [at(0, 0), at(800, 0)]
        table = roads.table(points, "car")
        assert table.roads == GREAT_CIRCLE
        assert table.note == "The roads gave no answer (the road engine stopped)."
        assert roads.table(points, "car").note == "The roads gave no answer a moment ago."
        assert process not in engines()


def test_a_process_that_died_is_replaced(data: Path) -> None:
    others = engines()
    with contextlib.closing(roads_of(data=data, url="", limit_m=LIMIT_M)) as roads:
        assert roads.table([at(0, 0), at(1000, 0)], "car").roads == "osrm:town"
        (process,) = set(engines()) - set(others)
        os.kill(process, signal.SIGKILL)
        os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
        assert roads.table([at(0, 0), at(800, 0)], "car").roads == "osrm:town"
        assert process not in engines()


def test_the_engines_process_ends_when_its_server_is_gone() -> None:
    engine = subprocess.run(
        [sys.executable, "-m", "roundsman.gateways.roads_worker"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (engine.returncode, engine.stdout, engine.stderr) == (0, b"", b"")


def test_a_graph_that_is_broken_costs_that_map_only(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "map", tmp_path / "map")
    (region,) = Store(tmp_path).regions()
    Store(tmp_path).graph(region, "truck").with_suffix(".osrm.hsgr").write_bytes(b"broken")
    with contextlib.closing(roads_of(data=tmp_path, url="", limit_m=LIMIT_M)) as roads:
        ((_, wrong),) = roads.health()
        assert wrong.startswith("truck: ")
        roads.warm()
        assert roads.table([at(0, 0), at(1000, 0)], "truck").roads == GREAT_CIRCLE
        assert roads.table([at(0, 0), at(1000, 0)], "car").roads == "osrm:town"


def engines() -> list[int]:
    """Return the processes that this one has started to hold the road engine."""
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            mine = f"\nPPid:\t{os.getpid()}\n" in (process / "status").read_text()
            if mine and b"roads_worker" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


# --- streets of somebody else ---------------------------------------------------------------------


@contextlib.contextmanager
def osrm_server(graph: Path) -> Generator[str]:
    """Start the engine's own HTTP server over a graph; yield its address."""
    engine = find_spec("osrm")
    assert engine is not None
    assert engine.origin is not None
    program = Path(engine.origin).parent / "bin" / "osrm-routed"
    port = free_port()
    with subprocess.Popen(
        [program, "--ip", "127.0.0.1", "--port", str(port), "--algorithm", "CH", str(graph)],
        stdout=subprocess.DEVNULL,
    ) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            until_it_answers(f"{url}/nearest/v1/car/16,48", server)
            yield url
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[str]:
    (region,) = Store(data).regions()
    with osrm_server(Store(data).graph(region, "car")) as url:
        yield url


def test_both_ways_to_ask_give_the_same_answers(roads: Roads, server: str) -> None:
    grid = [at(east, north) for east in range(0, 1001, 90) for north in range(-1000, 301, 100)]
    points = [*grid, at(5100, 10), at(300, -1900), FAR_HALL]
    assert len(points) > 150  # more than one piece
    with contextlib.closing(roads_of(data=ROOT, url=server, limit_m=LIMIT_M)) as remote:
        theirs, ours = remote.table(points, "car"), roads.table(points, "car")
        assert (theirs.roads, ours.roads) == ("osrm:remote", "osrm:town")
        assert theirs.snaps == ours.snaps
        assert ours.snaps[-3] is not None
        assert ours.snaps[-2:] == (None, None)
        assert (theirs.seconds == ours.seconds).all()
        assert (theirs.metres == ours.metres).all()
        assert (theirs.seconds == NO_WAY).any()
        way = [at(800, 300), at(200, 300)]
        assert remote.line(way, "car").polyline == roads.line(way, "car").polyline
        assert remote.line([at(0, 0), at(5000, 0)], "car").roads == GREAT_CIRCLE
        assert remote.health() == [(f"OSRM at {server} answers", "")]


def test_a_server_for_cars_is_not_asked_for_walks(server: str) -> None:
    with contextlib.closing(roads_of(data=ROOT, url=server, limit_m=LIMIT_M)) as remote:
        assert remote.table([at(0, 0), at(1000, 0)], "van").roads == "osrm:remote"
        walk = remote.table([at(0, 0), at(1000, 0)], "pedestrian")
        assert (walk.roads, walk.note) == (
            GREAT_CIRCLE,
            "The road server has streets for cars, not for pedestrian.",
        )


def test_a_url_may_lead_to_a_server_per_mode() -> None:
    with contextlib.closing(Remote("http://{mode}.example:5000/", limit_m=LIMIT_M)) as remote:
        network = remote.network([], "bicycle")
        assert not isinstance(network, str)
        assert network.at == "http://bicycle.example:5000"


def test_a_dead_server_is_left_alone_for_a_while() -> None:
    now = 0.0
    url = f"http://127.0.0.1:{free_port()}"
    with contextlib.closing(Roads(Remote(url, limit_m=LIMIT_M), clock=lambda: now)) as roads:
        points = [at(0, 0), at(1000, 0)]
        table = roads.table(points, "car")
        assert table.roads == GREAT_CIRCLE
        assert table.note.startswith(f"The roads gave no answer ({url}: ConnectError")
        assert table.metres[0, 1] == 1300
        ((_, wrong),) = roads.health()
        assert "ConnectError" in wrong
        now += REST_S / 2
        assert roads.line(points, "car").note == "The roads gave no answer a moment ago."


def test_a_table_that_takes_too_long_is_given_up(server: str) -> None:
    slow = Remote(server, limit_m=LIMIT_M, longest_s=-1.0)
    with contextlib.closing(Roads(slow)) as roads:
        table = roads.table([at(0, 0), at(1000, 0)], "car")
        assert table.note == f"The roads gave no answer ({server} took too long)."


def test_an_answer_without_what_it_should_hold_is_none(tmp_path: Path) -> None:
    with files_served(tmp_path) as url:
        points = [at(0, 0), at(1000, 0)]
        where = ";".join(f"{point.lng:.5f}0,{point.lat:.5f}0" for point in points)
        for what in ("table", "route"):
            file = tmp_path / what / "v1" / "car" / where
            file.parent.mkdir(parents=True)
            file.write_text('{"code": "Ok", "sources": [], "durations": []}')
        with contextlib.closing(Roads(Remote(url, limit_m=LIMIT_M), clock=lambda: 0.0)) as roads:
            table = roads.table(points, "car")
            assert table.roads == GREAT_CIRCLE
            assert f"{url} answered without" in table.note
        with contextlib.closing(roads_of(data=tmp_path, url=url, limit_m=LIMIT_M)) as roads:
            rounded = [Point(round(one.lat, 5), round(one.lng, 5)) for one in points]
            assert f"{url} answered without 'routes'" in roads.line(rounded, "car").note


def test_many_plans_at_once_get_the_same_answers(data: Path) -> None:
    luck = random.Random(3)
    spots = [at(east, north) for east in range(0, 1001, 100) for north in (0, 300, -400)]
    with (
        contextlib.closing(roads_of(data=data, url="", limit_m=LIMIT_M)) as roads,
        ThreadPoolExecutor(8) as threads,
    ):
        plans = [luck.sample(spots, luck.randint(2, 20)) for _ in range(60)]
        asking = [threads.submit(roads.table, plan, "car") for plan in plans]
        answers = [asked.result() for asked in asking]
        whole = roads.table(spots, "car")
    for plan, answer in zip(plans, answers, strict=True):
        index = [spots.index(spot) for spot in plan]
        assert answer.roads == "osrm:town"
        assert (answer.seconds == whole.seconds[np.ix_(index, index)]).all()
        assert (answer.metres == whole.metres[np.ix_(index, index)]).all()


def test_another_server_at_the_address_is_no_road_server(tmp_path: Path) -> None:
    with (
        files_served(tmp_path) as url,
        contextlib.closing(roads_of(data=tmp_path, url=url, limit_m=LIMIT_M)) as roads,
    ):
        table = roads.table([at(0, 0), at(1000, 0)], "car")
        assert table.roads == GREAT_CIRCLE
        assert "answered 404 and is no OSRM server" in table.note


@contextlib.contextmanager
def files_served(folder: Path) -> Generator[str]:
    """Serve the files of a folder, as a web server does that knows no roads."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        cwd=folder,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as other:
        try:
            url = f"http://127.0.0.1:{port}"
            until_it_answers(url, other)
            yield url
        finally:
            other.terminate()
