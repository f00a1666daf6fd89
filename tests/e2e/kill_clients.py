"""Clients as they are out there: a phone with a queue, and offices that ask until answered.

None of them knows whether a request that broke was done, so all of them send it again.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import httpx

from tests.e2e.played_day import DAY, jobs, osmand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from roundsman.tracking.model import Fix

# Nobody answered for so long: the test gives up.
PATIENCE_S = 180.0
PAUSE_S = 0.02
ANSWER_S = 20.0
OK = 200

type Reach = Callable[[str], None]
type Wait = Callable[[float], None]


def nobody_kills(moment: str) -> None:
    """Let a moment pass."""
    del moment


def at_once(share: float) -> None:
    """Let everything be done at once."""
    del share


class Line:
    """Sends each request again until it is answered well; counts the ones that broke.

    `reach` is told when a request is `sent` and when it is `answered`.
    """

    def __init__(self, url: str, reach: Reach = nobody_kills) -> None:
        self._http = httpx.Client(base_url=url, timeout=ANSWER_S)
        self._reach = reach
        self._was_sent = False
        self.broken = 0

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Return the first answer with HTTP 200. TimeoutError when none comes."""
        give_up_at = time.monotonic() + PATIENCE_S
        last = ""
        while time.monotonic() < give_up_at:
            self._was_sent = False
            try:
                answer = self._http.request(
                    method, path, **request, extensions={"trace": self._trace}
                )
            except httpx.TransportError as error:
                last = repr(error)
                self.broken += self._was_sent
                time.sleep(PAUSE_S)
                continue
            if answer.status_code == OK:
                self._reach("answered")
                return answer
            assert answer.status_code >= 500, answer.text
            last = answer.text
            time.sleep(PAUSE_S)
        raise TimeoutError(f"{method} {path} was not answered for {PATIENCE_S} s: {last}")

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        del info
        if name == "http11.send_request_body.complete":
            self._was_sent = True
            self._reach("sent")


def ride(line: Line, token: str, fixes: Iterable[Fix], wait: Wait = at_once) -> None:
    """Send the queue of a phone, oldest first, each fix until acknowledged.

    `wait(share)` is asked before each whether the day is that far.
    """
    queue = list(fixes)
    for number, fix in enumerate(queue):
        wait(number / len(queue))
        dialect = number % 3
        method = "GET" if dialect == 0 else "POST"
        answer = line.ask(method, f"/ingest/osmand/{token}", **osmand(fix, dialect))
        assert answer.content == b""


class Office:
    """Somebody who creates, edits and archives jobs, and notes what was acknowledged.

    `jobs` maps the office's own ids to the ids it was told, `notes` each to every text that was
    acknowledged, in order, `archived` holds the own ids that were acknowledged as archived.
    """

    def __init__(self, name: str, line: Line, key: str, seed: int) -> None:
        self.name = name
        self.jobs: dict[str, str] = {}
        self.notes: dict[str, list[str]] = {}
        self.archived: set[str] = set()
        self._line = line
        self._key = key
        self._luck = random.Random(seed)

    def call(self, action: str, **data: Any) -> dict[str, Any]:
        """Call an action until it is answered; a refusal fails the test."""
        answer = self._line.ask(
            "POST", f"/api/{action}", headers={"API-Key": self._key}, json={"data": data}
        )
        said: dict[str, Any] = answer.json()
        assert said["status"] == 0, said
        return said

    def plan_day(self, worker: str) -> None:
        """Create the jobs of the day, all at once, for one worker."""
        self._create(jobs(worker))

    def work(self, steps: int, wait: Wait = at_once) -> None:
        """Do that many things, one after another, when `wait(share)` lets them be done."""
        for number in range(steps):
            wait(number / steps)
            self._luck.choice([self._one_more, self._several_more, self._edit, self._edit])()
            if number % 8 == 7:
                self._archive()

    def _one_more(self) -> None:
        self._create([self._fresh(len(self.jobs))])

    def _several_more(self) -> None:
        first = len(self.jobs)
        self._create([self._fresh(first + more) for more in range(self._luck.randint(2, 12))])

    def _fresh(self, number: int) -> dict[str, Any]:
        return {
            "destinationName": f"{self.name} {number}",
            "day": str(DAY),
            "carryOver": 0,  # the day is long over, and its jobs are to stay on it
            "uidSecondary": f"{self.name}-{number}",
            "priority": 1 + number % 9,
        }

    def _create(self, wanted: list[dict[str, Any]]) -> None:
        made = self.call("createjobs", jobs=wanted)["jobs"]
        for wish, job in zip(wanted, made, strict=True):
            own = wish["uidSecondary"]
            assert job["uidSecondary"] == own
            assert self.jobs.setdefault(own, job["id"]) == job["id"]
            self.notes.setdefault(own, [])

    def _edit(self) -> None:
        """Change one to three jobs to something never written before."""
        open_ones = [own for own in self.jobs if own not in self.archived]
        chosen = self._luck.sample(open_ones, min(len(open_ones), self._luck.randint(1, 3)))
        texts = {own: f"{own} note {len(self.notes[own]) + 1}" for own in chosen}
        self.call(
            "editjobs",
            jobs={self.jobs[own]: {"textDispatcher": text} for own, text in texts.items()},
        )
        for own, text in texts.items():
            self.notes[own].append(text)

    def _archive(self) -> None:
        """Archive one or two jobs that are no customers of the day."""
        free = [own for own in self.jobs if own.startswith(self.name) and own not in self.archived]
        chosen = self._luck.sample(free, min(len(free), self._luck.randint(1, 2)))
        if chosen:
            self.call("archivejobs", jobs=[self.jobs[own] for own in chosen])
            self.archived.update(chosen)
