"""A member on the wire: what a request says of one, and how one is answered."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from roundsman.accounts import hours, rules
from roundsman.accounts.hours import FORGOTTEN, Week, WorkingWeek
from roundsman.accounts.model import Actor, Member, State
from roundsman.api.shapes import Ask, Int
from roundsman.core.clock import MAX_MS, from_ms, to_ms
from roundsman.core.errors import BadValue
from roundsman.core.ids import DeviceId, MemberId
from roundsman.tracking.live import LiveState

type Optional[T] = T | UnsetType | None
type Weekdays = dict[str, Any]


class Profile(Ask, frozen=True, kw_only=True):
    """The properties of a member that can be changed; what is not sent stays, null empties."""

    takes_null: ClassVar[bool] = True

    name: Optional[str] = UNSET
    email: Optional[str] = UNSET
    phone: Optional[str] = UNSET
    color: Annotated[Optional[str], Meta(description="Colour such as #22c328.")] = UNSET
    role: Annotated[
        Optional[str],
        Meta(description="worker; operator or dispatcher; admin or administrator. Admins only."),
    ] = UNSET
    teams: Annotated[Optional[list[Int]], Meta(description="Team numbers. Admins only.")] = UNSET
    status_label: Annotated[
        Optional[str], Meta(description="Free status text; sets status_label_ts.")
    ] = UNSET
    moving: Annotated[Optional[str], Meta(description="halted, idling, ontheway or offduty.")] = (
        UNSET
    )
    travel_mode: Annotated[
        Optional[str], Meta(description="car, bicycle, pedestrian, truck, van or motorcycle.")
    ] = UNSET
    vehicle_capacity: Annotated[Optional[Int], Meta(description="Units of load.")] = UNSET
    working_hours: Annotated[
        Optional[Weekdays],
        Meta(
            description="Weekdays to change, each {start, end} in minutes since midnight, 0/0 is a "
            "day off; null for a weekday forgets its own hours. A pair that cannot be minutes is "
            "read as times such as 700 and 1730."
        ),
    ] = UNSET
    ignore_working_hours_until_ts: Annotated[
        Optional[Int], Meta(description="Hours do not count until then, ms; 0 is not set.")
    ] = UNSET
    route_start_lat: Annotated[Optional[float], Meta(description="Degrees; 0/0 is none.")] = UNSET
    route_start_lng: Optional[float] = UNSET
    route_end_lat: Annotated[Optional[float], Meta(description="Degrees; 0/0 is none.")] = UNSET
    route_end_lng: Optional[float] = UNSET
    route_start_time: Annotated[
        Optional[Int], Meta(description="Minutes since midnight; -1 is not set.")
    ] = UNSET
    language: Annotated[Optional[str], Meta(description="Code such as en.")] = UNSET
    timezone: Annotated[Optional[str], Meta(description="IANA name; empty: company's.")] = UNSET
    unit_distance: Annotated[Optional[str], Meta(description="SI or US.")] = UNSET
    unit_time: Annotated[str | int | UnsetType | None, Meta(description="12 or 24.")] = UNSET
    unit_date: Annotated[Optional[str], Meta(description="Pattern such as dd.MM.yyyy.")] = UNSET
    date_format: Annotated[Optional[str], Meta(description="Other name of unit_date.")] = UNSET
    scim_data: Annotated[Optional[str], Meta(description="Data of your provisioning.")] = UNSET


# Properties that are attributes of the same meaning, by wire name.
_ATTRIBUTES: Mapping[str, str] = {
    "name": "name",
    "email": "email",
    "phone": "phone",
    "color": "color",
    "teams": "teams",
    "status_label": "status_label",
    "moving": "moving",
    "travel_mode": "travel_mode",
    "vehicle_capacity": "vehicle_capacity",
    "route_start_lat": "route_start_lat",
    "route_start_lng": "route_start_lng",
    "route_end_lat": "route_end_lat",
    "route_end_lng": "route_end_lng",
    "route_start_time": "route_start_minutes",
    "language": "language",
    "timezone": "timezone",
    "unit_distance": "unit_distance",
    "date_format": "unit_date",
    "unit_date": "unit_date",
    "scim_data": "scim_data",
}


def values_of(sent: Profile) -> dict[str, Any]:
    """Return the attributes of a member that a request names, working hours left out."""
    values = {
        attribute: value
        for wire, attribute in _ATTRIBUTES.items()
        if (value := getattr(sent, wire)) is not UNSET
    }
    if sent.unit_time is not UNSET:
        values["unit_time"] = "" if sent.unit_time is None else str(sent.unit_time)
    if sent.role is not UNSET:
        values["role"] = rules.role_of(sent.role or "")
    if sent.ignore_working_hours_until_ts is not UNSET:
        until = sent.ignore_working_hours_until_ts or 0
        field = "ignore_working_hours_until_ts"
        if not 0 <= until <= MAX_MS:
            raise BadValue(f"{field} must be milliseconds since 1970, or 0.", field=field)
        values["ignore_hours_until"] = from_ms(until) if until else None
    return values


def week_of(sent: Optional[Weekdays]) -> Week:
    """Return what a request says of working hours; null forgets them all."""
    if sent is None:
        return FORGOTTEN
    return {} if isinstance(sent, UnsetType) else hours.read_week(sent, "working_hours")


# --- answers --------------------------------------------------------------------------------------


class Span(Struct, frozen=True):
    """Minutes since midnight; both 0 is a day off, an end before the start is on the next day."""

    start: int
    end: int


class WireWeek(Struct, frozen=True, kw_only=True):
    """Working hours by weekday; `source` is individual, team or default."""

    monday: Span | UnsetType = UNSET
    tuesday: Span | UnsetType = UNSET
    wednesday: Span | UnsetType = UNSET
    thursday: Span | UnsetType = UNSET
    friday: Span | UnsetType = UNSET
    saturday: Span | UnsetType = UNSET
    sunday: Span | UnsetType = UNSET
    source: str


def week_on_wire(week: WorkingWeek) -> WireWeek:
    """Return working hours as they are answered."""
    days = {day: Span(shift.start, shift.end) for day, shift in week.hours.items()}
    return WireWeek(**days, source=week.source)


class WireLocation(Struct, frozen=True, kw_only=True):
    """A position: degrees, ms, metres, metres per second, degrees clockwise from north."""

    lat: float
    lng: float
    ts: int
    accuracy: int
    speed: float
    head: int


class WireStates(Struct, frozen=True, kw_only=True):
    """What is known of the member's phone."""

    login_status: bool
    location_services: bool
    location_permission: bool
    battery_save: bool
    tracking_status: bool
    off_trackrecording: bool
    off_gps_stationary: bool
    moving: str


