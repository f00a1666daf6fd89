"""What a company may be changed to: profile, settings, teams, inputs of jobs. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from roundsman.accounts import hours, rules
from roundsman.accounts.hours import Week
from roundsman.accounts.model import Company, Holiday, Team
from roundsman.accounts.policy import InputField, Policy
from roundsman.accounts.rights import COMPANY_SWITCHES, DEFAULTS
from roundsman.core.errors import BadFormat, BadValue
from roundsman.core.geo import Point
from roundsman.core.ids import TeamId

TEAMS_LIMIT = 500
HOLIDAYS_LIMIT = 1000
SLOTS = range(1, 8)
LABEL_LENGTH = 80

# Settings that are on or off, beside the switches of `rights.COMPANY_SWITCHES`.
FLAGS = ("api_enabled", "auto_checkin", "legacy_action_names", "flat_custom_fields")
# Settings that are numbers, and what they may be (product.md 2.5, 4 and 7.2).
NUMBERS: Mapping[str, tuple[int, int]] = {
    "checkin_delay_s": (0, 1800),
    "checkout_delay_s": (0, 1800),
    "job_radius_m": (25, 2000),
    "place_radius_m": (0, 5000),
    "default_on_site_s": (0, 86_400),
    "slot_minutes": (15, 720),
    "slots_from_minutes": (0, 1440),
    "slots_until_minutes": (0, 1440),
    "slot_hold_minutes": (1, 10_080),
    "carry_over_max": (0, 365),
    "eta_change_s": (60, 7200),
}
# Kind of an input -> the forms in which it may be shown.
FORMS: Mapping[str, tuple[str, ...]] = {
    "number": ("", "number", "bool", "decimal"),
    "text": ("", "text"),
}


class TeamWish(Struct, frozen=True, kw_only=True):
    """What a team is to be. Without `id` it is new; UNSET stays, None empties."""

    id: int | None = None
    name: str | None = None
    week: Week = {}
    route_start: Point | UnsetType | None = UNSET
    route_end: Point | UnsetType | None = UNSET


class CompanyWish(Struct, frozen=True, kw_only=True):
    """What a company is to be. `values` are attributes by name; UNSET stays, None empties.

    `teams`, `inputs` and `holidays` are complete lists: what is not in them goes.
    """

    values: Mapping[str, str] = {}
    position: Point | UnsetType | None = UNSET
    week: Week = {}
    teams: Sequence[TeamWish] | None = None
    settings: Mapping[str, Any] = {}
    inputs: Sequence[InputField] | None = None
    holidays: Sequence[Holiday] | None = None


_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "name": rules.a_name,
    "email": rules.a_line,
    "phone": rules.a_line,
    "address": rules.a_line,
    "timezone": rules.a_timezone,
    "language": rules.a_language,
    "unit_distance": rules.one_of(*rules.UNITS_OF_DISTANCE),
    "unit_time": rules.one_of(*rules.UNITS_OF_TIME),
    "unit_date": rules.a_line,
}
# Attributes that cannot be empty; an empty text means the standard of a new company.
_STANDARD = {
    "timezone": "UTC",
    "language": "en",
    "unit_distance": "SI",
    "unit_time": "24",
    "unit_date": "dd.MM.yyyy",
}


def change(company: Company, wish: CompanyWish) -> Company:
    """Return the company as wished; BadValue for what cannot be right."""
    values: dict[str, Any] = {
        name: _CHECKS[name](name, value) or _STANDARD.get(name, "")
        for name, value in wish.values.items()
    }
    if wish.position is not UNSET:
        values["position"] = wish.position
    values["hours"] = hours.merged(company.hours, wish.week)
    if wish.teams is not None:
        values["teams"] = _teams(company, wish.teams)
    if wish.holidays is not None:
        values["holidays"] = _holidays(wish.holidays)
    policy = _with_settings(company.policy, wish.settings)
    if wish.inputs is not None:
        policy = replace(policy, inputs=_inputs(wish.inputs))
    return replace(company, policy=policy, **values)


def changed_fields(before: Company, after: Company) -> list[str]:
    """Return the names of what differs, settings by their own names."""
    old = {**asdict(before), **asdict(before.policy)}
    new = {**asdict(after), **asdict(after.policy)}
    return [name for name, value in new.items() if name != "policy" and value != old[name]]


# --- settings -------------------------------------------------------------------------------------


def settings_of(policy: Policy) -> dict[str, bool | int]:
    """Return every setting by name: switches, flags and numbers."""
    switches = {
        name: policy.switches.get(name, right in DEFAULTS[role])
        for name, (role, right) in COMPANY_SWITCHES.items()
    }
    others = {name: getattr(policy, name) for name in (*FLAGS, *NUMBERS)}
    return {**switches, **others}


def _with_settings(policy: Policy, sent: Mapping[str, Any]) -> Policy:
    changed: dict[str, Any] = {}
    switches = dict(policy.switches)
    for name, value in sent.items():
        if name in COMPANY_SWITCHES:
            switches[name] = _flag(name, value)
        elif name in FLAGS:
            changed[name] = _flag(name, value)
        elif name in NUMBERS:
            changed[name] = _number(name, value)
        else:
            known = ", ".join(sorted({*COMPANY_SWITCHES, *FLAGS, *NUMBERS}))
            raise BadValue(
                f"There is no setting {name[:40]!r}. The settings are {known}.", field="settings"
            )
    return replace(policy, switches=switches, **changed)


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool) or (isinstance(value, int) and value in {0, 1}):
        return bool(value)
    raise BadFormat(f"settings.{name} must be true or false.", field=f"settings.{name}")


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadFormat(f"settings.{name} must be a whole number.", field=f"settings.{name}")
    return rules.within(*NUMBERS[name])(f"settings.{name}", value)


# --- teams ----------------------------------------------------------------------------------------


def _teams(company: Company, wishes: Sequence[TeamWish]) -> list[Team]:
    if len(wishes) > TEAMS_LIMIT:
        raise BadValue(f"A company has at most {TEAMS_LIMIT} teams.", field="teams_config")
    named = [wish.id for wish in wishes if wish.id is not None]
    if len(set(named)) != len(named):
        raise BadValue("teams_config names a team twice.", field="teams_config")
    last = max([0, *named, *(team.id for team in company.teams)])
    teams: list[Team] = []
    for wish in wishes:
        if wish.id is None:
            last += 1
        teams.append(_team(company, wish, last if wish.id is None else wish.id))
    return sorted(teams, key=lambda team: team.id)


def _team(company: Company, wish: TeamWish, number: int) -> Team:
    rules.within(1, rules.TEAM_MOST)("teams_config.id", number)
    known = company.team(number)
    before = known or Team(id=TeamId(number), name="")
    values: dict[str, Any] = {"hours": hours.merged(before.hours, wish.week)}
    if wish.name is not None or known is None:
        values["name"] = rules.a_name("teams_config.name", wish.name or "")
    if wish.route_start is not UNSET:
        values["route_start"] = wish.route_start
    if wish.route_end is not UNSET:
        values["route_end"] = wish.route_end
    return replace(before, **values)


def _holidays(sent: Sequence[Holiday]) -> list[Holiday]:
    """Return the calendar in the order of days; of two on one day the later one in the list."""
    if len(sent) > HOLIDAYS_LIMIT:
        raise BadValue(f"A company has at most {HOLIDAYS_LIMIT} holidays.", field="holidays")
    days = {
        (one.day, one.yearly): replace(
            one, name=rules.a_line("holidays.name", one.name, LABEL_LENGTH)
        )
        for one in sent
    }
    return [days[key] for key in sorted(days)]


# --- inputs of jobs -------------------------------------------------------------------------------


def _inputs(sent: Sequence[InputField]) -> list[InputField]:
    """Return the numbered inputs, in the order of kind and slot; BadValue when two share a slot."""
    lines: dict[tuple[str, int], InputField] = {}
    for line in sent:
        if line.kind not in FORMS:
            raise BadValue(
                f"inputs.kind must be number or text, not {line.kind[:40]!r}.", field="inputs.kind"
            )
        rules.within(SLOTS[0], SLOTS[-1])("inputs.slot", line.slot)
        rules.one_of(*FORMS[line.kind])("inputs.form", line.form)
        if (line.kind, line.slot) in lines:
            raise BadValue(f"Two inputs are {line.kind} {line.slot}.", field="inputs.slot")
        label = rules.a_line("inputs.label", line.label, LABEL_LENGTH)
        if not label:
            raise BadValue("An input needs a label.", field="inputs.label")
        lines[line.kind, line.slot] = replace(line, label=label)
    return [lines[key] for key in sorted(lines)]
