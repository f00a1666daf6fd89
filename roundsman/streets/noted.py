"""One file that a step of an import makes, and the note beside it of what it was made of.

The note is written last: where it is, its file is whole.
"""

import os
from pathlib import Path


def is_there(folder: Path, name: str, key: str, region: Path) -> bool:
    """Tell whether the file is there already, maybe by way of another version of its region."""
    if _is(folder, name, key):
        return True
    for note in region.glob(f"*/{_note(name)}"):
        if _is(note.parent, name, key):
            for one in (name, _note(name)):
                (folder / one).unlink(missing_ok=True)
                os.link(note.parent / one, folder / one)
            return True
    return False


def note(folder: Path, name: str, key: str) -> None:
    """Say that the file is whole, and what it was made of."""
    (folder / _note(name)).unlink(missing_ok=True)  # it may be a link to another version's
    (folder / _note(name)).write_text(key)


def _note(name: str) -> str:
    return f"{name}.key"


def _is(folder: Path, name: str, key: str) -> bool:
    found = folder / _note(name)
    return found.is_file() and found.read_text() == key and (folder / name).is_file()
