"""Measure the solver on vehicle routing with time windows, beside published solvers.

    .venv/bin/python benchmarks/vrptw.py [--peers PYTHON] [--sizes 100,200] [--seconds 0.5,2,10]
                                         [--kinds R1,C1,...] [--each 1] [--write]

Instances are generated in the manner of Solomon (1987) and of Gehring and Homberger (1999):
customers at random (R), in clusters (C) or both (RC), with short days and small vans (1) or long
days and large ones (2); those of Solomon in `../shared/data/vrptw` are measured too where they are.
Distances and times are whole tenths, cut off, and the total distance counts. The gap is to the best
distance known: a proven optimum, else the best of all runs of this one. Everything takes turns on
one core; peers that PYTHON does not have are left out, and it is said. The budget is wall time, so
run it on an idle machine.
"""

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from roundsman.dispatch.checker import check  # noqa: E402 - the path comes first
from roundsman.dispatch.model import (  # noqa: E402 - likewise
    Budget,
    Matrix,
    Person,
    Problem,
    Task,
    Travel,
    Window,
    penalty_of,
)
from roundsman.dispatch.solver import solve, warm  # noqa: E402 - likewise

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- vrptw -->", "<!-- /vrptw -->"
SOLOMON = ROOT.parent / "shared" / "data" / "vrptw"
KINDS = ("R1", "C1", "RC1", "R2", "C2", "RC2")
PEERS = ("pyvrp", "vroom", "ortools")


class Place(NamedTuple):
    """The depot or a customer; all but the demand in tenths."""

    x: int
    y: int
    demand: int
    opens: int
    closes: int
    service: int


class Instance(NamedTuple):
    """A depot, its customers and vans; `optimum` is None where nobody has proven one."""

    name: str
    size: int
    capacity: int
    fleet: int
    places: list[Place]
    optimum: int | None = None

    def legs(self) -> list[list[int]]:
        """Return the distance, which is the time, of every pair."""
        return [[int(math.hypot(a.x - b.x, a.y - b.y)) for b in self.places] for a in self.places]

    def problem(self) -> Problem:
        """Return the instance in our own form."""
        legs, depot = self.legs(), self.places[0]
        return Problem(
            tasks=tuple(
                Task(
                    id=str(number),
                    location=number,
                    service_s=place.service,
                    windows=(Window(place.opens, place.closes),),
                    dropoff=(place.demand,),
                    penalty=penalty_of(0),
                )
                for number, place in enumerate(self.places)
                if number
            ),
            persons=tuple(
                Person(
                    id=f"van{number}",
                    start=0,
                    end=0,
                    shift=Window(depot.opens, depot.closes),
                    capacity=(self.capacity,),
                )
                for number in range(self.fleet)
            ),
            travel=Travel("plane", {"car": Matrix(legs, legs)}),
            minimise="metres",
        )


