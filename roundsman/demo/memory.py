"""What the demo remembers of its own making: secrets of which the server keeps only hashes.

They stand in `demo.json` in the data directory, readable by its owner only. Without the file new
ones are made for the company that is there.
"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from roundsman.core.ids import CompanyId, MemberId

FILE = "demo.json"


class Equipment(Struct, frozen=True, kw_only=True):
    """What a member uses: the API key of their app or program, and of workers the phone."""

    member: MemberId
    key: str
    device: str = ""
    token: str = ""


class Memory(Struct, frozen=True, kw_only=True):
    """The demo company as its client knows it; `equipment` by user name."""

    company: CompanyId
    company_name: str
    username: str
    password: str
    key: str
    settled: bool = False
    equipment: dict[str, Equipment] = {}


def recalled(folder: Path) -> Memory | None:
    """Return what was remembered in a data directory, or None when nothing usable is there."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return None


def remember(folder: Path, memory: Memory) -> None:
    """Write what is to be known at the next start, in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{FILE}.part"
    number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(memory)))
    unfinished.rename(folder / FILE)
