"""Who sees and edits whom, and what a member may become. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import NODEFAULT
from msgspec.structs import fields, replace

from roundsman.accounts import hours
from roundsman.accounts.hours import Week
from roundsman.accounts.model import Actor, Member
from roundsman.accounts.rights import Right, Role
from roundsman.core.clock import MINUTES_A_DAY, zone_names
from roundsman.core.errors import BadValue
from roundsman.core.geo import Point, is_on_earth
from roundsman.core.ids import TeamId

NAME_LENGTH = 200
LINE_LENGTH = 254
TEXT_LENGTH = 20_000
TEAMS_LIMIT = 100
TEAM_MOST = 1_000_000
CAPACITY_MOST = 1_000_000
NO_START_TIME = -1
TRAVEL_MODES = ("car", "bicycle", "pedestrian", "truck", "van", "motorcycle")
MOVEMENTS = ("halted", "idling", "ontheway", "offduty")
UNITS_OF_DISTANCE = ("SI", "US")
UNITS_OF_TIME = ("12", "24")

_ROLES: Mapping[str, Role] = {
    "worker": Role.WORKER,
    "operator": Role.OPERATOR,
    "dispatcher": Role.OPERATOR,
    "admin": Role.ADMIN,
    "administrator": Role.ADMIN,
}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_BREAKS = {ord(character): " " for character in "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
# Enough to know a mail address from a free user name; whether it exists, only a mail can tell.
_EMAIL = re.compile(r"[^@\s,;:<>()\"\\]+@[^@\s,;:<>()\"\\]+\.?[^@\s,;:<>()\"\\]+")


def role_of(text: str) -> Role:
    """Return the role of a wire name or one of its aliases."""
    role = _ROLES.get(text.strip().casefold())
    if role is None:
        raise BadValue(
            f"There is no role {text[:40]!r}. Use worker, operator or admin.", field="role"
        )
    return role


def is_email(text: str) -> bool:
    """Tell whether a mail can be sent to this text."""
    return len(text) <= LINE_LENGTH and _EMAIL.fullmatch(text) is not None


# --- who sees and edits whom ----------------------------------------------------------------------


def are_teammates(one: Member, other: Member) -> bool:
    """Tell whether two members share a team; those without any team share that."""
    return bool(set(one.teams) & set(other.teams)) or not (one.teams or other.teams)


def may_see(actor: Actor, other: Member) -> bool:
    """Tell whether the actor may know of a member; the company's own login is no member.

    Operators behind team walls see their teams and those without a team, workers themselves and,
    where the company lets them, their team.
    """
    if other.role is Role.OWNER:
        return False
    if other.id == actor.id or actor.may(Right.SEE_ALL_MEMBERS):
        return True
    if actor.role is Role.OPERATOR and not other.teams:
        return True
    return actor.may(Right.SEE_TEAM_MEMBERS) and are_teammates(actor.member, other)


def may_locate(actor: Actor, other: Member) -> bool:
    """Tell whether the actor may know where a member is.

    Administrators are seen by themselves and by the company's own login only.
    """
    if other.role is Role.ADMIN and other.id != actor.id and actor.role is not Role.OWNER:
        return False
    return may_see(actor, other)


def may_edit(actor: Actor, other: Member) -> bool:
    """Tell whether the actor may change a member's profile."""
    if other.role is Role.OWNER:
        return False
    if other.id == actor.id or actor.may(Right.MANAGE_MEMBERS):
        return True
    editor = actor.may(Right.EDIT_WORKERS) and other.role is Role.WORKER
    return editor and are_teammates(actor.member, other)


# --- what a member may become ---------------------------------------------------------------------


def a_line(field: str, value: str, most: int = LINE_LENGTH) -> str:
    """Return a text as one line without blanks around it; BadValue when it is too long."""
    text = value.translate(_BREAKS).strip()
    if len(text) > most:
        raise BadValue(f"{field} is longer than {most} characters.", field=field)
    return text


def a_text(field: str, value: str) -> str:
    """Return a text as it is; BadValue when it is too long."""
    if len(value) > TEXT_LENGTH:
        raise BadValue(f"{field} is longer than {TEXT_LENGTH} characters.", field=field)
    return value


def a_name(field: str, value: str) -> str:
    """Return a name: one line that is not empty."""
    name = a_line(field, value, NAME_LENGTH)
    if not name:
        raise BadValue(f"{field} must not be empty.", field=field)
    return name


def a_color(field: str, value: str) -> str:
    """Return a colour such as #22c328, or an empty text."""
    color = value.strip()
    if color and not _COLOR.fullmatch(color):
        raise BadValue(
            f"{field} must be a colour such as #22c328, not {color[:40]!r}.", field=field
        )
    return color


