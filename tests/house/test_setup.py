"""Set-up finds what a machine has, and says what to do when it lacks something."""

import ast
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.setup import frontend, pythons, shell, stamps
from tests.project import ROOT, project_files


def program(path: Path, script: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_it_speaks_the_python_of_old_machines() -> None:
    for path in project_files("scripts/setup", ".py"):
        ast.parse(path.read_text(), feature_version=(3, 8))


def test_it_passes_over_a_python_that_is_only_a_name(tmp_path: Path) -> None:
    shim = program(tmp_path / "python3.13", "echo 'python3.13: command not found' >&2; exit 127")
    assert pythons.try_python(shim) is None
    assert pythons.try_python(str(tmp_path / "absent")) is None


def test_it_passes_over_a_python_that_is_too_old(tmp_path: Path) -> None:
    old = program(tmp_path / "python3", "echo 3.11.2")
    assert pythons.try_python(old) is None


def test_it_takes_a_python_that_answers() -> None:
    found = pythons.try_python(sys.executable)
    assert found is not None
    assert found.version == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize("script", ["exit 127", "echo False", "echo 'SyntaxError' >&2; exit 1"])
def test_make_says_what_to_install_where_no_python_is_of_use(script: str, tmp_path: Path) -> None:
    useless = program(tmp_path / "python3", script)
    ended = subprocess.run(
        [str(shutil.which("make")), "run", f"PYTHON={useless}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "MAKEFLAGS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "Install Python 3.12 or newer" in ended.stderr
    assert "make run PYTHON=" in ended.stderr


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("v18.20.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.0", True),
        ("nonsense", False),
    ],
)
def test_it_takes_a_node_that_the_build_runs_on(
    version: str, good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "node", f"echo {version}")
    program(tmp_path / "npm", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert frontend.machine_has_node() is good


def test_a_fingerprint_tells_a_change_of_content_name_or_purpose() -> None:
    files = [ROOT / "LICENSE", ROOT / "NOTICE"]
    one = stamps.fingerprint(files, "run")
    assert one == stamps.fingerprint(reversed(files), "run")
    assert one != stamps.fingerprint(files, "test")
    assert one != stamps.fingerprint(files[:1], "run")


def test_a_program_that_fails_is_shown_with_what_it_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(shell.CommandFailed) as failed:
        shell.run([sys.executable, "-c", "print('disk is full'); raise SystemExit(3)"])
    with pytest.raises(SystemExit, match="Make room and run this again"):
        shell.stop("Make room and run this again.", failed.value)
    assert "disk is full" in capsys.readouterr().err


def test_caches_stay_in_the_project_unless_the_person_chose_another_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache"):
        monkeypatch.delenv(name, raising=False)
        assert Path(shell.environment()[name]).is_relative_to(ROOT / ".tools")
    monkeypatch.setenv("UV_CACHE_DIR", "/somewhere/else")
    assert shell.environment()["UV_CACHE_DIR"] == "/somewhere/else"


def test_the_wheel_carries_everything_the_product_needs(tmp_path: Path) -> None:
    uv = ROOT / ".tools" / "uv" / "bin" / "uv"
    assert uv.exists(), "Run `make setup`."
    subprocess.run(
        [uv, "build", "--quiet", "--wheel", "--offline", "--out-dir", tmp_path, ROOT],
        check=True,
        env=os.environ | shell.environment(),
    )
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    wanted = {str(path.relative_to(ROOT)) for path in project_files("roundsman")}
    assert wanted <= carried
    assert "roundsman/web/static/index.html" in carried
    assert not [name for name in carried if "__pycache__" in name]