class WireTimestamps(Struct, frozen=True, kw_only=True):
    """When, ms: made, last login, last sign of life, last position."""

    created: int
    login: int
    signal: int
    tracking: int


class WireDevice(Struct, frozen=True, kw_only=True):
    """The phone that reported last."""

    id: str


class WireMember(Struct, frozen=True, kw_only=True):
    """A member: every key, with its empty value where nothing is known.

    `active_status` is there only for suspended and deactivated members, `location` and `device`
    only where a phone has reported and the caller may know.
    """

    id: str
    uid: str
    username: str
    name: str
    email: str
    email_verified: bool
    phone: str
    phone_verified: bool = False
    type: str = "person"
    color: str
    portrait: str = ""
    portrait_ts: int = 0
    role: str
    active_status: str | UnsetType = UNSET
    teams: list[int]
    scim_data: str
    location: WireLocation | UnsetType = UNSET
    states: WireStates
    timestamps: WireTimestamps
    battery_level: int
    battery_plugged: bool
    status_label: str
    status_label_ts: int
    moving: str
    working_hours: WireWeek
    ignore_working_hours_until_ts: int
    route_start_lat: float
    route_start_lng: float
    route_end_lat: float
    route_end_lng: float
    route_start_time: int
    travel_mode: str
    vehicle_capacity: int
    language: str
    timezone: str
    unit_distance: str
    unit_time: str
    unit_date: str
    google_calendar: bool = False
    twofactor_auth_enabled: bool = False
    device: WireDevice | UnsetType = UNSET


_SILENT = LiveState(member=MemberId(""))


def member_on_wire(actor: Actor, member: Member, live: LiveState | None) -> WireMember:
    """Return a member as it is answered to the actor; `live` is what tracking knows of them."""
    company = actor.company_profile
    state = live if live is not None and rules.may_locate(actor, member) else _SILENT
    moving = state.moving or member.moving
    start, end = member.route_start, member.route_end
    return WireMember(
        id=member.id,
        uid=member.id,
        username=member.username,
        name=member.name,
        email=member.email,
        email_verified=member.email_verified,
        phone=member.phone,
        color=member.color,
        role=member.role.value,
        active_status=UNSET if member.state is State.ACTIVE else member.state.value,
        teams=list(member.teams),
        scim_data=member.scim_data,
        location=location_on_wire(state),
        states=_states(state, moving),
        timestamps=WireTimestamps(
            created=to_ms(member.created_at),
            login=to_ms(member.login_at),
            signal=state.signal_ms,
            tracking=state.ts_ms,
        ),
        battery_level=state.battery_pct or 0,
        battery_plugged=bool(state.charging),
        status_label=member.status_label,
        status_label_ts=to_ms(member.status_label_at),
        moving=moving,
        working_hours=week_on_wire(hours.of_member(member, company)),
        ignore_working_hours_until_ts=to_ms(member.ignore_hours_until),
        route_start_lat=start.lat if start else 0,
        route_start_lng=start.lng if start else 0,
        route_end_lat=end.lat if end else 0,
        route_end_lng=end.lng if end else 0,
        route_start_time=member.route_start_minutes,
        travel_mode=member.travel_mode,
        vehicle_capacity=member.vehicle_capacity,
        language=member.language,
        timezone=member.timezone or company.timezone,
        unit_distance=member.unit_distance,
        unit_time=member.unit_time,
        unit_date=member.unit_date,
        device=WireDevice(id=state.device) if state.device != DeviceId("") else UNSET,
    )


def location_on_wire(state: LiveState) -> WireLocation | UnsetType:
    """Return a position as it is answered; nothing where none is known."""
    if state.ts_ms == 0:
        return UNSET
    return WireLocation(
        lat=state.lat_e7 / 1e7,
        lng=state.lng_e7 / 1e7,
        ts=state.ts_ms,
        accuracy=round(state.acc_m or 0),
        speed=state.speed_mps or 0,
        head=round(state.bearing_deg or 0),
    )


def _states(state: LiveState, moving: str) -> WireStates:
    """Return what a phone's reports prove: apps of others do not tell of their switches."""
    reports, located = state.signal_ms > 0 or state.ts_ms > 0, state.ts_ms > 0
    return WireStates(
        login_status=reports,
        location_services=located,
        location_permission=located,
        battery_save=False,
        tracking_status=reports,
        off_trackrecording=False,
        off_gps_stationary=False,
        moving=moving,
    )
