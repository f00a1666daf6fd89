"""Extracts that wait to be imported: brought by the operator, or uploaded piece by piece.

extracts/porto.osm.pbf              a whole file
extracts/.porto.osm.pbf.1234.part   one of 1234 bytes that is on its way
"""

import contextlib
import fcntl
import os
import re
import shutil
from pathlib import Path

from msgspec import Struct

from roundsman.core.errors import BadValue, NotReady, TooLarge, UnknownThing
from roundsman.streets.survey import MAGIC

# So much of the disk stays free whatever is uploaded: the import and the database need room.
SPARE_BYTES = 1024**3
# Uploads come in pieces of at most this size; an answer after each says how much is there.
PIECE_BYTES = 8 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.pbf")
_PART = re.compile(r"\.(?P<name>.+)\.(?P<size>\d{1,15})\.part")
_MIB = 1024 * 1024


class Waiting(Struct, frozen=True):
    """A file that waits: `bytes` of `size` are there; `changed_at` is in seconds since 1970."""

    name: str
    bytes: int
    size: int
    changed_at: float


class Extracts:
    """The folder of extracts of a data directory. It is made when something is uploaded."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "extracts"

    def waiting(self) -> list[Waiting]:
        """Return what is there, whole or on its way, by name."""
        found: list[Waiting] = []
        for path in self.folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                told = path.stat()
                if part := _PART.fullmatch(path.name):
                    size = int(part["size"])
                    found.append(Waiting(part["name"], told.st_size, size, told.st_mtime))
                elif path.is_file() and _NAME.fullmatch(path.name):
                    found.append(Waiting(path.name, told.st_size, told.st_size, told.st_mtime))
        return sorted(found, key=lambda one: (one.name, one.size))

    def free_bytes(self) -> int:
        """Return how much room uploads may still take."""
        folder = next(one for one in (self.folder, *self.folder.absolute().parents) if one.is_dir())
        return max(0, shutil.disk_usage(folder).free - SPARE_BYTES)

    def path(self, name: str) -> Path:
        """Return a whole file. BadValue for an impossible name, UnknownThing without one."""
        path = self.folder / _checked(name)
        if not path.is_file():
            problem = f"There is no file {name} in {self.folder}."
            raise UnknownThing(problem, field="file")
        return path

    def add(self, name: str, piece: bytes, *, offset: int, size: int, limit: int) -> int:
        """Take the next piece of a file of a size; return how many of its bytes are there.

        A piece that does not begin where the file ends changes nothing: who sends goes on from the
        answer, also after an interruption. TooLarge above the limit, BadValue for what is no
        extract, NotReady when the disk is full or the same file comes from elsewhere as well.
        """
        target = self.folder / _checked(name)
        if size > limit:
            problem = (
                f"The file has {size / _MIB:,.0f} MiB; uploads may have {limit / _MIB:,.0f}. "
                f"Copy it into {self.folder} on the server instead."
            )
            raise TooLarge(problem, field="file")
        if size <= 0 or offset < 0 or offset + len(piece) > size:
            raise BadValue("The piece does not fit into the file.", field="offset")
        if offset == 0 and MAGIC not in piece[:64]:
            problem = "This is no OpenStreetMap extract in the format .osm.pbf."
            raise BadValue(problem, field="file")
        if size - offset > self.free_bytes():
            problem = "The server has too little room for this file. Remove something first."
            raise NotReady(problem, field="file")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._append(target, piece, offset=offset, size=size)
        except OSError as error:
            problem = f"The server could not store the file ({error.strerror})."
            raise NotReady(problem, field="file") from error

    def _append(self, target: Path, piece: bytes, *, offset: int, size: int) -> int:
        part = self.folder / f".{target.name}.{size}.part"
        with part.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                problem = f"{target.name} is being uploaded from another page too. Wait for it."
                raise NotReady(problem, field="file") from error
            there = file.seek(0, os.SEEK_END)
            if there != offset:
                return there
            file.write(piece)
            file.flush()
            there += len(piece)
            if there == size:
                os.fsync(file.fileno())
                part.rename(target)
        return there

    def remove(self, name: str) -> None:
        """Remove a file, and what has come of one of that name. UnknownThing without any."""
        paths = [self.folder / _checked(name), *self.folder.glob(f".{_checked(name)}.*.part")]
        there = [path for path in paths if path.is_file()]
        if not there:
            raise UnknownThing(f"There is no file {name}.", field="file")
        for path in there:
            path.unlink(missing_ok=True)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        problem = (
            f"A file cannot be called {name[:60]!r}. "
            "Use letters, digits, dots, - and _, and .osm.pbf at the end."
        )
        raise BadValue(problem, field="file")
    return name
