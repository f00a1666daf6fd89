"""The composition root: settings in, a running product out."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Any

import anyio.to_thread
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from roundsman.almanac.nights import begin_days
from roundsman.api.endpoints import ACTIONS
from roundsman.api.geocoded import with_positions
from roundsman.api.reference import openapi
from roundsman.api.rpc import Rpc
from roundsman.arrivals.watch import Watch
from roundsman.chores.runner import Chore, keep_doing
from roundsman.chores.uses import Uses
from roundsman.core.clock import utc_now
from roundsman.core.site import Site
from roundsman.dispatch.pool import Pool
from roundsman.dispatch.roads import ways_over
from roundsman.dispatch.runs.work import PlanRuns, forget_old
from roundsman.events.outbox import relay_once
from roundsman.gateways import notices
from roundsman.gateways.addresses import outbound
from roundsman.gateways.geocoder import geocoder_of
from roundsman.gateways.roads import roads_of
from roundsman.gateways.web import Client
from roundsman.http.health import health_routes
from roundsman.http.limits import Rate, Throttle
from roundsman.http.log import RequestLog
from roundsman.http.upgrades import http_only
from roundsman.ingest.endpoints import Ingest
from roundsman.jobs.presence import look_again
from roundsman.jobs.seeking import Seeker
from roundsman.messages.actions import MAILS
from roundsman.messages.delivery import send_due
from roundsman.reactions import react
from roundsman.settings import Settings
from roundsman.storage.database import DELIVERIES, FACTS, FIXES, PLANS, Db, open_database
from roundsman.streets.basemaps import BaseMaps
from roundsman.tracking.fold import fold_due
from roundsman.web.endpoints import Around, Web
from roundsman.web.pages import missing
from roundsman.webhooks.delivery import Deliveries

_log = structlog.get_logger()

USES_EVERY_S = 5.0
PLANNERS_EVERY_S = 60.0
FORGET_EVERY_S = 600.0
# What a process does for itself, whatever its role.
_OWN = {"uses", "planners"}
# Fixes that come within this time are folded together.
FOLD_PAUSE_S = 0.1
# Facts too: a batch costs hardly more than one.
RELAY_PAUSE_S = 0.05


class Application:
    """Everything of one process: the database, the doors and the standing work."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime] = utc_now,
        *,
        streets: Callable[[], bytes] | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.db: Db = open_database(
            settings.url, clock=clock, unit_timeout_s=settings.request_timeout_s
        )
        self.uses = Uses(self.db, clock)
        self.roads = roads_of(
            data=settings.data,
            url=settings.roads_url,
            limit_m=settings.roads_snap_m,
            engine=settings.roads_engine,
        )
        ways = ways_over(self.roads)
        self.pool = Pool(ways=ways)
        self.watch = Watch(self.db, ways)
        self.outbound = outbound(
            allow_http=settings.allow_http_webhooks, networks=settings.allow_networks
        )
        self.geocoder = geocoder_of(
            settings.geocoder,
            data=settings.data,
            url=settings.geocoder_url,
            rate=settings.geocoder_rate,
            # The operator named the server, so http will do.
            rules=outbound(allow_http=True, networks=settings.allow_networks),
            agent=f"Roundsman ({settings.base_url or 'self-hosted'})",
        )
        self.seeker = Seeker(self.db, self.geocoder)
        around = Around(
            site=site_of(settings),
            outbound=self.outbound,
            data=settings.data,
            geocoder=self.geocoder,
            maps=BaseMaps(settings.data),
            pool=self.pool,
            line=self.roads.line,
            streets=streets,
            at_work=self._at_work,
        )
        self.web = Web(self.db, around)
        self.deliveries = Deliveries(
            self.db, Client(self.outbound), settings.webhook_retries_s, clock
        )
        self.plans = PlanRuns(self.db, self.pool)
        self.send = mail_of(settings)
        self._running: list[asyncio.Task[None]] = []
        self.chores = self._chores()
        self.asgi = self._asgi()

    def _chores(self) -> list[Chore]:
        """Return the standing work of the whole product, whoever does it."""
        return [
            Chore(
                name="relay",
                work=lambda: relay_once(self.db, react),
                bells=(FACTS,),
                every_s=1.0,
                pause_s=RELAY_PAUSE_S,
            ),
            Chore(
                name="fold",
                work=lambda: fold_due(self.db),
                bells=(FIXES,),
                every_s=1.0,
                pause_s=FOLD_PAUSE_S,
            ),
            Chore(name="looks", work=lambda: look_again(self.db), every_s=5.0),
            Chore(name="arrivals", work=self.watch.look, bells=(FACTS,), every_s=5.0, pause_s=2.0),
            Chore(name="nights", work=lambda: begin_days(self.db), every_s=5.0),
            Chore(name="deliveries", work=self.deliveries.deliver_due, bells=(DELIVERIES,)),
            Chore(name="plans", work=self.plans.make_due, bells=(PLANS,)),
            Chore(name="forgetting", work=lambda: forget_old(self.db), every_s=FORGET_EVERY_S),
            Chore(name="mail", work=lambda: send_due(self.db, self.send), bells=(MAILS,)),
            Chore(name="addresses", work=self.seeker.seek_due),
            Chore(name="uses", work=self.uses.write, every_s=USES_EVERY_S),
            Chore(name="planners", work=self.pool.rest, every_s=PLANNERS_EVERY_S),
        ]

    def _used(self, secret: str) -> None:
        """Note that a key opened something."""
        self.uses.note(secret)
        self._at_work()

    def _at_work(self) -> None:
        """Get ready: who works may ask for a plan soon. Before the start there is nothing to do."""
        if self._running:
            self.pool.warm()

    def _asgi(self) -> Starlette:
        settings = self.settings
        throttle = Throttle(Rate(settings.api_rate, settings.api_burst))
        rpc = Rpc(
            self.db,
            with_positions(ACTIONS, self.geocoder),
            throttle,
            self._used,
            settings.body_limit,
            site_of(settings),
            pool=self.pool,
        )
        routes: list[BaseRoute] = [
            *health_routes(self.db, metrics=settings.metrics),
            Route("/api/openapi.json", _api_document),
            Mount("/api", app=http_only(rpc)),
            Mount("/ingest", app=http_only(Ingest(self.db, self.clock))),
            *self.web.routes(),
        ]
        middleware = [Middleware(RequestLog)]
        if settings.cors_origins:
            cors: dict[str, Any] = {
                "allow_origins": list(settings.cors_origins),
                "allow_methods": ["GET", "POST"],
                "allow_headers": ["API-Key", "Content-Type"],
            }
            middleware.append(Middleware(CORSMiddleware, **cors))
        app = Starlette(
            routes=routes,
            middleware=middleware,
            exception_handlers={404: missing},
            lifespan=self._lifespan,
        )
        # Programs and phones do not follow: what has no place here hears so.
        app.router.redirect_slashes = False
        return app

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
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
            else [one for one in self.chores if one.name in _OWN]
        )
        self.db.share_bells()
        if self.settings.role != "work":
            self.roads.warm()
        self._running = [
            asyncio.create_task(keep_doing(self.db, chore), name=chore.name) for chore in mine
        ]
        _log.info("started", role=self.settings.role, chores=[chore.name for chore in mine])

    async def stop(self) -> None:
        """End the standing work and close the database."""
        await self.web.live.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.deliveries.close()
        await self.plans.close()
        await self.uses.write()
        await asyncio.to_thread(self.pool.close)
        await asyncio.to_thread(self.roads.close)
        await asyncio.to_thread(self.geocoder.close)
        await asyncio.to_thread(self.db.close)
        _log.info("stopped")


async def _api_document(_: Request) -> Response:
    """Answer the OpenAPI document of the RPC surface."""
    return Response(
        await anyio.to_thread.run_sync(openapi, ACTIONS),
        headers={"cache-control": "no-cache", "access-control-allow-origin": "*"},
        media_type="application/json",
    )


def mail_of(settings: Settings) -> notices.Send:
    """Return the way mails leave the house."""
    if not settings.smtp_host:
        return notices.nowhere
    return notices.through(
        notices.MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            user=settings.smtp_user,
            password=settings.smtp_password,
            tls=settings.smtp_tls,
            sender=settings.mail_from,
        )
    )


def site_of(settings: Settings) -> Site:
    """Return what actions must know of the installation."""
    return Site(
        public_url=settings.public_url,
        sends_mail=bool(settings.smtp_host),
        allow_http_webhooks=settings.allow_http_webhooks,
        allow_networks=settings.allow_networks,
        map_imports=settings.map_imports,
        map_upload_limit=settings.map_upload_limit,
    )
