"""Deliveries on their way to the database: those that wait for each other are stored together."""

import asyncio

from roundsman.core.errors import NotReady, Refusal
from roundsman.storage.database import Db, Tx
from roundsman.tracking.receiving import Delivery, receive

# So many deliveries share a commit at most: the last of them waits for all.
MOST = 64


class Lane:
    """Stores one batch of deliveries at a time; what comes meanwhile makes the next.

    One statement then serves many phones, and so does one wait for the disk.
    """

    def __init__(self, db: Db) -> None:
        self._db = db
        self._waiting: list[tuple[Delivery, asyncio.Future[None]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def bring(self, delivery: Delivery) -> None:
        """Store a delivery; when this returns, it is durable. Raises why it was not taken."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_all())
        await stored

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._store(batch)
        finally:
            self._storing = None

    async def _store(self, batch: list[tuple[Delivery, asyncio.Future[None]]]) -> None:
        deliveries = [delivery for delivery, _ in batch]

        def store(tx: Tx) -> list[Refusal | None]:
            return receive(tx, deliveries)

        try:
            outcomes: list[Exception | None] = [*await self._db.write(store)]
        except NotReady as refusal:
            outcomes = [refusal for _ in batch]
        except Exception as error:  # noqa: BLE001 - one that breaks us must not take others with it
            if len(batch) > 1:
                for one in batch:
                    await self._store([one])
                return
            outcomes = [error]
        for (_, stored), outcome in zip(batch, outcomes, strict=True):
            if stored.done():
                continue
            if outcome is None:
                stored.set_result(None)
            else:
                stored.set_exception(outcome)
