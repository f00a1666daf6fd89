"""Files that are whole or not there, whatever kills the program that writes them."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def written_whole(path: Path) -> Generator[Path]:
    """Yield a name to write to; at a clean end its content is on the disk under `path`.

    A program that is killed leaves at most the other name, which ends with `.part`. Whatever goes
    wrong in the block takes it away.
    """
    part = path.with_name(path.name + ".part")
    try:
        yield part
        _sync(part)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, survive a power cut too."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
