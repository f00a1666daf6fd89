"""Measure the doors of the product on both databases, each beside its ceiling in the same run.

    .venv/bin/python benchmarks/run.py [--seconds 5] [--write]

Starts a real server process for SQLite (fsync on every commit) and one for PostgreSQL (a server of
its own with fsync on), and the ceiling on the same HTTP server. Product and ceiling take turns,
three rounds; the medians are printed, and with --write put into the README of this folder. Client
and server share the machine's cores: trust the ratios.
"""

import argparse
import asyncio
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.figures import measured, put  # noqa: E402 - the path comes first
from benchmarks.load import Figures, request_bytes, run  # noqa: E402 - likewise
from tests.servers import durable_postgres, free_port  # noqa: E402 - likewise

ROUNDS = 3
CONNECTIONS = 32
# A server that takes less of a core than this has nothing left to do.
RESTING = 0.1


@dataclass(frozen=True)
class Product:
    """A running server with a company to measure."""

    name: str
    port: int
    key: str
    token: str
    processes: tuple[int, ...]

    def cpu_s(self) -> float:
        """Return the CPU seconds that the server and its database have used so far."""
        families = [psutil.Process(process) for process in self.processes]
        everyone = [one for head in families for one in (head, *head.children(recursive=True))]
        spent = 0.0
        for one in everyone:
            try:
                times = one.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system
        return spent


@dataclass(frozen=True)
class Scenario:
    """One line of the table: what is sent, how often (0: at once), and beside which ceiling."""

    name: str
    ceiling: str
    make: Callable[[Product], Callable[[int], bytes]]
    is_good: Callable[[int, bytes], bool]
    before: Callable[[Product], None] | None = None
    rate: float = 0


def main() -> None:
    """Measure and print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=4.0)
    words.add_argument("--write", action="store_true")
    words.add_argument("--only", default="")
    asked = words.parse_args()
    rows: list[str] = []
    with ExitStack() as stack:
        ceiling = stack.enter_context(ceiling_server())
        for make in (sqlite_product, postgres_product):
            with make() as product:
                for scenario in SCENARIOS:
                    if asked.only in scenario.name:
                        rows.append(measure(product, scenario, ceiling, asked.seconds))
                        print(rows[-1], flush=True)
    table = report(rows, asked.seconds)
    if asked.write:
        put("figures", table)


def report(rows: list[str], seconds: float) -> str:
    """Return the table with where and when it was measured."""
    head = (
        f"{measured()}; medians of {ROUNDS} rounds of {seconds:g} s, "
        f"{CONNECTIONS} connections.\n\n"
        "| Database | What | Requests/s | p50 ms | p99 ms | CPU ms each | A core/s "
        "| Ceiling/s | Share of ceiling |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    return head + "\n".join(rows)


def measure(product: Product, scenario: Scenario, ceiling: int, seconds: float) -> str:
    """Return the scenario's line: product and ceiling in turn."""
    if scenario.before:
        scenario.before(product)
    rest(product)
    make = scenario.make(product)
    ours: list[Figures] = []
    theirs: list[Figures] = []
    body = len(make(0).partition(b"\r\n\r\n")[2])
    bare = request_bytes("POST", scenario.ceiling, {}, b"x" * body)
    offset = 0

    def numbered(number: int) -> bytes:
        return make(offset + number)

    cpu_s: list[float] = []
    for _ in range(ROUNDS):
        spent = product.cpu_s()
        figures = asyncio.run(
            run(
                product.port,
                numbered,
                connections=CONNECTIONS,
                seconds=seconds,
                rate=scenario.rate,
                is_good=scenario.is_good,
            )
        )
        if figures.failures:
            raise SystemExit(f"{scenario.name}: {figures.failures} answers were wrong.")
        offset += figures.requests + CONNECTIONS
        ours.append(figures)
        cpu_s.append((product.cpu_s() - spent) / figures.requests)
        theirs.append(
            asyncio.run(
                run(
                    ceiling,
                    lambda _: bare,
                    connections=CONNECTIONS,
                    seconds=seconds / 2,
                    is_good=lambda s, _: s == 200,
                )
            )
        )
    per_second = statistics.median(one.per_second for one in ours)
    bare_rate = statistics.median(one.per_second for one in theirs)
    p50 = statistics.median(one.p50_ms for one in ours)
    p99 = statistics.median(one.p99_ms for one in ours)
    cost = statistics.median(cpu_s)
    return (
        f"| {product.name} | {scenario.name} | {per_second:,.0f} | {p50:.1f} | {p99:.1f} "
        f"| {cost * 1000:.2f} | {1 / cost:,.0f} "
        f"| {bare_rate:,.0f} | {per_second / bare_rate:.0%} |"
    )


def rest(product: Product) -> None:
    """Wait until what the scenario before left to do is done."""
    for _ in range(60):
        spent = product.cpu_s()
        time.sleep(1)
        if product.cpu_s() - spent < RESTING:
            return
    raise SystemExit("The server does not come to rest.")


# --- what is measured -----------------------------------------------------------------------------


