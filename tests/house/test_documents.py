"""What the documents name is there, and what is there is named."""

import re
from pathlib import Path

import pytest

from roundsman import cli
from tests.house.test_layout import modules_of_product
from tests.project import ROOT, project_files

PAGES = [path for path in project_files(suffix=".md") if "frontend" not in path.parts]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
# A file in backticks, as in `jobs/presence.py`; names with a placeholder are no files.
FILE = re.compile(r"`([a-z_/]+\.(?:py|md))`")
ROOTS = (ROOT, ROOT / "roundsman", ROOT / "docs")


def page_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as the usual viewers make them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page_id(page)} links to {target}"
        assert not anchor or anchor in anchors(path), f"{page_id(page)} links to {target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_file_that_is_named_exists(page: Path) -> None:
    for name in FILE.findall(page.read_text()):
        found = any((root / name).exists() for root in (*ROOTS, page.parent))
        assert found or any(ROOT.glob(f"roundsman/**/{name}")), f"{page_id(page)} names {name}"


def test_every_part_of_the_product_is_on_the_code_map() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    code_map = text.partition("## Code map")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)(?:/|\.py)`", code_map))
    assert modules_of_product() - {"__main__"} <= named


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command says when it is asked for help."""
    with pytest.raises(SystemExit):
        cli.main([*words, "--help"])
    return capsys.readouterr().out


def test_every_command_and_option_is_documented(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (ROOT / "docs" / "commands.md").read_text().splitlines()
    commands = re.findall(r"^    (\w+) {2,}\w", help_of(capsys), re.MULTILINE)
    assert "serve" in commands
    for command in commands:
        said = help_of(capsys, command)
        verbs = re.search(r"^usage: .* ([\w|]+) \.\.\.$", said, re.MULTILINE)
        for verb in verbs[1].split("|") if verbs else [""]:
            words = [command, verb] if verb else [command]
            options = re.findall(r"^  (--\w+)", help_of(capsys, *words), re.MULTILINE)
            (row,) = [line for line in lines if re.match(rf"\| `{' '.join(words)}[ `]", line)]
            for option in set(options) - {"--data", "--json"}:  # every command has these
                assert re.search(rf"{option}[ `\]]", row), (words, option)
