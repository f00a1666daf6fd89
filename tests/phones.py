"""Phones of the cast: devices with tokens that send through the door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from roundsman.tracking import actions
from roundsman.tracking.queries import segments

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from roundsman.core.ids import DeviceId
    from roundsman.storage.database import Tx
    from roundsman.tracking.identity import StoredSegment, StoredVisit
    from roundsman.tracking.model import Fix
    from tests.world import Person, World

EVER = (0, 2**60)


class Phone:
    """A phone of a member with the OsmAnd protocol."""

    def __init__(self, world: World, person: Person, name: str = "") -> None:
        self.world = world
        self.person = person
        admin = world.actor(world.ada)

        def make(tx: Tx) -> actions.NewDevice:
            return actions.create_device(tx, admin, person.id, name)

        made = world.db.write_now(make)
        self.id: DeviceId = made.id
        self.token = made.token

    async def get(self, **values: Any) -> httpx.Response:
        """Send values in the query, as the first generation of the app does."""
        query = urlencode({"id": self.id, **values})
        return await self.world.http.get(f"/ingest/osmand/{self.token}?{query}")

    async def post(self, **request: Any) -> httpx.Response:
        """Send any body to the device's address."""
        return await self.world.http.post(f"/ingest/osmand/{self.token}", **request)

    async def send(self, fixes: Iterable[Fix]) -> None:
        """Send fixes as a batch of one request; it must be acknowledged."""
        answer = await self.post(json=[self.written(fix) for fix in fixes])
        assert (answer.status_code, answer.content) == (200, b""), answer.text

    def written(self, fix: Fix) -> dict[str, Any]:
        """Return a fix by OsmAnd's names."""
        values: dict[str, Any] = {
            "id": self.id,
            "lat": fix.lat_e7 / 1e7,
            "lon": fix.lng_e7 / 1e7,
            "timestamp": fix.ts_ms,
        }
        if fix.acc_m is not None:
            values["accuracy"] = fix.acc_m
        if fix.speed_mps is not None:
            values["speed"] = fix.speed_mps / 0.514444
        return values


def segments_of(world: World, person: Person) -> list[StoredSegment]:
    """Return every stop, trip and gap of a person."""
    return world.db.read_now(
        lambda tx: segments.segments_within(tx, person.company, person.id, EVER, 10_000)
    )


def visits_of(world: World, person: Person) -> list[StoredVisit]:
    """Return every visit of a person."""
    return world.db.read_now(
        lambda tx: segments.visits_within(tx, person.company, person.id, EVER, 10_000)
    )
