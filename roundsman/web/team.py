"""The team page: who belongs to the company, who may do what, and which teams there are."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from roundsman.accounts import queries as accounts
from roundsman.accounts import rules
from roundsman.accounts.actions import companies, members
from roundsman.accounts.actions.members import NewMember
from roundsman.accounts.credentials import Credential, Kind
from roundsman.accounts.model import Actor, Company, Member, State
from roundsman.accounts.preferences import CompanyWish, TeamWish
from roundsman.accounts.rights import Right, Role
from roundsman.core.clock import to_ms
from roundsman.core.errors import BadValue, UnknownThing, UsernameTaken
from roundsman.core.ids import MemberId
from roundsman.core.site import Site
from roundsman.jobs import actions as jobs
from roundsman.messages import actions as messages
from roundsman.storage.database import Tx
from roundsman.tracking.live import LiveState, freshness_of
from roundsman.tracking.queries import live
from roundsman.web.session import Visit
from roundsman.web.shapes.team import (
    Deactivated,
    EditMember,
    Invited,
    InviteMember,
    NameTeam,
    Team,
    TeamMember,
    TeamPage,
)

# Colours that are told apart on the map, white initials readable on each.
COLORS = (
    "#2563eb",
    "#0b7d73",
    "#c2410c",
    "#7c3aed",
    "#be185d",
    "#4d7c0f",
    "#0e7490",
    "#b91c1c",
    "#a21caf",
    "#15803d",
    "#4f46e5",
    "#a16207",
)


def page(visit: Visit, site: Site) -> TeamPage:
    """Return everything the page shows; workers have no use for it and are refused."""
    tx, actor = visit.tx, visit.actor
    actor.require(Right.EDIT_WORKERS)
    manages = actor.may(Right.MANAGE_MEMBERS)
    found = accounts.members(tx, actor.company, active_only=not manages)
    people = [one for one in found if rules.may_see(actor, one)]
    people.sort(key=lambda one: (one.name.casefold(), one.id))
    return TeamPage(
        members=_cards(tx, actor, people),
        teams=_teams(actor.company_profile, people),
        may_manage=manages,
        sends_mail=site.sends_mail,
    )


# --- members --------------------------------------------------------------------------------------


def invite(visit: Visit, asked: InviteMember, site: Site) -> Invited:
    """Add a member, or bring a removed one back, and make an invitation.

    UsernameTaken when the user name is somebody's already, in this company or another.
    """
    tx, actor = visit.tx, visit.actor
    wanted = NewMember(
        name=asked.name,
        username=asked.username,
        role=rules.role_of(asked.role),
        phone=asked.phone,
    )
    member, is_new = members.add(tx, actor, wanted)
    if not is_new:
        raise UsernameTaken(
            f"{member.name} has this user name and belongs to your company already.",
            field="username",
        )
    values: dict[str, Any] = {"teams": _known_teams(actor, asked.teams, member)}
    if member.created_at == tx.now:
        values["color"] = rarest_color(accounts.members(tx, actor.company))
    return _invited(visit, members.edit(tx, actor, member.id, values), site)


def invite_again(visit: Visit, member: str, site: Site) -> Invited:
    """Make a new invitation for a member; older ones no longer work."""
    one = _named(visit, member)
    if one.state is not State.ACTIVE:
        raise BadValue(f"{one.name} is deactivated. Bring them back first.", field="member")
    return _invited(visit, one, site)


def bring_back(visit: Visit, member: str, site: Site) -> Invited:
    """Bring a removed member back with all history; the way in is a new invitation."""
    one = _named(visit, member)
    back, is_back = members.add(
        visit.tx, visit.actor, NewMember(name=one.name, username=one.username)
    )
    if not is_back:
        raise BadValue(f"{back.name} is active already.", field="member")
    return _invited(visit, back, site)


def edit(visit: Visit, member: str, asked: EditMember) -> TeamMember:
    """Change a member's name, phone, colour, role and teams."""
    before = members.find(visit.tx, visit.actor, member)
    values = {
        "name": asked.name,
        "phone": asked.phone,
        "color": asked.color,
        "role": rules.role_of(asked.role),
        "teams": _known_teams(visit.actor, asked.teams, before),
    }
    changed = members.edit(visit.tx, visit.actor, member, values)
    return _cards(visit.tx, visit.actor, [changed])[0]


def deactivate(visit: Visit, member: str) -> Deactivated:
    """End a member's access and take what they have not begun off them; history stays."""
    gone = members.deactivate(visit.tx, visit.actor, member)
    released = jobs.release(visit.tx, visit.actor, gone.id)
    return Deactivated(member=_cards(visit.tx, visit.actor, [gone])[0], released=len(released))


