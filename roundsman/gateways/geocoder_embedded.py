"""The address indexes of the imported maps."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import structlog

from roundsman.core.geo import Point
from roundsman.geocoding import search
from roundsman.geocoding.describing import describe
from roundsman.geocoding.layout import FILE
from roundsman.geocoding.model import NOTHING, Located, State
from roundsman.geocoding.queries import BadIndex, Index
from roundsman.streets.store import Store

# A map that was imported or removed is noticed after so long.
LOOK_S = 2.0
# An answer this good is not sought in further maps.
_GOOD = 0.95
_RANK = {State.EXACT: 0, State.STREET: 1, State.TOWN: 2, State.FAILED: 3}

_log = structlog.get_logger()


class Embedded:
    """Every address index of the map folder; the best answer of all counts."""

    def __init__(self, data: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = Store(data)
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[Path, Index] = {}
        self._retired: list[Index] = []
        self._bad: dict[Path, str] = {}
        self._looked_at = -LOOK_S

    def locate(self, text: str, *, country: str = "", near: Point | None = None) -> Located:
        """Return where an address is, in the map where it fits best."""
        best = NOTHING
        for found in self._each(lambda index: search.locate(index, text, country, near)):
            if found.score > best.score:
                best = found
            if best.score >= _GOOD:
                break
        return best

    def suggest(
        self, text: str, *, near: Point | None = None, most: int = search.SUGGESTIONS
    ) -> Sequence[Located]:
        """Return what an address that is being typed may become."""
        answers = self._each(lambda index: search.suggest(index, text, near=near, most=most))
        found = [one for answer in answers for one in answer]
        return sorted(found, key=lambda one: -one.score)[:most]

    def describe(self, at: Point) -> Located:
        """Return the address at a position, from the map that knows it closest."""
        found = self._each(lambda index: describe(index, at))
        return min(found, key=lambda one: (_RANK[one.state], one.distance_m), default=NOTHING)

    def health(self) -> tuple[bool, str]:
        """Tell how many house numbers are known, or which file cannot be read."""
        indexes = self._indexes()
        if self._bad:
            return False, " ".join(self._bad.values())
        if not indexes:
            return True, "no map with addresses is imported: roundsman map import FILE"
        houses = sum(index.houses for index in indexes)
        maps = "1 map" if len(indexes) == 1 else f"{len(indexes)} maps"
        return True, f"{houses:,} house numbers in {maps}"

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            for index in (*self._open.values(), *self._retired):
                index.close()
            self._open.clear()
            self._retired.clear()
            self._looked_at = -LOOK_S

    def _each[Answer](self, ask: Callable[[Index], Answer]) -> Iterator[Answer]:
        """Yield what each index answers; one whose file went away just now is passed over."""
        for index in self._indexes():
            try:
                yield ask(index)
            except BadIndex as problem:
                _log.info("address_index_gone", problem=str(problem))
                with self._lock:
                    self._retire(index.path)
                    self._looked_at = -LOOK_S

    def _indexes(self) -> list[Index]:
        """Return the indexes in use; looks at the folder once in a while."""
        with self._lock:
            now = self._clock()
            if now - self._looked_at >= LOOK_S:
                self._looked_at = now
                self._look()
            return list(self._open.values())

    def _look(self) -> None:
        files = [self._store.version(region) / FILE for region in self._store.regions()]
        wanted = [file for file in files if file.is_file()]
        for index in self._retired:
            index.close()
        self._retired.clear()
        for file in [file for file in self._open if file not in wanted]:
            self._retire(file)
        self._bad = {file: problem for file, problem in self._bad.items() if file in wanted}
        for file in wanted:
            if file in self._open or file in self._bad:
                continue
            try:
                self._open[file] = Index(file)
            except BadIndex as problem:
                self._bad[file] = str(problem)
                _log.warning("bad_address_index", file=str(file), problem=str(problem))

    def _retire(self, file: Path) -> None:
        """Take an index out of use; it is closed at the next look, when no search is at it."""
        index = self._open.pop(file, None)
        if index is not None:
            self._retired.append(index)
