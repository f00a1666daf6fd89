"""Founding the demo company: first as an administrator at the command line, then as a client.

Every step finds what is there already, so that founding it again changes nothing.
"""

import secrets as chance

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries
from roundsman.accounts.actions import companies, secrets
from roundsman.accounts.credentials import digest, hash_password
from roundsman.accounts.model import Actor, Company
from roundsman.core.clock import utc_now
from roundsman.demo.cast import (
    ADMIN,
    BOSS,
    COMPANY,
    DISPATCHER,
    EMAIL,
    EVERYBODY,
    OFFICE,
    OFFICE_ADDRESS,
    PHONE,
    TEAMS,
    TIMEZONE,
    WORKERS,
    Person,
    Team,
)
from roundsman.demo.city import Graph
from roundsman.demo.client import Client
from roundsman.demo.customers import COLORS, Customer, customers
from roundsman.demo.days import house_near
from roundsman.demo.memory import Equipment, Memory
from roundsman.demo.quarters import quarter_of
from roundsman.storage.database import Tx
from roundsman.tracking import actions as tracking

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Read aloud without mistakes: no l, o, 0 or 1.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class Password(Struct, frozen=True):
    """A password and what the server keeps of it."""

    plain: str
    hashed: str


def new_password() -> Password:
    """Return a password for the demo's people (slow: never inside a transaction)."""
    parts = ("".join(chance.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    plain = "-".join(parts)
    return Password(plain, hash_password(plain))


# --- at the command line --------------------------------------------------------------------------


def found(tx: Tx, memory: Memory | None, password: Password) -> Memory:
    """Return the demo company of this database, founded now if there is none.

    What is remembered is kept as far as it still works; else a new key and password are made.
    """
    company = _existing(tx)
    if company is None:
        actor, key = companies.create_company(
            tx, COMPANY, ADMIN, password_hash=password.hashed, timezone=TIMEZONE, demo=True
        )
        return _fresh(actor, key, password)
    boss = queries.get_named(tx, company.id, ADMIN)
    actor = Actor(company, boss, "cli")
    if memory is None or memory.company != company.id:
        queries.set_password_hash(tx, company.id, boss.id, password.hashed)
        _, key = secrets.make_key(tx, actor, boss.id, "Demo")
        return _fresh(actor, key, password)
    if not _opens(tx, memory.key):
        _, key = secrets.make_key(tx, actor, boss.id, "Demo")
        return replace(memory, key=key)
    return memory


def _existing(tx: Tx) -> Company | None:
    every = (queries.get_company(tx, one) for one in queries.company_ids(tx))
    return next((one for one in every if one.demo), None)


def _fresh(actor: Actor, key: str, password: Password) -> Memory:
    return Memory(
        company=actor.company,
        company_name=actor.company_profile.name,
        username=actor.member.username,
        password=password.plain,
        key=key,
    )


def _opens(tx: Tx, secret: str) -> bool:
    credential = queries.find_credential(tx, digest(secret))
    return credential is not None and credential.is_good(utc_now())


def equip(tx: Tx, memory: Memory) -> Memory:
    """Return the memory with a key for the office and each worker, and phones for these."""
    company = queries.get_company(tx, memory.company)
    actor = Actor(company, queries.get_named(tx, company.id, ADMIN), "cli")
    equipment = dict(memory.equipment)
    for person in (DISPATCHER, *WORKERS):
        if person.username in equipment:
            continue
        member = queries.get_named(tx, company.id, person.username)
        label = f"App of {person.name}" if person.is_worker else "Office"
        _, key = secrets.make_key(tx, actor, member.id, label)
        tools = Equipment(member=member.id, key=key)
        if person.is_worker:
            made = tracking.create_device(tx, actor, member.id)
            tools = replace(tools, device=made.id, token=made.token)
        equipment[person.username] = tools
    return replace(memory, equipment=equipment)


# --- as a client ----------------------------------------------------------------------------------


async def settle(client: Client, memory: Memory) -> None:
    """Give the company its profile and people, as an administrator would over the API."""
    key = memory.key
    await client.post(key, "editcompany", **_profile())
    for person in EVERYBODY:
        if person is not BOSS:
            await client.post(
                key,
                "createaccount",
                name=person.name,
                username=person.username,
                role=person.role,
                phone=person.phone,
                password=memory.password,
            )
        await client.post(key, "editaccount", account=person.username, **_card(person))


def _profile() -> dict[str, object]:
    return {
        "name": COMPANY,
        "email": EMAIL,
        "phone": PHONE,
        "address": OFFICE_ADDRESS,
        "location": {"lat": OFFICE[0], "lng": OFFICE[1]},
        "timezone": TIMEZONE,
        "teams_config": [
            {"id": team.id, "name": team.name, "working_hours": _hours(team)} for team in TEAMS
        ],
    }


def _hours(team: Team) -> dict[str, object]:
    return {day: {"start": team.start, "end": team.end} for day in WEEK}


def _card(person: Person) -> dict[str, object]:
    card: dict[str, object] = {
        "name": person.name,
        "phone": person.phone,
        "color": person.color,
        "teams": [team.id for team in person.teams],
    }
    if person.is_worker:
        card |= {
            "travel_mode": person.travel_mode,
            "vehicle_capacity": person.capacity,
            "route_start_lat": person.lat,
            "route_start_lng": person.lng,
            "route_end_lat": person.lat,
            "route_end_lng": person.lng,
        }
    return card


async def furnish(client: Client, key: str, graph: Graph) -> dict[str, str]:
    """Return the uid of each customer's place by name, having created those that are missing."""
    known = await client.post(key, "getplaces", max=2000)
    uids: dict[str, str] = {place["name"]: place["uid"] for place in known["places"]}
    for one in customers():
        if one.name not in uids:
            made = await client.post(key, "createplace", **_place(graph, one))
            uids[one.name] = made["uid"]
    return uids


def _place(graph: Graph, one: Customer) -> dict[str, object]:
    house = house_near(graph, one.lat, one.lng, one.name)
    return {
        "name": one.name,
        "location": {"lat": house.point.lat, "lng": house.point.lng},
        "address": house.text,
        "city": quarter_of(house.point),
        "country_code": "PT",
        "radius": one.radius_m,
        "color": COLORS[one.kind],
        "extended_data": [{"key": "kind", "val": one.kind}],
    }
