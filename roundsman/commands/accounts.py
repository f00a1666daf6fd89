"""Making companies, members, keys and devices, also while the server runs."""

import contextlib
from collections.abc import Generator

from msgspec import Struct

from roundsman.accounts import queries, rules
from roundsman.accounts.actions import companies, members, secrets
from roundsman.accounts.credentials import hash_password
from roundsman.accounts.model import Actor, Company, Member
from roundsman.commands.said import Said, lines
from roundsman.core.errors import BadValue, UnknownMember, UnknownThing
from roundsman.core.ids import CompanyId, TeamId
from roundsman.core.site import Site
from roundsman.messages import actions as messages
from roundsman.messages.model import Invitation
from roundsman.settings import Settings
from roundsman.storage import migrate
from roundsman.storage.database import Db, Tx, open_database
from roundsman.tracking import actions as tracking


class NewMember(Struct, frozen=True, kw_only=True):
    """What the command line says of a new member."""

    name: str
    username: str
    role: str
    password: str
    teams: list[int]


@contextlib.contextmanager
def opened(settings: Settings) -> Generator[Db]:
    """Open the database of these settings, making an embedded one where there is none yet."""
    migrate.make_ready(settings.url)
    db = open_database(settings.url, unit_timeout_s=settings.request_timeout_s)
    try:
        yield db
    finally:
        db.close()


def create_company(
    settings: Settings, name: str, admin: str, *, password: str, timezone: str
) -> Said:
    """Create a company, its administrator and a first API key."""
    hashed = hash_password(password) if password else ""
    site = _site(settings)

    def make(tx: Tx) -> tuple[Actor, str, Invitation | None]:
        actor, key = companies.create_company(
            tx, name, admin, password_hash=hashed, timezone=timezone
        )
        invited = None if hashed else messages.invite(tx, actor, actor.member, site)
        return actor, key, invited

    with opened(settings) as db:
        actor, key, invited = db.write_now(make)
    company, boss = actor.company_profile, actor.member
    person: dict[str, object] = {"id": boss.id, "username": boss.username}
    if password:
        person["password"] = password
    data: dict[str, object] = {
        "company": {"id": company.id, "name": company.name, "username": company.username},
        "admin": person,
        "api_key": key,
        "url": settings.public_url,
        **_invited(invited),
    }
    text = lines(
        ("Company", f"{company.name} (id {company.id})"),
        ("Administrator", f"{boss.username} (id {boss.id})"),
        *_invitation_lines(invited),
        ("API key", f"{key} (shown only now)"),
        ("Server", settings.public_url),
    )
    return Said(text=text, data=data)


def create_member(settings: Settings, company: str, wanted: NewMember) -> Said:
    """Create a member, or bring one back who was removed."""
    hashed = hash_password(wanted.password) if wanted.password else ""
    site = _site(settings)

    def make(tx: Tx) -> tuple[Member, bool, Invitation | None]:
        actor = _owner(tx, _company(tx, company))
        asked = members.NewMember(
            name=wanted.name, username=wanted.username, role=rules.role_of(wanted.role)
        )
        member, is_new = members.add(tx, actor, asked, hashed)
        if is_new and wanted.teams:
            teams = [TeamId(_known_team(actor.company_profile, team)) for team in wanted.teams]
            member = members.edit(tx, actor, member.id, {"teams": teams})
        invited = messages.invite(tx, actor, member, site) if is_new and not hashed else None
        return member, is_new, invited

    with opened(settings) as db:
        member, is_new, invited = db.write_now(make)
    person: dict[str, object] = {
        "id": member.id,
        "username": member.username,
        "name": member.name,
        "role": member.role.value,
        "teams": member.teams,
    }
    text = lines(
        ("Member" if is_new else "Known already", f"{member.name} (id {member.id})"),
        ("User name", member.username),
        ("Role", member.role.value),
        *_invitation_lines(invited),
    )
    return Said(text=text, data={"member": person, "new": is_new, **_invited(invited)})


