"""Adding, changing and removing members."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from roundsman.accounts import queries, rules
from roundsman.accounts.actions.secrets import fresh_member_id
from roundsman.accounts.credentials import Kind
from roundsman.accounts.hours import Week
from roundsman.accounts.model import Actor, Member, State
from roundsman.accounts.rights import Right, Role
from roundsman.core.errors import BadFormat, BadValue, NotAllowed, UnknownMember, UsernameTaken
from roundsman.core.ids import MemberId
from roundsman.events.catalogue import CredentialChanged, MemberChanged
from roundsman.events.outbox import emit
from roundsman.storage.database import Tx

USERNAME_LENGTH = 254
NO_CHANGE: Week = {}
_SECRETS_OF_MEMBERS = (Kind.KEY, Kind.SESSION, Kind.INVITATION)


class NewMember(Struct, frozen=True, kw_only=True):
    """Whom to add. None where nothing was said."""

    name: str
    username: str
    role: Role | None = None
    phone: str | None = None


def add(tx: Tx, actor: Actor, wanted: NewMember, password_hash: str = "") -> tuple[Member, bool]:
    """Add a member, or bring a removed one back with all history.

    Returns the member and whether they came in now: an active member of that name stays as it is.
    UsernameTaken when somebody outside the company has the user name.
    """
    actor.require(Right.MANAGE_MEMBERS)
    username = wanted.username.strip()
    if not wanted.name.strip() or not username:
        missing = "username" if wanted.name.strip() else "name"
        raise BadFormat(
            f"A member needs a name and a user name: {missing} is empty.", field=missing
        )
    if len(username) > USERNAME_LENGTH or not username.isprintable():
        raise BadValue(
            f"username must be one line of at most {USERNAME_LENGTH} characters.", field="username"
        )
    known = _known(tx, actor, username)
    if known is not None and known.state is State.ACTIVE:
        return known, False
    blank = known or _blank(tx, actor, wanted.name, username)
    member = replace(rules.change(blank, _values(wanted), {}, tx.now), state=State.ACTIVE)
    queries.save_member(tx, actor.company, member)
    if known is None:
        queries.take_username(tx, actor.company, member.id, username)
    if password_hash:
        queries.set_password_hash(tx, actor.company, member.id, password_hash)
    emit(tx, actor.by, MemberChanged(member.id, "reactivated" if known else "created"))
    return member, True


def _known(tx: Tx, actor: Actor, username: str) -> Member | None:
    """Return the company's member of that user name, locked, or None when it is free."""
    owner = queries.find_owner_of_username(tx, username)
    if owner is None:
        return None
    company, member_id = owner
    if company == actor.company:
        found = queries.get_member(tx, company, member_id, lock=True)
        if found.role is not Role.OWNER:
            return found
    raise UsernameTaken(
        f"The user name {username} belongs to somebody else on this server. Choose another one.",
        field="username",
    )


def _blank(tx: Tx, actor: Actor, name: str, username: str) -> Member:
    """Return a new member as the company makes them."""
    company = actor.company_profile
    return Member(
        id=fresh_member_id(tx, company.id),
        username=username,
        name=name,
        role=Role.WORKER,
        created_at=tx.now,
        email=username if rules.is_email(username) else "",
        teams=list(actor.member.teams),
        timezone=company.timezone,
        language=company.language,
        unit_distance=company.unit_distance,
        unit_time=company.unit_time,
        unit_date=company.unit_date,
    )


def _values(wanted: NewMember) -> dict[str, Any]:
    values: dict[str, Any] = {"name": wanted.name}
    if wanted.role is not None:
        values["role"] = wanted.role
    if wanted.phone is not None:
        values["phone"] = wanted.phone
    return values


def edit(
    tx: Tx, actor: Actor, member: str, values: Mapping[str, Any], week: Week = NO_CHANGE
) -> Member:
    """Change a member's profile; `values` are attributes, see `rules.change`.

    `member` is an id or a user name. UnknownMember when the company has no such member, NotAllowed
    for one whom the actor may not change, be it that they may not even see them.
    """
    demotes = "role" in values and values["role"] is not Role.ADMIN
    if demotes:
        _one_at_a_time(tx, actor)
    before = _reached(tx, actor, member)
    if not (rules.may_see(actor, before) and rules.may_edit(actor, before)):
        raise NotAllowed(f"You may not change the profile of {member[:60]}.")
    after = rules.change(before, values, week, tx.now)
    if not actor.may(Right.MANAGE_MEMBERS):
        _keep_reserved(before, after)
    if before.role is Role.ADMIN and after.role is not Role.ADMIN:
        _keep_an_administrator(tx, actor, before, "be given another role")
    if after != before:
        queries.save_member(tx, actor.company, after)
        emit(tx, actor.by, MemberChanged(after.id, "edited"))
    return after


