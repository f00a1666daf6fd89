"""`roundsman map`: what an extract of OpenStreetMap gives, imported, looked at, removed."""

import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import to_builtins

from roundsman.commands.said import Said, lines
from roundsman.core.clock import utc_now
from roundsman.core.errors import BadValue
from roundsman.settings import Settings
from roundsman.streets.building import import_extract
from roundsman.streets.imports import Imports
from roundsman.streets.journal import Work
from roundsman.streets.model import ATTRIBUTION, MODES, Mode, Progress, Region
from roundsman.streets.store import Store, check_name, name_of

_MIB = 1024 * 1024
_NOTHING = """No map is imported: plans use great-circle distances.
Run: roundsman map import REGION.osm.pbf"""


def import_file(settings: Settings, file: Path, *, name: str, modes: str) -> Said:
    """Build the streets of an extract and put them into use; a running server takes them up.

    BadValue for a file that is no extract, an unknown mode or an impossible name.
    """
    region = check_name(name) if name else name_of(file)
    wanted = _modes(modes)
    store = Store(settings.data)
    done = import_extract(
        store, file, name=region, modes=wanted, now=utc_now(), tell=_Telling().tell
    )
    built = ", ".join(done.built) or "nothing, all of it was there"
    data = {**_data(store, done.region), "built": list(done.built)}
    return Said(text=f"{_words(store, done.region)}\n{lines(('Built', built))}", data=data)


def status(settings: Settings) -> Said:
    """Tell which regions are in use and which imports were not ended."""
    store = Store(settings.data)
    regions, unfinished = store.regions(), store.unfinished()
    latest = Imports(store).latest()
    work = latest[0] if latest and latest[0].state == "running" else None
    parts = [_words(store, region) for region in regions] or [_NOTHING]
    if work:
        parts.append(f"An import of {work.name} is at work: {_progress(work)}.")
    parts += [
        f"The import of {name} was not ended. Run it again, or: roundsman map remove {name}"
        for name in unfinished
        if work is None or name != work.name
    ]
    data = {
        "regions": [_data(store, region) for region in regions],
        "unfinished": unfinished,
        "work": to_builtins(work),
        "attribution": ATTRIBUTION if regions else "",
    }
    if regions:
        parts.append(f"Map data {ATTRIBUTION}, ODbL 1.0.")
    return Said(text="\n\n".join(parts), data=data)


def remove(settings: Settings, name: str) -> Said:
    """Take a region out of use and remove its files. UnknownThing when there is none."""
    store = Store(settings.data)
    check_name(name)
    with store.locked():
        store.remove(name)
    return Said(text=f"Removed {name}.", data={"removed": name})


def _progress(work: Work) -> str:
    share = "" if work.percent is None else f" {work.percent} %"
    return f"[{work.done}/{work.steps}] {work.what}{share}"


def _modes(text: str) -> Sequence[Mode]:
    if not text.strip():
        return MODES
    asked = {part.strip().lower() for part in text.split(",") if part.strip()}
    wrong = sorted(asked - set(MODES))
    if wrong:
        problem = f"There is no travel mode {wrong[0]!r}. Use some of {', '.join(MODES)}."
        raise BadValue(problem, field="modes")
    wanted: list[Mode] = [mode for mode in MODES if mode in asked]
    return wanted


def _words(store: Store, region: Region) -> str:
    return lines(
        ("Region", region.name),
        ("Modes", ", ".join(region.modes)),
        ("Base map", "yes" if region.tiles else "none: import the file again"),
        ("Streets", f"{region.extract.streets:,}"),
        ("Data of", region.extract.data_at[:10]),
        ("Imported", f"{region.imported_at[:16].replace('T', ' ')} UTC from {region.file}"),
        ("Room", f"{store.bytes_of(region) / _MIB:,.0f} MiB in {store.version(region)}"),
    )


def _data(store: Store, region: Region) -> dict[str, object]:
    found: dict[str, object] = to_builtins(region)
    return {**found, "bytes": store.bytes_of(region)}


class _Telling:
    """Progress on standard error: one line that changes in a terminal, else a line per step."""

    def __init__(self) -> None:
        self._done = -1
        self._live = sys.stderr.isatty()

    def tell(self, progress: Progress) -> None:
        """Show where the import is."""
        share = "" if progress.percent is None else f" {progress.percent} %"
        words = f"[{progress.done}/{progress.steps}] {progress.what}"
        if self._live:
            end = "\n" if progress.done == progress.steps else ""
            print(f"\r\033[K{words}{share}", end=end, file=sys.stderr, flush=True)  # noqa: T201 - the command line speaks
        elif progress.done != self._done:
            print(words, file=sys.stderr, flush=True)  # noqa: T201 - likewise
        self._done = progress.done
