"""A geocoder of others, asked by HTTP: Nominatim or Photon.

Their operators ask for patience: no more than so many calls a second, answers kept, a name by which
the caller is known. A server that gives no answer is not asked again for a while, longer each time.
"""

import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, override

import httpcore
import httpx
import structlog
from msgspec.structs import replace

from roundsman.core.geo import Point, distance_m
from roundsman.gateways.addresses import Outbound, may_call
from roundsman.gateways.geocoder_dialects import Dialect, Nominatim, Photon, Unreadable
from roundsman.geocoding.model import LATER, NOTHING, Located

CONNECT_S = 2.0
ANSWER_S = 5.0
BODY_LIMIT = 1024 * 1024
KEPT_MOST = 5_000
# Whoever would wait longer than this for their turn is told to ask again later.
PATIENCE_S = 3.0
# Whoever types has typed on by then.
TYPING_S = 0.3
REST_S = 15.0
REST_MOST_S = 600.0
_OK, _TOO_MANY = 200, 429
_DIALECTS: dict[str, Callable[[], Dialect]] = {"nominatim": Nominatim, "photon": Photon}

_log = structlog.get_logger()


class Remote:
    """A Nominatim or Photon server. Threads may share it."""

    def __init__(
        self,
        kind: str,
        url: str,
        *,
        rate: float,
        rules: Outbound,
        agent: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._kind = kind
        self._dialect = _DIALECTS[kind]()
        self._url = url.rstrip("/")
        self._every_s = 1 / rate if rate else 0.0
        self._agent = agent
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, list[Located]] = OrderedDict()
        self._turn = 0.0
        self._rest_s = 0.0
        self._rests_until = 0.0
        self._problem = ""
        self._pool = httpcore.ConnectionPool(
            max_connections=4,
            keepalive_expiry=30.0,
            network_backend=_Guarded(rules),
            ssl_context=httpx.create_ssl_context(trust_env=False),
        )

    def locate(self, text: str, *, country: str = "", near: Point | None = None) -> Located:
        """Return the server's best answer for an address."""
        if not text.strip():
            return NOTHING
        found = self._ask(self._dialect.locate(text, country, near, 1))
        return LATER if found is None else found[0] if found else NOTHING

    def suggest(self, text: str, *, near: Point | None = None, most: int = 8) -> Sequence[Located]:
        """Return Photon's suggestions; Nominatim's terms of use forbid to ask while one types."""
        if self._kind == "nominatim" or not text.strip():
            return ()
        return self._ask(self._dialect.locate(text, "", near, most), TYPING_S) or ()

    def describe(self, at: Point) -> Located:
        """Return the server's address at a position, rounded to a metre so that it can be kept."""
        place = Point(round(at.lat, 5), round(at.lng, 5))
        found = self._ask(self._dialect.describe(place))
        if found is None:
            return LATER
        if not found or (there := found[0].position) is None:
            return NOTHING
        away_m = distance_m(at.lat, at.lng, there.lat, there.lng)
        return replace(found[0], distance_m=away_m)

    def health(self) -> tuple[bool, str]:
        """Ask the server for something and tell what came of it."""
        self._rests_until = 0.0
        found = self._ask(self._dialect.describe(Point(0.0, 0.0)))
        return (True, f"{self._url} answers") if found is not None else (False, self._problem)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    # --- one call ---------------------------------------------------------------------------------

    def _ask(self, path: str, patience_s: float = PATIENCE_S) -> list[Located] | None:
        """Return what a path answers, None when it cannot be asked now."""
        with self._lock:
            if path in self._kept:
                self._kept.move_to_end(path)
                return self._kept[path]
            now = self._clock()
            wait_s = max(0.0, self._turn - now)
            if now < self._rests_until or wait_s > patience_s:
                return None
            self._turn = max(now, self._turn) + self._every_s
        if wait_s:
            self._sleep(wait_s)
        try:
            found = self._dialect.read(self._get(path))
        except (_Down, Unreadable) as problem:
            self._rest(str(problem))
            return None
        with self._lock:
            self._rest_s = 0.0
            self._kept[path] = found
            if len(self._kept) > KEPT_MOST:
                self._kept.popitem(last=False)
        return found

    def _rest(self, problem: str) -> None:
        with self._lock:
            self._rest_s = min(REST_MOST_S, self._rest_s * 2 or REST_S)
            self._rests_until = self._clock() + self._rest_s
            self._problem = f"{self._url} gives no answer: {problem}."
            rest_s = self._rest_s
        _log.warning("geocoder_down", url=self._url, problem=problem, rest_s=rest_s)

    def _get(self, path: str) -> bytes:
        """Return the body of an answer. _Down says why there is none."""
        headers = [("User-Agent", self._agent), ("Accept", "application/json")]
        limits = {"connect": CONNECT_S, "read": ANSWER_S, "write": ANSWER_S, "pool": ANSWER_S}
        body = bytearray()
        try:
            with self._pool.stream(
                "GET", self._url + path, headers=headers, extensions={"timeout": limits}
            ) as response:
                if response.status != _OK:
                    known = " (too many calls)" if response.status == _TOO_MANY else ""
                    raise _Down(f"status {response.status}{known}")
                for part in response.iter_stream():
                    body += part
                    if len(body) > BODY_LIMIT:
                        raise _Down("an answer that is far too long")
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise _Down("it took too long") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise _Down(f"{type(error).__name__} {error}".strip()) from error
        return bytes(body)


class _Down(Exception):
    """The server gave no answer that can be used."""


class _Guarded(httpcore.NetworkBackend):
    """Connects to addresses the operator's rules allow; a name is resolved once, for the check."""

    def __init__(self, rules: Outbound) -> None:
        self._rules = rules
        self._inner = httpcore.SyncBackend()

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check, connect."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        allowed = [
            address
            for entry in found
            if may_call(ip_address(address := str(entry[4][0]).partition("%")[0]), self._rules)
        ]
        if not allowed:
            raise _Down(
                f"{host} is no public address; allow its network by ROUNDSMAN_ALLOW_NETWORKS"
            )
        return self._inner.connect_tcp(allowed[0], port, timeout=timeout)
