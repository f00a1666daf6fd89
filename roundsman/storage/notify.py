"""Bells between the processes of one PostgreSQL: what rings in one sounds in the others.

Bells travel by LISTEN and NOTIFY over a connection of their own, outside the transactions that
rang them: PostgreSQL lets only one transaction that notifies commit at a time, and the product's
own must not queue for that. What was rung meanwhile goes out together, at most ten times a second.
A notification can be lost (the connection broke), so whoever waits for a bell also looks by the
clock.
"""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, Final

import msgspec
import psycopg
import structlog

type Rung = tuple[str, str]

CHANNEL: Final = "roundsman_bells"
# Bells of one process go out together this often at most; the first goes at once.
EVERY_S = 0.1
# A notification holds less than 8000 bytes: this many pairs of a bell and a company.
AT_ONCE = 64
RECONNECT_S = 1.0
CLOSE_S = 5.0

_log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[str, str]]).decode


class Notifier:
    """A thread that tells other processes what was rung here, and sounds what was rung there."""

    def __init__(self, url: str, sound: Callable[[Iterable[Rung]], None]) -> None:
        self._url = url
        self._sound = sound
        self._rung: set[Rung] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._waking, self._wakes = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="postgresql-bells", daemon=True)
        self._thread.start()

    def tell(self, rung: Iterable[Rung]) -> None:
        """Let the other processes hear these bells, now or within a tenth of a second."""
        with self._lock:
            is_awake = bool(self._rung)
            self._rung.update(rung)
            if not is_awake and self._rung and not self._closed:
                self._wakes.send(b"!")

    def close(self) -> None:
        """End the thread and its connection."""
        with self._lock:
            self._closed = True
            self._wakes.send(b"!")
        self._thread.join(CLOSE_S)
        if not self._thread.is_alive():
            self._waking.close()
            self._wakes.close()

    def _run(self) -> None:
        while not self._closed:
            try:
                # Nothing here must survive a crash of the server, so no commit waits for a disk.
                with psycopg.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=10,
                    options="-c synchronous_commit=off",
                ) as connection:
                    self._converse(connection)
            except psycopg.Error as error:
                _log.warning("bells_interrupted", error=str(error).strip().partition("\n")[0])
                with selectors.DefaultSelector() as pause:
                    pause.register(self._waking, selectors.EVENT_READ)
                    self._wait(pause, RECONNECT_S)

    def _converse(self, connection: psycopg.Connection[Any]) -> None:
        """Hear and tell until closed. psycopg.Error when the connection breaks."""
        connection.execute(f"LISTEN {CHANNEL}")
        me = connection.info.backend_pid
        told_at = float("-inf")
        with selectors.DefaultSelector() as either:
            either.register(self._waking, selectors.EVENT_READ)
            either.register(connection.fileno(), selectors.EVENT_READ)
            while not self._closed:
                wait_s = max(0.0, told_at + EVERY_S - monotonic()) if self._rung else None
                self._wait(either, wait_s)
                for one in connection.notifies(timeout=0):
                    if one.pid != me:
                        self._hear(one.payload)
                if self._rung and monotonic() >= told_at + EVERY_S:
                    told_at = monotonic()
                    self._say(connection)

    def _wait(self, either: selectors.BaseSelector, wait_s: float | None) -> None:
        """Wait until something came, or was rung here, or the time is over."""
        for key, _ in either.select(wait_s):
            if key.fileobj is self._waking:
                self._waking.recv(4096)

    def _say(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            rung, self._rung = sorted(self._rung), set()
        for first in range(0, len(rung), AT_ONCE):
            payload = _encode(rung[first : first + AT_ONCE]).decode()
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))

    def _hear(self, payload: str) -> None:
        # What a newer program of the same database says may be of another form.
        with contextlib.suppress(msgspec.DecodeError):
            self._sound(_decode(payload))
