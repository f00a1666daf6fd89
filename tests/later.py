"""A Roundsman of a later day: the program as it is here, and one migration more."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from roundsman.settings import PREFIX
from roundsman.storage import migrate
from tests.project import ROOT

LATER: Final = f"{int(migrate.newest()) + 1:04}"
WAIT_S: Final = 60
_MIGRATION: Final = f'''
"""What a later program needs."""

from alembic import op

revision = "{LATER}"
down_revision = "{migrate.newest()}"


def upgrade() -> None:
    op.execute("CREATE TABLE keepsake (word VARCHAR(40))")
'''


class Later:
    """A later program in a folder of its own; its commands run in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        _mirror(ROOT / "roundsman", folder / "roundsman", "storage/migrations/versions")
        versions = folder / "roundsman" / "storage" / "migrations" / "versions"
        (versions / f"{LATER}_keepsake.py").write_text(_MIGRATION)

    def start(self, url: str, *words: str, prelude: str = "") -> subprocess.Popen[str]:
        """Start a command over a database, after some lines of Python."""
        script = f"import sys\n{prelude}\nfrom roundsman.cli import main\nsys.exit(main({words!r}))"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        is_file = url.startswith("sqlite:///")
        name, value = (
            ("DATA", str(Path(url.removeprefix("sqlite:///")).parent))
            if is_file
            else ("DATABASE_URL", url)
        )
        return subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=self._folder,
            env={**kept, PREFIX + name: value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, url: str, *words: str) -> tuple[int, str]:
        """Run a command to its end; return its exit code and what it said."""
        with self.start(url, *words) as process:
            out, errors = process.communicate(timeout=WAIT_S)
        return process.returncode, out + errors


def _mirror(source: Path, target: Path, within: str) -> None:
    """Make a folder of links to what is in another, with folders of its own along a path."""
    target.mkdir(parents=True)
    own, _, rest = within.partition("/")
    for one in source.iterdir():
        if one.name == own:
            _mirror(one, target / own, rest)
        elif one.name != "__pycache__":
            (target / one.name).symlink_to(one)
