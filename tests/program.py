"""The real program in a process of its own, as somebody would run it."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import msgspec

from roundsman.settings import PREFIX, Settings
from tests.project import ROOT

STOP_S: Final = 20


@dataclass(frozen=True)
class Program:
    """A running `roundsman serve`; `log` is the file its log lines go to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.url.rsplit(":", 1)[1])

    def lines(self) -> list[str]:
        """Return what it has logged so far."""
        return self.log.read_text().splitlines()

    def memory(self, kind: str = "VmRSS") -> int:
        """Return the bytes it holds in memory now, or with VmHWM held at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{kind}:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None, status
        return int(found[1]) * 1024

    def check_alive(self) -> None:
        """Check that it still runs and still answers."""
        assert self.process.poll() is None, "\n".join(self.lines()[-20:])
        assert httpx.get(f"{self.url}/health/ready", timeout=20).json() == {"ready": True}


@contextlib.contextmanager
def running(settings: Settings) -> Generator[Program]:
    """Run `roundsman serve` with these settings on a free port; stop it afterwards.

    RuntimeError with the log when it does not start, AssertionError when it does not stop well.
    """
    names = {"database_url", "api_rate", "api_burst", "body_limit", "role"}
    given = {f"{PREFIX}{name.upper()}": str(getattr(settings, name)) for name in names}
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    words = ["serve", "--port", "0", "--data", str(settings.data), "--json"]
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "roundsman", *words],
            cwd=ROOT,
            env={**environ, **{name: value for name, value in given.items() if value}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        with process, process.stdout as said:
            try:
                first = said.readline()
                if not first:
                    raise RuntimeError(Path(log.name).read_text())
                yield Program(msgspec.json.decode(first)["url"], process, Path(log.name))
            finally:
                process.terminate()
                try:
                    code = process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
            assert code == 0, Path(log.name).read_text()
