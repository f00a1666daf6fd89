"""Free TCP ports on the loopback address, and waiting for who listens there."""

import contextlib
import secrets
import socket
import time
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    import subprocess

# Below the ports that systems hand out by themselves (Linux from 32768, others from 49152).
LASTING: Final = range(15_000, 30_000)
START_S: Final = 60.0


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lasting_port() -> int:
    """Return a free TCP port of 127.0.0.1 that the system gives to nobody by itself.

    For a server that is stopped and started again at its port: any other port may become
    somebody's end of a connection in between.
    """
    while True:
        port = secrets.choice(LASTING)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until_it_answers(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait until a process that was started answers at an address, whatever it says."""
    deadline = time.monotonic() + START_S
    while True:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url, trust_env=False)
            return
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
