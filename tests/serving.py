"""A real HTTP server on a free port of this machine, over any application."""

import contextlib
import threading
import time
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

START_S = 15


@contextlib.contextmanager
def serving(app: ASGIApp) -> Generator[str]:
    """Serve an application from a thread; yield its URL, stop it afterwards."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_S
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("The server did not start.")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_S)
