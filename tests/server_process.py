"""The real server and the real command line as processes that a test may kill."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from roundsman.settings import PREFIX
from tests.project import ROOT

READY_S: Final = 60.0
STOP_S: Final = 20.0
COMMAND_S: Final = 60.0


def environment(**settings: object) -> dict[str, str]:
    """Return this process's environment with these settings of the product and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    # Like an installed program, a server starts from compiled modules, in half the time.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    given = {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
    return inherited | given


def command(environ: Mapping[str, str], *words: str) -> dict[str, Any]:
    """Run a command of the product with --json; return its answer.

    CalledProcessError, with what it said, when it refuses.
    """
    done = subprocess.run(
        [sys.executable, "-m", "roundsman", *words, "--json"],
        cwd=ROOT,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=COMMAND_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stdout.decode()} {done.stderr.decode()}")
    answer: dict[str, Any] = msgspec.json.decode(done.stdout)
    return answer


class ServerProcess:
    """One `roundsman serve` after another at the same place, each killed or stopped by a test.

    `log` is the file to which all of them write what they log.
    """

    def __init__(self, environ: Mapping[str, str], log: Path) -> None:
        self._environ = dict(environ)
        self.log = log
        self.started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False

    @property
    def pid(self) -> int:
        """Return the id of the process that runs now."""
        return self._running.pid

    def start(self) -> None:
        """Start the server; return without waiting for it."""
        self._is_ready = False
        self.started_at = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "roundsman", "serve", "--json"],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def wait_ready(self) -> float:
        """Return once requests are answered: how many seconds ago the server was started.

        RuntimeError with the log when it ends instead or takes too long.
        """
        said = self._said
        if not self._is_ready:
            heard, _, _ = select.select([said], [], [], READY_S)
            if not heard or not said.readline():
                raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")
            self._is_ready = True
        return time.monotonic() - self.started_at

    def kill(self) -> None:
        """Kill the server as a crash would, and wait until it is gone."""
        process = self._running
        process.kill()
        process.wait()
        self._said.close()

    def stop(self) -> None:
        """Stop the server as an operator would. RuntimeError with the log when it ends badly."""
        process = self._running
        process.terminate()
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = -1
        self._said.close()
        self._process = None
        if code:
            raise RuntimeError(f"The server ended with {code}:\n{self.log.read_text()}")

    def end(self) -> None:
        """Make sure that nothing runs any more."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def problems(self) -> list[str]:
        """Return the log lines that tell of an error, of all processes so far."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if not line.startswith("{") or '"level": "error"' in line]

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "The server was not started."
        return self._process

    @property
    def _said(self) -> IO[bytes]:
        assert self._running.stdout is not None
        return self._running.stdout
