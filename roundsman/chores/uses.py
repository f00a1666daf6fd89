"""When each key was last used, written down every few seconds instead of at every request."""

from collections.abc import Callable
from datetime import datetime

from roundsman.accounts import queries
from roundsman.core.errors import Refusal
from roundsman.storage.database import Db


class Uses:
    """Notes uses in memory and writes them together; a kill loses the last few seconds of them."""

    def __init__(self, db: Db, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock
        self._uses: dict[str, datetime] = {}

    def note(self, digest: str) -> None:
        """Note that the secret of that digest opened something."""
        self._uses[digest] = self._clock()

    async def write(self) -> int:
        """Write what was noted; return how many secrets that were. A refusal loses none of it."""
        uses, self._uses = self._uses, {}
        if uses:
            try:
                await self._db.write(lambda tx: queries.touch(tx, uses))
            except Refusal:
                self._uses = {**uses, **self._uses}
                raise
        return len(uses)
