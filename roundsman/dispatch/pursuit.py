"""A long question under way in a process of its own: what it tells, and how it is ended.

The server holds a `Pursuit`; the process that does the work holds a `Watcher`. Words go over the
process's answers, the wish to stop is a signal.
"""

import os
import pickle
import signal
import subprocess
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any, BinaryIO

from msgspec import Struct

# Somebody is told of a long plan this often.
TELL_EVERY_S = 0.25
# A long plan yields to those somebody waits for.
_NICE = 5

type IsStopped = Callable[[], bool]
type Tell = Callable[[int, int], None]
type LongWork = Callable[[Any, IsStopped, Tell], Any]


class Told(Struct, frozen=True):
    """How a long search goes: iterations done, the least cost so far (None before the first)."""

    iterations: int = 0
    cost: int | None = None


class Watched(Struct, frozen=True):
    """A work that tells how it goes and can be stopped."""

    work: LongWork


class Pursuit:
    """The server's hold on a long question. Threads share it."""

    def __init__(self) -> None:
        self.told: Told | None = None
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._killed = False

    def stop(self) -> None:
        """Ask for the best answer so far."""
        with self._lock:
            self._stopped = True
            self._signal()

    def kill(self) -> None:
        """Give the question up."""
        with self._lock:
            self._killed = True
            if self._worker is not None:
                self._worker.kill()

    def begin(self, worker: subprocess.Popen[bytes]) -> None:
        """Note which process works on it."""
        with self._lock:
            self._worker = worker
            if self._killed:
                worker.kill()

    def hear(self, told: Told) -> None:
        """Note what was told; from the first word on the process knows what a signal means."""
        with self._lock:
            self.told = told
            if self._stopped:
                self._signal()

    def end(self) -> None:
        """Note that the process is done."""
        with self._lock:
            self._worker = None

    def _signal(self) -> None:
        if self._worker is not None and self.told is not None:
            self._worker.send_signal(signal.SIGUSR1)


class Watcher:
    """What a watched work may ask and tell, in the process that does it."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._stopped = False
        self._told_at = perf_counter()
        os.nice(_NICE)
        signal.signal(signal.SIGUSR1, self._stop)
        self._say(Told())

    def is_stopped(self) -> bool:
        """Tell whether somebody wants the best so far."""
        return self._stopped

    def tell(self, iterations: int, cost: int) -> None:
        """Say how the search goes, but not too often."""
        if perf_counter() - self._told_at >= TELL_EVERY_S:
            self._told_at = perf_counter()
            self._say(Told(iterations, cost))

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def _say(self, told: Told) -> None:
        pickle.dump(told, self._answers)
        self._answers.flush()
