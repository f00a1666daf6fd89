"""Knowing that nothing changed since last time, in a few milliseconds."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Iterable

from scripts.setup.paths import ROOT, STAMPS

if TYPE_CHECKING:
    from pathlib import Path


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """Return a digest of the names and contents of the files, and of the words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(files):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read(name: str) -> str:
    """Return what was stamped under this name, "" when nothing was."""
    path = STAMPS / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(name: str, value: str) -> None:
    """Stamp: the thing of this name is done, in the state that `value` describes."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value, encoding="utf-8")


def clear(name: str) -> None:
    """Forget a stamp, before its thing is touched: a half-done thing is never taken for done."""
    path = STAMPS / name
    if path.exists():
        path.unlink()
