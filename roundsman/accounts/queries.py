"""All SQL about companies, members and credentials."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from roundsman.accounts.credentials import Credential, Kind
from roundsman.accounts.model import Company, Member, State
from roundsman.core.clock import from_us, to_us
from roundsman.core.errors import UnknownMember, UnknownThing
from roundsman.core.ids import CompanyId, CredentialId, MemberId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, is_in, upsert
from roundsman.storage.schema import company as company_table
from roundsman.storage.schema import credential as credential_table
from roundsman.storage.schema import login_name, member, password

_encode = msgspec.json.Encoder().encode
_company = msgspec.json.Decoder(Company).decode
_member = msgspec.json.Decoder(Member).decode

_OF_COMPANY = company_table.c.company_id == bindparam("company")
_MEMBER_OF_COMPANY = member.c.company_id == bindparam("company")

# --- companies ------------------------------------------------------------------------------------

_COMPANY = Statement(select(company_table.c.doc).where(_OF_COMPANY), keep=True)
_COMPANY_LOCKED = Statement(select(company_table.c.doc).where(_OF_COMPANY).with_for_update())
_COMPANY_IDS = Statement(select(company_table.c.company_id).order_by(company_table.c.company_id))
_SAVE_COMPANY = upsert(company_table, keys=["company_id"], change=["doc"])


def find_company(tx: Tx, company: CompanyId) -> Company | None:
    """Return the company, or None."""
    row = tx.row(_COMPANY, company=company)
    return _company(row[0]) if row else None


def get_company(tx: Tx, company: CompanyId, *, lock: bool = False) -> Company:
    """Return the company; with `lock` nobody else changes it before this transaction ends."""
    row = tx.row(_COMPANY_LOCKED if lock else _COMPANY, company=company)
    if row is None:
        problem = f"No company {company}."
        raise UnknownThing(problem)
    return _company(row[0])


def company_ids(tx: Tx) -> list[CompanyId]:
    """Return the id of every company of this server: for chores and the command line only."""
    return [CompanyId(row[0]) for row in tx.rows(_COMPANY_IDS)]


def save_company(tx: Tx, company: Company) -> None:
    """Write the company."""
    tx.run(
        _SAVE_COMPANY,
        company_id=company.id,
        created_us=to_us(company.created_at),
        doc=_encode(company).decode(),
    )


# --- members --------------------------------------------------------------------------------------

_MEMBER = Statement(
    select(member.c.doc).where(_MEMBER_OF_COMPANY, member.c.member_id == bindparam("member")),
    keep=True,
)
_MEMBER_LOCKED = Statement(
    select(member.c.doc)
    .where(_MEMBER_OF_COMPANY, member.c.member_id == bindparam("member"))
    .with_for_update()
)
_MEMBERS = Statement(select(member.c.doc).where(_MEMBER_OF_COMPANY).order_by(member.c.member_id))
_ACTIVE_MEMBERS = Statement(
    select(member.c.doc)
    .where(_MEMBER_OF_COMPANY, member.c.state == State.ACTIVE.value)
    .order_by(member.c.member_id)
)
_SOME_MEMBERS = Statement(
    select(member.c.doc).where(_MEMBER_OF_COMPANY, is_in(member.c.member_id, "members"))
)
_SAVE_MEMBER = upsert(
    member, keys=["company_id", "member_id"], change=["username", "role", "state", "doc"]
)
_LOGIN_NAME = Statement(
    select(login_name.c.company_id, login_name.c.member_id).where(
        login_name.c.username_key == bindparam("key")
    )
)
_LOGIN_NAMES = Statement(
    select(login_name.c.username_key, login_name.c.member_id).where(
        login_name.c.company_id == bindparam("company"), is_in(login_name.c.username_key, "keys")
    )
)
_TAKE_LOGIN_NAME = Statement(insert(login_name))


def username_key(username: str) -> str:
    """Return the form in which user names are compared: case does not count."""
    return username.strip().casefold()


def find_member(tx: Tx, company: CompanyId, member_id: str) -> Member | None:
    """Return the member of that id, or None."""
    row = tx.row(_MEMBER, company=company, member=member_id)
    return _member(row[0]) if row else None


def get_member(tx: Tx, company: CompanyId, member_id: str, *, lock: bool = False) -> Member:
    """Return the member of that id; with `lock` nobody else changes it meanwhile."""
    row = tx.row(_MEMBER_LOCKED if lock else _MEMBER, company=company, member=member_id)
    if row is None:
        problem = f"No member {member_id}."
        raise UnknownMember(problem)
    return _member(row[0])


def find_named(tx: Tx, company: CompanyId, name: str) -> Member | None:
    """Return the member whose user name or id this is, in this company, or None."""
    owner = find_owner_of_username(tx, name)
    if owner is not None and owner[0] == company:
        return find_member(tx, company, owner[1])
    return find_member(tx, company, name)


def get_named(tx: Tx, company: CompanyId, name: str) -> Member:
    """Return the member whose user name or id this is, in this company."""
    found = find_named(tx, company, name)
    if found is None:
        problem = f"No member {name}."
        raise UnknownMember(problem)
    return found


def find_owner_of_username(tx: Tx, username: str) -> tuple[CompanyId, MemberId] | None:
    """Return the company and member that hold a user name on this server, or None."""
    row = tx.row(_LOGIN_NAME, key=username_key(username))
    return (CompanyId(row[0]), MemberId(row[1])) if row else None


def ids_of_usernames(tx: Tx, company: CompanyId, names: Iterable[str]) -> dict[str, MemberId]:
    """Return the ids of the company's members of those user names; others are left out."""
    keys = {name: username_key(name) for name in names}
    if not keys:
        return {}
    wanted = sorted(set(keys.values()))
    rows = tx.rows(_LOGIN_NAMES, company=company, keys=wanted)
    found = {str(row[0]): MemberId(row[1]) for row in rows}
    return {name: found[key] for name, key in keys.items() if key in found}


