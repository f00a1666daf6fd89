"""A real Valhalla server over an extract: its own tools and server, from the wheel."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from tests.ports import free_port, until_it_answers


def _wheel() -> Path:
    found = find_spec("valhalla")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def build_tiles(extract: Path, folder: Path) -> dict[str, Any]:
    """Build the tiles of an extract into a folder; return a server's configuration over them."""
    folder.mkdir()
    made = subprocess.run(
        [sys.executable, "-m", "valhalla.valhalla_build_config"],
        capture_output=True,
        check=True,
    )
    config: dict[str, Any] = msgspec.json.decode(made.stdout)
    config["mjolnir"] |= {"tile_dir": str(folder / "tiles"), "concurrency": 1}
    (folder / "tiles").mkdir()
    for name in ("admin", "timezone", "traffic_extract", "transit_dir", "tile_extract"):
        config["mjolnir"].pop(name, None)
    file = folder / "build.json"
    file.write_bytes(msgspec.json.encode(config))
    subprocess.run(
        [_wheel() / "bin" / "valhalla_build_tiles", "-c", file, extract],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return config


@contextlib.contextmanager
def valhalla_server(config: dict[str, Any], folder: Path) -> Generator[str]:
    """Start a server with a configuration; yield its address."""
    port = free_port()
    here = folder / f"server-{port}"
    here.mkdir()
    service = config["httpd"]["service"] | {
        "listen": f"tcp://127.0.0.1:{port}",
        "loopback": f"ipc://{here}/loop",
        "interrupt": f"ipc://{here}/stop",
        "drain_seconds": 0,
        "shutdown_seconds": 0,
    }
    file = here / "server.json"
    file.write_bytes(msgspec.json.encode(config | {"httpd": {"service": service}}))
    with subprocess.Popen(
        [_wheel() / "bin" / "valhalla_service", file, "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    ) as server:
        url = f"http://127.0.0.1:{port}"
        try:
            until_it_answers(f"{url}/status", server)
            yield url
        finally:
            server.kill()
