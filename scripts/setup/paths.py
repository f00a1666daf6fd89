"""Where set-up puts things: all of it inside the project folder."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools"
CACHE = TOOLS / "cache"
STAMPS = TOOLS / "stamps"
LOG = TOOLS / "setup.log"

VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"

FRONTEND = ROOT / "frontend"
BUILT = ROOT / "roundsman" / "web" / "static"