def take_username(tx: Tx, company: CompanyId, member_id: MemberId, username: str) -> None:
    """Reserve a user name for ever; a collision with another transaction runs this one again."""
    tx.run(
        _TAKE_LOGIN_NAME,
        username_key=username_key(username),
        company_id=company,
        member_id=member_id,
    )


def members(tx: Tx, company: CompanyId, *, active_only: bool = True) -> list[Member]:
    """Return the members of the company, the company's own login among them."""
    rows = tx.rows(_ACTIVE_MEMBERS if active_only else _MEMBERS, company=company)
    return [_member(row[0]) for row in rows]


def some_members(tx: Tx, company: CompanyId, ids: Iterable[str]) -> dict[MemberId, Member]:
    """Return the members of those ids that exist."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = [_member(row[0]) for row in tx.rows(_SOME_MEMBERS, company=company, members=wanted)]
    return {one.id: one for one in found}


def save_member(tx: Tx, company: CompanyId, one: Member) -> None:
    """Write the member."""
    tx.run(
        _SAVE_MEMBER,
        company_id=company,
        member_id=one.id,
        username=one.username,
        role=one.role.value,
        state=one.state.value,
        doc=_encode(one).decode(),
    )


# --- credentials ----------------------------------------------------------------------------------

_C = credential_table.c
_CREDENTIAL_COLUMNS = (
    _C.credential_id,
    _C.company_id,
    _C.kind,
    _C.subject,
    _C.digest,
    _C.hint,
    _C.label,
    _C.created_us,
    _C.expires_us,
    _C.last_used_us,
    _C.revoked_us,
)
_BY_DIGEST = Statement(
    select(*_CREDENTIAL_COLUMNS).where(_C.digest == bindparam("digest")), keep=True
)
_HOLDER = Statement(
    select(
        _C.kind, _C.expires_us, _C.revoked_us, member.c.doc, company_table.c.doc, _C.credential_id
    )
    .join(member, (member.c.company_id == _C.company_id) & (member.c.member_id == _C.subject))
    .join(company_table, company_table.c.company_id == _C.company_id)
    .where(_C.digest == bindparam("digest")),
    keep=True,
)
_OF_KIND = Statement(
    select(*_CREDENTIAL_COLUMNS)
    .where(_C.company_id == bindparam("company"), _C.kind == bindparam("kind"))
    .order_by(_C.created_us.desc(), _C.credential_id)
)
_OF_SUBJECT = Statement(
    select(*_CREDENTIAL_COLUMNS)
    .where(
        _C.company_id == bindparam("company"),
        _C.kind == bindparam("kind"),
        _C.subject == bindparam("subject"),
    )
    .order_by(_C.created_us.desc(), _C.credential_id)
)
_ONE_CREDENTIAL = Statement(
    select(*_CREDENTIAL_COLUMNS).where(
        _C.company_id == bindparam("company"), _C.credential_id == bindparam("credential")
    )
)
_ADD_CREDENTIAL = Statement(insert(credential_table))
_REVOKE = Statement(
    update(credential_table)
    .where(
        _C.company_id == bindparam("company"),
        _C.credential_id == bindparam("credential"),
        _C.revoked_us == 0,
    )
    .values(revoked_us=bindparam("at"))
)
_TOUCH = Statement(
    update(credential_table)
    .where(_C.digest == bindparam("of"), _C.last_used_us < bindparam("at"))
    .values(last_used_us=bindparam("at"))
)


def _when(us: int) -> datetime | None:
    return from_us(us) if us else None


def _credential(row: Sequence[Any]) -> Credential:
    return Credential(
        id=CredentialId(row[0]),
        company=CompanyId(row[1]),
        kind=Kind(row[2]),
        subject=row[3],
        digest=row[4],
        hint=row[5],
        label=row[6],
        created_at=from_us(row[7]),
        expires_at=_when(row[8]),
        last_used_at=_when(row[9]),
        revoked_at=_when(row[10]),
    )


def find_credential(tx: Tx, digest: str) -> Credential | None:
    """Return the credential of a secret's digest, whoever's it is, or None."""
    row = tx.row(_BY_DIGEST, digest=digest)
    return _credential(row) if row else None


def find_holder(tx: Tx, digest: str, kind: Kind) -> tuple[Member, Company] | None:
    """Return whom a good key, session or invitation stands for, or None."""
    row = tx.row(_HOLDER, digest=digest)
    if row is None or row[0] != kind.value or row[2] or (row[1] and row[1] <= to_us(tx.now)):
        return None
    return _member(row[3]), _company(row[4])


def get_credential(tx: Tx, company: CompanyId, credential: str) -> Credential:
    """Return the company's credential of that id."""
    row = tx.row(_ONE_CREDENTIAL, company=company, credential=credential)
    if row is None:
        problem = f"No key {credential}."
        raise UnknownThing(problem)
    return _credential(row)


