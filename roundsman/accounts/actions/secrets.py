"""Making, honouring and revoking keys, sessions and invitations."""

from datetime import timedelta

from roundsman.accounts import queries
from roundsman.accounts.credentials import (
    INVITATION_LIFE,
    SESSION_LIFE,
    Credential,
    Kind,
    digest,
)
from roundsman.accounts.model import Actor, Company, Member, State
from roundsman.accounts.rights import Right, Role
from roundsman.core.errors import BadKey, BadLogin, Suspended, UnknownThing
from roundsman.core.ids import (
    CompanyId,
    CredentialId,
    MemberId,
    new_api_key,
    new_short_id,
    new_token,
)
from roundsman.events.catalogue import By, CredentialChanged
from roundsman.events.outbox import emit
from roundsman.storage.database import Tx

HINT_LENGTH = 6
LABEL_LENGTH = 80


def open_with_key(tx: Tx, secret: str, usr: str | None = None) -> Actor:
    """Return who an API key stands for; `usr` lets an administrator's key speak for a member."""
    holder = queries.find_holder(tx, digest(secret), Kind.KEY) if secret else None
    if holder is None:
        problem = "The API key is missing, wrong or revoked. Make one under API and integrations."
        raise BadKey(problem)
    member, company = holder
    if member.state is not State.ACTIVE:
        problem = "The API key belongs to a member who was removed."
        raise BadKey(problem)
    _refuse_suspended(member, company)
    if not company.policy.api_enabled:
        problem = (
            "The API is switched off for this company. Switch it on under API and integrations."
        )
        raise BadKey(problem)
    if usr is not None:
        member = _spoken_for(tx, company, member, usr)
    return Actor(company, member, "api")


def _spoken_for(tx: Tx, company: Company, holder: Member, usr: str) -> Member:
    """Return the member named beside a key; every misfit gets one and the same refusal."""
    named = queries.find_named(tx, company.id, usr) if usr else None
    same = named is not None and named.id == holder.id
    if (
        named is None
        or not (same or holder.role in {Role.ADMIN, Role.OWNER})
        or named.state is not State.ACTIVE
    ):
        problem = "The user name does not fit the API key."
        raise BadLogin(problem)
    return named


def open_with_session(tx: Tx, token: str) -> Actor:
    """Return who a browser session stands for."""
    holder = queries.find_holder(tx, digest(token), Kind.SESSION) if token else None
    if holder is None:
        problem = "You are not logged in, or the session has ended. Log in again."
        raise BadLogin(problem)
    member, company = holder
    _refuse_suspended(member, company)
    return Actor(company, member, "web")


def _refuse_suspended(member: Member, company: Company) -> None:
    if company.suspended or member.state is not State.ACTIVE:
        problem = "This account is suspended. Ask your administrator."
        raise Suspended(problem)


def password_hash_of(tx: Tx, username: str) -> tuple[CompanyId, MemberId, str] | None:
    """Return what a password must be checked against, or None for nobody."""
    owner = queries.find_owner_of_username(tx, username)
    if owner is None:
        return None
    hashed = queries.find_password_hash(tx, *owner)
    return (*owner, hashed) if hashed else None


def start_session(tx: Tx, company: CompanyId, member: MemberId) -> tuple[str, Actor]:
    """Return a new session's token and who it stands for; the password was checked before."""
    one = queries.get_member(tx, company, member)
    profile = queries.get_company(tx, company)
    _refuse_suspended(one, profile)
    token = new_token()
    _add(tx, company, Kind.SESSION, one.id, token, label="browser", life=SESSION_LIFE)
    return token, Actor(profile, one, "web")


def end_session(tx: Tx, token: str) -> None:
    """End a session; one that has ended already stays so."""
    found = queries.find_credential(tx, digest(token))
    if found is not None and found.kind is Kind.SESSION:
        queries.revoke(tx, found.company, found.id)


def make_key(tx: Tx, actor: Actor, member: str, label: str) -> tuple[Credential, str]:
    """Make an API key for a member (id or user name); return it and its secret, shown only now."""
    actor.require(Right.INTEGRATE)
    holder = queries.get_named(tx, actor.company, member)
    if holder.state is not State.ACTIVE:
        problem = f"{holder.name} is deactivated and cannot hold a key."
        raise Suspended(problem)
    secret = new_api_key()
    made = _add(tx, actor.company, Kind.KEY, holder.id, secret, label=label.strip()[:LABEL_LENGTH])
    emit(tx, actor.by, CredentialChanged(made.id, Kind.KEY.value, "made", holder.id))
    return made, secret


def revoke_key(tx: Tx, actor: Actor, key: str) -> None:
    """Revoke an API key. Revoking a revoked key changes nothing."""
    actor.require(Right.INTEGRATE)
    found = queries.get_credential(tx, actor.company, key)
    if found.kind is not Kind.KEY:
        problem = f"No key {key}."
        raise UnknownThing(problem)
    if queries.revoke(tx, actor.company, found.id):
        emit(
            tx,
            actor.by,
            CredentialChanged(found.id, Kind.KEY.value, "revoked", MemberId(found.subject)),
        )


def keys(tx: Tx, actor: Actor) -> list[Credential]:
    """Return every key of the company, newest first."""
    actor.require(Right.INTEGRATE)
    return queries.credentials(tx, actor.company, Kind.KEY)


def invite(tx: Tx, by: By, member: Member) -> tuple[Credential, str]:
    """Make an invitation for a member and void older ones; return it and its token."""
    for old in queries.credentials(tx, by.company, Kind.INVITATION, member.id):
        queries.revoke(tx, by.company, old.id)
    token = new_token()
    made = _add(
        tx,
        by.company,
        Kind.INVITATION,
        member.id,
        token,
        label=member.username,
        life=INVITATION_LIFE,
    )
    return made, token


def find_invited(tx: Tx, token: str) -> tuple[Member, Company]:
    """Return whom an invitation is for."""
    holder = queries.find_holder(tx, digest(token), Kind.INVITATION) if token else None
    if holder is None:
        problem = "This invitation was used or has expired. Ask your administrator for a new one."
        raise UnknownThing(problem)
    return holder


def accept_invitation(tx: Tx, token: str, hashed: str) -> tuple[str, Actor]:
    """Set the invited member's password, use the invitation up and start a session."""
    member, company = find_invited(tx, token)
    _refuse_suspended(member, company)
    for old in queries.credentials(tx, company.id, Kind.INVITATION, member.id):
        queries.revoke(tx, company.id, old.id)
    queries.set_password_hash(tx, company.id, member.id, hashed)
    return start_session(tx, company.id, member.id)


def make_device_token(tx: Tx, by: By, device: str, label: str) -> str:
    """Make a device token; return the secret, shown only now."""
    token = new_token()
    _add(tx, by.company, Kind.DEVICE, device, token, label=label)
    return token


def _add(
    tx: Tx,
    company: CompanyId,
    kind: Kind,
    subject: str,
    secret: str,
    *,
    label: str,
    life: timedelta | None = None,
) -> Credential:
    made = Credential(
        id=CredentialId(new_token()[:16]),
        company=company,
        kind=kind,
        subject=subject,
        digest=digest(secret),
        hint=secret[:HINT_LENGTH] if kind is Kind.KEY else "",
        label=label,
        created_at=tx.now,
        expires_at=tx.now + life if life else None,
    )
    queries.add_credential(tx, made)
    return made


def fresh_member_id(tx: Tx, company: CompanyId) -> MemberId:
    """Return an id no member of the company has."""
    while True:
        drawn = new_short_id()
        if queries.find_member(tx, company, drawn) is None:
            return MemberId(drawn)
