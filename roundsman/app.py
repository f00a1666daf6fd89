"""The composition root: settings in, a running product out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Mount

from roundsman.api.endpoints import ACTIONS
from roundsman.api.rpc import Rpc
from roundsman.chores.runner import Chore, keep_doing
from roundsman.chores.uses import Uses
from roundsman.core.clock import utc_now
from roundsman.core.site import Site
from roundsman.events.outbox import relay_once
from roundsman.http.health import health_routes
from roundsman.http.limits import Rate, Throttle
from roundsman.http.log import RequestLog
from roundsman.reactions import react
from roundsman.settings import Settings
from roundsman.storage.database import FACTS, Db, open_database

_log = structlog.get_logger()

USES_EVERY_S = 5.0


class Application:
    """Everything of one process: the database, the doors and the standing work."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self.db: Db = open_database(
            settings.url, clock=clock, unit_timeout_s=settings.request_timeout_s
        )
        self.uses = Uses(self.db, clock)
        self.chores = self._chores()
        self.asgi = self._asgi()
        self._running: list[asyncio.Task[None]] = []

    def _chores(self) -> list[Chore]:
        """Return the standing work of the whole product, whoever does it."""
        return [
            Chore(
                name="relay", work=lambda: relay_once(self.db, react), bells=(FACTS,), every_s=1.0
            ),
            Chore(name="uses", work=self.uses.write, every_s=USES_EVERY_S),
        ]

    def _asgi(self) -> Starlette:
        settings = self.settings
        throttle = Throttle(Rate(settings.api_rate, settings.api_burst))
        rpc = Rpc(
            self.db, ACTIONS, throttle, self.uses.note, settings.body_limit, site_of(settings)
        )
        routes: list[BaseRoute] = [
            *health_routes(self.db, metrics=settings.metrics),
            Mount("/api", app=rpc),
        ]
        middleware = [Middleware(RequestLog)]
        if settings.cors_origins:
            cors: dict[str, Any] = {
                "allow_origins": list(settings.cors_origins),
                "allow_methods": ["GET", "POST"],
                "allow_headers": ["API-Key", "Content-Type"],
            }
            middleware.append(Middleware(CORSMiddleware, **cors))
        return Starlette(routes=routes, middleware=middleware, lifespan=self._lifespan)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def start(self) -> None:
        """Begin the standing work that belongs to this process's role."""
        mine = (
            self.chores
            if self.settings.role in {"all", "work"}
            else [one for one in self.chores if one.name == "uses"]
        )
        self._running = [
            asyncio.create_task(keep_doing(self.db, chore), name=chore.name) for chore in mine
        ]
        _log.info("started", role=self.settings.role, chores=[chore.name for chore in mine])

    async def stop(self) -> None:
        """End the standing work and close the database."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.uses.write()
        await asyncio.to_thread(self.db.close)
        _log.info("stopped")


def site_of(settings: Settings) -> Site:
    """Return what actions must know of the installation."""
    return Site(public_url=settings.public_url, sends_mail=bool(settings.smtp_host))
