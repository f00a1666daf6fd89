"""Looking for the addresses of jobs and places that no position was found for yet.

Companies take turns and each asks for a few addresses a round, so that an import of thousands
neither keeps others waiting nor hammers a server of somebody else. What cannot be asked now is
asked again later, less and less often; no job waits for it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from roundsman.accounts import queries as accounts
from roundsman.core.ids import CompanyId, MemberId
from roundsman.events.catalogue import By
from roundsman.gateways.geocoder import Geocoder
from roundsman.geocoding.model import Located
from roundsman.jobs import areas, queries, rules, telling
from roundsman.jobs.model import Job
from roundsman.places import actions as place_actions
from roundsman.places import pins
from roundsman.places import queries as places
from roundsman.places import rules as place_rules
from roundsman.places.model import Place
from roundsman.places.pins import Address, PinState, Spot
from roundsman.storage.database import Db, Tx

# What somebody who waits for an answer waits for addresses at most.
PATIENCE_S = 2.0
# What a company may ask in one round, and how long its round may take.
TURN = 25
TURN_S = 5.0
COMPANIES = 50
# Who has so many addresses waiting has further ones wait behind them.
QUEUE = 50
# Addresses that were taken by a process that died are taken up again after this time.
LEASE = timedelta(minutes=5)
# After a question without an answer nobody asks for so long.
REST = timedelta(seconds=15)
SYSTEM = "system"

_log = structlog.get_logger()


class Looked(Struct, frozen=True):
    """What a geocoder knows of addresses, and the one it could not be asked for, if any.

    What it had no time for is in neither.
    """

    found: dict[Address, Located]
    failed: Address | None = None


def look_up(
    geocoder: Geocoder,
    addresses: Iterable[Address],
    *,
    patience_s: float = PATIENCE_S,
    clock: Callable[[], float] = time.monotonic,
) -> Looked:
    """Ask a geocoder for addresses until one gets no answer or so much time has passed.

    Blocks: call it in a thread.
    """
    found: dict[Address, Located] = {}
    until = clock() + patience_s
    for text, country in dict.fromkeys(addresses):
        if clock() >= until:
            break
        answer = geocoder.locate(text, country=country)
        if not answer.is_final:
            return Looked(found, (text, country))
        found[text, country] = answer
    return Looked(found)


def is_queue_long(tx: Tx, company: CompanyId) -> bool:
    """Tell whether further addresses of a company are to wait behind those that wait already."""
    return queries.waiting(tx, company, QUEUE) >= QUEUE or places.waiting(tx, company, QUEUE) >= (
        QUEUE
    )


class _Turn(Struct, frozen=True, kw_only=True):
    """The jobs and places a company has looked for in one round."""

    company: CompanyId
    jobs: list[Job]
    places: list[Place]

    @property
    def addresses(self) -> list[Address]:
        spots = [*(job.spot for job in self.jobs), *(place.spot for place in self.places)]
        return [spot.address for spot in spots]


class Seeker:
    """The standing work; it leaves a geocoder that gives no answer alone for a while."""

    def __init__(self, db: Db, geocoder: Geocoder) -> None:
        self._db = db
        self._geocoder = geocoder
        self._rests_until: datetime | None = None
        # The company that had its turn last; the next round begins behind it.
        self._after = ""

    async def seek_due(self) -> int:
        """Give each company that waits a turn; return how many addresses were answered."""
        now, companies = await self._db.read(lambda tx: _next(tx, self._after))
        if self._rests_until is not None and now < self._rests_until:
            return 0
        self._rests_until = None
        answered = 0
        for company in companies:
            looked = await self._take_turn(company)
            self._after = company
            answered += len(looked.found)
            if looked.failed is not None:
                self._rests_until = now + REST
                return answered
        return answered

    async def _take_turn(self, company: CompanyId) -> Looked:
        turn = await self._db.write(lambda tx: _claim(tx, company))
        looked = await asyncio.to_thread(look_up, self._geocoder, turn.addresses, patience_s=TURN_S)
        await self._db.write(lambda tx: _settle(tx, turn, looked))
        asked, failed = len(turn.addresses), looked.failed is not None
        _log.info(
            "addresses_sought",
            company=company,
            asked=asked,
            answered=len(looked.found),
            failed=failed,
        )
        return looked


def _next(tx: Tx, after: str) -> tuple[datetime, list[CompanyId]]:
    """Return the companies behind another that wait, from the first on where none is left."""
    return tx.now, _hungry(tx, after) or _hungry(tx, "")


def _hungry(tx: Tx, after: str) -> list[CompanyId]:
    of_jobs = queries.hungry(tx, after, COMPANIES)
    found = {*of_jobs, *places.hungry(tx, after, COMPANIES)}
    return sorted(found)[:COMPANIES]


def _claim(tx: Tx, company: CompanyId) -> _Turn:
    until = tx.now + LEASE
    return _Turn(
        company=company,
        jobs=queries.claim_unsought(tx, company, TURN, until),
        places=places.claim_unsought(tx, company, TURN, until),
    )


def _settle(tx: Tx, turn: _Turn, looked: Looked) -> None:
    """Write what came of a turn; what changed meanwhile is left for its own."""
    by = By(turn.company, MemberId(""), SYSTEM)
    company = accounts.get_company(tx, turn.company)
    ids = [job.id for job in turn.jobs]
    for job in queries.find_many(tx, turn.company, ids, lock=True).values():
        spot = _answered(job.spot, tx, looked)
        after = rules.repinned(job, spot, tx.now if spot.position else job.saved_at)
        queries.save(tx, turn.company, after)
        fields = rules.changed_fields(job, after)
        if fields:
            telling.tell(tx, by, after, [telling.update(job, after, fields)])
            areas.follow(tx, company, job, after)
    known = places.find_many(tx, turn.company, [one.id for one in turn.places], lock=True)
    for place in known.values():
        spot = _answered(place.spot, tx, looked)
        after_place = place_rules.repinned(place, spot)
        places.save(tx, turn.company, after_place)  # also what only gives its claim back
        place_actions.tell(tx, by, place, after_place)


def _answered(spot: Spot, tx: Tx, looked: Looked) -> Spot:
    """Return the spot with its answer; what failed waits longer than before."""
    if spot.pin.state is not PinState.PENDING:
        return spot
    answer = looked.found.get(spot.address)
    if answer is None and spot.address != looked.failed:
        return spot
    return pins.answered(spot, answer, tx.now)
