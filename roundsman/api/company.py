"""RPC actions about the caller's company."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from roundsman.accounts import hours, preferences
from roundsman.accounts.actions import companies
from roundsman.accounts.hours import FORGOTTEN, Week
from roundsman.accounts.model import Actor, Company, Holiday, Team
from roundsman.accounts.policy import InputField
from roundsman.accounts.preferences import CompanyWish, TeamWish
from roundsman.accounts.rights import Right
from roundsman.api.fields import a_day
from roundsman.api.member_shapes import WireWeek, week_on_wire
from roundsman.api.shapes import Answer, Ask, Call, Int
from roundsman.core.clock import to_yyyymmdd
from roundsman.core.errors import BadValue
from roundsman.core.geo import Point, is_on_earth
from roundsman.places.wire import Position

type Weekdays = dict[str, Any]


class GetCompany(Ask, frozen=True, kw_only=True):
    """Body of getcompany: no parameters."""


class Route(Struct, frozen=True, kw_only=True):
    """Where a team's days begin and end, degrees; 0/0 where nothing is set."""

    start_lat: float = 0
    start_lng: float = 0
    end_lat: float = 0
    end_lng: float = 0


class TeamConfig(Struct, frozen=True, kw_only=True):
    """A team; `route` is there only where one is set."""

    id: int
    name: str
    working_hours: WireWeek
    route: Route | UnsetType = UNSET


class CustomFieldType(Struct, frozen=True, kw_only=True):
    """A field that the company defined for its jobs."""

    key: str
    type: str


class Input(Struct, frozen=True, kw_only=True):
    """A numbered input that workers fill in: slot 1 to 7 of kind number or text.

    `form` refines a number: number, bool or decimal.
    """

    kind: str
    slot: Int
    label: str
    form: str = ""


class WireHoliday(Struct, frozen=True, kw_only=True):
    """A day on which the company does not work; `yearly` is the same day in every year."""

    day: Int
    name: str = ""
    yearly: bool = False


class WireCompany(Struct, frozen=True, kw_only=True):
    """A company. `settings`, `inputs` and `holidays` are there for administrators only."""

    uid: str
    username: str
    type: str = "company"
    name: str
    email: str
    phone: str
    address: str
    location: Position
    timezone: str
    language: str
    unit_distance: str
    unit_time: str
    unit_date: str
    working_hours: WireWeek
    teams_config: list[TeamConfig]
    custom_fields: list[CustomFieldType]
    settings: dict[str, bool | int] | UnsetType = UNSET
    inputs: list[Input] | UnsetType = UNSET
    holidays: list[WireHoliday] | UnsetType = UNSET


class CompanyAnswer(Answer, frozen=True, kw_only=True):
    """Answer with the company."""

    company: WireCompany


def get_company(call: Call, _: GetCompany) -> CompanyAnswer:
    """Return the caller's company with its teams."""
    return CompanyAnswer(company=company_on_wire(call.actor, call.actor.company_profile))


def company_on_wire(actor: Actor, company: Company) -> WireCompany:
    """Return a company as it is answered to the actor."""
    policy, here = company.policy, company.position
    manages = actor.may(Right.MANAGE_COMPANY)
    return WireCompany(
        uid=company.id,
        username=company.username,
        name=company.name,
        email=company.email,
        phone=company.phone,
        address=company.address,
        location=Position(here.lat, here.lng) if here else Position(0, 0),
        timezone=company.timezone,
        language=company.language,
        unit_distance=company.unit_distance,
        unit_time=company.unit_time,
        unit_date=company.unit_date,
        working_hours=week_on_wire(hours.WorkingWeek(company.hours, "default")),
        teams_config=[_team_on_wire(team) for team in company.teams],
        custom_fields=[
            CustomFieldType(key=line.label, type=line.form or line.kind) for line in policy.inputs
        ],
        settings=preferences.settings_of(policy) if manages else UNSET,
        inputs=[
            Input(kind=line.kind, slot=line.slot, label=line.label, form=line.form)
            for line in policy.inputs
        ]
        if manages
        else UNSET,
        holidays=[
            WireHoliday(day=to_yyyymmdd(one.day), name=one.name, yearly=one.yearly)
            for one in company.holidays
        ]
        if manages
        else UNSET,
    )


def _team_on_wire(team: Team) -> TeamConfig:
    start, end = team.route_start or Point(0, 0), team.route_end or Point(0, 0)
    route = Route(start_lat=start.lat, start_lng=start.lng, end_lat=end.lat, end_lng=end.lng)
    return TeamConfig(
        id=team.id,
        name=team.name,
        working_hours=week_on_wire(hours.of_team(team)),
        route=route if team.route_start or team.route_end else UNSET,
    )


# --- editing --------------------------------------------------------------------------------------


