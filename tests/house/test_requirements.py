"""What is installed is named exactly, by version and hash, and by no address."""

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.project import ROOT, project_files

LISTS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"([a-z0-9-]+)==([^ ;]+)( ; [^\\]+)? \\")
HASHED = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")

# In two parts each: this file is a file of the project, too.
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org"]


def versions(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {match[1]: match[2] for match in PINNED.finditer(text)}


def imported(path: Path) -> set[str]:
    """Return the top names of what a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_a_list_holds_versions_and_hashes_and_nothing_else(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) > 1
    for line, following in zip(lines, [*lines[1:], "end"], strict=True):
        if PINNED.fullmatch(line):
            assert HASHED.fullmatch(following), line
        else:
            assert HASHED.fullmatch(line), line


def test_every_dependency_of_the_project_is_in_its_list() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {"run": project["project"]["dependencies"], **project["dependency-groups"]}
    assert {path.stem for path in LISTS} == set(wanted)
    for name, dependencies in wanted.items():
        names = {re.split(r"[\[<>=~! ]", dependency)[0] for dependency in dependencies}
        assert names <= set(versions(name)), f"Run `make lock`: {name}"


def test_whatever_the_product_imports_is_a_dependency_of_its_own() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[\[<>=~! ]", dependency)[0] for dependency in project["dependencies"]}
    packages = packages_distributions()
    for path in project_files("roundsman", ".py"):
        for module in imported(path) - sys.stdlib_module_names - {"roundsman"}:
            distributions = {name.lower().replace("_", "-") for name in packages.get(module, ["?"])}
            assert distributions & named, f"{path.relative_to(ROOT)} imports {module}"


def test_the_tests_run_with_the_versions_of_the_product() -> None:
    assert versions("run").items() <= versions("test").items()


def test_no_file_of_the_project_names_a_package_registry() -> None:
    for path in project_files():
        content = path.read_bytes()
        named = [host for host in REGISTRIES if host.encode() in content]
        assert not named, f"{path.relative_to(ROOT)} names {named}"


def test_no_lock_file_of_npm_says_where_a_package_came_from() -> None:
    locks = list(project_files(suffix="package-lock.json"))
    assert locks
    for path in locks:
        packages = json.loads(path.read_text())["packages"]
        for name, package in packages.items():
            assert "resolved" not in package, f"{path.relative_to(ROOT)}: {name}"
            assert not name or "integrity" in package, f"{path.relative_to(ROOT)}: {name}"
