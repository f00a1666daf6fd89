"""Companies, teams, members, and who is asking."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct, field

from roundsman.accounts.policy import Policy
from roundsman.accounts.rights import Decision, Right, Role, Switches, resolve
from roundsman.core.errors import NotAllowed
from roundsman.core.geo import Point
from roundsman.core.ids import CompanyId, MemberId, TeamId
from roundsman.events.catalogue import By


class State(StrEnum):
    """Whether a member takes part."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


class Shift(Struct, frozen=True, array_like=True):
    """Working hours of a weekday in minutes since midnight; both 0 is a day off."""

    start: int
    end: int


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

type Hours = dict[str, Shift]


class Holiday(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A day on which the company does not work; `yearly` is the same day in every year."""

    day: date
    name: str = ""
    yearly: bool = False

    def is_on(self, day: date) -> bool:
        """Tell whether the holiday falls on a day."""
        if self.yearly:
            return (self.day.month, self.day.day) == (day.month, day.day)
        return self.day == day


class Team(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A numbered team; its hours and route ends serve members without their own."""

    id: TeamId
    name: str
    hours: Hours = {}
    route_start: Point | None = None
    route_end: Point | None = None
    switches: dict[str, bool] = {}


class Company(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A company: its profile, teams and preferences; its hours serve teams without their own."""

    id: CompanyId
    username: str
    name: str
    created_at: datetime
    email: str = ""
    phone: str = ""
    address: str = ""
    timezone: str = "UTC"
    language: str = "en"
    unit_distance: str = "SI"
    unit_time: str = "24"
    unit_date: str = "dd.MM.yyyy"
    position: Point | None = None
    hours: Hours = {}
    teams: list[Team] = []
    holidays: list[Holiday] = []
    policy: Policy = field(default_factory=Policy)
    suspended: bool = False
    demo: bool = False

    def is_holiday(self, day: date) -> bool:
        """Tell whether a day is in the company's calendar of holidays."""
        return any(one.is_on(day) for one in self.holidays)

    def team(self, team_id: int) -> Team | None:
        """Return the team of that number, or None."""
        return next((team for team in self.teams if team.id == team_id), None)


class Member(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person of a company, or the company's own login (role owner)."""

    id: MemberId
    username: str
    name: str
    role: Role
    created_at: datetime
    state: State = State.ACTIVE
    email: str = ""
    email_verified: bool = False
    phone: str = ""
    color: str = "#2f6fde"
    teams: list[TeamId] = []
    language: str = "en"
    timezone: str = ""
    unit_distance: str = "SI"
    unit_time: str = "24"
    unit_date: str = "dd.MM.yyyy"
    status_label: str = ""
    status_label_at: datetime | None = None
    moving: str = ""
    travel_mode: str = "car"
    vehicle_capacity: int = 0
    hours: Hours = {}
    ignore_hours_until: datetime | None = None
    route_start: Point | None = None
    route_end: Point | None = None
    route_start_minutes: int = -1
    scim_data: str = ""
    switches: dict[str, bool] = {}
    login_at: datetime | None = None


class Actor(Struct, frozen=True):
    """Who is asking: a member of a company, by which means, with what rights."""

    company_profile: Company
    member: Member
    means: str = "api"

    @property
    def company(self) -> CompanyId:
        """Return the company every query is limited to."""
        return self.company_profile.id

    @property
    def id(self) -> MemberId:
        """Return the member's id."""
        return self.member.id

    @property
    def role(self) -> Role:
        """Return the member's role."""
        return self.member.role

    @property
    def by(self) -> By:
        """Return the author of facts this actor brings about."""
        return By(self.company, self.member.id, self.means)

    @property
    def timezone(self) -> str:
        """Return the zone in which the company's days are counted."""
        return self.company_profile.timezone

    def decide(self, right: Right) -> Decision:
        """Return whether the actor has the right, and which level decided."""
        member = self.member
        profile = self.company_profile
        teams = [team.switches for team in profile.teams if team.id in member.teams]
        return resolve(
            right,
            member.role,
            Switches(member.switches, teams, profile.policy.role_switches, profile.policy.switches),
        )

    def may(self, right: Right) -> bool:
        """Tell whether the actor has the right."""
        return self.decide(right).allowed

    def require(self, right: Right) -> None:
        """Refuse unless the actor has the right."""
        if not self.may(right):
            who = f"{self.member.username} ({self.role.value})"
            raise NotAllowed(f"{who} is not permitted to do this: {right.value}.")
