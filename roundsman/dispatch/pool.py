"""Processes that work out plans, so that the server's own threads stay free to answer.

A heavy question goes to a worker process of its own: pure Python would hold the interpreter for the
whole search. Workers start when they are first needed and stay; one that dies is replaced, and a
worker whose server died ends by itself because its input ends.
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
from time import perf_counter
from typing import Any, Protocol

import structlog

import roundsman
from roundsman.core.errors import NotReady, TookTooLong
from roundsman.dispatch.solver import warm
from roundsman.dispatch.travel import Driven, OverRoads, Ways, great_circle

# More questions than this are not kept waiting.
MOST_WAITING = 64
# A plan that takes longer is stopped with its process; searches end themselves long before.
LONGEST_S = 28.0

_log = structlog.get_logger()


class Question(Protocol):
    """A question that knows whether it needs a process of its own."""

    @property
    def is_heavy(self) -> bool:
        """Tell whether the answer takes long."""
        ...


type Worker = subprocess.Popen[bytes]


class Pool:
    """The planning processes of this server: at most `size`, none before the first is needed.

    `ways` says how long and how far it is between the positions of a plan.
    """

    def __init__(self, size: int | None = None, *, ways: Ways = great_circle) -> None:
        self._ways = ways
        self._threads = ThreadPoolExecutor(size or os.cpu_count() or 1, thread_name_prefix="plan")
        self._idle: LifoQueue[Worker] = LifoQueue()
        self._waiting = 0

    async def answer[Q: Question, A](self, work: Callable[[Q], A], question: Q) -> A:
        """Return `work(question)`; `work` is a module's function, question and answer are values.

        A question that asks for travel is given it first.
        NotReady when too many wait or the process died, TookTooLong when it was stopped.
        """
        if self._waiting >= MOST_WAITING:
            problem = "Too many plans are being made. Try again in a minute."
            raise NotReady(problem)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._answer, work, question)
        finally:
            self._waiting -= 1

    def warm(self) -> None:
        """Start one process ahead of the first question; returns at once."""
        self._threads.submit(lambda: self._idle.put(_start()))

    def close(self) -> None:
        """End all processes; questions under way are given up."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while (worker := self._take()) is not None:
            _end(worker)

    def _take(self) -> Worker | None:
        try:
            return self._idle.get_nowait()
        except Empty:
            return None

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
        worker = self._take()
        if worker is None or worker.poll() is not None:
            worker = _start()
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
            reply = ("", work(question))
        except Exception as error:  # noqa: BLE001 - the server logs what broke here
            reply = (f"{type(error).__name__}: {error}", None)
        pickle.dump(reply, answers)
        answers.flush()


if __name__ == "__main__":
    main()
