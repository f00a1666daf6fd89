"""Starting and changing companies."""

import re

from msgspec.structs import replace

from roundsman.accounts import preferences, queries
from roundsman.accounts.actions.secrets import fresh_member_id, make_key
from roundsman.accounts.model import Actor, Company, Member
from roundsman.accounts.policy import Policy
from roundsman.accounts.preferences import CompanyWish
from roundsman.accounts.rights import Right, Role
from roundsman.core.clock import zone_names
from roundsman.core.errors import BadValue, UsernameTaken
from roundsman.core.ids import CompanyId, MemberId, new_short_id
from roundsman.diary import queries as diary
from roundsman.diary.model import What
from roundsman.events.catalogue import CompanyChanged
from roundsman.events.outbox import emit
from roundsman.storage.database import Tx

NAME_LENGTH = 120


def create_company(
    tx: Tx,
    name: str,
    admin_email: str,
    *,
    password_hash: str = "",
    timezone: str = "UTC",
    demo: bool = False,
) -> tuple[Actor, str]:
    """Create a company with its own login, an administrator and a first API key.

    Returns the administrator as actor and the key's secret. UsernameTaken when the address is in
    use on this server; BadValue for an unknown zone or an empty name.
    """
    name, admin_email = name.strip(), admin_email.strip()
    if not name or len(name) > NAME_LENGTH:
        problem = f"A company needs a name of 1 to {NAME_LENGTH} characters."
        raise BadValue(problem, field="name")
    if not admin_email:
        problem = "The administrator needs a user name, normally an e-mail address."
        raise BadValue(problem, field="admin")
    if timezone not in zone_names():
        problem = f"{timezone} is no time zone. Use a name such as Europe/Lisbon."
        raise BadValue(problem, field="timezone")
    if queries.find_owner_of_username(tx, admin_email) is not None:
        problem = f"The user name {admin_email} is taken on this server."
        raise UsernameTaken(problem, field="admin")
    company_id = _fresh_company_id(tx)
    company = Company(
        id=company_id,
        username=_free_username(tx, name),
        name=name,
        created_at=tx.now,
        email=admin_email if "@" in admin_email else "",
        timezone=timezone,
        policy=Policy(api_enabled=True),
        demo=demo,
    )
    queries.save_company(tx, company)
    diary.put(tx, company_id, What.DAY, tx.now)
    owner = Member(
        id=_as_member(company_id),
        username=company.username,
        name=name,
        role=Role.OWNER,
        created_at=tx.now,
        timezone=timezone,
    )
    queries.save_member(tx, company_id, owner)
    queries.take_username(tx, company_id, owner.id, owner.username)
    admin = Member(
        id=fresh_member_id(tx, company_id),
        username=admin_email,
        name=admin_email.partition("@")[0].replace(".", " ").title(),
        role=Role.ADMIN,
        created_at=tx.now,
        email=admin_email if "@" in admin_email else "",
        timezone=timezone,
    )
    queries.save_member(tx, company_id, admin)
    queries.take_username(tx, company_id, admin.id, admin.username)
    if password_hash:
        queries.set_password_hash(tx, company_id, admin.id, password_hash)
    actor = Actor(company, admin, "cli")
    _, secret = make_key(tx, actor, admin.id, "First key")
    return actor, secret


def switch_api(tx: Tx, actor: Actor, *, on: bool) -> Company:
    """Switch the company's API on or off. Switching to what it is changes nothing."""
    actor.require(Right.INTEGRATE)
    company = queries.get_company(tx, actor.company, lock=True)
    if company.policy.api_enabled == on:
        return company
    return save_company(
        tx, actor, replace(company, policy=replace(company.policy, api_enabled=on)), ["api_enabled"]
    )


def edit(tx: Tx, actor: Actor, wish: CompanyWish) -> Company:
    """Change the company's profile, teams and settings; what the wish does not name stays.

    BadValue for a value that cannot be right, and for leaving out a team that is still in use.
    """
    actor.require(Right.MANAGE_COMPANY)
    before = queries.get_company(tx, actor.company, lock=True)
    after = preferences.change(before, wish)
    if after == before:
        return before
    if after.policy.api_enabled != before.policy.api_enabled:
        actor.require(Right.INTEGRATE)
    _refuse_lost_teams(tx, before, after)
    _bring_along(tx, before, after)
    return save_company(tx, actor, after, preferences.changed_fields(before, after))


def _refuse_lost_teams(tx: Tx, before: Company, after: Company) -> None:
    """Refuse to drop a team that members are in: they would stand before a wall nobody sees."""
    lost = {team.id for team in before.teams} - {team.id for team in after.teams}
    for one in queries.members(tx, before.id) if lost else ():
        for team in sorted(lost.intersection(one.teams)):
            raise BadValue(
                f"Team {team} cannot go: {one.name} is in it. Take its members out first.",
                field="teams_config",
            )


def _bring_along(tx: Tx, before: Company, after: Company) -> None:
    """Give the company's login the company's new profile, members on its old zone the new one."""
    moved = before.timezone != after.timezone
    for one in queries.members(tx, before.id, active_only=False) if moved else ():
        if one.timezone == before.timezone:
            queries.save_member(tx, before.id, replace(one, timezone=after.timezone))
    login = queries.get_member(tx, before.id, before.id)
    profile = replace(login, name=after.name, email=after.email, phone=after.phone)
    if profile != login:
        queries.save_member(tx, before.id, profile)


def save_company(tx: Tx, actor: Actor, company: Company, fields: list[str]) -> Company:
    """Write a changed company and tell of it."""
    queries.save_company(tx, company)
    emit(tx, actor.by, CompanyChanged(fields))
    return company


def _as_member(company: CompanyId) -> MemberId:
    return MemberId(company)


def _fresh_company_id(tx: Tx) -> CompanyId:
    while True:
        drawn = CompanyId(new_short_id())
        if queries.find_company(tx, drawn) is None:
            return drawn


def _free_username(tx: Tx, name: str) -> str:
    """Return a user name for the company's own login, made from its name."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40] or "company"
    candidate = stem
    number = 1
    while queries.find_owner_of_username(tx, candidate) is not None:
        number += 1
        candidate = f"{stem}-{number}"
    return candidate