def credentials(
    tx: Tx, company: CompanyId, kind: Kind, subject: str | None = None
) -> list[Credential]:
    """Return the company's credentials of a kind, newest first; of one subject if given."""
    if subject is None:
        rows = tx.rows(_OF_KIND, company=company, kind=kind.value)
    else:
        rows = tx.rows(_OF_SUBJECT, company=company, kind=kind.value, subject=subject)
    return [_credential(row) for row in rows]


def add_credential(tx: Tx, one: Credential) -> None:
    """Write a new credential."""
    tx.run(
        _ADD_CREDENTIAL,
        digest=one.digest,
        company_id=one.company,
        credential_id=one.id,
        kind=one.kind.value,
        subject=one.subject,
        hint=one.hint,
        label=one.label,
        created_us=to_us(one.created_at),
        expires_us=to_us(one.expires_at) if one.expires_at else 0,
        last_used_us=0,
        revoked_us=0,
    )


def revoke(tx: Tx, company: CompanyId, credential: CredentialId) -> bool:
    """Make a credential worthless; tell whether it was still good."""
    return tx.count(_REVOKE, company=company, credential=credential, at=to_us(tx.now)) > 0


def touch(tx: Tx, uses: dict[str, datetime]) -> None:
    """Write when secrets (by digest) were last used."""
    tx.run_many(_TOUCH, [{"of": digest, "at": to_us(at)} for digest, at in uses.items()])


# --- passwords ------------------------------------------------------------------------------------

_PASSWORD = Statement(
    select(password.c.hash).where(
        password.c.company_id == bindparam("company"), password.c.member_id == bindparam("member")
    )
)
_SET_PASSWORD = upsert(password, keys=["company_id", "member_id"])
_DROP_PASSWORD = Statement(
    delete(password).where(
        password.c.company_id == bindparam("company"), password.c.member_id == bindparam("member")
    )
)


def find_password_hash(tx: Tx, company: CompanyId, member_id: MemberId) -> str | None:
    """Return the member's password hash, or None when none was ever set."""
    row = tx.row(_PASSWORD, company=company, member=member_id)
    return str(row[0]) if row else None


def set_password_hash(tx: Tx, company: CompanyId, member_id: MemberId, hashed: str) -> None:
    """Write the member's password hash."""
    tx.run(
        _SET_PASSWORD,
        company_id=company,
        member_id=member_id,
        hash=hashed,
        changed_us=to_us(tx.now),
    )


def drop_password(tx: Tx, company: CompanyId, member_id: MemberId) -> None:
    """Forget the member's password."""
    tx.run(_DROP_PASSWORD, company=company, member=member_id)
