"""Processes that work out plans, so that the server's own threads stay free to answer.

A heavy question goes to a worker process of its own: pure Python would hold the interpreter for the
whole search. A worker starts when somebody begins to work, ahead of the first question, and ends
after a quiet time, since its compiled code takes 170 MB. One that dies is replaced, and a worker
whose server died ends by itself because its input ends.
"""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, LifoQueue
from time import monotonic, perf_counter
from typing import Any, BinaryIO, Protocol

import structlog

import roundsman
from roundsman.core.errors import NotReady, TookTooLong
from roundsman.dispatch.pursuit import LongWork, Pursuit, Told, Watched, Watcher
from roundsman.dispatch.solver import warm
from roundsman.dispatch.travel import Driven, OverRoads, Ways, great_circle

# More questions than this are not kept waiting.
MOST_WAITING = 64
# A plan that takes longer is stopped with its process; searches end themselves long before.
LONGEST_S = 28.0
# Workers end when nobody has worked for so long; to start one again takes about two seconds.
QUIET_S = 900.0

_log = structlog.get_logger()


class Question(Protocol):
    """A question that knows whether it needs a process of its own."""

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes long."""
        ...


type Worker = subprocess.Popen[bytes]


class Pool:
    """The planning processes of this server: at most `size`, none while nobody works.

    `ways` says how long and how far it is between the positions of a plan.
    """

    def __init__(
        self,
        size: int | None = None,
        *,
        ways: Ways = great_circle,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ways = ways
        self._clock = clock
        self._worked_at = clock()
        self._starting = False
        self._threads = ThreadPoolExecutor(size or os.cpu_count() or 1, thread_name_prefix="plan")
        self._idle: LifoQueue[Worker] = LifoQueue()
        self._waiting = 0
        self._long = ThreadPoolExecutor(MOST_WAITING, thread_name_prefix="long-plan")
        self._pursuits: set[Pursuit] = set()

    async def answer[Q: Question, A](self, work: Callable[[Q], A], question: Q) -> A:
        """Return `work(question)`; `work` is a module's function, question and answer are values.

        A question that asks for travel is given it first.
        NotReady when too many wait or the process died, TookTooLong when it was stopped.
        """
        if self._waiting >= MOST_WAITING:
            problem = "Too many plans are being made. Try again in a minute."
            raise NotReady(problem)
        self._waiting += 1
        self._worked_at = self._clock()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._answer, work, question)
        finally:
            self._waiting -= 1

    async def pursue(
        self, work: LongWork, question: Any, pursuit: Pursuit, longest_s: float
    ) -> Any:
        """Return the answer to a long question, worked out in a process of its own.

        `work` is given the question, whether to stop, and whom to tell; the pursuit hears of it.
        NotReady when the process died or was given up, TookTooLong after so many seconds.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._long, self._pursue, work, question, pursuit, longest_s
        )

    def warm(self) -> None:
        """Have a process ready, since somebody works and may ask soon; returns at once.

        Cheap enough to be called at every request. Call it in the event loop only.
        """
        self._worked_at = self._clock()
        if self._idle.empty() and not self._waiting and not self._starting:
            self._starting = True
            self._threads.submit(self._start_one)

    async def rest(self) -> int:
        """End the processes that wait if nobody has worked for QUIET_S; return how many."""
        if self._waiting or self._clock() - self._worked_at < QUIET_S:
            return 0
        ended = 0
        while (worker := self._take()) is not None:
            await asyncio.to_thread(_end, worker)
            ended += 1
        return ended

    def close(self) -> None:
        """End all processes; questions under way are given up."""
        for pursuit in list(self._pursuits):
            pursuit.kill()
        self._long.shutdown(wait=True, cancel_futures=True)
        self._threads.shutdown(wait=True, cancel_futures=True)
        while (worker := self._take()) is not None:
            _end(worker)

    def _start_one(self) -> None:
        try:
            self._idle.put(_start())
        finally:
            self._starting = False

    def _take(self) -> Worker | None:
        try:
            return self._idle.get_nowait()
        except Empty:
            return None

    def _ready(self) -> Worker:
        """Return a process that waits, or else a new one, whose first question waits for it."""
        worker = self._take()
        if worker is not None and worker.poll() is not None:
            _end(worker)
            worker = None
        return worker or _start()

    def _answer(self, work: Callable[[Any], Any], question: Any) -> Any:
        began = perf_counter()
        if isinstance(question, OverRoads):
            question = question.over(self._ways)
        ready = perf_counter()
        answer = (self._in_process if question.is_heavy else _here)(work, question)
        if isinstance(answer, Driven):
            _log.info(
                "planned",
                plan=work.__name__,
                roads=answer.used.roads,
                travel_ms=round((ready - began) * 1000, 1),
                plan_ms=round((perf_counter() - ready) * 1000, 1),
            )
        return answer

    def _in_process(self, work: Callable[[Any], Any], question: Any) -> Any:
        worker = self._ready()
        assert worker.stdin is not None  # noqa: S101 - opened by _start, for the type checkers
        assert worker.stdout is not None  # noqa: S101 - likewise
        late = threading.Timer(LONGEST_S, worker.kill)
        late.start()
        try:
            pickle.dump((work, question), worker.stdin)
            worker.stdin.flush()
            problem, answer = pickle.load(worker.stdout)  # noqa: S301 - written by our own process
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise _lost(worker, overdue=not late.is_alive()) from error
        finally:
            late.cancel()
        self._idle.put(worker)
        if problem:
            raise RuntimeError(problem)
        return answer

    def _pursue(self, work: LongWork, question: Any, pursuit: Pursuit, longest_s: float) -> Any:
        if isinstance(question, OverRoads):
            question = question.over(self._ways)
        worker = self._ready()
        assert worker.stdin is not None  # noqa: S101 - opened by _start, for the type checkers
        assert worker.stdout is not None  # noqa: S101 - likewise
        late = threading.Timer(longest_s, worker.kill)
        late.start()
        self._pursuits.add(pursuit)
        pursuit.begin(worker)
        try:
            pickle.dump((Watched(work), question), worker.stdin)
            worker.stdin.flush()
            while isinstance(heard := pickle.load(worker.stdout), Told):  # noqa: S301 - likewise
                pursuit.hear(heard)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise _lost(worker, overdue=not late.is_alive()) from error
        finally:
            late.cancel()
            pursuit.end()
            self._pursuits.discard(pursuit)
        _end(worker)
        problem, answer = heard
        if problem:
            raise RuntimeError(problem)
        return answer


