"""Every action of the contract is there, and is tested: by name, and against another company."""

import ast
from collections.abc import Iterator

import pytest

from roundsman.api.endpoints import ACTIONS
from tests.project import ROOT

CONTRACT = frozenset(
    [
        "createjobs",
        "getjobs",
        "editjobs",
        "deletejobs",
        "archivejobs",
        "restorejobs",
        "autoassign",
        "distributejobs",
        "optimizeroute",
        "locate",
        "gettracks",
        "createaccount",
        "editaccount",
        "getaccounts",
        "deleteaccount",
        "getcompany",
        "createplace",
        "editplace",
        "getplaces",
        "getplace",
        "createreport",
        "getwebhooks",
        "setwebhooks",
    ]
)
STRANGERS = {"zoe", "zeta"}


def first_name_of(action: str) -> str:
    """Return the first name of an action: another name for it needs no tests of its own."""
    return next(name for name, line in ACTIONS.items() if line is ACTIONS[action])


def all_tests_of(action: str) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    """Yield the tests of an action."""
    path = ROOT / "tests" / "api" / f"test_{action}.py"
    assert path.exists(), f"{action} has no {path.relative_to(ROOT)}"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name.startswith(
            "test_"
        ):
            yield node


def mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(one, ast.Attribute) and one.attr in names for one in ast.walk(node))


def test_every_action_of_the_contract_is_there() -> None:
    assert set(ACTIONS) >= CONTRACT, sorted(CONTRACT - set(ACTIONS))


def test_what_is_not_in_the_contract_is_marked_as_ours() -> None:
    assert {name for name, action in ACTIONS.items() if action.ours} == set(ACTIONS) - CONTRACT


def test_action_names_are_plain_lower_case_words() -> None:
    assert all(name.isascii() and name.isalpha() and name.islower() for name in ACTIONS)


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_is_tried_by_a_stranger(action: str) -> None:
    tests = list(all_tests_of(first_name_of(action)))
    assert any(mentions(test, STRANGERS) for test in tests), f"{action} is not tried by Zoe of Zeta"


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_is_tried_by_more_than_administrators(action: str) -> None:
    tests = list(all_tests_of(first_name_of(action)))
    assert any(mentions(test, {"wanda", "willi", "otto", "cast"}) for test in tests), action
