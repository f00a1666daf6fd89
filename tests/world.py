"""The cast and their server: the real application over a real database.

Ada is admin, Otto operator, Wanda and Willi are workers of Acme; Zoe is admin of another company,
Zeta. Time stands still until a test passes it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from msgspec.structs import replace

from roundsman.accounts import queries as accounts
from roundsman.accounts.actions import companies, secrets
from roundsman.accounts.credentials import hash_password
from roundsman.accounts.model import Actor, Member
from roundsman.accounts.rights import Role
from roundsman.app import Application
from roundsman.chores.runner import settle
from roundsman.core.ids import CompanyId, MemberId
from roundsman.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from roundsman.storage.database import Tx

# A Monday morning in Vienna, whose clocks are one hour ahead of UTC.
MONDAY = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
ZONE = "Europe/Vienna"
PASSWORD = "a quiet morning in Vienna"  # noqa: S105 - of people who do not exist
_HASH = hash_password(PASSWORD)


class Person:
    """One of the cast, who talks to the server with a key of their own."""

    def __init__(self, world: World, member: Member, company: CompanyId, key: str) -> None:
        self.world = world
        self.id = member.id
        self.username = member.username
        self.name = member.name
        self.company = company
        self.key = key

    async def post(self, action: str, /, **data: Any) -> dict[str, Any]:
        """Call an action and return its answer, which must come with HTTP 200."""
        answer = await self.raw(action, json={"data": data})
        assert answer.status_code == 200, answer.text
        called: dict[str, Any] = answer.json()
        return called

    async def raw(self, action: str, /, **request: Any) -> httpx.Response:
        """Call an action with any body and headers; the key is sent unless they say otherwise."""
        headers = {"API-Key": self.key, **request.pop("headers", {})}
        return await self.world.http.post(f"/api/{action}", headers=headers, **request)


class World:
    """A server with two companies on it."""

    def __init__(self, settings: Settings) -> None:
        self.now = MONDAY
        self.app = Application(settings, clock=lambda: self.now)
        self.db = self.app.db
        transport = httpx.ASGITransport(app=self.app.asgi, raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=30)
        self.ada, self.acme = self._company("Acme", "ada@acme.example")
        self.zoe, self.zeta = self._company("Zeta", "zoe@zeta.example")
        self.otto = self._member("Otto", Role.OPERATOR)
        self.wanda = self._member("Wanda", Role.WORKER)
        self.willi = self._member("Willi", Role.WORKER)

    @property
    def cast(self) -> list[Person]:
        """Return everybody of Acme."""
        return [self.ada, self.otto, self.wanda, self.willi]

    def pass_time(self, **delta: float) -> None:
        """Let time pass: `pass_time(minutes=5)`."""
        self.now += timedelta(**delta)

    async def settle(self) -> None:
        """Let the relay and all other standing work come to rest."""
        await settle(self.app.chores)

    def set_policy(self, **values: Any) -> None:
        """Change Acme's preferences."""

        def change(tx: Tx) -> None:
            company = accounts.get_company(tx, self.acme, lock=True)
            accounts.save_company(tx, replace(company, policy=replace(company.policy, **values)))

        self.db.write_now(change)

    def set_member(self, person: Person, **values: Any) -> None:
        """Change a member's record."""

        def change(tx: Tx) -> None:
            member = accounts.get_member(tx, person.company, person.id, lock=True)
            accounts.save_member(tx, person.company, replace(member, **values))

        self.db.write_now(change)

    def set_company(self, **values: Any) -> None:
        """Change Acme's record."""

        def change(tx: Tx) -> None:
            accounts.save_company(
                tx, replace(accounts.get_company(tx, self.acme, lock=True), **values)
            )

        self.db.write_now(change)

    def actor(self, person: Person) -> Actor:
        """Return a person of the cast as the actor of an action."""

        def load(tx: Tx) -> Actor:
            company = accounts.get_company(tx, person.company)
            return Actor(company, accounts.get_member(tx, person.company, person.id))

        return self.db.read_now(load)

    async def close(self) -> None:
        """Close the server."""
        await self.http.aclose()
        await self.app.deliveries.close()
        await self.app.plans.close()
        self.app.pool.close()
        self.app.roads.close()
        self.app.geocoder.close()
        self.db.close()

    def _company(self, name: str, email: str) -> tuple[Person, CompanyId]:
        def make(tx: Tx) -> tuple[Actor, str]:
            return companies.create_company(tx, name, email, password_hash=_HASH, timezone=ZONE)

        actor, key = self.db.write_now(make)
        return Person(self, actor.member, actor.company, key), actor.company

    def _member(self, name: str, role: Role) -> Person:
        member = Member(
            id=MemberId(f"{name.lower():x<6}"),
            username=f"{name.lower()}@acme.example",
            name=name,
            role=role,
            created_at=self.now,
            email=f"{name.lower()}@acme.example",
            phone="+431234567",
            timezone=ZONE,
        )
        admin = self.actor(self.ada)

        def make(tx: Tx) -> str:
            accounts.save_member(tx, self.acme, member)
            accounts.take_username(tx, self.acme, member.id, member.username)
            accounts.set_password_hash(tx, self.acme, member.id, _HASH)
            return secrets.make_key(tx, admin, member.id, name)[1]

        return Person(self, member, self.acme, self.db.write_now(make))


def settings_for(url: str, folder: Path, **values: Any) -> Settings:
    """Return settings of a test server; throttling is off unless a test asks for it."""
    return Settings(
        data=folder,
        database_url="" if url.startswith("sqlite") else url,
        api_rate=values.pop("api_rate", 0),
        allow_http_webhooks=True,
        allow_networks=("127.0.0.0/8",),
        **values,
    )


def make_world(url: str, folder: Path, **values: Any) -> World:
    """Return a world over a fresh, migrated database."""
    return World(settings_for(url, folder, **values))