class LatLng(Struct, frozen=True):
    """Degrees, WGS 84; 0/0 is no position."""

    lat: float
    lng: float


class EditTeam(Struct, frozen=True, kw_only=True):
    """A team to keep or, without a known `id`, to make; null for hours or route forgets them."""

    id: Int | None = None
    name: str | None = None
    working_hours: Weekdays | UnsetType | None = UNSET
    route: Route | UnsetType | None = UNSET


class EditCompany(Ask, frozen=True, kw_only=True):
    """Body of editcompany: what is not sent stays, null empties.

    `teams_config`, `inputs` and `holidays` are complete lists: what is not in them goes, and a team
    that still has members cannot go. `working_hours` are the hours of teams without their own.
    """

    takes_null: ClassVar[bool] = True

    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    address: str | UnsetType | None = UNSET
    location: LatLng | UnsetType | None = UNSET
    timezone: Annotated[str | UnsetType | None, Meta(description="IANA name.")] = UNSET
    language: Annotated[str | UnsetType | None, Meta(description="Code such as en.")] = UNSET
    unit_distance: Annotated[str | UnsetType | None, Meta(description="SI or US.")] = UNSET
    unit_time: Annotated[str | int | UnsetType | None, Meta(description="12 or 24.")] = UNSET
    unit_date: str | UnsetType | None = UNSET
    date_format: Annotated[str | UnsetType | None, Meta(description="Other name of unit_date.")] = (
        UNSET
    )
    working_hours: Weekdays | UnsetType | None = UNSET
    teams_config: list[EditTeam] | None = None
    settings: Annotated[
        dict[str, Any] | None,
        Meta(description="Settings to change, by the names that getcompany answers."),
    ] = None
    inputs: list[Input] | None = None
    holidays: Annotated[
        list[WireHoliday] | None,
        Meta(
            description="The whole calendar; jobs that repeat skip it or move, see setrecurrence."
        ),
    ] = None


_TEXTS: Mapping[str, str] = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "address": "address",
    "timezone": "timezone",
    "language": "language",
    "unit_distance": "unit_distance",
    "unit_time": "unit_time",
    "date_format": "unit_date",
    "unit_date": "unit_date",
}


def edit_company(call: Call, ask: EditCompany) -> CompanyAnswer:
    """Change the company's profile, teams and settings."""
    changed = companies.edit(call.tx, call.actor, _wish(ask))
    return CompanyAnswer(company=company_on_wire(call.actor, changed))


def _wish(ask: EditCompany) -> CompanyWish:
    values: dict[str, str] = {}
    for wire, attribute in _TEXTS.items():
        value: str | int | UnsetType | None = getattr(ask, wire)
        if not isinstance(value, UnsetType):
            values[attribute] = "" if value is None else str(value)
    position = ask.location
    return CompanyWish(
        values=values,
        position=_point(position.lat, position.lng, "location")
        if isinstance(position, LatLng)
        else position,
        week=_week(ask.working_hours, "working_hours"),
        teams=None if ask.teams_config is None else [_team_wish(one) for one in ask.teams_config],
        settings=ask.settings or {},
        inputs=None if ask.inputs is None else [_input(one) for one in ask.inputs],
        holidays=None if ask.holidays is None else [_holiday(one) for one in ask.holidays],
    )


def _point(lat: float, lng: float, field: str) -> Point | None:
    if not is_on_earth(lat, lng):
        raise BadValue(
            f"{field} must be a latitude from -90 to 90 and a longitude from -180 to 180 degrees.",
            field=field,
        )
    return Point(lat, lng) if lat or lng else None


def _week(sent: Weekdays | UnsetType | None, field: str) -> Week:
    if sent is None:
        return FORGOTTEN
    return {} if isinstance(sent, UnsetType) else hours.read_week(sent, field)


def _team_wish(sent: EditTeam) -> TeamWish:
    route = Route() if sent.route is None else sent.route
    start: Point | UnsetType | None = UNSET
    end: Point | UnsetType | None = UNSET
    if not isinstance(route, UnsetType):
        start = _point(route.start_lat, route.start_lng, "teams_config.route")
        end = _point(route.end_lat, route.end_lng, "teams_config.route")
    return TeamWish(
        id=sent.id,
        name=sent.name,
        week=_week(sent.working_hours, "teams_config.working_hours"),
        route_start=start,
        route_end=end,
    )


def _holiday(sent: WireHoliday) -> Holiday:
    day = a_day("holidays.day", sent.day)
    if day is None:
        raise BadValue("A holiday needs a day such as 20261225.", field="holidays.day")
    return Holiday(day=day, name=sent.name, yearly=sent.yearly)


def _input(sent: Input) -> InputField:
    return InputField(kind=sent.kind, slot=sent.slot, label=sent.label, form=sent.form)