def create_key(settings: Settings, member: str, *, company: str, label: str) -> Said:
    """Create an API key for a member."""

    def make(tx: Tx) -> tuple[Member, str, str]:
        actor, holder = _named(tx, member, company)
        made, secret = secrets.make_key(tx, actor, holder.id, label)
        return holder, made.id, secret

    with opened(settings) as db:
        holder, key, secret = db.write_now(make)
    text = lines(("API key", f"{secret} (shown only now)"), ("Member", holder.username))
    person = {"id": holder.id, "username": holder.username}
    return Said(text=text, data={"api_key": secret, "id": key, "label": label, "member": person})


def create_device(settings: Settings, member: str, *, company: str, device: str) -> Said:
    """Create a device that reports the position of a member."""

    def make(tx: Tx) -> tuple[Member, tracking.NewDevice]:
        actor, holder = _named(tx, member, company)
        return holder, tracking.create_device(tx, actor, holder.id, device)

    with opened(settings) as db:
        holder, made = db.write_now(make)
    urls = urls_of(settings.public_url, made.token)
    text = lines(
        ("Device", made.id),
        ("Member", holder.username),
        ("Token", f"{made.token} (shown only now)"),
        *((f"URL, {app}", url) for app, url in urls.items()),
    )
    person = {"id": holder.id, "username": holder.username}
    data = {"device_id": made.id, "token": made.token, "urls": urls, "member": person}
    return Said(text=text, data=data)


def urls_of(base: str, token: str) -> dict[str, str]:
    """Return the URL to put into each tracking app, by the name of the app."""
    osmand = f"{base}/ingest/osmand/{token}"
    return {"traccar": osmand, "osmand": osmand}


# --- shared ---------------------------------------------------------------------------------------


def _site(settings: Settings) -> Site:
    return Site(public_url=settings.public_url, sends_mail=bool(settings.smtp_host))


def _invited(invited: Invitation | None) -> dict[str, object]:
    if invited is None:
        return {}
    return {"invitation_url": invited.url, "invitation_mailed": invited.mailed}


def _invitation_lines(invited: Invitation | None) -> list[tuple[str, str]]:
    if invited is None:
        return []
    how = "mailed" if invited.mailed else "pass it on; it works once"
    return [("Invitation", f"{invited.url} ({how})")]


def _company(tx: Tx, name: str) -> Company:
    """Return the company of an id or of its own user name."""
    found = queries.find_company(tx, CompanyId(name))
    if found is None:
        owner = queries.find_owner_of_username(tx, name)
        if owner is None or str(owner[0]) != str(owner[1]):
            problem = f"There is no company {name}. Name one by its id or user name."
            raise UnknownThing(problem, field="company")
        found = queries.get_company(tx, owner[0])
    return found


def _owner(tx: Tx, company: Company) -> Actor:
    """Return the company's own login, for which the command line acts."""
    owner = queries.get_member(tx, company.id, company.id)
    return Actor(company, owner, "cli")


def _named(tx: Tx, name: str, company: str) -> tuple[Actor, Member]:
    """Return who acts, and the member of a user name or id; ids count within one company only."""
    if not name.strip():
        problem = "Say whose it is: --member takes a user name or an id."
        raise BadValue(problem, field="member")
    if company:
        actor = _owner(tx, _company(tx, company))
        return actor, queries.get_named(tx, actor.company, name)
    owner = queries.find_owner_of_username(tx, name)
    if owner is not None:
        actor = _owner(tx, queries.get_company(tx, owner[0]))
        return actor, queries.get_member(tx, *owner)
    ids = queries.company_ids(tx)
    found = [(one, member) for one in ids if (member := queries.find_member(tx, one, name))]
    if not found:
        raise UnknownMember(f"No member {name}.", field="member")
    if len(found) > 1:
        raise BadValue(f"Several companies have a member {name}: add --company.", field="member")
    (where, member) = found[0]
    return _owner(tx, queries.get_company(tx, where)), member


def _known_team(company: Company, team: int) -> int:
    if company.team(team) is None:
        raise BadValue(f"{company.name} has no team {team}.", field="team")
    return team
