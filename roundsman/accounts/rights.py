"""Who may do what: member > team > role > company, one pure page.

A right is settled by the first level that has a say: a switch on the member, on one of the
member's teams (any that allows it wins), on the role, the company's switch; last the default below.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct


class Role(StrEnum):
    """What a member is; the company's own login is the owner."""

    WORKER = "worker"
    OPERATOR = "operator"
    ADMIN = "admin"
    OWNER = "owner"


class Right(StrEnum):
    """Everything that can be permitted. The values double as the names of switches."""

    MANAGE_COMPANY = "manage_company"
    MANAGE_MEMBERS = "manage_members"
    INTEGRATE = "integrate"
    EDIT_WORKERS = "edit_workers"
    SEE_ALL_JOBS = "see_all_jobs"
    CREATE_JOBS = "create_jobs"
    EDIT_JOBS = "edit_jobs"
    DELETE_JOBS = "delete_jobs"
    DISPATCH = "dispatch"
    CREATE_PLACES = "create_places"
    EDIT_PLACES = "edit_places"
    SEE_ALL_PLACES = "see_all_places"
    SEE_TEAM_MEMBERS = "see_team_members"
    SEE_ALL_MEMBERS = "see_all_members"
    RUN_REPORTS = "run_reports"
    SEE_CALENDAR = "see_calendar"
    MOVE_JOB_DAY = "move_job_day"
    SWITCH_TRACKING_OFF = "switch_tracking_off"


# Company switches of the documented product, and the right each of them gives to a role.
COMPANY_SWITCHES: Mapping[str, tuple[Role, Right]] = {
    "dispatcher_delete_jobs": (Role.OPERATOR, Right.DELETE_JOBS),
    "operators_see_other_teams": (Role.OPERATOR, Right.SEE_ALL_MEMBERS),
    "workers_create_places": (Role.WORKER, Right.CREATE_PLACES),
    "workers_view_places": (Role.WORKER, Right.SEE_ALL_PLACES),
    "workers_see_team_members": (Role.WORKER, Right.SEE_TEAM_MEMBERS),
    "workers_create_jobs": (Role.WORKER, Right.CREATE_JOBS),
    "workers_access_calendar": (Role.WORKER, Right.SEE_CALENDAR),
    "workers_reassign_date": (Role.WORKER, Right.MOVE_JOB_DAY),
    "workers_deactivate_tracking": (Role.WORKER, Right.SWITCH_TRACKING_OFF),
}

# What a company that never touched a switch permits, beyond administrators and owner, who may all.
DEFAULTS: Mapping[Role, frozenset[Right]] = {
    Role.WORKER: frozenset({Right.SEE_ALL_PLACES, Right.RUN_REPORTS, Right.SEE_CALENDAR}),
    Role.OPERATOR: frozenset(
        {
            Right.EDIT_WORKERS,
            Right.SEE_ALL_JOBS,
            Right.CREATE_JOBS,
            Right.EDIT_JOBS,
            Right.DISPATCH,
            Right.CREATE_PLACES,
            Right.EDIT_PLACES,
            Right.SEE_ALL_PLACES,
            Right.SEE_TEAM_MEMBERS,
            Right.SEE_ALL_MEMBERS,
            Right.RUN_REPORTS,
            Right.SEE_CALENDAR,
            Right.MOVE_JOB_DAY,
        }
    ),
}

# Rights that stay with administrators and the owner whatever a switch says.
RESERVED = frozenset({Right.MANAGE_COMPANY, Right.MANAGE_MEMBERS, Right.INTEGRATE})


class Switches(Struct, frozen=True):
    """What each level says: right (or company switch) -> on or off; absent means no say."""

    member: Mapping[str, bool] = {}
    teams: Sequence[Mapping[str, bool]] = ()
    role: Mapping[str, Mapping[str, bool]] = {}
    company: Mapping[str, bool] = {}


class Decision(Struct, frozen=True):
    """Whether a right is given, and who decided: member, team, role, company or default."""

    allowed: bool
    level: str


def resolve(right: Right, role: Role, switches: Switches) -> Decision:
    """Return whether a member of that role has the right."""
    in_charge = role in {Role.ADMIN, Role.OWNER}
    if in_charge or right in RESERVED:
        return Decision(in_charge, "role")
    said = {
        "member": _said(right, [switches.member]),
        "team": _said(right, switches.teams),
        "role": _said(right, [switches.role.get(role.value, {})]),
        "company": _company_says(right, role, switches.company),
    }
    for level, allowed in said.items():
        if allowed is not None:
            return Decision(allowed, level)
    return Decision(right in DEFAULTS[role], "default")


def _said(right: Right, levels: Sequence[Mapping[str, bool]]) -> bool | None:
    """Return what a level says of a right, None when it says nothing."""
    said = [level[right.value] for level in levels if right.value in level]
    return any(said) if said else None


def _company_says(right: Right, role: Role, company: Mapping[str, bool]) -> bool | None:
    for name, (for_role, gives) in COMPANY_SWITCHES.items():
        if gives is right and for_role is role and name in company:
            return company[name]
    return None
