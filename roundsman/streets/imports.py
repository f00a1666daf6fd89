"""Imports that somebody starts from a page: in a process of their own, which outlives the page."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from roundsman.core.clock import utc_now
from roundsman.core.errors import NotReady
from roundsman.streets import child
from roundsman.streets.journal import Journal, Work
from roundsman.streets.model import Mode
from roundsman.streets.store import Store

# A process that was started has so long to take the map over.
START = timedelta(seconds=20)
_ERRORS = "import.stderr"
_LAST_CHARACTERS = 300


class Imports:
    """Starts, watches and ends imports of one data directory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._journal = Journal(store)
        self._starting = threading.Lock()

    def latest(self) -> tuple[Work, datetime] | None:
        """Return the import that was begun last and when it last said something.

        One whose process was killed is `interrupted`.
        """
        found = self._journal.read()
        if found is None:
            return None
        work, said = found
        if work.state != "running" or self._store.is_locked():
            return found
        if not work.id and datetime.now(UTC) - said < START:
            return found
        # It may have ended between the two looks.
        again = self._journal.read()
        if again is not None and again[0] != work:
            return again
        return replace(work, state="interrupted"), said

    def start(self, file: Path, name: str, modes: Sequence[Mode]) -> None:
        """Begin to import a file in a process that goes on without this one.

        NotReady when another import is at work.
        """
        with self._starting:
            latest = self.latest()
            if self._store.is_locked() or (latest and latest[0].state == "running"):
                raise NotReady("Another import is at work on this map. Wait until it is done.")
            self._journal.write(
                Work(
                    name=name,
                    file=file.name,
                    modes=tuple(modes),
                    started_at=utc_now().isoformat(timespec="seconds"),
                )
            )
            words = [sys.executable, "-m", "roundsman", "map", "import", str(file.resolve())]
            words += ["--name", name, "--modes", ",".join(modes)]
            words += ["--data", str(self._store.folder.parent.resolve()), "--json"]
            with (self._store.folder / _ERRORS).open("wb") as errors:
                process = subprocess.Popen(  # noqa: S603 - our own program, arguments of our own
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,
                    env=child.environ(),
                    # Of no group of ours: what ends the server does not end the import.
                    start_new_session=True,
                )
        threading.Thread(target=self._see_off, args=(process,), daemon=True).start()

    def cancel(self) -> None:
        """Ask the import at work to end; NotReady when there is none."""
        latest = self.latest()
        if latest is None or latest[0].state != "running":
            raise NotReady("No import is at work. Load the page again.")
        if not latest[0].id:
            raise NotReady("The import is just starting. Cancel it in a moment.")
        self._journal.ask_to_end(latest[0])

    def _see_off(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a process; note when it never came to its work."""
        process.wait()
        found = self._journal.read()
        if found is not None and found[0].state == "running" and not found[0].id:
            said = (self._store.folder / _ERRORS).read_text(errors="replace").strip()
            lines = said[-_LAST_CHARACTERS:].splitlines()
            reason = lines[-1] if lines else f"it ended with {process.returncode}"
            self._journal.write(
                replace(found[0], state="failed", message=f"The import did not start: {reason}")
            )
