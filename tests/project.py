"""The project as a tree of files: what a clone holds, for the tests that read it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MADE_HERE: Final = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".tools",
    ".venv",
    "__pycache__",
    "node_modules",
}
BUILT: Final = ROOT / "roundsman" / "web" / "static"


def project_files(below: str = "", suffix: str = "") -> Iterator[Path]:
    """Yield the files of the project, without what set-up, builds and tools have made."""
    for folder, names, files in os.walk(ROOT / below):
        here = Path(folder)
        names[:] = [n for n in names if n not in MADE_HERE and here / n != BUILT]
        yield from (here / name for name in files if name.endswith(suffix))