def a_timezone(field: str, value: str) -> str:
    """Return the name of a time zone, or an empty text."""
    if value and value not in zone_names():
        raise BadValue(
            f"{value[:60]} is no time zone. Use a name such as Europe/Lisbon.", field=field
        )
    return value


def a_language(field: str, value: str) -> str:
    """Return a language code such as en or pt-BR, or an empty text."""
    code = value.strip()
    if code and not (len(code) <= LINE_LENGTH and _LANGUAGE.fullmatch(code)):
        raise BadValue(
            f"{field} must be a language code such as en, not {code[:40]!r}.", field=field
        )
    return code


def one_of(*choices: str) -> Callable[[str, str], str]:
    """Return a check that a text is one of the choices; an empty one passes."""

    def check(field: str, value: str) -> str:
        if value and value not in choices:
            raise BadValue(
                f"{field} must be one of {', '.join(choices)}, not {value[:40]!r}.", field=field
            )
        return value

    return check


def within(least: int, most: int) -> Callable[[str, int], int]:
    """Return a check that a number lies in a range."""

    def check(field: str, value: int) -> int:
        if not least <= value <= most:
            raise BadValue(f"{field} must be between {least} and {most}, not {value}.", field=field)
        return value

    return check


def some_teams(field: str, value: list[int]) -> list[TeamId]:
    """Return team numbers, each once; 0 means no team and is left out."""
    teams = sorted({team for team in value if team != 0})
    if len(teams) > TEAMS_LIMIT or any(not 0 < team <= TEAM_MOST for team in teams):
        raise BadValue(
            f"{field} must hold at most {TEAMS_LIMIT} team numbers from 1 to {TEAM_MOST}.",
            field=field,
        )
    return [TeamId(team) for team in teams]


# Attribute of a member -> how a value for it is checked and normalised.
_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "name": a_name,
    "email": a_line,
    "phone": a_line,
    "color": a_color,
    "teams": some_teams,
    "language": a_language,
    "timezone": a_timezone,
    "unit_distance": one_of(*UNITS_OF_DISTANCE),
    "unit_time": one_of(*UNITS_OF_TIME),
    "unit_date": a_line,
    "status_label": a_line,
    "moving": one_of(*MOVEMENTS),
    "travel_mode": one_of(*TRAVEL_MODES),
    "scim_data": a_text,
    "vehicle_capacity": within(0, CAPACITY_MOST),
    "route_start_minutes": within(NO_START_TIME, MINUTES_A_DAY),
}
# What an attribute is called where it is not its own name.
_CALLED = {"route_start_minutes": "route_start_time"}
_ENDS = ("route_start", "route_end")


def _standards() -> dict[str, Any]:
    """Return the value that each attribute has when nobody ever set it."""
    known: dict[str, Any] = {}
    for field in fields(Member):
        if field.default is not NODEFAULT:
            known[field.name] = field.default
        elif field.default_factory is not NODEFAULT:
            known[field.name] = field.default_factory()
    return known


_STANDARD: Mapping[str, Any] = _standards()


def change(member: Member, values: Mapping[str, Any], week: Week, at: datetime) -> Member:
    """Return the member with the values, attribute by attribute; what is not named stays.

    None and empty texts stand for the attribute's standard value. `route_start_lat` and its like
    name one coordinate. BadValue for a value that cannot be right.
    """
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith(_ENDS) and name.endswith(("_lat", "_lng")):
            continue
        check = _CHECKS.get(name)
        if name in _STANDARD and (value is None or value == ""):
            checked[name] = _STANDARD[name]
        else:
            given = "" if value is None else value
            checked[name] = check(_CALLED.get(name, name), given) if check else given
    for end in _ENDS:
        if f"{end}_lat" in values or f"{end}_lng" in values:
            checked[end] = _end(getattr(member, end), values, end)
    if "email" in checked and checked["email"] != member.email:
        checked["email_verified"] = False
    if "status_label" in checked:
        checked["status_label_at"] = at
    checked["hours"] = hours.merged(member.hours, week)
    return replace(member, **checked)


def _end(before: Point | None, values: Mapping[str, Any], end: str) -> Point | None:
    """Return where a route begins or ends; 0/0 is nowhere in particular."""
    lat = values.get(f"{end}_lat", before.lat if before else 0.0) or 0.0
    lng = values.get(f"{end}_lng", before.lng if before else 0.0) or 0.0
    if not is_on_earth(lat, lng):
        raise BadValue(
            f"{end} must be a latitude from -90 to 90 and a longitude from -180 to 180 degrees.",
            field=f"{end}_lat",
        )
    return Point(lat, lng) if lat or lng else None
