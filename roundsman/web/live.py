"""What moves: one frame a second and scope, encoded once and shared by all its viewers."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import date
from functools import partial

import msgspec
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import secrets
from roundsman.accounts.model import Actor
from roundsman.core.clock import from_yyyymmdd, local_day
from roundsman.core.errors import Refusal
from roundsman.events import queries as facts
from roundsman.storage.database import FACTS, LIVE, Db, Tx
from roundsman.web.board import Scope, frame, scope_of
from roundsman.web.session import token_of
from roundsman.web.shapes.board import Frame

_log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode

FRAME_S = 1.0
# Frames that wait for one viewer; who falls further behind loads the board anew.
BACKLOG = 8
# Without news a viewer hears this often that the line is alive, and the session is looked at again.
QUIET_S = 25.0


class _Viewer:
    """One open page and the frames that wait for it."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)

    def offer(self, encoded: bytes) -> None:
        """Give a frame; a viewer that cannot follow is told to load the board anew."""
        if self.frames.full():
            while not self.frames.empty():
                self.frames.get_nowait()
            self.frames.put_nowait(None)
            return
        self.frames.put_nowait(encoded)


class _Channel:
    """The viewers of one scope of one company."""

    def __init__(self, actor: Actor, day: date, since: int) -> None:
        self.actor = actor
        self.day = day
        self.since = since
        self.seen_us = 0
        self.viewers: set[_Viewer] = set()
        self.dirty = asyncio.Event()
        self.task: asyncio.Task[None] | None = None


class Live:
    """The live frames of this process."""

    def __init__(self, db: Db, origins: Callable[[str, str], bool]) -> None:
        self._db = db
        self._same_origin = origins
        self._channels: dict[tuple[str, Scope], _Channel] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        db.bells.listen(FACTS, self._ring)
        db.bells.listen(LIVE, self._ring)

    def _ring(self, company: str) -> None:
        """Mark a company's channels as dirty; called in a database thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._mark, company)

    def _mark(self, company: str) -> None:
        for (of, _), channel in self._channels.items():
            if of == company:
                channel.dirty.set()

    async def serve(self, socket: WebSocket) -> None:
        """Serve one page until it leaves."""
        if not self._same_origin(socket.headers.get("origin", ""), socket.headers.get("host", "")):
            await socket.close(1008, "Foreign origin.")
            return
        self._loop = asyncio.get_running_loop()
        token = token_of(socket)
        await socket.accept()
        try:
            actor, newest = await self._db.read(lambda tx: _open(tx, token))
            day = _day_asked(socket, newest[1])
        except (Refusal, ValueError) as problem:
            await socket.send_text(_bye("login" if isinstance(problem, Refusal) else "day"))
            await socket.close(1008)
            return
        asked = socket.query_params.get("seq", "")
        since = int(asked) if asked.isdecimal() and len(asked) < 20 else newest[0]  # noqa: PLR2004 - fits 64 bits
        channel = self._join(actor, day, since)
        viewer = _Viewer()
        channel.viewers.add(viewer)
        channel.dirty.set()
        try:
            await self._feed(socket, viewer, token)
        finally:
            self._leave(channel, viewer)

    async def _feed(self, socket: WebSocket, viewer: _Viewer, token: str) -> None:
        """Send frames while listening for the page's departure."""
        leaving = asyncio.create_task(_wait_for_departure(socket))
        checked = time.monotonic()
        try:
            while not leaving.done():
                waiting = asyncio.create_task(viewer.frames.get())
                await asyncio.wait(
                    {waiting, leaving}, timeout=QUIET_S, return_when=asyncio.FIRST_COMPLETED
                )
                if waiting.done():
                    encoded = waiting.result()
                    await socket.send_text(_bye("slow") if encoded is None else encoded.decode())
                else:
                    waiting.cancel()
                    if not leaving.done():
                        await socket.send_text('{"type":"quiet"}')
                if time.monotonic() - checked >= QUIET_S:
                    checked = time.monotonic()
                    if not await self._still_good(token):
                        await socket.send_text(_bye("login"))
                        await socket.close(1008)
                        return
        except (WebSocketDisconnect, RuntimeError):
            return  # the page left while a frame was on its way
        finally:
            leaving.cancel()

    async def _still_good(self, token: str) -> bool:
        try:
            await self._db.read(lambda tx: secrets.open_with_session(tx, token))
        except Refusal:
            return False
        return True

    def _join(self, actor: Actor, day: date, since: int) -> _Channel:
        key = (actor.company, scope_of(actor, day))
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = _Channel(actor, day, since)
            channel.task = asyncio.create_task(self._run(channel))
        else:
            # A page that was away longer than its channel's frames reach gets the difference too.
            channel.since = min(channel.since, since)
        return channel

    def _leave(self, channel: _Channel, viewer: _Viewer) -> None:
        channel.viewers.discard(viewer)
        if not channel.viewers:
            if channel.task is not None:
                channel.task.cancel()
            self._channels.pop((channel.actor.company, scope_of(channel.actor, channel.day)), None)

    async def _run(self, channel: _Channel) -> None:
        """Make a frame whenever something changed, at most one a second."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(channel.dirty.wait(), QUIET_S)
            channel.dirty.clear()
            try:
                made, seen_us = await self._db.read(partial(_next_frame, channel))
            except Refusal as refusal:
                _log.warning("frame_failed", code=refusal.code)
            except Exception:  # noqa: BLE001 - a broken frame is logged; the next may be whole
                _log.exception("frame_failed")
            else:
                channel.since, channel.seen_us = made.seq, seen_us
                if made.members or made.jobs or made.gone_jobs:
                    encoded = _encode(made)
                    for viewer in channel.viewers:
                        viewer.offer(encoded)
            await asyncio.sleep(FRAME_S)

    async def close(self) -> None:
        """Tell every page that the server goes away."""
        for channel in list(self._channels.values()):
            if channel.task is not None:
                channel.task.cancel()


def _open(tx: Tx, token: str) -> tuple[Actor, tuple[int, date]]:
    actor = secrets.open_with_session(tx, token)
    return actor, (facts.newest_number(), local_day(tx.now, actor.timezone))


def _next_frame(channel: _Channel, tx: Tx) -> tuple[Frame, int]:
    """Return what changed since the channel's last frame, as its actor may see it now."""
    return frame(tx, _anew(tx, channel.actor), channel.day, channel.since, channel.seen_us)


def _anew(tx: Tx, actor: Actor) -> Actor:
    """Return the actor with the rights and names of this moment."""
    company = accounts.get_company(tx, actor.company)
    return Actor(company, accounts.get_member(tx, actor.company, actor.id), actor.means)


def _day_asked(socket: WebSocket, today: date) -> date:
    asked = socket.query_params.get("day", "")
    if not asked.isdecimal():
        return today
    return from_yyyymmdd(int(asked[:8])) or today


async def _wait_for_departure(socket: WebSocket) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


def _bye(reason: str) -> str:
    return msgspec.json.encode({"type": "bye", "reason": reason}).decode()
