"""Running programs, telling the person at the screen, and stopping with what to do."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Generator, NoReturn, Sequence

from scripts.setup.paths import CACHE, LOG, ROOT

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
TAIL_LINES = 25
COLUMN = 44


class CommandFailed(Exception):
    """A program ended badly; `output` is what it said."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{' '.join(command)} failed")
        self.output = output


@contextlib.contextmanager
def step(title: str) -> Generator[None, None, None]:
    """Show the title while the block works, and how long it took."""
    print(f"  {title} {'.' * max(COLUMN - len(title), 2)} ", end="", flush=True)
    begin = time.monotonic()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - begin:.1f} s", flush=True)


def note(sentence: str) -> None:
    """Say one thing that took no time."""
    print(f"  {sentence}", flush=True)


def stop(sentence: str, failure: CommandFailed | None = None) -> NoReturn:
    """End set-up: what the failing program said last, then what to do."""
    if failure:
        tail = failure.output.strip().splitlines()[-TAIL_LINES:]
        print("\n" + "\n".join(f"    {line}" for line in tail), file=sys.stderr)
    sys.exit(f"\n{sentence}")


def run(command: Sequence[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Run a program to its end and return what it said; CommandFailed when it ends badly."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command,
            cwd=str(cwd),
            env={**environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise CommandFailed(command, str(error)) from error
    output = done.stdout.decode(errors="replace")
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{output}\n")
    if done.returncode != 0:
        raise CommandFailed(command, output)
    return output


def environment() -> dict[str, str]:
    """Return the environment of every program: caches stay in the project folder.

    A home may be empty, missing or read-only. Node knows only its own certificates unless told
    of the machine's, which matters behind a company's proxy; uv likewise.
    """
    given = dict(os.environ)
    defaults = {
        "UV_CACHE_DIR": str(CACHE / "uv"),
        "UV_PYTHON_INSTALL_DIR": str(CACHE.parent / "python"),
        "UV_SYSTEM_CERTS": "1",
        "PIP_CACHE_DIR": str(CACHE / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_USER": "0",
        "npm_config_cache": str(CACHE / "npm"),
    }
    if CERTIFICATES.exists():
        defaults["NODE_EXTRA_CA_CERTS"] = given.get("SSL_CERT_FILE", str(CERTIFICATES))
    return {**defaults, **given}
