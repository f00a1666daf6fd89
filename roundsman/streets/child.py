"""A step of an import as a child process: logged, watched, bounded in memory, polite."""

import contextlib
import os
import re
import resource
import select
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# The file in the folder of a version that tells what the tools said.
LOG = "import.log"
# Of the memory that is free now a step may take so much; the rest is the server's.
MEMORY_SHARE = 0.8
# So often a step tells that it is still at work, and hears whether it is wanted.
BEAT_S = 0.5
_MEMINFO = Path("/proc/meminfo")
_CHUNK = 64 * 1024
_LAST_LINES = 40
# How programs say that they got no memory; the kernel says it with a kill.
_NO_MEMORY = ("bad_alloc", "MemoryError", "Cannot allocate memory")
# As most programs say it, and as the tile cutter does.
_PERCENT = re.compile(rb'(?:"progress":|\b)(\d{1,3})(?:%|\.\d+\})')


class Failed(Exception):
    """A step ended badly; the text says why in one line."""


def free_memory() -> int:
    """Return the bytes of memory that programs can still take on this machine."""
    for line in _MEMINFO.read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def environ() -> dict[str, str]:
    """Return the surroundings of a step: it finds this package and knows none of our secrets."""
    home = str(Path(__file__).parent.parent.parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDSMAN_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [home, kept.get("PYTHONPATH")]))}


def run(
    words: Sequence[str],
    *,
    log: Path,
    environ: Mapping[str, str],
    memory: int = 0,
    tell: Callable[[int | None], None] = lambda _: None,
) -> None:
    """Run a program to its end; `tell` hears percents. Failed when it does not end with 0.

    While nothing is printed `tell` hears the last percents again every BEAT_S seconds, or None
    before the first; what it raises ends the program.

    It may take `memory` bytes, or when that is 0 its share of what is free now.
    What it prints goes to the end of the log. It ends with us: if we leave early it is killed, and
    if we are killed its next line of output finds nobody and ends it.
    """
    memory = memory or int(free_memory() * MEMORY_SHARE)
    last: deque[bytes] = deque(maxlen=_LAST_LINES)
    with log.open("ab") as file:
        file.write(f"\n$ {' '.join(words)}\n".encode())
        child = subprocess.Popen(  # noqa: S603 - programs of our own wheel, arguments of our own
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environ),
        )
        assert child.stdout is not None  # noqa: S101 - opened above, for the type checkers
        with child.stdout:
            try:
                _bound(child.pid, memory)
                percent: int | None = None
                output = child.stdout.fileno()
                while True:
                    if not select.select([output], [], [], BEAT_S)[0]:
                        tell(percent)
                        continue
                    chunk = os.read(output, _CHUNK)
                    if not chunk:
                        break
                    file.write(chunk)
                    last.extend(chunk.splitlines())
                    if found := _PERCENT.findall(chunk):
                        percent = int(found[-1])
                        tell(percent)
                child.wait()
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()
    if child.returncode:
        raise Failed(_reason(child.returncode, last, memory))


def captured(words: Sequence[str], *, environ: Mapping[str, str]) -> bytes:
    """Return what a program prints to its standard output, whatever its end."""
    return subprocess.run(  # noqa: S603 - as above
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=dict(environ), check=False
    ).stdout


def _bound(pid: int, memory: int) -> None:
    """Limit what the child can take, and let the server go first when both want a core."""
    with contextlib.suppress(ProcessLookupError):  # it has ended already; its exit code says how
        resource.prlimit(pid, resource.RLIMIT_DATA, (memory, memory))
        os.setpriority(os.PRIO_PROCESS, pid, 5)


def _reason(code: int, last: Sequence[bytes], memory: int) -> str:
    said = [line.decode(errors="replace").strip() for line in last]
    if code == -signal.SIGKILL or any(sign in line for line in said for sign in _NO_MEMORY):
        return (
            f"it needs more memory than the {memory / 2**30:.1f} GiB it may have; "
            "stop other programs, or import a smaller extract"
        )
    errors = [line.split("]")[-1].strip() for line in said if "[error]" in line]
    if errors:
        return errors[-1]
    return f"it was ended by signal {-code}" if code < 0 else f"it ended with {code}"
