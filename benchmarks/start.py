"""Measure how long a server takes to be ready, and what it holds in memory while nobody works.

    .venv/bin/python benchmarks/start.py [--write]

*Cold* makes the database, *again* finds it. Memory is that of the server and all its processes,
resident, shared pages counted in each: some seconds after it is ready, and after somebody called
it with a key. Then a planning process waits with its compiled code.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.figures import measured, put  # noqa: E402 - the path comes first
from tests.servers import free_port  # noqa: E402 - likewise

ROUNDS = 5
SETTLED_S = 5.0


def main() -> None:
    """Measure and print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--write", action="store_true")
    asked = words.parse_args()
    cold, again, idle, at_work = [], [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            with _served(Path(folder)) as (_, _, ready_s):
                cold.append(ready_s)
            key = _key(Path(folder))
            with _served(Path(folder)) as (port, server, ready_s):
                again.append(ready_s)
                time.sleep(SETTLED_S)
                idle.append(_megabytes(server))
                _call(port, key)
                time.sleep(SETTLED_S)
                at_work.append(_megabytes(server))
    table = (
        f"{measured()}; medians of {ROUNDS}.\n\n"
        "| Cold start, s | Again, s | Memory idle, MB | Memory at work, MB |\n"
        "| ---: | ---: | ---: | ---: |\n"
        f"| {statistics.median(cold):.2f} | {statistics.median(again):.2f} "
        f"| {statistics.median(idle):.0f} | {statistics.median(at_work):.0f} |"
    )
    print(table)
    if asked.write:
        put("start", table)


@contextmanager
def _served(folder: Path) -> Iterator[tuple[int, psutil.Process, float]]:
    """Run the product; yield its port, its process, and how long it took to be ready."""
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "roundsman", "serve", "--port", str(port), "--data", str(folder)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _is_ready(port):
            if time.perf_counter() - began > 60:
                raise SystemExit("The server did not start.")
            time.sleep(0.005)
        yield port, psutil.Process(process.pid), time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready"):
            return True
    except OSError:
        return False


def _key(folder: Path) -> str:
    """Make a company and return its key."""
    words = ["company", "create", "Bench", "--admin", "ada@bench.example", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "roundsman", *words, "--data", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return str(json.loads(done.stdout)["api_key"])


def _call(port: int, key: str) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/getjobs", b'{"data": {}}', {"API-Key": key}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
        if json.load(answer)["status"] != 0:
            raise SystemExit("The call was refused.")


def _megabytes(server: psutil.Process) -> float:
    """Return the resident memory of a process and all below it."""
    family = [server, *server.children(recursive=True)]
    return sum(one.memory_info().rss for one in family) / 1e6


if __name__ == "__main__":
    main()
