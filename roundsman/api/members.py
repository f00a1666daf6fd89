"""RPC actions about members."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from roundsman.accounts import rules
from roundsman.accounts.actions import members
from roundsman.accounts.actions.members import NewMember
from roundsman.accounts.credentials import check_password, hash_password
from roundsman.accounts.model import Member
from roundsman.accounts.rights import Right
from roundsman.api.member_shapes import Profile, WireMember, member_on_wire, values_of, week_of
from roundsman.api.shapes import Answer, Ask, Call, Done
from roundsman.core.errors import BadFormat, BadValue, NotAllowed, UnknownMember
from roundsman.http.limits import BATCH_LIMIT
from roundsman.jobs import actions as jobs
from roundsman.messages import actions as messages
from roundsman.tracking.queries import live


class CreateAccount(Ask, frozen=True, kw_only=True):
    """Body of createaccount. Without a password an invitation goes out."""

    name: Annotated[str, Meta(description="Full name.")]
    username: Annotated[
        str, Meta(description="Login name, normally a mail address; unique on this server.")
    ]
    password: Annotated[str, Meta(description="8 characters or more.")] = ""
    role: Annotated[
        str,
        Meta(description="worker (default); operator or dispatcher; admin or administrator."),
    ] = ""
    phone: Annotated[str | None, Meta(description="With country code.")] = None


class CreatedAccount(Answer, frozen=True, kw_only=True):
    """Answer of createaccount.

    `invitationUrl` (an extension) is the link to choose a password, where no mail goes out: pass it
    on to the member.
    """

    uid: str
    account: WireMember
    invitation_url: str | UnsetType = field(default=UNSET, name="invitationUrl")


def hashed_password(ask: CreateAccount) -> str:
    """Return the hash of the password sent, or an empty text; slow on purpose.

    What cannot be a password is refused by the action, once it knows that the caller may add
    people.
    """
    try:
        return hash_password(ask.password) if ask.password else ""
    except BadValue:
        return ""


def create_account(call: Call, ask: CreateAccount) -> CreatedAccount:
    """Create a member, or bring one back who was removed, with all history."""
    call.actor.require(Right.MANAGE_MEMBERS)
    if ask.password:
        check_password(ask.password)
    wanted = NewMember(
        name=ask.name,
        username=ask.username,
        role=rules.role_of(ask.role) if ask.role.strip() else None,
        phone=ask.phone,
    )
    hashed: str = call.prepared or ""
    member, is_new = members.add(call.tx, call.actor, wanted, hashed)
    url: str | UnsetType = UNSET
    if is_new and not hashed:
        invitation = messages.invite(call.tx, call.actor, member, call.site)
        url = UNSET if invitation.mailed else invitation.url
    return CreatedAccount(uid=member.id, account=_answer(call, [member])[0], invitation_url=url)


class EditAccount(Profile, frozen=True, kw_only=True):
    """Body of editaccount: whom, and the properties to change. `uid` wins over `account`."""

    account: Annotated[str | None, Meta(description="User name.")] = None
    uid: str | None = None


class EditedAccount(Answer, frozen=True, kw_only=True):
    """Answer of editaccount."""

    account: WireMember


def edit_account(call: Call, ask: EditAccount) -> EditedAccount:
    """Change a member's profile; what is not sent stays."""
    whom = ask.uid or ask.account
    if not whom:
        raise BadFormat("Say whom to edit: uid or account (the user name).", field="uid")
    week = week_of(ask.working_hours)
    edited = members.edit(call.tx, call.actor, whom, values_of(ask), week)
    return EditedAccount(account=_answer(call, [edited])[0])


class GetAccounts(Ask, frozen=True, kw_only=True):
    """Body of getaccounts.

    Without `uids` the caller comes first, then everybody the caller may see, by name. With `uids`
    administrators find removed members too; unknown and hidden ones are left out.
    """

    uids: Annotated[list[str] | None, Meta(description="Ids; user names will do.")] = None


class Accounts(Answer, frozen=True, kw_only=True):
    """Answer with members."""

    accounts: list[WireMember]


def get_accounts(call: Call, ask: GetAccounts) -> Accounts:
    """Return the members the caller may see."""
    _check_batch(ask.uids or ())
    return Accounts(accounts=_answer(call, members.visible(call.tx, call.actor, ask.uids)))


class DeleteAccount(Ask, frozen=True, kw_only=True):
    """Body of deleteaccount: `uid`, or `uids` where those that cannot be removed are skipped."""

    uid: str | None = None
    uids: list[str] | None = None


def delete_account(call: Call, ask: DeleteAccount) -> Done:
    """Deactivate members: access ends, jobs, tracks and reports stay.

    Jobs they have not begun are unassigned.
    """
    if ask.uids is None:
        if not ask.uid:
            raise BadFormat("Say whom to remove: uid or uids.", field="uid")
        _remove(call, ask.uid)
        return Done()
    _check_batch(ask.uids)
    asked: list[str] = [*ask.uids, ask.uid] if ask.uid else ask.uids
    for uid in dict.fromkeys(asked):
        try:
            _remove(call, uid)
        except (NotAllowed, UnknownMember):
            continue
    return Done()


def _remove(call: Call, uid: str) -> None:
    gone = members.deactivate(call.tx, call.actor, uid)
    jobs.release(call.tx, call.actor, gone.id)


def _check_batch(uids: Sequence[str]) -> None:
    if len(uids) > BATCH_LIMIT:
        raise BadValue(
            f"At most {BATCH_LIMIT} uids go into one request; this one has {len(uids)}. Split it.",
            field="uids",
        )


def _answer(call: Call, found: Sequence[Member]) -> list[WireMember]:
    """Return members as they are answered, with what their phones say."""
    states = live.states_of(call.tx, call.actor.company, [one.id for one in found])
    return [member_on_wire(call.actor, one, states.get(one.id)) for one in found]