def generate(kind: str, size: int, seed: int) -> Instance:
    """Return a random instance; every customer can be served by a van of its own."""
    random = Random(f"{kind}-{size}-{seed}")  # noqa: S311 - a benchmark wants repeatable luck
    side = 1000 * math.sqrt(size / 100)
    long = kind.endswith("2")
    service = 900 if kind[0] == "C" else 100
    across = side / math.sqrt(2)
    horizon = int((4 if long else 1) * (10 * service + across) + 2 * across)
    middles = [(random.uniform(0, side), random.uniform(0, side)) for _ in range(size // 10)]
    depot = Place(int(side / 2), int(side / 2), 0, 0, horizon, 0)
    # How wide windows are, and how many customers have none, is a matter of the instance.
    width, without = random.choice([0.05, 0.15, 0.4]), random.choice([0.0, 0.25, 0.5])
    places = [depot]
    for number in range(size):
        x, y = random.uniform(0, side), random.uniform(0, side)
        if kind[0] == "C" or (kind.startswith("RC") and number % 2):
            near = middles[number % len(middles)]
            x, y = (min(side, max(0, random.gauss(at, side / 30))) for at in near)
        away = math.ceil(math.hypot(x - depot.x, y - depot.y)) + 1
        first, last = away, horizon - away - service
        opens, closes = 0, last
        if random.random() >= without:
            middle, half = random.randint(first, last), horizon * width * random.uniform(0.5, 1.5)
            opens, closes = max(first, int(middle - half / 2)), min(last, int(middle + half / 2))
        demand = random.randint(1, 50) if kind[0] == "R" else 10 * random.randint(1, 4)
        places.append(Place(int(x), int(y), demand, opens, closes, service))
    capacity = 1000 if long else 200
    return Instance(f"{kind}-{size}-{seed}", size, capacity, max(10, size // 4), places)


def solomon() -> list[Instance]:
    """Return the published instances that are at hand."""
    if not (SOLOMON / "bks.json").exists():
        return []
    known = json.loads((SOLOMON / "bks.json").read_text())
    return [_read(file, known) for file in sorted(SOLOMON.glob("*.txt"))]


def _read(file: Path, known: dict[str, object]) -> Instance:
    rows = [line.split() for line in file.read_text().splitlines()]
    numbers = [[int(word) for word in row] for row in rows if row and row[0].isdigit()]
    (fleet, capacity), customers = numbers[0], numbers[1:]
    places = [
        Place(10 * x, 10 * y, demand, 10 * opens, 10 * closes, 10 * service)
        for _, x, y, demand, opens, closes, service in customers
    ]
    return Instance(
        file.stem, len(places) - 1, capacity, fleet, places, _optimum(known.get(file.stem))
    )


def _optimum(told: object) -> int | None:
    """Return a published distance in tenths, whatever form it is written in."""
    if isinstance(told, dict):
        told = next((value for value in told.values() if isinstance(value, float)), None)
    return round(10 * told) if isinstance(told, int | float) else None


def ours(instance: Instance, seconds: float) -> int | None:
    """Return the distance of our plan; None when somebody is not served."""
    problem = instance.problem()
    plan = solve(problem, Budget(iterations=None, seconds=seconds))
    broken = check(problem, plan).violations
    if broken:
        raise SystemExit(f"The plan of {instance.name} breaks {broken[0]}.")
    return None if plan.unserved else plan.cost


def theirs(python: Path, peer: str, instance: Instance, seconds: float) -> int | None:
    """Return the distance of a peer's plan; None when it found none."""
    asked = {
        "capacity": instance.capacity,
        "fleet": instance.fleet,
        "places": instance.places,
        "legs": instance.legs(),
    }
    found = subprocess.run(
        [python, Path(__file__).with_name("vrptw_peers.py"), peer, str(seconds)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds * 10 + 300,
    )
    answer: int | None = json.loads(found.stdout)
    return answer


def present(python: Path | None) -> list[str]:
    """Return the peers that can be asked, and say which cannot."""
    found = [
        peer
        for peer in (PEERS if python else ())
        if not subprocess.run(
            [str(python), "-c", f"import {peer}"], capture_output=True, check=False
        ).returncode
    ]
    print("Left out:", ", ".join(peer for peer in PEERS if peer not in found) or "nobody")
    return found


def measure(
    instances: list[Instance], budgets: list[float], python: Path | None
) -> dict[tuple[str, float, str], int | None]:
    """Return the distance for each instance, budget and solver, in turns."""
    peers = present(python)
    warm()
    figures: dict[tuple[str, float, str], int | None] = {}
    for instance in instances:
        for seconds in budgets:
            figures[instance.name, seconds, "roundsman"] = ours(instance, seconds)
            for peer in peers:
                assert python is not None  # noqa: S101 - there are no peers without it
                figures[instance.name, seconds, peer] = theirs(python, peer, instance, seconds)
            told = {
                key[2]: value
                for key, value in figures.items()
                if key[:2] == (instance.name, seconds)
            }
            print(instance.name, seconds, told, flush=True)
    return figures


def table(
    instances: list[Instance], figures: dict[tuple[str, float, str], int | None]
) -> list[str]:
    """Return the mean gaps by size as lines of Markdown; a fleet that was not enough is a dash."""
    solvers = list(dict.fromkeys(key[2] for key in figures))
    lines = [
        "| Customers | Instances | Seconds | " + " | ".join(solvers) + " |",
        "| ---: | ---: | ---: |" + " ---: |" * len(solvers),
    ]
    best = {
        instance.name: instance.optimum
        or min(v for k, v in figures.items() if k[0] == instance.name and v is not None)
        for instance in instances
    }
    for size in sorted({instance.size for instance in instances}):
        names = [instance.name for instance in instances if instance.size == size]
        for seconds in dict.fromkeys(key[1] for key in figures):
            cells: list[str] = []
            for solver in solvers:
                found = [figures[name, seconds, solver] for name in names]
                gaps = [
                    100 * (cost / best[name] - 1)
                    for name, cost in zip(names, found, strict=True)
                    if cost is not None
                ]
                missing = f" ({len(found) - len(gaps)} none)" if len(gaps) < len(found) else ""
                cells.append(f"{statistics.mean(gaps):.2f} %{missing}" if gaps else "none")
            lines.append(f"| {size} | {len(names)} | {seconds:g} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Measure and print; with --write put the table into the README of this folder."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--peers", type=Path, help="a Python that has pyvrp, vroom or ortools")
    asked.add_argument("--sizes", default="100,200")
    asked.add_argument("--seconds", default="0.5,2,10")
    asked.add_argument("--kinds", default=",".join(KINDS))
    asked.add_argument("--each", type=int, default=1, help="instances of each kind and size")
    asked.add_argument("--seed", type=int, default=1, help="of the first instance of each kind")
    asked.add_argument("--write", action="store_true")
    options = asked.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    instances = [
        generate(kind, size, options.seed + number)
        for size in sizes
        for kind in options.kinds.split(",")
        for number in range(options.each)
    ]
    if 100 in sizes:
        instances = [*solomon(), *instances]
    budgets = [float(seconds) for seconds in options.seconds.split(",")]
    lines = table(instances, measure(instances, budgets, options.peers))
    text = "\n".join(
        [
            f"Measured on {datetime.now(UTC):%Y-%m-%d}, one core, {platform.machine()}; mean gap.",
            "",
            *lines,
        ]
    )
    print(text)
    if options.write:
        before, _, rest = README.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
