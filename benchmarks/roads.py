"""Measure travel tables over the streets of an imported city, as a plan asks for them.

    .venv/bin/python benchmarks/roads.py [--extract FILE] [--data DIR] [--write]

Imports the extract for cars into a fresh folder (or uses what DIR holds already), then asks the
roads gateway for tables of 25, 200 and 1,000 positions drawn by a seed: through the engine's
process, the checks of the snapping and the whole numbers that a plan works with. Then the same
positions and one more, which is what a plan costs that was made before. CPU seconds are those of
this process and the engine's together. --write puts the table into the README of this folder.
"""

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.figures import measured, put  # noqa: E402 - the path comes first
from roundsman.core.geo import Point  # noqa: E402 - likewise
from roundsman.gateways.roads import Roads, roads_of  # noqa: E402 - likewise
from roundsman.streets.building import import_extract  # noqa: E402 - likewise
from roundsman.streets.model import ATTRIBUTION, Box, Region  # noqa: E402 - likewise
from roundsman.streets.store import Store, name_of  # noqa: E402 - likewise

EXTRACT = ROOT.parent / "shared" / "data" / "osm" / "porto-roads.osm.pbf"
SIZES = (25, 200, 1_000)
ROUNDS = 5
LIMIT_M = 500.0
# Of the extract's box the middle is taken: there is the city.
MIDDLE = 0.5


def main() -> None:
    """Import, measure and print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--extract", type=Path, default=EXTRACT)
    words.add_argument("--data", type=Path, help="data directory of an import, to use it again")
    words.add_argument("--write", action="store_true")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(asked.data or Path(folder))
        region = store.find(name_of(asked.extract)) if asked.data else None
        built = ""
        if region is None:
            began = time.perf_counter()
            region = import_extract(
                store,
                asked.extract,
                name=name_of(asked.extract),
                modes=("car",),
                now=datetime.now(UTC),
            ).region
            built = f" Its import took {time.perf_counter() - began:.0f} s."
        lines = [measure(store.folder.parent, region, size) for size in SIZES]
    table = report(region, lines, built)
    print(table)
    if asked.write:
        put("roads", table)


def report(region: Region, lines: list[str], built: str) -> str:
    """Return the table with where and when it was measured."""
    head = (
        f"{measured()}; medians of {ROUNDS} tables by car, each of other "
        f"positions in the middle of {region.file} ({region.extract.streets:,} streets, "
        f"{ATTRIBUTION}).{built}\n\n"
        "| Positions | Pairs | s | CPU s | One more position, s | Asked again, s |\n"
        "| ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    return head + "\n".join(lines)


def measure(data: Path, region: Region, size: int) -> str:
    """Return the line of a size."""
    luck = random.Random(size)  # noqa: S311 - seeded, not secret
    plans = [[somewhere(luck, region.extract.box) for _ in range(size)] for _ in range(ROUNDS)]
    idle = cpu_s(data, plans[0][:2], lambda _: None)
    first: list[float] = []
    later: list[tuple[float, float]] = []

    def ask(roads: Roads) -> None:
        first.extend(seconds(lambda plan=plan: roads.table(plan, "car")) for plan in plans)

    def ask_later(roads: Roads) -> None:
        for plan in plans:
            roads.table(plan, "car")
            again = seconds(lambda plan=plan: roads.table(plan, "car"))
            more = [*plan, somewhere(luck, region.extract.box)]
            later.append((seconds(lambda more=more: roads.table(more, "car")), again))

    spent = (cpu_s(data, plans[0][:2], ask) - idle) / ROUNDS
    cpu_s(data, plans[0][:2], ask_later)
    took = statistics.median(first)
    more, again = (statistics.median(one[at] for one in later) for at in range(2))
    return f"| {size:,} | {size * size:,} | {took:.3f} | {spent:.3f} | {more:.3f} | {again:.3f} |"


def cpu_s(data: Path, warm: list[Point], work: Callable[[Roads], None]) -> float:
    """Return the CPU seconds of some work over warmed roads, the engine's process included."""
    before = _cpu()
    with closing(roads_of(data=data, url="", limit_m=LIMIT_M)) as roads:
        roads.table(warm, "car")
        work(roads)
    return _cpu() - before


def _cpu() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def seconds(work: Callable[[], object]) -> float:
    """Return the seconds that something takes by the clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def somewhere(luck: random.Random, box: Box) -> Point:
    """Return a position in the middle of a box."""
    edge = (1 - MIDDLE) / 2
    return Point(
        box.south + (box.north - box.south) * luck.uniform(edge, 1 - edge),
        box.west + (box.east - box.west) * luck.uniform(edge, 1 - edge),
    )


if __name__ == "__main__":
    main()