def _named(visit: Visit, member: str) -> Member:
    """Return a member for somebody who manages them; others of other companies are unknown."""
    visit.actor.require(Right.MANAGE_MEMBERS)
    one = accounts.get_member(visit.tx, visit.actor.company, member, lock=True)
    if one.role is Role.OWNER:
        raise BadValue("The company's own login is no member.", field="member")
    return one


def _invited(visit: Visit, member: Member, site: Site) -> Invited:
    made = messages.invite(visit.tx, visit.actor, member, site)
    return Invited(
        member=_cards(visit.tx, visit.actor, [member])[0], url=made.url, mailed=made.mailed
    )


def _known_teams(actor: Actor, teams: Sequence[int], member: Member | None) -> list[int]:
    """Return the teams; BadValue for one that neither the company nor the member has."""
    had = set(member.teams) if member else set[int]()
    for team in teams:
        if team not in had and actor.company_profile.team(team) is None:
            raise BadValue(f"There is no team {team}.", field="teams")
    return list(teams)


def rarest_color(people: Sequence[Member]) -> str:
    """Return the colour the fewest active members have, so that a newcomer stands out."""
    used = Counter(one.color for one in people)
    return min(COLORS, key=lambda color: used[color])


# --- teams ----------------------------------------------------------------------------------------


def add_team(visit: Visit, asked: NameTeam) -> list[Team]:
    """Add a team and return all of them."""
    before = _company_for_change(visit)
    return _save_teams(visit, [*_as_they_are(before), TeamWish(name=asked.name)])


def rename_team(visit: Visit, team: int, asked: NameTeam) -> list[Team]:
    """Rename a team and return all of them."""
    wishes = _as_they_are(_with_team(_company_for_change(visit), team))
    named = TeamWish(id=team, name=asked.name)
    return _save_teams(visit, [named if wish.id == team else wish for wish in wishes])


def drop_team(visit: Visit, team: int) -> list[Team]:
    """Remove a team that nobody is in and return the others."""
    wishes = _as_they_are(_with_team(_company_for_change(visit), team))
    return _save_teams(visit, [wish for wish in wishes if wish.id != team])


def _company_for_change(visit: Visit) -> Company:
    """Return the company, locked: its teams are written as a whole."""
    visit.actor.require(Right.MANAGE_COMPANY)
    return accounts.get_company(visit.tx, visit.actor.company, lock=True)


def _with_team(company: Company, team: int) -> Company:
    if company.team(team) is None:
        raise UnknownThing(f"There is no team {team}.")
    return company


def _as_they_are(company: Company) -> list[TeamWish]:
    return [TeamWish(id=team.id) for team in company.teams]


def _save_teams(visit: Visit, wishes: Sequence[TeamWish]) -> list[Team]:
    after = companies.edit(visit.tx, visit.actor, CompanyWish(teams=wishes))
    return _teams(after, accounts.members(visit.tx, visit.actor.company))


def _teams(company: Company, people: Sequence[Member]) -> list[Team]:
    active = [one for one in people if one.state is State.ACTIVE]
    return [
        Team(id=team.id, name=team.name, members=sum(1 for one in active if team.id in one.teams))
        for team in company.teams
    ]


# --- how members are shown ------------------------------------------------------------------------


def _cards(tx: Tx, actor: Actor, people: Sequence[Member]) -> list[TeamMember]:
    states = live.states_of(tx, actor.company, [one.id for one in people])
    invitations = _unused(accounts.credentials(tx, actor.company, Kind.INVITATION))
    return [
        _card(actor, one, states.get(one.id), invitations.get(one.id), tx.now) for one in people
    ]


def _card(
    actor: Actor,
    one: Member,
    state: LiveState | None,
    invitation: Credential | None,
    now: datetime,
) -> TeamMember:
    seen = state if rules.may_locate(actor, one) else None
    until = invitation.expires_at if invitation else None
    is_open = until is not None and until > now
    return TeamMember(
        id=one.id,
        name=one.name,
        username=one.username,
        role=one.role.value,
        color=one.color,
        phone=one.phone,
        teams=list(one.teams),
        state=one.state.value,
        seen=seen.ts_ms if seen else 0,
        freshness=freshness_of(seen, to_ms(now)),
        invitation="open" if is_open else "expired" if until else "",
        invited_until=to_ms(until),
        may_edit=one.state is State.ACTIVE and rules.may_edit(actor, one),
    )


def _unused(invitations: Sequence[Credential]) -> dict[MemberId, Credential]:
    """Return the invitation of each member that was not used or replaced: there is one at most."""
    return {MemberId(one.subject): one for one in invitations if one.revoked_at is None}
