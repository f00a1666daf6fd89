"""Where the figures go: the README of this folder, each table between two marks of its name."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).parent / "README.md"


def measured() -> str:
    """Return when, where and with what the figures of this run are taken."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}, {machine}"


def put(name: str, table: str) -> None:
    """Put a table into the README, in the place of the one before. ValueError without its marks."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = README.read_text()
    before, after = text[: text.index(begin)], text[text.index(end) :]
    README.write_text(f"{before}{begin}\n{table}\n{after}")
