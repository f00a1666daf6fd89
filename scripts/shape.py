"""Print the longest files and functions: a place to look, not a rule.

python -m scripts.shape [HOW_MANY]
"""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("roundsman", "frontend/src", "tests", "scripts", "benchmarks")
ENDINGS = {".py", ".ts", ".svelte", ".css", ".mjs"}
GENERATED = {"node_modules", "static", "__pycache__"}


def main() -> None:
    """Print both lists, longest first."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    lengths = {path: _lines(path) for path in _files()}
    _table(
        "Longest files",
        sorted(((n, str(path)) for path, n in lengths.items()), reverse=True)[:count],
    )
    functions = [found for path in lengths if path.suffix == ".py" for found in _functions(path)]
    _table("Longest functions", sorted(functions, reverse=True)[:count])


def _files() -> Iterator[Path]:
    for folder in FOLDERS:
        for place, names, files in os.walk(str(ROOT / folder)):
            names[:] = [name for name in names if name not in GENERATED]
            for name in files:
                path = (Path(place) / name).relative_to(ROOT)
                if path.suffix in ENDINGS:
                    yield path


def _lines(path: Path) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def _functions(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1, f"{path}:{node.lineno} {node.name}"


def _table(title: str, rows: list[tuple[int, str]]) -> None:
    print(title)
    for length, name in rows:
        print(f"{length:6}  {name}")
    print()


if __name__ == "__main__":
    main()