def _here(work: Callable[[Any], Any], question: Any) -> Any:
    return work(question)


def _start() -> Worker:
    """Start a worker process that can import this very package."""
    home = str(Path(roundsman.__file__).parent.parent)
    path = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-m", "roundsman.dispatch.pool"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def _end(worker: Worker) -> None:
    worker.kill()
    worker.wait()
    for stream in (worker.stdin, worker.stdout):
        if stream is not None:
            stream.close()


def _lost(worker: Worker, *, overdue: bool) -> NotReady | TookTooLong:
    """Return the refusal for a worker that gave no answer, and clear it away."""
    _end(worker)
    _log.error("planner_lost", exit=worker.returncode, overdue=overdue)
    if overdue:
        return TookTooLong("The plan took too long. Ask for fewer jobs at once.")
    return NotReady("The planner stopped before it was done. Try again.")


def _done(work: Any, question: Any, answers: BinaryIO) -> Any:
    """Return the answer; a watched work may tell of it on the way."""
    if not isinstance(work, Watched):
        return work(question)
    watcher = Watcher(answers)
    return work.work(question, watcher.is_stopped, watcher.tell)


def main() -> None:
    """Answer questions from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may be printed among the answers
    # Compiled code is fetched beside the first questions; light ones do not wait for it.
    threading.Thread(target=warm, daemon=True).start()
    while True:
        try:
            work, question = pickle.load(questions)  # noqa: S301 - written by our own server
        except EOFError:
            os._exit(0)  # whatever is still being fetched is not worth waiting for
        try:
            reply = ("", _done(work, question, answers))
        except Exception as error:  # noqa: BLE001 - the server logs what broke here
            reply = (f"{type(error).__name__}: {error}", None)
        pickle.dump(reply, answers)
        answers.flush()


if __name__ == "__main__":
    main()