def _job(number: int) -> dict[str, object]:
    return {
        "destinationName": f"Boiler check {number}",
        "destinationText": "Rua de Santa Catarina 112, Porto",
        "destinationLat": 41.15 + number % 97 / 1000,
        "destinationLng": -8.61 + number % 89 / 1000,
        "day": 20260105,
        "windowStart": 900,
        "windowEnd": 1700,
        "contactName": "Front desk",
        "contactPhone": "+351220000000",
        "textDispatcher": "Ring twice. The boiler is in the basement behind the bicycles.",
        "customFields": [{"key": "PO", "val": f"PO-{number}"}, {"key": "Floor", "val": "-1"}],
    }


def _call(product: Product, action: str, data: object) -> bytes:
    headers = {"API-Key": product.key, "Content-Type": "application/json"}
    return request_bytes("POST", f"/api/{action}", headers, json.dumps({"data": data}).encode())


def _create(count: int) -> Callable[[Product], Callable[[int], bytes]]:
    def make(product: Product) -> Callable[[int], bytes]:
        ready = [
            _call(
                product,
                "createjobs",
                {"jobs": [_job(number * count + index) for index in range(count)]},
            )
            for number in range(50)
        ]
        return lambda number: ready[number % 50]

    return make


def _five_hundred(product: Product) -> None:
    """Give the day of the reading scenario its 500 jobs."""
    jobs = [{**_job(number), "day": 20260202} for number in range(500)]
    body = json.dumps({"data": {"jobs": jobs}}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{product.port}/api/createjobs", body, {"API-Key": product.key}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - likewise
        if json.load(answer)["status"] != 0:
            raise SystemExit("The jobs to read could not be made.")


def _read(product: Product) -> Callable[[int], bytes]:
    request = _call(product, "getjobs", {"day": 20260202})
    return lambda _: request


# Each line's fixes are later than those of the line before: nothing is sent twice.
_WEEKS = itertools.count(1_700_000_000, 604_800)


def _fixes(product: Product) -> Callable[[int], bytes]:
    begin = next(_WEEKS)

    def make(number: int) -> bytes:
        target = (
            f"/ingest/osmand/{product.token}?id={product.name.lower()}"
            f"&lat={41.15 + number % 997 / 1e4:.6f}&lon={-8.61 + number % 991 / 1e4:.6f}"
            f"&timestamp={begin + number}&speed=12&accuracy=8&batt=80"
        )
        return request_bytes("POST", target, {}, b"")

    return make


def _is_done(status: int, body: bytes) -> bool:
    return status == 200 and b'"status":0' in body[:16]


SCENARIOS = (
    Scenario("createjobs, 1 job", "/small", _create(1), _is_done),
    Scenario("createjobs, 1 job, at 1,000/s", "/small", _create(1), _is_done, rate=1000),
    Scenario("createjobs, 100 jobs", "/small", _create(100), _is_done),
    Scenario("getjobs, 500 jobs", "/large", _read, _is_done, before=_five_hundred),
    Scenario("OsmAnd, single fix", "/empty", _fixes, lambda status, _: status == 200),
    Scenario(
        "OsmAnd, single fix, at 1,000/s",
        "/empty",
        _fixes,
        lambda status, _: status == 200,
        rate=1000,
    ),
)


# --- servers --------------------------------------------------------------------------------------


@contextmanager
def ceiling_server() -> Iterator[int]:
    """Run the ceiling; yield its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "ceiling.py"), str(port)]
    )
    try:
        _wait_for(port, "/small")
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def sqlite_product() -> Iterator[Product]:
    """Run the product on its embedded database."""
    with tempfile.TemporaryDirectory() as folder, _served("SQLite", Path(folder), {}) as product:
        yield product


def _postmaster(url: str) -> int:
    """Return the process of a database server on this machine: the parent of all its backends."""
    with psycopg.connect(url) as connection:
        return psutil.Process(connection.info.backend_pid).ppid()


@contextmanager
def postgres_product() -> Iterator[Product]:
    """Run the product on a PostgreSQL that syncs every commit."""
    with tempfile.TemporaryDirectory() as folder, durable_postgres() as url:
        environment = {"ROUNDSMAN_DATABASE_URL": url}
        subprocess.run(
            [sys.executable, "-m", "roundsman", "migrate"],
            check=True,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
        )
        database = _postmaster(url)
        with _served("PostgreSQL", Path(folder), environment, database) as product:
            yield product


@contextmanager
def _served(name: str, folder: Path, more: dict[str, str], *others: int) -> Iterator[Product]:
    port = free_port()
    environment = {
        **os.environ,
        **more,
        "ROUNDSMAN_DATA": str(folder),
        "ROUNDSMAN_API_RATE": "0",
        "ROUNDSMAN_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "roundsman", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, "/health/ready")
        company = _said(
            environment,
            "company",
            "create",
            f"Bench {name}",
            "--admin",
            f"{name}@bench.example",
            "--password",
            "a long enough one",
        )
        device = _said(
            environment,
            "device",
            "create",
            "--member",
            f"{name}@bench.example",
            "--id",
            name.lower(),
        )
        yield Product(name, port, company["api_key"], device["token"], (process.pid, *others))
    finally:
        process.terminate()
        process.wait(20)


def _said(environment: dict[str, str], *words: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "roundsman", *words, "--json"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    return json.loads(done.stdout)


def _wait_for(port: int, path: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}"):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("A server did not start.")


if __name__ == "__main__":
    main()
