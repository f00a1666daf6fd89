"""The server starts fast because it loads only what it uses."""

from __future__ import annotations

import subprocess
import sys

from tests.project import ROOT

# Each costs a start between a twentieth and a third of its time.
LATER = ("aiosmtplib", "alembic", "psycopg", "roundsman.demo.city", "xlsxwriter")
LOADED = "import sys, roundsman.cli, roundsman.commands.serve; print(*sys.modules)"


def test_an_embedded_server_starts_without_what_it_may_never_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(LATER).intersection(done.stdout.split())
