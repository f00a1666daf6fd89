"""What the import at work is doing, written where every process can read it.

    map/import.json     how the import at work is, or how the last one ended
    map/cancel          names the import that somebody wants to end

An import hears of a wish to end it whenever it tells how far it is.
"""

import contextlib
import uuid
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from roundsman.core.errors import NotReady, Refusal
from roundsman.streets.model import Mode, Progress, Tell
from roundsman.streets.store import Store

State = Literal["running", "done", "failed", "cancelled", "interrupted"]

FILE = "import.json"
_CANCEL = "cancel"


class Cancelled(NotReady):
    """Somebody ended the import; what was built is kept for the next one of the same file."""


class Work(Struct, frozen=True, kw_only=True):
    """An import: of what, how far, and how it ended.

    `id` is empty until its process has begun. `done`, `steps`, `what` and `percent` are those of a
    Progress, `started_at` is ISO 8601 in UTC, `message` says why it failed.
    """

    id: str = ""
    name: str
    file: str
    modes: tuple[Mode, ...]
    started_at: str
    state: State = "running"
    done: int = 0
    steps: int = 0
    what: str = "starting"
    percent: int | None = None
    message: str = ""


class Journal:
    """The notes about imports of one map."""

    def __init__(self, store: Store) -> None:
        self._folder = store.folder

    def read(self) -> tuple[Work, datetime] | None:
        """Return the import that was begun last, and when it last said something."""
        path = self._folder / FILE
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            said = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return msgspec.json.decode(path.read_bytes(), type=Work), said
        return None

    def write(self, work: Work) -> None:
        """Put a note in the place of the one before it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f"{FILE}.{uuid.uuid4().hex}"
        fresh.write_bytes(msgspec.json.encode(work))
        fresh.rename(self._folder / FILE)

    def ask_to_end(self, work: Work) -> None:
        """Wish that an import ends."""
        (self._folder / _CANCEL).write_text(work.id)

    def is_to_end(self, work: Work) -> bool:
        """Tell whether somebody wishes that an import ends."""
        with contextlib.suppress(OSError):
            return (self._folder / _CANCEL).read_text() == work.id
        return False

    @contextlib.contextmanager
    def noting(self, work: Work, tell: Tell) -> Generator[Tell]:
        """Keep notes about an import; what it tells goes on to `tell`.

        Telling raises Cancelled when somebody wishes that the import ends.
        """
        now = replace(work, id=uuid.uuid4().hex, what="starting")

        def told(progress: Progress) -> None:
            nonlocal now
            if progress.done < progress.steps and self.is_to_end(now):
                problem = f"The import of {now.name} was cancelled. What was built is kept."
                raise Cancelled(problem)
            news = replace(
                now,
                done=progress.done,
                steps=progress.steps,
                what=progress.what,
                percent=progress.percent,
            )
            if news != now:
                now = news
                self.write(now)
            tell(progress)

        self.write(now)
        try:
            yield told
        except Cancelled:
            self.write(replace(now, state="cancelled"))
            raise
        except Refusal as refusal:
            self.write(replace(now, state="failed", message=refusal.message))
            raise
        except BaseException:
            self.write(replace(now, state="interrupted"))
            raise
        else:
            self.write(replace(now, state="done", percent=None))
        finally:
            (self._folder / _CANCEL).unlink(missing_ok=True)
