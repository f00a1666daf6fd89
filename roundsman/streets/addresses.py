"""The step of an import that builds the index of addresses.

`python -m roundsman.streets.addresses FILE TARGET` does the work, in a process of its own like the
road engine's tools: a large extract needs memory that the server may not have.
"""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from roundsman import geocoding
from roundsman.core.errors import NotReady
from roundsman.geocoding.build import FILE, build_index
from roundsman.geocoding.extract import BadExtract
from roundsman.streets import child, noted


def key_of(digest: str) -> str:
    """Return what an index is made of: the extract and the code that reads it."""
    made_of = hashlib.sha256(digest.encode())
    for code in sorted(Path(str(geocoding.__file__)).parent.glob("*.py")):
        made_of.update(code.read_bytes())
    return made_of.hexdigest()


def build(file: Path, key: str, folder: Path, tell: Callable[[int | None], None]) -> None:
    """Build the index of an extract into a folder; `tell` hears percents. NotReady if it fails."""
    tell(None)
    log = folder / child.LOG
    words = [sys.executable, "-m", "roundsman.streets.addresses", str(file), str(folder / FILE)]
    try:
        child.run(words, log=log, environ=child.environ(), tell=tell)
    except child.Failed as failed:
        problem = f"The addresses could not be built: {failed}. See {log}."
        raise NotReady(problem) from failed
    noted.note(folder, FILE, key)


def main() -> None:
    """Build the index of the file and to the target that are the arguments."""
    try:
        build_index(Path(sys.argv[1]), Path(sys.argv[2]), _say)
    except (BadExtract, OSError) as problem:
        print(f"[error] {problem}")  # noqa: T201 - the log of the import
        sys.exit(1)


def _say(share: float) -> None:
    print(f"addresses {int(share * 100)}%", flush=True)  # noqa: T201 - the log of the import


if __name__ == "__main__":
    main()
