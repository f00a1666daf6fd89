"""The server: listen, say where, work until told to stop."""

import asyncio
import contextlib
import errno
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Generator
from types import FrameType
from typing import override

import uvicorn
import uvloop
from msgspec.structs import replace

from roundsman.app import Application
from roundsman.commands import logs
from roundsman.commands.said import Said, Tell, lines
from roundsman.commands.speed import Speed
from roundsman.core.errors import NotReady
from roundsman.demo.memory import Memory
from roundsman.http.connections import Connection
from roundsman.settings import Settings
from roundsman.storage import migrate

# After a signal, open streams get this long to end by themselves.
GRACE_S = 3
BACKLOG = 2048
# The driver of the demo company ends by itself; this is how long it may take.
DRIVER_GRACE_S = 5
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings, tell: Tell, speed: Speed | None) -> Said:
    """Serve until SIGINT or SIGTERM; `tell` is given the address as soon as requests are answered.

    NotReady when the port is taken or the start fails.
    """
    logs.set_up(settings)
    _allow_many_connections()
    with _stopped_by_signals(), _listening(settings.host, settings.port) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        made_ready = migrate.make_ready(settings.url)
        application = Application(settings, streets=_streets() if speed else None)
        server = _Server(_config(settings, application))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(server, listener, application, tell, made_ready, speed))
    return Said(text="", data={})


def _streets() -> Callable[[], bytes]:
    from roundsman.demo import ground  # noqa: PLC0415 - only what is used is loaded

    return ground.streets_gz


class _Server(uvicorn.Server):
    """A server that is told to stop by its caller, who has more to stop than requests."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals alone."""
        yield


def _config(settings: Settings, application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application.asgi,
        host=settings.host,
        port=settings.port,
        http=Connection,
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )


async def _run(
    server: uvicorn.Server,
    listener: socket.socket,
    application: Application,
    tell: Tell,
    made_ready: str,
    speed: Speed | None,
) -> None:
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
    serving = asyncio.create_task(server.serve([listener]))
    while not (server.started or serving.done()):  # noqa: ASYNC110 - uvicorn signals it no other way
        await asyncio.sleep(0.005)
    if not server.started:
        await serving
        problem = "The server could not start; the log above says why."
        raise NotReady(problem)
    driver: asyncio.subprocess.Process | None = None
    settings = application.settings
    try:
        memory: Memory | None = None
        if speed is not None:
            from roundsman.demo import running  # noqa: PLC0415 - only what is used is loaded

            memory = await running.introduced(application.db, settings.data)
            driver = await _start_driver(settings, speed)
        tell(_banner(settings, made_ready, memory))
        await serving
    finally:
        if driver is not None:
            await _stop(driver)


def _banner(settings: Settings, made_ready: str, memory: Memory | None) -> Said:
    url = settings.public_url
    data: dict[str, object] = {"url": url, "role": settings.role, "pid": os.getpid()}
    where = "PostgreSQL" if settings.database_url else str(settings.data.resolve())
    parts = [lines(("Roundsman", url), ("Data", where))]
    if made_ready:
        parts.insert(0, made_ready)
    if memory is not None:
        from roundsman.commands.demo import as_data, introduction  # noqa: PLC0415 - only what is used is loaded

        parts.append(introduction(memory))
        data["demo"] = as_data(url, memory)
    parts.append("Ctrl+C stops the server.")
    return Said(text="\n" + "\n\n".join(parts) + "\n", data=data)


# --- the driver of the demo: a client like any other ----------------------------------------------


async def _start_driver(settings: Settings, speed: Speed) -> asyncio.subprocess.Process:
    """Start `roundsman demo` beside the server.

    In a process of its own, since finding ways through the city is hard work that would hold the
    interpreter's lock and with it every request.
    """
    words = ["demo", "--data", str(settings.data), "--url", settings.own_url]
    words += [
        "--speed",
        str(speed.factor),
        "--hours",
        str(speed.hours),
        "--parent",
        str(os.getpid()),
    ]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "roundsman", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,  # Ctrl+C is for the server, which then ends this one
    )


async def _stop(driver: asyncio.subprocess.Process) -> None:
    if driver.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        driver.terminate()
    try:
        await asyncio.wait_for(driver.wait(), DRIVER_GRACE_S)
    except TimeoutError:
        driver.kill()
        await driver.wait()


# --- the machine ----------------------------------------------------------------------------------


def _allow_many_connections() -> None:
    """Use as many files as this machine lets a program have: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket]:
    """Take the port before anything else is opened, so that a second server touches nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        is_port = error.errno in {errno.EADDRINUSE, errno.EACCES}
        advice = "Choose another --port." if is_port else "Give this machine's own as --host."
        problem = f"{host}:{port} cannot be listened on ({error.strerror}). {advice}"
        raise NotReady(problem) from error
    with listener:
        yield listener


@contextlib.contextmanager
def _stopped_by_signals() -> Generator[None]:
    """Let SIGINT and SIGTERM end the program with exit code 0 while it starts and stops, too."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in _SIGNALS:
        signal.signal(number, leave)
    yield
