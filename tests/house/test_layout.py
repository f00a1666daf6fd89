"""Files are where, and named as, this house names them."""

import ast
import configparser
import re

from tests.project import ROOT, project_files

CODE = ("roundsman", "scripts", "tests", "frontend/src", "benchmarks")
EMPTY_WORDS = ("util", "helper", "common", "base", "misc", "service", "manager", "handler")
BANNED = {*EMPTY_WORDS, *(f"{word}s" for word in EMPTY_WORDS)}

MUTED = re.compile(r"#\s*(noqa|type:\s*ignore|pyright:\s*ignore)(?P<rest>[^\"']*)$")
WITH_CODE_AND_REASON = re.compile(r"(:\s*[A-Z0-9, ]+|\[[a-z0-9A-Z, -]+\])\s+(-|#)\s+\S.*")


def layers() -> list[set[str]]:
    """Return the layers of `roundsman`, the top one first."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    lines = contracts["importlinter:contract:down"]["layers"].split("\n")
    return [set(re.findall(r"\w+", line)) for line in lines if line.strip()]


def modules_of_product() -> set[str]:
    """Return what stands directly below `roundsman/`: modules and packages with code."""
    found = {path.stem for path in (ROOT / "roundsman").glob("*.py")} - {"__init__"}
    return found | {path.parent.name for path in (ROOT / "roundsman").glob("*/__init__.py")}


def test_every_package_is_one_sentence() -> None:
    for path in project_files("roundsman", "__init__.py"):
        body = ast.parse(path.read_text()).body
        said = ast.get_docstring(ast.parse(path.read_text())) or ""
        assert len(body) == 1, f"{path.relative_to(ROOT)} holds more than its sentence"
        assert said.endswith("."), f"{path.relative_to(ROOT)} holds no sentence"


def test_no_file_has_a_name_that_says_nothing() -> None:
    for folder in CODE:
        for path in project_files(folder):
            assert path.name.split(".")[0].lower() not in BANNED, path.relative_to(ROOT)


def test_every_part_of_the_product_has_its_layer() -> None:
    placed = set[str]().union(*layers())
    assert modules_of_product() <= placed, (
        "Place it in .importlinter, contract 'Imports point down'."
    )


def test_everything_below_the_surfaces_is_kept_from_knowing_http() -> None:
    order = layers()
    surface = next(n for n, names in enumerate(order) if names == {"http"})
    below = set[str]().union(*order[surface + 1 :]) & modules_of_product()
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    named = contracts["importlinter:contract:http"]["source_modules"].split()
    assert {f"roundsman.{name}" for name in below} == set(named)


def test_every_lint_rule_that_is_switched_off_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    lists = re.findall(r'^(?:ignore|"[^"]+") = \[\n(.*?)^\]', text, re.MULTILINE | re.DOTALL)
    entries = [line for body in lists for line in body.splitlines()]
    assert len(entries) > 8
    for line in entries:
        assert re.fullmatch(r'  "[A-Z]+\d*",\s+# \S.{10,}', line), line


def test_every_finding_that_is_silenced_says_which_and_why() -> None:
    for folder in ("roundsman", "scripts", "tests", "benchmarks"):
        for path in project_files(folder, ".py"):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                muted = MUTED.search(line)
                if muted and not line.lstrip().startswith(("MUTED", "WITH_CODE")):
                    place = f"{path.relative_to(ROOT)}:{number}"
                    assert WITH_CODE_AND_REASON.fullmatch(muted["rest"]), place
