"""The demo company's programs and phones: ordinary clients of the server, over HTTP."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlencode

import httpx
import msgspec

from roundsman.core.errors import NotReady, TurnedDown
from roundsman.demo.driving import KNOTS_PER_MPS, Fix

# Statuses that pass: throttled, not ready; and the visitor who switched the API off for a while.
PASSING = frozenset({-9, -7, -8, -6})
TIMEOUT_S = 60.0
# A server that is away is asked again after so many seconds, doubling up to the second number.
RETRY_S = (0.5, 20.0)
FIXES_AT_ONCE = 1500


class Client:
    """A connection to a server under a URL."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(
            base_url=self.url,
            timeout=TIMEOUT_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=8),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def wait_until_ready(self, seconds: float) -> None:
        """Return as soon as the server can work. NotReady when it does not come in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            try:
                if (await self._http.get("/health/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
        raise NotReady(
            f"No Roundsman answers at {self.url}. Start one with: roundsman serve --demo"
        )

    async def knows(self, key: str) -> bool:
        """Tell whether the server honours a key."""
        headers = {"API-Key": key}
        answer = await self._send(
            _Patience(), "/api/getcompany", content=b'{"data":{}}', headers=headers
        )
        return bool(msgspec.json.decode(answer.content)["status"] == 0)

    async def post(self, key: str, action: str, /, **data: Any) -> dict[str, Any]:
        """Call an action of /api with a key; patient when the server is busy or away."""
        body = msgspec.json.encode({"data": data})
        patience = _Patience()
        while True:
            answer = await self._send(
                patience, f"/api/{action}", content=body, headers={"API-Key": key}
            )
            said: dict[str, Any] = msgspec.json.decode(answer.content)
            if said["status"] == 0:
                return said
            if said["status"] not in PASSING:
                self._turned(f"{action}: {said.get('message', said['status'])}")
            await patience.wait(answer)

    async def report(self, token: str, device: str, fixes: Sequence[Fix]) -> None:
        """Send what a phone measured, in order: one fix as the app does, many in batches."""
        patience = _Patience()
        path = f"/ingest/osmand/{token}"
        if len(fixes) == 1:
            query = urlencode(_reported(device, fixes[0]))
            await self._accepted(patience, f"{path}?{query}", b"")
            return
        for first in range(0, len(fixes), FIXES_AT_ONCE):
            some = fixes[first : first + FIXES_AT_ONCE]
            body = msgspec.json.encode([_reported(device, fix) for fix in some])
            await self._accepted(patience, path, body)

    async def _accepted(self, patience: "_Patience", path: str, body: bytes) -> None:
        answer = await self._send(patience, path, content=body)
        if not answer.is_success:
            self._turned(f"The position was refused with HTTP {answer.status_code}.")

    async def _send(self, patience: "_Patience", path: str, **request: Any) -> httpx.Response:
        """Post until a server that can work answers."""
        while True:
            try:
                answer = await self._http.post(path, **request)
            except httpx.TransportError:
                await patience.wait(None)
                continue
            if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                return answer
            await patience.wait(answer)

    def _turned(self, words: str) -> NoReturn:
        raise TurnedDown(f"The server at {self.url} refused. {words}")


class _Patience:
    """How long to wait before asking again."""

    def __init__(self) -> None:
        self._next_s = RETRY_S[0]

    async def wait(self, answer: httpx.Response | None) -> None:
        """Wait as long as the answer asks, or a little longer each time."""
        asked = answer.headers.get("retry-after", "") if answer is not None else ""
        seconds = float(asked) if asked.isdecimal() else self._next_s
        self._next_s = min(RETRY_S[1], self._next_s * 2)
        await asyncio.sleep(seconds)


def _reported(device: str, fix: Fix) -> Mapping[str, Any]:
    """Return a fix under the names of the OsmAnd protocol: speed in knots, battery in percent."""
    said: dict[str, Any] = {
        "id": device,
        "lat": fix.lat,
        "lon": fix.lng,
        "timestamp": fix.ts_ms,
        "speed": round(fix.speed_mps * KNOTS_PER_MPS, 2),
        "bearing": fix.bearing_deg,
        "accuracy": fix.accuracy_m,
        "batt": fix.battery_pct,
    }
    if fix.charging:
        said["charge"] = "true"
    return said
