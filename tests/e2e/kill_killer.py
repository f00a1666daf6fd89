"""Who kills: at moments that chance draws, some of them in the middle of something."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.hooks import Inbox
    from tests.server_process import ServerProcess

# Drawn in this proportion. `sent`: a request is there, its answer not yet. `answered`: what
# follows from a request is being done: relay, fold, deliveries. `delivery`: a receiver has a
# webhook and has not answered. `any`: whatever happens then. `starting`: before the start is over.
MOMENTS = {"sent": 30, "answered": 25, "delivery": 20, "any": 15, "starting": 10}
# What was waited for does not come, because nobody has anything to do: strike all the same.
TIRED_S = 1.5
# The stroke falls at most this long after the moment.
LATER_S = {"sent": 0.01, "answered": 0.15, "delivery": 0.03, "any": 0.6, "starting": 1.0}


class Killer:
    """Kills servers and starts them again, a given number of times, in a thread of its own.

    `reach` is called by clients at the named moments, `wait` lets their day go on in step with the
    kills; `struck` counts the kills by moment, `starts_s` is how long each start took.
    """

    def __init__(
        self, servers: Sequence[ServerProcess], inbox: Inbox, total: int, seed: int
    ) -> None:
        self.struck: Counter[str] = Counter()
        self.starts_s: list[float] = []
        self._servers = servers
        self._inbox = inbox
        self._total = total
        self._luck = random.Random(seed)
        self._state = threading.Condition()
        self._done = 0
        self._strokes = 0
        self._armed = ""

    def run(self) -> None:
        """Kill until done; the servers run then, all of them ready."""
        try:
            for _ in range(self._total):
                self._strike()
                with self._state:
                    self._done += 1
                    self._state.notify_all()
            for server in self._servers:
                server.wait_ready()
        finally:
            with self._state:
                self._done = self._total
                self._state.notify_all()

    def reach(self, moment: str) -> None:
        """Tell that a moment has come. Who has just sent waits until the stroke, if one is due."""
        if self._armed != moment:
            return
        with self._state:
            if self._armed != moment:
                return
            self._armed = ""
            self._state.notify_all()
            if moment == "sent":
                strokes = self._strokes
                self._state.wait_for(lambda: self._strokes > strokes)

    def wait(self, share: float) -> None:
        """Wait until so large a share of the kills is over, but for the one that comes next."""
        with self._state:
            self._state.wait_for(lambda: (self._done + 1) / self._total > share)

    def _strike(self) -> None:
        luck, server = self._luck, self._luck.choice(self._servers)
        (moment,) = luck.choices(list(MOMENTS), weights=list(MOMENTS.values()))
        if moment != "starting":
            self.starts_s.append(server.wait_ready())
        if moment in {"sent", "answered"}:
            with self._state:
                self._armed = moment
                self._state.wait_for(lambda: not self._armed, TIRED_S)
                self._armed = ""
        elif moment == "delivery":
            with suppress(TimeoutError):
                self._inbox.wait_for(len(self._inbox.requests) + 1, TIRED_S)
        time.sleep(luck.uniform(0, LATER_S[moment]))
        server.kill()
        with self._state:
            self._strokes += 1
            self._state.notify_all()
        server.start()
        self.struck[moment] += 1
