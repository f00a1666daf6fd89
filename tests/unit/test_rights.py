"""Who may do what: every role, every right, every level."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.accounts import rules
from roundsman.accounts.model import Actor, Company, Member, Team
from roundsman.accounts.policy import Policy
from roundsman.accounts.rights import (
    COMPANY_SWITCHES,
    DEFAULTS,
    RESERVED,
    Decision,
    Right,
    Role,
    Switches,
    resolve,
)
from roundsman.core.errors import BadValue, NotAllowed
from roundsman.core.ids import CompanyId, MemberId, TeamId

NOW = datetime(2026, 1, 5, tzinfo=UTC)
BOSSES = (Role.ADMIN, Role.OWNER)
OTHERS = (Role.OPERATOR, Role.WORKER)

# What a company that never touched a switch permits: right -> operator, worker.
STANDARD: dict[Right, tuple[bool, bool]] = {
    Right.MANAGE_COMPANY: (False, False),
    Right.MANAGE_MEMBERS: (False, False),
    Right.INTEGRATE: (False, False),
    Right.EDIT_WORKERS: (True, False),
    Right.SEE_ALL_JOBS: (True, False),
    Right.CREATE_JOBS: (True, False),
    Right.EDIT_JOBS: (True, False),
    Right.DELETE_JOBS: (False, False),
    Right.DISPATCH: (True, False),
    Right.CREATE_PLACES: (True, False),
    Right.EDIT_PLACES: (True, False),
    Right.SEE_ALL_PLACES: (True, True),
    Right.SEE_TEAM_MEMBERS: (True, False),
    Right.SEE_ALL_MEMBERS: (True, False),
    Right.RUN_REPORTS: (True, True),
    Right.SEE_CALENDAR: (True, True),
    Right.MOVE_JOB_DAY: (True, False),
    Right.SWITCH_TRACKING_OFF: (False, False),
}

switch = st.one_of(st.none(), st.booleans())


def test_the_table_names_every_right() -> None:
    assert set(STANDARD) == set(Right)


@pytest.mark.parametrize("right", Right)
def test_without_switches_a_role_has_its_standard_rights(right: Right) -> None:
    for role, allowed in zip(OTHERS, STANDARD[right], strict=True):
        assert resolve(right, role, Switches()).allowed is allowed, role


@given(st.sampled_from(Right), st.sampled_from(BOSSES), st.booleans())
def test_administrators_and_owner_may_all_whatever_a_switch_says(
    right: Right, role: Role, on: bool
) -> None:
    said = {right.value: on}
    switches = Switches(said, [said], {role.value: said}, dict.fromkeys(COMPANY_SWITCHES, on))
    assert resolve(right, role, switches) == Decision(allowed=True, level="role")


@given(st.sampled_from(sorted(RESERVED)), st.sampled_from(OTHERS))
def test_no_switch_gives_away_what_is_reserved(right: Right, role: Role) -> None:
    on = {right.value: True}
    switches = Switches(on, [on], {role.value: on}, dict.fromkeys(COMPANY_SWITCHES, True))
    assert resolve(right, role, switches) == Decision(allowed=False, level="role")


@pytest.mark.parametrize("name", COMPANY_SWITCHES)
def test_a_company_switch_gives_and_takes_its_right_from_its_role_only(name: str) -> None:
    role, right = COMPANY_SWITCHES[name]
    for on in (True, False):
        switches = Switches(company={name: on})
        assert resolve(right, role, switches) == Decision(on, "company")
        for other in set(OTHERS) - {role}:
            assert resolve(right, other, switches).level == "default"


_FREE = sorted(set(Right) - RESERVED)
_GIVEN = {right: (name, role) for name, (role, right) in COMPANY_SWITCHES.items()}


@given(st.sampled_from(_FREE), st.sampled_from(OTHERS), switch, switch, switch, switch)
def test_the_nearest_level_that_has_a_say_decides(
    right: Right,
    role: Role,
    member: bool | None,
    team: bool | None,
    by_role: bool | None,
    company: bool | None,
) -> None:
    def said(on: bool | None) -> dict[str, bool]:
        return {} if on is None else {right.value: on}

    name, for_role = _GIVEN.get(right, ("", role))
    by_company = {name: company} if name and company is not None else {}
    switches = Switches(said(member), [{}, said(team)], {role.value: said(by_role)}, by_company)
    heard = company if by_company and for_role is role else None
    levels = (("member", member), ("team", team), ("role", by_role), ("company", heard))
    expected = next(
        (Decision(on, level) for level, on in levels if on is not None),
        Decision(right in DEFAULTS[role], "default"),
    )
    assert resolve(right, role, switches) == expected


def test_of_several_teams_one_that_allows_is_enough() -> None:
    off, on = {Right.DELETE_JOBS.value: False}, {Right.DELETE_JOBS.value: True}
    for teams, allowed in (([off, on], True), ([off, off], False), ([off, {}], False)):
        decision = resolve(Right.DELETE_JOBS, Role.OPERATOR, Switches(teams=teams))
        assert decision == Decision(allowed, "team")


# --- the actor ------------------------------------------------------------------------------------


def member(name: str, role: Role, *teams: int, switches: dict[str, bool] | None = None) -> Member:
    return Member(
        id=MemberId(name.lower()),
        username=f"{name.lower()}@acme.example",
        name=name,
        role=role,
        created_at=NOW,
        teams=[TeamId(team) for team in teams],
        switches=switches or {},
    )


def acting(one: Member, *teams: Team, switches: dict[str, bool] | None = None) -> Actor:
    acme = Company(
        id=CompanyId("acme00"),
        username="acme",
        name="Acme",
        created_at=NOW,
        teams=list(teams),
        policy=Policy(switches=switches or {}),
    )
    return Actor(acme, one)


def test_an_actor_has_the_switches_of_its_own_teams() -> None:
    north = Team(id=TeamId(1), name="North", switches={Right.DELETE_JOBS.value: True})
    inside, outside = member("Otto", Role.OPERATOR, 1), member("Otto", Role.OPERATOR, 2)
    assert acting(inside, north).decide(Right.DELETE_JOBS) == Decision(allowed=True, level="team")
    assert not acting(outside, north).may(Right.DELETE_JOBS)
    own = member("Otto", Role.OPERATOR, 1, switches={Right.DELETE_JOBS.value: False})
    assert acting(own, north).decide(Right.DELETE_JOBS) == Decision(allowed=False, level="member")


def test_a_missing_right_is_refused_by_name() -> None:
    with pytest.raises(NotAllowed, match="delete_jobs"):
        acting(member("Wanda", Role.WORKER)).require(Right.DELETE_JOBS)


# --- who sees and edits whom ----------------------------------------------------------------------

ADA = member("Ada", Role.ADMIN)
OWNER = member("Acme", Role.OWNER)
OTTO = member("Otto", Role.OPERATOR, 1)
WANDA = member("Wanda", Role.WORKER, 1)
WILLI = member("Willi", Role.WORKER, 2)
LONER = member("Loner", Role.WORKER)
EVERYBODY = (ADA, OTTO, WANDA, WILLI, LONER)
WALLS = {"operators_see_other_teams": False}
TEAMWORK = {"workers_see_team_members": True}


def names(actor: Actor, sees: object) -> list[str]:
    assert callable(sees)
    return [one.name for one in EVERYBODY if sees(actor, one)]


@pytest.mark.parametrize(
    ("who", "switches", "seen"),
    [
        (ADA, {}, ["Ada", "Otto", "Wanda", "Willi", "Loner"]),
        (OWNER, {}, ["Ada", "Otto", "Wanda", "Willi", "Loner"]),
        (OTTO, {}, ["Ada", "Otto", "Wanda", "Willi", "Loner"]),
        (OTTO, WALLS, ["Ada", "Otto", "Wanda", "Loner"]),
        (WANDA, {}, ["Wanda"]),
        (WANDA, TEAMWORK, ["Otto", "Wanda"]),
        (LONER, {}, ["Loner"]),
        (LONER, TEAMWORK, ["Ada", "Loner"]),
    ],
)
def test_members_see_whom_their_role_and_the_company_let_them_see(
    who: Member, switches: dict[str, bool], seen: list[str]
) -> None:
    assert names(acting(who, switches=switches), rules.may_see) == seen


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (ADA, ["Ada", "Otto", "Wanda", "Willi", "Loner"]),
        (OWNER, ["Ada", "Otto", "Wanda", "Willi", "Loner"]),
        (OTTO, ["Otto", "Wanda", "Willi", "Loner"]),
        (WANDA, ["Wanda"]),
    ],
)
def test_where_administrators_are_only_they_and_the_owner_know(
    who: Member, seen: list[str]
) -> None:
    assert names(acting(who), rules.may_locate) == seen
    other = member("Alan", Role.ADMIN)
    assert rules.may_locate(acting(who), other) is (who is OWNER)


@pytest.mark.parametrize(
    ("who", "edited"),
    [
        (ADA, ["Ada", "Otto", "Wanda", "Willi", "Loner"]),
        (OWNER, ["Ada", "Otto", "Wanda", "Willi", "Loner"]),
        (OTTO, ["Otto", "Wanda"]),
        (member("Olga", Role.OPERATOR), ["Loner"]),
        (WANDA, ["Wanda"]),
    ],
)
def test_members_edit_themselves_operators_their_workers_administrators_all(
    who: Member, edited: list[str]
) -> None:
    assert names(acting(who), rules.may_edit) == edited


def test_the_company_s_own_login_is_no_member() -> None:
    for who in (ADA, OWNER, OTTO, WANDA):
        assert not rules.may_see(acting(who), OWNER)
        assert not rules.may_edit(acting(who), OWNER)


# --- roles and addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("worker", Role.WORKER),
        ("operator", Role.OPERATOR),
        ("dispatcher", Role.OPERATOR),
        ("admin", Role.ADMIN),
        ("administrator", Role.ADMIN),
        (" ADMIN ", Role.ADMIN),
    ],
)
def test_roles_have_aliases(text: str, role: Role) -> None:
    assert rules.role_of(text) is role


@pytest.mark.parametrize("text", ["", "owner", "company", "superuser", "work er"])
def test_other_roles_do_not_exist(text: str) -> None:
    with pytest.raises(BadValue):
        rules.role_of(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("kim@acme.example", True),
        ("kim.o'neill+jobs@mail.acme.example", True),
        ("jürgen@müller.example", True),
        ("kim@localhost", True),
        ("", False),
        ("kim", False),
        ("kim@", False),
        ("@acme.example", False),
        ("kim@@acme.example", False),
        ("kim @acme.example", False),
        ("kim@acme.example, eve@evil.example", False),
        ("<kim@acme.example>", False),
        ("kim@acme.example\nBcc: eve@evil.example", False),
        ("k" * 250 + "@acme.example", False),
    ],
)
def test_a_mail_address_is_known_by_its_form(text: str, is_one: bool) -> None:
    assert rules.is_email(text) is is_one