def _keep_reserved(before: Member, after: Member) -> None:
    """Refuse what only administrators may change in anybody's profile."""
    for field in ("role", "teams"):
        if getattr(before, field) != getattr(after, field):
            raise NotAllowed(f"Only administrators may change {field}.", field=field)


def _reached(tx: Tx, actor: Actor, name: str) -> Member:
    """Return the member of that id or user name, locked; removed ones for administrators only."""
    found = find(tx, actor, name)
    if found is not None and _is_here(actor, found):
        return queries.get_member(tx, actor.company, found.id, lock=True)
    raise UnknownMember(f"No member {name[:60]}.")


def _is_here(actor: Actor, one: Member) -> bool:
    return one.state is State.ACTIVE or actor.may(Right.MANAGE_MEMBERS)


def find(tx: Tx, actor: Actor, name: str) -> Member | None:
    """Return the company's member whose id or user name this is, or None."""
    by_id = queries.find_member(tx, actor.company, name)
    return by_id or queries.find_named(tx, actor.company, name)


def deactivate(tx: Tx, actor: Actor, member: str) -> Member:
    """End a member's access: keys, sessions, invitation and password. History stays.

    Deactivating a removed member changes nothing. BadValue for oneself and the last administrator.
    """
    actor.require(Right.MANAGE_MEMBERS)
    _one_at_a_time(tx, actor)
    before = _reached(tx, actor, member)
    if before.role is Role.OWNER:
        raise NotAllowed("The company's own login cannot be removed.")
    if before.id == actor.id:
        raise BadValue("You cannot remove yourself. Let another administrator do it.", field="uid")
    if before.state is State.DEACTIVATED:
        return before
    if before.role is Role.ADMIN:
        _keep_an_administrator(tx, actor, before, "be removed")
    after = replace(before, state=State.DEACTIVATED)
    queries.save_member(tx, actor.company, after)
    queries.drop_password(tx, actor.company, after.id)
    _revoke_secrets(tx, actor, after.id)
    emit(tx, actor.by, MemberChanged(after.id, "deactivated"))
    return after


def _revoke_secrets(tx: Tx, actor: Actor, member: MemberId) -> None:
    for kind in _SECRETS_OF_MEMBERS:
        for secret in queries.credentials(tx, actor.company, kind, member):
            if queries.revoke(tx, actor.company, secret.id):
                emit(tx, actor.by, CredentialChanged(secret.id, kind.value, "revoked", member))


def _one_at_a_time(tx: Tx, actor: Actor) -> None:
    """Lock the company, so that two administrators cannot remove each other at once."""
    queries.get_company(tx, actor.company, lock=True)


def _keep_an_administrator(tx: Tx, actor: Actor, leaving: Member, what: str) -> None:
    others = queries.members(tx, actor.company)
    if not any(one.role is Role.ADMIN and one.id != leaving.id for one in others):
        raise BadValue(f"{leaving.name} is the last administrator and cannot {what}.", field="role")


def visible(tx: Tx, actor: Actor, names: Sequence[str] | None = None) -> list[Member]:
    """Return the members the actor may see: oneself first, then by name.

    With `names` (ids or user names) only those, in that order; administrators find removed members
    that way. Unknown and hidden ones are left out.
    """
    if names is None:
        found = [one for one in queries.members(tx, actor.company) if rules.may_see(actor, one)]
        return sorted(found, key=lambda one: (one.id != actor.id, one.name.casefold(), one.id))
    ids = queries.ids_of_usernames(tx, actor.company, names)
    known = queries.some_members(tx, actor.company, {*names, *ids.values()})
    asked = [known.get(MemberId(name)) or known.get(ids.get(name, MemberId(""))) for name in names]
    there = [one for one in asked if one is not None and _is_here(actor, one)]
    return list({one.id: one for one in there if rules.may_see(actor, one)}.values())
