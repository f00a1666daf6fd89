"""The team page: members, invitations and teams."""

from roundsman.web.shapes.shape import Shape


class TeamMember(Shape, frozen=True):
    """A member on the team page.

    `state` is active, suspended or deactivated. `seen` is the time of the last position the viewer
    may know of. `invitation` is open, expired or empty, where none was made or it was used;
    `invitedUntil` is when it ends or ended. `mayEdit` tells whether the viewer may change the
    profile.
    """

    id: str
    name: str
    username: str
    role: str
    color: str
    phone: str
    teams: list[int]
    state: str
    seen: int
    freshness: str
    invitation: str
    invited_until: int
    may_edit: bool


class Team(Shape, frozen=True):
    """A team on the team page; `members` counts the active ones."""

    id: int
    name: str
    members: int


class TeamPage(Shape, frozen=True):
    """Answer of `GET /web/team`: members by name, those who were deactivated for managers only."""

    members: list[TeamMember]
    teams: list[Team]
    may_manage: bool
    sends_mail: bool


class InviteMember(Shape, frozen=True):
    """Body of `POST /web/team/members`: whom to invite. `role` is worker, operator or admin."""

    name: str
    username: str
    phone: str
    role: str
    teams: list[int]


class Invited(Shape, frozen=True):
    """Answer where somebody was invited: the link, shown once, and whether a mail carries it."""

    member: TeamMember
    url: str
    mailed: bool


class EditMember(Shape, frozen=True):
    """Body of `PUT /web/team/members/{id}`: what the member is to be."""

    name: str
    phone: str
    color: str
    role: str
    teams: list[int]


class Deactivated(Shape, frozen=True):
    """Answer of `DELETE /web/team/members/{id}`: how many jobs nobody has any more."""

    member: TeamMember
    released: int


class NameTeam(Shape, frozen=True):
    """Body of `POST /web/team/teams` and `PUT /web/team/teams/{id}`."""

    name: str
